"""What the tour does, step by step. Each step returns what was seen, in words; it raises where something is missing."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sandbox.fleet import incidents
from sandbox.slack.hands import Refused
from sandbox.tour import Missing, Tour, words

AURORA, BOREALIS, CIRRUS = "C0AURORA", "C0BOREALIS", "C0CIRRUS"
EUROPE, AMERICA = "C0TRIAGEEU", "C0TRIAGEUS"
OPAL, AGATE = "U0OPAL", "U0AGATE"
CAPELLA, ALTAIR, RIGEL, DENEB = "U0CAPELLA", "U0ALTAIR", "U0RIGEL", "U0DENEB"
"""On duty in the tour's week: Capella, then Altair, in Europe; Rigel, then Deneb, in the United States."""
MIRA = "U0MIRA"
"""Of Europe too, and free in that week."""
SATURDAY = datetime(2026, 11, 28, 18, 30, tzinfo=UTC)


async def who(t: Tour) -> str:
    await t.command(CAPELLA, EUROPE, "/oncall")
    seen = await t.message(CAPELLA, EUROPE, "Europe leads")
    t.expect(f"<@{CAPELLA}>" in words(seen), "the engineer on duty is named")
    return first(seen)


async def override(t: Tour) -> str:
    """Mira for Capella on Thursday, by the form; a past time is refused on its field."""
    await t.command(CAPELLA, EUROPE, "/oncall", "override")
    view = (await t.eventually(lambda: t.hands.views(CAPELLA), "the form"))[-1]
    day = datetime(2026, 11, 26, 7, 0, tzinfo=UTC)
    fields = {"who": MIRA, "kind": "replace", "where": "eu|primary", "end": int(day.timestamp()) + 36_000}
    past = await t.hands.submit(CAPELLA, view["id"], form(**fields, start=int(day.timestamp()) - 7 * 86_400))
    t.expect("start" in (past.get("errors") or {}), f"a time in the past is refused on its field: {past}")
    await t.hands.submit(CAPELLA, view["id"], form(**fields, start=int(day.timestamp())))
    told = await t.message(MIRA, await t.dm(MIRA), "You are primary in Europe")
    return first(told)


async def swap(t: Tour) -> str:
    """Altair's first of December goes to Mira: asked, accepted, and seen by both."""
    await t.command(ALTAIR, EUROPE, "/oncall", "swap")
    view = (await t.eventually(lambda: t.hands.views(ALTAIR), "the form"))[-1]
    mine = option(view, "mine", "Tue 1 Dec, 08:00–18:30 · primary")
    await t.hands.submit(ALTAIR, view["id"], form(mine=mine, theirs=option(view, "theirs", "Mira takes it")))
    mira = await t.dm(MIRA)
    asked = await t.message(MIRA, mira, "asks you for a swap")
    await t.hands.click(MIRA, mira, asked["ts"], "oncall.swap_accept")
    told = await t.message(ALTAIR, await t.dm(ALTAIR), "counts")
    await t.command(MIRA, EUROPE, "/oncall", "me")
    await t.message(MIRA, EUROPE, f"from <@{ALTAIR}>")
    t.expect(t.rows("select state from swap") == [("in_force",)], "the swap is in force")
    return first(told)


async def route(t: Tour) -> str:
    await t.command(OPAL, AURORA, "/request", "sev2 loss is NaN since 15:00 on llama-70b-midtrain")
    root = await t.message(OPAL, AURORA, "loss is NaN")
    reply = await t.message(OPAL, AURORA, "has this", thread=root["ts"])
    for part in (f"<@{CAPELLA}>", "Europe", "CET", "United States takes over"):
        t.expect(part in words(reply), f"“{part}” is in the reply")
    await t.message(CAPELLA, EUROPE, "R-1")
    rows = t.rows("select state, owner, region from request where id = 1")
    t.expect(rows == [("new", CAPELLA, "eu")], f"the row says {rows}")
    return f"{first(reply)} · row {rows[0]}"


async def modal(t: Tour) -> str:
    await t.command(OPAL, AURORA, "/request")
    view = (await t.eventually(lambda: t.hands.views(OPAL), "the form"))[-1]
    empty = await t.hands.submit(OPAL, view["id"], {"text": {"text": "   "}, "severity": {"severity": "sev3"}})
    t.expect("text" in (empty.get("errors") or {}), f"an empty form is refused on its field: {empty}")
    values = {"text": {"text": "checkpoints take 40 minutes"}, "severity": {"severity": "sev3"}}
    await t.hands.submit(OPAL, view["id"], values)
    root = await t.message(OPAL, AURORA, "checkpoints take 40 minutes")
    reply = await t.message(OPAL, AURORA, "has this", thread=root["ts"])
    return f"an empty form was refused; then: {first(reply)}"


