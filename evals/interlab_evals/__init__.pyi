from .analyses.acceptance import (
    AcceptableOffer as AcceptableOffer,
)
from .analyses.acceptance import (
    acceptance_by_offer as acceptance_by_offer,
)
from .analyses.acceptance import (
    minimum_acceptable_offer as minimum_acceptable_offer,
)
from .analyses.arms import message_effect as message_effect
from .analyses.arms import seat_advantage as seat_advantage
from .analyses.automata import AUTOMATA as AUTOMATA
from .analyses.automata import Automaton as Automaton
from .analyses.choices import (
    answered_offers_of as answered_offers_of,
)
from .analyses.choices import (
    choices_of as choices_of,
)
from .analyses.choices import (
    opening_offers_of as opening_offers_of,
)
from .analyses.costs import AgreementCost as AgreementCost
from .analyses.costs import cost_per_agreement as cost_per_agreement
from .analyses.determinants import zero_determinant as zero_determinant
from .analyses.endings import cumulative_incidence as cumulative_incidence
from .analyses.frequencies import StrategyFrequencies as StrategyFrequencies
from .analyses.frequencies import sfem as sfem
from .analyses.lines import Anchoring as Anchoring
from .analyses.lines import anchoring as anchoring
from .analyses.lines import payoff_slope as payoff_slope
from .analyses.opponents import (
    OpponentModelError as OpponentModelError,
)
from .analyses.opponents import (
    opponent_model_error as opponent_model_error,
)
from .analyses.replays import Determinism as Determinism
from .analyses.replays import determinism as determinism
from .bargaining.domain import Domain as Domain
from .bargaining.solutions import Solutions as Solutions
from .bargaining.solutions import solutions as solutions
from .frames import calls as calls
from .frames import episodes as episodes
from .frames import metrics as metrics
from .frames import turns as turns
from .measures.declaration import (
    Count as Count,
)
from .measures.declaration import (
    DeclaredMetric as DeclaredMetric,
)
from .measures.declaration import (
    Duration as Duration,
)
from .measures.declaration import (
    metric as metric,
)
from .measures.determinant import (
    ZeroDeterminantFit as ZeroDeterminantFit,
)
from .measures.determinant import (
    zero_determinant_fit as zero_determinant_fit,
)
from .measures.lookup import metric_named as metric_named
from .records import Record as Record
from .records import read as read
from .reports.content import Report as Report
from .reports.writing import Written as Written
from .reports.writing import report as report
from .results import Summary as Summary
from .scoring import Score as Score
from .scoring import score as score
from .statistics.bradley_terry import BradleyTerry as BradleyTerry
from .statistics.bradley_terry import bradley_terry as bradley_terry
from .statistics.comparison import compare as compare
from .statistics.estimates import Estimate as Estimate
from .statistics.estimates import Estimates as Estimates
from .statistics.estimation import estimate as estimate
from .statistics.families import Comparison as Comparison
from .statistics.pilot import EpisodePlan as EpisodePlan
from .statistics.pilot import icc as icc
from .statistics.pilot import plan_episodes as plan_episodes
from .statistics.planning import (
    Design as Design,
)
from .statistics.planning import (
    Variances as Variances,
)
from .statistics.planning import (
    minimum_detectable_effect as minimum_detectable_effect,
)
from .statistics.ranking import rank as rank
from .statistics.rankings import Ranking as Ranking
from .statistics.rankings import Rankings as Rankings
from .statistics.rankings import Standing as Standing
from .statistics.relations import Relations as Relations
from .statistics.relations import relations as relations
from .statistics.sequences import (
    ConfidenceSequence as ConfidenceSequence,
)
from .statistics.sequences import (
    confidence_sequence as confidence_sequence,
)
from .statistics.social_relations import SocialRelations as SocialRelations
from .statistics.social_relations import social_relations as social_relations
from .statistics.survivors import Survivors as Survivors
from .statistics.survivors import survive as survive
from .summary import summarise as summarise
