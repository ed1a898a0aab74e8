"""Words in cells: which are equal, and which mean a missing value."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable

# In a column of words, "None", "NA" or "-" may be a value like any other.
_MISSING = frozenset({"", "?", "nan", "<na>", "nat", "#n/a"})
_WHOLE = re.compile(r"([+-]?\d+)\.0+")


def is_missing_word(cell: str) -> bool:
    """Whether a cell of a column of words is blank, or was written for one that was.

    Examples
    --------
    >>> from sknn_tune.command_line.cells.words import is_missing_word
    >>> [is_missing_word(cell) for cell in ("", "NaN", "None")]
    [True, True, False]
    """
    return cell.casefold() in _MISSING


def normal_word(cell: str) -> str:
    """Return a word without differences of case and blanks; 3.0 is 3.

    Examples
    --------
    >>> from sknn_tune.command_line.cells.words import normal_word
    >>> normal_word(" New  York"), normal_word("3.0"), normal_word("007")
    ('new york', '3', '007')
    """
    word = " ".join(cell.split()).casefold()
    whole = _WHOLE.fullmatch(word)
    return whole[1] if whole else word


def unify_spellings(cells: Iterable[str]) -> tuple[dict[str, str], list[list[str]]]:
    """Give words that differ in case and blanks only one spelling, the most frequent.

    Parameters
    ----------
    cells : iterable of str

    Returns
    -------
    spelling : dict of str to str
        Word → the spelling to use.
    merged : list of list of str
        The words that became one, the spelling to use first.

    Notes
    -----
    Where half of the words have a twin, as the labels of handwritten letters have, case is
    taken to mean something and nothing is unified.
    """
    counts = Counter(cells)
    groups = defaultdict(list)
    for word, _ in counts.most_common():
        groups[normal_word(word)].append(word)
    merged = [words for words in groups.values() if len(words) > 1]
    if len(merged) > 2 and 2 * len(merged) >= len(groups):
        merged = []
    first = {word: words[0] for words in merged for word in words}
    return {word: first.get(word, word) for word in counts}, merged
