"""The shape of heliograph.yaml. What each option means is in docs/configuration.md, and a test compares the two.

Only shape: what one value, or one item, can say about itself. Names that must exist elsewhere are in `references`,
what contradicts something elsewhere in `clashes`.
"""

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator, model_validator

from bot.config import values
from bot.config.values import (
    Clock,
    Command,
    Country,
    Day,
    Emoji,
    Id,
    LabelName,
    Local,
    Name,
    Namespace,
    Notification,
    PublicUrl,
    Queue,
    ReplyPrefix,
    SlackChannel,
    SlackGroup,
    SlackUser,
    SubjectName,
    Whole,
    Zone,
)

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
RoleName = Literal["primary", "secondary", "weekend", "manager"]
SeverityName = Literal["sev1", "sev2", "sev3", "sev4"]
NoticeName = Literal["day_before", "start", "end"]


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
    engineer: list[SubjectName] = []
    lead: list[SubjectName] = []
    admin: list[SubjectName] = []


class Workspace(Strict):
    commands: Commands = Commands()
    handoff_channel: SlackChannel
    admin_channel: SlackChannel
    roles: Roles = Roles()
    kubernetes_groups: KubernetesGroups = KubernetesGroups()
    reply_prefix: ReplyPrefix = "!client"
    request_emoji: Emoji = "sos"
    on_duty_group: SlackGroup | None = None
    empty_groups: Literal["leave", "disable"] = "leave"
    public_url: PublicUrl | None = None


class Hours(Strict):
    weekdays: list[Weekday] = Field(default=["mon", "tue", "wed", "thu", "fri"], min_length=1)
    start: Clock
    end: Clock


