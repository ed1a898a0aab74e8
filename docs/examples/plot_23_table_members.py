"""
What members of a table tell: epochs, calibration, bins
=======================================================

Inside ``TabularMLPClassifier``: when each member was stopped, how well probabilities agree with
frequencies, and what spreading a number over bins changes.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.calibration import CalibrationDisplay
from sklearn.datasets import make_classification
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import train_test_split

from sknn_tune import TabularMLPClassifier, TabularMLPRegressor

X, y = make_classification(2500, 12, n_informative=6, flip_y=0.15, random_state=0)
X_train, X_test, y_train, y_test = train_test_split(X, y, train_size=1000, random_state=0)
model = TabularMLPClassifier(random_state=0).fit(X_train, y_train)
boosting = HistGradientBoostingClassifier(random_state=0).fit(X_train, y_train)
print(f"temperature {model.temperature_:.2f}, of least log-loss on unseen rows")

figure, (left, middle, right) = plt.subplots(1, 3, figsize=(12, 3.8), layout="constrained")
for curve, epoch in zip(model.validation_loss_curves_, model.n_epochs_, strict=True):
    left.plot(np.arange(1, len(curve) + 1), curve, color="C0", alpha=0.4)
    left.plot(epoch, curve[epoch - 1], "C1o", ms=4)
left.set(xlabel="epoch", ylabel="log-loss on unseen rows", title="Each member keeps its best")

CalibrationDisplay.from_estimator(model, X_test, y_test, ax=middle, name="members")
CalibrationDisplay.from_estimator(boosting, X_test, y_test, ax=middle, name="boosting")
middle.set(title="Probabilities and frequencies")

random_state = np.random.RandomState(0)
x = random_state.uniform(0, 1, (600, 1))
steps = np.floor(6 * x[:, 0]) % 2 + 0.2 * random_state.normal(size=600)
grid = np.linspace(0, 1, 400)[:, None]
right.plot(x[:, 0], steps, "k.", ms=2, alpha=0.3)
for embedding in (None, "piecewise_linear"):
    network = TabularMLPRegressor(numeric_embedding=embedding, random_state=0).fit(x, steps)
    right.plot(grid[:, 0], network.predict(grid), label=str(embedding))
right.legend(title="numeric_embedding")
right.set(xlabel="x", title="Bins turn corners")
