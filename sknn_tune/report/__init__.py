"""One page about a search that opens anywhere: no other file, no network, no script."""

from sknn_tune.report.search_page import search_report

__all__ = ["search_report"]
