"""Who and what the roster file names: regions, people, clients, clusters. Frozen values, no I/O.

Built from the configuration by `bot.config`, handed to the services by `bot.app`, replaced as a whole on reload.
Rotations and rules live in `schedules.rota`; here is only what routing, rights and rendering need.
"""

from dataclasses import dataclass, field
from enum import StrEnum


class Role(StrEnum):
    """From least to most. A role has the rights of those before it."""

    CLIENT = "client"
    ENGINEER = "engineer"
    LEAD = "lead"
    ADMIN = "admin"


@dataclass(frozen=True)
class ContactMethod:
    """A way to reach a person outside Slack. `ref` is how rows name it ("vega/sms"); the URL is a secret."""

    ref: str
    kind: str
    url: str = field(repr=False)


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
    muted: frozenset[str] = frozenset()
    """Kinds of shift notices that they do not want."""


@dataclass(frozen=True)
class Region:
    id: str
    name: str
    zone: str
    channel: str
    user_group: str | None = None
    hours: str = ""
    """When people usually work there, in words: "mon–fri 08:00–17:00"."""
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
    response_minutes: dict[str, int] = field(default_factory=dict)
    """First response per severity ("sev1" … "sev4"), in minutes."""


@dataclass(frozen=True)
class Cluster:
    """`kubeconfig` empty means the usual places; `in_cluster` the service account's token."""

    id: str
    name: str
    kubeconfig: str = ""
    context: str = ""
    in_cluster: bool = False


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
    reply_prefix: str = "!client"
    request_emoji: str = "sos"
    """An emoji's name: on a message in a client's channel it asks for support."""
    """What a message of the team's thread begins with that is for the client."""

    def person(self, id: str) -> Person | None:
        return next((p for p in self.people if p.id == id), None)

    def person_by_slack(self, slack: str) -> Person | None:
        return next((p for p in self.people if p.slack == slack), None)

    def region(self, id: str) -> Region | None:
        return next((r for r in self.regions if r.id == id), None)

    def client(self, id: str) -> Client | None:
        return next((c for c in self.clients if c.id == id), None)

    def client_of(self, channel: str) -> Client | None:
        return next((c for c in self.clients if channel in c.channels), None)

    def cluster(self, id: str) -> Cluster | None:
        return next((c for c in self.clusters if c.id == id), None)

    def contact(self, ref: str) -> ContactMethod | None:
        return next((m for p in self.people for m in p.contacts if m.ref == ref), None)
