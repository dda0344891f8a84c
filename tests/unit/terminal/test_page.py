"""`heliograph page list`, `show` and `report`: people read names and times, machines get the same as JSON."""

import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

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
    assert "Sol raised: Sol asked" in story
    assert "paged Capella: as primary on duty (Mira is away)" in story
    assert "Capella passed it on: to Altair" in story


def test_a_list_that_is_cut_says_of_how_many(typed: Typed, database: None, tmp_path: Path) -> None:
    """As in Slack: people and machines read the total, not the length of what is shown."""
    with sqlite3.connect(tmp_path / "bot.sqlite3") as db:
        columns = [row[1] for row in db.execute("PRAGMA table_info(page)") if row[1] not in ("id", "source")]
        others = ", ".join(columns)
        for number in range(2, 26):
            db.execute(
                f"INSERT INTO page (id, source, {others}) SELECT ?, ?, {others} FROM page WHERE id = 1",
                (number, str(number)),
            )
    assert "Pages that are not over: 25, the newest 20 of them\n" in typed("page", "list").out
    listed = typed("page", "list", "--json").json()
    assert (len(listed["lines"]), listed["total"]) == (20, 25)


def test_machines_get_the_same(typed: Typed, database: None) -> None:
    [line] = typed("page", "list", "--json").json()["lines"]
    assert (line["id"], line["state"], line["raised_at"]) == (1, "open", "2026-11-24T12:00:00Z")
    story = typed("page", "show", "1", "--json").json()
    assert [entry["what"] for entry in story["entries"]] == ["raised", "paged", "passed it on"]
    assert typed("page", "list", "--closed", "--json").json()["lines"] == []


def test_the_report_says_when_people_were_called(typed: Typed, database: None, tmp_path: Path) -> None:
    """By their own clocks: 12:00 UTC is 13:00 in Berlin."""
    noon = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0) - timedelta(days=1)
    with sqlite3.connect(tmp_path / "bot.sqlite3") as db:
        db.execute("UPDATE page SET created_at = ?", (f"{noon:%Y-%m-%d %H:%M:%S}",))
        db.execute("UPDATE page_contact SET at = ?", (f"{noon:%Y-%m-%d %H:%M:%S}",))
    hour = noon.astimezone(ZoneInfo("Europe/Berlin")).hour
    told = typed("page", "report", "week").out
    assert f"{hour}:00  1" in told
    assert "Europe: 1 page, 1 call, 0 at night" in told
    assert "Capella: 1 call" in told
    found = typed("page", "report", "--json").json()
    assert (found["pages"], found["unanswered"], found["load"]["hours"][hour]) == (1, 1, 1)
    assert (found["people"][0]["person"], found["answer"]["half"]) == ("capella", None)


def test_a_report_of_nothing_says_so_and_one_of_no_period_is_refused(typed: Typed, database: None) -> None:
    with sqlite3.connect("bot.sqlite3") as db:
        db.execute("UPDATE page SET created_at = '2020-01-01 00:00:00'")
    assert typed("page", "report").out.rstrip().endswith(": none")
    assert typed("page", "report", "nodes").err.startswith("“nodes” is no number of days.")
    assert typed("page", "report", "0").code == 2


def test_heartbeats_are_listed_the_silent_ones_first(typed: Typed, database: None, tmp_path: Path) -> None:
    """Without the secrets of the bot's own environment, and without showing any."""
    file = tmp_path / "heliograph.yaml"
    beats = ["{id: nightly, name: Nightly, every_minutes: 60, secret: '${NOT_SET}'}"]
    beats += ["{id: backup, name: Backup, every_minutes: 5, region: eu, secret: 0123456789abcdef}"]
    file.write_text(file.read_text().replace("heartbeats: []", f"heartbeats: [{', '.join(beats)}]"))
    with sqlite3.connect(tmp_path / "bot.sqlite3") as db:
        db.execute(
            "INSERT INTO heartbeat (id, watched_at, heard_at, silent, episode, page) "
            "VALUES ('backup', '2026-11-24 10:00:00', '2026-11-24 12:00:00', 1, 1, 1)"
        )
    silent, unwatched = typed("heartbeats", "list", "--json").json()["heartbeats"]
    assert (silent["id"], silent["silent"], silent["before"], silent["page"]) == (
        "backup",
        True,
        "2026-11-24T12:06:00Z",
        1,
    )
    assert (unwatched["id"], unwatched["silent"], unwatched["heard_at"], unwatched["before"]) == (
        "nightly",
        False,
        None,
        None,
    )
    told = typed("heartbeats", "list").out
    assert told.startswith("Heartbeats: 2, 1 silent")
    assert "backup  SILENT  P-1  eu" in told
    assert "heard last 2026-11-24 12:00 UTC, silent since 2026-11-24 12:06 UTC" in told
    assert "0123456789abcdef" not in told


def test_what_is_no_page_is_a_sentence(typed: Typed, database: None) -> None:
    assert typed("page", "show", "P-9").err.startswith("There is no page P-9.")
    assert typed("page", "show", "twelve").err.startswith("“twelve” is no page.")
    assert typed("page", "show", "twelve").code == 2


def test_without_a_database_nothing_is_made(typed: Typed, tmp_path: Path) -> None:
    assert "There is no database yet" in typed("page", "list").err
    assert not list(tmp_path.glob("*.sqlite3"))


def test_a_test_of_contact_methods_is_written_for_the_bot_to_send(typed: Typed, database: None) -> None:
    """Where no bot runs, that is said; a second one is too soon; who is nobody is told so."""
    told = typed("page", "test", "capella", "--wait", "0").out
    assert "capella/sms" in told
    assert "nothing has been sent, so is the bot running?" in told
    assert "a moment ago" in typed("page", "test", "capella", "--wait", "0").err
    [outcome] = typed("page", "test", "altair", "--wait", "0", "--json").json()["outcomes"]
    assert (outcome["ref"], outcome["state"], outcome["after"]) == ("altair/sms", "trying", 0)
    assert "There is nobody called nobody" in typed("page", "test", "nobody").err
