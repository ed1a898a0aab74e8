"""The encoder of text, as it is stored."""

import numpy as np
import pandas as pd
import pytest
import skops.io
from sklearn.base import clone

from sknn_tune.command_line.columns.kinds import Column
from sknn_tune.command_line.contest.preparation import make_preparation
from sknn_tune.command_line.contest.text_encoder import TextEncoder, Vocabulary
from sknn_tune.command_line.folder import SavedModel, load_model, save_model

RNG = np.random.default_rng(0)
WORDS = ["oak", "élan", "pine tree", "ash", "elm\u2028", "yew", "#1", "fir"]
TEXTS = pd.Series([" ".join(RNG.choice(WORDS, 4)) for _ in range(80)], name="t", dtype=object)


def test_it_encodes_as_skrub_does_and_survives_both_formats(tmp_path):
    skrub = pytest.importorskip("skrub")
    expected = skrub.StringEncoder(n_components=5, random_state=0).fit_transform(TEXTS)
    encoder = TextEncoder(n_components=5, random_state=0)
    pd.testing.assert_frame_equal(encoder.fit_transform(TEXTS), expected)
    assert isinstance(encoder.vectorizer_.vocabulary_, Vocabulary)
    assert clone(encoder).get_params() == encoder.get_params()

    columns = [Column("t", "text")]
    model = make_preparation(columns)
    expected = model.fit_transform(TEXTS.to_frame())
    save_model(tmp_path, SavedModel(model, columns, "y", "regression"))
    for trust in (False, True):
        loaded = load_model(tmp_path, trust=trust).model
        pd.testing.assert_frame_equal(loaded.transform(TEXTS.to_frame()), expected)


def test_a_vocabulary_is_one_entry_of_a_file():
    encoder = TextEncoder(n_components=5, random_state=0)
    encoder.fit_transform(TEXTS)
    vocabulary = encoder.vectorizer_.vocabulary_
    assert len(vocabulary) > 40
    assert skops.io.dumps(vocabulary).count(b"JsonNode") < 5
    untrusted = [f"{Vocabulary.__module__}.Vocabulary"]
    stored = skops.io.loads(skops.io.dumps(vocabulary), trusted=untrusted)
    assert dict(stored) == dict(vocabulary)


@pytest.mark.parametrize("texts", [1, 3, 20])
def test_many_texts_are_described_by_fewer_numbers_each(texts):
    columns = [Column(f"t{i}", "text") for i in range(texts)]
    X = pd.DataFrame({column.name: TEXTS for column in columns})
    n_numbers = make_preparation(columns).fit_transform(X).shape[1]
    assert n_numbers == {1: 30, 3: 60, 20: 100}[texts]
