"""Trust, ultimatum and dictator games: who gives what to whom, and what is turned down.

Every metric here is about one of the two roles, which the game names, and measures that role only; where the
game names none, it is undefined for all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from interlab_evals.measures.declaration import UNDEFINED, Count, metric

if TYPE_CHECKING:
    from collections.abc import Iterable

    from interlab.schema.episode import Episode, Round

_BERG: Final = "Berg, Dickhaut & McCabe (1995)"
_GUTH: Final = "Güth, Schmittberger & Schwarze (1982); Camerer (2003)"


@metric(
    kind="ratio",
    level="actor",
    undefined="the investor made no valid move, or this is not a trust game",
    source=_BERG,
)
def amount_sent(episode: Episode) -> dict[str, Count]:
    """Part of its endowment that the investor sent: its trust.

    k/n with k = sum_t sent_t / e and n = #{t: sent_t is known}, e = ``game["endowment"]``.
    """
    endowment = _number(episode.game.get("endowment"))
    sent = [amount for each in episode.rounds if (amount := _number(each.facts.get("sent"))) is not None]
    return _about(episode, "investor", Count(sum(sent) / endowment, len(sent)) if endowment else UNDEFINED)


@metric(
    kind="ratio",
    level="actor",
    undefined="nothing was sent, or this is not a trust game",
    source=_BERG,
)
def trustworthiness(episode: Episode) -> dict[str, Count]:
    """Part of what it received that the trustee returned.

    k/n with k = sum_t returned_t and n = sum_t m sent_t over the rounds in which something was sent, m =
    ``game["multiplier"]``.
    """
    multiplier = _number(episode.game.get("multiplier")) or 0.0
    sent, returned = _trusted(episode.rounds)
    return _about(episode, "trustee", Count(returned, multiplier * sent) if multiplier else UNDEFINED)


@metric(
    kind="ratio",
    unit="returned per sent",
    range=(0.0, float("inf")),
    direction="higher",
    level="actor",
    undefined="nothing was sent, or this is not a trust game",
    source=_BERG,
)
def return_on_trust(episode: Episode) -> dict[str, Count]:
    """Return to the investor per unit sent; trust paid where this is above 1.

    k/n with k = sum_t returned_t and n = sum_t sent_t over the rounds in which something was sent.
    """
    sent, returned = _trusted(episode.rounds)
    return _about(episode, "investor", Count(returned, sent))


@metric(
    kind="ratio",
    level="actor",
    undefined="no offer was made, or the game has no pie to share",
    source=f"{_GUTH}; Kahneman, Knetsch & Thaler (1986); Engel (2011)",
)
def offer_share(episode: Episode) -> dict[str, Count]:
    """Part of the pie that the proposer offered, or the dictator gave.

    k/n with k = sum_t offer_t / pie and n = #{t: an offer was made}.
    """
    pie = _number(episode.game.get("pie"))
    offers = [offer for each in episode.rounds if (offer := _number(each.facts.get("offer"))) is not None]
    return _about(episode, "proposer", Count(sum(offers) / pie, len(offers)) if pie else UNDEFINED)


@metric(
    kind="ratio",
    level="actor",
    undefined="no offer was answered, or this is not an ultimatum game",
    source=_GUTH,
)
def acceptance_rate(episode: Episode) -> dict[str, Count]:
    """Share of the offers made to it that the responder accepted.

    k/n with k = #{t: accepted} and n = #{t: an offer was accepted or rejected}. It is conditional on the offers
    that were made: `interlab_evals.acceptance_by_offer` and `minimum_acceptable_offer` hold them fixed.
    """
    answers = [accepted for _, accepted in answered_offers(episode)]
    return _about(episode, "responder", Count(sum(answers), len(answers)))


@metric(
    kind="ratio",
    level="actor",
    undefined="no offer above 0 was answered, or this is not an ultimatum game",
    source=_GUTH,
)
def positive_offer_rejection(episode: Episode) -> dict[str, Count]:
    """Share of offers above nothing that the responder rejected, at a cost to itself.

    k/n with k = #{t: offer_t > 0 and rejected} and n = #{t: offer_t > 0 and answered}.
    """
    answers = [accepted for offer, accepted in answered_offers(episode) if offer > 0]
    return _about(episode, "responder", Count(len(answers) - sum(answers), len(answers)))


def answered_offers(episode: Episode) -> list[tuple[float, bool]]:
    """List the offers that were accepted or rejected, with whether they were accepted."""
    found: list[tuple[float, bool]] = []
    for each in episode.rounds:
        offer, accepted = _number(each.facts.get("offer")), each.facts.get("accepted")
        if offer is not None and isinstance(accepted, bool):
            found.append((offer, accepted))
    return found


def _about(episode: Episode, part: str, count: Count) -> dict[str, Count]:
    """Measure the role that has this part in the game."""
    role = episode.game.get(part)
    return {role: count} if isinstance(role, str) else dict.fromkeys(episode.roles, UNDEFINED)


def _trusted(rounds: Iterable[Round]) -> tuple[float, float]:
    """Sum what was sent and what was returned for it."""
    sent = returned = 0.0
    for each in rounds:
        given, back = _number(each.facts.get("sent")), _number(each.facts.get("returned"))
        if given and back is not None:
            sent, returned = sent + given, returned + back
    return sent, returned


def _number(value: object) -> float | None:
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else None
