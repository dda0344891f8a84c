"""A calendar as its reader sees it: the link from Slack, the file over HTTP, and the end of a link."""

import re
from typing import Any

import aiohttp
import icalendar
import pytest

from bot.outbox.tables import OutgoingMessage
from sandbox.tour import words
from tests.wire.bot.live import Live

pytestmark = pytest.mark.wire
CAPELLA, EUROPE = "U0CAPELLA", "C0TRIAGEEU"
WRONG = "a" * 48


async def links(live: Live, typed: str = "calendar", who: str = CAPELLA) -> list[str]:
    await live.hands.command(who, EUROPE, "/oncall", typed)
    return found(words(await live.sees(who, EUROPE, "Your calendar links")))


def found(text: str) -> list[str]:
    return re.findall(r"http://127\.0\.0\.1:\d+/calendar/[\w-]{48}\.ics", text)


async def get(url: str, **headers: str) -> tuple[int, Any, bytes]:
    async with aiohttp.ClientSession() as http, http.get(url, headers=headers) as answer:
        return answer.status, answer.headers, await answer.read()


def summaries(body: bytes) -> dict[str, str]:
    """UID → what stands in the calendar."""
    calendar: Any = icalendar.Calendar.from_ical(body)
    return {str(e["UID"]): str(e["SUMMARY"]) for e in calendar.walk("VEVENT")}


async def test_one_asks_for_the_links_and_subscribes(live: Live) -> None:
    mine, region, everybody = await links(live)
    status, headers, body = await get(mine)
    assert (status, headers["Content-Type"]) == (200, "text/calendar; charset=utf-8")
    assert headers["Cache-Control"] == "private, max-age=300"
    assert set(summaries(body).values()) >= {"On duty: Europe (primary)"}
    assert "Capella (primary)" in summaries((await get(region))[2]).values()
    assert "United States: Rigel (primary)" in summaries((await get(everybody))[2]).values()
    assert "Europe leads" in summaries((await get(everybody + "?leads=1"))[2]).values()


async def test_the_links_are_for_the_asker_alone_and_another_region_can_be_asked_for(live: Live) -> None:
    _, region, _ = await links(live, "calendar us")
    assert b"X-WR-CALNAME:On duty: United States" in (await get(region))[2]
    assert await live.count("U0MIRA", EUROPE, "/calendar/") == 0


async def test_ones_shifts_come_with_the_link(live: Live) -> None:
    await live.hands.command(CAPELLA, EUROPE, "/oncall", "me")
    (mine,) = set(found(words(await live.sees(CAPELLA, EUROPE, "Your shifts in the next"))))
    assert b"X-WR-CALNAME:On duty: Capella" in (await get(mine))[2]


async def test_what_a_client_has_already_is_not_sent_again(live: Live) -> None:
    (mine, *_) = await links(live)
    _, headers, body = await get(mine)
    status, again, empty = await get(mine, **{"If-None-Match": headers["ETag"]})
    assert (status, again["ETag"], empty) == (304, headers["ETag"], b"")
    assert (await get(mine, **{"If-None-Match": f'"other", W/{headers["ETag"]}'}))[0] == 304
    assert (await get(mine, **{"If-None-Match": '"other"'}))[2] == body
    async with aiohttp.ClientSession() as http, http.head(mine) as answer:
        assert (answer.status, answer.headers["Content-Length"]) == (200, str(len(body)))


async def test_an_override_in_slack_is_the_same_event_changed(live: Live) -> None:
    _, region, _ = await links(live)
    before = (await get(region))[2]
    await live.hands.command(CAPELLA, EUROPE, "/oncall", "override <@U0MIRA> 10m")
    await live.sees(CAPELLA, EUROPE, "<@U0MIRA> is primary")
    after = (await get(region))[2]
    assert set(summaries(before)) < set(summaries(after))
    assert b"SEQUENCE:1" in after


async def test_a_rolled_link_opens_nothing_at_once(live: Live) -> None:
    old = await links(live)
    message = await live.sees(CAPELLA, EUROPE, "Your calendar links")
    await live.hands.click(CAPELLA, EUROPE, message["ts"], "calendar.roll")
    new = found(words(await live.sees(CAPELLA, EUROPE, "These links are new")))
    assert not set(old) & set(new)
    assert [(await get(url))[0] for url in (*old, *new)] == [404, 404, 404, 200, 200, 200]


async def test_every_wrong_link_is_answered_alike_and_is_told_nothing(live: Live) -> None:
    (mine, *_) = await links(live)
    forged = re.sub(r".\.ics$", "!.ics", mine)
    answers = [await get(url) for url in (forged, f"{live.url}/calendar/{WRONG}.ics", f"{live.url}/calendar/x.ics")]
    assert {(status, body) for status, _, body in answers} == {(404, b"404: Not Found")}
    assert all("ETag" not in headers for _, headers, _ in answers)


async def test_strangers_get_no_link(live: Live) -> None:
    await live.hands.command("U0OPAL", "C0AURORA", "/oncall", "calendar")
    await live.sees("U0OPAL", "C0AURORA", "you are not in it")


async def test_the_secret_is_in_no_log_and_not_kept_in_the_outbox(
    live: Live, capfd: pytest.CaptureFixture[str]
) -> None:
    secrets = [url[-36:-4] for url in await links(live)]
    for url in (f"{live.url}/calendar/{'x' * 16}{secrets[0]}.ics", f"{live.url}/calendar/{secrets[0]}.ics"):
        assert (await get(url))[0] == 404

    async def sent() -> bool:
        return all(row.state == "done" for row in await live.rows(OutgoingMessage))

    await live.until(sent, "the outbox")
    kept = str([row.model_dump() for row in await live.rows(OutgoingMessage)])
    said = capfd.readouterr()
    assert not any(secret in kept + said.out + said.err for secret in secrets)
