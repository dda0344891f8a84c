"""What a client reads: RFC 5545 to the letter, parsed back by the library."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import icalendar
import pytest

from schedules.rota import resolve
from schedules.rota.ical import published, write
from schedules.rota.ical.model import Feed, Names, entries
from schedules.rota.model import Gap, Lead, Role
from tests.unit.ical.rosters import EUROPE, NAMES, NOW, SINCE, at, events, rota, shift

DAY = (at(7), at(17.5))


def written(feed: Feed, *found: Any, names: Names = NAMES, busy: bool = False) -> bytes:
    return write.text(
        "Heliograph: Europe", published.reconcile(feed, (), events(*found, feed=feed), NOW, SINCE), busy=busy
    )


def parsed(text: bytes) -> list[Any]:
    calendar: Any = icalendar.Calendar.from_ical(text)
    return list(calendar.walk("VEVENT"))


def test_lines_end_in_crlf_and_are_at_most_75_octets() -> None:
    """An umlaut at the fold is not torn apart (RFC 5545, 3.1)."""
    long = replace(shift("capella", *DAY), because=("ü" * 300, "a, b; c\\d\nend"))
    text = written(EUROPE, long)
    assert text.endswith(b"END:VCALENDAR\r\n")
    assert b"\n" not in text.replace(b"\r\n", b"")
    for line in text.split(b"\r\n"):
        assert len(line) <= 75
        line.decode("utf-8")
    (event,) = parsed(text)
    assert "ü" * 300 + ". a, b; c\\d\nend." in str(event["DESCRIPTION"])


def test_what_rfc_5545_asks_of_a_calendar_is_there() -> None:
    text = written(EUROPE, shift("capella", *DAY)).decode()
    for line in ("VERSION:2.0", "PRODID:-//Heliograph//Rota//EN", "X-WR-CALNAME:Heliograph: Europe"):
        assert f"\r\n{line}\r\n" in text
    assert "REFRESH-INTERVAL;VALUE=DURATION:PT15M\r\nX-PUBLISHED-TTL:PT15M\r\n" in text
    assert "METHOD" not in text, "a calendar that is subscribed to is no invitation"
    assert "TZID" not in text, "UTC needs no zone"


def test_an_event_says_when_who_and_why() -> None:
    (event,) = parsed(written(EUROPE, shift("capella", *DAY)))
    assert (event.decoded("DTSTART"), event.decoded("DTEND")) == DAY
    assert event.decoded("DTSTAMP") == event.decoded("LAST-MODIFIED") == NOW
    assert (str(event["SUMMARY"]), str(event["STATUS"]), event["SEQUENCE"]) == ("Capella (primary)", "CONFIRMED", 0)
    assert "Why: the rule eu primary asks, for once; the rotation." in str(event["DESCRIPTION"])


@pytest.mark.parametrize(("busy", "said"), [(True, "OPAQUE"), (False, "TRANSPARENT")])
def test_only_ones_own_calendar_takes_ones_time(busy: bool, said: str) -> None:
    (event,) = parsed(written(EUROPE, shift("capella", *DAY), busy=busy))
    assert event["TRANSP"] == said


def test_a_gap_is_marked_and_takes_nobodys_time() -> None:
    (event,) = parsed(written(EUROPE, Gap("eu", Role.PRIMARY, *DAY), busy=True))
    assert str(event["SUMMARY"]) == "⚠ NOBODY: Europe (primary)"
    assert event["TRANSP"] == "TRANSPARENT"


def test_a_person_reads_where_and_as_what_and_no_gaps_of_others() -> None:
    found = (shift("capella", *DAY), shift("mira", *DAY, Role.SECONDARY), Gap("eu", Role.MANAGER, *DAY))
    (event,) = parsed(written(Feed(person="capella"), *found))
    assert str(event["SUMMARY"]) == "On duty: Europe (primary)"


def test_who_leads_is_shown_where_it_is_asked_for() -> None:
    found = (Lead("eu", *DAY), shift("capella", *DAY))
    assert [str(e["SUMMARY"]) for e in parsed(written(Feed(), *found))] == ["Europe: Capella (primary)"]
    both = {str(e["SUMMARY"]) for e in parsed(written(Feed(leads=True), *found))}
    assert both == {"Europe leads", "Europe: Capella (primary)"}


def test_a_cancelled_event_is_said_to_be() -> None:
    first = published.reconcile(EUROPE, (), events(shift("capella", *DAY)), NOW, SINCE)
    (event,) = parsed(write.text("x", published.reconcile(EUROPE, first, (), at(6.5), SINCE), busy=True))
    assert (str(event["STATUS"]), event["SEQUENCE"], event["TRANSP"]) == ("CANCELLED", 1, "TRANSPARENT")
    assert str(event["SUMMARY"]) == "Cancelled: Capella (primary)"
    assert event.decoded("DTSTAMP") == at(6.5)


def test_a_name_cannot_break_out_of_its_line() -> None:
    evil = Names({"capella": "C\r\nEND:VEVENT\r\nBEGIN:VALARM\x00\x07"}, {"eu": "Eu\u202erope"})
    text = write.text(
        "x\r\nMETHOD:CANCEL",
        published.reconcile(EUROPE, (), entries(resolved(), EUROPE, evil), NOW, SINCE),
    )
    assert b"\r\nBEGIN:VALARM" not in text
    assert b"\r\nMETHOD" not in text
    assert b"\x00" not in text
    assert len(parsed(text)) == len(entries(resolved(), EUROPE, NAMES))


def resolved() -> Any:
    return resolve.resolve(rota(), NOW, NOW + timedelta(days=21))


def test_what_is_parsed_back_is_what_was_resolved() -> None:
    schedule = resolved()
    text = write.text("all", published.reconcile(Feed(), (), entries(schedule, Feed(), NAMES), NOW, SINCE))
    found = {
        (str(e["X-HELIOGRAPH-PERSON"]), str(e["X-HELIOGRAPH-ROLE"]), e.decoded("DTSTART"), e.decoded("DTEND"))
        for e in parsed(text)
    }
    assert found == {(s.person, str(s.role), s.start, s.end) for s in schedule.shifts}
    assert len({str(e["UID"]) for e in parsed(text)}) == len(found)


def test_parts_of_a_second_are_left_out_and_what_touches_still_touches() -> None:
    odd = datetime(2026, 11, 24, 9, 0, 0, 700_000, tzinfo=UTC)
    found = parsed(written(EUROPE, shift("capella", at(7), odd), shift("mira", odd, at(17))))
    assert found[0].decoded("DTEND") == found[1].decoded("DTSTART")
    assert parsed(written(EUROPE, shift("mira", odd, odd + timedelta(milliseconds=1)))) == []
