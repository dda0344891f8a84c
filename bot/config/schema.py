"""The shape of heliograph.yaml. Each field's description is what docs/configuration.md says about it."""

from datetime import date, time
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from bot.config.yaml_lines import did_you_mean

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
RoleName = Literal["primary", "secondary", "weekend", "manager"]


def _zone(name: str) -> str:
    if name not in available_timezones():
        near = did_you_mean(name, sorted(available_timezones()))
        raise ValueError(f"`{name}` is not a time zone; write an IANA name such as Europe/Berlin{near}")
    ZoneInfo(name)
    return name


def _time(value: object) -> object:
    if isinstance(value, str) and len(value) == 4 and value[1:2] == ":":
        return f"0{value}"
    return value


Zone = Annotated[str, AfterValidator(_zone)]
Clock = Annotated[time, BeforeValidator(_time)]
Id = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
SlackUser = Annotated[str, Field(pattern=r"^[UW][A-Z0-9]{2,}$")]
SlackChannel = Annotated[str, Field(pattern=r"^[CG][A-Z0-9]{2,}$")]
SlackGroup = Annotated[str, Field(pattern=r"^S[A-Z0-9]{2,}$")]
Command = Annotated[str, Field(pattern=r"^/[a-z0-9_-]{1,31}$")]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Commands(Strict):
    request: Command = "/request"
    oncall: Command = "/oncall"
    cluster: Command = "/cluster"
    job: Command = "/job"
    page: Command = "/page"
    handoff: Command = "/handoff"


class Roles(Strict):
    engineer: SlackGroup | None = None
    lead: SlackGroup | None = None
    admin: SlackGroup | None = None


class KubernetesGroups(Strict):
    engineer: list[str] = []
    lead: list[str] = []
    admin: list[str] = []


class Workspace(Strict):
    commands: Commands = Commands()
    handoff_channel: SlackChannel
    admin_channel: SlackChannel
    roles: Roles = Roles()
    kubernetes_groups: KubernetesGroups = KubernetesGroups()


class Hours(Strict):
    weekdays: list[Weekday] = ["mon", "tue", "wed", "thu", "fri"]
    start: Clock
    end: Clock


class Region(Strict):
    id: Id
    name: str
    zone: Zone
    channel: SlackChannel
    user_group: SlackGroup | None = None
    hours: Hours


class LeadPolicy(Strict):
    after_minutes: int = Field(default=30, ge=0, le=720)


class Contact(Strict):
    kind: Id
    url: str


class Person(Strict):
    id: Id
    name: str
    slack: SlackUser
    region: Id
    zone: Zone | None = None
    role: Literal["engineer", "lead", "admin"] = "engineer"
    kubernetes_user: str = ""
    contacts: list[Contact] = []


class Length(Strict):
    days: int = Field(default=0, ge=0)
    weeks: int = Field(default=0, ge=0)


class Rotation(Strict):
    id: Id
    region: Id
    zone: Zone | None = None
    people: list[Id] = Field(min_length=1)
    length: Length
    handover: Clock
    start: date


class Rule(Strict):
    region: Id
    role: RoleName
    weekdays: list[Weekday] = Field(min_length=1)
    start: Clock
    end: Clock
    rotation: Id | None = None
    person: Id | None = None


class Access(Strict):
    cluster: Id
    namespaces: list[str] = Field(min_length=1)
    queues: list[str] = []


class Target(Strict):
    first_response: int = Field(ge=1)


class Targets(Strict):
    sev1: Target | None = None
    sev2: Target | None = None
    sev3: Target | None = None
    sev4: Target | None = None


class Client(Strict):
    id: Id
    name: str
    channels: list[SlackChannel] = Field(min_length=1)
    access: list[Access] = []
    kubernetes_groups: list[str] = []
    targets: Targets = Targets()


class Cluster(Strict):
    id: Id
    name: str
    kubeconfig: str = ""
    context: str = ""
    in_cluster: bool = False


class EscalationStep(Strict):
    target: Literal["primary", "secondary", "manager"]
    wait_minutes: int = Field(ge=1, le=1440)


class Escalation(Strict):
    steps: list[EscalationStep] = Field(min_length=1)
    repeat: int = Field(default=3, ge=1, le=20)
    last_resort: Id


class File(Strict):
    workspace: Workspace
    regions: list[Region] = Field(min_length=1)
    lead: LeadPolicy = LeadPolicy()
    people: list[Person] = Field(min_length=1)
    rotations: list[Rotation] = []
    rules: list[Rule] = Field(min_length=1)
    clients: list[Client] = []
    clusters: list[Cluster] = []
    targets: Targets = Targets()
    escalation: Escalation
