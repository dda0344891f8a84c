"""A request's whole life at the wire, with another bot after each step: nothing is lost, nothing happens twice."""

import json
from typing import Any

from bot.desk.tables import Request, RequestEvent
from tests.wire.bot.live import Live

OPAL, CAPELLA, ALTAIR, RIGEL = "U0OPAL", "U0CAPELLA", "U0ALTAIR", "U0RIGEL"
AURORA, EUROPE, US = "C0AURORA", "C0TRIAGEEU", "C0TRIAGEUS"


async def running_job(live: Live) -> str:
    """The name of one of Aurora's jobs that runs, once the mirror knows the fleet."""
    services = live.parts.services
    client = services.directory().client("aurora")
    assert client is not None

    async def found() -> str | None:
        jobs = services.desk.jobs(client)
        return next(
            (j.name for j in jobs if services.diagnose.state_of(j.cluster, j.namespace, j.name) == "running"), None
        )

    return str(await live.until(found, "a job that runs"))


async def another_bot(live: Live) -> None:
    await live.stop()
    await live.start()


async def drawn(live: Live, who: str, channel: str, wanted: str) -> str:
    """→ the ts of the card, once it offers `wanted` at the newest version of the request."""

    async def found() -> str | None:
        (request,) = await live.rows(Request)
        value = json.dumps(f"{wanted}1:{request.version}")
        cards = await live.hands.messages(who, channel)
        return next((card["ts"] for card in reversed(cards) if f'"value": {value}' in json.dumps(card)), None)

    return str(await live.until(found, f"{wanted} on a card"))


async def chosen(live: Live, who: str, channel: str, what: str, **fields: Any) -> None:
    """One of “More”, as the card has it now, and its form."""
    ts = await drawn(live, who, channel, f"{what}:")
    (request,) = await live.rows(Request)
    await live.hands.click(who, channel, ts, "request.more", value=f"{what}:1:{request.version}")
    form = await live.hands.wait_for_view(who, f"request.form.{what}")
    await live.hands.submit(who, form["id"], {name: {name: value} for name, value in fields.items()})


async def becomes(live: Live, **wanted: Any) -> None:
    async def so() -> bool:
        (request,) = await live.rows(Request)
        return all(getattr(request, name) == value for name, value in wanted.items())

    await live.until(so, str(wanted))
    await another_bot(live)


async def click(live: Live, who: str, channel: str, action: str) -> None:
    await live.hands.click(who, channel, await drawn(live, who, channel, ""), action)


async def test_from_the_first_word_to_the_last_with_another_bot_after_each_step(live: Live) -> None:
    """Snoozed until its job is suspended, asked back, handed to a region, escalated, resolved, back again, resolved."""
    job = await running_job(live)
    await live.hands.command(OPAL, AURORA, "/request", f"sev3 {job} is slow")
    root = await live.sees(OPAL, AURORA, "asks for support")
    await live.sees(OPAL, AURORA, "has this", thread=root["ts"])
    await click(live, CAPELLA, EUROPE, "request.acknowledge")
    await becomes(live, state="acknowledged", job=job)
    await running_job(live)
    await chosen(live, CAPELLA, EUROPE, "snooze", for_job=["yes"])
    await becomes(live, snoozed=True, snoozed_for_job="running")
    await running_job(live)
    await live.hands.command(CAPELLA, EUROPE, "/job", f"suspend {job}")
    plan = await live.until(lambda: _with(live, "job.confirm"), "the plan")
    await live.hands.click(CAPELLA, EUROPE, plan["ts"], "job.confirm")
    await becomes(live, snoozed=False)
    await chosen(live, CAPELLA, EUROPE, "wait", to_client="Which checkpoint?")
    await live.sees(OPAL, AURORA, "Which checkpoint?", thread=root["ts"])
    await becomes(live, state="waiting_on_client")
    await live.hands.post(OPAL, AURORA, "step 1200", thread_ts=root["ts"])
    await becomes(live, state="in_progress", owner=CAPELLA)
    await chosen(live, CAPELLA, EUROPE, "hand", region="us")
    await becomes(live, region="us", owner=RIGEL)
    await chosen(live, RIGEL, US, "escalate", reason="the storage team is needed")
    await live.until(lambda: _noted(live, "escalated"), "the escalation")
    await another_bot(live)
    await chosen_resolve(live, "The cache was cold", cause="cold cache", fix="warm it")
    await becomes(live, state="resolved", cause="cold cache")
    await live.hands.post(OPAL, AURORA, "it crashed again", thread_ts=root["ts"])
    await becomes(live, state="in_progress")
    await chosen_resolve(live, "Now it is warm")
    await becomes(live, state="resolved")
    await live.hands.post(OPAL, AURORA, "thank you!", thread_ts=root["ts"])
    await live.until(lambda: _noted(live, "wrote", 3), "the thanks")
    live.advance(days=4)
    await becomes(live, state="closed")
    assert [e.what for e in await live.rows(RequestEvent) if e.what != "target missed"] == [
        *("opened", "acknowledged", "snoozed", "awake again", "waiting on client", "wrote", "answered by the client"),
        *("handed over", "escalated", "resolved", "wrote", "reopened", "resolved", "wrote", "closed"),
    ]
    thread = [json.dumps(m, ensure_ascii=False) for m in await live.hands.messages(OPAL, AURORA, thread=root["ts"])]
    for part in ("Which checkpoint?", "The cache was cold", "Now it is warm", "has opened this again"):
        assert sum(part in message for message in thread) == 1, part
    assert not any("storage team" in message or "cold cache" in message for message in thread)


async def chosen_resolve(live: Live, to_client: str, **fields: str) -> None:
    await click(live, RIGEL, US, "request.resolve")
    form = await live.hands.wait_for_view(RIGEL, "request.form.resolve")
    values = {"to_client": to_client, **fields}
    await live.hands.submit(RIGEL, form["id"], {name: {name: value} for name, value in values.items()})


async def _with(live: Live, part: str) -> Any:
    return next((m for m in await live.hands.messages(CAPELLA, EUROPE) if part in json.dumps(m)), None)


async def _noted(live: Live, what: str, times: int = 1) -> bool:
    return sum(e.what == what for e in await live.rows(RequestEvent)) >= times
