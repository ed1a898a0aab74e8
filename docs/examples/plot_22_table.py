"""
Predictions from a table, with intervals
========================================

``TabularMLPRegressor`` takes a data frame with categories, missing values and columns of any
scale, and needs no tuning. Each of its networks leaves out a fifth of the rows, so the score on
new rows can be estimated without a test set.
"""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.model_selection import train_test_split

from sknn_tune import TabularMLPRegressor

# %%
# A made table of flats and their rents.
random_state = np.random.RandomState(0)
n = 1200
flats = pd.DataFrame(
    {
        "area": random_state.lognormal(4.2, 0.4, n),
        "floor": random_state.randint(0, 9, n),
        "year": random_state.randint(1900, 2024, n).astype(float),
        "town": pd.Categorical(random_state.choice(["Ulm", "Bonn", "Kiel", "Trier"], n)),
        "has lift": random_state.uniform(size=n) > 0.5,
    }
)
per_area = flats["town"].map({"Ulm": 14.0, "Bonn": 12.0, "Kiel": 10.0, "Trier": 9.0}).astype(float)
climb = np.where(flats["has lift"], 0.0, 0.005 * flats["floor"] ** 2)
rent = flats["area"] ** 0.9 * per_area * (1 - climb) * (1 + (flats["year"] - 1960).abs() / 400)
rent *= random_state.lognormal(0, 0.08, n)
flats.loc[random_state.uniform(size=n) < 0.1, "year"] = np.nan

train, test, rent_train, rent_test = train_test_split(flats, rent, random_state=0)
model = TabularMLPRegressor(random_state=0).fit(train, rent_train)
boosting = HistGradientBoostingRegressor(random_state=0).fit(train, rent_train)
print(f"R², estimated from the training rows: {model.oof_score_:.3f}")
print(f"R² on test rows: {model.score(test, rent_test):.3f}")
print(f"R² of gradient boosting: {boosting.score(test, rent_test):.3f}")

# %%
# 90 % intervals of the test rows.
low, high = model.predict_interval(test, coverage=0.9).T
inside = np.mean((low <= rent_test) & (rent_test <= high))
print(f"{inside:.0%} of the rents lie in their interval; the target is 90 %")

order = np.argsort(model.predict(test))
place = np.arange(len(order))
figure, ax = plt.subplots()
ax.fill_between(place, low[order], high[order], alpha=0.3, label="90 % interval")
ax.plot(place, rent_test.to_numpy()[order], "k.", ms=4, label="true rent")
ax.set(xlabel="flats by predicted rent", ylabel="rent")
ax.legend()

# %%
# How much the loss rises if a column is shuffled.
importances = pd.Series(model.feature_importances_, index=model.feature_names_in_).sort_values()
figure, ax = plt.subplots()
ax.barh(importances.index, importances)
ax.set_xlabel("rise of the loss")
