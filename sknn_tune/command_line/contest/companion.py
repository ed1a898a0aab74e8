"""More members for the default network, where there is no time for a search or it found nothing.

Of the two kinds of members the companion has the one that counts for more in the default network.
It learns for twice as long if there is time: of many rows, more can be learnt.
"""

from typing import Any

from sknn_tune.command_line.clock import Clock
from sknn_tune.command_line.contest.networks import choose_lengths, make_tried_network, unseen_loss
from sknn_tune.command_line.contest.problem import Problem
from sknn_tune.command_line.contest.scores import Metric
from sknn_tune.command_line.contest.tuning import MARGIN, Candidate

# So many members leave out each row once.
_FEWEST_MEMBERS = 5
# Times the weight of the other kind of members, for one kind to be the better one.
_BETTER = 2.0


def fit_companion(problem: Problem, default: Candidate, clock: Clock) -> Candidate | None:
    """Fit more members.

    Parameters
    ----------
    problem : Problem
    default : Candidate
        The default network.
    clock : Clock
        When to be done.

    Returns
    -------
    companion : Candidate or None
        None if the time does not suffice, or if nothing is known of unseen rows.
    """
    if default.unseen is None:
        return None
    n_all = default.network.n_members
    # As many epochs as a configuration that is tried, or twice as many.
    shortest, *longer = choose_lengths(make_tried_network(problem), 2.0)
    for n_epochs in (*longer, shortest):
        a_member = MARGIN * default.seconds * n_epochs / shortest / n_all
        n_members = int(min(clock.left / a_member, n_all))
        if n_members >= _FEWEST_MEMBERS:
            params: dict[str, Any] = {"n_members": n_members, "random_state": 1}
            if n_epochs > shortest:
                params["max_epochs"] = n_epochs
            params |= _better_kind(default)
            return Candidate.fit(problem, params, clock)
    return None


def is_of_use(companion: Candidate, default: Candidate, problem: Problem, metric: Metric) -> bool:
    """Whether the average of two networks is better on unseen rows than the default one."""
    if companion.unseen is None or default.unseen is None:
        return False
    mean = (companion.unseen + default.unseen) / 2
    return unseen_loss(mean, problem, metric) < unseen_loss(default.unseen, problem, metric)


def _better_kind(default: Candidate) -> dict[str, str | None]:
    """The embedding of numbers of those members that count for more; none where both do."""
    # Members are of two kinds in turn, the first spreads numbers over bins.
    spread, plain, *_ = default.network.member_weights_
    if spread >= _BETTER * plain:
        return {"numeric_embedding": "piecewise_linear"}
    return {"numeric_embedding": None} if plain >= _BETTER * spread else {}
