"""Moving a request along its life cycle: by a click, by the client's word, by the clock. One transaction each.

What may follow what is decided in `lifecycle`; here it is carried out, with all that it tells and stops.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, or_, select

from bot.clock import Clock
from bot.desk import clocks, each, lifecycle, promises, rows
from bot.desk.lifecycle import Aim, State, Verb
from bot.desk.messages import Messages
from bot.desk.model import Routing, Wish
from bot.desk.router import Router
from bot.desk.tables import Request, RequestEvent
from bot.directory import access
from bot.directory.access import Actor, Right
from bot.directory.model import Directory, Role
from bot.errors import Forbidden, UserError
from bot.paging.model import Reason
from bot.paging.service import Paging
from bot.paging.tables import Page
from bot.roster.service import Roster
from bot.store.database import Database

LONGEST_SNOOZE = timedelta(days=14)
NOTHING_ELSE = Wish()
JobState = Callable[[str, str, str], str | None]
"""(cluster, namespace, job) → its state in a word; None while it cannot be read."""


@dataclass(frozen=True)
class Move:
    """A move under way: who does it (empty: the clock), when, what came with it, and the envelope it came by."""

    verb: Verb
    by: str
    now: datetime
    wish: Wish = NOTHING_ELSE
    seen: int | None = None
    source: str | None = None
    quiet: bool = False
    """The client has just read it from the person themselves."""


class Moves:
    def __init__(
        self,
        db: Database,
        clock: Clock,
        directory: Callable[[], Directory],
        roster: Roster,
        paging: Paging,
        messages: Messages,
        *,
        job_state: JobState = lambda cluster, namespace, job: None,
        close_after: Callable[[], timedelta] = lambda: timedelta(days=3),
    ) -> None:
        self._db = db
        self._clock = clock
        self._directory = directory
        self._roster = roster
        self._paging = paging
        self._messages = messages
        self._job_state = job_state
        self._close_after = close_after
        self._router = Router(directory, roster)
        paging.on_acknowledged(self._page_acknowledged)
        paging.on_silence(self._cared_for)

    async def move(
        self, who: Actor, request_id: int, verb: Verb, source: str, *, seen: int | None = None, wish: Wish | None = None
    ) -> Request:
        """Moves it along an arrow of the life cycle; a repeated `source` is no move.

        `seen` is the version that `who` looked at. Raises `Conflict` when somebody was first or nothing would change,
        `Forbidden` without the right (a client may reopen its own, and nothing else).
        """
        move = Move(verb, who.slack, self._clock.now(), wish or NOTHING_ELSE, seen, source)
        async with self._db.write() as tx:
            request = await rows.locked(tx, request_id)
            _may(who, request, verb)
            if await rows.seen(tx, request_id, source):
                return request
            await self.carry_out(tx, request, move)
        self._messages.wake()
        return request

    async def carry_out(self, tx: AsyncSession, request: Request, move: Move) -> None:
        """The move itself, in the caller's transaction: row, timeline, both threads, pages."""
        assert request.id is not None
        case, wish = rows.case(request), self._checked(request, move)
        routed = await self._routed(tx, request, move)
        after = lifecycle.decide(case, move.verb, move.by, await self._aim(tx, request, move, routed), move.seen)
        rows.apply(request, after, move.verb, wish, move.now)
        if routed is not None and (after.owner, after.region) != (case.owner, case.region):
            rows.explained(request, routed)
        what, detail = lifecycle.PAST[move.verb], _detail(request, move.verb, wish)
        await rows.note(tx, request, move.now, move.by, what, detail, move.source)
        await self._times(tx, request, move)
        if request.region != case.region:
            await self._messages.changed_region(tx, request, case.region, move.now)
        if request.owner != case.owner:
            await self._messages.inherited(tx, request)
        if routed is not None and routed.copied is not None:
            await self._messages.copied(tx, request, routed, routed.copied)
        await self._messages.moved(tx, request, move.verb, move.by, wish, move.now, quiet=move.quiet)
        if move.verb is Verb.ESCALATE:
            await self._escalated(tx, request, move)
        elif move.verb in rows.ANSWERS:
            ends = State(request.state) not in lifecycle.OPEN
            await self._paging.settle(tx, request.id, move.by, move.now, resolved=ends)

    async def _escalated(self, tx: AsyncSession, request: Request, move: Move) -> None:
        """Pages from the second step on. While such a page is open, more of the same is told under it.

        A person's call for help is never joined to what the clock raised: that one ends when the client has heard.
        """
        assert request.id is not None
        reason = _escalation(self._messages.page_reason(request, weekend=False), move)
        name = f"escalated/{request.version}"
        if await self._paging.further(tx, request.id, reason.because, name, only=lambda page: _is_call(page, move.by)):
            return
        alarm = self._messages.alarm(request, f"request/{request.id}/{name}", reason, move.by, further=True)
        await self._paging.raise_in(tx, alarm, move.now)

    async def answered(self, tx: AsyncSession, request: Request, by: str, now: datetime, spare: str = "") -> None:
        """The client has heard from a person: that is a first response, and nobody needs to be paged for one.

        `spare` is the source of the promise that was just made with it, and is not kept by it.
        """
        await rows.note(tx, request, now, by, "told the client")
        if State(request.state) is State.NEW:
            wish = Wish(reason="by writing to the client")
            await self.carry_out(tx, request, Move(Verb.ACKNOWLEDGE, by, now, wish, quiet=True))
        request.acknowledged_at = request.acknowledged_at or now
        if await self.heard(tx, request, by, now, spare):
            await self._messages.redrawn(tx, request, now)

    async def heard(self, tx: AsyncSession, request: Request, by: str, now: datetime, spare: str = "") -> bool:
        """An update has reached the client: promises are kept by it, the time until the next begins. → any of it."""
        assert request.id is not None
        measured = await clocks.told(tx, self._directory(), request, now)
        settled = await promises.heard(tx, request, by, now, spare)
        for promise in settled:
            what = "promise kept" if promise.state == promises.Fate.KEPT else "made good on a promise, late"
            await rows.note(tx, request, now, by, what, f"an update by {promise.due_at:%Y-%m-%d %H:%M} UTC")
        await self._paging.settle(tx, request.id, by, now, resolved=False, only=_for_want_of_news)
        return measured or bool(settled)

    async def _times(self, tx: AsyncSession, request: Request, move: Move) -> None:
        """What a move means for promises and response targets."""
        await clocks.follow(tx, self._directory(), request, move.now)
        if move.wish.to_client and move.by:
            await self.heard(tx, request, move.by, move.now)
        await promises.follow(tx, request, move.by, move.now)

    async def look(self, who: Actor, request_id: int) -> Request:
        """As it stands, for a form about it. Raises `Forbidden` without the right to handle requests."""
        access.require(who, Right.HANDLE_REQUEST)
        async with self._db.read() as tx:
            request = await tx.get(Request, request_id)
        if request is None:
            raise UserError(f"There is no request R-{request_id}.", hint="`/request list` shows those there are.")
        return request

    def now(self) -> datetime:
        """For what a form suggests."""
        return self._clock.now()

    def check(self, verb: Verb, wish: Wish) -> None:
        """Raises `UserError` where it can be seen, without looking at the request, that the verb cannot be done so."""
        if verb is Verb.SNOOZE and not wish.for_job:
            snooze(wish, self._clock.now(), "", None)

    async def timeline(self, who: Actor, request_id: int) -> tuple[Request, list[RequestEvent]]:
        """Everything that happened to it, oldest first. The team's, not the client's."""
        request = await self.look(who, request_id)
        async with self._db.read() as tx:
            query = select(RequestEvent).where(col(RequestEvent.request) == request_id).order_by(col(RequestEvent.id))
            return request, list((await tx.scalars(query)).all())

    async def tick(self) -> None:
        """Wakes what has slept long enough, closes what nobody came back to. Each by itself."""
        now = self._clock.now()
        async with self._db.read() as tx:
            due = list((await tx.scalars(_due(now, now - self._close_after()))).all())
        for request in due:
            verb = self._ripe(request, now)
            if verb is not None and request.id is not None:
                work = self._by_the_clock(request.id, request.version, Move(verb, "", now))
                await each.by_itself(f"{verb} a request", request.id, work)
        if due:
            self._messages.wake()

    def _ripe(self, request: Request, now: datetime) -> Verb | None:
        """What the clock does with it now. A job that cannot be read has not changed."""
        if State(request.state) is State.RESOLVED:
            return Verb.CLOSE
        if request.snoozed_until is not None and request.snoozed_until <= now:
            return Verb.WAKE
        stands = self._job_state(request.cluster, request.namespace, request.job) if request.snoozed_for_job else None
        return Verb.WAKE if stands is not None and stands != request.snoozed_for_job else None

    async def _by_the_clock(self, request_id: int, version: int, move: Move) -> None:
        async with self._db.write() as tx:
            request = await rows.locked(tx, request_id)
            if request.version == version:
                await self.carry_out(tx, request, move)

    async def _routed(self, tx: AsyncSession, request: Request, move: Move) -> Routing | None:
        """Who has it after a verb that gives it to somebody. Raises `UserError` on whom or what the roster lacks."""
        if move.verb is Verb.ASSIGN:
            return self._router.taken(request, move.by)
        if move.verb is Verb.REASSIGN:
            person = self._directory().person_by_slack(move.wish.person)
            if person is None:
                raise UserError("Only somebody of the team can have a request.", hint="Choose one of the roster file.")
            return self._router.given(request, person.slack, person.region, move.by, move.wish.reason)
        if move.verb is Verb.HAND:
            region = self._directory().region(move.wish.region)
            if region is None:
                known = ", ".join(r.id for r in self._directory().regions)
                raise UserError(f"There is no region “{move.wish.region}”.", hint=f"Use one of {known}.")
            return await self._router.handed(tx, request, region.id, move.by, move.now)
        return await self._router.again(tx, request, move.now) if move.verb is Verb.REOPEN else None

    async def _aim(self, tx: AsyncSession, request: Request, move: Move, routed: Routing | None) -> Aim:
        if move.verb is Verb.MERGE:
            await self._mergeable(tx, request, move.wish.into)
        return Aim(routed.owner, routed.region, move.wish.into) if routed else Aim(into=move.wish.into)

    async def _mergeable(self, tx: AsyncSession, request: Request, into: int | None) -> None:
        """Only into another open one of the same client: a client never reads another's thread."""
        other = await tx.get(Request, into) if into is not None else None
        if other is None or other.client != request.client or other.id == request.id:
            raise UserError(
                "A request is merged into another one of the same client.", hint="`/request list client` has their ids."
            )
        if State(other.state) not in lifecycle.OPEN:
            raise UserError(f"R-{other.id} is {lifecycle.words(State(other.state))}.", hint="Reopen it first.")

    def _checked(self, request: Request, move: Move) -> Wish:
        """The wish, with what only now is known. Raises `UserError` on a snooze that never ends or has ended."""
        if move.verb is not Verb.SNOOZE:
            return move.wish
        stands = self._job_state(request.cluster, request.namespace, request.job)
        return snooze(move.wish, move.now, request.job, stands)

    async def _page_acknowledged(self, tx: AsyncSession, request_id: int, by: str, now: datetime) -> None:
        """Who acknowledges the page has seen the request: no need to click twice."""
        request = await rows.locked(tx, request_id)
        if State(request.state) is State.NEW:
            wish = Wish(reason="by answering the page")
            await self.carry_out(tx, request, Move(Verb.ACKNOWLEDGE, by, now, wish))

    async def _cared_for(self, tx: AsyncSession, request_id: int, by: str, since: datetime) -> bool:
        """Whether whoever has it did anything since, or nothing can be done: it waits for the client, or is over."""
        request = await tx.get(Request, request_id)
        if (
            request is None
            or request.snoozed
            or State(request.state) is State.WAITING
            or State(request.state) not in lifecycle.OPEN
        ):
            return True
        who = col(RequestEvent.by).in_({by, request.owner or by})
        did = (col(RequestEvent.request) == request_id, who, col(RequestEvent.at) > since)
        return (await tx.scalars(select(RequestEvent.id).where(*did).limit(1))).first() is not None


