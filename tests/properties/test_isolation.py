"""Whatever is opened, said, noted, moved, merged, taken out of the file or given another channel: what stands in a
client's channel has nothing in it of another client, and nothing that the team said among itself; and nobody's words
ping or forge anything, anywhere.

Everything that a person writes carries a mark that says whose it is. The outbox really sends, to a Slack that keeps
what ever stood where, and who owned the place at that time.
"""

import asyncio
import itertools
import json
import re
import shutil
import string
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlmodel import select

from bot.clock import ManualClock
from bot.config.file import Config, load
from bot.desk.lifecycle import Verb
from bot.desk.model import Wish
from bot.desk.said import File, Said
from bot.desk.service import Place
from bot.desk.tables import Request
from bot.directory.model import Client, ClientAccess
from bot.errors import UserError
from bot.outbox.sender import Sender
from bot.outbox.tables import OutgoingMessage
from bot.slack.gateway import Posted
from bot.slack.render import Message
from bot.store.database import Database
from bot.wiring import owner_of
from tests.services.office import TEMPLATES, TUESDAY, Office, built

CLIENTS = 3
ENGINEERS = ("U0CAPELLA", "U0ALTAIR", "U0SPICA", "U0RIGEL")
INTERNAL = "INTERNALMARK"
REGIONS = ("au", "in", "eu", "us")
NASTY = (
    "<!channel>", "<!here>", "<@U0NOBODY>", "<https://evil.example|https://bank.example>", "&lt;!channel&gt;",
    "@channel", "\u202egnp", "👍🏽🙏", "```", "> quoted", "*bold*", "`", "\n\n", "{{ request }}",
    "\\", '"', "x" * 3_100, "&" * 900,
)  # fmt: skip
ALLOWED = re.compile(
    r"@U0(?!NOBODY)[A-Z0-9]+|#[CG][A-Z0-9]+|!date\^\d+\^[^|]*\|[^<>]*|https://(heliograph|files)\.example/[^<>]*"
)
"""What Heliograph itself writes in angle brackets."""


def mark(client: int) -> str:
    return f"CLIENTMARK{client}"


texts = st.lists(st.one_of(st.sampled_from(NASTY), st.text(string.printable, max_size=20)), max_size=4).map(" ".join)
steps = st.lists(
    st.tuples(
        st.sampled_from(
            ("open", "open", "say", "say", "edit", "delete", "note", "send", "unsend", "reply", "hand", "reassign",
             "wait", "resolve", "merge", "merge", "snooze", "reopen", "leave", "give", "renumber", "tick")
        ),
        st.integers(0, 60), st.integers(0, 60), texts,
    ),
    min_size=8, max_size=24,
)  # fmt: skip


@dataclass
class Slack:
    """Keeps whatever stood in a channel, with the client that owned it then."""

    owner: Callable[[str], str | None]
    seen: list[tuple[str | None, str, dict[str, Any]]] = field(default_factory=list)
    counter: Any = field(default_factory=lambda: itertools.count(1))

    async def post(self, channel: str, message: Message, **more: Any) -> Posted:
        self.seen.append((self.owner(channel), channel, message.to_row()))
        return Posted(channel, f"9000.{next(self.counter):06}")

    async def update(self, posted: Posted, message: Message, **more: Any) -> None:
        self.seen.append((self.owner(posted.channel), posted.channel, message.to_row()))

    async def delete(self, posted: Posted) -> None: ...

    async def add_reaction(self, posted: Posted, name: str) -> None: ...

    async def open_dm(self, user: str) -> str:
        return f"D{user}"


BEGINNING = [("open", n, way, "") for n in range(CLIENTS) for way in (0, 1)]
"""Each client has two requests: under a message of its own, and under Heliograph's."""


