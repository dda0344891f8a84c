"""`/page test`: sends a test to every contact method of one person, and shows in a direct message what became of it.

It goes the way of a page: the same rows, adapters and retries. Nothing is raised, nobody has to answer, and real pages
go first. Where things stand is read from the outbox at each tick, so a restart in between changes nothing.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from bot.clock import Clock
from bot.directory import access
from bot.directory.access import Actor, Right
from bot.directory.model import Directory, Person
from bot.errors import BotError, UserError
from bot.outbox import incidents
from bot.outbox.api import Destination, Outbox, Priority
from bot.outbox.tables import OutgoingMessage
from bot.paging import trial
from bot.paging.tables import PageTrial
from bot.paging.trial import Outcome, Result, Row
from bot.slack.render import Message, Renderer
from bot.store import claims
from bot.store.database import Database

TITLE = "TEST: this is not a page"
log = structlog.get_logger()


class Trials:
    def __init__(
        self, db: Database, clock: Clock, directory: Callable[[], Directory], outbox: Outbox, renderer: Renderer
    ) -> None:
        self._db = db
        self._clock = clock
        self._directory = directory
        self._outbox = outbox
        self._renderer = renderer

    async def begin(self, who: Actor, person: Person | None, source: str) -> Result:
        """Raises `UserError` for who has no contact method, and for who had a test a moment ago."""
        access.require(who, Right.ANSWER_PAGE)
        person = _tested(person)
        now = self._clock.now()
        async with self._db.write() as tx:
            there = (await tx.scalars(select(PageTrial).where(col(PageTrial.source) == source))).first()
            if there is None:
                await self._not_too_often(tx, person, now)
                there = PageTrial(source=source, person=person.id, by=who.slack, at=now)
                there.methods = [method.ref for method in person.contacts]
                tx.add(there)
                await tx.flush()
                await self._send(tx, there, person)
            result = await self._result(tx, there)
        self._outbox.wake()
        return result

    async def result(self, who: Actor, id: int) -> Result:
        """How far the test of that number has got."""
        access.require(who, Right.ANSWER_PAGE)
        async with self._db.read() as tx:
            return await self._result(tx, await tx.get_one(PageTrial, id))

    async def tick(self) -> None:
        """Shows what is new, closes incidents, and gives up what has taken long enough."""
        async with self._db.read() as tx:
            query = select(PageTrial.id).where(col(PageTrial.ended_at).is_(None))
            open_ones = [id for id in (await tx.scalars(query)).all() if id is not None]
        for id in open_ones:
            try:
                async with self._db.write() as tx:
                    await self._look(tx, await tx.get_one(PageTrial, id, with_for_update=True))
            except BotError as error:
                log.warning("test of contact methods put off", trial=id, error=str(error))
        if open_ones:
            self._outbox.wake()

    async def _not_too_often(self, tx: AsyncSession, person: Person, now: datetime) -> None:
        last = await claims.turn(tx, f"page test/{person.id}", now)
        if last is not None and (ago := now - last) < trial.APART:
            left = max(1, int((trial.APART - max(ago, timedelta())).total_seconds()))
            raise UserError(
                f"A test went to {person.name}'s contact methods a moment ago.",
                hint=f"Look at what it says in the direct messages; another one can be sent in {left} s.",
            )

    async def _send(self, tx: AsyncSession, made: PageTrial, person: Person) -> None:
        """Not before a real page: they are notices, and have no message to the admins when they are refused."""
        for method in person.contacts:
            body = self._renderer.text("paging/trial_body", person=person, method=method)
            key, expires = _key(made, method.ref), made.at + trial.LASTS
            await self._outbox.notify(tx, key, method.ref, TITLE, body, priority=Priority.NOTICE, expires=expires)
        message = self._message(await self._result(tx, made), person)
        await self._outbox.post(tx, _key(made, "told"), Destination(user=person.slack), message)

    async def _look(self, tx: AsyncSession, made: PageTrial) -> None:
        person, now = self._directory().person(made.person), self._clock.now()
        if person is None or made.ended_at is not None:
            made.ended_at = made.ended_at or now
            return
        await self._close(tx, made, person, now)
        result = await self._result(tx, made)
        for ref in trial.unfinished(result.outcomes, made.at, now):
            await self._outbox.cancel(tx, _key(made, ref))
        await self._tell(tx, made, self._message(result, person))
        made.ended_at = now if result.over or now - made.at >= trial.WATCHED else None

    async def _close(self, tx: AsyncSession, made: PageTrial, person: Person, now: datetime) -> None:
        """The incidents that the test may have opened, once they have rung for a while."""
        rows = await self._rows(tx, made)
        for method in person.contacts:
            row = rows.get(_key(made, method.ref))
            if row is None or not incidents.keeps(method.url) or not trial.opened(row):
                continue
            event = {"action": "resolve", "ends": _key(made, method.ref)}
            due = (row.since or now) + trial.RINGS
            key = _closing(made, method.ref)
            await self._outbox.notify(tx, key, method.ref, TITLE, "", priority=Priority.NOTICE, due=due, event=event)

    async def _tell(self, tx: AsyncSession, made: PageTrial, message: Message) -> None:
        """Only what is new: each update is a call to Slack."""
        key = _key(made, "told")
        content = (await tx.scalars(select(OutgoingMessage.content).where(col(OutgoingMessage.key) == key))).first()
        if content is not None and content != message.to_row():
            await self._outbox.update(tx, key, message)

    def _message(self, result: Result, person: Person) -> Message:
        return self._renderer.message("paging/trial", result=result, person=person, states=trial.State)

    async def _result(self, tx: AsyncSession, made: PageTrial) -> Result:
        assert made.id is not None
        person = self._directory().person(made.person)
        methods = {method.ref: method for method in person.contacts} if person else {}
        rows = await self._rows(tx, made)
        outcomes: list[Outcome] = []
        for ref in made.methods:
            method, row = methods.get(ref), rows.get(_key(made, ref), Row("pending"))
            kept = method is not None and incidents.keeps(method.url)
            after, closing = method.after if method else timedelta(), rows.get(_closing(made, ref))
            outcomes.append(trial.outcome(ref, after, row, incidents=kept, closing=closing))
        return Result(made.id, made.person, made.at, person.dm_after if person else timedelta(), tuple(outcomes))

    async def _rows(self, tx: AsyncSession, made: PageTrial) -> dict[str, Row]:
        keys = [key for ref in made.methods for key in (_key(made, ref), _closing(made, ref))]
        found: Sequence[OutgoingMessage] = (
            await tx.scalars(
                select(OutgoingMessage)
                .where(col(OutgoingMessage.key).in_(keys))
                .execution_options(populate_existing=True)
            )
        ).all()
        return {
            row.key: Row(row.state, row.attempts, row.last_error, row.done_at, row.first_attempt_at is not None)
            for row in found
        }


def _tested(person: Person | None) -> Person:
    if person is None:
        raise UserError(
            "You are not in the roster file, so no page reaches you.", hint="Ask an admin to add you to it."
        )
    if not person.contacts:
        raise UserError(
            f"{person.name} has no contact method outside Slack: where Slack is silent or away, no page arrives.",
            hint="Ask an admin to add one under `contacts` in the roster file: SMS, phone, push, mail or PagerDuty.",
        )
    return person


def _key(made: PageTrial, ref: str) -> str:
    return f"trial/{made.id}/{ref}"


def _closing(made: PageTrial, ref: str) -> str:
    return f"trial/{made.id}/{ref}/resolve"
