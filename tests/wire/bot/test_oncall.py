"""Path 2 at the wire: who is on now in each region, who leads, when the lead passes."""

import pytest

from sandbox.tour import words
from tests.wire.bot.live import Live

pytestmark = pytest.mark.wire
CAPELLA, EUROPE = "U0CAPELLA", "C0TRIAGEEU"


async def test_who_is_on_now_who_leads_and_until_when(live: Live) -> None:
    await live.hands.command(CAPELLA, EUROPE, "/oncall", "")
    text = words(await live.sees(CAPELLA, EUROPE, "Europe leads"))
    for part in (f"<@{CAPELLA}>", "United States", "Australia", "India", "<!date^1795537800^"):
        assert part in text


async def test_it_is_for_the_asker_alone(live: Live) -> None:
    await live.hands.command(CAPELLA, EUROPE, "/oncall", "")
    await live.sees(CAPELLA, EUROPE, "Europe leads")
    assert await live.count("U0MIRA", EUROPE, "Europe leads") == 0


async def test_an_override_counts_at_once_and_ends_by_itself(live: Live) -> None:
    """It is longer than the seam: who leaves sooner than that is passed over by what comes in."""
    await live.hands.command(CAPELLA, EUROPE, "/oncall", "override <@U0MIRA> 24m")
    await live.sees(CAPELLA, EUROPE, "<@U0MIRA> is primary")
    await live.hands.command("U0OPAL", "C0AURORA", "/request", "sev3 a question of mine")
    root = await live.sees("U0OPAL", "C0AURORA", "a question of mine")
    await live.sees("U0OPAL", "C0AURORA", "<@U0MIRA>", thread=root["ts"])
    live.advance(minutes=24, seconds=20)
    await live.hands.command(CAPELLA, EUROPE, "/oncall", "now")
    await live.sees(CAPELLA, EUROPE, f"<@{CAPELLA}> is on duty")


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("overide @x", "Did you mean"),
        ("override 4h", "needs a person"),
        ("override <@U0MIRA> 99d", "to 14 days"),
        ("override <@U0MIRA> 30m secondry", "Did you mean `secondary`"),
    ],
)
async def test_what_is_typed_wrong_is_answered_with_what_to_type(live: Live, typed: str, said: str) -> None:
    await live.hands.command(CAPELLA, EUROPE, "/oncall", typed)
    await live.sees(CAPELLA, EUROPE, said)


async def test_app_home_shows_who_is_on_duty(live: Live) -> None:
    await live.hands.home(CAPELLA)

    async def drawn() -> bool:
        return "You are on duty" in str(await live.hands.published(CAPELLA))

    await live.until(drawn, "App Home")
