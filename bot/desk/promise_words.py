"""Is a message to the client a promise of an update, and for when? In the engineer's zone. Pure.

A promise that was not meant nags an engineer, so that what is unsure is none: a question, a condition, two times,
a time without a verb that promises.
"""

import re
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from schedules.rota import civil

LONGEST = timedelta(days=14)
_LOOKED_AT = 2_000
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

_PROMISES = re.compile(
    r"""\b(i|we)(['’]ll|\s+(will|shall)|(['’]m|['’]re|\s+am|\s+are)\s+going\s+to)\s+(\w+\s+){0,2}?
      ( update(?!\s+(the|our|its|your|all|driver|node|image|firmware))
      | get\s+back|come\s+back|be\s+back|write|report\s+back|let\s+you\s+know|keep\s+you|follow\s+up|check\s+in|post
      )\b
    | \b(back\s+to|update|ping)\s+you\b
    | \byou(['’]ll|\s+will)\s+hear\s+(back\s+|more\s+)?from\s+(me|us)\b
    | ^\W*((the|your|my|our)\s+)?((next|an?|another|more)\s+)?(update|news)\s+(\w+\s+)?
      (in|at|by|before|within|tomorrow|around|on)\b
    """,
    re.VERBOSE | re.IGNORECASE,
)
_UNSURE = re.compile(
    r"""\?|\b(if|unless|or|between|could|might|maybe|perhaps|should\s+(we|i)|can\s+you|could\s+you|would|try\s+to|hope(fully)?
    |not|won['’]t|can['’]t|cannot|no\s+update|was|were|had|said|yesterday|last|did)\b""",
    re.VERBOSE | re.IGNORECASE,
)
_LENGTH = re.compile(
    r"\b(?:in|within)\s+(?:about\s+|around\s+|the\s+next\s+)?(?P<n>\d{1,3}|an?|half\s+an|two|three)\s*"
    r"(?P<unit>min(?:ute)?s?|hours?|hrs?|h|m|days?)\b",
    re.IGNORECASE,
)
_AT = re.compile(
    r"""(?P<before>\b(?:at|by|before|around|till|until|tomorrow|today|tonight|on|"""
    + "|".join(_DAYS)
    + r""")\s*,?\s*(?:at\s+|by\s+)?)
    (?: (?P<h>\d{1,2})(?:[:.](?P<m>\d{2}))?\s*(?P<half>[ap]\.?m\b\.?)? | (?P<word>noon|midday) )
    (?![\d%:/-]|\.\d)(?!\s*(?:gpus?|nodes?|ranks?|jobs?|runs?|steps?|k\b|gb|x\b|min|h\b|hours?|days?))
    (?:\s*(?:h|o['’]?clock)\b)?""",
    re.VERBOSE | re.IGNORECASE,
)
_OTHER_ZONE = re.compile(r"\b(UTC|GMT|[A-Z]{1,4}T|Z)\b|\b(your|their|local|[A-Z][a-z]+)\s+time\b")
_NUMBERS = {"a": 1.0, "an": 1.0, "two": 2.0, "three": 3.0}


def heard(text: str, now: datetime, zone: str) -> datetime | None:
    """When the next update is promised by; None where nothing is promised for sure, or not for one time."""
    for sentence in _sentences(text[:_LOOKED_AT]):
        if _PROMISES.search(sentence) and not _UNSURE.search(sentence):
            found = _when(sentence, now, zone)
            if found is not None:
                return found if now < found <= now + LONGEST else None
    return None


def _sentences(text: str) -> list[str]:
    """Lines and sentences; what is quoted was said by somebody else."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith((">", "&gt;"))]
    return [part for line in lines for part in re.split(r"(?<=[.!?;])\s+(?=[A-Z])", line)]


def _when(sentence: str, now: datetime, zone: str) -> datetime | None:
    lengths, times = list(_LENGTH.finditer(sentence)), list(_AT.finditer(sentence))
    if len(lengths) + len(times) != 1:
        return None
    if lengths:
        return now + _length(lengths[0])
    other = _OTHER_ZONE.search(sentence, times[0].end())
    if other and other[1] in ("UTC", "GMT", "Z"):
        zone = "UTC"
    elif other:
        return None
    return _at(times[0], sentence, now, zone)


def _length(match: re.Match[str]) -> timedelta:
    said = match["n"].lower()
    number = 0.5 if said.startswith("half") else _NUMBERS.get(said) or float(said)
    unit = match["unit"].lower()
    return (
        timedelta(days=number)
        if unit[0] == "d"
        else timedelta(hours=number)
        if unit[0] == "h"
        else timedelta(minutes=number)
    )


def _at(match: re.Match[str], sentence: str, now: datetime, zone: str) -> datetime | None:
    clock = _clock(match)
    if clock is None:
        return None
    today = now.astimezone(ZoneInfo(zone)).date()
    words = sentence.lower()
    named = [n for n, day in enumerate(_DAYS) if re.search(rf"\b{day}\b", words)]
    if len(named) + ("tomorrow" in words) > 1:
        return None
    if "tomorrow" in words:
        return civil.instant(today + civil.DAY, clock, zone)
    if named:
        ahead = (named[0] - today.weekday()) % 7
        found = civil.instant(today + timedelta(days=ahead), clock, zone)
        return found if found > now else civil.instant(today + timedelta(days=ahead + 7), clock, zone)
    return _today(match, clock, now, zone)


def _today(match: re.Match[str], clock: time, now: datetime, zone: str) -> datetime | None:
    """A bare "at 2" after noon is the afternoon's; a time that has passed is none of today's, so that it is unsure."""
    today = now.astimezone(ZoneInfo(zone)).date()
    found = civil.instant(today, clock, zone)
    bare = match["word"] is None and match["half"] is None and match["m"] is None
    if bare and found <= now and clock.hour < 12:
        found = civil.instant(today, clock.replace(hour=clock.hour + 12), zone)
    return found.astimezone(UTC) if found > now else None


def _clock(match: re.Match[str]) -> time | None:
    if match["word"]:
        return time(12)
    hour, minute, half = int(match["h"]), int(match["m"] or 0), (match["half"] or "").lower()
    bare_date = match["before"].strip().lower().startswith("on") and not match["m"] and not half
    if bare_date or minute > 59 or hour > 23 or (half and not 1 <= hour <= 12):
        return None
    if half:
        hour = hour % 12 + (12 if half.startswith("p") else 0)
    return time(hour, minute)
