"""Rows of actions: plans, and the audit, which is only ever added to."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from bot.actions.model import Cost, Plan, State, Target, Verb
from bot.store.types import UtcDateTime


class ActionPlan(SQLModel, table=True):
    """`source` makes it once. `applying_at` is set while a call may be under way; when it is old, `tick` looks."""

    __tablename__ = "action_plan"

    id: str = Field(primary_key=True)
    source: str = Field(unique=True)
    verb: str
    job: str
    cluster: str
    kind: str
    version: str
    namespace: str
    name: str
    uid: str
    resource_version: str
    pods: int = 0
    gpus: int = 0
    gpu_hours: float | None = None
    checkpoint_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    state: str = Field(index=True)
    proposed_by: str
    proposed_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    confirmed_by: str = ""
    confirmed_as: str = ""
    """The Kubernetes user it is done as."""
    confirmed_source: str = ""
    applying_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    finished_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    outcome: str = ""

    def plan(self) -> Plan:
        target = Target(
            self.cluster, self.kind, self.version, self.namespace, self.name, self.uid, self.resource_version
        )
        return Plan(
            self.id,
            Verb(self.verb),
            self.job,
            target,
            Cost(self.pods, self.gpus, self.gpu_hours, self.checkpoint_at),
            State(self.state),
            self.proposed_by,
            self.proposed_at,
            self.expires_at,
            self.confirmed_by,
            self.finished_at,
            self.outcome,
        )


class AuditEntry(SQLModel, table=True):
    """Who did what to what, as whom, what it was before and after, and how it ended."""

    __tablename__ = "audit_entry"

    id: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(index=True, sa_type=UtcDateTime)
    actor: str = Field(index=True)
    kubernetes_user: str
    verb: str
    cluster: str
    object: str
    """ "Job aurora-train/llm-70b"."""
    plan: str = Field(index=True)
    before: str = ""
    after: str = ""
    outcome: str
    """applied, refused, conflict, failed, cancelled, expired."""
    detail: str = ""
