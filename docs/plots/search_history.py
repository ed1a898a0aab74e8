"""Scores of the trials of a search, and the best so far."""

from example_search import svm_search

from sknn_tune import SearchHistoryDisplay

SearchHistoryDisplay.from_search(svm_search())
