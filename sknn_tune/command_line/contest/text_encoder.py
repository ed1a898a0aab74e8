"""Text as numbers, by an encoder that is written to a file in seconds."""

from collections.abc import Iterator, Mapping
from typing import Any

import skrub


class Vocabulary(Mapping[str, int]):
    """Words and their numbers, stored as one text; as a dict, each would be an entry of a file.

    Parameters
    ----------
    numbers : mapping of str to int
        From 0 on, without gaps. No word has a line break.

    Examples
    --------
    >>> from sknn_tune.command_line.contest.text_encoder import Vocabulary
    >>> vocabulary = Vocabulary({"tree": 1, "cat": 0})
    >>> vocabulary["tree"], len(vocabulary), vocabulary.__getstate__()
    (1, 2, {'words': 'cat\\ntree'})
    """

    def __init__(self, numbers: Mapping[str, int]) -> None:
        self._numbers = {word: int(number) for word, number in numbers.items()}

    def __getitem__(self, word: str) -> int:
        return self._numbers[word]

    def __iter__(self) -> Iterator[str]:
        return iter(self._numbers)

    def __len__(self) -> int:
        return len(self._numbers)

    def __getstate__(self) -> dict[str, str]:
        return {"words": "\n".join(sorted(self._numbers, key=self._numbers.__getitem__))}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self._numbers = {word: number for number, word in enumerate(state["words"].split("\n"))}


class TextEncoder(skrub.StringEncoder):
    """skrub's encoder of text, with a vocabulary that is quickly stored."""

    def fit_transform(self, X: Any, y: Any = None) -> Any:
        """Learn how to encode a column of text, and encode it."""
        encoded = super().fit_transform(X, y)
        self.vectorizer_.vocabulary_ = Vocabulary(self.vectorizer_.vocabulary_)
        return encoded
