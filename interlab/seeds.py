"""The seed tree: run -> condition -> episode -> role.

A seed is a 63-bit integer (it fits an OTLP integer attribute) derived by hashing, so that it depends on
nothing but its path: not on the order of execution, the number of workers, or the Python version.

An episode's seed comes from the scenario and the episode's number, but *not* from the line-up or the parameters:
two line-ups, or two treatments of a scenario, meet the same chance moves (common random numbers), which is what
lets a comparison pair them. What a language model makes of the same seed has nothing in common.
"""

from __future__ import annotations

import hashlib
import random

_SEPARATOR = b"\x1f"


def derive(seed: int, *path: str | int) -> int:
    """Derive the seed of one node of the tree.

    Args:
        seed: The seed of the node above, any integer.
        path: The steps down, each a name or a number.

    Returns:
        An integer in [0, 2**63).
    """
    digest = hashlib.blake2b(str(seed).encode(), digest_size=8)
    for step in path:
        digest.update(_SEPARATOR + str(step).encode())
    return int.from_bytes(digest.digest()) >> 1


def stream(seed: int, *path: str | int) -> random.Random:
    """Open the stream of random numbers that belongs to one node of the tree."""
    return random.Random(derive(seed, *path))
