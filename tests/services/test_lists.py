"""Requests listed, shown, searched, exported: whose rows come, in which order, and what bad input is answered."""

import csv
import io
import json
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlmodel import select

from bot.clock import ManualClock
from bot.config.file import Config
from bot.desk import export
from bot.desk.export import Form, Wanted
from bot.desk.lifecycle import Verb
from bot.desk.listing import Asked, Which
from bot.desk.model import About, Wish
from bot.desk.service import Place
from bot.desk.tables import Request, RequestFinding
from bot.diagnose.model import Evidence, Finding, Severity, Subject, Why
from bot.directory.access import Actor
from bot.errors import Forbidden, UserError
from bot.outbox.tables import OutgoingFile
from bot.store.database import Database
from tests.fixtures_postgres import database_url, db, postgres_server, postgres_url
from tests.services.office import TUESDAY, Office, built

__all__ = ["database_url", "db", "postgres_server", "postgres_url"]
OPAL, CAPELLA, ALTAIR, LEAD = "U0OPAL", "U0CAPELLA", "U0ALTAIR", "U0SIRIUS"
AURORA, CIRRUS = "C0AURORA", "C0CIRRUS"


@pytest.fixture
def office(db: Database, config: Config) -> Office:
    """On both databases: their text indexes are two."""
    return built(db, ManualClock(TUESDAY), config)


async def opened(office: Office, text: str, channel: str = AURORA, job: str = "", who: str = OPAL) -> Request:
    made = await office.rows(select(Request.id))
    request = await office.desk.open(office.actor(who, channel), Place(channel), text, "", f"s{len(made)}")
    if job:
        async with office.db.write() as tx:
            row = await tx.get(Request, request.id)
            assert row is not None
            row.cluster, row.namespace, row.job = "pleiades", "aurora-train", job
    return request


async def resolved(office: Office, text: str, cause: str, fix: str, channel: str = AURORA, job: str = "") -> Request:
    request = await opened(office, text, channel, job)
    assert request.id is not None
    wish = Wish(cause=cause, fix=fix)
    return await office.moves.move(office.actor(CAPELLA), request.id, Verb.RESOLVE, f"r{request.id}", wish=wish)


async def ids(office: Office, who: Actor, asked: Asked) -> list[int]:
    return [line.id for line in (await office.lists.page(who, asked)).lines]


def inside(office: Office, who: str = CAPELLA) -> Actor:
    return office.actor(who)


def client(office: Office, channel: str = AURORA, who: str = OPAL) -> Actor:
    return office.actor(who, channel)


async def test_overdue_comes_before_grave_before_old(office: Office) -> None:
    """What somebody waits for longest beyond the promise is first, whatever its severity."""
    await opened(office, "sev3 old and mild")
    await opened(office, "sev2 answer is late")
    office.clock.advance(timedelta(minutes=90))
    await opened(office, "sev1 all ranks are down")
    listed = await office.lists.page(inside(office), Asked(Which.ALL))
    assert [(line.id, line.overdue) for line in listed.lines] == [(2, True), (3, False), (1, False)]


async def test_each_list_has_what_it_says(office: Office) -> None:
    await opened(office, "one")
    await opened(office, "two", CIRRUS)
    await office.moves.move(inside(office, ALTAIR), 2, Verb.ASSIGN, "c")
    await resolved(office, "three", "", "")
    me = inside(office)
    assert await ids(office, me, Asked(Which.MINE)) == [1]
    assert await ids(office, me, Asked(Which.ALL)) == [1, 2]
    assert await ids(office, me, Asked(Which.CLIENT, "Cirrus")) == [2]
    assert await ids(office, me, Asked(Which.REGION)) == [1, 2]
    assert await ids(office, me, Asked(Which.REGION, "us")) == []
    assert await ids(office, me, Asked(Which.ALL, ended=True)) == [3]