def snooze(wish: Wish, now: datetime, job: str, job_state: str | None) -> Wish:
    """Raises `UserError` unless it ends: at a time within two weeks, or with a job whose state is known."""
    if wish.for_job:
        if not job or job_state is None:
            raise UserError(
                "No job is known whose state could change." if not job else f"The state of {job} cannot be read now.",
                hint="Snooze until a time instead.",
            )
        return Wish(for_job=True, job_state=job_state, reason=wish.reason)
    if wish.until is None or not now < wish.until <= now + LONGEST_SNOOZE:
        raise UserError("A snooze ends in the future, within 14 days.", hint="Choose a later time, or resolve it.")
    return wish


def _is_call(page: Page, by: str) -> bool:
    return "/escalated/" in page.source and (bool(page.raised_by) or not by)


def _for_want_of_news(page: Page) -> bool:
    """Raised by the clock because the client had not heard anything: done with once it has."""
    return not page.raised_by and not page.source.endswith("/breach/resolution")


_THEIRS = frozenset({Verb.REOPEN, Verb.MERGE})
"""What a client's people may do with their own: say that it is back, or that it is the same as another of theirs."""


def _may(who: Actor, request: Request, verb: Verb) -> None:
    if verb in _THEIRS and who.role is Role.CLIENT:
        require_own(who, request)
    else:
        access.require(who, Right.HANDLE_REQUEST)


