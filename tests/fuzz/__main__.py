"""`make fuzz`: many broken inputs for every reader; reports what is uncaught, slow or large, and exits 1 then."""

from __future__ import annotations

import argparse
import logging
import random
import resource
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Final

from tests.fuzz.mutations import mutate
from tests.fuzz.readers import READERS, fails

_SLOWEST_S: Final = 1.0
_MOST_MB: Final = 500


def main() -> int:
    """Run, and print a line for each reader."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inputs", type=int, default=100_000, help="inputs in all")
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args()
    logging.getLogger("interlab").setLevel(logging.ERROR)  # warnings say what was left out
    bad = 0
    each = -(-chosen.inputs // len(READERS))
    sys.stdout.write(f"{'reader':<18}{'inputs':>8}{'uncaught':>10}{'slowest':>10}\n")
    with tempfile.TemporaryDirectory() as root:
        for place, (name, reader) in enumerate(READERS.items()):
            stream, failures, slowest = random.Random(chosen.seed + place), Counter[str](), 0.0
            for number in range(each):
                directory = Path(root, str(place), str(number % 8))
                directory.mkdir(parents=True, exist_ok=True)
                content = mutate(reader.seed, stream)
                began = time.perf_counter()
                problem = fails(reader, content, directory)
                slowest = max(slowest, time.perf_counter() - began)
                if problem is not None:
                    failures[problem[:100]] += 1
            sys.stdout.write(f"{name:<18}{each:>8}{failures.total():>10}{slowest:>9.2f}s\n")
            for problem, count in failures.most_common(5):
                sys.stdout.write(f"    {count} x {problem}\n")
            bad += failures.total() + (slowest > _SLOWEST_S)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sys.stdout.write(f"peak memory {peak:.0f} MB\n")
    return 1 if bad or peak > _MOST_MB else 0


if __name__ == "__main__":
    sys.exit(main())
