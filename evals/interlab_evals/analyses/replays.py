"""Reproducibility: equality of the actions of two runs with the same plan and seed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import orjson

from interlab_evals.records import is_failed, read

if TYPE_CHECKING:
    from interlab.schema.episode import Episode
    from interlab_evals.records import Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Determinism:
    """Agreement of two runs of one plan.

    Attributes:
        identical: Episodes whose actions are the same, byte for byte, in every round.
        compared: Episodes that both runs completed.
        unmatched: Episodes that only one of them completed.
        different: The ids of episodes whose actions differ.
    """

    identical: int
    compared: int
    unmatched: int
    different: tuple[str, ...]

    @property
    def rate(self) -> float:
        """Share of compared episodes that are identical; NaN where none was compared."""
        return self.identical / self.compared if self.compared else float("nan")


def determinism(first: Source, second: Source) -> Determinism:
    """Compare the actions of two runs, episode by episode.

    Args:
        first: A run, its directory, a file or directory of spans, or a record.
        second: Another of the same plan and seed, e.g. played again or replayed. Episodes are matched by scenario,
            parameters, players in seat order, seed and repeat.
    """
    ours, theirs = _actions(first), _actions(second)
    both = ours.keys() & theirs.keys()
    different = sorted(ours[key][0] for key in both if ours[key][1] != theirs[key][1])
    return Determinism(
        identical=len(both) - len(different),
        compared=len(both),
        unmatched=len(ours.keys() ^ theirs.keys()),
        different=tuple(different),
    )


def _actions(source: Source) -> dict[bytes, tuple[str, bytes]]:
    return {
        _key(episode): (episode.id, _bytes([dict(each.actions) for each in episode.rounds]))
        for episode in read(source).episodes
        if not is_failed(episode)
    }


def _key(episode: Episode) -> bytes:
    players = [[seat.role, seat.player] for seat in episode.seats]
    return _bytes([episode.scenario, dict(episode.parameters), players, episode.seed, episode.index])


def _bytes(value: object) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
