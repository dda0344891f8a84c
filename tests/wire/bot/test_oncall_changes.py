"""What people change about the rota, at the wire: forms, buttons, both winners, a restart between asking and yes."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.roster.tables import CoverRow, OverrideRow, SwapRow, TimeOffRow
from sandbox.tour import words
from tests.wire.bot.live import Live

pytestmark = pytest.mark.wire
CAPELLA, MIRA, ALTAIR, CASTOR, OPAL = "U0CAPELLA", "U0MIRA", "U0ALTAIR", "U0CASTOR", "U0OPAL"
EUROPE, AURORA = "C0TRIAGEEU", "C0AURORA"
BERLIN = ZoneInfo("Europe/Berlin")


def at(day: int, hour: int, month: int = 12) -> int:
    return int(datetime(2026, month, day, hour, tzinfo=BERLIN).timestamp())


async def form(live: Live, who: str, text: str, callback: str) -> dict[str, Any]:
    await live.hands.command(who, EUROPE, "/oncall", text)
    return await live.hands.wait_for_view(who, callback)


def offered(view: dict[str, Any], block: str, part: str) -> str:
    """The value of the first option of `block` with `part` in its words."""
    element = next(b for b in view["blocks"] if b.get("block_id") == block)["element"]
    groups = element.get("option_groups") or [{"options": element["options"]}]
    return next(str(o["value"]) for g in groups for o in g["options"] if part in o["text"]["text"])


def filled(**values: Any) -> dict[str, dict[str, Any]]:
    return {name: {name: value} for name, value in values.items()}


def override(**change: Any) -> dict[str, dict[str, Any]]:
    """Mira on Thursday the 26th, instead of Capella."""
    fields = {"who": MIRA, "kind": "replace", "where": "eu|primary", "start": at(26, 8, 11), "end": at(26, 18, 11)}
    return filled(**(fields | change))


async def buttons(live: Live, who: str, channel: str) -> list[str]:
    """All buttons that somebody sees there."""
    found = [m.get("blocks", []) for m in await live.hands.messages(who, channel)]
    return [name for blocks in found for name in _actions(blocks)]


def _actions(value: Any) -> list[str]:
    if isinstance(value, dict):
        mine = [value["action_id"]] if value.get("type") == "button" else []
        return mine + [a for inner in value.values() for a in _actions(inner)]
    return [a for inner in value for a in _actions(inner)] if isinstance(value, list) else []


async def test_an_override_by_form_is_told_and_taken_back(live: Live) -> None:
    view = await form(live, CAPELLA, "override", "oncall.override")
    wrong = await live.hands.submit(CAPELLA, view["id"], override(who="U0VEGA"))
    assert "Vega is of United States" in wrong["errors"]["who"]
    late = await live.hands.submit(CAPELLA, view["id"], override(start=at(23, 8, 11), end=at(23, 9, 11)))
    assert "past" in late["errors"]["start"]
    assert await live.rows(OverrideRow) == []
    made = await live.hands.submit(CAPELLA, view["id"], override(reason="dentist"))
    assert made["closed"]
    mira, capella = await live.dm(MIRA), await live.dm(CAPELLA)
    told = await live.sees(MIRA, mira, "You are primary in Europe")
    assert "dentist" in words(told)
    message = await live.sees(CAPELLA, capella, "is primary in Europe")
    await live.hands.click(CAPELLA, capella, message["ts"], "oncall.override_cancel")
    await live.sees(MIRA, mira, "Cancelled")
    await live.sees(CAPELLA, capella, "Cancelled")
    assert await buttons(live, CAPELLA, capella) == []
    (row,) = await live.rows(OverrideRow)
    assert row.cancelled_by == CAPELLA


async def test_a_swap_is_asked_for_a_restart_comes_and_it_is_accepted_once(live: Live) -> None:
    view = await form(live, ALTAIR, "swap", "oncall.swap")
    mine = offered(view, "mine", "Tue 1 Dec, 08:00–18:30 · primary")
    theirs = offered(view, "theirs", "Mira for Tue 8 Dec, 08:00–18:30 · primary")
    await live.hands.submit(ALTAIR, view["id"], filled(mine=mine, theirs=theirs, reason="school play"))
    mira, altair = await live.dm(MIRA), await live.dm(ALTAIR)
    asked = await live.sees(MIRA, mira, "asks you for a swap")
    await live.stop()
    await live.start()
    await live.hands.click(MIRA, mira, asked["ts"], "oncall.swap_accept")
    await live.sees(ALTAIR, altair, "counts")
    await live.sees(MIRA, mira, "Swapped")
    assert await buttons(live, MIRA, mira) == await buttons(live, ALTAIR, altair) == []
    (row,) = await live.rows(SwapRow)
    assert (row.state, row.last_by) == ("in_force", MIRA)
    await live.hands.command(MIRA, EUROPE, "/oncall", "me")
    shifts = words(await live.sees(MIRA, EUROPE, "Your shifts"))
    assert "Tue 1 Dec, 08:00–18:30 · :left_right_arrow: from <@U0ALTAIR>" in shifts
    await live.hands.command(CAPELLA, EUROPE, "/oncall", "why eu at 2026-12-01 12:00")
    await live.sees(CAPELLA, EUROPE, "by a swap")


async def test_only_who_is_asked_can_answer_and_who_asked_withdraws(live: Live) -> None:
    view = await form(live, ALTAIR, "swap", "oncall.swap")
    mine = offered(view, "mine", "Tue 1 Dec, 08:00–18:30 · primary")
    await live.hands.submit(ALTAIR, view["id"], filled(mine=mine, theirs=offered(view, "theirs", "Mira takes it")))
    altair = await live.dm(ALTAIR)
    asked = await live.sees(ALTAIR, altair, "is asked for a swap")
    again = await form(live, ALTAIR, "swap", "oncall.swap")
    values = filled(mine=mine, theirs=offered(again, "theirs", "Capella takes it"))
    refused = await live.hands.submit(ALTAIR, again["id"], values)
    assert "offered that shift already" in refused["errors"]["mine"]
    await live.hands.click(ALTAIR, altair, asked["ts"], "oncall.swap_withdraw")
    mira = await live.dm(MIRA)
    await live.sees(MIRA, mira, "Withdrawn")
    assert await buttons(live, MIRA, mira) == []


async def test_time_off_asks_for_cover_and_the_first_has_it(live: Live) -> None:
    view = await form(live, ALTAIR, "off", "oncall.off")
    wrong = await live.hands.submit(ALTAIR, view["id"], filled(start=at(30, 0, 11), end=at(29, 0, 11)))
    assert "before it starts" in wrong["errors"]["end"]
    await live.hands.submit(ALTAIR, view["id"], filled(start=at(30, 0, 11), end=at(5, 0)))
    altair = await live.dm(ALTAIR)
    opened = await live.sees(ALTAIR, altair, "Without you nobody is on duty")
    await live.hands.click(ALTAIR, altair, opened["ts"], "oncall.off_ask")
    mira, capella = await live.dm(MIRA), await live.dm(CAPELLA)
    offer = await live.sees(MIRA, mira, "looks for cover")
    other = await live.sees(CAPELLA, capella, "looks for cover")
    await live.hands.click(MIRA, mira, offer["ts"], "oncall.cover_take")
    await live.sees(CAPELLA, capella, f"<@{MIRA}> has it")
    await live.sees(ALTAIR, altair, "covers for you")
    assert await buttons(live, CAPELLA, capella) == await buttons(live, MIRA, mira) == []
    (row,) = await live.rows(CoverRow)
    assert (row.state, row.taken_by) == ("taken", "mira")
    assert other["ts"]


async def test_cancelled_where_it_is_listed(live: Live) -> None:
    """`/oncall me` is redrawn in its place, without the button that was used."""
    view = await form(live, ALTAIR, "off", "oncall.off")
    await live.hands.submit(ALTAIR, view["id"], filled(start=at(30, 0, 11), end=at(5, 0)))
    await live.sees(ALTAIR, await live.dm(ALTAIR), "You are off")
    await live.hands.command(ALTAIR, EUROPE, "/oncall", "me")
    mine = await live.sees(ALTAIR, EUROPE, "You are off")
    await live.hands.click(ALTAIR, EUROPE, mine["ts"], "oncall.off_cancel")

    async def redrawn() -> bool:
        return "oncall.off_cancel" not in await buttons(live, ALTAIR, EUROPE)

    await live.until(redrawn, "the list without the button")
    (row,) = await live.rows(TimeOffRow)
    assert row.cancelled_by == ALTAIR


async def test_a_gap_is_covered_from_the_list(live: Live) -> None:
    view = await form(live, ALTAIR, "off", "oncall.off")
    await live.hands.submit(ALTAIR, view["id"], filled(start=at(1, 0), end=at(2, 0)))
    await live.sees(ALTAIR, await live.dm(ALTAIR), "Without you")
    await live.hands.command(MIRA, EUROPE, "/oncall", "gaps")
    gaps = await live.sees(MIRA, EUROPE, "1 gap in the next 4 weeks")
    await live.hands.click(MIRA, EUROPE, gaps["ts"], "oncall.cover_gap")
    prefilled = await live.hands.wait_for_view(MIRA, "oncall.override")
    assert (await live.hands.submit(MIRA, prefilled["id"], {}))["closed"], "what the form began with is enough"
    await live.sees(ALTAIR, await live.dm(ALTAIR), "instead of you")
    await live.hands.command(MIRA, EUROPE, "/oncall", "gaps 2")
    await live.sees(MIRA, EUROPE, "No gap in the next 2 weeks")


async def test_a_client_sees_who_is_on_and_can_change_nothing(live: Live) -> None:
    await live.hands.command(OPAL, AURORA, "/oncall", "")
    seen = words(await live.sees(OPAL, AURORA, "Europe leads"))
    assert "then <@" not in seen, "whom a page climbs to is the team's own"
    for typed in ("me", "gaps", "swap", "off", "override", "why"):
        before = await live.count(OPAL, AURORA, "Only people with the role")
        await live.hands.command(OPAL, AURORA, "/oncall", typed)

        async def refused(before: int = before) -> bool:
            return await live.count(OPAL, AURORA, "Only people with the role") > before

        await live.until(refused, f"the refusal of {typed}")
    assert await live.hands.views(OPAL) == []


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("swpa", "Did you mean"),
        ("help", "a form: time off"),
        ("gaps many", "some weeks ahead"),
        ("why eu secondry", "Did you mean"),
        ("why at soon", "not a time"),
    ],
)
async def test_what_is_typed_wrong(live: Live, typed: str, said: str) -> None:
    await live.hands.command(CAPELLA, EUROPE, "/oncall", typed)
    await live.sees(CAPELLA, EUROPE, said)
