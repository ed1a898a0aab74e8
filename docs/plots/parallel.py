"""All trials of a search as lines."""

from example_search import svm_search

from sknn_tune import ParallelCoordinatesDisplay

ParallelCoordinatesDisplay.from_search(svm_search())
