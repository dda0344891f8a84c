"""JSON as templates write it: commas too many, and text over several lines. Strings are left alone otherwise.

A template that loops and chooses cannot know which item is the last. Values cannot get here unescaped
(`bot.slack.escape`), so that what is not JSON after this is the template's mistake.
"""

import json
import re
from typing import Any

_STRING = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_LINE_END = re.compile(r"[ \t]*\n[ \t]*")
_COMMAS = re.compile(r",(?:\s*,)+")
_LAST = re.compile(r",(\s*[\]}])")
_FIRST = re.compile(r"([\[{]\s*),")
_HOLE = "\x00"


def parse(text: str) -> Any:
    """Raises `ValueError` with the line where it stops being JSON."""
    strings: list[str] = []

    def aside(match: re.Match[str]) -> str:
        strings.append(_LINE_END.sub(r"\\n", match[0]).replace("\t", "\\t"))
        return _HOLE

    skeleton = _STRING.sub(aside, text)
    skeleton = _COMMAS.sub(",", skeleton)
    skeleton = _FIRST.sub(r"\1", _LAST.sub(r"\1", skeleton))
    pieces = skeleton.split(_HOLE)
    whole = pieces[0] + "".join(string + piece for string, piece in zip(strings, pieces[1:], strict=True))
    return json.loads(whole)
