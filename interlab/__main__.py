"""Start of the command line: Ctrl-C ends it in one line, from the first import to the last.

Until the commands are loaded, and again while the process ends, an interruption stops it at once. In between, the
commands handle it themselves.
"""

from __future__ import annotations

import os
import signal
import sys

_INTERRUPTED = 128 + signal.SIGINT


def _stop(*_: object) -> None:
    os.write(2, b"interlab: interrupted\n")
    os._exit(_INTERRUPTED)


if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    signal.signal(signal.SIGINT, _stop)


def main() -> None:
    """Load and run the command line."""
    from interlab.cli.app import main as run_command

    if signal.getsignal(signal.SIGINT) is _stop:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        run_command()
    except KeyboardInterrupt:
        sys.exit(_INTERRUPTED)
    finally:
        if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            signal.signal(signal.SIGINT, signal.SIG_IGN)


if __name__ == "__main__":
    main()
