"""A stint in plain words, for the options of a form, where Slack writes no dates of its own. Pure."""

from datetime import datetime
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


def _day(at: datetime) -> str:
    return f"{at:%a} {at.day} {at:%b}"
