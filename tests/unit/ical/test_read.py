"""Calendar files that people have, and ones that somebody made to do harm: read, or refused with the line."""

import time
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schedules.rota.ical import read, recurrence, zones
from schedules.rota.ical.read import Found, Read

NOW = datetime(2026, 11, 24, tzinfo=UTC)
END = NOW + timedelta(days=400)
DAY = "DTSTART;VALUE=DATE:20261201"
BERLIN = ZoneInfo("Europe/Berlin")


def calendar(*events: str, head: str = "") -> bytes:
    """Events of lines, as a file. The first one begins at line 3."""
    inside = "".join(f"BEGIN:VEVENT\n{lines.strip()}\nEND:VEVENT\n" for lines in events)
    return f"BEGIN:VCALENDAR\nVERSION:2.0\n{head}{inside}END:VCALENDAR\n".replace("\n", "\r\n").encode()


def of(*events: str, zone: str = "", head: str = "") -> Read:
    return read.events(calendar(*events, head=head), NOW, END, zone)


def one(*events: str, zone: str = "", head: str = "") -> Found:
    found = of(*events, zone=zone, head=head)
    assert found.problems == ()
    (only,) = found.found
    return only


def days(*events: str) -> list[date]:
    found = of(*events)
    assert found.problems == ()
    return [f.start for f in found.found]


def wrong(*events: str) -> str:
    found = of(*events)
    assert found.found == ()
    (problem,) = found.problems
    assert problem.line == 3
    return problem.text


def test_an_all_day_event_is_days() -> None:
    found = one(f"UID:a\n{DAY}\nDTEND;VALUE=DATE:20261205\nSUMMARY:Vega: vacation")
    assert (found.start, found.end, found.summary) == (date(2026, 12, 1), date(2026, 12, 5), "Vega: vacation")
    assert found.all_day


@pytest.mark.parametrize("end", ["", "DTEND;VALUE=DATE:20261201", "DURATION:P1D"])
def test_a_day_without_an_end_is_that_day(end: str) -> None:
    assert one(f"UID:a\n{DAY}\n{end}").end == date(2026, 12, 2)


@pytest.mark.parametrize(
    "zone",
    ["Europe/Berlin", '"W. Europe Standard Time"', "w. europe standard time", "/mozilla.org/20050126_1/Europe/Berlin"],
)
def test_the_zones_that_calendars_name(zone: str) -> None:
    found = one(f"UID:a\nDTSTART;TZID={zone}:20261201T090000\nDTEND;TZID={zone}:20261201T170000")
    assert found.start == datetime(2026, 12, 1, 9, tzinfo=BERLIN)


def test_every_windows_zone_leads_to_a_zone() -> None:
    known = [name for name in zones._WINDOWS if zones.iana(name)]
    assert len(known) > 130


def test_a_time_without_a_zone_is_refused_until_somebody_says_which() -> None:
    floating = "UID:a\nDTSTART:20261201T090000\nDTEND:20261201T170000"
    assert "has no zone" in wrong(floating)
    assert one(floating, zone="Europe/Berlin").start == datetime(2026, 12, 1, 9, tzinfo=BERLIN)
    assert one(floating, head="X-WR-TIMEZONE:Europe/Berlin\n").start == datetime(2026, 12, 1, 9, tzinfo=BERLIN)


def test_repetitions_with_dates_left_out_and_one_moved() -> None:
    weekly = f"UID:a\n{DAY}\nRRULE:FREQ=WEEKLY;COUNT=4\nEXDATE;VALUE=DATE:20261208"
    moved = "UID:a\nRECURRENCE-ID;VALUE=DATE:20261215\nDTSTART;VALUE=DATE:20261216"
    assert days(weekly, moved) == [date(2026, 12, 1), date(2026, 12, 22), date(2026, 12, 16)]


def test_a_rule_without_an_end_ends_with_the_window() -> None:
    found = days(f"UID:a\n{DAY}\nRRULE:FREQ=YEARLY")
    assert found == [date(2026, 12, 1), date(2027, 12, 1)]
    assert len(days("UID:a\nDTSTART;VALUE=DATE:20200101\nRRULE:FREQ=DAILY")) == pytest.approx(400, abs=5)


def test_the_key_stays_when_the_event_moves() -> None:
    later = "UID:a\nDTSTART;VALUE=DATE:20261202"
    assert one(f"UID:a\n{DAY}").key == one(later).key
    assert one(f"UID:b\n{DAY}").key != one(later).key
    twice = of(f"UID:a\n{DAY}\nRRULE:FREQ=WEEKLY;COUNT=2").found
    assert len({f.key for f in twice}) == 2


def test_an_event_without_a_uid_is_known_by_what_it_says() -> None:
    assert one(f"{DAY}\nSUMMARY:x").key == one(f"{DAY}\nSUMMARY:x").key != one(f"{DAY}\nSUMMARY:y").key


