"""What is looked for in a text: the words of a question, and which of them tell requests apart. Pure.

What somebody types never becomes part of a query's syntax: it is cut into words of letters and digits, and only those
are handed on, so that a quote, a star or an `OR` is nothing but a gap between words.
"""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from bot.errors import UserError

MOST_WORDS = 16
"""Words of one search; a whole log is no question."""
MOST_COMPARED = 40
"""Words of a request's text that are compared with others."""
LONGEST = 64
"""Characters of a word that count."""

_COMMON = """
a an and are as at be been but by can cannot could did do does for from get got had has have how i if in into is it its
just me my no not of on or our out please since so some that the their them then there these they this to up us was we
were what when where which who why will with would you your hello hi hey thanks thank help issue problem request job
jobs training run running sev1 sev2 sev3 sev4
"""
COMMON = frozenset(_COMMON.split())
"""Words that nearly every request has: they make none similar to another."""


@dataclass(frozen=True)
class Sought:
    """`every`: a text has them all, each as the beginning of a word; else any of them, as a whole."""

    words: tuple[str, ...]
    every: bool


def split(text: str) -> list[str]:
    """The words of a text, in small letters: letters, digits and what sits on them, of any script."""
    spaced = "".join(c if unicodedata.category(c)[0] in "LNM" else " " for c in unicodedata.normalize("NFC", text))
    return [word[:LONGEST] for word in spaced.lower().split()]


def search(text: str) -> Sought:
    """Raises `UserError` where there is too little or too much to look for."""
    words = list(dict.fromkeys(split(text)))
    if sum(map(len, words)) < 2:
        raise UserError("There is too little to look for.", hint="Write a word or two, such as `search nccl timeout`.")
    if len(words) > MOST_WORDS:
        raise UserError(
            f"That are {len(words)} words, and a search takes {MOST_WORDS}.",
            hint="Write the few that matter, such as an error's name.",
        )
    return Sought(tuple(words), every=True)


def telling(text: str) -> Sought:
    """Those by which a text can be compared with others; may be none."""
    words = (word for word in split(text) if len(word) > 1 and word not in COMMON)
    return Sought(tuple(dict.fromkeys(words))[:MOST_COMPARED], every=False)


def shared(sought: Sought, texts: Iterable[str]) -> int:
    """How many of the words stand in `texts`."""
    there = {word for text in texts for word in split(text)}
    return sum(word in there for word in sought.words)
