"""`heliograph request …` as it is typed, on rows that the desk has written: for people, and the same for machines."""

import asyncio
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from bot.clock import ManualClock
from bot.config.file import Config
from bot.desk.lifecycle import Verb
from bot.desk.model import Wish
from bot.desk.service import Place
from bot.store.database import Database
from tests.services.office import TUESDAY, Office, built
from tests.unit.terminal.conftest import Typed, typed

__all__ = ["typed"]
OPAL, CAPELLA, ALTAIR = "U0OPAL", "U0CAPELLA", "U0ALTAIR"
AURORA, CIRRUS = "C0AURORA", "C0CIRRUS"
HOUR = timedelta(hours=1)


@pytest.fixture
def asked(typed: Typed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, config: Config) -> Callable[..., str]:
    """`asked("why", "R-1")` → what is printed, five hours after two requests of Aurora's and one of Cirrus's came."""
    url = f"sqlite:///{tmp_path}/desk.sqlite3"
    asyncio.run(_written(url, config))
    shown = (TUESDAY + 5 * HOUR).timestamp()
    (tmp_path / "clock.json").write_text(json.dumps({"real": shown, "shown": shown, "rate": 0.0}))
    monkeypatch.setenv("HELIOGRAPH_DATABASE_URL", url)
    monkeypatch.setenv("HELIOGRAPH_CLOCK_FILE", str(tmp_path / "clock.json"))

    def run(*words: str, code: int = 0) -> str:
        answer = typed("request", *words)
        assert answer.code == code, answer
        return answer.out if code == 0 else answer.err

    return run


async def _written(url: str, config: Config) -> None:
    db = Database.open(url)
    await db.migrate()
    office = built(db, ManualClock(TUESDAY), config)
    await _opened(office, AURORA, "sev2 loss went to NaN on rank 7")
    await _opened(office, AURORA, "sev3 NaN in the loss, a second time")
    await _opened(office, CIRRUS, "sev4 where is the dataset")
    office.clock.advance(HOUR / 2)
    await office.moves.move(office.actor(ALTAIR), 1, Verb.ASSIGN, "a1")
    await office.deadlines.promise(office.actor(ALTAIR), 1, TUESDAY + HOUR, "", "p1")
    office.clock.advance(HOUR / 4)
    wish = Wish(cause="a bad learning rate", fix="a longer warm-up", to_client="Restarted")
    await office.moves.move(office.actor(ALTAIR), 1, Verb.RESOLVE, "r1", wish=wish)
    await db.close()


async def _opened(office: Office, channel: str, text: str) -> None:
    await office.desk.open(office.actor(OPAL, channel), Place(channel), text, "", text)


def test_a_list_has_what_is_open_or_what_has_ended(asked: Callable[..., str]) -> None:
    """Two are open, of two clients; one is resolved, with what helped."""
    assert asked("list").startswith("Open requests: 2\n")
    assert "a longer warm-up" in asked("list", "--closed")
    assert "R-3" in asked("list", "client", "cirrus")
    assert "R-2" not in asked("list", "client", "cirrus")
    assert "There is no client “borelis”" in asked("list", "client", "borelis", code=2)
    found = json.loads(asked("list", "--json"))
    assert [line["id"] for line in found["requests"]] == [2, 3]


def test_one_is_shown_with_all_that_happened(asked: Callable[..., str]) -> None:
    """People are said by their names, in the timeline too."""
    shown = asked("show", "R-1")
    for part in ("rank 7", "resolved", "Altair", "a bad learning rate", "promised an update"):
        assert part in shown, part
    assert "<@" not in shown
    assert json.loads(asked("show", "1", "--json"))["line"]["owner"] == ALTAIR
    assert "There is no request R-9" in asked("show", "9", code=2)
    assert "There is no request R-999999999999" in asked("show", "999999999999", code=2)


def test_what_is_searched_and_what_is_similar(asked: Callable[..., str]) -> None:
    assert "R-1" in asked("search", "learning", "rate")
    assert asked("search", "optics").startswith("Requests with “optics”: 0")
    assert "a longer warm-up" in asked("similar", "R-2")
    assert "tell nothing apart" in asked("similar", "please", code=2)


def test_why_says_which_rule_chose_and_who_had_it_before(asked: Callable[..., str]) -> None:
    """What `/request why` says, with people's names."""
    why = asked("why", "R-1")
    assert why.startswith("Altair in Europe has R-1 since 2026-11-24 16:35 UTC, because:\n  1. ")
    assert "opened by U0OPAL: " in why
    assert "taken by Altair" in why
    assert "<@" not in why
    found = json.loads(asked("why", "1", "--json"))
    assert (found["view"]["owner"], found["team"]["changes"][0]["what"]) == (ALTAIR, "opened")
    assert "There is no request R-7" in asked("why", "7", code=2)


def test_the_report_has_the_figures_of_the_weekly_one(asked: Callable[..., str]) -> None:
    """Of all clients, or of one; times in JSON are seconds."""
    report = asked("report")
    assert "Requests of all clients, 2026-11-17 21:05 UTC to 2026-11-24 21:05 UTC: 3 opened" in report
    assert "first response: half within 30 min, 9 in 10 within 30 min (of 1)" in report
    assert "resolution:     half within 45 min, 9 in 10 within 45 min (of 1)" in report
    assert "R-2  Aurora  sev3  first response, was due 2026-11-24 20:05 UTC" in report
    assert "Updates promised: 1 kept, 0 broken" in report
    cirrus = json.loads(asked("report", "month", "--client", "cirrus", "--json"))
    assert (cirrus["client"], cirrus["lines"][0]["severity"], len(cirrus["lines"])) == ("Cirrus", "sev4", 1)
    aurora = json.loads(asked("report", "--client", "Aurora", "--json"))
    assert aurora["lines"][0]["resolution"] == {"many": 1, "half": 2700, "most": 2700}
    assert "There is no client “borelis”" in asked("report", "--client", "borelis", code=2)
    assert "There is no report of a “year”" in asked("report", "year", code=2)


def test_an_export_is_what_the_file_in_slack_is(asked: Callable[..., str]) -> None:
    rows = asked("export", "csv", "--client", "aurora").splitlines()
    assert len(rows) == 3
    assert rows[0].startswith("id,")
    assert [row["id"] for row in json.loads(asked("export", "--json"))] == [1, 2, 3]
