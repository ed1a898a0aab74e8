"""Pictures of training, search and quality, in the manner of scikit-learn's displays.

matplotlib is imported when the first one is drawn.
"""

from sknn_tune.displays.bias_variance import BiasVarianceDisplay
from sknn_tune.displays.importance import ImportanceDisplay
from sknn_tune.displays.learning_curve import LearningCurveDisplay
from sknn_tune.displays.loss_curve import LossCurveDisplay
from sknn_tune.displays.parallel import ParallelCoordinatesDisplay
from sknn_tune.displays.pareto import ParetoDisplay
from sknn_tune.displays.search_history import SearchHistoryDisplay
from sknn_tune.displays.surrogate import SurrogateDisplay
from sknn_tune.displays.surrogate_contour import SurrogateContourDisplay

__all__ = [
    "BiasVarianceDisplay",
    "ImportanceDisplay",
    "LearningCurveDisplay",
    "LossCurveDisplay",
    "ParallelCoordinatesDisplay",
    "ParetoDisplay",
    "SearchHistoryDisplay",
    "SurrogateContourDisplay",
    "SurrogateDisplay",
]
