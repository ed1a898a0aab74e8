"""The configurations that a search begins with, before there is a model."""

import numpy as np
from scipy.stats import qmc

from sknn_tune.search.engine.gaussian_process import Floats
from sknn_tune.search.engine.space import Space

# The design covers the middle of the space: ranges are chosen wide, and optima rarely lie at ends.
DESIGN_WIDTH = 0.5
# A power of two, for which Sobol sequences are balanced.
MAX_DESIGN = 64


def initial_design(space: Space, seed: int, rng: np.random.Generator) -> Floats:
    """Return codes: the centre, a scrambled Sobol sequence around it, random draws.

    The first two points of the sequence lie in opposite halves of every dimension. Categories have
    no middle; theirs come from the whole sequence.

    Parameters
    ----------
    space : Space
    seed : int
        Of the sequence.
    rng : numpy.random.Generator
        Of the draws.
    """
    n_codes = len(space.levels)
    sobol = qmc.Sobol(n_codes, seed=seed).random(MAX_DESIGN)
    sobol = np.vstack([sobol[-1], sobol])
    width = np.r_[0.0, np.full(MAX_DESIGN, DESIGN_WIDTH)][:, None]
    inner = np.where(space.ordered, 0.5 + width * (sobol - 0.5), sobol)
    return space.sample_codes(np.vstack([inner, rng.random((MAX_DESIGN, n_codes))]))
