"""Whose channel a message is for, asked again when it is sent; reactions after a message; messages taken back."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlmodel import select

from bot.clock import ManualClock
from bot.outbox.api import Destination, Misdirected, Outbox
from bot.outbox.sender import Sender
from bot.outbox.tables import OutgoingMessage
from bot.slack.gateway import Posted
from bot.slack.render import Message
from bot.store.database import Database
from tests.services.office import TUESDAY
from tests.store.fake_slack import FakeSlack

TEAM, AURORA = "C0TEAM", "C0AURORA"


class Slack(FakeSlack):
    def __init__(self) -> None:
        super().__init__()
        self.reactions: list[tuple[str, str, str]] = []

    async def delete(self, posted: Posted) -> None:
        self.messages = [m for m in self.messages if (m.channel, m.ts) != (posted.channel, posted.ts)]

    async def add_reaction(self, posted: Posted, name: str) -> None:
        self.reactions.append((posted.channel, posted.ts, name))


class Bench:
    def __init__(self, db: Database) -> None:
        self.db, self.slack, self.owners = db, Slack(), {AURORA: "aurora"}
        clock = ManualClock(TUESDAY)
        self.outbox = Outbox(db, clock, self.owners.get)
        self.sender = Sender(db, clock, self.slack, lambda ref: None, owner_of=self.owners.get)  # type: ignore[arg-type]

    async def post(self, key: str, channel: str, client: str = "") -> None:
        async with self.db.write() as tx:
            await self.outbox.post(tx, key, Destination(channel=channel), Message(key, []), for_client=client)

    async def send(self) -> None:
        while await self.sender.tick():
            pass

    async def row(self, key: str) -> OutgoingMessage:
        async with self.db.read() as tx:
            return (await tx.scalars(select(OutgoingMessage).where(OutgoingMessage.key == key))).one()


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    db = Database.open(f"sqlite:///{tmp_path}/outbox.sqlite3")
    await db.migrate()
    yield Bench(db)
    await db.close()


async def test_written_for_a_client_it_goes_to_its_channel_only(bench: Bench) -> None:
    for channel, client in ((AURORA, ""), (AURORA, "borealis"), (TEAM, "aurora")):
        with pytest.raises(Misdirected):
            await bench.post("a", channel, client)
    await bench.post("a", AURORA, "aurora")
    await bench.send()
    assert bench.slack.texts(AURORA) == ["a"]


@pytest.mark.parametrize("owner", ["borealis", None])
async def test_a_channel_that_changed_hands_before_it_was_sent_gets_nothing(bench: Bench, owner: str | None) -> None:
    await bench.post("a", AURORA, "aurora")
    bench.owners.pop(AURORA)
    if owner:
        bench.owners[AURORA] = owner
    await bench.send()
    assert bench.slack.messages == []
    assert "written for aurora" in (await bench.row("a")).last_error


async def test_what_an_earlier_version_wrote_is_still_sent(bench: Bench) -> None:
    """It did not say whom it was for."""
    await bench.post("a", AURORA, "aurora")
    async with bench.db.write() as tx:
        row = (await tx.scalars(select(OutgoingMessage))).one()
        row.for_client = None
    await bench.send()
    assert bench.slack.texts(AURORA) == ["a"]


async def test_a_reaction_waits_for_its_message_and_warns_where_that_is_refused(bench: Bench) -> None:
    await bench.post("a", AURORA, "aurora")
    async with bench.db.write() as tx:
        await bench.outbox.react(tx, "a/done", TEAM, "1.000001", "white_check_mark", after="a")
    await bench.send()
    assert bench.slack.reactions == [(TEAM, "1.000001", "white_check_mark")]
    await bench.post("b", AURORA, "aurora")
    bench.owners.clear()
    async with bench.db.write() as tx:
        await bench.outbox.react(tx, "b/done", TEAM, "1.000002", "white_check_mark", after="b")
    await bench.send()
    assert bench.slack.reactions[1:] == [(TEAM, "1.000002", "warning")]


async def test_taken_back_it_is_deleted_or_never_sent(bench: Bench) -> None:
    await bench.post("a", AURORA, "aurora")
    await bench.send()
    await bench.post("b", AURORA, "aurora")
    async with bench.db.write() as tx:
        await bench.outbox.remove(tx, "a")
        await bench.outbox.remove(tx, "b")
    await bench.send()
    assert bench.slack.messages == []
    assert [(await bench.row(key)).state for key in "ab"] == ["done", "cancelled"]


async def test_a_channel_with_a_new_id_is_written_to_there(bench: Bench) -> None:
    await bench.post("a", AURORA, "aurora")
    await bench.send()
    await bench.post("b", AURORA, "aurora")
    bench.owners["C0NEW"] = "aurora"
    async with bench.db.write() as tx:
        await bench.outbox.renamed(tx, AURORA, "C0NEW")
        ts = (await bench.outbox.located(tx, "a") or ("", ""))[1]
        assert await bench.outbox.key_at(tx, "C0NEW", ts) == "a"
    await bench.send()
    assert bench.slack.texts("C0NEW") == ["b"]
