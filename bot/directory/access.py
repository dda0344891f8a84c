"""Who may do what, and who sees what: the one place that decides.

`handlers.middleware` builds an `Actor` for every click, command and message, and each service asks `require`.
A client's channel narrows what anyone sees in it to that client, whoever asks: what stands in a client's channel is
read by the client. Kubernetes decides again with its own RBAC, as the person (`Actor.kubernetes`).
"""

from dataclasses import dataclass
from enum import Enum

from bot.directory.model import Client, Directory, Person, Role
from bot.errors import Forbidden


class Right(Enum):
    """A right and the least role that has it."""

    OPEN_REQUEST = ("open a request", Role.CLIENT)
    SEE_ONCALL = ("see who is on call", Role.CLIENT)
    SEE_CLUSTER = ("look at a cluster", Role.CLIENT)
    ACT_ON_JOB = ("suspend or resume a job", Role.CLIENT)
    HANDLE_REQUEST = ("take care of a request", Role.ENGINEER)
    ACCEPT_HANDOFF = ("accept a handoff", Role.ENGINEER)
    TAKE_OVER_HANDOFF = ("take over the handoff of another region", Role.LEAD)
    EXPORT_REQUESTS = ("export requests", Role.LEAD)
    RAISE_PAGE = ("page somebody", Role.ENGINEER)
    ANSWER_PAGE = ("answer a page", Role.ENGINEER)
    CHANGE_ROTA = ("change who is on call", Role.ENGINEER)
    SEE_ROTA = ("look into the rota", Role.ENGINEER)
    READ_CALENDARS = ("subscribe to the calendars of regions", Role.ENGINEER)
    POST_HELP = ("post the buttons for a client's channel", Role.LEAD)
    APPROVE = ("approve", Role.LEAD)
    ADMINISTER = ("administer Heliograph", Role.ADMIN)


_ORDER = list(Role)


@dataclass(frozen=True)
class KubernetesIdentity:
    """Whom the cluster sees: impersonated user and groups."""

    user: str
    groups: tuple[str, ...]


@dataclass(frozen=True)
class Scope:
    """What may be shown. `client` None is the whole fleet; else only these (cluster → namespaces, queues)."""

    client: str | None
    namespaces: dict[str, frozenset[str]]
    queues: dict[str, frozenset[str]]

    @property
    def everything(self) -> bool:
        return self.client is None

    def sees(self, cluster: str, namespace: str) -> bool:
        return self.everything or namespace in self.namespaces.get(cluster, frozenset())

    def sees_queue(self, cluster: str, queue: str) -> bool:
        return self.everything or queue in self.queues.get(cluster, frozenset())


EVERYTHING = Scope(None, {}, {})
NOTHING = Scope("", {}, {})


@dataclass(frozen=True)
class Actor:
    """Somebody who asked for something, in a place. Identity is the Slack id, never the name."""

    slack: str
    role: Role
    scope: Scope
    kubernetes: KubernetesIdentity
    person: Person | None = None
    client: Client | None = None
    """The client whose channel this is, also when an engineer asks there."""
    channel: str = ""


def actor(directory: Directory, slack: str, channel: str, groups: dict[Role, frozenset[str]]) -> Actor:
    """The actor for `slack` in `channel` (empty outside one). `groups` has the members of each role's user group.

    Outside a client's channel somebody without a role sees nothing: a client's person is known by the channel alone.
    """
    person = directory.person_by_slack(slack)
    client = directory.client_of(channel)
    role = _role(directory, slack, person, groups)
    return Actor(
        slack,
        role,
        _scope(role, client),
        _identity(directory, slack, role, person, client),
        person,
        client,
        channel,
    )


def may(who: Actor, right: Right) -> bool:
    _, least = right.value
    return _ORDER.index(who.role) >= _ORDER.index(least)


def require(who: Actor, right: Right) -> None:
    """Raises `Forbidden`, naming the role that is missing."""
    verb, least = right.value
    if not may(who, right):
        raise Forbidden(
            f"Only people with the role *{least}* may {verb}; yours is *{who.role}*.",
            hint="Ask the engineer on duty (`/oncall` shows who that is) or your lead to do it.",
        )


def client_scope(client: Client) -> Scope:
    return Scope(
        client.id,
        {a.cluster: a.namespaces for a in client.access},
        {a.cluster: a.queues for a in client.access},
    )


def _role(directory: Directory, slack: str, person: Person | None, groups: dict[Role, frozenset[str]]) -> Role:
    for role in reversed(_ORDER):
        if slack in groups.get(role, frozenset()):
            return role
    if person and person.role not in directory.role_groups:
        return person.role
    return Role.CLIENT


def _scope(role: Role, client: Client | None) -> Scope:
    if client:
        return client_scope(client)
    return NOTHING if role is Role.CLIENT else EVERYTHING


def _identity(
    directory: Directory, slack: str, role: Role, person: Person | None, client: Client | None
) -> KubernetesIdentity:
    if role is Role.CLIENT:
        return KubernetesIdentity(f"slack:{slack}", client.kubernetes_groups if client else ())
    user = person.kubernetes_user if person and person.kubernetes_user else f"slack:{slack}"
    return KubernetesIdentity(user, directory.kubernetes_groups.get(role, ()))
