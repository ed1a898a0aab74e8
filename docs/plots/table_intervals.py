"""Conformal intervals of a regression on a table, and the true values."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.datasets import load_diabetes
from sklearn.model_selection import train_test_split

from sknn_tune import TabularMLPRegressor

X, y = load_diabetes(return_X_y=True, as_frame=True, scaled=False)
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
model = TabularMLPRegressor(random_state=0).fit(X_train, y_train)
order = np.argsort(model.predict(X_test))
low, high = model.predict_interval(X_test, coverage=0.8).T

figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3), layout="constrained")
places = np.arange(len(order))
left.fill_between(places, low[order], high[order], alpha=0.3, label="80 % interval")
left.plot(places, y_test.to_numpy()[order], "k.", ms=4, label="true value")
left.set(xlabel="test rows by predicted value", ylabel="disease progression")
left.legend(frameon=False)
importances = pd.Series(model.feature_importances_, index=X.columns).sort_values()
right.barh(importances.index, importances)
right.set(xlabel="rise of the loss if the column is shuffled")
