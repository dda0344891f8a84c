"""What a calendar says is what was resolved, for any roster, around any clock change; an edit tells what it changes."""

import itertools
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import icalendar
from hypothesis import given

from schedules.rota import resolve
from schedules.rota.ical import published, write
from schedules.rota.ical.model import Entry, Feed, Names, Published, entries
from schedules.rota.model import Rota, Schedule
from tests.properties.rota import rosters
from tests.properties.rota.test_against_the_oracle import BOUNDED

ALL = Feed(leads=True)


@given(rosters.rotas())
@BOUNDED
def test_what_is_parsed_back_is_what_was_resolved(case: tuple[Rota, datetime, datetime]) -> None:
    rota, start, end = case
    schedule = resolve.resolve(rota, start, end)
    text = write.text("all", published.reconcile(ALL, (), wanted(schedule), start, start))
    assert all(len(line) <= 75 for line in text.split(b"\r\n"))
    calendar: Any = icalendar.Calendar.from_ical(text)
    read = [
        (
            *(str(event.get(f"X-HELIOGRAPH-{name}", "")) for name in ("KIND", "REGION", "ROLE", "PERSON")),
            *(event.decoded("DTSTART"), event.decoded("DTEND")),
        )
        for event in calendar.walk("VEVENT")
    ]
    expected = [("shift", s.region, str(s.role), s.person, s.start, s.end) for s in schedule.shifts]
    expected += [("gap", g.region, str(g.role), "", g.start, g.end) for g in schedule.gaps]
    expected += [("lead", x.region, "", "", x.start, x.end) for x in schedule.leads]
    assert sorted(read) == sorted(expected)
    assert len({str(event["UID"]) for event in calendar.walk("VEVENT")}) == len(read)


@given(rosters.rotas())
@BOUNDED
def test_an_edit_changes_what_it_touches_and_nothing_else(case: tuple[Rota, datetime, datetime]) -> None:
    """Exceptions come: what is live is what is resolved, what is gone is cancelled, and no SEQUENCE goes down."""
    rota, start, end = case
    plain = replace(rota, overrides=(), swaps=(), time_off=(), temporary=())
    now = start - timedelta(hours=1)
    states: list[tuple[Published, ...]] = [()]
    for version in (plain, rota, plain):
        now += timedelta(minutes=1)
        after = wanted(resolve.resolve(version, start, end))
        states.append(published.reconcile(ALL, states[-1], after, now, start))
        assert sorted(map(order, after)) == sorted(order(p.entry) for p in states[-1] if p.cancelled_at is None)
    for before, later in itertools.pairwise(states):
        known = {p.uid: p for p in later}
        assert len(known) == len(later)
        for one in before:
            new = known[one.uid]
            assert (new == one) == (new.sequence == one.sequence)
            assert new.sequence >= one.sequence


def wanted(schedule: Schedule) -> tuple[Entry, ...]:
    return entries(schedule, ALL, Names())


def order(entry: Entry) -> tuple[object, ...]:
    return str(entry.kind), entry.region, entry.role, entry.person, entry.start, entry.end
