"""`heliograph oncall --at`, `rota why`, `rota replay`: why it was this person, and whom a page would have reached."""

import itertools
import sqlite3
from pathlib import Path

import pytest

from bot.cli_rota import replay, sources
from bot.cli_rota.window import Window
from bot.cli_shared import instant
from tests.unit.config.rosters import changed
from tests.unit.terminal.conftest import Typed

NIGHT = "2026-11-24T20:00Z"
WITH = """
overrides:
  - {region: us, role: primary, kind: replace, person: polaris, instead_of: rigel,
     start: 2026-11-24T19:00Z, end: 2026-11-24T23:00Z, made_at: 2026-11-20T10:00Z}
"""


@pytest.fixture
def what_if(tmp_path: Path) -> Path:
    path = tmp_path / "if.yaml"
    path.write_text(WITH)
    return path


def test_who_is_on_call_at_an_instant(typed: Typed) -> None:
    found = typed("oncall", "--at", NIGHT, "--json").json()
    assert (found["at"], found["lead"]["person"], found["boundary"]) == (
        "2026-11-24T20:00:00Z",
        "rigel",
        "2026-11-24T21:30:00Z",
    )
    assert found["sources"] == ["heliograph.yaml"], "no database was made by the question"
    assert not (Path.cwd() / ".heliograph").exists()


def test_who_would_be_on_call_with_exceptions(typed: Typed, what_if: Path) -> None:
    found = typed("oncall", "--at", NIGHT, "--with", "if.yaml")
    assert found.out.startswith("United States leads: Polaris is on duty until 2026-11-24 23:00 UTC.")
    assert found.out.endswith("From heliograph.yaml and if.yaml (1 override).\n")


def test_why_says_the_chain_of_the_leading_region(typed: Typed, what_if: Path) -> None:
    found = typed("rota", "why", "--at", NIGHT, "--role", "primary", "--with", "if.yaml")
    assert found.out.startswith("United States primary at 2026-11-24 20:00 UTC (Tue 24 Nov 12:00 PST): Polaris\n")
    steps = [line[4:] for line in found.out.splitlines() if line[:2].strip().isdigit()]
    assert steps[1:3] == [
        "Turn 47 of the rotation us-primary is rigel's.",
        "An override puts polaris in the place of rigel.",
    ]


def test_why_for_machines(typed: Typed) -> None:
    found = typed("rota", "why", "--at", NIGHT, "--region", "eu", "--role", "secondary", "--json").json()
    assert set(found) == {"sources", "at", "region", "role", "people", "steps"}
    assert (found["region"], found["role"], found["people"]) == ("eu", "secondary", [])
    assert {frozenset(step) for step in found["steps"]} == {frozenset({"kind", "text", "person"})}


