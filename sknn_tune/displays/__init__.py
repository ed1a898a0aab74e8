"""Pictures of training, search and quality, in the manner of scikit-learn's displays.

matplotlib is imported when the first one is drawn.
"""

from .bias_variance import BiasVarianceDisplay
from .importance import ImportanceDisplay
from .learning_curve import LearningCurveDisplay
from .loss_curve import LossCurveDisplay
from .parallel import ParallelCoordinatesDisplay
from .search_history import SearchHistoryDisplay
from .surrogate import SurrogateContourDisplay, SurrogateDisplay

__all__ = [
    "BiasVarianceDisplay",
    "ImportanceDisplay",
    "LearningCurveDisplay",
    "LossCurveDisplay",
    "ParallelCoordinatesDisplay",
    "SearchHistoryDisplay",
    "SurrogateContourDisplay",
    "SurrogateDisplay",
]
