"""Routing with what the database knows: who had it last, who has how many, who is awake. Writes who has it and why.

What is decided is `bot.desk.routing`; here the facts for it are read, in the caller's transaction.
"""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, func, select

from bot.desk import lifecycle, routing
from bot.desk.model import Routing, Severity
from bot.desk.routing import Last, Past, Wanted
from bot.desk.tables import Request
from bot.directory.model import Directory
from bot.roster.model import Holder, Moment
from bot.roster.service import Roster
from schedules.rota import fallback


class Router:
    def __init__(self, directory: Callable[[], Directory], roster: Roster) -> None:
        self._directory = directory
        self._roster = roster

    async def route(self, tx: AsyncSession, request: Request, now: datetime) -> Routing:
        """As if it were new. Raises `LookupError` where the roster names nobody at all."""
        moment = await self._roster.moment(tx, now)
        awake = await self._awake(tx, moment) if moment.lead is None else None
        past = await self._past(tx, request, moment)
        return routing.route(self._wanted(request), past, moment, self._directory(), awake)

    async def again(self, tx: AsyncSession, request: Request, now: datetime) -> Routing | None:
        """It is back. None where who had it is on duty, and goes on."""
        moment = await self._roster.moment(tx, now)
        if any(holder.slack == request.owner for holder in moment.holders):
            return None
        return await self.route(tx, request, now)

    async def handed(self, tx: AsyncSession, request: Request, region: str, by: str, now: datetime) -> Routing:
        """Somebody hands it to `region`. Where nobody is on duty there, who has it keeps it."""
        moment, where = await self._roster.moment(tx, now), self._region(region)
        begins = (f"{self.name(by)} handed it to {where}.",)
        past = await self._past(tx, request, moment)
        found = routing.within(
            self._wanted(request),
            past,
            moment,
            self._directory(),
            region,
            f"to which {self.name(by)} handed it",
            begins,
        )
        if found is not None:
            return found
        kept = f"nobody is on duty in {where} now: {self.name(request.owner)} keeps it"
        return Routing(
            region, request.owner, f"{self.name(by)} handed it to {where}; {kept}", steps=(*begins, f"N{kept[1:]}.")
        )

    def given(self, request: Request, to: str, region: str, by: str, reason: str) -> Routing:
        """Somebody gives it to a person."""
        because = f"{self.name(by)} gave it to {self.name(to)}" + (f": {reason}" if reason else "")
        return Routing(region, to, because, steps=(f"{because}.",))

    def taken(self, request: Request, by: str) -> Routing:
        because = f"{self.name(by)} took it over"
        return Routing(request.region, by, because, steps=(f"{because}.",))

    def accepted(self, request: Request, region: str, by: str) -> Routing:
        """With a handoff."""
        before = self._region(request.region)
        because = f"{self.name(by)} accepted the handoff" + (f" from {before}" if region != request.region else "")
        return Routing(region, by, because, steps=(f"{because}.",))

    def name(self, slack: str) -> str:
        person = self._directory().person_by_slack(slack)
        return person.name if person else "somebody who is not in the roster"

    def _region(self, id: str) -> str:
        region = self._directory().region(id)
        return region.name if region else id

    def _wanted(self, request: Request) -> Wanted:
        words = " ".join((request.text, request.namespace, request.job, *map(str, request.details.values())))
        return Wanted(self._directory().client(request.client), Severity(request.severity), words)

    async def _past(self, tx: AsyncSession, request: Request, moment: Moment) -> Past:
        return Past(
            job=await self._last(tx, request, of_the_job=True) if request.job else None,
            client=await self._last(tx, request, of_the_job=False),
            open=await self._open(tx, request, [holder.slack for holder in moment.holders]),
        )

    async def _last(self, tx: AsyncSession, request: Request, *, of_the_job: bool) -> Last | None:
        query = select(Request.id, Request.owner).where(col(Request.client) == request.client)
        if of_the_job:
            query = query.where(
                col(Request.cluster) == request.cluster,
                col(Request.namespace) == request.namespace,
                col(Request.job) == request.job,
            )
        if request.id is not None:
            query = query.where(col(Request.id) != request.id)
        found = (await tx.execute(query.order_by(col(Request.id).desc()).limit(1))).first()
        return Last(found.owner, found.id) if found else None

    async def _open(self, tx: AsyncSession, request: Request, people: list[str]) -> dict[str, int]:
        """How many open requests each of `people` has. What sleeps asks nothing of anybody."""
        query = select(Request.owner, func.count()).where(
            col(Request.owner).in_(people),
            col(Request.state).in_([s.value for s in lifecycle.OPEN]),
            col(Request.snoozed).is_(False),
        )
        if request.id is not None:
            query = query.where(col(Request.id) != request.id)
        return {row[0]: row[1] for row in (await tx.execute(query.group_by(col(Request.owner)))).all()}

    async def _awake(self, tx: AsyncSession, moment: Moment) -> Holder | None:
        """Who is on duty in daylight, asked round the world from the region that leads next."""
        rota = await self._roster.rota_as_it_stands(tx)
        region = moment.next_lead or rota.regions[0].id
        shift = fallback.on_duty(rota, moment.at, region).shift
        if shift is None:
            return None
        return next((h for h in moment.holders if (h.person, h.region) == (shift.person, shift.region)), None)
