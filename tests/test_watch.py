"""`sknn-tune watch` and `explain`: the page of a stored search, and what a model is."""

import http.client
import re
import threading

import numpy as np
import pytest
from scipy.stats import loguniform
from sklearn.datasets import load_iris
from sklearn.svm import SVC

from sknn_tune import BayesSearchCV
from sknn_tune.__main__ import main
from sknn_tune.command_line.errors import BadInput
from sknn_tune.command_line.watch import LOOPBACK, make_server, read_page, watch


@pytest.fixture(scope="module")
def storage(tmp_path_factory):
    path = tmp_path_factory.mktemp("search") / "search.db"
    spaces = [
        {"kernel": ["rbf"], "C": loguniform(1e-3, 1e3)},
        {"kernel": ["poly"], "degree": [1, 2]},
    ]
    search = BayesSearchCV(SVC(), spaces, n_iter=5, cv=3, random_state=0, storage=path)
    search.fit(*load_iris(return_X_y=True))
    return path


def test_the_page_of_a_stored_search_tells_what_ended(storage):
    page = read_page(storage)
    assert "5, 0 of them failed" in page
    assert "How the search went" in page
    assert "The best configurations" in page
    assert "could not be drawn" not in page
    assert 'http-equiv="refresh"' in page
    assert page.count("<img") == 2


def test_a_page_can_be_written(storage, tmp_path):
    main(["watch", str(storage), "--out", str(tmp_path / "page.html"), "--once"])
    assert (tmp_path / "page.html").read_text("utf-8") == read_page(storage)


def ask(server, host=None, path="/"):
    connection = http.client.HTTPConnection(LOOPBACK, server.server_port, timeout=60)
    try:
        headers = {"Host": host or f"localhost:{server.server_port}"}
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.read().decode("utf-8")
    finally:
        connection.close()


def test_the_server_answers_this_machine_only(storage):
    with make_server(storage, 0) as server:
        assert server.server_address[0] == "127.0.0.1"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            status, page = ask(server)
            assert status == 200
            assert "How the search went" in page
            # A foreign page whose name was pointed at this machine.
            assert ask(server, host="evil.example:80")[0] == 403
            assert ask(server, path="/../etc/passwd")[0] == 404
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize("content", [None, b"", b"junk" * 500])
def test_what_is_no_search_is_refused(content, tmp_path):
    path = tmp_path / "search.db"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(BadInput, match=re.escape(str(path))):
        watch(path)


def test_a_port_that_is_taken_is_one_line(storage):
    with make_server(storage, 0) as server, pytest.raises(BadInput, match="cannot be used"):
        watch(storage, port=server.server_port)


@pytest.mark.parametrize("kind", ["classes", "number"])
def test_a_model_is_explained(kind, tmp_path, capsys):
    rng = np.random.default_rng(0)
    x = rng.normal(size=120)
    y = x.round(2) if kind == "number" else np.where(x > 0, "up", "down")
    rows = [f"{a:.3f},{'uvw'[i % 3]},{b}" for i, (a, b) in enumerate(zip(x, y, strict=True))]
    (tmp_path / "d.csv").write_text("\n".join(["x,word,y", *rows]) + "\n")
    main(["fit", str(tmp_path / "d.csv"), "--target", "y", "--n-iter", "2"])
    capsys.readouterr()
    main(["explain", str(tmp_path / "d_model")])
    said = capsys.readouterr().out
    assert "Predicts 'y'" in said
    assert ("'down', 'up'" in said) == (kind == "classes")
    assert "1 numeric: 'x'" in said
    assert "1 categorical: 'word'" in said
    assert "n_members: 10" in said
