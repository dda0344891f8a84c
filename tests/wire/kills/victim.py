"""A whole bot as a process that is killed at a step of paging, started anew, and looked at: what people see then."""

import asyncio
import signal
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import func
from sqlmodel import col, select

from bot import manifest
from bot.config.schema import Commands
from bot.outbox.tables import OutgoingMessage
from bot.paging.tables import Page, PageContact
from bot.store.database import Database
from sandbox.slack.hands import Hands
from sandbox.tour import words
from sandbox.world import Bot, World
from tests.wire.bot.live import EXAMPLE, PEOPLE, TUESDAY

RAISING = ("listener.begun", "page.stepping", "page.raised")
ESCALATING = ("page.stepping", "page.stepped")
ACKNOWLEDGING = ("listener.begun", "page.answering", "page.answered", "outbox.before_update")
SENDING = ("outbox.leased", "outbox.before_send", "outbox.sent_not_recorded")
KINDS = [
    *(("raise", step) for step in (*RAISING, *SENDING)),
    *(("escalate", step) for step in (*ESCALATING, *SENDING)),
    *(("acknowledge", step) for step in (*ACKNOWLEDGING, "outbox.leased", "outbox.sent_not_recorded")),
]
"""What was going on, and the named step at which the process is killed."""

CAPELLA, EUROPE = "U0CAPELLA", "C0TRIAGEEU"
WAIT = timedelta(minutes=5, seconds=1)
PATIENCE = 90.0


