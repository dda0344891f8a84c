"""Where a request goes, and why: one region, one owner, a sentence for every rule that was asked. Pure.

Which region: the one that leads; shortly before the lead passes (the seam) the one that leads next, so that nobody
begins what they hand over in minutes; where nobody leads, whoever is on duty in daylight, else who leads next. Which
owner: of those on duty there, each rule of `RULES` in turn keeps the ones it is for, as long as one is left. It never
ends with nobody, and the same facts give the same answer.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from bot.desk import model
from bot.desk.model import Routing, Severity
from bot.directory.model import Client, Directory, Person
from bot.roster.model import Holder, Moment

ENGINEERS = ("primary", "weekend", "secondary")
"""Who takes requests, in this order. A manager does where nobody else is there."""
_LOOKED_AT = 4_000
"""Characters that are searched for skills: what is wrong is said at the beginning, and a log may follow."""


@dataclass(frozen=True)
class Wanted:
    """What is to be routed, as far as it matters here. `words`: its text, its job, what a form asked."""

    client: Client | None
    severity: Severity
    words: str = ""


@dataclass(frozen=True)
class Last:
    """Who (Slack id) had the newest other request about the same thing."""

    owner: str
    request: int


@dataclass(frozen=True)
class Past:
    """What the database knows: who had this job and this client last, and how many open requests each Slack id has."""

    job: Last | None = None
    client: Last | None = None
    open: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class _Case:
    wanted: Wanted
    past: Past
    moment: Moment
    directory: Directory
    region: str
    where: str
    pager: Holder | None
    """Who of the region is paged first."""


@dataclass(frozen=True)
class _Verdict:
    """Whom a rule keeps, what it says about that, and in a few words why the one it chose is not the usual one."""

    kept: tuple[Holder, ...]
    said: str = ""
    short: str = ""


Rule = Callable[[_Case, tuple[Holder, ...]], _Verdict]


def route(wanted: Wanted, past: Past, moment: Moment, directory: Directory, awake: Holder | None = None) -> Routing:
    """`awake`: who answers in daylight while nobody leads. Raises `LookupError` where the roster names nobody."""
    if moment.lead is not None and (incoming := _in_the_seam(moment, directory)):
        return _at_the_seam(wanted, past, moment, directory, incoming)
    if moment.lead is not None:
        until = f", until {_clock(moment.boundary)}" if moment.boundary else ""
        begins = (f"{_name(directory, moment.lead)} leads now{until}.",)
        found = within(wanted, past, moment, directory, moment.lead, "which leads now", begins)
        if found is not None:
            return replace(found, until=moment.boundary, next_region=moment.next_lead)
    return _nobody(wanted, past, moment, directory, awake)


def within(
    wanted: Wanted,
    past: Past,
    moment: Moment,
    directory: Directory,
    region: str,
    standing: str = "",
    begins: Sequence[str] = (),
) -> Routing | None:
    """Who of `region` has it, of those on duty there; None where nobody is. `standing` says what the region is now."""
    there = _on_duty(moment, region)
    if not there:
        return None
    where, pager = _name(directory, region), moment.on_duty(region)
    case = _Case(wanted, past, moment, directory, region, where, pager)
    steps = [*begins, f"On duty in {where}: {_people(there)}."]
    left, short = there, ""
    for rule in RULES:
        verdict = rule(case, left)
        if verdict.said:
            steps.append(verdict.said)
        if left[0] not in verdict.kept:
            short = verdict.short
        left = verdict.kept
    owner = left[0]
    because = f"{owner.name} is {owner.role} in {where}" + (f", {standing}" if standing else "")
    steps.append(f"{owner.name} has it, {owner.role} in {where}.")
    return Routing(
        region=region,
        owner=owner.slack,
        because=because + (f"; {short}" if owner is not there[0] and short else ""),
        weekend=pager is not None and pager.role == "weekend",
        steps=tuple(steps),
    )


def skills_of(wanted: Wanted, directory: Directory) -> tuple[str, ...]:
    """The ids of the skills that it calls for, in the file's order."""
    always = wanted.client.skills if wanted.client else frozenset()
    words = wanted.words[:_LOOKED_AT].lower()
    return tuple(
        skill.id for skill in directory.routing.skills if skill.id in always or any(_has(words, w) for w in skill.words)
    )


def _in_the_seam(moment: Moment, directory: Directory) -> str | None:
    """The region that leads next, where the lead passes within the seam and somebody is known who comes."""
    incoming, boundary = moment.next_lead, moment.boundary
    if incoming is None or boundary is None or incoming == moment.lead:
        return None
    if not moment.at < boundary <= moment.at + directory.routing.seam:
        return None
    return incoming if moment.next_holder is not None or _on_duty(moment, incoming) else None


