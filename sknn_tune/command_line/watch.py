"""``sknn-tune watch``: the page of a search that is still running."""

import time
from collections.abc import Callable
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sknn_tune.command_line.errors import BadInput, about
from sknn_tune.command_line.output import whole_file
from sknn_tune.common.wording import show
from sknn_tune.report.page import Paragraph, Section, Table, render_page
from sknn_tune.report.search_sections import make_search_sections
from sknn_tune.search import search_history

if TYPE_CHECKING:
    import pandas as pd

LOOPBACK = "127.0.0.1"
# Seconds after which a browser asks again, and a written page is looked at again.
REFRESH = 5.0
# Other names for this machine could be those of a foreign page that asks for ours.
_HOSTS = ("127.0.0.1", "localhost")


class StoredSearch:
    """The table of a stored search, as far as a page reads it.

    Parameters
    ----------
    history : DataFrame
        What `search_history` returns.
    """

    refit = False
    estimator = None
    scoring = "score"

    def __init__(self, history: "pd.DataFrame") -> None:
        names = [name for name in history.columns if name.startswith("param_")]
        rows = history[names].to_dict("records")
        splits = [n for n in history.columns if n.startswith("split") and "_test_" in n]
        scores = history["score"].to_numpy(dtype=float)
        metric = splits[0].partition("_test_")[2] if splits else "score"
        of_metric = [name for name in splits if name.endswith(f"_test_{metric}")]
        self.n_splits_ = max(len(of_metric), 1)
        spread = np.zeros(len(history))
        if of_metric:
            spread = history[of_metric].to_numpy(dtype=float).std(axis=1)
        seconds = history[["fit_time", "score_time"]].to_numpy(dtype=float) / self.n_splits_
        self.cv_results_ = {
            "params": [_configuration(row) for row in rows],
            "mean_test_score": scores,
            "std_test_score": spread,
            "mean_fit_time": seconds[:, 0],
            "mean_score_time": seconds[:, 1],
        }


def watch(
    storage: str | Path, *, out: str | Path | None = None, port: int = 0, once: bool = False
) -> None:
    """Show the page of a stored search, on this machine only, until it is interrupted.

    Parameters
    ----------
    storage : path-like
        The file that the search stores its trials in.
    out : path-like or None, default=None
        A file to write, again when trials have come; None serves the page on the loopback address.
    port : int, default=0
        0 takes a free one.
    once : bool, default=False
        Whether to write `out` once and return.

    Raises
    ------
    BadInput
        If there is no such search, or the page cannot be written or served.
    """
    read_page(storage)
    if out is not None:
        _keep_written(storage, out, once)
        return
    try:
        server = make_server(storage, port)
    except OSError as error:
        raise BadInput(f"port {port} cannot be used: {error.strerror}.") from error
    with server:
        print(f"http://{LOOPBACK}:{server.server_port}  (Ctrl-C ends it)", flush=True)
        server.serve_forever()


def make_server(storage: str | Path, port: int) -> ThreadingHTTPServer:
    """Return a server of the page that answers nobody but this machine."""
    handler = partial(_Handler, partial(read_page, storage))
    return ThreadingHTTPServer((LOOPBACK, port), handler)


def read_page(storage: str | Path) -> str:
    """Return the page of a stored search as it is now.

    Parameters
    ----------
    storage : path-like

    Returns
    -------
    page : str

    Raises
    ------
    BadInput
        If there is no such search.
    """
    with about(storage, ValueError, OSError):
        history = search_history(storage)
    title = f"Search in {Path(storage).name}"
    if history.empty:
        text = "No trial has ended yet."
        return render_page(title, [Paragraph(text)], [], refresh=REFRESH)
    search = StoredSearch(history)
    scores = search.cv_results_["mean_test_score"]
    n_failed = int(np.isnan(scores).sum())
    best = show(float(np.nanmax(scores))) if n_failed < len(scores) else "none"
    facts = [
        ("Trials so far", f"{len(history)}, {n_failed} of them failed"),
        ("Best score", best),
        ("Last trial ended", show(history["ended"].iloc[-1])),
        ("Time of all fits", f"{show(float(history['fit_time'].sum()))} s"),
    ]
    sections: list[Section] = make_search_sections(search)
    return render_page(title, [Table((), facts, "So far")], sections, refresh=REFRESH)


def _configuration(row: dict[str, Any]) -> dict[str, Any]:
    """The parameters of a trial; those of other branches of the space are missing."""
    return {
        name.removeprefix("param_"): value
        for name, value in row.items()
        if value is not None and value == value
    }


def _keep_written(storage: str | Path, out: str | Path, once: bool) -> None:
    written = ""
    while True:
        page = read_page(storage)
        if page != written:
            with whole_file(out) as stream:
                stream.write(page)
            written = page
        if once:
            return
        time.sleep(REFRESH)


class _Handler(BaseHTTPRequestHandler):
    """Answers with the page, to requests that name this machine."""

    def __init__(self, read: Callable[[], str], *arguments: Any) -> None:
        self._read = read
        super().__init__(*arguments)

    def do_GET(self) -> None:
        host = self.headers.get("Host", "").rpartition(":")[0]
        if host not in _HOSTS:
            self.send_error(403)
            return
        if self.path != "/":
            self.send_error(404)
            return
        try:
            status, page = 200, self._read()
        except BadInput as error:  # such as a file that was removed
            status, page = 503, render_page("Search", [Paragraph(str(error))], [], refresh=REFRESH)
        content = page.encode("utf-8", "replace")
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Content-Security-Policy", "default-src 'none'; img-src data:; " + _STYLES)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *arguments: Any) -> None:
        """Say nothing of each request."""


_STYLES = "style-src 'unsafe-inline'"
