"""Commands as this workspace calls them: their names are the roster file's, since an app's are not its own in Slack.

In templates and in hints they stand as the example has them (`/oncall week`), and are said by their own name. A
template's source is rewritten before it is compiled, and sentences that Heliograph wrote are: never what people type.
"""

import re
from collections.abc import Callable, Mapping

FEATURES = ("request", "oncall", "cluster", "job", "page", "handoff")
AS_WRITTEN = {feature: f"/{feature}" for feature in FEATURES}
Names = Callable[[], Mapping[str, str]]
"""Feature → command, as the roster file has it now."""

_COMMAND = re.compile(rf"(?<![\w/:<.]|\\)/({'|'.join(FEATURES)})\b(?![/\w-]|\.\w)")
_PIECES = re.compile(r"(\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\})", re.DOTALL)


def named(text: str, names: Mapping[str, str]) -> str:
    """A sentence of ours, with the commands' own names."""
    return _COMMAND.sub(lambda found: names.get(found[1], found[0]), text)


def in_template(source: str) -> str:
    """A template that asks for each command's name when it is rendered, with `called`."""
    return "".join(_piece(piece) for piece in _PIECES.split(source))


def _piece(piece: str) -> str:
    if piece.startswith("{#"):
        return piece
    inside = piece.startswith(("{{", "{%"))  # there a name can only stand in a string between double quotes
    asked = '" ~ called("{}") ~ "' if inside else '{{{{ called("{}") }}}}'
    return _COMMAND.sub(lambda found: asked.format(found[1]), piece)
