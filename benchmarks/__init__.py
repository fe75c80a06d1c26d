"""Benchmarks: each compares InterLab with a peer or a limit, as a ratio within one run."""
