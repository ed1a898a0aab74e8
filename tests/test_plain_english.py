"""The check of the English finds its phrases, over line breaks as well."""

import importlib.util
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[1] / ".ci" / "check_english.py"


@pytest.fixture(scope="module")
def check():
    spec = importlib.util.spec_from_file_location("check_english", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("gap", [" ", "\n", "\n    # ", "\n#: ", ' "\n    f"', "\n> ", "\n  "])
def test_a_phrase_is_found_over_a_line_break(check, tmp_path, gap):
    path = tmp_path / "text.md"
    path.write_text(f"first line\nit went{gap}on here", encoding="utf-8")
    assert [hit[:2] for hit in check.phrases_in(path)][:1] != []
    assert {number for number, *_ in check.phrases_in(path)} == {2}


@pytest.mark.parametrize("text", ["it went. On", "went (on", "went\n\non", "Bergwent on"])
def test_words_that_do_not_follow_each_other_are_no_phrase(check, tmp_path, text):
    path = tmp_path / "text.md"
    path.write_text(text, encoding="utf-8")
    assert list(check.phrases_in(path)) == []
