"""
A table as it is
================

``TabularMLPRegressor`` takes a data frame with categories, missing values and columns of any
scale, and needs no tuning. Each member does not see a fifth of the rows, so the score on new rows
is known without keeping any.
"""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.model_selection import train_test_split

from sknn_tune import TabularMLPRegressor

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
climb = np.where(flats["has lift"], 0.0, 0.02 * flats["floor"] ** 2)
rent = flats["area"] ** 0.9 * per_area * (1 - climb) * (1 + (flats["year"] - 1960).abs() / 400)
rent *= random_state.lognormal(0, 0.08, n)
flats.loc[random_state.uniform(size=n) < 0.1, "year"] = np.nan

train, test, rent_train, rent_test = train_test_split(flats, rent, random_state=0)
model = TabularMLPRegressor(random_state=0).fit(train, rent_train)
boosting = HistGradientBoostingRegressor(random_state=0).fit(train, rent_train)
print(f"R2 on unseen rows of the training table {model.oof_score_:.3f}")
print(f"R2 on new rows {model.score(test, rent_test):.3f}")
print(f"R2 of gradient boosting {boosting.score(test, rent_test):.3f}")

figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
low, high = model.predict_interval(test, coverage=0.9).T
order = np.argsort(model.predict(test))
place = np.arange(len(order))
left.fill_between(place, low[order], high[order], alpha=0.3, label="90 % interval")
left.plot(place, rent_test.to_numpy()[order], "k.", ms=3, label="true")
left.set(xlabel="flats by predicted rent", ylabel="rent")
left.legend()
inside = np.mean((low <= rent_test) & (rent_test <= high))
print(f"{inside:.0%} of the rents lie inside their interval; 90 % should")

importances = pd.Series(model.feature_importances_, index=model.feature_names_in_).sort_values()
right.barh(importances.index, importances)
right.set(xlabel="rise of the loss where the column is shuffled")
