"""`heliograph rota export` and `rota import`: the file that is written, what is asked, what is refused."""

from pathlib import Path
from typing import Any

import icalendar
import pytest

from tests.unit.ical.test_read import calendar
from tests.unit.terminal.conftest import Typed

WINDOW = ("--from", "2026-11-24", "--to", "2026-11-26")
SKIING = "UID:1\nDTSTART;VALUE=DATE:20991130\nSUMMARY:Altair: skiing"


@pytest.fixture(autouse=True)
def clock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A Tuesday, whatever the machine says."""
    tuesday = 1795536300
    (tmp_path / "clock.json").write_text(f'{{"real": {tuesday}, "shown": {tuesday}, "rate": 0}}')
    monkeypatch.setenv("HELIOGRAPH_CLOCK_FILE", str(tmp_path / "clock.json"))


@pytest.fixture
def off(tmp_path: Path) -> Path:
    path = tmp_path / "off.ics"
    path.write_bytes(calendar(SKIING.replace("2099", "2026")))
    return path


def test_an_export_has_the_shifts_that_show_has(typed: Typed) -> None:
    shown = typed("rota", "show", *WINDOW, "--region", "eu", "--json").json()
    assert typed("rota", "export", "--ics", *WINDOW, "--region", "eu", "-o", "eu.ics").out == "eu.ics: 6 events\n"
    made: Any = icalendar.Calendar.from_ical(Path("eu.ics").read_bytes())
    found = {
        (str(e["X-HELIOGRAPH-PERSON"]), str(e["X-HELIOGRAPH-ROLE"]), e.decoded("DTSTART").isoformat()[:19] + "Z")
        for e in made.walk("VEVENT")
    }
    assert found == {(s["person"], s["role"], s["start"]) for s in shown["shifts"]}


def test_an_export_of_ones_own_and_of_what_if(typed: Typed, tmp_path: Path) -> None:
    assert typed("rota", "export", *WINDOW, "--person", "capella", "-o", "c.ics").out == "c.ics: 2 events\n"
    (tmp_path / "if.yaml").write_text(
        "zone: Europe/Berlin\ntime_off:\n  - {person: capella, start: 2026-11-24, end: 2026-11-25}\n"
    )
    what_if = typed("rota", "export", *WINDOW, "--person", "capella", "--with", "if.yaml", "-o", "c.ics")
    assert what_if.out == "c.ics: 1 events\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--person", "nobody"), "nobody is not in"),
        (("--region", "mars"), "There is no region mars"),
        (("--region", "eu", "--person", "capella"), "one person's or one region's"),
    ],
)
def test_what_cannot_be_exported_is_said(typed: Typed, words: tuple[str, ...], said: str) -> None:
    answer = typed("rota", "export", *words)
    assert (answer.code, said in answer.err) == (2, True)


def test_a_dry_run_shows_what_would_be_and_makes_no_database(typed: Typed, off: Path, tmp_path: Path) -> None:
    answer = typed("rota", "import", "--ics", str(off), "--dry-run")
    assert answer.code == 0
    assert "+ Altair      Mon 30 Nov 2026  “Altair: skiing”" in answer.out
    assert "NOBODY would be on duty: Europe, primary: Mon 30 Nov 08:00–18:30 CET" in answer.out
    assert answer.out.endswith("Nothing was changed yet.\n")
    assert not (tmp_path / ".heliograph").exists()


def test_twice_is_once(typed: Typed, off: Path) -> None:
    assert typed("rota", "import", "--ics", str(off), "--yes").out.endswith("Done.\n")
    again = typed("rota", "import", "--ics", str(off), "--yes", "--json").json()
    assert [step["verb"] for step in again["steps"]] == ["same"]
    assert "off.ics: 1 there already.\nNothing to do.\n" in typed("rota", "import", "--ics", str(off), "--yes").out


def test_an_import_counts_in_what_oncall_and_export_say(typed: Typed, off: Path) -> None:
    typed("rota", "import", "--ics", str(off), "--yes")
    days = ("--from", "2026-11-30", "--to", "2026-12-01")
    assert typed("rota", "export", *days, "--person", "altair", "-o", "a.ics").out == "a.ics: 0 events\n"


def test_where_nobody_can_be_asked_nothing_is_done(typed: Typed, off: Path, tmp_path: Path) -> None:
    answer = typed("rota", "import", "--ics", str(off))
    assert (answer.code, "--dry-run to look, or --yes to do it" in answer.err) == (2, True)
    assert not (tmp_path / ".heliograph").exists()


def test_mistakes_are_said_line_by_line_and_nothing_is_done(typed: Typed, tmp_path: Path) -> None:
    bad = tmp_path / "bad.ics"
    bad.write_bytes(calendar("UID:1\nSUMMARY:Altair", SKIING.replace("2099", "2026"), "UID:2\nDTSTART:x"))
    answer = typed("rota", "import", "--ics", "bad.ics", "--yes")
    assert answer.code == 2
    assert "bad.ics:3: this event has no start (DTSTART)" in answer.out
    assert "bad.ics:12: its DTSTART cannot be read: x" in answer.out
    assert typed("rota", "import", "--ics", "bad.ics", "--yes", "--json").json()["problems"][0]["line"] == 3
    assert not (tmp_path / ".heliograph").exists()


def test_a_file_of_50_megabytes_is_not_read(typed: Typed, tmp_path: Path) -> None:
    with (tmp_path / "big.ics").open("wb") as big:
        big.truncate(50_000_000)
    answer = typed("rota", "import", "--ics", "big.ics", "--yes")
    assert (answer.code, "larger than 4,000,000 bytes" in answer.err) == (2, True)


@pytest.mark.parametrize(
    ("words", "said"),
    [(("--ics", "none.ics"), "cannot be read"), (("--ics", "off.ics", "--as", "lunch"), "--as time-off or --as over")],
)
def test_what_cannot_be_imported_is_said(typed: Typed, off: Path, words: tuple[str, ...], said: str) -> None:
    answer = typed("rota", "import", *words, "--yes")
    assert (answer.code, said in answer.err) == (2, True)