REFUSED = {
    "an unknown role": (("--at", NIGHT, "--role", "prim"), "There is no role prim. Did you mean primary?"),
    "an unknown region": (("--at", NIGHT, "--region", "mars"), "There is no region mars in heliograph.yaml."),
    "no zone": (("--at", "2026-11-24T20:00"), "has no zone."),
    "no database": (("--at", NIGHT, "--database"), "There is no database yet."),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_cannot_be_explained_is_refused(typed: Typed, kind: str) -> None:
    words, said = REFUSED[kind]
    found = typed("rota", "why", *words)
    assert (found.code, found.out) == (2, "")
    assert said in found.err


def test_the_database_counts_when_it_is_asked_for(
    typed: Typed, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """An override that the bot keeps: in the answer with `--database`, and not without."""
    monkeypatch.setenv("HELIOGRAPH_DATABASE_URL", f"sqlite:///{tmp_path}/bot.sqlite3")
    assert typed("migrate").code == 0
    columns = "source, region, role, kind, person, instead_of, start, end, made_at, made_by"
    row = ("s", "us", "primary", "replace", "polaris", "rigel", *["2026-11-24 19:00:00", "2026-11-24 23:00:00"])
    with sqlite3.connect(tmp_path / "bot.sqlite3") as db:
        db.execute(
            f'INSERT INTO "override" ({columns}) VALUES ({", ".join("?" * 10)})',
            (*row, "2026-11-24 18:00:00", "U0SOL"),
        )
    stored = typed("rota", "why", "--at", NIGHT, "--database", "--json").json()
    assert (stored["people"], stored["sources"]) == (["polaris"], ["heliograph.yaml", "the database"])
    assert typed("rota", "why", "--at", NIGHT, "--json").json()["people"] == ["rigel"]
    assert typed("oncall", "--at", NIGHT, "--json").json()["sources"] == ["heliograph.yaml", "the database"]


PAGES = "2026-11-24T03:12Z au loss is NaN\n\n2026-11-28T17:05Z us   # a weekend\n2026-11-24T05:00Z\n"


def test_replay_climbs_the_policy_with_the_clock_going_on(typed: Typed, tmp_path: Path) -> None:
    """Each step at the time at which it would have been taken, in the local time of who would have been paged."""
    (tmp_path / "pages").write_text(PAGES)
    found = typed("rota", "replay", "--pages", "pages", "--json").json()
    assert [page["region"] for page in found["pages"]] == ["au", "in", "us"]
    first = found["pages"][0]
    assert (first["title"], [c["person"] for c in first["contacts"]]) == (
        "loss is NaN",
        ["achernar", "antares", "sirius", "sol"],
    )
    assert [c["at"][11:16] for c in first["contacts"]] == ["03:12", "03:17", "03:22", "04:12"]
    assert [c["local"] for c in first["contacts"]] == [
        "Tue 14:12 AEDT",
        "Tue 14:17 AEDT",
        "Tue 14:22 AEDT",
        "Tue 05:12 CET",
    ]
    assert [c["daytime"] for c in first["contacts"]] == [True, True, True, False]
    assert found["first"] == {"achernar": 1, "atria": 1, "vega": 1}


def test_an_empty_step_is_passed_over_at_once(typed: Typed, tmp_path: Path) -> None:
    (tmp_path / "pages").write_text("2026-11-28T17:05Z us\n")
    contacts = typed("rota", "replay", "--pages", "pages", "--json").json()["pages"][0]["contacts"]
    assert [(c["person"], c["at"][11:16]) for c in contacts] == [("vega", "17:05"), ("sol", "17:20")]


def test_another_version_of_the_roster_pages_somebody_else(typed: Typed, tmp_path: Path) -> None:
    (tmp_path / "pages").write_text("2026-11-24T12:00Z eu\n")
    (tmp_path / "new.yaml").write_text(changed("people: [mira, capella, altair]", "people: [capella, mira, altair]"))
    words = ("rota", "replay", "--pages", "pages", "--json")
    assert typed(*words).json()["first"] == {"capella": 1}
    assert typed(*words, "--config", "new.yaml").json()["first"] == {"mira": 1}


def test_without_pages_one_in_each_stretch_in_which_nothing_changes(typed: Typed) -> None:
    """Between two of them a page would have gone the same way: asked in the middle, the answer is the same."""
    source = sources.read(Path("heliograph.yaml"))
    window = Window(instant("2026-11-27"), instant("2026-11-30"))
    alerts = replay.at_every_change(source.rota, window)
    assert alerts[0].at == window.start
    middles = [replay.Alert(one.at + (other.at - one.at) / 2) for one, other in itertools.pairwise(alerts)]

    def first(found: list[replay.Alert]) -> list[tuple[str | None, str]]:
        return [(p.region, p.contacts[0].person) for p in replay.replay(source, window, found).pages]

    assert first(alerts[:-1]) == first(middles)


def test_people_read_chains_that_fit_120_columns(typed: Typed) -> None:
    found = typed("rota", "replay", "--from", "2026-11-27", "--to", "2026-11-30").out
    assert "Fri 27 Nov 07:30 UTC  Europe         Capella 08:30 CET → +5 min Altair 08:35 CET" in found
    assert "First asked at night: none." in found
    assert max(map(len, found.splitlines())) <= 120


def test_every_line_that_is_no_page_is_said(typed: Typed, tmp_path: Path) -> None:
    (tmp_path / "pages").write_text("2026-11-24T03:12 au\nyesterday\n2026-11-24T03:12Z mars\n")
    found = typed("rota", "replay", "--pages", "pages")
    assert found.code == 2
    assert [line[:8] for line in found.err.splitlines()] == ["pages:1:", "pages:2:", "pages:3:"]
    assert typed("rota", "replay", "--pages", "none").code == 2


def test_pages_that_the_bot_raised_beside_whom_they_reached(
    typed: Typed, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HELIOGRAPH_DATABASE_URL", f"sqlite:///{tmp_path}/bot.sqlite3")
    assert typed("migrate").code == 0
    with sqlite3.connect(tmp_path / "bot.sqlite3") as db:
        for number, at in ((1, "2026-11-24 12:00:00"), (2, "2026-11-20 12:00:00")):
            db.execute(
                "INSERT INTO page (id, source, title, body, because, region, raised_by, state, round, step, contacts, "
                "created_at, answered_by) VALUES (?, ?, 'loss is NaN', '', '', 'eu', 'U0SOL', 'open', 0, 0, 1, ?, '')",
                (number, str(number), at),
            )
            db.execute(
                "INSERT INTO page_contact (page, person, because, skipped, at) VALUES (?, 'mira', '', '', ?)",
                (number, at),
            )
    words = ("rota", "replay", "--raised", "--from", "2026-11-24", "--to", "2026-11-25")
    [page] = typed(*words, "--json").json()["pages"]
    assert (page["region"], page["title"], page["really"]) == ("eu", "loss is NaN", ["mira"])
    assert page["contacts"][0]["person"] == "capella"
    assert "                      really: Mira\n" in typed(*words).out
    assert typed(*words, "--pages", "pages").code == 2