@dataclass
class Kills:
    """`async with Kills(folder, url) as kills:`, then `await kills.one(what, step)` as often as wanted."""

    folder: Path
    database: str = ""
    late: list[tuple[float, str]] = field(default_factory=list)
    """Of each escalation that a kill held up: seconds from the restart until it was in somebody's direct messages, and
    the step of the kill."""
    count: int = 0

    async def __aenter__(self) -> "Kills":
        self._stack = AsyncExitStack()
        made = manifest.manifest(Commands().model_dump())
        world = World(made, clock_start=TUESDAY, rate=1.0, nodes_per_site=1, folder=self.folder)
        self.world = await self._stack.enter_async_context(world)
        self.hands = await self._stack.enter_async_context(Hands(world.slack.url))
        self._armed = self.folder / "armed"
        environment = world.environment(PEOPLE) | {"HELIOGRAPH_FAULT": f"@{self._armed}"}
        if self.database:
            environment["HELIOGRAPH_DATABASE_URL"] = self.database
        self._environment = environment
        self.db = Database.open(environment["HELIOGRAPH_DATABASE_URL"])
        self._stack.push_async_callback(self.db.close)
        self.bot = self.another()
        await self.bot.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.bot.kill()
        await self._stack.aclose()

    def another(self, *, armed: bool = True) -> Bot:
        """A process on the same database; one that is not `armed` is never killed by a step."""
        environment = self._environment | ({} if armed else {"HELIOGRAPH_FAULT": ""})
        return Bot(environment, self.folder, ("run", "--config", str(EXAMPLE)))

    async def one(self, what: str, step: str) -> None:
        """Kills once, starts anew, and asserts what has to hold afterwards; leaves nothing open behind it."""
        self.count += 1
        marker = f"kill-{self.count}-end"
        doing: dict[str, Callable[[str, str], Awaitable[None]]] = {
            "raise": self._raise,
            "escalate": self._escalate,
            "acknowledge": self._acknowledge,
        }
        await doing[what](marker, step)
        await self.settled()
        await self.once_and_reached(marker)
        await self.resolved(marker)
        await self.settled()

    async def _raise(self, marker: str, step: str) -> None:
        self.arm(step)
        await self.hands.command(CAPELLA, EUROPE, "/page", f"eu {marker}")
        await self.killed()
        await self.restarted()
        await self.contacts(marker, 1)

    async def _escalate(self, marker: str, step: str) -> None:
        await self.raised(marker)
        self.arm(step)
        self.world.clock.advance(WAIT)
        await self.killed()
        began = await self.restarted()
        second = (await self.contacts(marker, 2))[1]
        await self.seen(second.person, marker)
        self.late.append((asyncio.get_running_loop().time() - began, step))
        page = await self.page(marker)
        waited = second.at - page.created_at
        assert waited >= timedelta(minutes=5), "not before its time"

    async def _acknowledge(self, marker: str, step: str) -> None:
        await self.raised(marker)
        self.arm(step)
        acked = await self._click(marker, "page.acknowledge")
        await self.killed()
        await self.restarted()
        if step.startswith("outbox.") and not acked:  # killed by a notice that fell due: Slack says so, and who sees it
            await self._click(marker, "page.acknowledge")
        await self.until(lambda: self._is(marker, "acknowledged"), f"the acknowledgement of {marker}")

    async def raised(self, marker: str) -> None:
        await self.hands.command(CAPELLA, EUROPE, "/page", f"eu {marker}")
        await self.contacts(marker, 1)
        await self.settled()

    async def resolved(self, marker: str) -> None:
        """One that is only acknowledged asks again when an hour has passed: after fifty kills as many would climb."""
        await self._click(marker, "page.resolve")
        await self.until(lambda: self._is(marker, "resolved"), f"the end of {marker}")

    async def _is(self, marker: str, state: str) -> bool:
        return (await self.page(marker)).state == state

    async def _click(self, marker: str, action: str) -> bool:
        """By the first who was contacted, on the page's card in their direct messages. → whether the bot took it."""
        first = (await self.contacts(marker, 1))[0]
        message = await self.seen(first.person, marker)
        who = _slack(first.person)
        channel = await self._dm(who)
        return bool((await self.hands.click(who, channel, message["ts"], action))["acked"])

    def arm(self, step: str) -> None:
        self._armed.write_text(f"{step}:kill")

    async def killed(self) -> None:
        process = self.bot.process
        assert process is not None
        async with asyncio.timeout(PATIENCE):
            assert await process.wait() == -signal.SIGKILL
        self.disarm()

    def disarm(self) -> None:
        self._armed.unlink(missing_ok=True)

    async def restarted(self) -> float:
        """→ when the process was ready, by the loop's time."""
        self.bot = self.another()
        await self.bot.start()
        return asyncio.get_running_loop().time()

    async def page(self, marker: str) -> Page:
        async with self.db.read() as tx:
            return (await tx.scalars(select(Page).where(col(Page.body) == marker))).one()

    async def contacts(self, marker: str, least: int) -> list[PageContact]:
        """In their order, once there are so many."""
        query = select(PageContact).join(Page, col(Page.id) == col(PageContact.page)).where(col(Page.body) == marker)

        async def look() -> list[PageContact]:
            async with self.db.read() as tx:
                found = list((await tx.scalars(query.order_by(col(PageContact.id)))).all())
            return found if len(found) >= least else []

        found: list[PageContact] = await self.until(look, f"contact {least} of {marker}")
        return found

    async def settled(self) -> None:
        """Nothing waits to be sent: what is left of one round would be what the step of the next one meets first."""
        open_ = col(OutgoingMessage.state).in_(("pending", "leased"))
        query = select(func.count()).select_from(OutgoingMessage)
        query = query.where(open_, col(OutgoingMessage.due_at) <= self.world.clock.now())

        async def none_left() -> bool:
            async with self.db.read() as tx:
                return (await tx.scalars(query)).one() == 0

        await self.until(none_left, "everything to be sent")

    async def seen(self, person: str, marker: str) -> dict[str, Any]:
        who = _slack(person)

        async def look() -> dict[str, Any] | None:
            found = await self._of(who, marker)
            return found[-1] if found else None

        message: dict[str, Any] = await self.until(look, f"{marker} in the direct messages of {who}")
        return message

    async def once_and_reached(self, marker: str) -> None:
        """Each who was contacted has it once in Slack, and was reached outside Slack; nobody else has it."""
        page = await self.page(marker)
        contacted = [contact.person for contact in await self.contacts(marker, 1)]
        assert page.contacts == len(contacted) == len(set(contacted))
        for person in contacted:
            assert len(await self._of(_slack(person), marker)) == 1, f"{person} sees {marker} not once"
            arrived = [a for a in self.world.phone.arrived if a.person == person and marker in a.body + a.title]
            assert arrived, f"{person} was not reached outside Slack about {marker}"

    async def _of(self, who: str, marker: str) -> list[dict[str, Any]]:
        channel = await self._dm(who)
        return [m for m in await self.hands.messages(who, channel) if marker in words(m)] if channel else []

    async def _dm(self, who: str) -> str:
        channels = (await self.hands.state(who))["channels"]
        return next((c["id"] for c in channels if c["kind"] == "im"), "")

    async def until(self, look: Callable[[], Awaitable[Any]], what: str) -> Any:
        loop = asyncio.get_running_loop()
        end = loop.time() + PATIENCE
        while loop.time() < end:
            if found := await look():
                return found
            await asyncio.sleep(0.05)
        log = (self.folder / "bot.log").read_text()[-3000:]
        raise AssertionError(f"{what} did not come\n{log}")


def _slack(person: str) -> str:
    return f"U0{person.upper()}"
