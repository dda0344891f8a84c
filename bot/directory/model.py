"""Who and what the roster file names: regions, people, clients, clusters. Frozen values, no I/O.

Built from the configuration by `bot.config`, handed to the services by `bot.app`, replaced as a whole on reload.
Rotations and rules live in `schedules.rota`; here is only what routing, rights and rendering need.
"""

from dataclasses import dataclass, field
from datetime import time, timedelta
from enum import StrEnum

from schedules.rota.model import Calendar


class Role(StrEnum):
    """From least to most. A role has the rights of those before it."""

    CLIENT = "client"
    ENGINEER = "engineer"
    LEAD = "lead"
    ADMIN = "admin"


@dataclass(frozen=True)
class ContactMethod:
    """A way to reach a person outside Slack. `ref` is how rows name it ("vega/sms"); the URL is a secret.

    It is used `after` so long without an answer.
    """

    ref: str
    kind: str
    url: str = field(repr=False)
    after: timedelta = timedelta()


@dataclass(frozen=True)
class Person:
    id: str
    name: str
    slack: str
    region: str
    zone: str
    role: Role = Role.ENGINEER
    kubernetes_user: str = ""
    contacts: tuple[ContactMethod, ...] = ()
    dm_after: timedelta = timedelta()
    """After so long without an answer comes the direct message."""
    muted: frozenset[str] = frozenset()
    """Kinds of shift notices that they do not want."""
    skills: frozenset[str] = frozenset()
    """Ids of `Skill` that they have."""


@dataclass(frozen=True)
class Hours:
    """When people work: from `start` to `end` on these weekdays (Monday is 0) by the clocks of `zone`.

    An end at or before the start is on the next day. A public holiday of `holidays` has none.
    """

    zone: str
    weekdays: frozenset[int]
    start: time
    end: time
    holidays: Calendar | None = None


@dataclass(frozen=True)
class Goal:
    """How long each may take; None: nothing is agreed. `support`: only support hours count, else every hour does."""

    first_response: timedelta | None = None
    next_update: timedelta | None = None
    resolution: timedelta | None = None
    support: bool = False


NO_GOAL = Goal()


@dataclass(frozen=True)
class Promises:
    """How long before a promised update its owner is reminded, and how long after it somebody is paged."""

    remind: timedelta = timedelta(minutes=10)
    grace: timedelta = timedelta(minutes=15)


@dataclass(frozen=True)
class Reports:
    """When and where the leads read about the week. `channel` empty: the handoff channel."""

    weekly: bool = True
    channel: str = ""
    weekday: int = 0
    at: time = time(9)
    zone: str = "UTC"


@dataclass(frozen=True)
class Region:
    id: str
    name: str
    zone: str
    channel: str
    user_group: str | None = None
    hours: str = ""
    """When people usually work there, in words: "mon–fri 08:00–17:00"."""
    works: Hours | None = None
    on_duty_groups: dict[str, str] = field(default_factory=dict)
    """Role of the rota → the Slack user group that holds whoever has it now."""


@dataclass(frozen=True)
class ClientAccess:
    """What a client owns on one cluster."""

    cluster: str
    namespaces: frozenset[str]
    queues: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Client:
    id: str
    name: str
    channels: tuple[str, ...]
    access: tuple[ClientAccess, ...]
    kubernetes_groups: tuple[str, ...] = ()
    goals: dict[str, Goal] = field(default_factory=dict)
    """What was agreed per severity ("sev1" … "sev4")."""
    support_hours: tuple[Hours, ...] = ()
    """Its own; none: those of all regions together."""
    weekly_report: bool = False
    skills: frozenset[str] = frozenset()
    """What all of its requests call for, whatever their words."""
    prefer: tuple[str, ...] = ()
    """Ids of the people who know its work: theirs first, where several could have a request."""

    @property
    def response_minutes(self) -> dict[str, int]:
        """First response per severity, in minutes, where one is agreed."""
        return {s: int(g.first_response.total_seconds() // 60) for s, g in self.goals.items() if g.first_response}


@dataclass(frozen=True)
class Cluster:
    """`kubeconfig` empty means the usual places; `in_cluster` the service account's token."""

    id: str
    name: str
    kubeconfig: str = ""
    context: str = ""
    in_cluster: bool = False


@dataclass(frozen=True)
class Skill:
    """What a request calls for in which one of `words` stands, as a whole word and in whatever case."""

    id: str
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class RoutingPolicy:
    """So long before the lead passes (`seam`) what comes in goes to the region that leads next already.

    Who has `load_margin` open requests more than somebody else there is passed over.
    """

    seam: timedelta = timedelta(minutes=20)
    load_margin: int = 3
    skills: tuple[Skill, ...] = ()


@dataclass(frozen=True)
class Directory:
    regions: tuple[Region, ...]
    people: tuple[Person, ...]
    clients: tuple[Client, ...]
    clusters: tuple[Cluster, ...]
    handoff_channel: str
    admin_channel: str
    role_groups: dict[Role, str] = field(default_factory=dict)
    """Slack user group of each role; where a role has none, `Person.role` counts."""
    kubernetes_groups: dict[Role, tuple[str, ...]] = field(default_factory=dict)
    """Groups a person of this role is impersonated with."""
    on_duty_group: str | None = None
    """The Slack user group that holds who takes what comes in now, in whatever region."""
    disable_empty_groups: bool = False
    public_url: str = ""
    """Where the bot's web server is reached from outside, without a slash at the end."""
    commands: dict[str, str] = field(default_factory=dict)
    """Feature → command as this workspace calls it: {"request": "/request", …}."""
    accept_handoffs_within: timedelta = timedelta()
    """Nobody has accepted a handoff for so long: somebody is paged. Nothing: nobody ever is."""
    promises: Promises = Promises()
    reports: Reports = Reports()
    reply_prefix: str = "!client"
    """What a message of the team's thread begins with that is for the client."""
    request_emoji: str = "sos"
    """An emoji's name: on a message in a client's channel it asks for support."""
    routing: RoutingPolicy = RoutingPolicy()

    def person(self, id: str) -> Person | None:
        return next((p for p in self.people if p.id == id), None)

    @property
    def names(self) -> dict[str, str]:
        """Ids of people, and their Slack ids → their names."""
        return {id: person.name for person in self.people for id in (person.id, person.slack)}

    @property
    def names_and_regions(self) -> dict[str, str]:
        """With the names of regions by their ids; a person's id goes before a region's."""
        return {region.id: region.name for region in self.regions} | self.names

    def person_by_slack(self, slack: str) -> Person | None:
        return next((p for p in self.people if p.slack == slack), None)

    def region(self, id: str) -> Region | None:
        return next((r for r in self.regions if r.id == id), None)

    def region_of(self, id: str) -> Region:
        """Of something that is there already: where the file has no such region any more, one that stands for it.

        What it has to say goes where handoffs go.
        """
        return self.region(id) or Region(id, id, "UTC", self.handoff_channel)

    def client(self, id: str) -> Client | None:
        return next((c for c in self.clients if c.id == id), None)

    def client_of(self, channel: str) -> Client | None:
        return next((c for c in self.clients if channel in c.channels), None)

    def hours_of(self, client: Client | None) -> tuple[Hours, ...]:
        """The hours that count for its targets."""
        own = client.support_hours if client else ()
        return own or tuple(region.works for region in self.regions if region.works is not None)

    def cluster(self, id: str) -> Cluster | None:
        return next((c for c in self.clusters if c.id == id), None)

    def contact(self, ref: str) -> ContactMethod | None:
        return next((m for p in self.people for m in p.contacts if m.ref == ref), None)
