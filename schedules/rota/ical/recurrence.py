"""Which repetitions are believed, and how far they are followed, so that no rule can keep a reader busy. Pure.

Time off repeats by days at the most. A rule is followed to the end of the window and no further, whatever it says
about COUNT and UNTIL, and what would take too many steps to get there is refused.
"""

import re
from datetime import UTC, date, datetime, timedelta

MOST_STEPS = 20_000
"""Of one rule: fifty years of days."""
MOST_DATES = 1_000
"""RDATEs, or EXDATEs, of one event."""
UNITS = {"DAILY": 1, "WEEKLY": 7, "MONTHLY": 28, "YEARLY": 365}
KNOWN = frozenset({"FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY", "BYMONTHDAY", "BYMONTH", "BYSETPOS", "WKST"})
_NUMBER, _ORDINAL = re.compile(r"[+-]?[0-9]{1,2}"), re.compile(r"([0-9]{1,9})(?=[A-Z])")
FILTERS = ("BYDAY", "BYMONTHDAY", "BYMONTH")
LONGEST_MONTH = {2: 29, 4: 30, 6: 30, 9: 30, 11: 30}


def bounded(rule: str, start: date | datetime, until: datetime) -> tuple[str, int]:
    """`rule` with an UNTIL that is not after `until`, and how many steps it takes at the most to get there.

    Raises `ValueError`, in words, on what is not followed.
    """
    parts = _parts(rule)
    frequency = parts["FREQ"]
    if frequency not in UNITS:
        raise ValueError(f"it repeats {frequency.lower()[:20]}; only daily, weekly, monthly and yearly are followed")
    interval = _whole(parts.get("INTERVAL", "1"), "INTERVAL")
    unit = 1 if any(key in parts for key in FILTERS) else UNITS[frequency]
    begins = start.date() if isinstance(start, datetime) else start
    steps = max(0, (until.date() - begins).days) // (unit * interval) + 1
    if steps > MOST_STEPS:
        raise ValueError(f"it repeats since {begins:%Y}, which is too often to follow; end it, or begin it later")
    if "COUNT" in parts:
        _whole(parts["COUNT"], "COUNT")
    _matches(parts, interval)
    parts["UNTIL"] = _until(parts.get("UNTIL"), start, until)
    return ";".join(f"{key}={value}" for key, value in parts.items()), steps


def _matches(parts: dict[str, str], interval: int) -> None:
    """Raises `ValueError` where a rule may never match: the library would look for a match until the year 9999."""
    days, filtered = _numbers(parts, "BYMONTHDAY", 31), any(key in parts for key in FILTERS)
    months = _numbers(parts, "BYMONTH", 12) or list(range(1, 13))
    ordinal = any(any(c.isdigit() for c in one) for one in parts.get("BYDAY", "").split(","))
    never = days and all(abs(day) > LONGEST_MONTH.get(month, 31) for day in days for month in months)
    skips = parts["FREQ"] == "DAILY" or (parts["FREQ"] == "MONTHLY" and "BYMONTH" in parts)
    rare = interval > 1 and filtered and (skips or any(abs(day) > 28 for day in days))
    odd = ordinal and (days or parts["FREQ"] in ("DAILY", "WEEKLY") or "BYSETPOS" in parts)
    if never or rare or odd:
        raise ValueError("its rule may name no day at all")
    if positions := _numbers(parts, "BYSETPOS", 20):
        if "BYDAY" not in parts or days or parts["FREQ"] not in ("MONTHLY", "YEARLY"):
            raise ValueError("its rule has a BYSETPOS that is not followed; it would need weekdays of a month")
        if max(abs(p) for p in positions) > 4 * len(set(parts["BYDAY"].split(","))):
            raise ValueError("its rule may name no day at all")
    if any(int(n) > 5 for n in _ORDINAL.findall(parts.get("BYDAY", ""))):
        raise ValueError("its rule names a sixth weekday of a month, which there is not")


def _numbers(parts: dict[str, str], name: str, most: int) -> list[int]:
    if name not in parts:
        return []
    given = [text.strip() for text in parts[name].split(",")]
    if not all(_NUMBER.fullmatch(text) and 1 <= abs(int(text)) <= most for text in given):
        raise ValueError(f"its rule has {name}={parts[name][:20]}; numbers from 1 to {most} were expected")
    return [int(text) for text in given]


def _parts(rule: str) -> dict[str, str]:
    """UNTIL last, where the library looks for it."""
    pairs = [part.partition("=") for part in rule.strip().upper().split(";") if part]
    parts = {key.strip(): value.strip() for key, _, value in pairs}
    if unknown := sorted(parts.keys() - KNOWN):
        raise ValueError(f"its rule has {unknown[0][:20]}, which is not followed")
    if "FREQ" not in parts:
        raise ValueError("its rule has no FREQ")
    if any(len(value) > 400 for value in parts.values()):
        raise ValueError("its rule is too long to be one")
    until = parts.pop("UNTIL", None)
    return parts | ({"UNTIL": until} if until else {})


def _whole(text: str, name: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:12]) <= 999_999:
        raise ValueError(f"its rule has {name}={text[:20]}; a number from 1 to 999999 was expected")
    return int(text)


def _until(said: str | None, start: date | datetime, until: datetime) -> str:
    """In the form that `start` asks for: a date, a local time, or UTC."""
    latest = until.astimezone(UTC) + timedelta(days=1)
    if not isinstance(start, datetime):
        form, length = "%Y%m%d", 8
    else:
        form, length = ("%Y%m%dT%H%M%SZ", 16) if start.tzinfo else ("%Y%m%dT%H%M%S", 15)
    cap = latest.strftime(form)
    if said is None:
        return cap
    if not said[:8].isdigit() or len(said) not in (8, 15, 16):
        raise ValueError(f"its rule ends at {said[:20]}, which is no date")
    given = said[:length] if len(said) >= length else (said[:8] + "T235959Z")[:length]
    return min(given, cap) if len(given) == length else cap
