"""Files in the outbox, on both databases: never lost, one visible copy, and no bytes kept for longer than needed."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import select

from bot.clock import ManualClock
from bot.errors import Temporary
from bot.outbox.api import Attachment, Destination, Outbox
from bot.outbox.tables import OutgoingFile
from bot.slack.errors import OutcomeUnknown, SlackRefused
from bot.store.database import Database
from tests.store.fake_slack import FakeSlack
from tests.store.test_outbox import TRIAGE, Bench

PICTURE = Attachment("week.png", "On call", "Nobody is on call on Monday.", b"PNG" * 100)


@pytest.fixture
async def bench(db: Database) -> AsyncIterator[Bench]:
    clock = ManualClock(datetime(2026, 3, 28, 12, tzinfo=UTC))
    made = Bench(db, clock, FakeSlack(), Outbox(db, clock))
    yield made
    for sender in made.senders:
        await made.die(sender)


async def attach(bench: Bench, key: str = "picture", *, minutes: float = 60) -> None:
    async with bench.db.write() as tx:
        expires = bench.clock.now() + timedelta(minutes=minutes)
        await bench.outbox.attach(tx, key, Destination(channel=TRIAGE), PICTURE, expires=expires)


async def kept(bench: Bench) -> int:
    async with bench.db.read() as tx:
        return len((await tx.scalars(select(OutgoingFile))).all())


async def test_the_same_key_twice_is_one_file_after_the_words(bench: Bench) -> None:
    await bench.post("words")
    await attach(bench)
    await attach(bench)
    await bench.settle(bench.sender())
    assert bench.slack.texts(TRIAGE) == ["words", "On call"]
    assert (await bench.row("picture")).state == "done"
    assert await kept(bench) == 0


async def test_an_upload_that_fails_is_done_again_and_nobody_sees_it(bench: Bench) -> None:
    bench.slack.failures["files.getUploadURLExternal"] += [Temporary("not now"), OutcomeUnknown("no answer")]
    await attach(bench)
    sender = bench.sender()
    for _ in range(3):
        await bench.settle(sender)
        bench.seconds += 200
    await bench.settle(sender)
    assert bench.slack.texts(TRIAGE) == ["On call"]


async def test_a_file_whose_answer_was_lost_is_looked_for_before_it_is_shared_again(bench: Bench) -> None:
    """Shared, and the answer lost: one visible copy."""
    bench.slack.failures["files.completeUploadExternal"] += ["lost"]
    await attach(bench)
    sender = bench.sender()
    await bench.settle(sender)
    bench.seconds += 200
    await bench.settle(sender)
    assert bench.slack.texts(TRIAGE) == ["On call"]
    assert (await bench.row("picture")).state == "done"


async def test_a_process_that_dies_while_sharing_leaves_one_copy(bench: Bench) -> None:
    """The Slack id was recorded before: the next process finds the file by it."""
    bench.slack.gates[TRIAGE] = asyncio.Event()
    await attach(bench)
    dying = bench.sender()
    await dying.tick()
    await dying._start()
    await asyncio.sleep(0)
    bench.slack.gates.pop(TRIAGE).set()
    async with asyncio.timeout(10):
        while not bench.slack.texts(TRIAGE):  # noqa: ASYNC110 - a state of the fake
            await asyncio.sleep(0.005)
    await bench.die(dying)
    living = bench.sender(dead_after=0.0)
    for _ in range(4):
        await bench.settle(living)
        bench.seconds += 200
    assert bench.slack.texts(TRIAGE) == ["On call"]


async def test_a_refusal_is_for_good_and_told_and_the_words_stand(bench: Bench) -> None:
    bench.slack.failures["files.completeUploadExternal"] += [
        SlackRefused("missing_scope", "files.completeUploadExternal")
    ]
    await bench.post("words")
    await attach(bench)
    await bench.settle(bench.sender())
    assert bench.slack.texts(TRIAGE) == ["words"]
    assert (await bench.row("picture")).state == "failed"
    assert len(bench.reports) == 1
    assert await kept(bench) == 0


async def test_a_file_that_was_shared_already_is_done(bench: Bench) -> None:
    """Slack's own word that it has it: nothing is posted again."""
    refused = SlackRefused("file_already_completed", "files.completeUploadExternal")
    bench.slack.failures["files.completeUploadExternal"] += [refused]
    await attach(bench)
    await bench.settle(bench.sender())
    assert (await bench.row("picture")).state == "done"


async def test_what_is_too_late_or_cancelled_is_not_sent_and_its_bytes_go(bench: Bench) -> None:
    await attach(bench, "late", minutes=1)
    await attach(bench, "cancelled")
    bench.clock.advance(timedelta(minutes=2))
    async with bench.db.write() as tx:
        await bench.outbox.cancel(tx, "cancelled")
    await bench.settle(bench.sender())
    assert bench.slack.texts(TRIAGE) == []
    await bench.outbox.prune(bench.clock.now())
    assert await kept(bench) == 0
