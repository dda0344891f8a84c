"""Stints, moments and lengths in plain words, for forms, where Slack writes no dates of its own. Pure."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.roster.stints import Stint


def stint(one: Stint, zone: str) -> str:
    """ "Tue 1 Dec, 08:00–18:30", "Mon 30 Nov to Fri 4 Dec, 08:00–18:30 (5 shifts)": on the wall clock of `zone`."""
    start, end, last = (at.astimezone(ZoneInfo(zone)) for at in (one.start, one.end, one.last))
    if one.shifts > 1:
        return f"{_day(start)} to {_day(last)}, {start:%H:%M}–{end:%H:%M} ({one.shifts} shifts)"
    if start.date() == end.date():
        return f"{_day(start)}, {start:%H:%M}–{end:%H:%M}"
    return f"{_day(start)} {start:%H:%M} to {_day(end)} {end:%H:%M}"


def moment(at: datetime, zone: str, now: datetime) -> str:
    """ "today 18:00 PST", "Fri 27 Nov 18:30 CET": on the wall clock of `zone`."""
    there = at.astimezone(ZoneInfo(zone))
    today = there.date() == now.astimezone(ZoneInfo(zone)).date()
    return f"{'today' if today else _day(there)} {there:%H:%M %Z}"


def length(lasts: timedelta) -> str:
    """ "1h27m", "2d": as a command reads it, in minutes that have begun."""
    days, minutes = divmod(-(-lasts // timedelta(minutes=1)), 24 * 60)
    parts = ((days, "d"), (minutes // 60, "h"), (minutes % 60, "m"))
    return "".join(f"{number}{unit}" for number, unit in parts if number)


def _day(at: datetime) -> str:
    return f"{at:%a} {at.day} {at:%b}"
