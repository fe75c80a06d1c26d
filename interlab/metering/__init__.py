"""OpenTelemetry metrics, computed from spans as they end."""
