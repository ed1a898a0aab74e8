"""Private scikit-learn names that both estimators and searches need."""

from sklearn.utils import _param_validation


class Interval(_param_validation.Interval):
    """Numbers that a parameter may be.

    Python counts True as 1, and so does scikit-learn's own interval; where ``max_time=True`` means
    anything, it is not one second.
    """

    def is_satisfied_by(self, val: object) -> bool:
        """Whether a value is a number in the interval, and not a bool."""
        return not isinstance(val, bool) and super().is_satisfied_by(val)
