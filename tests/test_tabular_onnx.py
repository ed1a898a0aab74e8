"""Estimators of tables as ONNX models: encoding and members predict the same."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from tabular_cases import SMALL, X, X_cancer, y

from sknn_tune import (
    TabularMLPClassifier,
    TabularMLPRegressor,
)

ONNX_TABLES = {
    "array": X_cancer[:, :6],
    "missing": np.where(X_cancer[:, :6] % 1 < 0.1, np.nan, X_cancer[:, :6]),
    "frame": pd.DataFrame(X_cancer[:, :3], columns=["a", "b", "c"]),
    "categories": pd.DataFrame(
        {
            "size": X_cancer[:, 0],
            "word": np.where(X_cancer[:, 1] > 20, "high", "low"),
            "code": pd.Categorical((X_cancer[:, 2] // 10).astype(int)),
        }
    ),
    "words only": pd.DataFrame({"word": np.where(X_cancer[:, 1] > 20, "high", "low")}),
}


@pytest.mark.parametrize("name", ONNX_TABLES)
@pytest.mark.parametrize("target", ["binary", "multiclass", "multilabel", "number", "numbers"])
def test_onnx_predicts_the_same(name, target):
    pytest.importorskip("onnx")
    runtime = pytest.importorskip("onnxruntime")
    table, size = ONNX_TABLES[name], X_cancer[:, 0]
    y = {
        "binary": np.where(size > 14, "big", "small"),
        "multiclass": np.digitize(size, [12, 15]),
        "multilabel": np.c_[size > 12, size > 15].astype(int),
        "number": 1000 + size,
        "numbers": np.c_[size, -size],
    }[target]
    cls = TabularMLPRegressor if target.startswith("number") else TabularMLPClassifier
    model = cls(**SMALL).fit(table, y)
    session = runtime.InferenceSession(
        model.to_onnx().SerializeToString(), providers=["CPUExecutionProvider"]
    )
    given = {
        part.name: table
        if part.name == "X"
        else np.array(table[[part.name]].to_numpy(), dtype=_ONNX_DTYPES[part.type])
        for part in session.get_inputs()
    }
    theirs = dict(
        zip([part.name for part in session.get_outputs()], session.run(None, given), strict=True)
    )
    if cls is TabularMLPRegressor:
        assert_allclose(theirs["prediction"], model.predict(table), rtol=1e-4)
    else:
        assert_allclose(theirs["probabilities"], model.predict_proba(table), atol=1e-5)
        assert np.mean(theirs["label"] == model.predict(table)) > 0.995


_ONNX_DTYPES = {"tensor(double)": float, "tensor(string)": object, "tensor(int64)": np.int64}


def test_onnx_refuses_categories_that_it_has_no_type_for():
    pytest.importorskip("onnx")
    model = TabularMLPRegressor(**SMALL, categorical_features=[0]).fit(np.round(X[:, :2], 1), y)
    with pytest.raises(ValueError, match="strings or integers"):
        model.to_onnx()
