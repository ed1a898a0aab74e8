"""What the model of a search expects over two hyperparameters."""

from example_search import svm_search

from sknn_tune import SurrogateContourDisplay

SurrogateContourDisplay.from_search(svm_search(), ("C", "gamma"))
