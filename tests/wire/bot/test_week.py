"""`/oncall week` at the wire: the words and the picture, once, where the team may see them; and when Slack fails."""

from io import BytesIO
from typing import Any

import aiohttp
import pytest
from PIL import Image

from sandbox.tour import words
from tests.wire.bot.live import Live

pytestmark = pytest.mark.wire
CAPELLA, MIRA, OPAL, EUROPE = "U0CAPELLA", "U0MIRA", "U0OPAL", "C0TRIAGEEU"


@pytest.fixture
async def asked(live: Live) -> Live:
    """Asked for the weeks in the channel of Europe."""
    await live.hands.command(CAPELLA, EUROPE, "/oncall", "week")
    return live


async def pictures(live: Live, who: str, channel: str) -> list[dict[str, Any]]:
    return [file for m in await live.hands.messages(who, channel) for file in m.get("files") or ()]


async def picture(live: Live, who: str, channel: str) -> dict[str, Any]:
    async def look() -> dict[str, Any] | None:
        found = await pictures(live, who, channel)
        return found[-1] if found else None

    seen: dict[str, Any] = await live.until(look, f"a picture for {who} in {channel}")
    return seen


async def settled(live: Live) -> None:
    """The outbox has nothing left to do with files."""
    from bot.outbox.tables import OutgoingMessage

    async def done() -> bool:
        files = [row for row in await live.rows(OutgoingMessage) if row.kind == "file"]
        return bool(files) and all(row.state == "done" for row in files)

    await live.until(done, "the outbox")


async def test_the_words_stand_above_the_picture_for_the_whole_team(asked: Live) -> None:
    """Gaps first, then who has each region, in the asker's own time; the file has the same in its alternative text."""
    message = await asked.sees(MIRA, EUROPE, "On call, 23 Nov – 6 Dec: no gaps")
    text = words(message)
    for part in (
        "Europe",
        "Mon 23 – Fri 27 Nov 08:00–18:30",
        "Capella",
        "second Altair",
        "Weekends in 2026",
        "Next for 28 Nov:",
    ):
        assert part in text
    assert message["text"].startswith("On call, 23 Nov – 6 Dec: no gaps.\n")
    assert "Mon 23 – Fri 27 Nov 08:00–18:30" in message["text"]
    file = await picture(asked, MIRA, EUROPE)
    assert file["mimetype"] == "image/png"
    assert file["alt_txt"].startswith("On call, 23 Nov – 6 Dec: no gaps.")


async def test_it_is_a_png_that_a_browser_shows(asked: Live) -> None:
    file = await picture(asked, MIRA, EUROPE)
    async with aiohttp.ClientSession() as http, http.get(file["url_private"]) as said:
        assert said.status == 200
        image = Image.open(BytesIO(await said.read()))
    assert image.format == "PNG"
    assert image.width == 1600


async def test_one_region_and_the_weeks_after(live: Live) -> None:
    await live.hands.command(CAPELLA, EUROPE, "/oncall", "week india next")
    message = await live.sees(MIRA, EUROPE, "On call in India, 7 Dec – 20 Dec")
    assert "Australia" not in words(message)


async def test_an_override_stands_in_the_words(live: Live) -> None:
    await live.hands.command(CAPELLA, EUROPE, "/oncall", "override <@U0MIRA> 30m")
    await live.sees(CAPELLA, EUROPE, "<@U0MIRA> is primary")
    await live.hands.command(CAPELLA, EUROPE, "/oncall", "week eu")
    message = await live.sees(MIRA, EUROPE, "On call in Europe")
    assert "Mira* (override, instead of Capella)" in words(message)


async def test_in_a_clients_channel_it_is_not_shown(live: Live) -> None:
    """Clients may know who is on now, and nothing of what is planned; an engineer who asks there is told where."""
    await live.hands.command(CAPELLA, "C0AURORA", "/oncall", "week")
    await live.sees(CAPELLA, "C0AURORA", "not shown in a client's channel")
    await live.hands.command(OPAL, "C0AURORA", "/oncall", "week")
    await live.sees(OPAL, "C0AURORA", "Only people with the role")
    assert await pictures(live, OPAL, "C0AURORA") == []


async def test_elsewhere_it_comes_as_a_direct_message(live: Live) -> None:
    await live.hands.command(CAPELLA, "C0GENERAL", "/oncall", "week")
    await live.sees(CAPELLA, "C0GENERAL", "in your direct messages")
    dm = await live.dm(CAPELLA)
    await live.sees(CAPELLA, dm, "On call, 23 Nov – 6 Dec")
    await picture(live, CAPELLA, dm)
    assert await pictures(live, MIRA, "C0GENERAL") == []


async def test_a_region_that_is_not_there(live: Live) -> None:
    await live.hands.command(CAPELLA, EUROPE, "/oncall", "week mars")
    await live.sees(CAPELLA, EUROPE, "There are: au, in, eu, us")


@pytest.mark.parametrize(
    ("method", "kind"),
    [
        ("files.getUploadURLExternal", "rate_limited"),
        ("files.getUploadURLExternal", "error_500"),
        ("files.getUploadURLExternal", "applied_then_timeout"),
        ("files.completeUploadExternal", "rate_limited"),
        ("files.completeUploadExternal", "error_500"),
        ("files.completeUploadExternal", "applied_then_timeout"),
    ],
)
async def test_one_visible_picture_whatever_slack_answers(live: Live, method: str, kind: str) -> None:
    """Limited, failed, or done with the answer lost: the words stand, and the picture is seen once."""
    more = {"retry_after": 1} if kind == "rate_limited" else {"delay": 0.1}
    await live.hands.fault(method, kind, 1, **more)
    await live.hands.command(CAPELLA, EUROPE, "/oncall", "week")
    await live.sees(MIRA, EUROPE, "On call, 23 Nov – 6 Dec")
    await picture(live, MIRA, EUROPE)
    await settled(live)
    assert len(await pictures(live, MIRA, EUROPE)) == 1
    assert await live.count(MIRA, EUROPE, "Weekends in 2026") == 1


async def test_a_command_that_comes_twice_is_one_answer(live: Live) -> None:
    await live.hands.fault("slash_commands", "deliver_twice", 1)
    await live.hands.command(CAPELLA, EUROPE, "/oncall", "week")
    await picture(live, MIRA, EUROPE)
    await settled(live)
    assert len(await pictures(live, MIRA, EUROPE)) == 1
    assert await live.count(MIRA, EUROPE, "Weekends in 2026") == 1


async def test_a_stopped_bot_shows_it_when_it_is_back(asked: Live) -> None:
    """What was asked is in the inbox, what is to be sent in the outbox: a restart loses neither."""
    await asked.stop()
    await asked.start()
    await picture(asked, MIRA, EUROPE)
    await settled(asked)
    assert len(await pictures(asked, MIRA, EUROPE)) == 1
