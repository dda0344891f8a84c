"""Lists, search and App Home at the wire: what is typed and clicked, and whose rows come."""

from datetime import timedelta
from typing import Any

from bot.slack import ids
from tests.wire.bot.live import TUESDAY, Live

OPAL, CAPELLA, ALTAIR, SIRIUS = "U0OPAL", "U0CAPELLA", "U0ALTAIR", "U0SIRIUS"
AURORA, CIRRUS, EUROPE = "C0AURORA", "C0CIRRUS", "C0TRIAGEEU"


async def test_what_does_not_fit_comes_with_more_and_each_sees_their_own(live: Live) -> None:
    """Twelve requests are two pages; in a client's channel the other client's does not exist."""
    for number in range(11):
        await live.hands.command(OPAL, AURORA, "/request", f"sev3 alpha number {number}")
    await live.hands.command(CAPELLA, CIRRUS, "/request", "sev3 beta alone")
    await live.sees(CAPELLA, EUROPE, "R-12 ")
    await live.hands.command(CAPELLA, EUROPE, "/request", "list all")
    first = await live.sees(CAPELLA, EUROPE, "Page 1 of 2")
    await live.hands.click(CAPELLA, EUROPE, first["ts"], ids.REQUEST_PAGE_ON)
    await live.sees(CAPELLA, EUROPE, "Page 2 of 2")
    await live.hands.command(OPAL, AURORA, "/request", "show R-12")
    await live.sees(OPAL, AURORA, "There is no request R-12 here")
    await live.hands.command(CAPELLA, AURORA, "/request", "search alone")
    await live.sees(CAPELLA, AURORA, "There is none")
    await live.hands.command(OPAL, AURORA, "/request", "list of nodes is empty since noon")
    await live.sees(CAPELLA, EUROPE, "R-13 ")


async def test_an_export_comes_by_direct_message_and_only_to_a_lead(live: Live) -> None:
    await live.hands.command(OPAL, AURORA, "/request", "sev3 =1+1")
    await live.sees(CAPELLA, EUROPE, "R-1 ")
    await live.hands.command(CAPELLA, EUROPE, "/request", "export csv")
    await live.sees(CAPELLA, EUROPE, "may export requests")
    await live.hands.command(SIRIUS, "C0TRIAGEAU", "/request", "export csv")
    await live.sees(SIRIUS, "C0TRIAGEAU", "sent to you in a direct message")
    told = await live.dm(SIRIUS)

    async def file() -> Any:
        return [f["name"] for m in await live.hands.messages(SIRIUS, told) for f in m.get("files") or []]

    assert await live.until(file, "the file") == ["requests-2026-11-24.csv"]


async def test_app_home_is_drawn_anew_after_a_click_in_it(live: Live) -> None:
    await live.hands.command(OPAL, AURORA, "/request", "sev2 loss is NaN")
    await live.sees(CAPELLA, EUROPE, "R-1 ")

    async def drawn(who: str, part: str) -> Any:
        home = await live.hands.published(who)
        return home if home and part in str(home) else None

    await live.hands.home(CAPELLA)
    home = await live.until(lambda: drawn(CAPELLA, "loss is NaN"), "what is mine")
    await live.hands.click(CAPELLA, action_id=ids.REQUEST_ACKNOWLEDGE, view_id=home["id"])
    await live.until(lambda: drawn(CAPELLA, "acknowledged · opened"), "its new state")
    await live.hands.home(OPAL)
    theirs = await live.until(lambda: drawn(OPAL, "Aurora: open requests"), "the client's own")
    assert CAPELLA in str(theirs)
    assert "Cirrus" not in str(theirs)


def offered(view: Any, block: str, part: str) -> dict[str, dict[str, str]]:
    """The field `block` of a form, with the first choice that has `part` in its words."""
    element = next(b for b in view["blocks"] if b.get("block_id") == block)["element"]
    groups = element.get("option_groups") or [{"options": element["options"]}]
    found = next(o["value"] for group in groups for o in group["options"] if part in o["text"]["text"])
    return {block: {block: found}}


async def test_app_home_has_what_was_promised_and_what_waits_for_an_answer(live: Live) -> None:
    """Each until it is done: the promise until the client has heard, the swap until it is accepted, there and then."""
    await live.hands.command(OPAL, AURORA, "/request", "sev3 slow checkpoints")
    card = await live.sees(CAPELLA, EUROPE, "R-1 ")
    await live.hands.click(CAPELLA, EUROPE, card["ts"], "request.more", value="promise:1:0")
    form = await live.hands.wait_for_view(CAPELLA, "request.promise")
    due = int((TUESDAY + timedelta(hours=1)).timestamp())
    await live.hands.submit(CAPELLA, form["id"], {"due": {"due": due}})
    await live.sees(CAPELLA, EUROPE, "update promised by")
    await live.hands.command(ALTAIR, EUROPE, "/oncall", "swap")
    asked = await live.hands.wait_for_view(ALTAIR, "oncall.swap")
    wanted = offered(asked, "mine", "Tue 1 Dec") | offered(asked, "theirs", "Capella takes it")
    await live.hands.submit(ALTAIR, asked["id"], wanted)
    await live.sees(CAPELLA, await live.dm(CAPELLA), "asks you for a swap")
    await live.hands.home(CAPELLA)

    async def home(there: tuple[str, ...], gone: tuple[str, ...] = ()) -> Any:
        async def drawn() -> Any:
            view = await live.hands.published(CAPELLA)
            shown = str(view)
            return view if all(p in shown for p in there) and not any(p in shown for p in gone) else None

        return await live.until(drawn, f"{there} without {gone}")

    view = await home((f"due <!date^{due}", "slow checkpoints", "Waiting for your answer", f"<@{ALTAIR}> gives you"))
    await live.hands.click(CAPELLA, action_id=ids.ONCALL_SWAP_ACCEPT, view_id=view["id"])
    view = await home((f"due <!date^{due}",), gone=("Waiting for your answer",))
    live.advance(minutes=61)
    await live.hands.click(CAPELLA, action_id=ids.HOME_REFRESH, view_id=view["id"])
    view = await home((f"was due <!date^{due}",))
    await live.hands.click(CAPELLA, action_id=ids.REQUEST_MORE_TELL, view_id=view["id"])
    tell = await live.hands.wait_for_view(CAPELLA, "request.tell")
    await live.hands.submit(CAPELLA, tell["id"], {"to_client": {"to_client": "It was the storage"}})
    root = await live.sees(OPAL, AURORA, "slow checkpoints")
    await live.sees(OPAL, AURORA, "It was the storage", thread=root["ts"])
    await live.hands.home(CAPELLA)
    await home(("slow checkpoints",), gone=("Promised",))
