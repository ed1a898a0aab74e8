"""
The model behind a search
=========================

A Bayesian search fits a Gaussian process to the scores: for each configuration it predicts a mean
and an uncertainty. The search works for any estimator, here a support vector machine.
"""

import matplotlib.pyplot as plt
from scipy.stats import loguniform
from sklearn.datasets import load_wine
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from sknn_tune import BayesSearchCV, SurrogateContourDisplay

X, y = load_wine(return_X_y=True)
search = BayesSearchCV(
    make_pipeline(StandardScaler(), SVC()),
    {"svc__C": loguniform(1e-3, 1e3), "svc__gamma": loguniform(1e-5, 1e1)},
    n_iter=24,
    random_state=0,
).fit(X, y)
print(search.best_params_, search.best_score_)

# %%
# The expected accuracy. Dots are trials, the star is the winner.
_, ax = plt.subplots()
display = SurrogateContourDisplay.from_search(search, ("svc__C", "svc__gamma"), ax=ax)

# %%
# The standard deviation is small where there are trials.
_, ax = plt.subplots()
display = SurrogateContourDisplay.from_search(search, ("svc__C", "svc__gamma"), values="std", ax=ax)

# %%
# Any configuration can be predicted.
mean, std = search.surrogate_.predict([{"svc__C": 10.0, "svc__gamma": 0.01}])
print(f"expected accuracy {mean[0]:.3f} ± {std[0]:.3f}")
