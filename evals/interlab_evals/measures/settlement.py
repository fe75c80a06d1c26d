"""Result of a negotiation, in the form that all bargaining metrics use.

A party's utility is its payoff, its reserve is ``game["disagreement"]`` or that of ``game["domain"]``. Without a
deal everybody has the reserve. Domains are solved once, however many episodes were played on them.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple, cast

import orjson

from interlab_evals.measures.sharing import once_per_episode

if TYPE_CHECKING:
    from collections.abc import Mapping

    from interlab.schema.episode import Episode, Json
    from interlab_evals.bargaining.domain import Domain
    from interlab_evals.bargaining.solutions import Solutions


class Space(NamedTuple):
    """The deals that were possible, and the parties in the order of the domain's tables."""

    domain: Domain
    parties: tuple[str, ...]

    @property
    def solutions(self) -> Solutions:
        """The domain, solved."""
        return _solved(self.domain)


class Settlement(NamedTuple):
    """The utilities and reservation values of a result.

    Attributes:
        agreed: Whether there was a deal; ``None`` where the outcome does not tell.
        utilities: Role -> u_i; empty unless every role's utility and reserve are known.
        reserves: Role -> r_i, of the same roles.
        space: The deals that were possible; ``None`` where the game does not tell.
    """

    agreed: bool | None
    utilities: dict[str, float]
    reserves: dict[str, float]
    space: Space | None

    @property
    def gains(self) -> dict[str, float]:
        """Role -> u_i - r_i; 0 where that is no more than rounding: 1e-9 of M_i - m_i, else of u_i."""
        if not self.utilities:
            return {}
        if self.space is not None:
            parties = self.space.parties
            gains = self.space.solutions.gains([self.utilities[role] for role in parties]).tolist()
            by_party = dict(zip(parties, gains, strict=True))
            return {role: by_party[role] for role in self.utilities}
        pairs = {role: (utility, self.reserves[role]) for role, utility in self.utilities.items()}
        return {role: 0.0 if math.isclose(*pair) else pair[0] - pair[1] for role, pair in pairs.items()}

    @property
    def advantages(self) -> dict[str, float]:
        """Role -> (u_i - r_i) / (M_i - r_i), of the roles that could gain; empty without a domain."""
        if self.space is None or not self.utilities:
            return {}
        best = dict(zip(self.space.parties, self.space.solutions.best.tolist(), strict=True))
        return {
            role: gain / (best[role] - self.reserves[role])
            for role, gain in self.gains.items()
            if best[role] > self.reserves[role]
        }


@once_per_episode
def settlement(episode: Episode) -> Settlement:
    """Read what a negotiation came to."""
    agreed = episode.outcome.get("agreement")
    space = space_of(episode)
    stated = episode.game.get("disagreement")
    if isinstance(stated, dict):
        reserves = {role: value for role, value in stated.items() if isinstance(value, (int, float))}
    else:
        reserves = dict(zip(space.parties, space.domain.reserves, strict=True)) if space else {}
    known = bool(episode.seats) and all(role in reserves and role in episode.payoffs for role in episode.roles)
    roles = episode.roles if known else ()
    return Settlement(
        agreed=agreed if isinstance(agreed, bool) else None,
        utilities={role: episode.payoffs[role] for role in roles},
        reserves={role: reserves[role] for role in roles},
        space=space,
    )


@once_per_episode
def space_of(episode: Episode) -> Space | None:
    """Read the space of deals; ``None`` where the game states no domain for just these roles."""
    stated = episode.game.get("domain")
    parties = episode.game.get("parties", list(episode.roles))
    if not isinstance(stated, dict) or not isinstance(parties, list) or set(parties) != set(episode.roles):
        return None
    domain = _domain(orjson.dumps(stated))
    return Space(domain, tuple(map(str, parties))) if len(domain.reserves) == len(parties) else None


@lru_cache(maxsize=64)
def _domain(stated: bytes) -> Domain:
    from interlab_evals.bargaining.domain import Domain

    return Domain.of(cast("Mapping[str, Json]", orjson.loads(stated)))


@lru_cache(maxsize=64)
def _solved(domain: Domain) -> Solutions:
    from interlab_evals.bargaining.solutions import solutions

    return solutions(domain)
