"""List phrases of a private dialect in the files given, or in all that git tracks.

    python .ci/check_english.py [file ...]

Exits with 1 where there is one. CONTRIBUTING.md has the glossary.
"""

import re
import subprocess
import sys
from pathlib import Path

#: A pattern, and what numpy's or scikit-learn's documentation would say.
PHRASES = {
    r"anew": "again, from scratch",
    r"go(es|ing|ne)? on (with|where|exactly|from|to|as|in|after|when)": "resumes, continues",
    r"goes on|went on": "resumes, continues",
    r"begun": "started",
    r"(is|are|was|were|be) told": "receives, is notified",
    r"(its|their) own numbers?|numbers? of (its|their) own": "parameter",
    r"of (its|their) own": "separate, its own ...",
    r"by chance": "random, at random",
    r"dearest|dearer": "costliest, more expensive",
    r"heed(s|ed|ing)?": "respects, checks",
    r"luck|luckiest|lucky": "noise, random variation",
    r"rightly": "correctly",
    r"whatever (it|they)": "any, all that",
    r"as far as .{3,30} tell": "estimated from",
    r"stands? in \[": "is described in",
    r"for good": "permanently",
    r"mend(s|ed|ing)?": "fix",
    r"shall": "must, should, will",
    r"knobs?": "hyperparameters",
    r"thrice|henceforth|hitherto|thereof|therein|thereupon|whence|wherein|lest": "a plain word",
    r"many a|as it were|in vain|pays? no": "a plain phrase",
    r"deceives?|betrays?|forgives?": "a technical term",
    r"\d+ of (numbers|categories)": "numeric, categorical",
    r"by heart": "overfits, memorises",
    r"what (comes|becomes|came|became) of": "the result of",
    r"(tells?|told) apart": "distinguishes, distinguished",
}
SUFFIXES = {".py", ".pyi", ".md", ".rst", ".toml", ".cff", ".html", ".jinja"}
#: The glossary itself, this list, and a record of the past.
EXEMPT = {"CONTRIBUTING.md", ".ci/check_english.py"}


def tracked_files():
    """Text files that git tracks."""
    listed = subprocess.run(["git", "ls-files"], capture_output=True, text=True, check=True)
    return [Path(name) for name in listed.stdout.splitlines()]


def phrases_in(path):
    """Yield line number, phrase and advice; a phrase may run over the end of a line."""
    text = path.read_text(encoding="utf-8")
    for pattern, advice in PHRASES.items():
        for found in re.finditer(rf"\b(?:{spread(pattern)})(?!\w)", text, re.IGNORECASE):
            number = text.count("\n", 0, found.start()) + 1
            yield number, " ".join(found.group().split()), advice


#: Between two words of a sentence: blanks, or a line break with what starts the next line of a
#: comment, a quotation or a string.
GAP = r"(?:[ \t]+|[ \t]*[\"']?\n[ \t]*(?:#:?|>|[rf]?[\"'])?[ \t]*)"


def spread(pattern):
    """A pattern whose spaces match line breaks as well."""
    return pattern.replace(" ", GAP)


def main():
    paths = [Path(name) for name in sys.argv[1:]] or tracked_files()
    hits = [
        f"{path}:{number}: {phrase!r}; rather: {advice}"
        for path in paths
        if path.suffix in SUFFIXES and path.as_posix() not in EXEMPT
        for number, phrase, advice in phrases_in(path)
    ]
    print("\n".join(hits) or "No phrase of the list.")
    return 1 if hits else 0


if __name__ == "__main__":
    sys.exit(main())
