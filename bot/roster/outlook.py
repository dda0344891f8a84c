"""What lies ahead: my shifts and what hangs on them, and the hours in which nobody is on duty."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.clock import Clock
from bot.directory import access
from bot.directory.access import Actor, Right
from bot.directory.model import Directory, Person, Region
from bot.errors import UserError
from bot.roster import moments, spell, stints, views
from bot.roster.overrides import Overrides
from bot.roster.standing import Standing
from bot.roster.stints import Stint
from bot.roster.swaps import Swaps, member
from bot.roster.tables import TimeOffRow
from bot.roster.time_off import TimeOffs
from bot.roster.views import Overridden, SwapView
from bot.store.database import Database
from schedules.rota import explain, resolve
from schedules.rota.model import Override, Role, Rota, Shift, Swap

WEEK = timedelta(weeks=1)
WEEKS = 4
MOST_WEEKS = 26


@dataclass(frozen=True)
class Mine:
    """A stint of mine in words, and by whose swap or override I have it (Slack ids)."""

    stint: Stint
    words: str
    region: str
    swapped_from: str | None = None
    instead_of: str | None = None


@dataclass(frozen=True)
class Given:
    """What I gave away by a swap that is in force."""

    role: str
    start: datetime
    end: datetime
    to: str


@dataclass(frozen=True)
class Ahead:
    person: Person
    weeks: int
    stints: tuple[Mine, ...]
    given: tuple[Given, ...]
    swaps: tuple[SwapView, ...]
    overrides: tuple[Overridden, ...]
    time_off: tuple[TimeOffRow, ...]


@dataclass(frozen=True)
class GapAhead:
    region: str
    region_name: str
    zone: str
    role: str
    start: datetime
    end: datetime
    because: str


@dataclass(frozen=True)
class Question:
    """Why somebody (Slack id) or a region's role at a time, as it was typed; what is left empty is found."""

    slack: str = ""
    region: str = ""
    role: str = ""
    at: str = ""


@dataclass(frozen=True)
class Answer:
    """`steps` are sentences, people in them by their Slack ids."""

    region: str
    zone: str
    role: str
    at: datetime
    people: tuple[str, ...]
    steps: tuple[tuple[str, str], ...]


