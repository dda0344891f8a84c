"""Text that somebody typed, made harmless: for Slack's mrkdwn, and for the inside of a JSON string.

`Mrkdwn` is text that is both already. Joining it with plain text escapes the plain text the same way, whatever
operation joins them; so no order of joining lets something through. Where Slack does not read mrkdwn (a button's
label, a modal's title, a value) `raw` and `plain` turn it back.
"""

import json
import re
from typing import Any

from markupsafe import Markup

from bot import letters

_SHOUT = re.compile(r"(?<!\w)@(?=(?:channel|here|everyone|group)\b)", re.IGNORECASE)
"""Slack may turn the bare words into a mention of everybody; a word joiner after the @ keeps them words."""
_QUIET = "@\u2060"
_TOKEN = re.compile(r"<(?:[^<>|]*\|([^<>]*)|([^<>]*))>")


class Mrkdwn(Markup):
    """Escaped for mrkdwn and for a JSON string's inside."""

    @classmethod
    def escape(cls, value: Any, /) -> "Mrkdwn":
        if isinstance(value, Markup):
            return cls(value)
        return cls(json.dumps(mrkdwn(str(value)), ensure_ascii=False)[1:-1])


def mrkdwn(text: str) -> str:
    """Exactly `&`, `<`, `>` are escaped, as Slack asks; and nobody is shouted at."""
    text = letters.harmless(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _SHOUT.sub(_QUIET, text)


def raw(text: str) -> str:
    """What was typed, from what `mrkdwn` made of it: for values, URLs and metadata, kept as is."""
    return text.replace(_QUIET, "@").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def plain(text: str) -> str:
    """For `plain_text` objects: Slack reads no markup there, so tokens become words and entities characters.

    A `<!…>` that somebody typed is only characters there; it is broken all the same, for readers that know it.
    """
    text = _TOKEN.sub(lambda token: token[1] if token[1] is not None else token[2].lstrip("!"), text)
    text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    return text.replace("<!", "<\u2060!")


def joined(parts: tuple[Any, ...]) -> str:
    """`~` in a template: plain if all is plain, else escaped, each part once."""
    if any(isinstance(part, Markup) for part in parts):
        return Mrkdwn("").join(parts)
    return "".join(map(str, parts))
