"""The filters of templates. What gives mrkdwn gives it escaped; what changes characters comes before the escaping."""

import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from markupsafe import Markup

from bot.slack import escape
from bot.slack.escape import Mrkdwn

_UTC = re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d) UTC")
_MENTION = re.compile(r"&lt;@([UW][A-Z0-9]+)&gt;")


def date(at: datetime, form: str = "{date_short_pretty} {time}") -> Mrkdwn:
    """Each reader sees their own zone; who cannot sees UTC."""
    return Mrkdwn(f"<!date^{int(at.timestamp())}^{form}|{utc(at)}>")


def utc(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def local(at: datetime, zone: str, form: str = "%a %d %b %H:%M %Z") -> str:
    """The time on the wall in `zone`."""
    return at.astimezone(ZoneInfo(zone)).strftime(form)


def ago(at: datetime, now: datetime) -> str:
    """ "5 min ago", "in 2 h": how far `at` is from `now`, in one unit."""
    seconds = (now - at).total_seconds()
    far = abs(seconds)
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60)):
        if far >= size * (2 if unit == "d" else 1):
            return f"{int(far // size)} {unit} ago" if seconds > 0 else f"in {int(far // size)} {unit}"
    return "just now" if seconds >= 0 else "in a moment"


def span(length: timedelta) -> str:
    """ "45 s", "5 min", "2 h 5 min", "3 d 4 h": a length in its two largest units."""
    seconds = int(abs(length.total_seconds()))
    if seconds < 60:
        return f"{seconds} s"
    minutes, hours, days = seconds // 60 % 60, seconds // 3600 % 24, seconds // 86_400
    parts = [f"{days} d" if days else "", f"{hours} h" if hours else "", f"{minutes} min" if minutes else ""]
    return " ".join([part for part in parts if part][:2])


def counted(number: int, word: str) -> str:
    """ "1 pod", "3 pods"."""
    return f"{number} {word}" + ("" if number == 1 else "s")


def mention(user: str) -> Mrkdwn:
    return Mrkdwn(f"<@{_id(user)}>")


def group(usergroup: str) -> Mrkdwn:
    return Mrkdwn(f"<!subteam^{_id(usergroup)}>")


def channel(id: str) -> Mrkdwn:
    return Mrkdwn(f"<#{_id(id)}>")


def code(value: Any) -> Mrkdwn:
    """`value` in backticks, on one line. A backtick inside becomes an apostrophe: Slack has no escape for it."""
    text = " ".join(str(value).replace("`", "'").split()) or " "
    return Mrkdwn("`") + text + "`"


def block(value: Any) -> Mrkdwn:
    """`value` as a block of code."""
    return Mrkdwn("```") + str(value).replace("```", "'''").strip("\n") + "```"


def link(url: str, words: str) -> Mrkdwn:
    """`words` that lead to `url`; only `words` where that is no web address."""
    if not url.startswith(("https://", "http://")):
        return Mrkdwn.escape(words)
    for character, code_point in (("|", "%7C"), ("<", "%3C"), (">", "%3E"), (" ", "%20"), ("\n", "")):
        url = url.replace(character, code_point)
    return Mrkdwn("<") + url + Mrkdwn("|") + words.replace("|", "¦") + Mrkdwn(">")


def said(text: str) -> Mrkdwn:
    """A sentence that Heliograph wrote: escaped like any other, but the mention of a person in it stays one.

    Not for what people type: they could make Heliograph call somebody.
    """
    return Mrkdwn(_MENTION.sub(r"<@\1>", str(Mrkdwn.escape(text))))


def zoned(sentence: Mrkdwn) -> Mrkdwn:
    """The times that `utc` wrote into a sentence, each reader's own."""
    return Mrkdwn(_UTC.sub(lambda m: str(date(datetime.fromisoformat(f"{m[1]}+00:00"))), str(sentence)))


