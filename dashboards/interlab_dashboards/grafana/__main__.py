"""``python -m interlab_dashboards.grafana DIRECTORY``."""

from __future__ import annotations

import sys
from pathlib import Path

from interlab_dashboards.grafana.rendering import documents


def main(directory: Path) -> None:
    """Write every dashboard into a directory, and take away JSON files that are none any more."""
    written = documents()
    directory.mkdir(parents=True, exist_ok=True)
    for path in directory.glob("*.json"):
        if path.name not in written:
            path.unlink()
    for name, text in written.items():
        (directory / name).write_text(text)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python -m interlab_dashboards.grafana DIRECTORY")
    main(Path(sys.argv[1]))
