"""How many episodes: for a difference, for two rates, for the width of an interval; and what a design can show."""

from __future__ import annotations

import math
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from scipy.special import ndtri

from interlab.errors import ParameterError
from interlab_evals.statistics.estimators import check_level
from interlab_evals.statistics.proportions import wilson

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True, kw_only=True)
class Variances:
    """What varies in a comparison, in squared units of the metric.

    Attributes:
        omega2: Variance over items (scenario x seed) of the difference of an item's two means. 0 for
            independent arms.
        sigma2: Variance within an item (or, for independent arms, over episodes), of each arm.

    Raises:
        ParameterError: One is below 0, or no number.
    """

    omega2: float
    sigma2: tuple[float, float]

    def __post_init__(self) -> None:
        for name, each in (("omega2", self.omega2), *(("sigma2", each) for each in self.sigma2)):
            if not each >= 0:
                raise ParameterError(f"`{name}` is {each:g}; a variance is 0 or above")

    def of_item(self, repeats: tuple[float, float] = (1, 1)) -> float:
        """Variance that one item adds: omega^2 + sigma_A^2/K_A + sigma_B^2/K_B.

        Args:
            repeats: K, episodes per item in each arm.
        """
        return self.omega2 + sum(each / count for each, count in zip(self.sigma2, repeats, strict=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """How a comparison is to be made.

    Attributes:
        repeats: K, episodes per item in each arm.
        power: The chance of finding the difference, in (0, 1).
        level: 1 - alpha of the two-sided test, in (0, 1).
    """

    repeats: tuple[float, float] = (1, 1)
    power: float = 0.8
    level: float = 0.95

    @property
    def reach(self) -> float:
        """z_{alpha/2} + z_beta: how many standard errors away a difference has to be.

        Raises:
            ParameterError: The power or the level is not a probability.
        """
        return _reach(self.power, self.level)


USUAL: Final = Design()


def items_for_difference(difference: float, variances: Variances, design: Design = USUAL) -> float:
    """How many items it takes to find a difference; for independent arms, episodes per arm.

    n = (z_{alpha/2} + z_beta)^2 (omega^2 + sigma_A^2/K_A + sigma_B^2/K_B) / delta^2.

    Args:
        difference: delta, the difference to find, not 0.
        variances: What varies.
        design: How they are compared.

    Returns:
        The number, not rounded.

    Source:
        Miller (2024), "Adding Error Bars to Evals".
    """
    if difference == 0:
        raise ParameterError("`difference` is 0: name the smallest difference that would matter")
    return design.reach**2 * variances.of_item(design.repeats) / difference**2


def minimum_detectable_effect(items: float, variances: Variances, design: Design = USUAL) -> float:
    """The smallest difference that a design finds with the given power: :func:`items_for_difference` solved.

    Args:
        items: How many items there are, above 0.
        variances: What varies.
        design: How they are compared.
    """
    if items <= 0:
        raise ParameterError(f"`items` is {items:g}; a design has at least one")
    return design.reach * math.sqrt(variances.of_item(design.repeats) / items)


def pairs_for_effect_size(size: float, *, power: float = 0.8, level: float = 0.95) -> float:
    """How many pairs it takes to find a mean difference of ``size`` standard deviations of the differences.

    Args:
        size: d_z, not 0.
        power: The chance of finding it, in (0, 1).
        level: 1 - alpha of the two-sided t test, in (0, 1).

    Source:
        The noncentral t distribution, as statsmodels' ``TTestPower`` has it.
    """
    untyped: Any = import_module("statsmodels.stats.power")
    found = untyped.TTestPower().solve_power(effect_size=abs(size), alpha=1 - level, power=power)
    return float(found)


def episodes_for_rates(p1: float, p2: float, *, power: float = 0.8, level: float = 0.95) -> float:
    """How many episodes per arm it takes to tell two rates apart, independent arms.

    About 2 ((z_{alpha/2} + z_beta) / h)^2 with h = 2 asin sqrt(p1) - 2 asin sqrt(p2).

    Args:
        p1: One rate, in [0, 1].
        p2: The other, different.
        power: The chance of finding the difference, in (0, 1).
        level: 1 - alpha of the two-sided test, in (0, 1).

    Source:
        Cohen (1988), the arcsine transformation, as statsmodels' ``NormalIndPower`` has it.
    """
    for each in (p1, p2):
        if not 0 <= each <= 1:
            raise ParameterError(f"a rate lies between 0 and 1, not at {each:g}")
    h = 2 * math.asin(math.sqrt(p1)) - 2 * math.asin(math.sqrt(p2))
    if h == 0:
        raise ParameterError("the two rates are equal: there is no difference to find")
    _reach(power, level)
    untyped: Any = import_module("statsmodels.stats.power")
    return float(untyped.NormalIndPower().solve_power(effect_size=abs(h), alpha=1 - level, power=power))


def episodes_for_half_width(
    half_width: float, *, deviation: float | None = None, rate: float | None = None, level: float = 0.95
) -> int:
    """How many episodes it takes for an interval of a given half-width.

    Args:
        half_width: Half the width of the interval, above 0.
        deviation: Standard deviation over episodes, for a mean: t's interval.
        rate: The rate expected, in [0, 1]: Wilson's interval, at whose middle the rate does not lie.
        level: Nominal coverage, in (0, 1).

    Raises:
        ParameterError: The half-width is not above 0, not exactly one of deviation and rate is given, or one is
            out of range.
    """
    if not half_width > 0:
        raise ParameterError(f"`half_width` is {half_width:g}; it has to be above 0")
    if (deviation is None) == (rate is None):
        raise ParameterError("give either the standard deviation of a mean, or the rate expected")
    if rate is not None and not 0 <= rate <= 1:
        raise ParameterError(f"`rate` is {rate:g}; a rate lies between 0 and 1")
    if deviation is not None and not deviation >= 0:
        raise ParameterError(f"`deviation` is {deviation:g}; a standard deviation is 0 or above")
    check_level(level)
    from scipy.special import stdtrit

    def too_wide(n: int) -> bool:
        if rate is not None:
            low, high = wilson(rate, n, level)
            return (high - low) / 2 > half_width
        assert deviation is not None
        return float(stdtrit(n - 1, (1 + level) / 2)) * deviation / math.sqrt(n) > half_width

    return first(too_wide, 1 if rate is not None else 2)


def design_effect(size: float, icc: float) -> float:
    """By what factor clusters inflate a variance, and so the number of figures needed: 1 + (m - 1) ICC.

    Args:
        size: m, figures per cluster.
        icc: Correlation of two figures of one cluster; from -1/(m - 1), below which m figures cannot all be
            correlated, to 1.

    Raises:
        ParameterError: The size is below 1, or there is no such correlation.

    Source:
        Kish (1965).
    """
    if not size >= 1:
        raise ParameterError(f"`size` is {size:g}; a cluster has at least one figure")
    least = -1 / (size - 1) if size > 1 else -1.0
    if not max(least, -1.0) <= icc <= 1:
        raise ParameterError(
            f"`icc` is {icc:g}; the correlation of {size:g} figures lies between {max(least, -1.0):.3g} and 1"
        )
    return 1 + (size - 1) * icc


def _reach(power: float, level: float) -> float:
    for name, each in (("power", power), ("level", level)):
        if not 0 < each < 1:
            raise ParameterError(f"`{name}` is {each:g}; it must lie between 0 and 1")
    return float(ndtri((1 + level) / 2) + ndtri(power))


def first(fails: Callable[[int], bool], least: int) -> int:
    """Find the smallest number from ``least`` on that does not fail, given that no greater one does."""
    most = least
    while fails(most):
        least, most = most + 1, most * 2
    while least < most:
        middle = (least + most) // 2
        least, most = (middle + 1, most) if fails(middle) else (least, middle)
    return most
