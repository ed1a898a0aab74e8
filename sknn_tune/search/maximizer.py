"""Maximise an acquisition over a mixed space, leaving out configurations already known.

Small finite spaces are enumerated. Otherwise the best of a random pool and the neighbourhoods of
the best observed points climb in turns: one discrete code at a time through its values, all
continuous codes at once along the gradient.
"""

import numpy as np
from scipy.optimize import minimize
from scipy.spatial.distance import cdist

from .space import MAX_ENUMERATED

N_POOL = 512
N_STARTS = 5
N_INCUMBENTS = 3
# A discrete code with more values than this is searched near by and at random.
MAX_SWEEP = 16
MAX_ROUNDS = 12
# Steps tried along one continuous code, of the unit interval.
STEPS = np.array([-0.2, -0.05, -0.01, 0.01, 0.05, 0.2])


def maximize(acquisition, space, codes, X, incumbents, rng):
    """Return the codes of the best new configuration, or None where none is left.

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
        rest = unknown(space.enumerate(), space, X)
        return rest[np.argmax(acquisition(space.features(rest)))] if len(rest) else None
    pool = unknown(space.sample_codes(rng.random((N_POOL, len(space.levels)))), space, X)
    if not len(pool):
        return first_unknown(space, X)
    reached = acquisition(space.features(pool))
    best = np.argsort(-reached, kind="stable")[:N_STARTS]
    around = codes[incumbents[:N_INCUMBENTS]]
    starts = np.vstack([around, pool[best]])
    values = np.r_[np.full(len(around), -np.inf), reached[best]]
    return _climb(acquisition, space, starts, values, X, rng)


def unknown(codes, space, X):
    """Return the rows of `codes` whose features are not among the rows of `X`."""
    return codes[~_known(space.features(codes), X)]


def first_unknown(space, X):
    """Return the first configuration, in order, that is not among `X`; None if there is none."""
    if np.isinf(space.n_points):
        return None
    rest = unknown(space.enumerate(), space, X)
    return rest[0] if len(rest) else None


def _known(F, X):
    if not len(X) or not F.shape[1]:
        return np.full(len(F), len(X) > 0)
    return cdist(F, X, "chebyshev").min(axis=1) < 1e-9


def _climb(acquisition, space, ends, values, X, rng):
    """Climb from each row of `ends`, which has the acquisition `values`; return the best end."""
    for turn in range(MAX_ROUNDS):
        moves, owner = _neighbours(space, ends, rng)
        F = space.features(moves)
        reached = np.where(_known(F, X), -np.inf, acquisition(F))
        improved = False
        for i in range(len(ends)):
            own = np.flatnonzero(owner == i)
            top = own[np.argmax(reached[own])]
            if reached[top] > values[i] + 1e-9:
                ends[i], values[i], improved = moves[top], reached[top], True
        if not improved:
            break
        if turn == 0:
            ends, values = _follow_gradient(acquisition, space, ends, values)
        keep = np.unique(ends, axis=0, return_index=True)[1]
        ends, values = ends[keep], values[keep]
    return ends[np.argmax(values)]


def _neighbours(space, codes, rng):
    """Return all rows that differ from a row of `codes` in one code, and the row they come from."""
    moves, owner = [], []
    for i, row in enumerate(codes):
        for place, n_levels in enumerate(space.levels):
            if n_levels == 1 or np.isnan(row[place]):
                continue
            values = _alternatives(row[place], n_levels, rng)
            block = np.repeat(row[None], len(values), axis=0)
            block[:, place] = values
            moves.append(block if place else _fill(space, block, rng))
            owner.append(np.full(len(values), i))
    return np.vstack(moves), np.concatenate(owner)


def _alternatives(value, n_levels, rng):
    if n_levels == 0:
        return np.clip(value + STEPS, 0.0, 1.0)
    if n_levels <= MAX_SWEEP:
        values = np.arange(n_levels)
    else:
        near = value + np.array([-2, -1, 1, 2])
        spread = np.round(value + n_levels * STEPS)
        drawn = rng.integers(n_levels, size=MAX_SWEEP - len(near) - len(spread))
        values = np.unique(np.clip(np.r_[near, spread, drawn], 0, n_levels - 1))
    return values[values != value]


def _fill(space, block, rng):
    """Give rows that changed their branch values where the new branch has dimensions of its own."""
    drawn = space.sample_codes(rng.random(block.shape))
    drawn[:, 0] = block[:, 0]
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