def to_json(value: Any) -> Mrkdwn:
    """`value` as JSON: for numbers, booleans, lists. Strings in it are escaped like any other value."""
    return Mrkdwn(json.dumps(_escaped(value), ensure_ascii=False, default=str))


def shorten(text: str, length: int) -> str:
    """At most `length` characters, with an ellipsis where something is missing."""
    text = str(text)
    return text if len(text) <= length else text[: max(0, length - 1)].rstrip() + "…"


def first_line(text: str, length: int = 80) -> str:
    """The first line that says something, shortened to `length`."""
    return shorten(next((line.strip() for line in text.splitlines() if line.strip()), ""), length)


def beyond(text: str, title: str, length: int = 1500) -> str:
    """What `text` says that `title` does not, line by line: all of it, but for a first line that is the title."""
    lines = text.strip().splitlines()
    if lines and lines[0].strip() == title.strip():
        lines = lines[1:]
    return shorten("\n".join(lines).strip(), length)


def quote(value: Any) -> Mrkdwn:
    """`value` as a quotation, line by line. What it quotes is somebody's words, and looks like it."""
    lines = str(value).strip().splitlines() or [""]
    return Mrkdwn("\\n").join(Mrkdwn("> ") + line for line in lines)


def _id(value: str) -> str:
    """Slack ids are letters and digits; anything else must not become a mention."""
    return "".join(c for c in str(value) if c.isascii() and c.isalnum()) or "UNKNOWN"


def _escaped(value: Any) -> Any:
    if isinstance(value, str):
        return escape.mrkdwn(value)
    if isinstance(value, dict):
        return {str(k): _escaped(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_escaped(item) for item in value]
    return value


def _join(values: Any, separator: str = "") -> str:
    parts = list(values)
    if any(isinstance(part, Markup) for part in parts) or isinstance(separator, Markup):
        return Mrkdwn.escape(separator).join(parts)
    return separator.join(map(str, parts))


def _plain_only(change: Callable[..., str]) -> Callable[..., str]:
    """A change of characters would break what is escaped; it comes before the escaping or not at all."""

    def changed(value: Any, *arguments: Any) -> str:
        if isinstance(value, Markup):
            raise TypeError("this filter changes characters: put it before the one that makes markup")
        return change(str(value), *arguments)

    return changed


FILTERS: dict[str, Callable[..., Any]] = {
    "ago": ago,
    "clock": lambda at: date(at, "{time}"),
    "beyond": _plain_only(beyond),
    "block": block,
    "capitalize": _plain_only(lambda text: text[:1].upper() + text[1:]),
    "channel": channel,
    "code": code,
    "counted": counted,
    "date": date,
    "first_line": _plain_only(first_line),
    "group": group,
    "join": _join,
    "instant": datetime.fromisoformat,
    "json": to_json,
    "link": link,
    "local": local,
    "lower": _plain_only(str.lower),
    "mention": mention,
    "plain": lambda value: value,  # says that Slack reads no mrkdwn there; the renderer knows that by itself
    "quote": quote,
    "replace": _plain_only(str.replace),
    "said": said,
    "zoned": zoned,
    "shorten": _plain_only(shorten),
    "span": span,
    "trim": lambda value: value.strip() if isinstance(value, str) else value,
    "upper": _plain_only(str.upper),
    "utc": utc,
}


def by_name(text: str, names: Mapping[str, str]) -> str:
    """A sentence of ours for where Slack's mentions say nothing: people by `names` (Slack id → name)."""
    return re.sub(r"<@(\w+)>", lambda found: names.get(found[1], found[1]), text)


TEXT_FILTERS: dict[str, Callable[..., Any]] = {
    "ago": ago,
    "beyond": beyond,
    "by_name": by_name,
    "counted": counted,
    "first_line": first_line,
    "local": local,
    "shorten": shorten,
    "span": span,
    "utc": utc,
}
"""Those of plain text."""
