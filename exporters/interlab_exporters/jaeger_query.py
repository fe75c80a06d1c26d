"""Searches for traces in a Jaeger, and the addresses ``jaeger://host:port?key=value`` for them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl, urlsplit

from interlab.errors import ConfigurationError
from interlab.redaction import without_secrets

if TYPE_CHECKING:
    from collections.abc import Mapping

_QUERY_PORT: Final = 16686
_EPOCH: Final = datetime.fromtimestamp(0, UTC)
_OFFSET: Final = re.compile(r"(:[\d.,]+) (\d\d:?\d\d)$")
"""A plus in a query stands for a space."""
_SCHEMES: Final = {"jaeger": "http", "jaegers": "https"}


@dataclass(frozen=True)
class JaegerQuery:
    """A search for traces that have a span with all of some attributes.

    Attributes:
        url: Address of the query service, ``http://host:16686``, with its base path if it has one.
        attributes: Key to value as text; a trace matches when one span of it, or its resource, has them all.
        service: Only traces in which this service takes part; some storages (Cassandra, Badger) need one.
        start: The earliest start of a span; a year ago if None.
        end: The latest start of a span; in an hour if None, as clocks differ.
        depth: Number of traces to ask for at once; None for what suits this Jaeger. It need not grow with the
            number of traces: time is split until every part holds fewer.
        announced_by: Attribute of a trace's root that holds the number of spans of the trace; empty if none does.
        timeout: Seconds to wait for each answer.
    """

    url: str
    attributes: Mapping[str, str] = field(default_factory=dict[str, str])
    service: str = ""
    start: datetime | None = None
    end: datetime | None = None
    depth: int | None = None
    announced_by: str = ""
    timeout: float = 60.0

    @classmethod
    def parse(
        cls, address: str, *, aliases: Mapping[str, str] | None = None, announced_by: str = ""
    ) -> JaegerQuery:
        """Read an address ``jaeger://host:port/base?key=value&...``.

        ``service``, ``start`` and ``end`` (ISO 8601) and ``depth`` are what they are above, any other key is an
        attribute.

        Args:
            address: The address; ``jaegers://`` speaks HTTPS.
            aliases: Short names for attribute keys.
            announced_by: As above.

        Raises:
            ConfigurationError: It is not such an address.
        """
        shown = without_secrets(address)
        if not address.isprintable():
            raise ConfigurationError(f"invalid Jaeger address {shown!r}: expected printable characters")
        try:
            parts = urlsplit(address)
            netloc = parts.netloc if parts.port else f"{parts.netloc}:{_QUERY_PORT}"
        except ValueError:  # its text may repeat a password
            raise ConfigurationError(f"invalid Jaeger address `{shown}`: invalid host or port") from None
        try:
            pairs = _pairs(parts.query)
            start, end = (_time(name, pairs.pop(name, None)) for name in ("start", "end"))
            depth = _depth(pairs.pop("depth", None))
        except ValueError as error:
            raise ConfigurationError(f"invalid Jaeger address `{shown}`: {error}") from error
        if parts.scheme not in _SCHEMES or not parts.hostname:
            raise ConfigurationError(
                f"invalid Jaeger address `{shown}`: expected `jaeger://host:{_QUERY_PORT}?key=value`"
            )
        service = pairs.pop("service", "")
        known = aliases or {}
        return cls(
            url=f"{_SCHEMES[parts.scheme]}://{netloc}{parts.path.rstrip('/')}",
            attributes={known.get(key, key): value for key, value in pairs.items()},
            service=service,
            start=start,
            end=end,
            depth=depth,
            announced_by=announced_by,
        )


def _pairs(query: str) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for key, value in parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query)):
        if not value.strip():
            raise ValueError(f"`{key}=` has no value; write one, or leave it out")
        if key in pairs:
            raise ValueError(f"`{key}` appears twice; give it once")
        pairs[key] = value
    return pairs


def _time(name: str, text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(_OFFSET.sub(r"\1+\2", text))
        is_known = moment.astimezone(UTC) >= _EPOCH
    except (ValueError, OverflowError) as error:
        raise ValueError(f"`{name}={text}` is not a time such as `2026-11-22T14:30:00+01:00`") from error
    if not is_known:
        raise ValueError(f"`{name}={text}` is before 1970, where Jaeger's time begins")
    return moment


def _depth(text: str | None) -> int | None:
    if text is None:
        return None
    if not text.isdecimal() or not int(text):
        raise ValueError(f"`depth={text}` is not a number of traces")
    return int(text)
