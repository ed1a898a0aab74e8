"""The share of each hyperparameter in the variance of the score."""

from example_search import svm_search

from sknn_tune import ImportanceDisplay

ImportanceDisplay.from_search(svm_search())
