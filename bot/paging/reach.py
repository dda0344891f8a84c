"""Whom a target of an escalation step gives at an instant, and why somebody is passed over. Pure.

At weekends nobody is paged outside the daytime of the place where they live, whatever named them: a role, a rotation,
their own name. The weekend shift comes first then, and a region that has nobody awake is answered for by the next in
the file's order, as `schedules.rota.fallback` goes round. The one exception is the policy's last resort, who is not
looked for here.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.directory.model import Directory, Person
from bot.paging.model import Found, Kind, Target
from bot.roster.model import Holder, Moment
from schedules.rota import fallback
from schedules.rota.model import Rota

SATURDAY = 5
BY_NAME = "asked for by name"
Result = tuple[tuple[Found, ...], tuple[str, ...]]


def weekend(at: datetime, zone: str) -> bool:
    return at.astimezone(ZoneInfo(zone)).weekday() >= SATURDAY


@dataclass(frozen=True)
class Reach:
    """What is known of one instant. `region` is the page's own."""

    moment: Moment
    rota: Rota
    directory: Directory
    region: str

    def find(self, target: Target) -> Result:
        if target.kind is Kind.PERSON:
            return self._person(target.name)
        if target.kind is Kind.ROTATION:
            return self._rotation(target.name)
        return self._role(target.name, target.region or self.region)

    def asleep(self, person: Person) -> bool:
        """It is weekend where they live, and not daytime: nobody is paged then."""
        at = self.moment.at
        if not weekend(at, person.zone):
            return False
        here = next((r for r in self.rota.regions if r.id == person.region), None)
        return here is None or not fallback.is_daytime(here, at, person.zone)

    def away(self, person: Person) -> bool:
        return any(t.person == person.id and t.start <= self.moment.at < t.end for t in self.rota.time_off)

    def _role(self, name: str, region: str) -> Result:
        if name == "manager":
            return self._manager(region)
        answering = self._on_duty(region)
        chosen = answering if name == "primary" else self._secondary(region, answering)
        if chosen is None:
            return (), (*self._sleeping(region, name), f"nobody is {name}{self._of(region)} now")
        return (Found(chosen.person, self._as(chosen, name, region)),), ()

    def _manager(self, region: str) -> Result:
        answering = self._on_duty(region)
        here = [region, answering.region] if answering and not self._staffed(region) else [region]
        for place in here:
            holder = self.moment.holding(place, "manager")
            if holder is not None and self._awake(holder):
                return (Found(holder.person, self._as(holder, "manager", region)),), ()
        return (), (*self._sleeping(region, "manager"), f"nobody is manager{self._of(region)} now")

    def _person(self, id: str) -> Result:
        person = self.directory.person(id)
        if person is None:
            return (), (f"{id} is not in the roster file any more",)
        if why := self.why_not(person):
            return (), (why,)
        return (Found(id, BY_NAME),), ()

    def why_not(self, person: Person) -> str:
        """Why they are not paged now; empty: they are."""
        if self.away(person):
            return f"{person.name} is away"
        if self.asleep(person):
            return f"it is {self.moment.at.astimezone(ZoneInfo(person.zone)):%a %H:%M} where {person.name} is"
        return ""

    def _rotation(self, id: str) -> Result:
        rotation = next((r for r in self.rota.rotations if r.id == id), None)
        found: list[Found] = []
        missing: list[str] = []
        for name in self._people(id) if rotation else ():
            there, without = self._person(name)
            found += [Found(f.person, f"one of {id}") for f in there]
            missing += without
        return tuple(found), tuple(missing) if rotation else (f"there is no rotation {id} any more",)

    def _people(self, id: str) -> tuple[str, ...]:
        """Who is in the rotation since its last edit that counts."""
        rotation = self.rota.rotation(id)
        today = self.moment.at.astimezone(ZoneInfo(rotation.zone)).date()
        edits = [e.people for e in rotation.edits if e.people and e.since <= today]
        return edits[-1] if edits else rotation.people

    def _staffed(self, region: str) -> bool:
        return self._there(region) is not None

    def _on_duty(self, region: str) -> Holder | None:
        """Who takes what comes in for the region: its own, else on weekdays who leads, else round the world."""
        return next((h for place in self._round(region) if (h := self._there(place)) is not None), None)

    def _secondary(self, region: str, answering: Holder | None) -> Holder | None:
        place = answering.region if answering and not self._staffed(region) else region
        own = self.moment.holding(place, "secondary")
        if own is not None and self._awake(own):
            return own
        first = answering.person if answering else ""
        elsewhere = (self._there(other) for other in self._round(region) if other != place)
        return next((h for h in elsewhere if h is not None and h.person != first), None)

    def _there(self, region: str) -> Holder | None:
        """At weekends its weekend shift, awake; else its primary."""
        place = self.directory.region(region)
        days = ("weekend", "primary") if place and weekend(self.moment.at, place.zone) else ("primary", "weekend")
        holders = [h for role in days for h in self.moment.holders if h.region == region and h.role == role]
        return next((h for h in holders if self._awake(h)), None)

    def _round(self, region: str) -> Iterator[str]:
        ids = [r.id for r in self.rota.regions]
        at = ids.index(region) if region in ids else 0
        place = self.directory.region(region)
        if self.moment.lead is not None and not (place and weekend(self.moment.at, place.zone)):
            yield from dict.fromkeys((region, self.moment.lead, *ids[at:], *ids[:at]))
        else:
            yield from dict.fromkeys((region, *ids[at:], *ids[:at]))

    def _awake(self, holder: Holder) -> bool:
        person = self.directory.person(holder.person)
        return person is not None and not self.asleep(person)

    def _sleeping(self, region: str, name: str) -> Iterator[str]:
        roles = ("primary", "weekend") if name == "primary" else (name,)
        for holder in self.moment.holders:
            person = self.directory.person(holder.person)
            if person is not None and holder.region == region and holder.role in roles and self.asleep(person):
                yield self.why_not(person)

    def _of(self, region: str) -> str:
        place = self.directory.region(region)
        return f" in {place.name}" if place and region != self.region else ""

    def _as(self, holder: Holder, name: str, region: str) -> str:
        """Who is paged for another region than their own reads so, and so does who asked."""
        place = self.directory.region(region)
        if place is None or holder.region == region:
            return f"{name} on duty" + self._of(region)
        as_what = "weekend shift" if holder.role == "weekend" else holder.role
        return f"{as_what} of {holder.region_name}, since nobody is {name} in {place.name} now"