async def test_in_a_clients_channel_there_is_that_client_only_whoever_asks(office: Office) -> None:
    await opened(office, "aurora's own")
    await opened(office, "cirrus's own", CIRRUS)
    for who in (client(office), office.actor(CAPELLA, AURORA), office.actor(LEAD, AURORA)):
        for which in Which:
            assert 2 not in await ids(office, who, Asked(which))
        assert [line.id for line in (await office.lists.search(who, "own")).lines] == [1]
        with pytest.raises(UserError, match="There is no request R-2 here"):
            await office.lists.show(who, 2)
        with pytest.raises(UserError, match="There is no request R-99 here"):
            await office.lists.show(who, 99)
        with pytest.raises(UserError, match="There is no client “cirrus”"):
            await office.lists.page(who, Asked(Which.CLIENT, "cirrus"))


async def test_a_client_is_known_by_the_channel_alone(office: Office) -> None:
    with pytest.raises(UserError, match="your team's channel"):
        await office.lists.page(office.actor(OPAL), Asked(Which.ALL))


async def test_a_client_sees_nothing_that_the_team_noted(office: Office) -> None:
    """Neither shown, nor found by a word that only a note has."""
    await resolved(office, "loss is NaN", "thermal throttling", "swapped the baseboard")
    shown = await office.lists.show(client(office), 1)
    assert (shown.line.cause, shown.line.fix, shown.timeline, shown.team_link) == ("", "", (), "")
    assert (await office.lists.search(client(office), "baseboard")).total == 0
    assert (await office.lists.search(inside(office), "baseboard")).total == 1
    within = await office.lists.show(inside(office), 1)
    assert [event.what for event in within.timeline] == ["opened", "resolved"]


async def test_show_leads_to_both_threads(office: Office) -> None:
    await opened(office, "loss is NaN")
    await office.posted("request/1/root", "1764000000.000100")
    await office.posted("request/1/card/0", "1764000000.000200")
    shown = await office.lists.show(inside(office), 1)
    assert shown.client_link.endswith("/C0AURORA/p1764000000000100")
    assert shown.team_link.endswith("/C0TRIAGEEU/p1764000000000200")


FOUND = [
    ("nccl", [1]),
    ("NCCL time", [1]),
    ("timeout nccl", [1]),
    ("llama", [1]),
    ("llama-70b", [1]),
    ("größe", [2]),
    ("שלום", [2]),
    ("नमस्ते", [2]),
    ("日本", [2]),
    ("nccl größe", []),
    ('"nccl" OR (größe', []),
    ("nccl* NOT timeout", []),
    ("nccl & !timeout | :*", [1]),
    ("text:nccl", []),
    ("'; DROP TABLE request; --", []),
    ("{text job} : nccl", []),
    ("🚀 nccl", [1]),
]
TOO_LITTLE = ("", "a", "🚀", "* ( \" '", "\u202e", "-- :")


async def test_every_word_counts_and_no_sign_does(office: Office) -> None:
    """Whatever the database's own query language has, what is typed is words and the gaps between them."""
    await opened(office, "NCCL timeout on llama-70b-midtrain, rank 17")
    await opened(office, "Größe falsch: שלום नमस्ते 日本語 /data/x.bin 🚀", who="U0QUARTZ")
    for typed, found in FOUND:
        page = await office.lists.search(inside(office), typed)
        assert (typed, [line.id for line in page.lines]) == (typed, found)


async def test_too_little_to_look_for_is_said_and_so_is_too_much(office: Office) -> None:
    for typed in TOO_LITTLE:
        with pytest.raises(UserError, match="too little"):
            await office.lists.search(inside(office), typed)
    with pytest.raises(UserError, match="a search takes 16"):
        await office.lists.search(inside(office), " ".join(f"word{n}" for n in range(400)))
    assert (await office.lists.search(inside(office), "x" * 3000)).total == 0


async def test_the_index_follows_every_change(office: Office) -> None:
    """SQLite drops triggers with a table that a migration copies; then this fails."""
    await resolved(office, "loss is NaN", "bad data shard", "skipped it")
    assert (await office.lists.search(inside(office), "shard")).total == 1
    async with office.db.write() as tx:
        row = await tx.get(Request, 1)
        assert row is not None
        row.text, row.cause = "gradients explode", "learning rate"
    assert (await office.lists.search(inside(office), "shard")).total == 0
    assert (await office.lists.search(inside(office), "learning gradients")).total == 1


