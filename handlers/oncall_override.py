"""`/oncall override @person 4h [role]`, read word by word: one that is not understood changes nobody's duty."""

import re
from dataclasses import dataclass
from datetime import timedelta

from bot.errors import UserError
from bot.roster import plans
from bot.slack import text

ROLES = ("primary", "secondary", "weekend", "manager")
_LENGTH = re.compile(r"(?=\d)(?:(?P<days>\d+)d)?(?:(?P<hours>\d+)h)?(?:(?P<minutes>\d+)(?:m|min))?")
_FILLERS = ("for", "as")
_MOST = 1_000_000
"""Of any unit: far more than an override lasts, and still a length of time."""
_EXAMPLE = "For example: `/oncall override @rigel 4h`, `… 1h30m secondary` or `… until 18:00`; alone it is a form."


@dataclass(frozen=True)
class Asked:
    """`lasts` or `until` (a time as it was typed) says how long; an empty role is the one that leads."""

    slack: str
    lasts: timedelta | None
    until: str
    role: str


def read(words: text.Command) -> Asked:
    """Raises `UserError` on a word that means nothing here, with what was probably meant."""
    if words.options:
        raise UserError(f"“--{next(iter(words.options))}” means nothing here.", hint=_EXAMPLE)
    until, rest = _until([word for word in words.words if word.lower() not in _FILLERS])
    found: dict[str, str] = {}
    for word in rest:
        kind = _kind(word)
        if kind in found:
            raise UserError(f"“{word}” is one {kind} too many.", hint=_EXAMPLE)
        found[kind] = word
    if "person" not in found or ("length" in found) == bool(until):
        raise UserError("An override needs a person and how long.", hint=_EXAMPLE)
    lasts = length(found["length"]) if "length" in found else None
    return Asked(text.user(found["person"]) or "", lasts, until, found.get("role", "").lower())


def length(word: str) -> timedelta:
    """`4h`, `30m`, `1h27m`, `2d`. Raises `UserError` on more than an override lasts."""
    match = _LENGTH.fullmatch(word.lower())
    parts = match.groupdict("0") if match else {}
    lasts = timedelta(**{unit: min(int(number), _MOST) for unit, number in parts.items()})
    if not plans.SHORTEST <= lasts <= plans.LONGEST:
        raise UserError(plans.LASTS, hint="For longer, edit the roster file.")
    return lasts


def _until(words: list[str]) -> tuple[str, list[str]]:
    """The time that follows `until`, and the other words."""
    place = next((n for n, word in enumerate(words) if word.lower() == "until"), None)
    if place is None:
        return "", words
    after = words[place + 1 :]
    size = next((n + 1 for n, word in enumerate(after) if ":" in word), 0)
    if not 1 <= size <= 2:
        raise UserError("“until” needs a time.", hint=_EXAMPLE)
    return " ".join(after[:size]), words[:place] + after[size:]


def _kind(word: str) -> str:
    if text.user(word):
        return "person"
    if word.lower() in ROLES:
        return "role"
    if _LENGTH.fullmatch(word.lower()):
        return "length"
    meant = text.did_you_mean(word, ROLES)
    hint = f"Did you mean `{meant}`? Nothing was changed." if meant else _EXAMPLE
    raise UserError(f"“{word}” is no person, length of time or role.", hint=hint)
