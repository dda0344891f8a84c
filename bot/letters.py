"""Text that somebody typed, before anything is done with it: what in it cannot be kept, or would mislead. Pure.

No database takes a NUL or half a character, and a character that turns the direction makes one name look like another,
on a telephone too, where no template of ours stands in between.
"""

import re
import unicodedata

_BIDI = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
"""Characters that turn the direction of what follows: they make one thing look like another."""
_CONTROL = re.compile(f"[\x00-\x08\x0b-\x1f\x7f-\x9f{_BIDI}\ufeff]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_SEEN = frozenset("LNPS")
"""First letters of Unicode's categories: letters, numbers, punctuation, symbols (emoji among them)."""
_BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Letters and symbols by their category that show nothing."""


def harmless(text: str) -> str:
    """Without control and direction characters. Line ends become `\\n`; lone surrogates a replacement character."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _SURROGATE.sub("\ufffd", _CONTROL.sub("", text))


def says_something(text: str) -> bool:
    """Whether anything of it is seen: spaces and characters without a width say nothing."""
    return any(unicodedata.category(one)[0] in _SEEN and one not in _BLANK for one in text)
