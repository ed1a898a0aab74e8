"""What the model of a search expects along each hyperparameter."""

from example_search import svm_search

from sknn_tune import SurrogateDisplay

SurrogateDisplay.from_search(svm_search())
