"""The description of an archive, in the terms of RO-Crate 1.2.

RO-Crate: Soiland-Reyes et al. (2022), Packaging research artefacts with RO-Crate, Data Science 5(2).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

METADATA: Final = "ro-crate-metadata.json"
PROFILE: Final = "https://w3id.org/ro/crate/1.2"

LICENCES: Final[Mapping[str, tuple[str, str]]] = {
    "CC-BY-4.0": (
        "Creative Commons Attribution 4.0 International",
        "https://creativecommons.org/licenses/by/4.0/",
    ),
    "CC-BY-SA-4.0": (
        "Creative Commons Attribution-ShareAlike 4.0 International",
        "https://creativecommons.org/licenses/by-sa/4.0/",
    ),
    "CC-BY-NC-4.0": (
        "Creative Commons Attribution-NonCommercial 4.0 International",
        "https://creativecommons.org/licenses/by-nc/4.0/",
    ),
    "CC0-1.0": ("Creative Commons Zero v1.0 Universal", "https://creativecommons.org/publicdomain/zero/1.0/"),
    "MIT": ("MIT License", "https://spdx.org/licenses/MIT"),
    "ODC-By-1.0": ("Open Data Commons Attribution License v1.0", "https://opendatacommons.org/licenses/by/1-0/"),
}
"""SPDX identifier -> name and address."""

_KINDS: Final[Sequence[tuple[str, str, str]]] = (
    ("run.json", "application/json", "Plan, seeds, versions and status of the run"),
    (".jsonl", "application/jsonl", "OpenTelemetry spans in the OTLP JSON encoding, one document per line"),
    (
        ".jsonl.zst",
        "application/zstd",
        "OpenTelemetry spans, one OTLP JSON document per line, compressed by Zstandard",
    ),
    (".jsonl.gz", "application/gzip", "OpenTelemetry spans, one OTLP JSON document per line, compressed by gzip"),
    ("episodes.parquet", "application/vnd.apache.parquet", "One row per episode"),
    ("turns.parquet", "application/vnd.apache.parquet", "One row per query to a player"),
    ("calls.parquet", "application/vnd.apache.parquet", "One row per call to a model"),
    ("metrics.parquet", "application/vnd.apache.parquet", "One row per measurement"),
    (".parquet", "application/vnd.apache.parquet", "A table"),
    (".csv", "text/csv", "A table"),
    (".html", "text/html", "The report as a page"),
    (".md", "text/markdown", "Text of the report"),
    (".tex", "application/x-tex", "LaTeX source of the report"),
    (".bib", "application/x-bibtex", "References"),
    (".pdf", "application/pdf", "A figure"),
    (".svg", "image/svg+xml", "A figure"),
    (".png", "image/png", "A figure"),
    (".txt", "text/plain", "Text"),
)
"""Endings of names -> media type and description; the first that fits counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One file of an archive."""

    name: str
    """Path within the archive."""
    size: int
    """Bytes."""
    sha256: str


def describe(
    document: Mapping[str, Any], parts: Sequence[Part], *, licence: str, authors: Sequence[str] = ()
) -> dict[str, Any]:
    """Return the content of ``ro-crate-metadata.json``.

    Args:
        document: The run's ``run.json``.
        parts: All other files of the archive.
        licence: SPDX identifier; see :data:`LICENCES`.
        authors: Names of people.
    """
    ended = document.get("ended") or document["created"]
    licence_name, address = LICENCES[licence]
    people = [{"@id": f"#author-{place}"} for place in range(1, len(authors) + 1)]
    spans = [{"@id": part.name} for part in parts if part.name.startswith("spans/")]
    root: dict[str, Any] = {
        "@id": "./",
        "@type": "Dataset",
        "name": f"InterLab run {document['id']}",
        "description": _description(document),
        "datePublished": str(ended)[:10],
        "license": {"@id": address},
        "hasPart": [{"@id": part.name} for part in parts],
        "mentions": {"@id": "#run"},
    }
    if people:
        root["author"] = people[0] if len(people) == 1 else people
    return {
        "@context": f"{PROFILE}/context",
        "@graph": [
            {
                "@id": METADATA,
                "@type": "CreativeWork",
                "conformsTo": {"@id": PROFILE},
                "about": {"@id": "./"},
            },
            root,
            *(_file(part) for part in parts),
            {
                "@id": "#run",
                "@type": "CreateAction",
                "name": f"Run of {document['suite']}",
                "startTime": document["created"],
                "endTime": ended,
                "instrument": {"@id": "#interlab"},
                "result": spans[0] if len(spans) == 1 else spans,
            },
            {
                "@id": "#interlab",
                "@type": "Thing",  # a SoftwareApplication would need the address of a page
                "name": "InterLab",
                "description": f"InterLab {document.get('versions', {}).get('interlab-otel', '')}".strip(),
            },
            {
                "@id": address,
                "@type": "CreativeWork",
                "name": licence_name,
                "identifier": licence,
                "description": f"Licence of the data: {licence_name}",
            },
            *(
                {"@id": person["@id"], "@type": "Person", "name": name}
                for person, name in zip(people, authors, strict=True)
            ),
        ],
    }


def _description(document: Mapping[str, Any]) -> str:
    conditions = document.get("plan", {}).get("conditions", [])
    scenarios = list(dict.fromkeys(str(each.get("scenario")) for each in conditions))
    players = list(dict.fromkeys(str(each) for found in conditions for each in _players(found)))
    named = f"Scenarios: {', '.join(scenarios)}." if scenarios else ""
    who = f" Players: {', '.join(players)}." if players else ""
    return (
        f"Record of a run of `{document['suite']}`: every interaction as OpenTelemetry spans. {named}{who}".strip()
    )


def _players(condition: Mapping[str, Any]) -> Sequence[str]:
    match condition.get("players"):
        case {**by_role}:
            return [str(each) for each in by_role.values()]
        case [*players]:
            return [str(each) for each in players]
        case _:
            return []


def _file(part: Part) -> dict[str, Any]:
    media, description = next(
        ((media, description) for ending, media, description in _KINDS if part.name.endswith(ending)),
        ("application/octet-stream", "A file"),
    )
    return {
        "@id": part.name,
        "@type": "File",
        "name": part.name,
        "description": description,
        "encodingFormat": media,
        "contentSize": str(part.size),
        "sha256": part.sha256,
    }
