"""
Inside the estimators for tables
================================

``TabularMLPClassifier`` averages ten networks, its members. When is each stopped, how well are the
probabilities calibrated, and what is the effect of binned numbers?
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.calibration import CalibrationDisplay
from sklearn.datasets import make_classification
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import train_test_split

from sknn_tune import TabularMLPClassifier, TabularMLPRegressor

# sphinx_gallery_thumbnail_number = 3

X, y = make_classification(2500, 12, n_informative=6, flip_y=0.15, random_state=0)
X_train, X_test, y_train, y_test = train_test_split(X, y, train_size=1000, random_state=0)
model = TabularMLPClassifier(random_state=0).fit(X_train, y_train)
boosting = HistGradientBoostingClassifier(random_state=0).fit(X_train, y_train)

# %%
# Each member keeps its best epoch, judged by the rows that it leaves out.
figure, ax = plt.subplots()
for curve, epoch in zip(model.validation_loss_curves_, model.n_epochs_, strict=True):
    ax.plot(np.arange(1, len(curve) + 1), curve, color="C0", alpha=0.4)
    ax.plot(epoch, curve[epoch - 1], "C1o")
ax.set(xlabel="epoch", ylabel="log-loss on rows left out")

# %%
# Predicted probabilities agree with observed frequencies.
figure, ax = plt.subplots()
CalibrationDisplay.from_estimator(model, X_test, y_test, ax=ax, name="networks")
CalibrationDisplay.from_estimator(boosting, X_test, y_test, ax=ax, name="boosting")
ax.set(xlabel="predicted probability", ylabel="frequency")

# %%
# Half of the members see numbers spread over bins. These can follow steps.
random_state = np.random.RandomState(0)
x = random_state.uniform(0, 1, (600, 1))
steps = np.floor(6 * x[:, 0]) % 2 + 0.2 * random_state.normal(size=600)
grid = np.linspace(0, 1, 400)[:, None]
figure, ax = plt.subplots()
ax.plot(x[:, 0], steps, "k.", ms=3, alpha=0.3)
for embedding in (None, "piecewise_linear"):
    network = TabularMLPRegressor(numeric_embedding=embedding, random_state=0).fit(x, steps)
    ax.plot(grid[:, 0], network.predict(grid), label=str(embedding))
ax.legend(title="numeric_embedding", loc="upper right")
ax.set_xlabel("x")