def _at_the_seam(wanted: Wanted, past: Past, moment: Moment, directory: Directory, incoming: str) -> Routing:
    """The incoming region has it and the outgoing one a copy; until somebody is there, the outgoing looks after it."""
    outgoing = _name(directory, moment.lead or "")
    copied = moment.on_duty(moment.lead)
    where, at = _name(directory, incoming), _clock(moment.boundary)
    seam = int(directory.routing.seam.total_seconds() // 60)
    begins = [f"The lead passes from {outgoing} to {where} at {at}, within {seam} minutes: {where} has it already."]
    if copied is not None:
        begins.append(f"{copied.name} in {outgoing} has a copy.")
    standing = f"which takes over from {outgoing} at {at}"
    found = within(wanted, past, moment, directory, incoming, standing, begins)
    if found is not None:
        return replace(found, copied=copied)
    comes = moment.next_holder
    assert comes is not None, "a seam has somebody who comes"
    meanwhile = f"until then {copied.name} in {outgoing} looks after it" if copied else "nobody is there until then"
    weekend = copied is not None and copied.role == "weekend"
    paged = ", and is paged" if copied and model.pages(wanted.severity, weekend) else ""
    steps = (*begins, f"Nobody is on duty in {where} yet: {comes.name} comes at {at} and has it; {meanwhile}{paged}.")
    return Routing(
        region=incoming,
        owner=comes.slack,
        because=f"{comes.name} comes on duty in {where} at {at}; {meanwhile}",
        weekend=weekend,
        steps=steps,
        copied=copied,
        starts=moment.boundary,
    )


def _nobody(wanted: Wanted, past: Past, moment: Moment, directory: Directory, awake: Holder | None) -> Routing:
    """A gap: who is on duty elsewhere in daylight, else the region that leads next, whose engineer is paged now."""
    begins = ["Nobody leads now: a gap."]
    if awake is not None:
        said = f"In {awake.region_name} somebody is on duty in daylight."
        found = within(
            wanted, past, moment, directory, awake.region, "where it is day; nobody leads now", (*begins, said)
        )
        if found is not None:
            return replace(found, until=moment.boundary, next_region=moment.next_lead)
    region = moment.next_lead or directory.regions[0].id
    where = _name(directory, region)
    begins.append(f"{where} is next{f', at {_clock(moment.boundary)}' if moment.boundary else ''}.")
    found = within(wanted, past, moment, directory, region, "which is next; nobody leads now", begins)
    if found is None and moment.next_holder is None:
        found = _anybody(wanted, past, moment, directory, begins)
    if found is not None:
        return replace(found, until=moment.boundary, weekend=True)
    comes = moment.next_holder or next(iter(_near(directory, region)), None)
    if comes is None:
        raise LookupError("the roster names nobody at all")
    return Routing(
        region=comes.region,
        owner=comes.slack,
        because=f"nobody is on duty now; {where} is next",
        until=moment.boundary,
        weekend=True,
        steps=(
            *begins,
            f"{comes.name} has it, who is {'on duty then' if moment.next_holder else 'the first of the roster'}.",
        ),
    )


def _anybody(wanted: Wanted, past: Past, moment: Moment, directory: Directory, begins: Sequence[str]) -> Routing | None:
    """Where it is not known who comes next, somebody who is on duty at night is better than somebody who is not."""
    steps = (*begins, "Who comes then is not known.")
    standing = "where it is night; nobody leads now"
    found = (within(wanted, past, moment, directory, r.id, standing, steps) for r in directory.regions)
    return next((routed for routed in found if routed is not None), None)


def _near(directory: Directory, region: str) -> list[Person]:
    """Everybody, those of the region first."""
    return sorted(directory.people, key=lambda person: person.region != region)


def _pager(case: _Case, left: tuple[Holder, ...]) -> _Verdict:
    """What pages goes to whom it pages: of two people who both might, neither would."""
    pager = case.pager
    if pager is None or not model.pages(case.wanted.severity, pager.role == "weekend"):
        return _Verdict(left)
    kept = tuple(h for h in left if h.slack == pager.slack)
    return _Verdict(kept or left, f"It pages, so it goes to whom the page goes to: {pager.name}.", "it is paged there")


def _stays(case: _Case, left: tuple[Holder, ...]) -> _Verdict:
    """Who goes off duty within the seam would hand it over at once."""
    leaving = [h for h in left if h.until <= case.moment.at + case.directory.routing.seam]
    kept = tuple(h for h in left if h not in leaving)
    if not leaving or not kept:
        return _Verdict(left)
    gone = ", ".join(f"{h.name} at {_clock(h.until)}" for h in leaving)
    return _Verdict(
        kept, f"Passed over because they go off duty soon: {gone}.", f"{leaving[0].name} goes off duty soon"
    )


def _job(case: _Case, left: tuple[Holder, ...]) -> _Verdict:
    return _had(case, left, case.past.job, "this job")


def _skilled(case: _Case, left: tuple[Holder, ...]) -> _Verdict:
    """Who has the most of the skills that it calls for."""
    wanted = skills_of(case.wanted, case.directory)
    if not wanted or len(left) < 2:
        return _Verdict(left)
    has = {h.slack: [s for s in wanted if s in _skills(case, h)] for h in left}
    most = max(len(found) for found in has.values())
    calls = f"It calls for {_and(wanted)}"
    if most == 0:
        return _Verdict(left, f"{calls}, which nobody on duty in {case.where} has.")
    kept = tuple(h for h in left if len(has[h.slack]) == most)
    people = "; ".join(f"{h.name} has {_and(has[h.slack])}" for h in kept)
    return _Verdict(kept, f"{calls}: {people}.", f"has {_and(has[kept[0].slack])}")


def _preferred(case: _Case, left: tuple[Holder, ...]) -> _Verdict:
    client = case.wanted.client
    if client is None or not client.prefer or len(left) < 2:
        return _Verdict(left)
    kept = tuple(h for h in left if h.person in client.prefer)
    if not kept:
        return _Verdict(left, f"Nobody whom {client.name} prefers is on duty in {case.where}.")
    return _Verdict(kept, f"{client.name} prefers {_and([h.name for h in kept])}.", f"{client.name} prefers them")


def _load(case: _Case, left: tuple[Holder, ...]) -> _Verdict:
    """Who has far more to do than somebody else there is passed over."""
    if len(left) < 2:
        return _Verdict(left)
    has = {h.slack: case.past.open.get(h.slack, 0) for h in left}
    limit = min(has.values()) + case.directory.routing.load_margin
    counts = ", ".join(f"{h.name} {has[h.slack]}" for h in left)
    kept = tuple(h for h in left if has[h.slack] < limit)
    over = [h.name for h in left if h not in kept]
    said = f"passed over for their load: {_and(over)}" if over else "so nobody is passed over for their load"
    return _Verdict(kept, f"Open requests: {counts}; {said}.", "has fewer open requests")


def _client(case: _Case, left: tuple[Holder, ...]) -> _Verdict:
    name = case.wanted.client.name if case.wanted.client else "this client"
    return _had(case, left, case.past.client, f"a request of {name}")


RULES: tuple[Rule, ...] = (_pager, _stays, _job, _skilled, _preferred, _load, _client)
"""Asked in this order. Where they leave several, the first of them in the order of `ENGINEERS` has it."""


def _had(case: _Case, left: tuple[Holder, ...], last: Last | None, what: str) -> _Verdict:
    """Who had it last knows it best."""
    if last is None or len(left) < 2:
        return _Verdict(left)
    kept = tuple(h for h in left if h.slack == last.owner)
    if kept:
        return _Verdict(kept, f"{kept[0].name} had {what} last (R-{last.request}).", f"had {what} last")
    person = case.directory.person_by_slack(last.owner)
    who = person.name if person else "Somebody who is not in the roster"
    on_duty = any(h.slack == last.owner for h in _on_duty(case.moment, case.region))
    why = "was passed over" if on_duty else f"is not on duty in {case.where}"
    return _Verdict(left, f"{who} had {what} last (R-{last.request}), and {why}.")


def _on_duty(moment: Moment, region: str) -> tuple[Holder, ...]:
    """Everybody there, each once, the usual owner first: whom the rules call before whom an override only added."""
    here = [h for h in moment.holders if h.region == region]
    engineers = [h for h in here if h.role in ENGINEERS]
    ranked = sorted(engineers or here, key=lambda h: (h.added, _rank(h), h.since, h.person))
    found: dict[str, Holder] = {}
    for holder in ranked:
        found.setdefault(holder.slack, holder)
    return tuple(found.values())


def _rank(holder: Holder) -> int:
    return ENGINEERS.index(holder.role) if holder.role in ENGINEERS else len(ENGINEERS)


def _skills(case: _Case, holder: Holder) -> frozenset[str]:
    person: Person | None = case.directory.person(holder.person)
    return person.skills if person else frozenset()


def _has(words: str, word: str) -> bool:
    return re.search(rf"(?<![a-z0-9]){re.escape(word.lower())}(?![a-z0-9])", words) is not None


def _people(holders: tuple[Holder, ...]) -> str:
    return ", ".join(f"{h.name} ({h.role}{', added' if h.added else ''})" for h in holders)


def _and(words: Sequence[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else list(words))


def _clock(at: datetime | None) -> str:
    return f"{at:%H:%M} UTC" if at else "a time not known yet"


def _name(directory: Directory, region: str) -> str:
    found = directory.region(region)
    return found.name if found else region
