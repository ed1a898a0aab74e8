"""What a user writes; type checkers must find nothing here. `tests/test_typing.py` checks it."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.stats import loguniform

from sknn_tune import (
    BayesianOptimizer,
    BayesSearchCV,
    Cosine,
    Huber,
    Knee,
    LeakyReLU,
    LossCurveDisplay,
    MLPClassifier,
    MLPRegressor,
    OneStandardError,
    ParetoDisplay,
    Quantile,
    SearchHistoryDisplay,
    consistency,
    diagnose,
    hidden_layers,
    hyperparameter_importance,
    search_ensemble,
    search_history,
    search_report,
    train_dev_test_split,
)


def data() -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(100, 3))
    return X, (X[:, 0] > 0).astype(np.int64)


X, y = data()


def classify() -> float:
    model = MLPClassifier(
        (32, 16),
        activation=["relu", LeakyReLU(slope=0.1)],
        learning_rate=Cosine(warmup=0.1),
        dropout=(0.1, 0.2),
        early_stopping=True,
        class_weight={0: 1.0, 1: 2.0},
        random_state=np.random.RandomState(0),
    )
    model.fit(X, y, X_val=X[:20], y_val=y[:20]).partial_fit(X, y)
    labels: npt.NDArray[np.generic] = model.predict(X)
    probabilities: npt.NDArray[np.floating] = model.predict_proba(X)
    curve: list[float] = model.loss_curve_
    weights: list[npt.NDArray[np.floating]] = model.coefs_
    print(labels, probabilities, curve[-1], weights[0].shape, model.n_iter_, model.classes_)
    LossCurveDisplay.from_estimator(model).figure_.savefig("loss.png")
    return model.score(X, y)


def regress() -> npt.NDArray[np.floating]:
    model = MLPRegressor(Huber(delta=1.5), 64, solver="adamw", batch_size="full", clip_norm=1.0)
    quantiles = MLPRegressor(loss=Quantile((0.1, 0.9)), max_iter=10).fit(X, X[:, 0])
    print(quantiles.score(X, X[:, 0]))
    return model.fit(X, X[:, 0]).predict(X)


def search(path: str) -> dict[str, object]:
    space = {
        "hidden_layer_sizes": hidden_layers(n_layers=(1, 2), units=(8, 64)),
        "alpha": loguniform(1e-5, 1e-1),
        "activation": ["relu", "tanh"],
    }
    found = BayesSearchCV(
        MLPClassifier(), space, n_iter=20, cv=3, n_jobs=2, max_time=60, storage=path
    ).fit(X, y)
    BayesSearchCV(MLPClassifier(), "auto", refit=OneStandardError("alpha"), scoring=["accuracy"])
    kept = BayesSearchCV(
        MLPClassifier(),
        space,
        objective=["score", "-fit_time"],
        refit=Knee(),
        keep_predictions=True,
    ).fit(X, y)
    weights: Sequence[float] = kept.ensemble(X, y, n_members=5).weights
    print(kept.pareto_front_.shape, weights, search_ensemble(kept, X, y).oof_score_)
    ParetoDisplay.from_search(kept).figure_.savefig("front.png")
    search_report(found, "report.html", X_test=X, y_test=y)
    SearchHistoryDisplay.from_search(found).plot()
    print(search_history(path).shape, hyperparameter_importance(found))
    best: float = found.best_score_
    print(best, found.predict(X))
    return found.best_params_


def optimize() -> dict[str, object]:
    optimizer = BayesianOptimizer({"x": loguniform(1e-3, 1e3)}, random_state=0)
    for _ in range(10):
        params = optimizer.ask()
        if params is None:
            break
        optimizer.tell(params, -abs(params["x"] - 1.0))
    return optimizer.best_params_


def judge() -> None:
    X_train, X_dev, X_test, y_train, y_dev, y_test = train_dev_test_split(X, y, dev_size=0.2)
    report = diagnose(MLPClassifier(), X_train, y_train, cv=3)
    fault: str = report.fault
    print(fault, [advice.parameter for advice in report.advice])
    print(consistency({"a": MLPClassifier(), "b": MLPClassifier((8,))}, X_dev, y_dev, n_seeds=2))
    print(X_test, y_test)
