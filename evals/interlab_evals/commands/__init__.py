"""The commands that judge runs: ``interlab score``, ``compare`` and ``power``."""
