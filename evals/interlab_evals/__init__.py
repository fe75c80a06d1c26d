"""Judge runs: metrics, statistics and tables, computed from the spans.

::

    import interlab_evals as ev

    ev.metrics(run)  # pandas, tidy: one row per measurement
    ev.summarise(run)  # every metric of every player, with its interval
    ev.estimate(ev.metrics(run), "cooperation_rate", by="player")
    ev.compare(ev.metrics(run), "cooperation_rate", by="parameters.talk")
    ev.rank(ev.episodes(run))  # players by wins, with intervals of the ranks
    ev.sfem(ev.choices_of(run))  # which strategies are played, and by how many
    ev.score(run)  # the same, written beside the spans

Names are imported when they are first asked for: the metrics, which every run computes, need no pandas.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from interlab_evals.analyses.acceptance import AcceptableOffer, acceptance_by_offer, minimum_acceptable_offer
    from interlab_evals.analyses.arms import message_effect, seat_advantage
    from interlab_evals.analyses.automata import AUTOMATA, Automaton
    from interlab_evals.analyses.choices import answered_offers_of, choices_of, opening_offers_of
    from interlab_evals.analyses.costs import AgreementCost, cost_per_agreement
    from interlab_evals.analyses.determinants import zero_determinant
    from interlab_evals.analyses.endings import cumulative_incidence
    from interlab_evals.analyses.frequencies import StrategyFrequencies, sfem
    from interlab_evals.analyses.lines import Anchoring, anchoring, payoff_slope
    from interlab_evals.analyses.opponents import OpponentModelError, opponent_model_error
    from interlab_evals.analyses.replays import Determinism, determinism
    from interlab_evals.bargaining.domain import Domain
    from interlab_evals.bargaining.solutions import Solutions, solutions
    from interlab_evals.frames import calls, episodes, metrics, turns
    from interlab_evals.measures.declaration import Count, DeclaredMetric, Duration, metric
    from interlab_evals.measures.determinant import ZeroDeterminantFit, zero_determinant_fit
    from interlab_evals.measures.lookup import metric_named
    from interlab_evals.records import Record, read
    from interlab_evals.results import Summary
    from interlab_evals.scoring import Score, score
    from interlab_evals.statistics.bradley_terry import BradleyTerry, bradley_terry
    from interlab_evals.statistics.comparison import compare
    from interlab_evals.statistics.estimates import Estimate, Estimates
    from interlab_evals.statistics.estimation import estimate
    from interlab_evals.statistics.families import Comparison
    from interlab_evals.statistics.pilot import EpisodePlan, icc, plan_episodes
    from interlab_evals.statistics.planning import Design, Variances, minimum_detectable_effect
    from interlab_evals.statistics.ranking import rank
    from interlab_evals.statistics.rankings import Ranking, Rankings, Standing
    from interlab_evals.statistics.relations import Relations, relations
    from interlab_evals.statistics.sequences import ConfidenceSequence, confidence_sequence
    from interlab_evals.statistics.social_relations import SocialRelations, social_relations
    from interlab_evals.statistics.survivors import Survivors, survive
    from interlab_evals.summary import summarise

__all__ = [
    "AUTOMATA",
    "AcceptableOffer",
    "AgreementCost",
    "Anchoring",
    "Automaton",
    "BradleyTerry",
    "Comparison",
    "ConfidenceSequence",
    "Count",
    "DeclaredMetric",
    "Design",
    "Determinism",
    "Domain",
    "Duration",
    "EpisodePlan",
    "Estimate",
    "Estimates",
    "OpponentModelError",
    "Ranking",
    "Rankings",
    "Record",
    "Relations",
    "Score",
    "SocialRelations",
    "Solutions",
    "Standing",
    "StrategyFrequencies",
    "Summary",
    "Survivors",
    "Variances",
    "ZeroDeterminantFit",
    "acceptance_by_offer",
    "anchoring",
    "answered_offers_of",
    "bradley_terry",
    "calls",
    "choices_of",
    "compare",
    "confidence_sequence",
    "cost_per_agreement",
    "cumulative_incidence",
    "determinism",
    "episodes",
    "estimate",
    "icc",
    "message_effect",
    "metric",
    "metric_named",
    "metrics",
    "minimum_acceptable_offer",
    "minimum_detectable_effect",
    "opening_offers_of",
    "opponent_model_error",
    "payoff_slope",
    "plan_episodes",
    "rank",
    "read",
    "relations",
    "score",
    "seat_advantage",
    "sfem",
    "social_relations",
    "solutions",
    "summarise",
    "survive",
    "turns",
    "zero_determinant",
    "zero_determinant_fit",
]

_HOMES: Final = {
    "AUTOMATA": "analyses.automata",
    "AcceptableOffer": "analyses.acceptance",
    "AgreementCost": "analyses.costs",
    "Anchoring": "analyses.lines",
    "Automaton": "analyses.automata",
    "BradleyTerry": "statistics.bradley_terry",
    "Comparison": "statistics.families",
    "ConfidenceSequence": "statistics.sequences",
    "Count": "measures.declaration",
    "DeclaredMetric": "measures.declaration",
    "Design": "statistics.planning",
    "Determinism": "analyses.replays",
    "Domain": "bargaining.domain",
    "Duration": "measures.declaration",
    "EpisodePlan": "statistics.pilot",
    "Estimate": "statistics.estimates",
    "Estimates": "statistics.estimates",
    "OpponentModelError": "analyses.opponents",
    "Ranking": "statistics.rankings",
    "Rankings": "statistics.rankings",
    "Record": "records",
    "Relations": "statistics.relations",
    "Score": "scoring",
    "SocialRelations": "statistics.social_relations",
    "Solutions": "bargaining.solutions",
    "Standing": "statistics.rankings",
    "StrategyFrequencies": "analyses.frequencies",
    "Summary": "results",
    "Survivors": "statistics.survivors",
    "Variances": "statistics.planning",
    "ZeroDeterminantFit": "measures.determinant",
    "acceptance_by_offer": "analyses.acceptance",
    "anchoring": "analyses.lines",
    "answered_offers_of": "analyses.choices",
    "bradley_terry": "statistics.bradley_terry",
    "calls": "frames",
    "choices_of": "analyses.choices",
    "compare": "statistics.comparison",
    "confidence_sequence": "statistics.sequences",
    "cost_per_agreement": "analyses.costs",
    "cumulative_incidence": "analyses.endings",
    "determinism": "analyses.replays",
    "episodes": "frames",
    "estimate": "statistics.estimation",
    "icc": "statistics.pilot",
    "message_effect": "analyses.arms",
    "metric": "measures.declaration",
    "metric_named": "measures.lookup",
    "metrics": "frames",
    "minimum_acceptable_offer": "analyses.acceptance",
    "minimum_detectable_effect": "statistics.planning",
    "opening_offers_of": "analyses.choices",
    "opponent_model_error": "analyses.opponents",
    "payoff_slope": "analyses.lines",
    "plan_episodes": "statistics.pilot",
    "rank": "statistics.ranking",
    "read": "records",
    "relations": "statistics.relations",
    "score": "scoring",
    "seat_advantage": "analyses.arms",
    "sfem": "analyses.frequencies",
    "social_relations": "statistics.social_relations",
    "solutions": "bargaining.solutions",
    "summarise": "summary",
    "survive": "statistics.survivors",
    "turns": "frames",
    "zero_determinant": "analyses.determinants",
    "zero_determinant_fit": "measures.determinant",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module `{__name__}` has no attribute `{name}`")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return __all__
