"""The configuration of Jaeger's pages: against the names and templates of its UI, and served by the real binary.

The names are those of ``src/types/config.ts`` of jaeger-ui, the rules of links those of
``src/model/link-patterns.ts`` and ``src/utils/stringSupplant.ts``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, cast
from urllib.parse import quote

import httpx2
import orjson
import pytest

from interlab.schema import names
from interlab_exporters import read_spans
from tests.daemons import JAEGER_CONFIGURATION
from tests.system.command_line import succeed
from tests.system.jaeger_reading import by_trace

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from interlab_exporters import Span
    from tests.daemons import Jaeger

CONFIGURATION: Final[dict[str, Any]] = orjson.loads((JAEGER_CONFIGURATION / "ui.json").read_bytes())
OPTIONS: Final = {
    "archiveEnabled": set[str](),
    "dependencies": {"menuEnabled", "dagMaxNumServices"},
    "linkPatterns": {"type", "key", "url", "text"},
    "menu": {"label", "items", "url", "anchorTarget"},
    "monitor": {"menuEnabled", "emptyState", "docsLink"},
    "search": {"defaultLookback", "maxLookback", "maxLimit", "adjustEndTime"},
    "topTagPrefixes": set[str](),
    "useOpenTelemetryTerms": set[str](),
}
LOOKBACKS: Final = "5m 15m 30m 1h 2h 3h 6h 12h 24h 2d 3d 5d 7d 2w 3w 4w"
OF_A_TRACE: Final = {"traceID", "traceName", "duration", "startTime", "endTime"}
PARAMETER: Final = re.compile(r"#\{([^{}]*)\}")
VIEWER: Final = "http://127.0.0.1:7788"


def links(trace: Mapping[str, Span]) -> dict[str, set[str]]:
    """Text -> addresses, as the pages make them of a trace."""
    (trace_id,) = {span.trace_id for span in trace.values()}
    found: dict[str, set[str]] = {}
    for pattern in CONFIGURATION["linkPatterns"]:
        if pattern["type"] == "traces":
            known = [{"traceID": trace_id}]
        else:
            known = [
                {**{key: str(value) for key, value in span.attributes.items()}, "trace.traceID": trace_id}
                for span in trace.values()
                if pattern["key"] in span.attributes
            ]
        for values in known:
            address = PARAMETER.sub(lambda name, values=values: quote(values[name[1]], safe=""), pattern["url"])
            found.setdefault(pattern["text"], set()).add(address)
    return found


def entries(option: str) -> list[dict[str, Any]]:
    """The objects that an option consists of."""
    value = CONFIGURATION[option]
    listed = cast("list[object]", value if isinstance(value, list) else [value])
    return [cast("dict[str, Any]", each) for each in listed if isinstance(each, dict)]


def test_every_option_is_one_of_the_pages() -> None:
    assert set(CONFIGURATION) <= set(OPTIONS)
    for option, known in OPTIONS.items():
        assert {name for entry in entries(option) for name in entry} <= known
    for item in (item for group in entries("menu") for item in group["items"]):
        assert set(item) <= {"label", "url", "anchorTarget"}
    search = CONFIGURATION["search"]
    assert {search["defaultLookback"], search["maxLookback"]["value"]} <= set(LOOKBACKS.split())


def test_what_interlab_writes_stands_on_top() -> None:
    assert {"gen_ai.", "interlab."} == set(CONFIGURATION["topTagPrefixes"])
    assert names.RUN_ID.startswith("interlab.")
    assert names.REQUEST_MODEL.startswith("gen_ai.")


def test_patterns_ask_for_nothing_that_the_pages_do_not_know() -> None:
    for pattern in CONFIGURATION["linkPatterns"]:
        for parameter in PARAMETER.findall(pattern["url"] + pattern["text"]):
            if pattern["type"] == "traces":
                assert parameter in OF_A_TRACE
            else:
                assert parameter.removeprefix("trace.") in OF_A_TRACE or parameter == pattern["key"]


def test_a_trace_leads_to_its_conversation_and_to_its_run(tmp_path: Path) -> None:
    succeed(
        *("run", "prisoners-dilemma", "--player", "strategy/tit-for-tat", "--player", "strategy/random"),
        *("-n", "1", "--out", tmp_path, "--json"),
    )
    (run,) = tmp_path.iterdir()
    trace_id, trace = max(by_trace(read_spans(run / "spans")).items(), key=lambda item: len(item[1]))
    assert links(trace) == {
        "Read this episode in InterLab's viewer": {f"{VIEWER}/traces/{trace_id}"},
        "This episode in InterLab's viewer": {f"{VIEWER}/traces/{trace_id}"},
        "The run in InterLab's viewer": {f"{VIEWER}/runs/{run.name}"},
        "The report of the run": {f"{VIEWER}/runs/{run.name}/report"},
    }


@pytest.mark.jaeger
def test_the_pages_are_served_with_it(jaeger: Jaeger) -> None:
    """A Jaeger built without its pages serves one that stands for them, with the configuration put in."""
    page = httpx2.get(f"{jaeger.query}/search").text
    configured = re.search(r"JAEGER_CONFIG = (\{.*\});", page)
    assert configured
    assert orjson.loads(configured[1]) == CONFIGURATION