async def restart(t: Tour) -> str:
    await t.bot.kill()
    seconds = await t.bot.start()
    card = await t.message(CAPELLA, EUROPE, "R-1")
    await t.hands.click(CAPELLA, EUROPE, card["ts"], "request.acknowledge")
    await t.message(CAPELLA, EUROPE, "Acknowledged")
    root = await t.message(OPAL, AURORA, "loss is NaN")
    told = await t.message(OPAL, AURORA, "has seen this", thread=root["ts"])
    return f"killed, ready again after {seconds:.1f} s; the old button works: {first(told)}"


async def second_click(t: Tour) -> str:
    card = await t.message(CAPELLA, EUROPE, "R-1")
    await t.hands.click(ALTAIR, EUROPE, card["ts"], "request.assign")
    await t.message(ALTAIR, EUROPE, "In progress")
    before = t.rows("select count(*) from request_event where request = 1")
    await t.hands.click(ALTAIR, EUROPE, card["ts"], "request.assign")
    seen = await t.message(ALTAIR, EUROPE, "already yours")
    t.expect(before == t.rows("select count(*) from request_event where request = 1"), "one effect")
    return first(seen)


async def mention(t: Tour) -> str:
    posted = await t.hands.post(AGATE, CIRRUS, "<@U0HELIO> video-dit-20b-pretrain hangs at step 1200")
    reply = await t.message(AGATE, CIRRUS, "has this", thread=posted)
    try:
        await t.hands.command(AGATE, CIRRUS, "/request", "hello")
    except Refused as refused:
        return f"{first(reply)} · their command: {refused}"
    raise Missing("a command by somebody of another workspace was taken")


async def health(t: Tour) -> str:
    injected = incidents.inject(t.world.fleet, "gpu-off-bus")

    async def look() -> str | None:
        await t.command(CAPELLA, EUROPE, "/cluster", "health")
        seen = await t.message(CAPELLA, EUROPE, "nodes")
        return words(seen) if "Xid 79" in words(seen) else None

    text = await t.eventually(look, "the Xid in the health of the cluster")
    t.keep["gpu-off-bus"] = injected.id
    return " / ".join(line for line in text.splitlines() if line.strip())[:240]


async def why(t: Tour) -> str:
    await t.command(OPAL, AURORA, "/job", "why moe-router-probe")
    seen = await t.message(OPAL, AURORA, "moe-router-probe")
    await t.eventually(lambda: t.sees(OPAL, AURORA, "memory"), "the finding")
    seen = await t.message(OPAL, AURORA, "memory")
    t.expect("STOP" in words(seen), "out of memory is a reason to stop")
    t.expect("borealis" not in words(seen), "nothing of another client")
    return " / ".join(line for line in words(seen).splitlines() if line.strip())[:240]


async def not_mine(t: Tour) -> str:
    await t.command(OPAL, AURORA, "/job", "why code-34b-pretrain")
    seen = await t.message(OPAL, AURORA, "There is no job code-34b-pretrain")
    await t.command(OPAL, AURORA, "/job", "why reward-70")
    near = await t.message(OPAL, AURORA, "reward-70b")
    return f"{first(seen)} · {first(near)}"


async def suspend(t: Tour) -> str:
    before = t.pods("aurora-train", "reward-70b")
    t.expect(before > 0, "reward-70b runs")
    await t.command(CAPELLA, EUROPE, "/job", "suspend reward-70b")
    plan = await t.message(CAPELLA, EUROPE, "reward-70b")
    await t.hands.click(CAPELLA, EUROPE, plan["ts"], "job.confirm")

    async def gone() -> bool:
        return t.pods("aurora-train", "reward-70b") == 0

    await t.eventually(gone, "the pods' end")
    workload = t.workload("aurora-train", "reward-70b")
    t.expect(workload["spec"].get("active") is False, "the Workload is inactive, as Kueue wants it")
    done = await t.message(CAPELLA, EUROPE, "suspended")
    audit = t.rows("select verb, object, outcome, actor, kubernetes_user from audit_entry order by id")
    t.expect(len(audit) == 1, f"one audit entry: {audit}")
    return f"{before} pods before, none after; {first(done)} · audit {audit[0]}"


async def resume(t: Tour) -> str:
    await t.command(CAPELLA, EUROPE, "/job", "resume reward-70b")

    async def offered() -> object:
        for message in reversed(await t.hands.messages(CAPELLA, EUROPE)):
            if "reward-70b" in words(message) and "job.confirm" in str(message.get("blocks")):
                return message
        return None

    plan = await t.eventually(offered, "the plan")
    await t.hands.click(CAPELLA, EUROPE, plan["ts"], "job.confirm")

    async def back() -> bool:
        return t.pods("aurora-train", "reward-70b") > 0

    await t.eventually(back, "the pods' return")
    return f"{t.pods('aurora-train', 'reward-70b')} pods are back"


