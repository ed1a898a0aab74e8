"""What a diagnosis says of a shallow tree."""

from sklearn.datasets import load_digits
from sklearn.tree import DecisionTreeClassifier

from sknn_tune import BiasVarianceDisplay

X, y = load_digits(return_X_y=True)
BiasVarianceDisplay.from_estimator(DecisionTreeClassifier(max_depth=4), X, y, cv=3, random_state=0)