class Play:
    """One run: an office with clients of its own, and hands that do what the steps say."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.slack = Slack(lambda channel: owner_of(office.directory, channel))
        self.sender = Sender(office.db, office.clock, self.slack, lambda ref: None, owner_of=self.slack.owner)  # type: ignore[arg-type]
        self.said: list[Said] = []
        self.sent: list[Said] = []
        self.ts = itertools.count(1)
        clients = tuple(
            Client(
                f"c{n}",
                f"Name {mark(n)}",
                (f"C0CLIENT{n}",),
                (ClientAccess("sol", frozenset({f"ns-{mark(n).lower()}"})),),
            )
            for n in range(CLIENTS)
        )
        office.file.directory = replace(office.file.directory, clients=clients)
        self.all = clients

    async def run(self, script: list[tuple[str, int, int, str]]) -> None:
        for what, one, two, text in script:
            step: Callable[[int, int, str], Awaitable[None]] = getattr(self, what)
            try:
                await step(one, two, text)
            except UserError:
                pass
            await self.deliver()

    async def deliver(self) -> None:
        while await self.sender.tick():
            pass

    def next(self) -> str:
        return f"1000.{next(self.ts):06}"

    async def request(self, pick: int) -> Request:
        found = await self.office.rows(select(Request))
        if not found:
            raise UserError("none yet")
        chosen: Request = found[pick % len(found)]
        return chosen

    def number(self, request: Request) -> int:
        return int(request.client[1:])

    async def thread(self, request: Request) -> tuple[str, str]:
        if request.thread_ts:
            return request.channel, request.thread_ts
        async with self.office.db.read() as tx:
            place = await self.office.outbox.located(tx, f"request/{request.id}/root")
        if place is None:
            raise UserError("not posted")
        return place

    async def card(self, request: Request) -> tuple[str, str]:
        async with self.office.db.read() as tx:
            place = await self.office.outbox.located(tx, f"request/{request.id}/card/{request.card}")
        if place is None:
            raise UserError("not posted")
        return place

    async def hear(self, who: str, said: Said) -> None:
        await self.office.conversation.hear(self.office.actor(who, said.channel), said)

    async def move(self, request: Request, verb: Verb, by: str = "", **wish: Any) -> None:
        who = self.office.actor(by or ENGINEERS[0], "")
        await self.office.moves.move(who, request.id or 0, verb, f"click/{next(self.ts)}", wish=Wish(**wish))

    async def open(self, one: int, two: int, text: str) -> None:
        n = one % CLIENTS
        channel = next((c.channels[0] for c in self.office.directory.clients if c.id == f"c{n}"), f"C0CLIENT{n}")
        ts = self.next() if two % 2 else ""
        place = Place(channel, ts, ts)
        request = await self.office.desk.open(
            self.office.actor(f"U0P{n}", channel), place, f"sev{two % 4 + 1} {text} {mark(n)}", "", f"s{next(self.ts)}"
        )
        async with self.office.db.write() as tx:
            row = await tx.get(Request, request.id)
            assert row is not None
            row.cluster, row.namespace, row.job = "sol", f"ns-{INTERNAL}", f"node-{INTERNAL}"

    async def say(self, one: int, two: int, text: str) -> None:
        request = await self.request(one)
        channel, root = await self.thread(request)
        n = self.number(request)
        file = File(f"log {text[:40]} {mark(n)}", two, "https://files.example/1")
        said = Said(channel, self.next(), root, f"{text} {mark(n)}", (file,) if two % 3 == 0 else ())
        self.said.append(said)
        await self.hear(f"U0P{n}" if two % 4 else ENGINEERS[two % len(ENGINEERS)], said)

    async def edit(self, one: int, two: int, text: str) -> None:
        if self.said:
            said = self.said[one % len(self.said)]
            n = next(c for c in range(CLIENTS) if mark(c) in said.text)
            await self.hear(f"U0P{n}", replace(said, text=f"{text} {mark(n)}", stamp=self.next(), edited=True))

    async def delete(self, one: int, two: int, text: str) -> None:
        if self.said:
            said = self.said[one % len(self.said)]
            await self.hear("U0P0", replace(said, text="", files=(), stamp=self.next(), deleted=True))

    async def note(self, one: int, two: int, text: str) -> None:
        channel, root = await self.card(await self.request(one))
        await self.hear(ENGINEERS[two % 4], Said(channel, self.next(), root, f"{text} {INTERNAL} !client"))

    async def send(self, one: int, two: int, text: str) -> None:
        request = await self.request(one)
        channel, root = await self.card(request)
        said = Said(channel, self.next(), root, f"!client {text} {mark(self.number(request))}")
        self.sent.append(said)
        await self.hear(ENGINEERS[two % 4], said)

    async def unsend(self, one: int, two: int, text: str) -> None:
        if self.sent:
            said = self.sent[one % len(self.sent)]
            await self.hear(ENGINEERS[0], replace(said, text=f"{text} {INTERNAL}", stamp=self.next(), edited=True))

    async def reply(self, one: int, two: int, text: str) -> None:
        request = await self.request(one)
        words = f"{text} {mark(self.number(request))}"
        await self.office.conversation.reply(self.office.actor(ENGINEERS[two % 4]), request.id or 0, words, self.next())

    async def hand(self, one: int, two: int, text: str) -> None:
        await self.move(await self.request(one), Verb.HAND, region=REGIONS[two % 4], reason=f"{text} {INTERNAL}")

    async def reassign(self, one: int, two: int, text: str) -> None:
        await self.move(await self.request(one), Verb.REASSIGN, person=ENGINEERS[two % 4], reason=INTERNAL)

    async def wait(self, one: int, two: int, text: str) -> None:
        request = await self.request(one)
        await self.move(request, Verb.WAIT, to_client=f"{text} {mark(self.number(request))}")

    async def resolve(self, one: int, two: int, text: str) -> None:
        request = await self.request(one)
        words = f"{text} {mark(self.number(request))}"
        await self.move(request, Verb.RESOLVE, to_client=words, cause=INTERNAL, fix=f"{text} {INTERNAL}")

    async def merge(self, one: int, two: int, text: str) -> None:
        other = await self.request(two)
        await self.move(await self.request(one), Verb.MERGE, into=other.id, reason=INTERNAL)

    async def snooze(self, one: int, two: int, text: str) -> None:
        until = self.office.clock.now() + timedelta(hours=1 + two)
        await self.move(await self.request(one), Verb.SNOOZE, until=until, reason=INTERNAL)

    async def reopen(self, one: int, two: int, text: str) -> None:
        request = await self.request(one)
        who = self.office.actor(f"U0P{two % CLIENTS}", f"C0CLIENT{two % CLIENTS}")
        await self.office.moves.move(who, request.id or 0, Verb.REOPEN, f"click/{next(self.ts)}")

    async def leave(self, one: int, two: int, text: str) -> None:
        """The file loses one of its clients, or has all of them again."""
        now, file = self.office.clock.now(), self.office.file
        await self.office.reach.before(now)
        kept = tuple(c for n, c in enumerate(self.all) if two % 2 or n != one % CLIENTS)
        file.directory = replace(file.directory, clients=kept)
        await self.office.reach.after(now)

    async def give(self, one: int, two: int, text: str) -> None:
        """The file gives a client's channel to another."""
        order = [self.all[(n + one) % CLIENTS].channels for n in range(CLIENTS)]
        clients = tuple(replace(c, channels=order[n]) for n, c in enumerate(self.all))
        self.office.file.directory = replace(self.office.file.directory, clients=clients)

    async def renumber(self, one: int, two: int, text: str) -> None:
        n = one % CLIENTS
        await self.office.channels.changed(f"C0CLIENT{n}", f"C0AGAIN{n}")

    async def tick(self, one: int, two: int, text: str) -> None:
        self.office.clock.advance(timedelta(hours=one))
        await self.office.moves.tick()


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with its tables, copied for each run."""
    path = tmp_path_factory.mktemp("isolation") / "empty.sqlite3"

    async def make() -> None:
        db = Database.open(f"sqlite:///{path}")
        await db.migrate()
        await db.close()

    asyncio.run(make())
    return path


@pytest.fixture(scope="module")
def config() -> Config:
    example = TEMPLATES / "config" / "heliograph.yaml"
    names = re.findall(r"\$\{(\w+)\}", example.read_text())
    return load(example, {name: f"json://127.0.0.1/{name}" for name in names})


numbers = itertools.count(1)


@given(steps)
@settings(max_examples=20, deadline=None)
def test_nothing_of_another_client_or_of_the_team_stands_in_a_clients_channel(
    empty: Path, config: Config, script: list[tuple[str, int, int, str]]
) -> None:
    path = empty.with_name(f"{next(numbers)}.sqlite3")
    shutil.copy(empty, path)
    play, rows = asyncio.run(played(path, config, script))
    for owner, channel, content in play.slack.seen:
        text = json.dumps(content, ensure_ascii=False)
        if owner is not None:
            foreign = [mark(n) for n in range(CLIENTS) if f"c{n}" != owner]
            for mine in (INTERNAL, *foreign, *(m.lower() for m in foreign)):
                assert mine not in text, f"{mine} stood in {channel}, which was of {owner}: {text}"
        for token in tokens(content):
            assert ALLOWED.fullmatch(token), f"<{token}> stood in {channel}"
    for row in rows:
        assert row.kind != "slack" or row.for_client is not None, f"{row.key} does not say whom it is for"
    path.unlink()


async def played(
    path: Path, config: Config, script: list[tuple[str, int, int, str]]
) -> tuple[Play, list[OutgoingMessage]]:
    db = Database.open(f"sqlite:///{path}")
    try:
        office = built(db, ManualClock(TUESDAY), config)
        play = Play(office)
        await play.run([*BEGINNING, *script])
        return play, await office.rows(select(OutgoingMessage))
    finally:
        await db.close()


def tokens(content: Any) -> list[str]:
    """What stands in angle brackets in the texts that Slack reads as mrkdwn."""
    if isinstance(content, list):
        return [token for part in content for token in tokens(part)]
    if not isinstance(content, dict):
        return []
    if content.get("type") == "plain_text":
        return []
    found = re.findall(r"<([^<>]*)>?", content["text"]) if isinstance(content.get("text"), str) else []
    return found + [token for part in content.values() if not isinstance(part, str) for token in tokens(part)]
