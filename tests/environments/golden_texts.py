"""Whole conversations of every scenario, as its players read them, kept in ``texts/``.

`python -m tests.environments.golden_texts` writes them again after a change. A change of a scenario's texts needs
a new version of them (``Scenario.texts``); a change that no release has seen may keep it with ``--unreleased``.
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from interlab import registry, seeds
from interlab.cli.reading import Line, conversations, read_by
from interlab.environments import scenario
from interlab.testing import ArbitraryActor
from interlab.wording import SHARED_TEXTS
from tests.environments.golden_shared import write_shared

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from interlab.environments import Scenario

FOLDER: Final = Path(__file__).with_name("texts")
VERSIONS: Final = FOLDER / "versions.json"

SHARED: Final = "shared"
"""Name of the texts that belong to no scenario."""

SHORT: Final = {"rounds": 3}
MATRIX_VARIANTS: Final[tuple[dict[str, Any], ...]] = (
    {"talk": True},
    {"noise": 0.3},
    {"history": "own"},
    {"history": "none"},
    {"misperception": 0.3},
    {"order": "sequential"},
    {"order": "sequential", "misperception": 0.3},
    {"continuation": 0.5},
    {"horizon_known": False},
    {"unit": "dollars", "rounds": 1},
)
VARIANTS: Final[dict[str, tuple[dict[str, Any], ...]]] = {
    "prisoners-dilemma": MATRIX_VARIANTS,
    "rock-paper-scissors": ({"noise": 0.3},),
    "matrix": (
        {"other_actions": ["E", "F"], "payoffs": [[[3, 4], [2, 2]], [[1, 1], [4, 3]]]},
        {"other_actions": ["E", "F"], "payoffs": [[[3, 4], [2, 2]], [[1, 1], [4, 3]]], "order": "sequential"},
    ),
    "public-goods": ({"talk": True}, {"punishment": True}, {"horizon_known": False}, {"members": 2}),
    "commons-fishery": (
        {"talk": True},
        {"rationing": "proportional"},
        {"others_seen": False},
        {"collapse_below": 0},
    ),
    "collective-action": ({"talk": True},),
    "minority-game": ({"talk": True},),
    "reality-show": ({"shuffled": False},),
    "auction": ({"format": "second-price", "revealed": "bids"}, {"talk": True}),
    "ultimatum": ({"method": "strategy"}, {"rounds": 3}, {"horizon_known": False}),
    "dictator": ({"rounds": 3},),
    "trust": ({"multiplier": 1.5, "rounds": 3}, {"trustee_endowment": 1, "endowment": 1}),
    "price-negotiation": ({"first": "buyer", "rounds": 1},),
    "bargaining": ({"domain": "wind-park"}, {"domain": "random?sizes=3&seed=1"}, {"records": False, "rounds": 1}),
    "deliberation": ({"threshold": 2, "chair": "first", "talk": 0}, {"domain": "wind-park", "talk": 2}),
    "information-leak": ({"leak_cost": 1, "guess_gain": 1},),
}
"""Parameters that change what is read, beside the scenario's own."""


def write(name: str) -> str:
    """Return everything that the players of a scenario read, in its variants, as one text."""
    found = scenario(name)
    parts = [f"# {name}, texts {found.texts_version}"]
    for changes in ({}, *VARIANTS.get(name, ())):
        given = json.dumps(changes) if changes else "as it stands"
        parts += [f"## {given}", *_told(conversations(found, _short(found, changes)))]
    parts += ["## invalid answers", *_told(_with_forfeits(found)), "## schemas of answers", *_schemas(found)]
    return "\n\n".join(parts) + "\n"


def _short(found: Scenario, changes: Mapping[str, Any]) -> dict[str, Any]:
    has_rounds = "rounds" in type(found.parameters).model_fields
    return {**(SHORT if has_rounds else {}), **changes}


def _with_forfeits(found: Scenario) -> dict[str, list[Line]]:
    """Play at random, with an invalid answer now and then."""
    parameters = found.configure(_short(found, {}))
    roles = found.environment.roles(parameters)
    actors = {role: ArbitraryActor(role, seeds.derive(7, role), forfeits=0.4) for role in roles}
    return read_by(found, parameters, actors, 7)


def _schemas(found: Scenario) -> dict[str, None]:
    """Return the instructions for answers of every type, each once, from episodes that are played at random."""
    shown: dict[str, None] = {}
    for changes in ({}, *VARIANTS.get(found.name, ())):
        parameters = found.configure(_short(found, changes))
        actors = {
            role: ArbitraryActor(role, seeds.derive(7, role)) for role in found.environment.roles(parameters)
        }
        read_by(found, parameters, actors, 7)
        shown |= {query.wanted.schema.instructions: None for each in actors.values() for query in each.queries}
    return shown


def _told(read: Mapping[str, list[Line]]) -> Iterator[str]:
    for role, lines in read.items():
        yield f"### {role}"
        for line in lines:
            yield f"[{line['kind']}] {line['text']}"


def digest(text: str) -> str:
    """Return a short hash of a golden text."""
    return hashlib.sha256(text.partition("\n")[2].encode()).hexdigest()[:16]


def main(arguments: list[str]) -> None:
    """Write the golden texts of all scenarios."""
    versions: dict[str, dict[str, str]] = json.loads(VERSIONS.read_text()) if VERSIONS.exists() else {}
    written = {name: (write(name), scenario(name).texts_version) for name in registry.names("environments")}
    for name, (text, version) in {**written, SHARED: (write_shared(), str(SHARED_TEXTS))}.items():
        known = versions.setdefault(name, {})
        if known.get(version, digest(text)) != digest(text) and "--unreleased" not in arguments:
            sys.exit(
                f"the texts of `{name}` differ from those of version {version}: raise `texts` of the scenario "
                "(`SHARED_TEXTS` for the shared ones)"
            )
        known[version] = digest(text)
        (FOLDER / f"{name}.txt").write_text(text)
    VERSIONS.write_text(json.dumps(versions, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
