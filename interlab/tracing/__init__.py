"""Interactions as spans: the names, the recorder that writes them, the episodes read back from them."""