def test_who_is_invited_is_read_and_sloppy_lines_are_passed_over() -> None:
    found = one(f'UID:a\n{DAY}\nATTENDEE;CN="Vega":mailto:vega@example.com\nORGANIZER;CN=a "b;c:mailto:x@y.z')
    assert found.mentioned == ("Vega", "vega@example.com")


def test_cancelled_is_said() -> None:
    assert one(f"UID:a\n{DAY}\nSTATUS:CANCELLED").cancelled


def test_what_an_import_does_not_need_does_not_break_it() -> None:
    alarm = "BEGIN:VALARM\nTRIGGER:nonsense\nDTSTART:nonsense\nEND:VALARM"
    assert one(f"UID:a\n{DAY}\nATTACH;ENCODING=BASE64:{'x' * 100_000}\nGEO:here\n{alarm}\nno colon here").all_day


@pytest.mark.parametrize(
    ("event", "said"),
    [
        ("UID:a\nSUMMARY:x", "no start"),
        ("UID:a\nDTSTART:20261201T090000Z\nDTEND:20261201T080000Z", "ends before it starts"),
        ("UID:a\nDTSTART:20261201T090000Z", "no length"),
        ("UID:a\nDTSTART:nonsense\nDTEND:20261201T080000Z", "DTSTART cannot be read"),
        ("UID:a\nDTSTART;TZID=Mars/Base:20261201T090000\nDURATION:PT1H", "Mars/Base, which is not known"),
        (f"UID:a\n{DAY}\nDTEND:20261202T080000Z", "starts with a day and ends with a time"),
        (f"UID:a\n{DAY}\nDTEND;VALUE=DATE:20301202", "longer than a year"),
        (f"UID:a\n{DAY}\n{DAY}", "more than one DTSTART"),
        ("UID:a\nDTSTART;VALUE=DATE:99991231", "not believable"),
        ("UID:a\nDTSTART;VALUE=DATE:00010101", "not believable"),
        (f"UID:a\n{DAY}\nEXRULE:FREQ=DAILY", "EXRULE"),
        (f"UID:a\n{DAY}\nRDATE;VALUE=DATE:{','.join(['20261202'] * 1001)}", "more than 1,000 RDATEs"),
        (f"UID:a\n{DAY}\nEXDATE;VALUE=DATE:{','.join(['20261202'] * 1001)}", "more than 1,000 EXDATEs"),
    ],
)
def test_what_is_wrong_with_an_event_is_said_with_its_line(event: str, said: str) -> None:
    assert said in wrong(event)


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("FREQ=SECONDLY", "repeats secondly"),
        ("FREQ=MINUTELY;COUNT=10", "repeats minutely"),
        ("FREQ=DAILY;COUNT=1000000000", "COUNT=1000000000"),
        ("FREQ=DAILY;INTERVAL=0", "INTERVAL=0"),
        ("FREQ=DAILY;INTERVAL=-1", "INTERVAL=-1"),
        ("FREQ=DAILY;BYHOUR=1,2;BYMINUTE=0,1;BYSECOND=0,1", "is not followed"),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "no day at all"),
        ("FREQ=MONTHLY;INTERVAL=12;BYMONTHDAY=30", "no day at all"),
        ("FREQ=MONTHLY;INTERVAL=12;BYMONTH=3", "no day at all"),
        ("FREQ=DAILY;INTERVAL=7;BYDAY=WE", "no day at all"),
        ("FREQ=MONTHLY;BYDAY=6MO", "sixth weekday"),
        ("FREQ=MONTHLY;BYMONTHDAY=1;BYSETPOS=2", "BYSETPOS"),
        ("FREQ=MONTHLY;BYDAY=MO;BYSETPOS=9", "no day at all"),
        ("FREQ=DAILY;BYDAY=XX", "cannot be read"),
        ("FREQ=DAILY;UNTIL=tomorrow", "no date"),
        ("COUNT=3", "no FREQ"),
        (f"FREQ=DAILY;BYMONTHDAY={','.join(['1'] * 400)}", "too long"),
    ],
)
def test_rules_that_could_keep_a_reader_busy_are_refused(rule: str, said: str) -> None:
    assert said in wrong(f"UID:a\n{DAY}\nRRULE:{rule}")


@pytest.mark.parametrize(
    ("rule", "most"),
    [
        ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", 15),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE;WKST=SU", 60),
        ("FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=24,25,26", 7),
        ("FREQ=MONTHLY;BYDAY=-1FR", 15),
        ("FREQ=DAILY;COUNT=999999", 403),
    ],
)
def test_rules_that_people_have_are_followed(rule: str, most: int) -> None:
    assert 5 < len(days(f"UID:a\n{DAY}\nRRULE:{rule}")) <= most


