"""A page answered from a phone: the link that an SMS brings, what a preview may do, and what opens nothing."""

import re
from typing import Any

import aiohttp
import pytest

from bot.links.tables import AnswerLink
from bot.outbox.tables import OutgoingMessage
from bot.paging.tables import Page
from bot.web.guesses import PER_MINUTE
from tests.wire.bot.live import Live

pytestmark = pytest.mark.wire
CAPELLA, RIGEL, EUROPE = "U0CAPELLA", "U0RIGEL", "C0TRIAGEEU"


async def rings(live: Live, person: str, number: int = 1) -> str:
    """The link in the `number`-th message on the person's phone."""

    async def look() -> str | None:
        bodies = [a.body for a in live.world.phone.arrived if a.person == person]
        links = [link for body in bodies for link in re.findall(r"http://127\.0\.0\.1:\d+/p/[\w-]+", body)]
        return links[number - 1] if len(links) >= number else None

    return str(await live.until(look, f"a link on {person}'s phone"))


async def paged(live: Live) -> str:
    """Capella is paged in Europe. → the link on the phone."""
    await live.hands.command(RIGEL, EUROPE, "/page", "eu all ranks of llama-405b hang")
    return await rings(live, "capella")


async def ask(method: str, url: str, **more: Any) -> tuple[int, Any, str]:
    async with aiohttp.ClientSession() as http, http.request(method, url, **more) as answer:
        return answer.status, answer.headers, await answer.text()


async def act(url: str, do: str = "acknowledge") -> tuple[int, Any, str]:
    return await ask("POST", url, data={"do": do})


async def state(live: Live) -> tuple[str, str]:
    (page,) = await live.rows(Page)
    return page.state, page.answered_by


async def test_a_page_is_answered_from_a_phone_without_slack(live: Live) -> None:
    """The link shows the page, its button acknowledges as the person, and what Slack shows follows."""
    url = await paged(live)
    status, _, text = await ask("GET", url)
    assert status == 200
    for part in (
        "Nobody has answered yet",
        "all ranks of llama-405b hang",
        "P-1",
        "Rigel asked for help",
        "As Capella",
    ):
        assert part in text, part
    assert "U0" not in text, "people have names"
    status, _, text = await act(url)
    assert (status, "Acknowledged: you" in text) == (200, True)
    assert await state(live) == ("acknowledged", CAPELLA)
    await live.sees(CAPELLA, await live.dm(CAPELLA), "You have acknowledged")


async def test_a_preview_changes_nothing(live: Live) -> None:
    """Mail gateways and messengers open links, with GET and with HEAD, as often as they like."""
    url = await paged(live)
    for method in ("HEAD", "GET", "OPTIONS", "GET", "HEAD"):
        await ask(method, url)
    (link,) = await live.rows(AnswerLink)
    assert (link.used_at, await state(live)) == (None, ("open", ""))
    assert (await act(url))[0] == 200


async def test_what_is_shown_leaks_nothing(live: Live) -> None:
    """The address is a secret: it is sent on to nobody, kept by nobody, framed by nobody, and no script runs."""
    url = await paged(live)
    _, headers, text = await ask("GET", url)
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cache-Control"] == "no-store"
    assert headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'sha256-")
    assert "<script" not in text
    assert url.rpartition("/")[2] not in text


async def test_a_replay_does_nothing_and_shows_what_happened(live: Live) -> None:
    url = await paged(live)
    await act(url)
    (before,) = await live.rows(Page)
    status, _, text = await act(url)
    assert status == 409
    assert "Acknowledged: you" in text
    assert re.search(r"Reference: H-\w{6}", text)
    (after,) = await live.rows(Page)
    assert before == after


async def test_who_comes_second_reads_who_was_first(live: Live) -> None:
    url = await paged(live)
    live.advance(minutes=5, seconds=5)
    await act(await rings(live, "altair"))
    status, _, text = await ask("GET", url)
    assert (status, "Acknowledged: Altair" in text, "<button" in text) == (200, True, False)
    status, _, text = await act(url)
    assert (status, "Acknowledged: Altair" in text) == (409, True)
    assert await state(live) == ("acknowledged", "U0ALTAIR")


async def test_who_needs_help_gets_it_from_the_phone(live: Live) -> None:
    """The next one is paged at once, by whichever of two taps; the page stays open."""
    url = await paged(live)
    status, _, text = await act(url, "help")
    assert (status, "You asked for help: the next one is paged" in text, "<button" in text) == (200, True, False)
    await rings(live, "altair")
    status, _, text = await act(url, "help")
    assert (status, "You asked for help" in text) == (409, True)
    (page,) = await live.rows(Page)
    assert (page.state, page.contacts) == ("open", 2)


async def test_who_is_not_meant_passes_it_on_from_the_phone(live: Live) -> None:
    """The next one is paged at once, by whichever of two taps, and they are left alone; the link is used up."""
    url = await paged(live)
    status, _, text = await act(url, "not_me")
    assert (status, "You passed it on: the next one is paged" in text, "<button" in text) == (200, True, False)
    await rings(live, "altair")
    for again in ("not_me", "help", "acknowledge", "resolve"):
        status, _, text = await act(url, again)
        assert (status, "You passed it on" in text) == (409, True)
    (page,) = await live.rows(Page)
    assert (page.state, page.contacts) == ("open", 2)
    live.advance(minutes=5, seconds=1)
    assert await rings(live, "castor"), "the manager, and not Capella"
    live.advance(minutes=10, seconds=1)

    async def third() -> bool:
        return len([a for a in live.world.phone.arrived if a.person == "altair"]) == 2

    await live.until(third, "the second round")
    assert len([a for a in live.world.phone.arrived if a.person == "capella"]) == 1


