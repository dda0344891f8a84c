"""`heliograph page list` and `show`: people read names and times, machines get the same as JSON."""

import sqlite3
from pathlib import Path

import pytest

from tests.unit.terminal.conftest import Typed


@pytest.fixture
def database(typed: Typed, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """One page, which Capella was paged for and passed on."""
    monkeypatch.setenv("HELIOGRAPH_DATABASE_URL", f"sqlite:///{tmp_path}/bot.sqlite3")
    assert typed("migrate").code == 0
    with sqlite3.connect(tmp_path / "bot.sqlite3") as db:
        db.execute(
            "INSERT INTO page (id, source, title, body, because, region, raised_by, state, round, step, contacts, "
            "created_at, due_at, answered_by) VALUES (1, '1', 'loss is NaN', 'loss is NaN', '<@U0SOL> asked', 'eu', "
            "'U0SOL', 'open', 0, 1, 1, '2026-11-24 12:00:00', '2026-11-24 12:05:00', '')"
        )
        db.execute(
            "INSERT INTO page_contact (page, person, because, skipped, at) "
            "VALUES (1, 'capella', 'primary on duty', 'Mira is away', '2026-11-24 12:00:00')"
        )
        db.execute(
            "INSERT INTO page_event (page, at, by, what, detail) "
            "VALUES (1, '2026-11-24 12:01:00', 'U0CAPELLA', 'not_me', 'to <@U0ALTAIR>')"
        )


def test_people_read_names(typed: Typed, database: None) -> None:
    listed = typed("page", "list").out
    assert "P-1  open  eu  1 paged" in listed
    assert "the next one is paged" in listed
    story = typed("page", "show", "P-1").out
    assert "raised Sol: Sol asked" in story
    assert "paged Capella: as primary on duty (Mira is away)" in story
    assert "passed on Capella: to Altair" in story


def test_machines_get_the_same(typed: Typed, database: None) -> None:
    [line] = typed("page", "list", "--json").json()["lines"]
    assert (line["id"], line["state"], line["raised_at"]) == (1, "open", "2026-11-24T12:00:00Z")
    story = typed("page", "show", "1", "--json").json()
    assert [entry["what"] for entry in story["entries"]] == ["raised", "paged", "passed on"]
    assert typed("page", "list", "--closed", "--json").json()["lines"] == []


def test_what_is_no_page_is_a_sentence(typed: Typed, database: None) -> None:
    assert typed("page", "show", "P-9").err.startswith("There is no page P-9.")
    assert typed("page", "show", "twelve").err.startswith("“twelve” is no page.")
    assert typed("page", "show", "twelve").code == 2


def test_without_a_database_nothing_is_made(typed: Typed, tmp_path: Path) -> None:
    assert "There is no database yet" in typed("page", "list").err
    assert not list(tmp_path.glob("*.sqlite3"))
