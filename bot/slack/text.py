"""What people type, read: Slack's escapes, curly quotes, mentions, small commands. Never trusted, bounded in length."""

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from bot import letters
from bot.errors import UserError

LONGEST = 3_000
"""Characters of a command or a message that are read; what is longer is refused, not cut."""

_QUOTES = str.maketrans({"“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "‘": "'", "’": "'", "‚": "'"})
_DASHES = re.compile(r"(?<!\S)[—–](?=\w)")
_MENTION = re.compile(r"<@([UW][A-Z0-9]+)(?:\|([^>]*))?>")
_CHANNEL = re.compile(r"<#([CGD][A-Z0-9]+)(?:\|([^>]*))?>")
_GROUP = re.compile(r"<!subteam\^(S[A-Z0-9]+)(?:\|([^>]*))?>")
_SPECIAL = re.compile(r"<!(\w+)(?:\^[^|>]*)*(?:\|([^>]*))?>")
_LINK = re.compile(r"<((?:https?|mailto):[^|>]+)(?:\|([^>]*))?>")
_WORD = re.compile(r"""--(?P<option>[\w-]+)(?:=(?P<inline>"[^"]*"|\S+))?|"(?P<quoted>[^"]*)"|(?P<bare>\S+)""")


@dataclass(frozen=True)
class Command:
    """`verb` is the first word, lower case; `options` have the value that follows, or "" where none does."""

    verb: str
    words: tuple[str, ...] = ()
    options: dict[str, str] = field(default_factory=dict)

    @property
    def rest(self) -> str:
        return " ".join(self.words)


def parse(typed: str, flags: Iterable[str] = ()) -> Command:
    """`suspend llama-70b --cluster x`. `flags` are the options that take no value. An apostrophe is only a letter.

    Raises `UserError` on something too long.
    """
    alone = frozenset(flags)
    words: list[str] = []
    options: dict[str, str] = {}
    waiting = ""
    for match in _WORD.finditer(_DASHES.sub("--", normal(typed))):
        option = match["option"]
        if option is not None:
            name = option.lower()
            options[name] = (match["inline"] or "").strip('"')
            waiting = "" if match["inline"] or name in alone else name
            continue
        word = match["quoted"] if match["quoted"] is not None else match["bare"]
        if waiting:
            options[waiting], waiting = word, ""
        else:
            words.append(word)
    return Command(words[0].lower() if words else "", tuple(words[1:]), options)


def normal(typed: str) -> str:
    """What the keyboard meant: straight quotes, no direction or control characters. Raises `UserError` if too long."""
    if len(typed) > LONGEST:
        raise UserError(
            f"That is {len(typed):,} characters long, and only {LONGEST:,} are read.",
            hint="Say it shorter, or attach it as a file.",
        )
    return letters.harmless(typed).translate(_QUOTES).strip()


def plain(typed: str) -> str:
    """A message's text as people read it: entities are characters, mentions and links are names."""
    text = _MENTION.sub(lambda m: f"@{m[2] or m[1]}", typed)
    text = _CHANNEL.sub(lambda m: f"#{m[2] or m[1]}", text)
    text = _GROUP.sub(lambda m: m[2] or f"@{m[1]}", text)
    text = _SPECIAL.sub(lambda m: m[2] or f"@{m[1]}", text)
    text = _LINK.sub(lambda m: m[1] if not m[2] or m[2] in m[1] else f"{m[2]} ({m[1]})", text)
    return unescape(letters.harmless(text)).strip()


def unescape(typed: str) -> str:
    return typed.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def without_mentions(typed: str) -> str:
    """What was said to the one mentioned at the beginning; later mentions become names."""
    rest = typed
    while match := _MENTION.match(rest.lstrip()):
        rest = rest.lstrip()[match.end() :]
    return plain(rest.lstrip(" ,:"))


def user(word: str) -> str | None:
    """The id in `<@U…|name>`, or a bare id; None for anything else."""
    match = _MENTION.fullmatch(word) or re.fullmatch(r"@?([UW][A-Z0-9]{4,})", word)
    return match[1] if match else None


def channel(word: str) -> str | None:
    match = _CHANNEL.fullmatch(word) or re.fullmatch(r"([CGD][A-Z0-9]{4,})", word)
    return match[1] if match else None


def group(word: str) -> str | None:
    match = _GROUP.fullmatch(word)
    return match[1] if match else None


def did_you_mean(word: str, known: Iterable[str]) -> str | None:
    """The one of `known` that was probably meant."""
    found = difflib.get_close_matches(word.lower(), list(known), n=1, cutoff=0.6)
    return found[0] if found else None
