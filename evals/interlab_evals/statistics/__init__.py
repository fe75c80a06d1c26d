"""From the figures of episodes to estimates and comparisons.

The unit of analysis is the episode: rows of one episode are one cluster. The metric's kind picks the
estimator. Everything here is a function of a tidy frame and can be used alone.
"""

from interlab_evals.statistics.clustering import Sample, standard_error
from interlab_evals.statistics.estimates import Estimate, Estimates
from interlab_evals.statistics.estimation import estimate
from interlab_evals.statistics.estimators import ESTIMATORS, estimate_sample
from interlab_evals.statistics.intervals import Interval, Method
from interlab_evals.statistics.proportions import wilson

__all__ = [
    "ESTIMATORS",
    "Estimate",
    "Estimates",
    "Interval",
    "Method",
    "Sample",
    "estimate",
    "estimate_sample",
    "standard_error",
    "wilson",
]