async def test_five_thousand_requests_are_pages_of_ten(office: Office) -> None:
    first = await opened(office, "sev3 number 0")
    values = first.model_dump(exclude={"id", "source", "text"})
    async with office.db.write() as tx:
        tx.add_all(Request(**values, source=f"x{n}", text=f"number {n}") for n in range(1, 5_000))
    page = await office.lists.page(inside(office), Asked(Which.ALL), 499)
    assert (page.total, page.pages, len(page.lines), page.number) == (5_000, 500, 10, 499)
    assert (await office.lists.page(inside(office), Asked(Which.ALL), 10_000)).number == 499
    found = await office.lists.search(inside(office), "number", 3)
    assert (found.total, len(found.lines)) == (5_000, 10)


async def test_export_is_for_leads(office: Office) -> None:
    await opened(office, "one")
    for who in (client(office), inside(office)):
        with pytest.raises(Forbidden, match="lead"):
            await office.exports.send(who, Wanted(), "e")


async def test_no_cell_is_a_formula(office: Office) -> None:
    """What a stranger typed is computed by nobody's spreadsheet."""
    for text in ('=HYPERLINK("http://x")', "+1+1", "-2", "@SUM(A1)", "＝1", " =1", "fine = yes"):
        await opened(office, text)
    await office.exports.send(inside(office, LEAD), Wanted(), "e")
    await office.exports.send(inside(office, LEAD), Wanted(), "e")
    (content,) = await office.rows(select(OutgoingFile.content))
    lines = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
    assert [line["text"][0] for line in lines] == ["'"] * 6 + ["f"]
    (sent,) = await office.sent("export/e")
    assert (sent.user, sent.channel) == (LEAD, None)


async def test_export_of_a_client_and_of_a_time(office: Office) -> None:
    await opened(office, "one")
    office.clock.advance(timedelta(days=2))
    await opened(office, "two")
    await opened(office, "three", CIRRUS)
    lead = inside(office, LEAD)

    async def texts(wanted: Wanted, who: Actor = lead) -> list[str]:
        made = "".join([piece async for piece, _ in office.exports.pieces(who, replace(wanted, form=Form.JSON))])
        return [row["text"] for row in json.loads(made)]

    assert await texts(Wanted()) == ["one", "two", "three"]
    assert await texts(Wanted(client="aurora")) == ["one", "two"]
    assert await texts(Wanted(start=TUESDAY + timedelta(days=1))) == ["two", "three"]
    assert await texts(Wanted(end=TUESDAY + timedelta(days=1))) == ["one"]
    assert await texts(Wanted(), office.actor(LEAD, CIRRUS)) == ["three"]
    assert await texts(Wanted(client="aurora", end=TUESDAY)) == []


async def test_an_export_that_is_too_large_says_how_to_ask_for_less(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "MOST_BYTES", 500)
    await opened(office, "x" * 1_000)
    with pytest.raises(UserError, match="more than"):
        await office.exports.send(inside(office, LEAD), Wanted(), "e")


def why(job: str, rule: str, title: str) -> Why:
    subject = Subject("Job", "aurora-train", job)
    finding = Finding(rule, Severity.CRITICAL, subject, title, (Evidence("x", "y"),), "next")
    return Why("pleiades", f"aurora-train/{job}", TUESDAY, "failed", title, finding)


async def test_the_same_finding_is_found_whatever_the_words(office: Office) -> None:
    """“It died again” and “hangs since noon” are the same when `/job why` says so, on another job and another node."""
    for job, node in (("llm-a", "n-0017"), ("llm-b", "n-0200")):
        title = f"{job} failed because the GPU failed (Xid) (first in rank 3, {job}-3 on {node})"
        office.findings[f"aurora-train/{job}"] = why(job, "log-signature", title)
    await opened(office, "it died again", job="llm-a")
    await office.knowledge.tick()
    await office.moves.move(inside(office), 1, Verb.RESOLVE, "r", wish=Wish(cause="bad GPU", fix="drained n-0017"))
    await opened(office, "hangs since noon", job="llm-b")
    await office.knowledge.tick()
    (line,) = (await office.knowledge.similar(inside(office), 2)).lines
    assert (line.id, line.fix) == (1, "drained n-0017")
    assert line.because.startswith("same finding")
    (hint,) = await office.sent("request/2/similar")
    assert (hint.channel, hint.thread_of, hint.for_client) == ("C0TRIAGEEU", "request/2/card/0", "")
    assert "drained n-0017" in json.dumps(hint.content)
    assert not await office.sent("request/1/similar"), "nothing was known before the first"


