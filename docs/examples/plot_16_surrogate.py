"""
What the search believes
========================

Behind the search stands a Gaussian process: for each configuration a mean and an uncertainty. Its
picture shows where the good region lies, and how little of it was looked at. The search works for
any estimator, here a support vector machine.
"""

import matplotlib.pyplot as plt
import numpy as np
from scipy.stats import loguniform
from sklearn.datasets import load_wine
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from sknn_tune import BayesSearchCV

X, y = load_wine(return_X_y=True)
search = BayesSearchCV(
    make_pipeline(StandardScaler(), SVC()),
    {"svc__C": loguniform(1e-3, 1e3), "svc__gamma": loguniform(1e-5, 1e1)},
    n_iter=24,
    random_state=0,
).fit(X, y)
print(search.best_params_, search.best_score_)

# %%
# Ask the model about a whole map of configurations.
C, gamma = np.meshgrid(np.geomspace(1e-3, 1e3, 40), np.geomspace(1e-5, 1e1, 40))
candidates = [{"svc__C": c, "svc__gamma": g} for c, g in zip(C.ravel(), gamma.ravel(), strict=True)]
maps = search.surrogate_.predict(candidates)

tried = search.cv_results_["params"]
figure, axes = plt.subplots(1, 2, figsize=(9, 3.6), sharey=True, layout="constrained")
for ax, values, title in zip(axes, maps, ("mean accuracy", "uncertainty"), strict=True):
    drawn = ax.contourf(C, gamma, values.reshape(C.shape), levels=12)
    figure.colorbar(drawn, ax=ax)
    ax.plot([p["svc__C"] for p in tried], [p["svc__gamma"] for p in tried], "w.", mec="k")
    ax.set(title=title, xlabel="C", xscale="log", yscale="log")
axes[0].set_ylabel("gamma")
