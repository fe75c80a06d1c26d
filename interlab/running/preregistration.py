"""Plans written down before a run: a file with the plan, its hash and its text, which a run can be held to."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Final, cast

import orjson

from interlab.errors import ConfigurationError, RecordError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from interlab.running.plan import RecordedPlan

FILE: Final = "preregistration.json"
"""Name of the copy in a run's directory."""
_LONGEST: Final = 60


def digest(plan: RecordedPlan) -> str:
    """Return the SHA-256 of a plan, in hexadecimal digits."""
    return _digest(plan.model_dump(mode="json"))


def write(plan: RecordedPlan, text: Sequence[str], path: Path) -> str:
    """Write a preregistration and return the hash of its plan.

    Args:
        plan: The plan.
        text: Paragraphs that describe it.
        path: Path of the file; it must not exist.

    Raises:
        UsageError: The file exists.
        RecordError: It cannot be written.
    """
    hash_of_plan = digest(plan)
    document = {"format": 1, "sha256": hash_of_plan, "plan": plan.model_dump(mode="json"), "text": [*text]}
    try:
        with path.open("xb") as file:
            file.write(orjson.dumps(document, option=orjson.OPT_INDENT_2) + b"\n")
    except FileExistsError:
        raise UsageError(f"`{path}` exists: a preregistration is written once; choose another name") from None
    except OSError as error:
        raise RecordError(f"cannot write `{path}`: {error.strerror}") from None
    return hash_of_plan


def check(plan: RecordedPlan, path: Path) -> bytes:
    """Make sure that a plan is the one that was preregistered, and return the content of the file.

    Raises:
        ConfigurationError: The file is not a preregistration, or its plan was changed after its hash.
        UsageError: The plans differ; the message says where.
    """
    try:
        content = path.read_bytes()
        document: Any = orjson.loads(content)
        planned, stated = cast("dict[str, Any]", document["plan"]), document["sha256"]
    except OSError as error:
        raise ConfigurationError(f"cannot read `{path}`: {error.strerror}") from None
    except (orjson.JSONDecodeError, KeyError, TypeError):
        raise ConfigurationError(
            f"invalid preregistration `{path}`: expected a file that `interlab preregister` wrote"
        ) from None
    if _digest(planned) != stated:
        raise ConfigurationError(f"invalid preregistration `{path}`: its plan was changed after it was written")
    own = plan.model_dump(mode="json")
    found = [each for name in own for each in _differences(name, planned.get(name), own[name])]
    if found:
        more = f" and {len(found) - 1} more" if len(found) > 1 else ""
        raise UsageError(f"the run differs from `{path}`: {found[0]}{more}")
    return content


def _digest(plan: dict[str, Any]) -> str:
    return hashlib.sha256(orjson.dumps(plan, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _differences(name: str, planned: Any, own: Any) -> Iterator[str]:
    """Yield each difference between two values, with its place."""
    if planned == own:
        return
    match planned, own:
        case dict(), dict():
            was, now = cast("dict[str, Any]", planned), cast("dict[str, Any]", own)
            for key in {**was, **now}:
                if key != "id":  # follows from the rest
                    yield from _differences(f"{name}.{key}", was.get(key), now.get(key))
        case list(), list() if len(planned) == len(own):  # pyright: ignore[reportUnknownArgumentType]
            pairs = zip(cast("list[Any]", planned), cast("list[Any]", own), strict=True)
            for place, (was, now) in enumerate(pairs):
                yield from _differences(f"{name}[{place}]", was, now)
        case list(), list():
            was, now = cast("list[Any]", planned), cast("list[Any]", own)
            yield f"{name}: {len(was)} were planned, {len(now)} are asked for"
        case _:
            yield f"{name}: {_shown(planned)} was planned, {_shown(own)} is asked for"


def _shown(value: Any) -> str:
    text = orjson.dumps(value).decode()
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