def test_too_many_rules_together_are_refused() -> None:
    rules = [f"UID:{n}\nDTSTART;VALUE=DATE:20000101\nRRULE:FREQ=DAILY;UNTIL=20000102" for n in range(100)]
    assert "all repetitions together" in of(*rules).problems[0].text


@pytest.mark.parametrize(
    ("data", "line", "said"),
    [
        (b"x" * 50_000_000, 0, "larger than 4,000,000 bytes"),
        (b"\x00\xff" * 100, 1, "not UTF-8"),
        (b"<html>", 1, "no iCalendar file"),
        (b"", 1, "no iCalendar file"),
        (calendar("UID:a\nSUMMARY:é").replace("é".encode(), b"\xe9"), 5, "not UTF-8"),
        (calendar(f"UID:a\n{DAY}")[:-30], 3, "ends inside this VEVENT"),
        (b"BEGIN:VCALENDAR\r\n" + b"BEGIN:VALARM\r\n" * 100_000, 9, "nested too deeply"),
        (b"BEGIN:VCALENDAR\r\nEND:VEVENT\r\n", 2, "END:VEVENT stands inside VCALENDAR"),
        (b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nBEGIN:VEVENT\r\n", 3, "inside another one"),
        (calendar(*["UID:a"] * 5001), 15003, "more than 5,000 events"),
    ],
    ids=["50 MB", "binary", "html", "empty", "latin-1", "cut off", "nested", "unopened", "event in event", "flood"],
)
def test_what_is_wrong_with_a_file_is_said_with_its_line(data: bytes, line: int, said: str) -> None:
    problems = {(p.line, said in p.text) for p in read.events(data, NOW, END).problems}
    assert (line, True) in problems


def test_a_byte_order_mark_and_bare_line_ends_are_no_mistakes() -> None:
    data = b"\xef\xbb\xbf" + calendar(f"UID:a\n{DAY}").replace(b"\r\n", b"\n")
    assert len(read.events(data, NOW, END).found) == 1


def test_one_broken_event_hides_no_other_mistake() -> None:
    found = of(f"UID:a\n{DAY}", "UID:b", "UID:c")
    assert [p.line for p in found.problems] == [7, 10]


def test_long_lines_do_not_take_long() -> None:
    """Four megabytes of what looks like parameters, and as many folds, in a moment: every pattern is linear."""
    began = time.process_time()
    assert of(f"UID:a\nDTSTART;{'A=B,;' * 700_000}").problems
    assert of(f"UID:a\n{DAY}\nSUMMARY:{'x' + chr(10) + ' ' * 1_000_000}").problems == ()
    assert time.process_time() - began < 10


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=400), st.integers(0, 300))
def test_a_damaged_file_is_refused_in_words_and_never_raises(noise: bytes, at: int) -> None:
    good = calendar(f"UID:a\n{DAY}\nRRULE:FREQ=WEEKLY;COUNT=3", "UID:b\nDTSTART:20261201T090000Z\nDURATION:PT1H")
    read.events(good[:at] + noise + good[at:], NOW, END)


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]),
    st.dictionaries(
        st.sampled_from(["INTERVAL", "COUNT", "BYDAY", "BYMONTHDAY", "BYMONTH", "BYSETPOS", "UNTIL"]),
        st.sampled_from(["1", "2", "-1", "5", "12", "29", "31", "MO", "-1SU", "MO,TU", "20270101", "1,2"]),
        max_size=3,
    ),
)
def test_a_rule_is_refused_or_followed_in_a_moment(frequency: str, parts: dict[str, str]) -> None:
    """Whatever is accepted names a day soon; else the library would look for one until the year 9999."""
    rule = ";".join([f"FREQ={frequency}", *(f"{key}={value}" for key, value in parts.items())])
    began = time.process_time()
    of(f"UID:a\n{DAY}\nRRULE:{rule}")
    assert time.process_time() - began < 2, rule


def test_the_bounds_are_where_they_are_said_to_be() -> None:
    assert recurrence.bounded("FREQ=DAILY", date(2026, 12, 1), END) == ("FREQ=DAILY;UNTIL=20271230", 394)
    aware = datetime(2026, 12, 1, 9, tzinfo=BERLIN)
    assert recurrence.bounded("UNTIL=20261203;FREQ=DAILY", aware, END)[0] == "FREQ=DAILY;UNTIL=20261203T235959Z"


@pytest.mark.parametrize("length", ["P99999999D", "PT9999999999H", "P99999999W", "P2000W"])
@pytest.mark.parametrize("start", ["DTSTART:20261201T090000Z", DAY])
def test_a_length_beyond_the_calendar_is_refused_in_words(start: str, length: str) -> None:
    """Not a traceback, whichever sum of dates it breaks."""
    assert wrong(f"UID:a\n{start}\nDURATION:{length}")
