"""Escalation as values: which policy a page has, who is contacted next, and when again. Pure.

A page climbs the steps of its policy until somebody acknowledges. Two rules make it safe: a step that gives nobody is
skipped at once (never waited for), and the end of the last round is the last resort, who is contacted again and again:
a page never ends with nobody. Whom a target gives is for `reach` to say.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

LAST_RESORT = "last resort of the policy"
"""Why somebody is contacted after the last round."""


class Kind(StrEnum):
    ROLE = "role"
    PERSON = "person"
    ROTATION = "rotation"


ROLES = ("primary", "secondary", "manager")
"""Of the rota, as an escalation asks for them: at weekends the weekend shift is the primary."""


@dataclass(frozen=True)
class Target:
    """A role (of `region`; empty: of the page's own), a person's id, or all of a rotation."""

    kind: Kind
    name: str
    region: str = ""

    def __str__(self) -> str:
        """As a row keeps it; `target` reads it."""
        return f"{self.kind}:{self.name}" + (f"@{self.region}" if self.region else "")


def role(name: str, region: str = "") -> Target:
    return Target(Kind.ROLE, name, region)


def target(written: str) -> Target | None:
    """What `str` made of a target; None of an empty word."""
    kind, _, rest = written.partition(":")
    name, _, region = rest.partition("@")
    return Target(Kind(kind), name, region) if written else None


@dataclass(frozen=True)
class About:
    """What conditions ask of a page. `zone` is that of its region."""

    zone: str
    severity: str = ""
    client: str = ""


@dataclass(frozen=True)
class When:
    """A condition: all that it names must hold. Weekdays (Monday is 0) and local times are by `zone`, else the page's.

    An end at or before the start is on the next day, which then still belongs to the weekday before.
    """

    weekdays: frozenset[int] = frozenset()
    start: time | None = None
    end: time | None = None
    zone: str = ""
    severities: frozenset[str] = frozenset()
    clients: frozenset[str] = frozenset()

    def holds(self, about: About, at: datetime) -> bool:
        if self.severities and about.severity not in self.severities:
            return False
        if self.clients and about.client not in self.clients:
            return False
        return self._in_time(at.astimezone(ZoneInfo(self.zone or about.zone)))

    @property
    def always(self) -> bool:
        return not (self.weekdays or self.start or self.end or self.severities or self.clients)

    def _in_time(self, local: datetime) -> bool:
        start, end, now, weekday = self.start or time(), self.end or time(), local.time(), local.weekday()
        if end <= start and end != time() and now < end:
            return not self.weekdays or (weekday - 1) % 7 in self.weekdays
        within = now >= start and (end <= start or now < end)
        return within and (not self.weekdays or weekday in self.weekdays)


ALWAYS = When()


@dataclass(frozen=True)
class Step:
    """All of `targets` are contacted at once, where `when` holds."""

    targets: tuple[Target, ...]
    wait: timedelta
    when: When = ALWAYS


@dataclass(frozen=True)
class Policy:
    """`repeat` is how many rounds are climbed before the last resort (a person's id)."""

    steps: tuple[Step, ...]
    repeat: int
    last_resort: str
    id: str = "default"
    when: When = ALWAYS


@dataclass(frozen=True)
class Escalation:
    """The policies in the file's order: the first that fits counts, and the last fits always.

    Who acknowledged a page and gave no sign for `ask_again` is asked again; nothing: never.
    """

    policies: tuple[Policy, ...]
    ask_again: timedelta = timedelta()

    def of(self, about: About, at: datetime, wanted: str = "") -> Policy:
        """The policy of that id; of none, or one that the file does not have any more, the first that fits."""
        named = next((p for p in self.policies if p.id == wanted), None)
        return named or next((p for p in self.policies if p.when.holds(about, at)), self.policies[-1])


@dataclass(frozen=True)
class Reason:
    """What a page says: a title of a few words, what is wrong, and why this pages somebody at all."""

    title: str
    body: str
    because: str


@dataclass(frozen=True)
class Alarm:
    """What is to be raised, once per `source`. An empty region is the one that leads, an empty policy what fits first.

    `asked` is who was asked for, before the policy's own steps. `further` begins with the second of those: the primary
    has it already, and needs help. `by` is a Slack id; empty where no person raised it.
    """

    source: str
    reason: Reason
    region: str = ""
    by: str = ""
    request: int | None = None
    severity: str = ""
    client: str = ""
    policy: str = ""
    asked: Target | None = None
    further: bool = False


class PageState(StrEnum):
    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


class Verb(StrEnum):
    """What people do with a page."""

    ACKNOWLEDGE = "acknowledge"
    HELP = "help"
    NOT_ME = "not_me"
    RESOLVE = "resolve"
    ASK_AGAIN = "ask_again"
    """The clock's own: who acknowledged it gave no sign."""
    UNREACHED = "unreached"
    """The outbox's own: every way to somebody who was paged has been refused."""
    END = "end"
    """The cause's own: what it was about is over."""


ARROWS: dict[tuple[PageState, Verb], PageState] = {
    (PageState.OPEN, Verb.ACKNOWLEDGE): PageState.ACKNOWLEDGED,
    (PageState.OPEN, Verb.HELP): PageState.OPEN,
    (PageState.OPEN, Verb.NOT_ME): PageState.OPEN,
    (PageState.OPEN, Verb.RESOLVE): PageState.RESOLVED,
    (PageState.ACKNOWLEDGED, Verb.HELP): PageState.OPEN,
    (PageState.ACKNOWLEDGED, Verb.NOT_ME): PageState.OPEN,
    (PageState.ACKNOWLEDGED, Verb.RESOLVE): PageState.RESOLVED,
    (PageState.ACKNOWLEDGED, Verb.ASK_AGAIN): PageState.OPEN,
    (PageState.OPEN, Verb.UNREACHED): PageState.OPEN,
    (PageState.OPEN, Verb.END): PageState.RESOLVED,
    (PageState.ACKNOWLEDGED, Verb.END): PageState.RESOLVED,
}
"""(state, verb) → state. Who asks for help or passes a page on leaves it open: the next step is taken at once."""

OWN = frozenset({Verb.HELP, Verb.NOT_ME})
"""What only who acknowledged a page may do with it then: to anybody else it is answered."""

DONE = {
    Verb.ACKNOWLEDGE: "acknowledged it",
    Verb.HELP: "asked for help",
    Verb.NOT_ME: "passed it on",
    Verb.RESOLVE: "resolved it",
    Verb.ASK_AGAIN: "gave no sign",
    Verb.UNREACHED: "could not be reached",
    Verb.END: "saw it end by itself",
}


def moved(state: PageState, verb: Verb, *, own: bool) -> PageState | None:
    """The state after it; None: it is somebody else's, or over. `own`: they acknowledged it."""
    if state is PageState.ACKNOWLEDGED and verb in OWN and not own:
        return None
    return ARROWS.get((state, verb))


ASKED_FOR = -1
"""The step before the first: whom who raised the page asked for by name."""


@dataclass(frozen=True)
class Position:
    """How far a page has climbed: the next step to take, counted from 0, in which round."""

    round: int = 0
    step: int = 0


@dataclass(frozen=True)
class Found:
    """Somebody whom a target gives, and as what they are paged."""

    person: str
    because: str


def begins(policy: Policy, alarm: Alarm) -> int:
    """The step with which a page begins."""
    if alarm.asked is not None:
        return ASKED_FOR
    return 1 if alarm.further and len(policy.steps) > 1 else 0


Finder = Callable[[Target], tuple[tuple[Found, ...], tuple[str, ...]]]
"""Target → whom it gives now, and in a sentence each who is not paged, and why not."""


def without(find: Finder, people: dict[str, str]) -> Finder:
    """As `find`, but for `people` (id → why they are not paged)."""

    def rest(target: Target) -> tuple[tuple[Found, ...], tuple[str, ...]]:
        found, missing = find(target)
        left_out = tuple(people[one.person] for one in found if one.person in people)
        return tuple(one for one in found if one.person not in people), (*missing, *left_out)

    return rest


@dataclass(frozen=True)
class Contact:
    """Contact all of `found` now; look again at `due`, from `then` on. `skipped` names what was passed over."""

    found: tuple[Found, ...]
    due: datetime
    then: Position
    skipped: tuple[str, ...] = ()
    last: bool = False
    """It is the last resort."""


def climb(
    policy: Policy,
    at: Position,
    find: Finder,
    about: About,
    now: datetime,
    asked: Target | None = None,
    contacted: Collection[str] | None = None,
) -> Contact:
    """The next contact of a page that stands `at`. `asked` is the target of the step before the first.

    A round in which no step gives anybody does not count: who comes on duty later has all of them. After the last one
    the steps are looked through again for people who are not in `contacted`; None: not at all.
    """
    skipped: list[str] = []
    position = at
    for _ in range(len(policy.steps) + (at.step == ASKED_FOR)):
        if position.round >= policy.repeat:
            return _newly_there(policy, find, about, now, contacted) or last_resort(policy, position, now, *skipped)
        step = _step(policy, position, asked)
        after = _after(policy, position)
        if step is not None and step.when.holds(about, now):
            found, missing = _whom(step, find)
            skipped += missing
            if found:
                return Contact(found, now + step.wait, after, tuple(dict.fromkeys(skipped)))
        elif step is not None:
            skipped.append(f"step {position.step + 1} does not apply now")
        position = after
    return last_resort(policy, Position(at.round), now, *skipped)


def _newly_there(
    policy: Policy, find: Finder, about: About, now: datetime, contacted: Collection[str] | None
) -> Contact | None:
    """After the rounds: the first step that gives somebody whom the page has not contacted."""
    for step in policy.steps if contacted is not None else ():
        if step.when.holds(about, now):
            found = tuple(one for one in _whom(step, find)[0] if one.person not in (contacted or ()))
            if found:
                return Contact(found, now + step.wait, Position(policy.repeat))
    return None


def last_resort(policy: Policy, position: Position, now: datetime, *skipped: str) -> Contact:
    """Again and again, with the longest wait of the policy."""
    wait = max(step.wait for step in policy.steps)
    return Contact(
        (Found(policy.last_resort, LAST_RESORT),), now + wait, position, tuple(dict.fromkeys(skipped)), last=True
    )


def _step(policy: Policy, position: Position, asked: Target | None) -> Step | None:
    """None where there is no such step: nobody was asked for, or the file has fewer by now."""
    if position.step == ASKED_FOR:
        return Step((asked,), policy.steps[0].wait) if asked else None
    return policy.steps[position.step] if position.step < len(policy.steps) else None


def _whom(step: Step, find: Finder) -> tuple[tuple[Found, ...], tuple[str, ...]]:
    """Nobody twice, whatever they are."""
    people: dict[str, Found] = {}
    missing: list[str] = []
    for wanted in step.targets:
        found, without = find(wanted)
        missing += without
        for each in found:
            people.setdefault(each.person, each)
    return tuple(people.values()), tuple(missing)


def _after(policy: Policy, at: Position) -> Position:
    if at.step + 1 < len(policy.steps):
        return Position(at.round, at.step + 1)
    return Position(at.round + 1, 0)
