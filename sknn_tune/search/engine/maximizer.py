"""Maximise an acquisition over a mixed space, leaving out configurations already known.

Small finite spaces are enumerated. Otherwise the best of a random pool and the neighbourhoods of
the best observed points climb in turns: one discrete code at a time through its values, all
continuous codes at once along the gradient.
"""

from typing import Any

import numpy as np
from scipy.optimize import minimize

from sknn_tune.search.engine.space import MAX_ENUMERATED, Space, same_features

N_POOL = 512
N_STARTS = 5
N_INCUMBENTS = 3
# A discrete code with more values than this is searched near by and at random.
MAX_SWEEP = 16
MAX_TURNS = 12
# Climbing ends where no start gains more than this in log expected improvement.
TOLERANCE = 1e-3
# Starts that are continued after the first turn.
N_SURVIVORS = 4
# Steps tried along one continuous code, of the unit interval.
STEPS = np.array([-0.2, -0.05, -0.01, 0.01, 0.05, 0.2])


def maximize(
    acquisition: Any,
    space: Space,
    codes: np.ndarray,
    X: np.ndarray,
    incumbents: np.ndarray,
    rng: np.random.Generator,
) -> np.ndarray:
    """Return codes of new configurations, best first; no row where none was found.

    Parameters
    ----------
    acquisition : ExpectedImprovement
    space : Space
    codes : ndarray, shape (n, n_codes)
        Configurations evaluated or pending.
    X : ndarray, shape (n, n_features)
        Their features.
    incumbents : ndarray of int
        Rows of the best of them, around which to search.
    rng : numpy.random.Generator
    """
    if space.n_points <= MAX_ENUMERATED:
        return _by_value(acquisition, space, unknown(space.enumerate(), space, X))[0]
    pool = unknown(space.sample_codes(rng.random((N_POOL, len(space.levels)))), space, X)
    pool, values = _by_value(acquisition, space, pool)
    around = codes[incumbents[:N_INCUMBENTS]]
    starts = np.vstack([around, pool[:N_STARTS]])
    values = np.r_[np.full(len(around), -np.inf), values[:N_STARTS]]
    ends, values = _climb(acquisition, space, starts, values, X, rng)
    return np.vstack([ends[np.isfinite(values)], pool])


def _by_value(acquisition, space, codes):
    """Return rows of codes and their acquisition, best first."""
    if not len(codes):
        return codes, np.empty(0)
    values = acquisition(space.features(codes))
    order = np.argsort(-values, kind="stable")
    return codes[order], values[order]


def unknown(codes: np.ndarray, space: Space, X: np.ndarray) -> np.ndarray:
    """Return the rows of `codes` whose features are not among the rows of `X`."""
    return codes[~_known(space.features(codes), X)]


def _known(F, X):
    return same_features(F, X).any(axis=1)


def _climb(acquisition, space, ends, values, X, rng):
    """Climb from the rows of `ends`, of acquisition `values`; return both, best first."""
    for turn in range(MAX_TURNS):
        moves, owner = _neighbours(space, ends, rng)
        F = space.features(moves)
        reached = np.where(_known(F, X), -np.inf, acquisition(F))
        before = values.copy()
        order = np.lexsort((-reached, owner))
        top = order[np.searchsorted(owner[order], np.arange(len(ends)))]
        better = reached[top] > values
        ends = np.where(better[:, None], moves[top], ends)
        values = np.where(better, reached[top], values)
        if turn == 0:
            ends, values = _follow_gradient(acquisition, space, ends, values)
        if not (values > before + TOLERANCE).any():
            break
        keep = np.unique(ends, axis=0, return_index=True)[1]
        keep = keep[np.argsort(-values[keep], kind="stable")][:N_SURVIVORS]
        ends, values = ends[keep], values[keep]
    order = np.argsort(-values, kind="stable")
    return ends[order], values[order]


def _neighbours(space, codes, rng):
    """Return the rows that differ from a row of `codes` in one code, and the row of each."""
    moves, owner = [], []
    for place, n_levels in enumerate(space.levels):
        rows = np.flatnonzero(~np.isnan(codes[:, place]))
        if n_levels == 1 or not len(rows):
            continue
        values = _alternatives(codes[rows, place], n_levels, rng)
        rows = np.repeat(rows, values.shape[1])
        block = codes[rows]
        block[:, place] = values.ravel()
        moves.append(block if place else _fill(space, block, rng))
        owner.append(rows)
    return np.vstack(moves), np.concatenate(owner)


def _alternatives(values, n_levels, rng):
    """Return values to try in place of each of `values`, (len(values), n_alternatives)."""
    if n_levels == 0:
        return np.clip(values[:, None] + STEPS, 0.0, 1.0)
    if n_levels <= MAX_SWEEP:
        return np.tile(np.arange(n_levels), (len(values), 1))
    steps = np.r_[-2, -1, 1, 2, np.round(n_levels * STEPS), rng.integers(-n_levels, n_levels, 4)]
    return np.clip(values[:, None] + steps, 0, n_levels - 1)


def _fill(space, block, rng):
    """Give rows that changed their branch values where the new branch has other dimensions."""
    unit = rng.random(block.shape)
    unit[:, 0] = (block[:, 0] + 0.5) / space.levels[0]  # drawn for the branch that it now has
    drawn = space.sample_codes(unit)
    return space.blank_inactive(np.where(np.isnan(block), drawn, block))


def _follow_gradient(acquisition, space, codes, values):
    """Move the continuous codes of all rows uphill together, where that improves them."""
    places, columns = space.continuous
    rows, which = np.nonzero(~np.isnan(codes[:, places]))
    if not len(rows):
        return codes, values
    F = space.features(codes)
    at = rows, columns[which]

    def negative(u):
        F[at] = u
        value, gradient = acquisition.with_gradient(F)
        return -value.sum(), -gradient[at]

    result = minimize(
        negative,
        F[at],
        jac=True,
        method="L-BFGS-B",
        bounds=[(0.0, 1.0)] * len(rows),
        options={"maxiter": 15},
    )
    moved = codes.copy()
    moved[rows, places[which]] = result.x
    reached = acquisition(space.features(moved))
    better = reached > values
    return np.where(better[:, None], moved, codes), np.where(better, reached, values)