async def handoff(t: Tour) -> str:
    t.world.clock.jump(datetime(2026, 11, 24, 16, 30, 20, tzinfo=UTC))
    message = await t.message(RIGEL, "C0HANDOFF", "United States")
    for part in ("Europe", f"<@{RIGEL}>", "3 open requests", "nodes ready"):
        t.expect(part in words(message), f"“{part}” is in the handoff")
    await t.hands.click(RIGEL, "C0HANDOFF", message["ts"], "handoff.accept")
    await t.message(RIGEL, "C0HANDOFF", "Accepted by")
    owners = t.rows("select distinct owner, region from request where state != 'resolved'")
    t.expect(owners == [(RIGEL, "us")], f"the open requests are Rigel's: {owners}")
    root = await t.message(OPAL, AURORA, "loss is NaN")
    await t.message(OPAL, AURORA, "United States", thread=root["ts"])
    return f"{first(message)} · owners now {owners}"


async def page(t: Tour) -> str:
    phones = len(t.world.phone.arrived)
    await t.command(OPAL, AURORA, "/request", "sev1 llama-405b-pretrain stopped on all ranks")
    await t.message(RIGEL, await t.dm(RIGEL), "you are paged as")
    await t.eventually(lambda: t.phoned(phones, "rigel"), "the message on Rigel's phone")
    t.world.clock.advance(timedelta(minutes=5, seconds=1))
    await t.eventually(lambda: t.phoned(phones, "deneb"), "the message on Deneb's phone")
    second = await t.message(DENEB, await t.dm(DENEB), "you are paged as")
    await t.hands.click(DENEB, await t.dm(DENEB), second["ts"], "page.acknowledge")
    done = await t.message(RIGEL, await t.dm(RIGEL), f"<@{DENEB}> has")
    count = len(t.world.phone.arrived)
    t.world.clock.advance(timedelta(minutes=40))
    await t.settle()
    t.expect(len(t.world.phone.arrived) == count, "nobody is paged after the acknowledgement")
    return f"Rigel was paged, then Deneb after 5 min; {first(done)}; 40 min later nobody else"


async def weekend(t: Tour) -> str:
    phones = len(t.world.phone.arrived)
    t.world.clock.jump(SATURDAY)
    await t.command("U0ONYX", BOREALIS, "/request", "sev3 weather-12b-eval fails")
    arrived = await t.eventually(lambda: t.phoned(phones, ""), "a page on the weekend")
    local = SATURDAY.strftime("%a %H:%M UTC")
    return f"{local}: {arrived.person} was paged, in their daytime: {arrived.title}"


async def wrong(t: Tour) -> str:
    await t.command(OPAL, AURORA, "/job", "wy llama-70b-midtrain")
    usage = await t.message(OPAL, AURORA, "How to use")
    await t.command(OPAL, AURORA, "/page", "help me please")
    refused = await t.message(OPAL, AURORA, "Only people with the role")
    return f"{first(usage)} · {first(refused)}"


async def ambiguous(t: Tour) -> str:
    """Slack applies the post and the answer is lost: the message is looked for, and not posted again."""
    await t.hands.fault("chat.postMessage", "applied_then_timeout", 1)
    await t.command(OPAL, AURORA, "/request", "sev4 when does the maintenance window start")
    await t.message(OPAL, AURORA, "maintenance window")
    root = await t.message(OPAL, AURORA, "maintenance window")
    await t.message(OPAL, AURORA, "has this", thread=root["ts"])
    copies = [m for m in await t.hands.messages(OPAL, AURORA) if "maintenance window" in words(m)]
    t.expect(len(copies) == 1, f"{len(copies)} copies are visible")
    return "one visible copy"


def first(message: dict[str, object]) -> str:
    return str(message.get("text", "")).splitlines()[0][:160]


def form(**values: object) -> dict[str, dict[str, object]]:
    """What is filled in, where each field is called as its block."""
    return {name: {name: value} for name, value in values.items()}


def option(view: dict[str, Any], block: str, part: str) -> str:
    """The value of the first option of `block` that has `part` in its words."""
    element = next(b for b in view["blocks"] if b.get("block_id") == block)["element"]
    groups = element.get("option_groups") or [{"options": element["options"]}]
    found = [o["value"] for group in groups for o in group["options"] if part in o["text"]["text"]]
    if not found:
        raise Missing(f"no option of {block} says “{part}”")
    return str(found[0])


STEPS = (
    ("Who: /oncall", who),
    ("Rota: an override by form", override),
    ("Rota: a swap, asked and accepted", swap),
    ("Route: /request in a client's channel", route),
    ("Route: /request as a form", modal),
    ("Restart: the process is killed, the old button still works", restart),
    ("Two clicks, one effect", second_click),
    ("Route: a mention by somebody of another workspace", mention),
    ("Diagnose: a GPU falls off the bus, /cluster health", health),
    ("Diagnose: /job why in a client's channel", why),
    ("Diagnose: another client's job does not exist here", not_mine),
    ("Act: /job suspend of a Kueue job", suspend),
    ("Act: /job resume", resume),
    ("Hand over at the boundary, accept", handoff),
    ("Page: sev1, escalates to the second, stops", page),
    ("Page: a weekend request", weekend),
    ("Bad input: did you mean, and who may", wrong),
    ("Slack loses an answer: one visible copy", ambiguous),
)
