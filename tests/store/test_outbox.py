"""What the outbox promises, on both databases, with a Slack that fails as told."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import select

from bot.clock import ManualClock
from bot.errors import Temporary
from bot.outbox import queue, telling
from bot.outbox.api import Destination, Outbox, Priority
from bot.outbox.delivery import REFUSALS
from bot.outbox.queue import FEW
from bot.outbox.sender import PAGES_FIRST, TOGETHER_SECONDS, Pace, Sender
from bot.outbox.tables import OutgoingMessage
from bot.outbox.worker import Worker
from bot.slack.errors import OutcomeUnknown, SlackRefused
from bot.slack.render import Message
from bot.store.database import Database
from tests.store.fake_slack import FakeSlack, limited

TRIAGE, OTHER = "C0TRIAGEEU", "C0TRIAGEUS"


def words(text: str) -> Message:
    return Message(text, [])


@dataclass
class Bench:
    """An outbox, its sender, and hands on all the time there is."""

    db: Database
    clock: ManualClock
    slack: FakeSlack
    outbox: Outbox
    seconds: float = 0.0
    reports: list[str] = field(default_factory=list)
    senders: list[Sender] = field(default_factory=list)

    rush: bool = False

    def sender(self, **pace: Any) -> Sender:
        """A process's sender; a second one is the process after it, or the other replica. No budget by default."""

        async def report(_tx: Any, row: OutgoingMessage, reason: str) -> None:
            self.reports.append(f"{row.key}: {reason}")

        gateway: Any = self.slack
        made = Sender(
            self.db,
            self.clock,
            gateway,
            {"vega/phone": "json://127.0.0.1:9/never"}.get,
            report=report,
            pace=Pace(**{"window": 0.0, **pace}),
            rush=lambda: self.rush,
            monotonic=lambda: self.seconds,
        )
        self.senders.append(made)
        return made

    async def post(self, key: str, channel: str = TRIAGE, text: str = "", **more: Any) -> None:
        async with self.db.write() as tx:
            await self.outbox.post(tx, key, Destination(channel=channel), words(text or key), **more)

    async def update(self, key: str, text: str) -> None:
        async with self.db.write() as tx:
            await self.outbox.update(tx, key, words(text))

    async def settle(self, sender: Sender) -> None:
        """Until nothing is to be sent now."""
        while await sender.tick():
            pass

    async def row(self, key: str) -> OutgoingMessage:
        async with self.db.read() as tx:
            return (await tx.scalars(select(OutgoingMessage).where(OutgoingMessage.key == key))).one()

    async def die(self, sender: Sender) -> None:
        """The process of `sender` ends where it is."""
        tasks = list(sender._lanes.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@pytest.fixture
async def bench(db: Database) -> AsyncIterator[Bench]:
    clock = ManualClock(datetime(2026, 3, 28, 12, tzinfo=UTC))
    made = Bench(db, clock, FakeSlack(), Outbox(db, clock))
    yield made
    for sender in made.senders:
        await made.die(sender)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 - any state of the world, not an event
            await asyncio.sleep(0.005)


async def test_a_message_is_sent_once_and_where_it_stands_is_known(bench: Bench) -> None:
    await bench.post("a")
    await bench.post("a", text="the same key again")
    sender = bench.sender()
    await bench.settle(sender)
    assert bench.slack.texts(TRIAGE) == ["a"]
    async with bench.db.read() as tx:
        assert await bench.outbox.located(tx, "a") == (TRIAGE, "1000.000001")
        assert await bench.outbox.located(tx, "b") is None


async def test_a_fact_that_was_rolled_back_is_not_told(bench: Bench) -> None:
    async def fail() -> None:
        async with bench.db.write() as tx:
            await bench.outbox.post(tx, "a", Destination(channel=TRIAGE), words("a"))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail()
    assert await bench.sender().tick() == 0


async def test_one_channel_keeps_its_order_and_urgent_goes_first(bench: Bench) -> None:
    """Pages before notices before digests, and in each the order in which they were written."""
    await bench.post("digest", priority=Priority.DIGEST)
    await bench.post("notice 1")
    await bench.post("notice 2")
    await bench.post("page", priority=Priority.PAGE)
    await bench.settle(bench.sender())
    assert bench.slack.texts(TRIAGE) == ["page", "notice 1", "notice 2", "digest"]


async def test_a_message_waits_until_it_is_due_and_is_dropped_when_it_is_too_late(bench: Bench) -> None:
    now = bench.clock.now()
    await bench.post("later", due=now + timedelta(hours=1))
    await bench.post("stale", due=now + timedelta(hours=1), expires=now + timedelta(hours=2))
    sender = bench.sender()
    await bench.settle(sender)
    assert bench.slack.messages == []
    bench.clock.advance(timedelta(hours=3))
    await bench.settle(sender)
    assert bench.slack.texts(TRIAGE) == ["later"]
    assert "too late" in (await bench.row("stale")).last_error


async def test_a_channel_that_hangs_or_is_limited_delays_no_other(bench: Bench) -> None:
    """Each channel has a lane of its own."""
    bench.slack.gates[TRIAGE] = asyncio.Event()
    await bench.post("hangs")
    for number in range(3):
        await bench.post(f"other {number}", OTHER)
    sender = bench.sender(poll=0.01)
    sender.start()
    await until(lambda: bench.slack.texts(OTHER) == ["other 0", "other 1", "other 2"])
    assert bench.slack.texts(TRIAGE) == []
    bench.slack.gates[TRIAGE].set()
    await until(lambda: bench.slack.texts(TRIAGE) == ["hangs"])
    await sender.stop()


async def test_a_limit_is_kept_to_the_second_in_its_channel_only(bench: Bench) -> None:
    """429 with Retry-After: not before, in order, and nobody else waits. The clock has nothing to say in it."""
    bench.slack.failures[TRIAGE].append(limited("chat.postMessage", 30))
    await bench.post("first")
    await bench.post("second")
    await bench.post("other", OTHER)
    sender = bench.sender()
    await bench.settle(sender)
    assert bench.slack.texts(OTHER) == ["other"]
    bench.seconds += 29
    bench.clock.advance(timedelta(days=1))
    await bench.settle(sender)
    assert bench.slack.texts(TRIAGE) == []
    bench.seconds += 1.1
    await bench.settle(sender)
    assert bench.slack.texts(TRIAGE) == ["first", "second"]


async def test_a_channel_gets_three_notices_at_once_and_a_page_at_any_time(bench: Bench) -> None:
    """Slack lets about one a second through: notices leave room for a page, digests for both, other channels go on."""
    for number in range(5):
        await bench.post(f"notice {number}")
    await bench.post("digest", priority=Priority.DIGEST)
    await bench.post("digest elsewhere", OTHER, priority=Priority.DIGEST)
    sender = bench.sender(window=4.0)
    await bench.settle(sender)
    assert bench.slack.texts(TRIAGE) == ["notice 0", "notice 1", "notice 2"]
    assert bench.slack.texts(OTHER) == ["digest elsewhere"]
    await bench.post("page", priority=Priority.PAGE)
    await bench.settle(sender)
    assert bench.slack.texts(TRIAGE)[3:] == ["page"]
    bench.seconds += 4.1
    await bench.settle(sender)
    assert bench.slack.texts(TRIAGE)[4:] == ["notice 3", "notice 4"]
    bench.seconds += 4.1
    await bench.settle(sender)
    assert bench.slack.texts(TRIAGE)[6:] == ["digest"]


async def test_what_was_refused_is_sent_again_when_asked_for(bench: Bench) -> None:
    """A channel that the bot was not in, until somebody invited it."""
    bench.slack.failures[TRIAGE].append(SlackRefused("not_in_channel", "chat.postMessage"))
    await bench.post("a")
    sender = bench.sender()
    await bench.settle(sender)
    row = await bench.row("a")
    assert (row.state, bench.slack.texts(TRIAGE)) == ("failed", [])
    async with bench.db.write() as tx:
        assert await bench.outbox.send_again(tx, row.id) is not None
        assert await bench.outbox.send_again(tx, row.id) is None, "it waits already"
    await bench.settle(sender)
    assert bench.slack.texts(TRIAGE) == ["a"]
    async with bench.db.write() as tx:
        assert await bench.outbox.send_again(tx, row.id) is None, "it has arrived"


async def test_what_was_refused_and_then_cancelled_is_not_sent_again(bench: Bench) -> None:
    """The text message of a page that somebody has answered."""
    bench.slack.failures[TRIAGE].append(SlackRefused("not_in_channel", "chat.postMessage"))
    await bench.post("page/1/a")
    sender = bench.sender()
    await bench.settle(sender)
    row = await bench.row("page/1/a")
    async with bench.db.write() as tx:
        await bench.outbox.cancel(tx, "page/1/")
        assert await bench.outbox.send_again(tx, row.id) is None
    await bench.settle(sender)
    assert bench.slack.texts(TRIAGE) == []


async def test_a_limit_on_updates_does_not_delay_posts(bench: Bench) -> None:
    """Retry-After stops that method only."""
    await bench.post("a")
    sender = bench.sender()
    await bench.settle(sender)
    bench.slack.failures["chat.update"].append(limited("chat.update", 30))
    await bench.update("a", "a2")
    await bench.post("b")
    await bench.settle(sender)
    assert bench.slack.texts(TRIAGE) == ["a", "b"]
    bench.seconds += 31
    await bench.settle(sender)
    assert bench.slack.texts(TRIAGE) == ["a2", "b"]


async def test_what_arrived_without_an_answer_is_found_and_not_sent_again(bench: Bench) -> None:
    """Applied, then the answer is lost: one visible copy."""
    bench.slack.failures[TRIAGE].append("lost")
    await bench.post("a")
    sender = bench.sender()
    await bench.settle(sender)
    bench.seconds += 10
    await bench.settle(sender)
    assert bench.slack.texts(TRIAGE) == ["a"]
    assert (await bench.row("a")).state == "done"


async def test_what_was_lost_on_the_way_is_sent_again(bench: Bench) -> None:
    """Neither lost nor doubled: nothing stands in the channel, so it is posted."""
    bench.slack.failures[TRIAGE].append(OutcomeUnknown("no answer"))
    await bench.post("a")
    sender = bench.sender()
    await bench.settle(sender)
    assert bench.slack.texts(TRIAGE) == []
    bench.seconds += 10
    await bench.settle(sender)
    assert bench.slack.texts(TRIAGE) == ["a"]
    assert ("conversations.history", TRIAGE) in bench.slack.calls


async def test_an_update_while_the_post_is_lost_converges(bench: Bench) -> None:
    """The copy that is found shows an old version: it is updated, not posted anew."""
    bench.slack.failures[TRIAGE].append("lost")
    await bench.post("a")
    sender = bench.sender()
    await bench.settle(sender)
    await bench.update("a", "a2")
    bench.seconds += 10
    await bench.settle(sender)
    assert bench.slack.texts(TRIAGE) == ["a2"]
    assert bench.slack.messages[0].edits == 1


async def test_while_it_cannot_look_it_does_not_send(bench: Bench) -> None:
    bench.slack.failures[TRIAGE].extend(["lost", Temporary("down"), Temporary("down")])
    await bench.post("a")
    sender = bench.sender()
    for _ in range(6):
        await bench.settle(sender)
        bench.seconds += 20
    assert bench.slack.texts(TRIAGE) == ["a"]


async def test_a_failing_message_keeps_the_order_for_a_while_and_then_lets_others_pass(bench: Bench) -> None:
    """Order matters until one poisoned message would silence a channel."""
    bench.slack.failures["chat.postMessage"].extend([Temporary("down")] * 5)
    await bench.post("poison")
    await bench.post("next")
    sender = bench.sender()
    for _ in range(4):
        await bench.settle(sender)
        assert bench.slack.texts(TRIAGE) == []
        bench.seconds += 60
    await bench.settle(sender)
    assert bench.slack.texts(TRIAGE) == ["next"]
    bench.seconds += 200
    await bench.settle(sender)
    assert bench.slack.texts(TRIAGE) == ["next", "poison"]


async def test_a_refusal_is_final_and_told_to_the_admins_and_the_next_one_goes(bench: Bench) -> None:
    bench.slack.failures[TRIAGE].append(SlackRefused("not_in_channel", "chat.postMessage"))
    await bench.post("a")
    await bench.post("b")
    await bench.settle(bench.sender())
    assert bench.slack.texts(TRIAGE) == ["b"]
    [told] = bench.reports
    assert "Invite Heliograph to the channel" in told
    assert (await bench.row("a")).state == "failed"


async def test_updates_before_and_during_the_post_are_one(bench: Bench) -> None:
    """The newest wins: what was never seen is never sent."""
    await bench.post("a", text="1")
    await bench.update("a", "2")
    gate = bench.slack.gates[TRIAGE] = asyncio.Event()
    sender = bench.sender()
    ticking = asyncio.create_task(sender.tick())
    await until(lambda: bool(bench.slack.calls))
    await bench.update("a", "3")
    await bench.update("a", "4")
    gate.set()
    await ticking
    assert bench.slack.texts(TRIAGE) == ["2"]
    await bench.settle(sender)
    assert bench.slack.texts(TRIAGE) == ["4"]
    assert bench.slack.messages[0].edits == 1


async def test_an_update_of_nothing_is_an_error(bench: Bench) -> None:
    with pytest.raises(LookupError):
        await bench.update("never written", "x")


async def test_a_thread_waits_for_its_root_and_holds_up_nobody(bench: Bench) -> None:
    bench.slack.failures[TRIAGE].append(Temporary("down"))
    await bench.post("root")
    async with bench.db.write() as tx:
        await bench.outbox.post(tx, "reply", Destination(thread_of="root"), words("reply"), priority=Priority.PAGE)
    sender = bench.sender()
    await bench.settle(sender)
    assert bench.slack.messages == []
    bench.seconds += 5
    await bench.settle(sender)
    assert [(m.text, m.thread) for m in bench.slack.messages] == [("root", None), ("reply", "1000.000001")]


async def test_a_reply_under_a_refused_root_goes_to_the_channel(bench: Bench) -> None:
    """A client is told, if not in the thread that Slack did not want."""
    bench.slack.failures[TRIAGE].append(SlackRefused("invalid_blocks", "chat.postMessage"))
    await bench.post("root")
    async with bench.db.write() as tx:
        await bench.outbox.post(tx, "reply", Destination(channel=TRIAGE, thread_of="root"), words("reply"))
    await bench.settle(bench.sender())
    assert [(m.text, m.thread) for m in bench.slack.messages] == [("reply", None)]


async def test_a_dm_is_opened_and_an_ephemeral_answer_is_for_one(bench: Bench) -> None:
    async with bench.db.write() as tx:
        await bench.outbox.post(tx, "dm", Destination(user="U0VEGA"), words("dm"))
        await bench.outbox.post(tx, "eph", Destination(channel=TRIAGE), words("eph"), ephemeral_to="U0VEGA")
    await bench.settle(bench.sender())
    assert bench.slack.texts("D0VEGA") == ["dm"]
    assert bench.slack.texts(f"{TRIAGE}/U0VEGA") == ["eph"]


async def test_an_answer_replaces_what_was_clicked_and_its_url_is_forgotten(bench: Bench) -> None:
    async with bench.db.write() as tx:
        await bench.outbox.answer(tx, "a", "https://hooks.example/1", words("done"), replace=True)
        await bench.outbox.answer(tx, "b", "https://hooks.example/2", words("never"))
    bench.slack.failures["https://hooks.example/2"].append(SlackRefused("expired_url", "response_url"))
    await bench.settle(bench.sender())
    [answer] = bench.slack.messages
    assert (answer.text, answer.metadata) == ("done", {"replace": True})
    assert (await bench.row("a")).response_url is None
    assert (await bench.row("b")).state == "failed"


async def test_what_is_cancelled_is_not_sent_and_what_is_sent_stays(bench: Bench) -> None:
    await bench.post("page/1/a")
    sender = bench.sender()
    await bench.settle(sender)
    await bench.post("page/1/b")
    await bench.post("page/12/c")
    async with bench.db.write() as tx:
        assert await bench.outbox.cancel(tx, "page/1/") == 1
    await bench.update("page/1/b", "cancelled, and stays so")
    await bench.update("page/1/a", "answered")
    await bench.settle(sender)
    assert bench.slack.texts(TRIAGE) == ["answered", "page/12/c"]


async def test_what_was_cancelled_on_its_way_is_not_tried_again(bench: Bench) -> None:
    """Its first attempt did not arrive, and then it was cancelled."""
    bench.slack.failures[TRIAGE].append(OutcomeUnknown("no answer"))
    await bench.post("a")
    sender = bench.sender()
    await bench.settle(sender)
    async with bench.db.write() as tx:
        await bench.outbox.cancel(tx, "a")
    bench.seconds += 10
    await bench.settle(sender)
    assert bench.slack.texts(TRIAGE) == []
    assert (await bench.row("a")).state == "cancelled"


async def test_a_process_that_dies_after_sending_leaves_one_visible_copy(bench: Bench) -> None:
    """The next one finds it in the channel; on PostgreSQL it first makes sure that the other is dead."""
    await bench.post("a")
    first = bench.sender()
    recorded = asyncio.Event()

    async def never(*_: Any) -> None:
        recorded.set()
        await asyncio.Event().wait()

    first._record = never  # type: ignore[method-assign]
    ticking = asyncio.create_task(first.tick())
    await recorded.wait()
    await bench.die(first)
    await ticking
    second = bench.sender()
    for later in (0, 61, 5):  # it is watched, taken over, and after a moment looked for
        bench.seconds += later
        await bench.settle(second)
    assert bench.slack.texts(TRIAGE) == ["a"]
    assert (await bench.row("a")).state == "done"


async def test_a_moved_clock_takes_no_lease_from_the_living(bench: Bench) -> None:
    """The sandbox's clock jumps by days; a sender that is at it keeps its row."""
    bench.slack.gates[TRIAGE] = asyncio.Event()
    await bench.post("a")
    first = bench.sender()
    ticking = asyncio.create_task(first.tick())
    await until(lambda: bool(bench.slack.calls))
    bench.clock.advance(timedelta(days=3))
    if bench.db.dialect == "postgresql":  # SQLite has one process, and no other replica to be tempted
        assert await bench.sender().tick() == 0
    assert await first.tick() == 0
    bench.slack.gates[TRIAGE].set()
    await ticking
    assert bench.slack.texts(TRIAGE) == ["a"]


@pytest.mark.parametrize("database_url", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True)
async def test_two_replicas_send_each_message_once_and_in_order(bench: Bench) -> None:
    for number in range(12):
        await bench.post(f"{number:02}", TRIAGE if number % 2 else OTHER)
    one, two = bench.sender(poll=0.01), bench.sender(poll=0.01)
    one.start()
    two.start()
    await until(lambda: len(bench.slack.messages) >= 12)
    await asyncio.gather(one.stop(), two.stop())
    assert bench.slack.texts(TRIAGE) == [f"{number:02}" for number in range(1, 12, 2)]
    assert bench.slack.texts(OTHER) == [f"{number:02}" for number in range(0, 12, 2)]


async def test_a_database_that_fails_while_recording_is_asked_again(bench: Bench) -> None:
    """What was sent is recorded for as long as it takes: no second copy, no search."""
    await bench.post("a")
    sender = bench.sender()
    record, tries = sender._record, 0

    async def flaky(*arguments: Any) -> None:
        nonlocal tries
        tries += 1
        if tries == 1:
            raise Temporary("the database is restarting")
        await record(*arguments)

    sender._record = flaky  # type: ignore[method-assign]
    await bench.settle(sender)
    assert bench.slack.calls == [("chat.postMessage", TRIAGE)]
    assert (await bench.row("a")).state == "done"


async def test_old_messages_are_forgotten_and_waiting_ones_never(bench: Bench) -> None:
    await bench.post("sent")
    await bench.settle(bench.sender())
    await bench.post("waits", due=bench.clock.now() + timedelta(days=400))
    assert await bench.outbox.prune(bench.clock.now()) == 0
    assert await bench.outbox.prune(bench.clock.now() + timedelta(days=365)) == 1
    assert (await bench.row("waits")).state == "pending"


async def test_stopping_waits_for_what_is_on_its_way(bench: Bench) -> None:
    """And not for ever: what is left, the next process looks for."""
    gate = bench.slack.gates[TRIAGE] = asyncio.Event()
    await bench.post("a")
    sender = bench.sender()
    sender.start()
    await until(lambda: bool(bench.slack.calls))
    await sender.stop(0.01)
    gate.set()
    assert (await bench.row("a")).state == "leased"


async def test_a_page_outside_slack_without_an_address_is_told_to_the_admins(bench: Bench) -> None:
    async with bench.db.write() as tx:
        await bench.outbox.notify(tx, "page/1/sms", "vega/sms", "PAGE", "the login node is down")
    await bench.settle(bench.sender())
    assert "vega/sms" in bench.reports[0]


async def test_in_a_rush_fewer_channels_are_sent_to_at_a_time_and_pages_all_the_same(bench: Bench) -> None:
    """What waits at the door comes first; somebody who is paged waits for nobody."""
    sender = bench.sender(at_once=4, in_a_rush=1)
    for number in range(4):
        await bench.post(f"notice {number}", f"C0NOTICE{number}")
        await bench.post(f"page {number}", f"C0PAGE{number}", priority=Priority.PAGE)
    bench.rush = True
    assert await sender.tick() == 4, "the pages, by themselves"
    assert await sender.tick() == 1
    bench.rush = False
    assert await sender.tick() == 3


class Telephone:
    """A contact method. `failing`: what it does not take; `seconds`: how long each takes."""

    def __init__(self, bench: Bench) -> None:
        self.heard: list[str] = []
        self.failing: set[str] = set()
        self.refusing = False
        self.seconds = 0.0
        self.rung: list[str] = []
        self.holding: asyncio.Event | None = None
        self._bench = bench

    async def tell(self, url: str, title: str, body: str) -> None:
        self._bench.seconds += self.seconds
        self.rung.append(body)
        if self.holding is not None:
            await self.holding.wait()
        if body in self.failing:
            raise telling.NotTaken("it answered 503")
        if self.refusing:
            raise telling.NotTaken("it answered 404", refused=True)
        self.heard.append(body)


@pytest.fixture
def telephone(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Telephone:
    made = Telephone(bench)
    monkeypatch.setattr(Worker, "tell", lambda _, *words: made.tell(*words))
    return made


async def call(bench: Bench, *words: str) -> None:
    async with bench.db.write() as tx:
        for said in words:
            await bench.outbox.notify(tx, said, "vega/phone", "paged", said)


async def test_what_is_too_late_for_a_telephone_is_not_sent_and_was_not_tried(
    bench: Bench, telephone: Telephone
) -> None:
    """Who asks later whether it may have arrived reads that it cannot have."""
    async with bench.db.write() as tx:
        late = bench.clock.now() + timedelta(minutes=3)
        await bench.outbox.notify(tx, "test", "vega/phone", "TEST", "test", expires=late)
    bench.clock.advance(timedelta(minutes=3))
    await bench.settle(bench.sender())
    row = await bench.row("test")
    assert (telephone.rung, row.state, row.attempts, row.first_attempt_at) == ([], "cancelled", 0, None)


async def test_a_notice_lets_pages_that_are_on_their_way_go_first(bench: Bench, telephone: Telephone) -> None:
    """Those of one telephone leave together: while they do, no other page waits, and notices are all there is."""
    telephone.holding = asyncio.Event()
    await call(bench, "a")
    sender = bench.sender()
    paging = asyncio.create_task(sender.tick())
    await until(lambda: bool(telephone.rung))
    await bench.post("a notice")
    assert await sender.tick() == 0
    bench.seconds += PAGES_FIRST
    assert await sender.tick() == 1, "a telephone that hangs holds up nobody"
    telephone.holding.set()
    await paging


async def rows_of(bench: Bench) -> dict[str, tuple[str, int]]:
    async with bench.db.read() as tx:
        rows = (await tx.scalars(select(OutgoingMessage))).all()
        return {row.key: (row.state, row.attempts) for row in rows}


async def test_pages_to_one_telephone_need_not_wait_for_a_look_each(bench: Bench, telephone: Telephone) -> None:
    """They leave one after the other, in their order."""
    await call(bench, *"abcd")
    await bench.sender().tick()
    assert telephone.heard == [*"abcd"]


async def test_after_one_that_was_not_taken_the_others_wait_for_it(bench: Bench, telephone: Telephone) -> None:
    """They have not been tried, and their order stays."""
    await call(bench, *"abcd")
    telephone.failing = {"b"}
    sender = bench.sender()
    await sender.tick()
    assert telephone.heard == ["a"]
    assert await rows_of(bench) == {"a": ("done", 0), "b": ("pending", 1), "c": ("pending", 0), "d": ("pending", 0)}
    telephone.failing = set()
    bench.seconds += 2
    await sender.tick()
    assert telephone.heard == [*"abcd"]


async def test_a_slow_telephone_gives_back_what_it_did_not_come_to(bench: Bench, telephone: Telephone) -> None:
    """What is answered meanwhile is cancelled, and nobody is called about it."""
    await call(bench, *"abcd")
    telephone.seconds = TOGETHER_SECONDS * 0.6
    sender = bench.sender()
    await sender.tick()
    assert telephone.heard == [*"ab"]
    async with bench.db.write() as tx:
        await bench.outbox.cancel(tx, "c")
    await sender.tick()
    assert telephone.heard == [*"abd"]


async def test_what_a_process_that_died_had_leased_together_is_sent(bench: Bench, telephone: Telephone) -> None:
    """Of the four it had sent one, and recorded none: that one is repeated, since nobody can look it up."""
    await call(bench, *"abcd")
    dead = bench.sender()
    dead._recorded_surely = _never  # type: ignore[method-assign]
    working = asyncio.create_task(dead.tick())
    await until(lambda: telephone.heard == ["a"])
    working.cancel()
    await bench.die(dead)
    after = bench.sender(dead_after=0.0)
    await after.tick()
    bench.seconds += 2
    await bench.settle(after)
    assert telephone.heard == ["a", *"abcd"]


async def _never(*_: object) -> None:
    await asyncio.Event().wait()


async def test_what_is_refused_after_it_was_cancelled_is_told_to_nobody(bench: Bench, telephone: Telephone) -> None:
    """It is over; sending it again would be of use to nobody."""
    await call(bench, "a")
    telephone.refusing, telephone.holding = True, asyncio.Event()
    sender = bench.sender()
    for number in range(1, REFUSALS + 1):
        telephone.holding.clear()
        trying = asyncio.create_task(sender.tick())
        await until(lambda many=number: len(telephone.rung) == many)
        if number == REFUSALS:
            async with bench.db.write() as tx:
                await bench.outbox.cancel(tx, "a")
        telephone.holding.set()
        await trying
        bench.seconds += 10
    assert (await bench.row("a")).state == "cancelled"
    assert bench.reports == []


async def test_where_a_page_goes_no_notice_begins_beside_it(bench: Bench) -> None:
    await bench.post("notice", OTHER)
    await bench.post("page", TRIAGE, priority=Priority.PAGE)
    sender = bench.sender()
    assert await sender.tick() == 1
    assert bench.slack.texts(TRIAGE) == ["page"]
    assert await sender.tick() == 1


async def test_a_telephone_goes_on_with_what_waits_for_it_without_another_look(
    bench: Bench, telephone: Telephone
) -> None:
    """However many, in their order; what falls due later, or was cancelled meanwhile, does not go."""
    many = [f"{number:03}" for number in range(3 * FEW)]
    await call(bench, *many)
    async with bench.db.write() as tx:
        later = bench.clock.now() + timedelta(minutes=5)
        await bench.outbox.notify(tx, "later", "vega/phone", "paged", "later", due=later)
    telephone.holding = asyncio.Event()
    sending = asyncio.create_task(bench.sender().tick())
    await until(lambda: telephone.rung == [many[0]])
    async with bench.db.write() as tx:
        await bench.outbox.cancel(tx, many[-1])
    telephone.holding.set()
    await sending
    assert telephone.heard == many[:-1]
    states = {state for key, (state, _) in (await rows_of(bench)).items() if key in many[:-1]}
    assert states == {"done"}


async def test_notices_by_telephone_go_one_a_look_so_that_pages_may_come_between(
    bench: Bench, telephone: Telephone
) -> None:
    async with bench.db.write() as tx:
        for said in "ab":
            await bench.outbox.notify(tx, said, "vega/phone", "TEST", said, priority=Priority.NOTICE)
    sender = bench.sender()
    await sender.tick()
    await call(bench, "a page")
    await sender.tick()
    await sender.tick()
    assert telephone.heard == ["a", "a page", "b"]


async def test_who_has_lost_the_lane_takes_nothing_more_from_it(bench: Bench, telephone: Telephone) -> None:
    """Another took the row from a sender thought dead; what follows is the other's to send."""
    await call(bench, *"ab")
    async with bench.db.write() as tx:
        [held] = await queue.lease(tx, [1], "one", bench.clock.now())
        assert held.key == "a"
    async with bench.db.write() as tx:
        await queue.take_over(tx, {(held.id, held.lease_number)})
    async with bench.db.write() as tx:
        assert await queue.lease_following(tx, held, bench.clock.now(), []) == []


async def test_the_next_look_comes_when_more_falls_due(bench: Bench, telephone: Telephone) -> None:
    """Not up to half a second later."""
    async with bench.db.write() as tx:
        soon = bench.clock.now() + timedelta(seconds=0.2)
        await bench.outbox.notify(tx, "soon", "vega/phone", "paged", "soon", due=soon)
    sender = bench.sender(poll=60.0)
    await sender.tick()
    assert 0.1 < sender._until_next_look() <= 0.2
