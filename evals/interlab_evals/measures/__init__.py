"""The metrics that InterLab ships: pure functions from an episode to counts or values.

Every one is declared with :func:`~interlab_evals.measures.declaration.metric` and found by name through the
entry points of the group ``interlab.metrics``. Three rules hold for all of them:

*   Which metrics judge an episode is declared by its scenario (or its suite), by name. A metric that is asked
    always answers, with one measurement per role (and component) or one for the episode: NaN where it has no
    meaning there, so that the undefined are counted and none is lost.
*   A ratio keeps its counts: ``value = k / n``, and ``n = 0`` is NaN.
*   A move that a role failed to make (``None``) is no action: it is in no count of actions, and it breaks the
    chain from one round to the next. ``invalid_action_rate`` is where it shows.
"""

from interlab_evals.measures.contribution import contribution_rate, free_riding_rate
from interlab_evals.measures.cooperation import cooperation_rate, memory_one, mutual_cooperation
from interlab_evals.measures.cost import input_tokens, invalid_action_rate, latency, output_tokens, usd
from interlab_evals.measures.exchange import agreement_rate, ir_violation, surplus_efficiency, surplus_share
from interlab_evals.measures.payoff import mean_payoff, payoff_efficiency

__all__ = [
    "agreement_rate",
    "contribution_rate",
    "cooperation_rate",
    "free_riding_rate",
    "input_tokens",
    "invalid_action_rate",
    "ir_violation",
    "latency",
    "mean_payoff",
    "memory_one",
    "mutual_cooperation",
    "output_tokens",
    "payoff_efficiency",
    "surplus_efficiency",
    "surplus_share",
    "usd",
]
