"""Jinja2 for Block Kit: every value escaped, undefined names refused, only filters that keep it so."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined, nodes
from jinja2.compiler import CodeGenerator, Frame
from markupsafe import Markup

from bot.slack import escape, ids
from bot.slack.escape import Mrkdwn

_MENTION = re.compile(r"&lt;@([UW][A-Z0-9]+)&gt;")
_KEPT = (
    *("abs", "batch", "count", "d", "default", "dictsort", "first", "groupby", "int", "items", "last", "length"),
    *("list", "map", "max", "min", "reject", "rejectattr", "round", "select", "selectattr", "sort", "sum", "unique"),
)
"""Jinja's own filters that pass values on. Those that make text of them know HTML's escapes only, and are not there."""


class _Generator(CodeGenerator):
    """`~` and `+` join by our rules instead of HTML's."""

    def visit_Concat(self, node: nodes.Concat, frame: Frame) -> None:
        self.write("environment.joined((")
        for part in node.nodes:
            self.visit(part, frame)
            self.write(", ")
        self.write("))")

    def visit_Add(self, node: nodes.BinExpr, frame: Frame) -> None:
        self.write("environment.added(")
        self.visit(node.left, frame)
        self.write(", ")
        self.visit(node.right, frame)
        self.write(")")


class SlackEnvironment(Environment):
    code_generator_class = _Generator
    joined = staticmethod(escape.joined)

    @staticmethod
    def added(left: Any, right: Any) -> Any:
        if isinstance(left, str) and isinstance(right, str):
            return escape.joined((left, right))
        return left + right


def for_slack(root: Path) -> Environment:
    """Templates that give JSON. `ids` (the action ids) is known in all of them."""
    made = SlackEnvironment(
        loader=FileSystemLoader(root / "slack"),
        undefined=StrictUndefined,
        autoescape=True,
        finalize=_shown,
    )
    made.filters = {name: made.filters[name] for name in _KEPT} | FILTERS
    made.globals["ids"] = ids
    return made


def for_text(root: Path) -> Environment:
    """Templates for the terminal, SMS and mail: nothing is markup there, so nothing is escaped."""
    made = Environment(  # noqa: S701 - not HTML
        loader=FileSystemLoader(root / "text"),
        undefined=StrictUndefined,
        finalize=lambda value: escape.harmless("–" if value is None else str(value)),
        keep_trailing_newline=True,
    )
    made.filters |= {"local": local, "ago": ago, "first_line": first_line, "shorten": shorten, "span": span, "utc": utc}
    return made


def _shown(value: Any) -> Any:
    if value is None:
        return "–"
    return Mrkdwn.escape(value)


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
    """A sentence of Heliograph's own: escaped like any other, but a person's mention in it stays one."""
    return Mrkdwn.escape(str(text)).__class__(_MENTION.sub(r"<@\1>", str(Mrkdwn.escape(str(text)))))


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
    "block": block,
    "capitalize": _plain_only(lambda text: text[:1].upper() + text[1:]),
    "channel": channel,
    "code": code,
    "date": date,
    "first_line": _plain_only(first_line),
    "group": group,
    "join": _join,
    "json": to_json,
    "link": link,
    "local": local,
    "lower": _plain_only(str.lower),
    "mention": mention,
    "plain": lambda value: value,  # says that Slack reads no mrkdwn there; the renderer knows that by itself
    "quote": quote,
    "replace": _plain_only(str.replace),
    "said": said,
    "shorten": _plain_only(shorten),
    "span": span,
    "trim": lambda value: value.strip() if isinstance(value, str) else value,
    "upper": _plain_only(str.upper),
    "utc": utc,
}