class Holidays(Strict):
    country: Country
    subdivision: str | None = None

    @field_validator("subdivision")
    @classmethod
    def _of_the_country(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is not None and "country" in info.data:
            values.subdivision(info.data["country"], value)
        return value


class OnDutyGroups(Strict):
    primary: SlackGroup | None = None
    secondary: SlackGroup | None = None
    weekend: SlackGroup | None = None
    manager: SlackGroup | None = None


class Daytime(Strict):
    start: Clock
    end: Clock


class Region(Strict):
    id: Id
    name: Name
    zone: Zone
    channel: SlackChannel
    user_group: SlackGroup | None = None
    on_duty_groups: OnDutyGroups = OnDutyGroups()
    hours: Hours
    daytime: Daytime | None = None
    holidays: Holidays | None = None


class LeadPolicy(Strict):
    after_minutes: Whole = Field(default=30, ge=0, le=720)
    accept_minutes: Whole = Field(default=0, ge=0, le=240)


class Contact(Strict):
    kind: Literal["slack", "sms", "phone", "push", "email", "pagerduty", "opsgenie", "webhook"]
    url: Notification | None = None
    after_minutes: Whole = Field(default=0, ge=0, le=240)

    @field_validator("url")
    @classmethod
    def _of_the_kind(cls, value: str | None, info: ValidationInfo) -> str | None:
        values.of_kind(value, info.data.get("kind", ""))
        return value

    @model_validator(mode="after")
    def _goes_somewhere(self) -> Self:
        if self.url is None and self.kind != "slack":
            raise ValueError(f"where {self.kind} goes is missing; add a `url`")
        return self


class Person(Strict):
    id: Id
    name: Name
    slack: SlackUser
    region: Id
    zone: Zone | None = None
    role: Literal["engineer", "lead", "admin"] = "engineer"
    kubernetes_user: SubjectName | None = None
    contacts: list[Contact] = []
    muted: list[NoticeName] = []
    skills: list[Id] = []


class Length(Strict):
    hours: Whole = Field(default=0, ge=0, le=744)
    days: Whole = Field(default=0, ge=0, le=366)
    weeks: Whole = Field(default=0, ge=0, le=52)


class Edit(Strict):
    since: Day = Field(alias="from")
    people: list[Id] | None = Field(default=None, min_length=1)
    length: Length | None = None
    start: Day | None = None


class Rotation(Strict):
    id: Id
    region: Id
    zone: Zone | None = None
    people: list[Id] = Field(min_length=1)
    length: Length
    handover: Clock
    start: Day
    advances_on: list[Weekday] | None = Field(default=None, min_length=1)
    edits: list[Edit] = []


class Rule(Strict):
    region: Id
    role: RoleName
    weekdays: list[Weekday] = Field(min_length=1)
    start: Clock
    end: Clock
    rotation: Id | None = None
    person: Id | None = None
    on_holiday: Literal["ignore", "skip", "weekend"] = "ignore"
    holiday_day: Weekday | None = None
    since: Day | None = Field(default=None, alias="from")
    until: Day | None = None


class TemporaryShift(Strict):
    role: RoleName
    person: Id
    start: Local
    end: Local


class Temporary(Strict):
    region: Id
    start: Local
    end: Local
    roles: list[RoleName] | None = Field(default=None, min_length=1)
    shifts: list[TemporaryShift] = []


class Notices(Strict):
    day_before: bool = True
    day_before_at: Clock = Field(default="16:00", validate_default=True)
    hours_before: Whole = Field(default=0, ge=0, le=168)
    start: bool = True
    end: bool = True
    roles: list[RoleName] = ["primary", "secondary", "weekend"]
    shortest_minutes: Whole = Field(default=60, ge=0, le=1440)
    gap_days: Whole = Field(default=7, ge=0, le=60)
    edit_weeks: Whole = Field(default=8, ge=1, le=52)


class Access(Strict):
    cluster: Id
    namespaces: list[Namespace] = Field(min_length=1)
    queues: list[Queue] = []


class Target(Strict):
    first_response: Whole | None = Field(default=None, ge=1, le=43_200)
    next_update: Whole | None = Field(default=None, ge=1, le=43_200)
    resolution: Whole | None = Field(default=None, ge=1, le=525_600)
    hours: Literal["support", "always"] | None = None


class Targets(Strict):
    sev1: Target | None = None
    sev2: Target | None = None
    sev3: Target | None = None
    sev4: Target | None = None


class SupportHours(Hours):
    zone: Zone
    holidays: Holidays | None = None


class Client(Strict):
    id: Id
    name: Name
    channels: list[SlackChannel] = Field(min_length=1)
    access: list[Access] = []
    kubernetes_groups: list[SubjectName] = []
    targets: Targets = Targets()
    support_hours: SupportHours | None = None
    weekly_report: bool = False
    skills: list[Id] = []
    prefer: list[Id] = []


class Cluster(Strict):
    id: Id
    name: Name
    kubeconfig: str = ""
    context: str = ""
    in_cluster: bool = False


class Condition(Strict):
    weekdays: list[Weekday] = []
    start: Clock | None = None
    end: Clock | None = None
    zone: Zone | None = None
    severities: list[SeverityName] = []
    clients: list[Id] = []


class EscalationTarget(Strict):
    """A role by its name alone is one of the page's region."""

    role: Literal["primary", "secondary", "manager"] | None = None
    region: Id | None = None
    person: Id | None = None
    rotation: Id | None = None

    @model_validator(mode="before")
    @classmethod
    def _of_a_word(cls, value: object) -> object:
        return {"role": value} if isinstance(value, str) else value


class EscalationStep(Strict):
    targets: list[EscalationTarget] = Field(min_length=1)
    wait_minutes: Whole = Field(ge=1, le=1440)
    when: Condition = Condition()


class EscalationPolicy(Strict):
    id: Id
    when: Condition = Condition()
    steps: list[EscalationStep] = Field(min_length=1)
    repeat: Whole = Field(default=3, ge=1, le=20)


class Escalation(Strict):
    policies: list[EscalationPolicy] = Field(min_length=1)
    ask_again_minutes: Whole = Field(default=60, ge=0, le=1440)
    last_resort: Id


class Lint(Strict):
    longest_duty_hours: Whole = Field(default=12, ge=1, le=168)
    shortest_rest_hours: Whole = Field(default=11, ge=0, le=168)
    longest_overlap_hours: Whole = Field(default=8, ge=1, le=24)
    weekend_uneven_hours: Whole = Field(default=24, ge=0, le=8784)
    night_start_hour: Whole = Field(default=22, ge=0, le=23)
    night_end_hour: Whole = Field(default=6, ge=0, le=23)


class Heartbeat(Strict):
    id: Id
    name: Name
    every_minutes: Whole = Field(ge=1, le=10_080)
    grace_minutes: Whole = Field(default=1, ge=0, le=1440)
    region: Id | None = None
    secret: str = Field(pattern=values.PART_OF_ADDRESS)


class AlertLabels(Strict):
    severity: LabelName = "severity"
    client: LabelName = "client"
    cluster: LabelName = "cluster"
    namespaces: list[LabelName] = Field(default=["exported_namespace", "namespace"], min_length=1)
    region: LabelName = "region"


class Alerts(Strict):
    storm_alerts: Whole = Field(default=5, ge=2, le=1000)
    storm_minutes: Whole = Field(default=10, ge=1, le=1440)
    storm_per_client: bool = False
    severities: dict[str, SeverityName] | None = None
    labels: AlertLabels = AlertLabels()


class Links(Strict):
    hours: Whole = Field(default=12, ge=1, le=168)


class Swaps(Strict):
    approval: Literal["none", "lead"] = "none"


class Promises(Strict):
    remind_minutes: Whole = Field(default=10, ge=1, le=120)
    grace_minutes: Whole = Field(default=15, ge=1, le=720)


class Reports(Strict):
    weekly: bool = True
    channel: SlackChannel | None = None
    weekday: Weekday = "mon"
    at: Clock = Field(default="09:00", validate_default=True)
    zone: Zone = "UTC"


class Skill(Strict):
    id: Id
    words: list[Name] = []


class Routing(Strict):
    seam_minutes: Whole = Field(default=20, ge=0, le=240)
    load_margin: Whole = Field(default=3, ge=1, le=100)


class File(Strict):
    workspace: Workspace
    regions: list[Region] = Field(min_length=1)
    lead: LeadPolicy = LeadPolicy()
    people: list[Person] = Field(min_length=1)
    rotations: list[Rotation] = []
    rules: list[Rule] = Field(min_length=1)
    temporary: list[Temporary] = []
    notices: Notices = Notices()
    clients: list[Client] = []
    clusters: list[Cluster] = []
    targets: Targets = Targets()
    promises: Promises = Promises()
    reports: Reports = Reports()
    escalation: Escalation
    lint: Lint = Lint()
    swaps: Swaps = Swaps()
    links: Links = Links()
    alerts: Alerts = Alerts()
    heartbeats: list[Heartbeat] = []
    routing: Routing = Routing()
    skills: list[Skill] = []