async def test_what_was_found_only_when_it_was_resolved_counts_too(office: Office) -> None:
    await opened(office, "odd", job="llm-a")
    await office.knowledge.tick()
    await office.moves.move(inside(office), 1, Verb.RESOLVE, "r")
    office.findings["aurora-train/llm-a"] = why("llm-a", "oom", "llm-a ran out of memory")
    await office.knowledge.tick()
    await office.knowledge.tick()
    (row,) = await office.rows(select(RequestFinding))
    assert (row.signature, row.settled) == ("oom: ran out of memory", True)


async def test_similar_by_words_needs_more_than_one_in_common(office: Office) -> None:
    await resolved(office, "NCCL timeout after checkpoint", "switch port flapping", "moved the rack")
    await resolved(office, "checkpoint cannot be written", "quota", "raised it")
    alike = await office.knowledge.similar(inside(office), "nccl watchdog timeout on rank 3")
    assert [line.id for line in alike.lines] == [1]
    with pytest.raises(UserError, match="tell nothing apart"):
        await office.knowledge.similar(inside(office), "it is not running, please help")


async def test_a_hint_needs_something_that_helped(office: Office) -> None:
    await resolved(office, "NCCL timeout after checkpoint", "", "")
    await opened(office, "NCCL timeout after checkpoint again")
    await office.knowledge.tick()
    assert not await office.sent("request/2/similar")


async def test_similar_tells_a_client_of_its_own_only_and_not_what_was_learned(office: Office) -> None:
    await resolved(office, "NCCL timeout after checkpoint", "switch port", "moved the rack", CIRRUS)
    await resolved(office, "NCCL timeout at step 3", "cable", "replaced it")
    alike = await office.knowledge.similar(client(office), "nccl timeout")
    assert [(line.id, line.cause, line.fix) for line in alike.lines] == [(2, "", "")]
    with pytest.raises(UserError, match="no request R-1 here"):
        await office.knowledge.similar(client(office), 1)


async def test_about_the_job_it_may_see(office: Office) -> None:
    """A request is about nothing where the job is not its client's."""
    about = About("pleiades", "cirrus-train", "their-job")
    await office.desk.open(client(office), Place(AURORA), "odd", "", "s", about)
    await office.knowledge.tick()
    (row,) = await office.rows(select(RequestFinding))
    assert row.signature == ""


async def test_every_answer_is_drawn_for_both_sides(office: Office) -> None:
    """A page, one request, what is like it, a file: in Slack and in the terminal, with and without what is inside."""
    await resolved(office, "NCCL timeout after checkpoint", "switch port", "moved the rack", job="llm-a")
    for who, within in ((inside(office), True), (client(office), False)):
        page = await office.lists.page(who, Asked(Which.ALL, ended=True))
        shown, alike = await office.lists.show(who, 1), await office.knowledge.similar(who, "nccl timeout")
        nothing = replace(alike, lines=())
        values = {"title": "All", "before": "x", "after": "y", "command": "/request"}
        drawn = [
            office.renderer.message("desk/list", page=page, inside=within, **values),
            office.renderer.message("desk/show", shown=shown, inside=within),
            *(office.renderer.message("desk/similar", found=one, inside=within) for one in (alike, nothing)),
        ]
        names = {CAPELLA: "Capella"}
        texts = [
            office.renderer.text("desk/list", title="All", page=page, names=names),
            office.renderer.text("desk/show", shown=shown, names=names),
            *(office.renderer.text("desk/similar", found=one, names=names) for one in (alike, nothing)),
        ]
        told = json.dumps([message.to_row() for message in drawn]) + "".join(texts)
        assert ("moved the rack" in told) is within
        assert "1 earlier request like these words" in told
    sent = office.renderer.message("desk/exported", sent=export.Sent("x.csv", 2))
    assert "2 requests sent" in sent.text
