"""Judges: metrics that a language model computes, by a rubric, over what was said.

A judge is an instrument that has to be tested before it is believed: several judges or repeats, their agreement
(Krippendorff's alpha), and their agreement with labels by hand (Cohen's kappa) come with every result.
"""

from interlab_evals.judges.agreement import krippendorff_alpha, labelled_agreement
from interlab_evals.judges.judging import Judged, judge
from interlab_evals.judges.rubric import Rubric, rubric_named, rubrics
from interlab_evals.judges.transcript import transcript

__all__ = [
    "Judged",
    "Rubric",
    "judge",
    "krippendorff_alpha",
    "labelled_agreement",
    "rubric_named",
    "rubrics",
    "transcript",
]
