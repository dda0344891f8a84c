"""Who is on duty, by brute force: minute for minute, looking at wall clocks, one exception after the other.

Written from the semantics in words, for tests. It shares the roster's values with the engine and not a line of how they
are resolved: no arithmetic with offsets, no intervals that are cut and joined, no grid of turns. It is slow, and short.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays as package

from schedules.rota.model import Edit, OnHoliday, Override, OverrideKind, Region, Role, Rota, Rotation, Rule

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
MARGIN = 3 * DAY
"""Shifts and turns that begin so long before the window are seen as well."""


@dataclass
class Post:
    """One shift at one instant. `line`: whom the rule calls, then each who came in the place of the one before."""

    line: list[str]
    there: bool
    closed: bool = False
    added: int | None = None
    day: date | None = None


@dataclass
class Now:
    """`on`, `gap`, `closed`: by region and role. `able`: the regions that could lead."""

    on: dict[tuple[str, Role], set[str]] = field(default_factory=dict)
    gap: set[tuple[str, Role]] = field(default_factory=set)
    closed: set[tuple[str, Role]] = field(default_factory=set)
    able: set[str] = field(default_factory=set)


class Oracle:
    """Answers for each `step` of `[start, end)`."""

    def __init__(self, rota: Rota, start: datetime, end: datetime, step: timedelta = MINUTE) -> None:
        self._rota, self._start, self._end, self._step = rota, start, end, step
        self._regions = {region.id: region for region in rota.regions}
        self._walls = {zone: Wall(zone, start - MARGIN, end + MARGIN, step) for zone in _zones(rota)}
        self._turns = {
            r.id: [(self._walls[r.zone].first(at), who) for at, who in _turns(r, end)] for r in rota.rotations
        }
        self._shifts = [(rule, day, *self._shift(rule, day)) for rule in rota.rules for day in self._days()]

    def instants(self) -> Iterator[datetime]:
        at = self._start
        while at < self._end:
            yield at
            at += self._step

    def now(self, at: datetime) -> Now:
        now = Now()
        for region in self._rota.regions:
            called = self._called(region, at)
            for role in Role:
                self._decide(now, region, role, called.get(role, []), at)
        return now

    def _decide(self, now: Now, region: Region, role: Role, posts: list[Post], at: datetime) -> None:
        here = region.id, role
        for post in posts:
            if post.there:
                self._time_off(post, at)
                self._swaps(post, here, at)
        posts = self._overrides(posts, here, at)
        ruled = [t for t in self._rota.temporary if t.region == region.id and role in (t.roles or Role)]
        on: set[str] = {p.line[-1] for p in posts if p.there}
        able = any(p.there and p.added is None for p in posts)
        for temporary in ruled:
            if temporary.start <= at < temporary.end:
                on = {s.person for s in temporary.shifts if s.role == role and s.start <= at < s.end}
                able = bool(on)
        if on:
            now.on[here] = on
        else:
            now.gap |= {here} if any(p.added is None and not p.closed for p in posts) else set()
            now.closed |= {here} if any(p.closed for p in posts) else set()
        if able and role in (Role.PRIMARY, Role.WEEKEND):
            now.able.add(region.id)

    def _called(self, region: Region, at: datetime) -> dict[Role, list[Post]]:
        """What the rules say at this minute, with holidays."""
        found: dict[Role, list[Post]] = {}
        for rule, day, start, end in self._shifts:
            if rule.region != region.id or not start <= at < end:
                continue
            holiday = _holiday(region, day)
            mine = _dated(rule, day) and day.weekday() in rule.weekdays
            if mine:
                closed = holiday and rule.on_holiday is not OnHoliday.IGNORE
                found.setdefault(rule.role, []).append(self._post(rule, day, at, closed=closed))
            if holiday and self._stands_in(rule, day) and not (mine and rule.on_holiday is OnHoliday.IGNORE):
                found.setdefault(rule.role, []).append(self._post(rule, day, at, closed=False))
        return found

    def _stands_in(self, rule: Rule, day: date) -> bool:
        """Another rule of the region asks for the weekend on this holiday, and means a day that this one names."""
        return (
            rule.role is Role.WEEKEND
            and _dated(rule, day)
            and any(
                other.region == rule.region
                and other.on_holiday is OnHoliday.WEEKEND
                and day.weekday() in other.weekdays
                and _dated(other, day)
                and other.holiday_day in rule.weekdays
                for other in self._rota.rules
            )
        )

    def _post(self, rule: Rule, day: date, at: datetime, *, closed: bool) -> Post:
        person: str | None = rule.person
        if rule.rotation:
            person = next((who for since, who in reversed(self._turns[rule.rotation]) if since <= at), None)
        return Post([person] if person else [], bool(person) and not closed, closed, day=day)

    def _time_off(self, post: Post, at: datetime) -> None:
        seen = set()
        while post.there:
            person = post.line[-1]
            off = [t for t in self._rota.time_off if t.person == person and t.start <= at < t.end]
            if not off:
                return
            seen.add(person)
            covers = [t.cover for t in sorted(off, key=lambda t: t.start) if t.cover]
            if covers and covers[-1] not in seen:
                post.line.append(covers[-1])
            else:
                post.there = False

    def _swaps(self, post: Post, here: tuple[str, Role], at: datetime) -> None:
        owner, covering = post.line[0], post.line[-1] if post.there else None
        for swap in sorted(self._rota.swaps, key=lambda s: s.made_at):
            when = post.day in swap.dates if swap.dates else swap.start <= at < swap.end
            if (swap.region, swap.role) != here or not when or swap.giver not in (owner, covering):
                continue
            if swap.giver == owner:
                owner = swap.taker
            covering = swap.taker
            _instead(post, swap.giver, swap.taker)

    def _overrides(self, posts: list[Post], here: tuple[str, Role], at: datetime) -> list[Post]:
        posts = list(posts)
        for override in sorted(self._rota.overrides, key=lambda o: o.made_at):
            if (override.region, override.role) == here and override.start <= at < override.end:
                if override.kind is OverrideKind.ADD:
                    posts.append(Post([override.person or ""], True, added=1))
                else:
                    self._override(posts, override)
        return posts

    def _override(self, posts: list[Post], override: Override) -> None:
        for post in posts:
            if override.kind is OverrideKind.REMOVE and post.there and post.line[-1] == override.instead_of:
                post.there = False
            elif override.kind is OverrideKind.REPLACE and override.instead_of in post.line:
                _instead(post, override.instead_of or "", override.person or "")

    def _shift(self, rule: Rule, day: date) -> tuple[datetime, datetime]:
        wall = self._walls[self._regions[rule.region].zone]
        start = datetime.combine(day, rule.start)
        end = datetime.combine(day, rule.end) + (DAY if rule.end <= rule.start else timedelta())
        return wall.first(start), wall.last(end)

    def _days(self) -> list[date]:
        first = (self._start - 2 * DAY).date()
        return [first + n * DAY for n in range((self._end - self._start).days + 4)]


class Leader:
    """Who leads, told minute after minute who could."""

    def __init__(self, rota: Rota) -> None:
        self._order = [region.id for region in rota.regions]
        self._after = rota.lead_after
        self._since: dict[str, datetime] = {}
        self.lead: str | None = None

    def at(self, now: datetime, able: set[str]) -> str | None:
        self._since = {r: self._since.get(r, now) for r in self._order if r in able}
        if self.lead not in able:
            self.lead = self._latest(able)
        else:
            since = self._since[self.lead]
            due = {r for r in able if self._since[r] > since and now - self._since[r] >= self._after}
            self.lead = self._latest(due) or self.lead
        return self.lead

    def _latest(self, regions: set[str]) -> str | None:
        last = max((self._since[r] for r in regions), default=None)
        return next((r for r in self._order if r in regions and self._since[r] == last), None)


class Wall:
    """What clocks in a zone show at each step, written down; so when they show something is looked up, not computed."""

    def __init__(self, zone: str, start: datetime, end: datetime, step: timedelta) -> None:
        self._shown = _shown(zone, start, end, step)
        self._at: dict[datetime, list[datetime]] = {}
        for at, shown in self._shown:
            self._at.setdefault(shown, []).append(at)

    def first(self, local: datetime) -> datetime:
        return self._at[local][0] if local in self._at else self._after(local)

    def last(self, local: datetime) -> datetime:
        return self._at[local][-1] if local in self._at else self._after(local)

    def _after(self, local: datetime) -> datetime:
        """Clocks never show `local`: the first instant at which they show something later. Far off, it is passed."""
        return next((at for at, shown in self._shown if shown > local), datetime.max.replace(tzinfo=UTC))


@lru_cache(maxsize=8)
def _shown(zone: str, start: datetime, end: datetime, step: timedelta) -> list[tuple[datetime, datetime]]:
    place, found, at = ZoneInfo(zone), [], start
    while at < end:
        found.append((at, at.astimezone(place).replace(tzinfo=None)))
        at += step
    return found


def _turns(rotation: Rotation, end: datetime) -> list[tuple[datetime, str]]:
    """(wall-clock time, person) of every change, walked from the first on, edit by edit."""
    edits = sorted(rotation.edits, key=lambda e: e.since)
    begun = datetime.combine(rotation.start, rotation.handover)
    number, people, length, advances = 0, rotation.people, rotation.length, rotation.advances
    found = [(begun, people[0])]
    limit = end.replace(tzinfo=None) + 3 * DAY
    edited = begun
    while begun < limit:
        following = _next(begun, length, advances)
        while following < edited:
            following += length
        edit = edits[0] if edits and max(_at(rotation, edits[0]), found[0][0]) <= following else None
        if edit is None:
            number, begun = number + 1, following
            found.append((begun, people[number % len(people)]))
            continue
        edits.pop(0)
        at = max(_at(rotation, edit), found[0][0])
        if at == following:
            number, begun = number + 1, following
        people = edit.people or people
        if edit.length and edit.length != length:
            length, edited = edit.length, at
            advances = frozenset() if length != DAY else advances
        if edit.start:
            number, begun = 0, datetime.combine(edit.start, rotation.handover)
            while (following := _next(begun, length, advances)) <= at:
                number, begun = number + 1, following
        found.append((at, people[number % len(people)]))
    return found


def _at(rotation: Rotation, edit: Edit) -> datetime:
    return datetime.combine(edit.since, rotation.handover)


def _next(begun: datetime, length: timedelta, advances: frozenset[int]) -> datetime:
    following = begun + length
    while advances and following.weekday() not in advances:
        following += DAY
    return following


def _instead(post: Post, giver: str, taker: str) -> None:
    del post.line[post.line.index(giver) + 1 :]
    post.line.append(taker)
    post.there, post.closed = True, False


def _dated(rule: Rule, day: date) -> bool:
    return (rule.since or date.min) <= day < (rule.until or date.max)


def _holiday(region: Region, day: date) -> bool:
    if region.holidays is None:
        return False
    return day in _holidays(region.holidays.country, region.holidays.subdivision)


@lru_cache(maxsize=32)
def _holidays(country: str, subdivision: str) -> object:
    return package.country_holidays(country, subdiv=subdivision or None, years=range(2023, 2032))


def _zones(rota: Rota) -> set[str]:
    return {r.zone for r in rota.regions} | {r.zone for r in rota.rotations}