class Outlook:
    def __init__(
        self,
        db: Database,
        clock: Clock,
        directory: Callable[[], Directory],
        standing: Standing,
        overrides: Overrides,
        swaps: Swaps,
        time_off: TimeOffs,
    ) -> None:
        self._db = db
        self._clock = clock
        self._directory = directory
        self._standing = standing
        self._overrides = overrides
        self._swaps = swaps
        self._time_off = time_off

    async def me(self, who: Actor, weeks: int = WEEKS) -> Ahead:
        """My next shifts, and everything about them that is not over."""
        person, now = member(who, Right.SEE_ROTA), self._clock.now()
        async with self._db.read() as tx:
            rota = await self._standing.rota(tx)
            swaps = await self._swaps.ahead(tx, person.id, now)
            overrides = await self._overrides.ahead(tx, person.id, now)
            away = await self._time_off.ahead(tx, person.id, now)
        return Ahead(
            person,
            weeks,
            tuple(self._mine(rota, person, now, now + timedelta(weeks=weeks))),
            tuple(self._given(rota, person.id, now)),
            tuple(swaps),
            tuple(overrides),
            tuple(away),
        )

    async def gaps(self, who: Actor, weeks: int = WEEKS) -> list[GapAhead]:
        """Where nobody is on duty whom a rule calls for, in the next `weeks`, the next first."""
        access.require(who, Right.SEE_ROTA)
        if not 1 <= weeks <= MOST_WEEKS:
            raise UserError(f"Gaps are looked for from 1 to {MOST_WEEKS} weeks ahead.", hint="For example: `gaps 8`")
        now = self._clock.now()
        async with self._db.read() as tx:
            rota = await self._standing.rota(tx)
        found = []
        for gap in resolve.resolve(rota, now, now + timedelta(weeks=weeks)).gaps:
            region = self._directory().region(gap.region)
            if region is not None:
                because = gap.because[-1] if gap.because else ""
                found.append(GapAhead(region.id, region.name, region.zone, str(gap.role), gap.start, gap.end, because))
        return found

    async def why(self, who: Actor, asked: Question) -> Answer:
        """The rules, swaps and overrides that chose who is on duty. Raises `UserError` on what does not exist."""
        access.require(who, Right.SEE_ROTA)
        directory = self._directory()
        at = moments.read(asked.at, who.person.zone if who.person else "UTC", self._clock.now())
        async with self._db.read() as tx:
            rota = await self._standing.rota(tx)
        region = self._region(rota, asked, at)
        role = Role(asked.role) if asked.role else self._role(rota, asked, region.id, at)
        found = explain.why(rota, at, region.id, role)
        person = views.slack_of(directory)
        steps = [(s.kind, self._named(s.text)) for s in found.steps]
        return Answer(region.name, region.zone, role.value, at, tuple(map(person, found.people)), tuple(steps))

    def _named(self, text: str) -> str:
        """The engine says ids: people are mentioned instead, and a region that does something is named."""
        people = "|".join(re.escape(p.id) for p in self._directory().people)
        regions = "|".join(re.escape(r.id) for r in self._directory().regions)
        person, region = views.slack_of(self._directory()), self._directory()
        text = re.sub(rf"\b({people})\b", lambda m: f"<@{person(m[1])}>", text)
        return re.sub(
            rf"\b({regions})(?=,| leads| is on duty)|(?<=\bin )({regions})\b",
            lambda m: views.region_name(region, m[1] or m[2]),
            text,
        )

    def _region(self, rota: Rota, asked: Question, at: datetime) -> Region:
        """The one that was named, the person's, or the one that leads."""
        directory = self._directory()
        if asked.slack:
            person = directory.person_by_slack(asked.slack)
            if person is None:
                raise UserError(f"<@{asked.slack}> is not in the roster file.", hint="Ask for a region instead.")
            wanted = person.region
        else:
            wanted = asked.region or resolve.at(rota, at).lead or directory.regions[0].id
        region = directory.region(wanted)
        if region is None:
            names = ", ".join(f"`{r.id}`" for r in directory.regions)
            raise UserError(f"There is no region “{wanted}”.", hint=f"There are {names}.")
        return region

    def _role(self, rota: Rota, asked: Question, region: str, at: datetime) -> Role:
        """The role that the person has then; else the one that leads."""
        person = self._directory().person_by_slack(asked.slack) if asked.slack else None
        there = [s for s in resolve.at(rota, at).shifts if s.region == region]
        mine = [s.role for s in there if person and s.person == person.id]
        if mine:
            return mine[0]
        return Role.WEEKEND if any(s.role is Role.WEEKEND for s in there) else Role.PRIMARY

    def _mine(self, rota: Rota, person: Person, start: datetime, end: datetime) -> list[Mine]:
        """Whole shifts that are not over, a week's together where they come from the same."""
        window = (start - stints.DAY, end + WEEK)
        mine = [s for s in resolve.resolve(rota, *window).shifts if s.person == person.id and s.end > start]
        ruled = resolve.resolve(replace(rota, overrides=()), *window).shifts
        by: dict[tuple[str | None, str | None], list[Shift]] = {}
        for shift in mine:
            by.setdefault((_giver(rota, shift), _replaced(rota, ruled, shift)), []).append(shift)
        slack = views.slack_of(self._directory())
        found = [
            Mine(
                stint,
                spell.stint(stint, person.zone),
                views.region_name(self._directory(), stint.region),
                slack(giver) if giver else None,
                slack(replaced) if replaced else None,
            )
            for (giver, replaced), together in by.items()
            for stint in stints.weeks(rota, together)
            if stint.start < end
        ]
        return sorted(found, key=lambda one: (one.stint.start, one.stint.role))

    def _given(self, rota: Rota, person: str, now: datetime) -> Iterable[Given]:
        """A week that was given away is one line."""
        together: dict[tuple[str, str, datetime], list[Swap]] = {}
        for swap in rota.swaps:
            if swap.giver == person and swap.end > now:
                together.setdefault((swap.taker, str(swap.role), swap.made_at), []).append(swap)
        for (taker, role, _), swaps in together.items():
            to = views.slack_of(self._directory())(taker)
            yield Given(role, min(s.start for s in swaps), max(s.end for s in swaps), to)


def _giver(rota: Rota, shift: Shift) -> str | None:
    """From whom the person has it by a swap."""
    return next((s.giver for s in rota.swaps if s.taker == shift.person and _touch(s, shift)), None)


def _replaced(rota: Rota, ruled: Sequence[Shift], shift: Shift) -> str | None:
    """In whose place an override puts the person: of several, whoever would have been on duty."""
    places = [o.instead_of for o in rota.overrides if o.person == shift.person and _touch(o, shift)]
    there = {s.person for s in ruled if _touch(s, shift)}
    return next((place for place in places if place in there), places[0] if places else None)


def _touch(one: Swap | Override | Shift, shift: Shift) -> bool:
    same = (one.region, one.role) == (shift.region, shift.role)
    return same and one.start < shift.end and one.end > shift.start
