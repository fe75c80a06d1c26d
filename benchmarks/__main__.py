"""Run all benchmarks, or those named, and print what they measured."""