def require_own(who: Actor, request: Request) -> None:
    """Raises `Forbidden` unless `who` speaks for the request's client, or takes care of requests."""
    access.require(who, Right.OPEN_REQUEST)
    if who.role is Role.CLIENT and (who.client is None or who.client.id != request.client):
        raise Forbidden("Only people of this client may do that.", hint="Open a request of your own.")


def _due(now: datetime, resolved_before: datetime):  # type: ignore[no-untyped-def]
    slept = or_(col(Request.snoozed_for_job) != "", col(Request.snoozed_until) <= now)
    left = (col(Request.state) == State.RESOLVED.value) & (col(Request.resolved_at) <= resolved_before)
    return select(Request).where(or_(col(Request.snoozed).is_(True) & slept, left)).order_by(col(Request.id))


def _escalation(reason: Reason, move: Move) -> Reason:
    who = f"<@{move.by}> needs help" if move.by else "it is overdue"
    because = f"escalated: {who}" + (f": {move.wish.reason}" if move.wish.reason else "")
    return Reason(reason.title, reason.body, because)


def _detail(request: Request, verb: Verb, wish: Wish) -> str:
    """What the timeline adds to the verb."""
    told = {
        Verb.REASSIGN: f"to <@{request.owner}>",
        Verb.HAND: f"to {request.region}",
        Verb.MERGE: f"into R-{request.merged_into}",
        Verb.SNOOZE: f"until {wish.until:%Y-%m-%d %H:%M} UTC" if wish.until else "until the job's state changes",
    }
    return " · ".join(part for part in (told.get(verb, ""), wish.reason, wish.cause) if part)
