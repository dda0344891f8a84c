"""What stands in a calendar: shifts, leads and gaps as events with words, and what a feed has published of them. Pure.

A calendar is a copy that others keep. So a feed remembers what it has published: an event that changes keeps its UID
and counts its SEQUENCE up, and one that is gone is said to be cancelled for a while, not merely left out.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from schedules.rota.model import Gap, Lead, Schedule, Shift


class Kind(StrEnum):
    SHIFT = "shift"
    LEAD = "lead"
    GAP = "gap"


@dataclass(frozen=True)
class Feed:
    """Whose calendar: one person's, one region's, or (neither) everybody's; `leads` adds who leads, and from when."""

    person: str = ""
    region: str = ""
    leads: bool = False

    @property
    def key(self) -> str:
        """As rows and UIDs name it."""
        if self.person:
            return f"person/{self.person}"
        if self.region:
            return f"region/{self.region}"
        return "all/leads" if self.leads else "all"


@dataclass(frozen=True)
class Names:
    """What people read instead of ids."""

    people: Mapping[str, str] = field(default_factory=dict)
    regions: Mapping[str, str] = field(default_factory=dict)

    def person(self, id: str) -> str:
        return self.people.get(id, id)

    def region(self, id: str) -> str:
        return self.regions.get(id, id)


@dataclass(frozen=True)
class Entry:
    """An event to be. `role` is empty for a lead, `person` for a lead and a gap. Whole seconds, in UTC."""

    kind: Kind
    region: str
    role: str
    person: str
    start: datetime
    end: datetime
    summary: str
    description: str

    @property
    def place(self) -> tuple[Kind, str, str]:
        return self.kind, self.region, self.role


@dataclass(frozen=True)
class Published:
    """An event as the feed last gave it. `changed_at` is when it became so."""

    uid: str
    entry: Entry
    sequence: int
    changed_at: datetime
    cancelled_at: datetime | None = None


def entries(schedule: Schedule, feed: Feed, names: Names) -> tuple[Entry, ...]:
    """The feed's events, sorted by start. What is shorter than a second has none."""
    found = [_shift(s, feed, names) for s in schedule.shifts if feed.person in ("", s.person) and _of(feed, s)]
    if not feed.person:
        found += [_gap(g, names) for g in schedule.gaps if _of(feed, g)]
    if feed.leads:
        found += [_lead(x, names) for x in schedule.leads if _of(feed, x)]
    return tuple(sorted((e for e in found if e.start < e.end), key=_order))


def plain(text: str) -> str:
    """Without the control characters that iCalendar's texts cannot hold."""
    return "".join(c for c in text if c == "\n" or c.isprintable())


def _of(feed: Feed, one: Shift | Gap | Lead) -> bool:
    return feed.region in ("", one.region)


def _order(entry: Entry) -> tuple[datetime, str, str, str, str]:
    return entry.start, entry.kind, entry.region, entry.role, entry.person


def _shift(shift: Shift, feed: Feed, names: Names) -> Entry:
    person, region = names.person(shift.person), names.region(shift.region)
    summary = f"{region}: {person} ({shift.role})"
    if feed.person:
        summary = f"On duty: {region} ({shift.role})"
    elif feed.region:
        summary = f"{person} ({shift.role})"
    said = [f"{person} is on duty in {region} as {shift.role}.", *_why(shift.because)]
    return Entry(
        Kind.SHIFT,
        shift.region,
        str(shift.role),
        shift.person,
        _second(shift.start),
        _second(shift.end),
        plain(summary),
        plain("\n".join(said)),
    )


def _gap(gap: Gap, names: Names) -> Entry:
    region = names.region(gap.region)
    said = [f"The rules call for a {gap.role} in {region}, and nobody is there.", *_why(gap.because)]
    summary = f"⚠ NOBODY: {region} ({gap.role})"
    start, end = _second(gap.start), _second(gap.end)
    return Entry(Kind.GAP, gap.region, str(gap.role), "", start, end, plain(summary), plain("\n".join(said)))


def _lead(lead: Lead, names: Names) -> Entry:
    region = names.region(lead.region)
    said = f"New requests go to {region}. The handoff is due when this begins and when it ends."
    start, end = _second(lead.start), _second(lead.end)
    return Entry(Kind.LEAD, lead.region, "", "", start, end, plain(f"{region} leads"), plain(said))


def _why(because: tuple[str, ...]) -> list[str]:
    sentences = [f"{reason.rstrip('.')}." for reason in because]
    return [f"Why: {' '.join(sentences)}"] if sentences else []


def _second(at: datetime) -> datetime:
    """iCalendar knows no part of a second. Ends and starts lose theirs alike, so that what touched still touches."""
    return at - timedelta(microseconds=at.microsecond)
