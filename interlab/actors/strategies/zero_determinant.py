"""Zero-determinant strategies: memory-one strategies that hold the payoffs of both to a line.

Whatever the other plays, in the long run ``s * (own - kappa) = other - kappa`` with slope s = 1/chi. After a
state that pays (own, other), the probability of cooperation is

    [own action was C] + phi * (s * (own - kappa) - (other - kappa)).

Press & Dyson (2012), PNAS 109, 10409-10413; in this form Hilbe, Nowak & Traulsen (2013), PLoS ONE 8, e77886.
"""

from __future__ import annotations

from fractions import Fraction
from random import Random
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from interlab.actors.strategies.memory_one import play
from interlab.actors.strategies.shelf import cooperate
from interlab.errors import UsageError
from interlab.situations import ReciprocitySituation


def _fraction(text: Any) -> Any:
    try:
        return float(Fraction(text)) if isinstance(text, str) and "/" in text else text
    except (ValueError, ZeroDivisionError):
        raise ValueError("write a number or a fraction, such as 1/9") from None


Factor = Annotated[float, BeforeValidator(_fraction), Field(ge=1, allow_inf_nan=False)]
Scale = Annotated[float, BeforeValidator(_fraction), Field(gt=0, allow_inf_nan=False)]
Payoff = Annotated[float, BeforeValidator(_fraction), Field(allow_inf_nan=False)]


@cooperate("zd-extort", "Press & Dyson (2012)")
def zd_extort(
    situation: ReciprocitySituation, stream: Random, *, chi: Factor = 2.0, phi: Scale | None = None
) -> bool:
    """Takes `chi` times as much as the other of what both get beyond mutual defection."""
    punishment = situation.payoffs[situation.defect, situation.defect][0]
    return play(situation, stream, vector(situation, 1 / chi, punishment, phi))


@cooperate("zd-gtft", "Stewart & Plotkin (2012)")
def zd_gtft(
    situation: ReciprocitySituation, stream: Random, *, chi: Factor = 2.0, phi: Scale | None = None
) -> bool:
    """Bears `chi` times as much as the other of what both lack of mutual cooperation."""
    reward = situation.payoffs[situation.cooperate, situation.cooperate][0]
    return play(situation, stream, vector(situation, 1 / chi, reward, phi))


@cooperate("zd-set", "Boerlijst, Nowak & Sigmund (1997)")
def zd_set(situation: ReciprocitySituation, stream: Random, *, kappa: Payoff, phi: Scale | None = None) -> bool:
    """Sets the other's mean payoff to `kappa`, whatever the other does (equaliser)."""
    return play(situation, stream, vector(situation, 0, kappa, phi))


def vector(
    situation: ReciprocitySituation, slope: float, kappa: float, phi: float | None = None
) -> tuple[float, float, float, float]:
    """The memory-one vector that holds payoffs to a line.

    Args:
        situation: Whose payoffs.
        slope: s, how much the other's payoff changes with the own one.
        kappa: Where the line crosses that of equal payoffs.
        phi: Scale, more than 0; by default half of the greatest there is.

    Returns:
        Probabilities of cooperation after CC, CD, DC, DD.

    Raises:
        UsageError: No probabilities hold the payoffs to this line, or not with this phi.
    """
    c, d = situation.cooperate, situation.defect
    cells = ((c, c), (c, d), (d, c), (d, d))
    shifts = [slope * (own - kappa) - (other - kappa) for own, other in map(situation.payoffs.__getitem__, cells)]
    limits = [1 / abs(shift) for shift in shifts if shift]
    if max(shifts[:2]) > 0 or min(shifts[2:]) < 0 or not limits:
        raise UsageError(
            f"no zero-determinant strategy has slope {slope:g} and kappa {kappa:g} at these payoffs; "
            "choose another `chi` or `kappa`"
        )
    most = min(limits)
    scale = most / 2 if phi is None else phi
    if scale > most * (1 + 1e-12):
        raise UsageError(f"`phi={scale:g}` is too great: at these payoffs, slope and kappa it is at most {most:g}")
    after = (base + scale * shift for base, shift in zip((1, 1, 0, 0), shifts, strict=True))
    cc, cd, dc, dd = (min(1.0, max(0.0, p)) for p in after)
    return cc, cd, dc, dd
