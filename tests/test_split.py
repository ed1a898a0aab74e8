"""train_dev_test_split: disjoint, complete, of the wished sizes, from one distribution."""

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from scipy.stats import ks_2samp

from sknn_tune import train_dev_test_split

N = 200


@pytest.fixture
def rows():
    return np.arange(N)


@pytest.mark.parametrize(
    ("dev", "test", "sizes"),
    [(0.2, 0.2, (120, 40, 40)), (30, 0.1, (150, 30, 20)), (0.25, 1, (149, 50, 1))],
)
def test_parts_are_disjoint_complete_and_of_the_wished_sizes(rows, dev, test, sizes):
    parts = train_dev_test_split(rows, dev_size=dev, test_size=test, random_state=0)
    assert tuple(map(len, parts)) == sizes
    assert sorted(np.concatenate(parts)) == rows.tolist()


def test_arrays_stay_together_and_keep_their_types(rows):
    frame = pd.DataFrame({"row": rows}, index=rows + 1000)
    sparse = scipy.sparse.csr_matrix(rows[:, None])
    given = (rows, rows.tolist(), frame, sparse, pd.Series(rows))
    parts = train_dev_test_split(*given, random_state=1)
    for p in range(3):
        array, as_list, table, matrix, series = parts[p::3]
        assert isinstance(as_list, list)
        assert isinstance(table, pd.DataFrame)
        assert isinstance(series, pd.Series)
        assert scipy.sparse.issparse(matrix)
        assert array.tolist() == as_list == table["row"].tolist() == series.tolist()
        assert array.tolist() == matrix.toarray()[:, 0].tolist()
        assert table.index.tolist() == (array + 1000).tolist()


def test_same_seed_same_split_and_another_seed_another(rows):
    first, again, other = (train_dev_test_split(rows, random_state=s)[1] for s in (0, 0, 1))
    assert first.tolist() == again.tolist()
    assert first.tolist() != other.tolist()


@pytest.mark.parametrize("stratify", [True, "labels"])
@pytest.mark.parametrize("kind", [int, str])
def test_labels_have_the_same_shares_in_all_parts(rows, stratify, kind):
    y = np.repeat([0, 1, 2], [140, 50, 10]).astype(kind)
    parts = train_dev_test_split(rows, y, stratify=True if stratify is True else y, random_state=2)
    for part, share in zip(parts[3:], (0.6, 0.2, 0.2), strict=True):
        for label, count in zip(*np.unique(y, return_counts=True), strict=True):
            assert abs((part == label).sum() - share * count) <= 1.5


def test_numbers_are_spread_more_evenly_than_by_chance(rows):
    y = np.random.default_rng(0).lognormal(size=N)

    def distance(stratify, seed):
        parts = train_dev_test_split(rows, y, stratify=stratify, random_state=seed)[3:]
        return max(ks_2samp(parts[0], parts[1]).statistic, ks_2samp(parts[0], parts[2]).statistic)

    spread = [distance(True, seed) for seed in range(20)]
    chance = [distance(None, seed) for seed in range(20)]
    assert max(spread) < min(chance)


def test_every_row_reaches_every_part(rows):
    y = rows % 4
    drawn = [train_dev_test_split(rows, y, stratify=y, random_state=s) for s in range(60)]
    for p, share in enumerate((0.6, 0.2, 0.2)):
        counts = np.bincount(np.concatenate([parts[p] for parts in drawn]), minlength=N)
        # Binomial: five standard deviations around the mean.
        assert (abs(counts - 60 * share) < 5 * np.sqrt(60 * share * (1 - share))).all()


@pytest.mark.parametrize("stratify", [None, True])
def test_groups_stay_together_near_the_wished_sizes(rows, stratify):
    rng = np.random.default_rng(3)
    groups = rng.choice([f"patient {i}" for i in range(40)], size=N)
    y = (rng.random(N) < 0.3).astype(int)
    parts = train_dev_test_split(rows, y, groups=groups, stratify=stratify, random_state=0)
    names = [set(groups[part]) for part in parts[:3]]
    assert not names[0] & names[1]
    assert not names[0] & names[2]
    assert not names[1] & names[2]
    assert [len(part) for part in parts[:3]] == pytest.approx([120, 40, 40], abs=4)
    if stratify:
        assert [part.mean() for part in parts[3:]] == pytest.approx([y.mean()] * 3, abs=0.05)


def test_three_groups_fill_three_parts(rows):
    parts = train_dev_test_split(rows, groups=rows % 3, random_state=0)
    assert [len(set(part % 3)) for part in parts] == [1, 1, 1]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"dev_size": 0.0}, "dev_size must be a share between 0 and 1"),
        ({"test_size": 200}, "test_size must be .* from 1 to 199, got 200"),
        ({"dev_size": "half"}, "got 'half'"),
        ({"dev_size": 0.5, "test_size": 0.5}, "leave none of the 200 rows"),
        ({"stratify": [1, 2]}, "stratify has 2 rows, the data 200"),
        ({"stratify": True}, "only X is given"),
        ({"groups": [0] * N}, "at least 3 groups"),
        ({"stratify": np.arange(N) // 2}, "the label 0 occurs in only 2 rows"),
        ({"stratify": "y"}, "stratify must hold one value for each row, got 'y'"),
        ({"stratify": np.where(np.arange(N) < 9, np.nan, 1.0)}, "stratify contains nan"),
        ({"stratify": np.where(np.arange(N) < 9, np.inf, 0.5)}, "stratify contains nan or inf"),
        ({"stratify": np.full(N, "NaT", "datetime64[s]")}, "stratify contains nan"),
        ({"stratify": np.arange(2.0 * N).reshape(N, 2) + 0.5}, "a single column of numbers"),
        ({"groups": np.zeros((N, 2))}, r"groups must be one-dimensional, .* shape \(200, 2\)"),
        ({"groups": 3}, "groups must hold one value for each row, got 3"),
    ],
)
def test_bad_input_is_named(rows, options, message):
    with pytest.raises(ValueError, match=message):
        train_dev_test_split(rows, **options)


@pytest.mark.parametrize(
    "labels",
    [
        np.array(["a", None] * (N // 2), dtype=object),
        np.array([1, "a", None, 2.5] * (N // 4), dtype=object),
        np.array([True, False] * (N // 2)),
        np.array([b"a", b"b"] * (N // 2)),
    ],
)
def test_labels_of_any_kind_make_strata_and_groups(rows, labels):
    parts = train_dev_test_split(rows, stratify=labels, random_state=0)
    kinds = {repr(label) for label in labels}
    for part in parts:
        shares = [np.mean([repr(labels[i]) == kind for i in part]) for kind in kinds]
        assert shares == pytest.approx([1 / len(kinds)] * len(kinds), abs=0.03)
    groups = np.repeat(labels[:4], N // 4)
    if len(set(map(repr, groups))) > 2:
        parts = train_dev_test_split(rows, groups=groups, random_state=0)
        seen = [{repr(groups[i]) for i in part} for part in parts]
        assert sum(map(len, seen)) == len(set.union(*seen))


def test_times_are_spread_along_their_order(rows):
    times = np.datetime64("2020-01-01") + rows.astype("timedelta64[D]")
    for part in train_dev_test_split(rows, stratify=times, random_state=0):
        assert abs(part.mean() - rows.mean()) < 3


def test_no_array_in_place_of_one_is_refused(rows):
    with pytest.raises(TypeError, match="got None"):
        train_dev_test_split(rows, None)


def test_no_data_is_an_error():
    with pytest.raises(ValueError, match="at least one array"):
        train_dev_test_split()
