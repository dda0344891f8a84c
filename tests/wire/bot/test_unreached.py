"""A page to somebody whom nothing reaches, at the wire: nobody waits for them."""

from pathlib import Path

import pytest

from bot.paging.tables import Page
from sandbox.tour import words
from tests.wire.bot.live import EXAMPLE, Live

pytestmark = pytest.mark.wire
CAPELLA, ALTAIR, CASTOR, EUROPE = "U0CAPELLA", "U0ALTAIR", "U0CASTOR", "C0TRIAGEEU"
METHOD = ', contacts: [{kind: sms, url: "${HELIOGRAPH_CONTACT_ALTAIR}"}]'


async def test_who_has_left_and_has_no_other_method_is_not_waited_for(tmp_path: Path) -> None:
    """Their account is deactivated and nothing else is known: the next one is paged while the clock stands still."""
    roster = tmp_path / "heliograph.yaml"
    assert METHOD in EXAMPLE.read_text()
    roster.write_text(EXAMPLE.read_text().replace(METHOD, ""))
    async with Live(tmp_path / "world", roster=roster) as live:
        await live.hands.call("POST", "person", user=ALTAIR, deleted=True)
        await live.hands.command(CASTOR, EUROPE, "/page", "@altair eu all ranks of llama-405b hang")
        await live.sees(CAPELLA, await live.dm(CAPELLA), "all ranks of llama-405b hang")
        await live.sees("U0SOL", "C0ADMIN", "could not be delivered")
        await live.hands.command(CASTOR, EUROPE, "/page", "p-1")
        story = words(await live.sees(CASTOR, EUROPE, "could not be reached by any way"))
        assert story.index("Altair could not be reached") < story.index("paged Capella")
        (page,) = await live.rows(Page)
        assert (page.state, page.contacts) == ("open", 2)


async def test_who_is_reached_by_one_way_is_waited_for(live: Live) -> None:
    """The text message has arrived: they have their minutes, though Slack refuses."""
    await live.hands.call("POST", "person", user=ALTAIR, deleted=True)
    await live.hands.command(CASTOR, EUROPE, "/page", "@altair eu all ranks of llama-405b hang")
    await live.sees("U0SOL", "C0ADMIN", "could not be delivered")
    (page,) = await live.rows(Page)
    assert page.contacts == 1
    live.advance(minutes=4, seconds=50)
    await live.parts.services.paging.tick()
    assert (await live.rows(Page))[0].contacts == 1


async def test_half_a_question_wakes_nobody(live: Live) -> None:
    """`/page show` alone is a page that was not named, and not what is wrong."""
    await live.hands.command(CASTOR, EUROPE, "/page", "show")
    await live.sees(CASTOR, EUROPE, "Which page?")
    await live.hands.command(CASTOR, EUROPE, "/page", "P-7")
    await live.sees(CASTOR, EUROPE, "There is no page P-7")
    await live.hands.command(CASTOR, EUROPE, "/page", "test me")
    await live.hands.command(CASTOR, EUROPE, "/page", "<@U0VEGA|vega>")
    said = words(await live.sees(CASTOR, EUROPE, "A page says what is wrong"))
    assert "@vega the login node is down" in said
    assert await live.rows(Page) == []
