"""Heartbeats at the wire: a silence pages once, a return ends it, a restart changes nothing, a secret guards it."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.alerts.tables import HeartbeatRow
from bot.paging.tables import Page
from bot.web.guesses import PER_MINUTE
from sandbox.tour import words
from tests.wire.bot.live import EXAMPLE, Live

pytestmark = pytest.mark.wire
CAPELLA, SECRET = "U0CAPELLA", "s3cret-of-the-backup"
BEAT = f"heartbeats: [{{id: backup, name: Nightly backup, every_minutes: 10, grace_minutes: 2, secret: {SECRET}}}]"


@pytest.fixture
async def live(tmp_path: Path) -> AsyncIterator[Live]:
    """A bot whose roster file has one heartbeat."""
    roster = tmp_path / "heliograph.yaml"
    roster.write_text(EXAMPLE.read_text().replace("heartbeats: []", BEAT))
    async with Live(tmp_path / "world", roster=roster) as live:
        yield live


async def call(live: Live, secret: str = SECRET, id: str = "backup", method: str = "POST") -> tuple[int, Any]:
    url = f"{live.url}/hooks/heartbeat/{id}/{secret}"
    async with aiohttp.ClientSession() as http, http.request(method, url) as answer:
        return answer.status, await answer.json() if answer.content_type == "application/json" else None


async def watched(live: Live) -> HeartbeatRow:
    async def look() -> Any:
        return await live.rows(HeartbeatRow)

    return (await live.until(look, "a heartbeat that is watched"))[0]  # type: ignore[no-any-return]


async def pages(live: Live) -> list[Page]:
    return list(await live.rows(Page))


async def paged(live: Live, number: int = 1) -> Page:
    async def look() -> Page | None:
        found = await pages(live)
        return found[number - 1] if len(found) >= number else None

    return await live.until(look, f"page {number}")  # type: ignore[no-any-return]


async def looked(live: Live) -> None:
    """The next ring after now has looked."""
    await live.parts.services.heartbeats.tick()


async def test_a_silence_pages_once_and_the_return_says_for_how_long(live: Live) -> None:
    await watched(live)
    assert (await call(live))[0] == 200
    live.advance(minutes=11, seconds=59)
    await looked(live)
    assert await pages(live) == []
    live.advance(seconds=1)
    page = await paged(live)
    assert page.title == "No heartbeat from Nightly backup for 12 min"
    dm = await live.dm(CAPELLA)
    await live.sees(CAPELLA, dm, "Nightly backup")
    live.advance(minutes=1)
    await looked(live)
    assert len(await pages(live)) == 1
    assert (await call(live))[0] == 200
    await live.sees(CAPELLA, dm, "it was away for 13 min")
    (page,) = await pages(live)
    assert (page.state, page.due_at) == ("resolved", None)
    live.advance(minutes=12)
    assert (await paged(live, 2)).state == "open", "a new silence is a new page"


async def test_what_has_never_called_is_not_healthy(live: Live) -> None:
    await watched(live)
    live.advance(minutes=12)
    assert (await paged(live)).title == "Nightly backup has never sent a heartbeat"
    await call(live)
    assert [page.state for page in await pages(live)] == ["resolved"]


async def test_a_restart_neither_forgets_nor_repeats(live: Live) -> None:
    await watched(live)
    await call(live)
    live.advance(minutes=12)
    await paged(live)
    await live.stop()
    await live.start()
    await looked(live)
    assert len(await pages(live)) == 1
    await call(live)
    assert [page.state for page in await pages(live)] == ["resolved"]
    live.advance(minutes=11)
    await looked(live)
    await live.stop()
    await live.start()
    live.advance(minutes=1)
    assert (await paged(live, 2)).state == "open", "a short restart gives no respite"


async def test_what_could_not_be_heard_is_nobodys_silence(live: Live) -> None:
    """Heliograph was away for an hour: the interval begins anew, and still ends."""
    await watched(live)
    await call(live)
    await live.stop()
    live.advance(hours=1)
    await live.start()
    await looked(live)
    assert await pages(live) == []
    live.advance(minutes=12)
    await paged(live)


async def test_the_clock_set_back_keeps_no_dead_thing_alive(live: Live) -> None:
    """What was heard an hour "in the future" counts as heard now: its silence is found an interval later."""
    await watched(live)
    await call(live)
    live.advance(hours=-1)
    await looked(live)
    live.advance(minutes=11, seconds=59)
    await looked(live)
    assert await pages(live) == []
    live.advance(seconds=1)
    assert (await paged(live)).title == "No heartbeat from Nightly backup for 12 min"


async def test_what_leaves_the_roster_file_ends_its_page_and_comes_back_as_new(live: Live) -> None:
    """Its people read why; listed again it has its interval before it, and its next silence pages again."""
    await watched(live)
    live.advance(minutes=12)
    await paged(live)
    dm = await live.dm(CAPELLA)
    text = live.roster.read_text()
    await edited(live, text.replace(BEAT, "heartbeats: []"))
    await live.sees(CAPELLA, dm, "it was taken out of the roster file")
    (page,) = await pages(live)
    assert (page.state, page.due_at, page.answered_by) == ("resolved", None, "")
    assert await live.rows(HeartbeatRow) == []
    await live.hands.command(CAPELLA, "C0TRIAGEEU", "/page", "show P-1")
    await live.sees(CAPELLA, "C0TRIAGEEU", "over by itself: The heartbeat backup is watched no more")
    await edited(live, text)
    await watched(live)
    live.advance(minutes=11)
    await looked(live)
    assert len(await pages(live)) == 1
    live.advance(minutes=1)
    assert (await paged(live, 2)).state == "open"


async def test_a_return_is_no_answer_of_who_had_acknowledged_the_silence(live: Live) -> None:
    """They read that it is over by itself, not that they resolved it; so does the story, and so does the list."""
    await watched(live)
    live.advance(minutes=12)
    await paged(live)
    dm = await live.dm(CAPELLA)
    message = await live.sees(CAPELLA, dm, "Nightly backup")
    await live.hands.click(CAPELLA, dm, message["ts"], "page.acknowledge")
    await live.sees(CAPELLA, dm, "You have acknowledged")
    await call(live)
    done = words(await live.sees(CAPELLA, dm, "it was away for 12 min"))
    assert "Over by itself" in done
    assert "you had acknowledged it" in done
    assert "resolved" not in done
    await live.hands.command(CAPELLA, "C0TRIAGEEU", "/page", "list closed")
    listed = words(await live.sees(CAPELLA, "C0TRIAGEEU", "over by itself"))
    assert "resolved by" not in listed


async def test_who_resolved_the_page_of_a_silence_has_given_it_one_more_interval(live: Live) -> None:
    """A slip of the finger, or a repair that was none, silences nothing for ever."""
    await watched(live)
    live.advance(minutes=12)
    await paged(live)
    dm = await live.dm(CAPELLA)
    message = await live.sees(CAPELLA, dm, "Nightly backup")
    await live.hands.click(CAPELLA, dm, message["ts"], "page.resolve")
    await live.sees(CAPELLA, dm, "You have resolved")
    live.advance(minutes=11, seconds=59)
    await looked(live)
    assert len(await pages(live)) == 1
    live.advance(seconds=1)
    assert (await paged(live, 2)).state == "open"
    await looked(live)
    assert len(await pages(live)) == 2
    await call(live)
    assert [page.state for page in await pages(live)] == ["resolved", "resolved"]


async def test_the_team_sees_how_each_stands(live: Live) -> None:
    await watched(live)
    await live.hands.command(CAPELLA, "C0TRIAGEEU", "/page", "heartbeats")
    assert "has to call before" in words(await live.sees(CAPELLA, "C0TRIAGEEU", "Nightly backup"))
    live.advance(minutes=12)
    await paged(live)
    await live.hands.command(CAPELLA, "C0TRIAGEEU", "/page", "heartbeats")
    shown = words(await live.sees(CAPELLA, "C0TRIAGEEU", "silent since"))
    assert "1 silent" in shown
    assert "P-1" in shown
    assert SECRET not in shown
    await live.hands.command("U0OPAL", "C0AURORA", "/page", "heartbeats")
    await live.sees("U0OPAL", "C0AURORA", "Only people with the role")


async def edited(live: Live, text: str) -> None:
    """The roster file is another one, and in force."""
    live.roster.write_text(text)
    beats = "heartbeats: []" not in text

    async def look() -> bool:
        return bool(live.parts.file.heartbeats()) == beats

    await live.until(look, "the edit of the file")
    await looked(live)


async def test_a_wrong_secret_a_wrong_id_and_a_preview_keep_nothing_alive(
    live: Live, capfd: pytest.CaptureFixture[str]
) -> None:
    await watched(live)
    for secret, id in (("x" * 20, "backup"), (SECRET, "other"), ("ü", "backup")):
        status, answer = await call(live, secret, id)
        assert status == 404
        assert answer["reference"] in capfd.readouterr().out
    assert (await call(live, method="GET"))[0] == 405
    assert (await call(live, method="HEAD"))[0] == 405
    assert (await watched(live)).heard_at is None
    statuses = [(await call(live, "x" * 20))[0] for _ in range(PER_MINUTE)]
    assert statuses[-1] == 429
    assert (await call(live))[0] == 200
    said = capfd.readouterr()
    assert SECRET not in said.out + said.err
