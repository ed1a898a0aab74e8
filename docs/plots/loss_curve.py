"""Loss, validation score and best epoch of a training."""

from sklearn.datasets import load_digits

from sknn_tune import LossCurveDisplay, MLPClassifier

X, y = load_digits(return_X_y=True)
model = MLPClassifier(
    (32,),
    learning_rate="cosine",
    learning_rate_init=0.01,
    early_stopping=True,
    max_iter=40,
    n_iter_no_change=40,
    random_state=0,
).fit(X[:600] / 16, y[:600])
LossCurveDisplay.from_estimator(model)
