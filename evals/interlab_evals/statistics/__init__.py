"""From the figures of episodes to an estimate with an interval.

The unit of analysis is the episode: rows of one episode are one cluster. The metric's kind picks the
estimator.
"""

from interlab_evals.statistics.clustering import Sample, standard_error
from interlab_evals.statistics.estimation import ESTIMATORS, estimate, estimate_sample
from interlab_evals.statistics.intervals import Estimate, Interval, Method, wilson

__all__ = [
    "ESTIMATORS",
    "Estimate",
    "Interval",
    "Method",
    "Sample",
    "estimate",
    "estimate_sample",
    "standard_error",
    "wilson",
]