async def test_what_is_over_is_resolved_from_the_phone(live: Live) -> None:
    url = await paged(live)
    status, _, text = await act(url, "resolve")
    assert (status, "Resolved: you" in text, "<button" in text) == (200, True, False)
    assert await state(live) == ("resolved", CAPELLA)
    await live.sees(CAPELLA, await live.dm(CAPELLA), "You have resolved")
    live.advance(minutes=20)
    status, _, text = await act(url, "acknowledge")
    assert (status, "Resolved: you" in text) == (409, True)
    assert [a.person for a in live.world.phone.arrived] == ["capella"]


async def test_what_was_asked_for_in_one_long_line_is_said_once(live: Live) -> None:
    """Its title is cut for a text message; who opens the link reads it whole, and once."""
    said = "storage of llama-405b is down since 17:00 and all ranks wait for the checkpoint that does not come"
    await live.hands.command(RIGEL, EUROPE, "/page", f"eu {said}")
    _, _, text = await ask("GET", await rings(live, "capella"))
    assert text.count("storage of llama-405b") == 1
    assert f"<h1>{said}</h1>" in text


async def test_an_expired_link_says_what_to_do_and_the_page_goes_on(live: Live) -> None:
    url = await paged(live)
    live.advance(hours=12, seconds=1)
    for method in ("GET", "POST"):
        status, _, text = await ask(method, url, data={"do": "acknowledge"} if method == "POST" else None)
        assert (status, "too old" in text, "newest message" in text) == (410, True, True)
    assert (await state(live))[0] == "open"

    async def next_one() -> bool:
        return any(a.person != "capella" for a in live.world.phone.arrived)

    await live.until(next_one, "the page on the next one's phone")


async def test_a_forged_or_unknown_link_opens_nothing(live: Live, capfd: pytest.CaptureFixture[str]) -> None:
    """One letter changed, another page's secret, nonsense: all are answered alike, and the log has the reference."""
    url = await paged(live)
    origin, token = url.rsplit("/", 1)
    other = "A" if token[-1] != "A" else "B"
    bodies = set()
    for wrong in (token[:-1] + other, "x" * 16 + token[16:], "x" * 48, "short", "ü" * 48):
        for method in ("GET", "POST"):
            data = {"do": "acknowledge"} if method == "POST" else None
            status, _, text = await ask(method, f"{origin}/{wrong}", data=data)
            assert status == 404
            reference = re.search(r"H-\w{6}", text)
            assert reference
            bodies.add(text.replace(reference[0], ""))
            assert reference[0] in capfd.readouterr().out
    assert len(bodies) == 1
    assert await state(live) == ("open", "")
    assert (await act(url))[0] == 200


async def test_guessing_is_slowed_down_and_locks_nobody_out(live: Live) -> None:
    """A real link works from an address that has guessed too often: many people stand behind one gateway."""
    url = await paged(live)
    origin = url.rsplit("/", 1)[0]
    statuses = [(await ask("GET", f"{origin}/{n:048}"))[0] for n in range(PER_MINUTE + 5)]
    assert statuses == [404] * PER_MINUTE + [429] * 5
    _, headers, text = await ask("GET", f"{origin}/{0:048}")
    assert 1 <= int(headers["Retry-After"]) <= 60
    assert "Too many wrong links" in text
    assert (await act(url))[0] == 200


async def test_a_form_that_is_none_of_ours_is_refused(live: Live) -> None:
    url = await paged(live)
    for data in ({"do": "destroy"}, {}, {"do": "x" * 5000}):
        status, _, text = await ask("POST", url, data=data)
        assert (status, "Nothing was changed" in text) == (400, True)
    assert await state(live) == ("open", "")


async def test_the_secret_is_in_no_row_and_no_log(live: Live, capfd: pytest.CaptureFixture[str]) -> None:
    """A stolen database, and whoever reads the log, answer no page."""
    url = await paged(live)
    await act(url)
    await act(url)
    secret = url[-32:]
    rows = [*await live.rows(AnswerLink), *await live.rows(OutgoingMessage)]
    said = capfd.readouterr()
    assert len(rows) > 2
    assert secret not in str([row.model_dump() for row in rows]) + said.out + said.err


async def test_a_link_sent_before_a_restart_works_after_it(live: Live) -> None:
    url = await paged(live)
    await live.stop()
    await live.start()
    assert (await act(url))[0] == 200
    assert await state(live) == ("acknowledged", CAPELLA)


async def test_it_works_while_slack_does_not_answer(live: Live) -> None:
    """Nothing of the answer waits for Slack."""
    url = await paged(live)
    await live.hands.fault("*", "error_500", 1000)
    assert (await act(url))[0] == 200
    assert await state(live) == ("acknowledged", CAPELLA)
