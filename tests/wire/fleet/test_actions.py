"""Suspend and resume really happen, as the person, with Kubernetes' own RBAC deciding."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import SQLModel, select

from bot.actions import cluster as calls
from bot.actions.model import Plan, State, Verb
from bot.actions.service import Actions
from bot.actions.tables import ActionPlan, AuditEntry
from bot.directory.access import EVERYTHING, Actor, KubernetesIdentity, Scope
from bot.directory.model import Role
from bot.errors import Conflict, Forbidden, UserError
from bot.fleet.objects import Job
from bot.store.database import Database
from tests.wire.fleet.conftest import Field, until

VEGA = Actor(
    "U0VEGA", Role.ENGINEER, EVERYTHING, KubernetesIdentity("vega@heliograph.example", ("heliograph:engineers",))
)
NOBODY = Actor("U0MIRA", Role.ENGINEER, EVERYTHING, KubernetesIdentity("mira@heliograph.example", ()))
OPAL = Actor(
    "U0OPAL",
    Role.CLIENT,
    Scope("aurora", {"sol": frozenset({"aurora-train", "aurora-serve"})}, {"sol": frozenset({"aurora"})}),
    KubernetesIdentity("slack:U0OPAL", ("heliograph:client:aurora",)),
)
JOBS, WORKLOADS = "jobs.batch", "workloads.kueue.x-k8s.io"


@pytest.fixture
async def db(tmp_path: Path) -> AsyncIterator[Database]:
    made = Database.open(f"sqlite:///{tmp_path / 'x.sqlite3'}")
    async with made.write() as tx:
        tables = [ActionPlan.__table__, AuditEntry.__table__]  # type: ignore[attr-defined]
        await (await tx.connection()).run_sync(lambda c: SQLModel.metadata.create_all(c, tables))
    yield made
    await made.close()


@pytest.fixture
def actions(field: Field, db: Database) -> Actions:
    return Actions(db, field.fleet, field.diagnose, field.clock)


def running(field: Field, *, queued: bool, client: str = "aurora") -> Job:
    jobs = field.fleet.snapshot("sol").objects.jobs.values()
    return next(
        j
        for j in jobs
        if j.status.active and not j.finished and bool(j.queue) is queued and j.metadata.namespace == f"{client}-train"
    )


def stored(field: Field, plan: Plan) -> Any:
    key = WORKLOADS if plan.target.kind == "Workload" else JOBS
    return field.store.get(key, plan.target.name, plan.target.namespace)


async def audit(db: Database) -> list[AuditEntry]:
    async with db.read() as tx:
        return list((await tx.scalars(select(AuditEntry))).all())


@pytest.mark.parametrize("queued", [True, False])
async def test_suspend_and_resume_by_the_kinds_own_verb(
    field: Field, actions: Actions, db: Database, queued: bool
) -> None:
    job = running(field, queued=queued)
    plan = await actions.propose(VEGA, Verb.SUSPEND, job.key, "s1")
    assert plan.target.kind == ("Workload" if queued else "Job")
    assert plan.cost.pods > 0
    await actions.confirm(VEGA, plan.id)
    assert stored(field, plan)["spec"]["active" if queued else "suspend"] is (not queued)

    async def state() -> str:
        return (await field.diagnose.why("sol", job.key, EVERYTHING)).state

    async def suspended() -> bool:
        return await state() == "suspended" and not _alive(field, job)

    await until(suspended)
    back = await actions.propose(VEGA, Verb.RESUME, job.key, "s2")
    await actions.confirm(VEGA, back.id)

    async def runs() -> bool:
        return await state() != "suspended"

    await until(runs)
    assert [e.outcome for e in await audit(db)] == ["applied", "applied"]


def _alive(field: Field, job: Job) -> list[str]:
    pods = field.fleet.snapshot("sol").objects.pods_by_job.get(job.key, ())
    return [p.name for p in pods if p.status.phase == "Running"]


async def test_lost_work_is_read_from_the_logs(field: Field, actions: Actions) -> None:
    plan = await actions.propose(VEGA, Verb.SUSPEND, running(field, queued=True).key, "s1")
    assert plan.cost.gpu_hours is None or plan.cost.gpu_hours >= 0


async def test_it_is_done_as_the_person(field: Field, actions: Actions) -> None:
    plan = await actions.propose(VEGA, Verb.SUSPEND, running(field, queued=True).key, "s1")
    await actions.confirm(VEGA, plan.id)
    patches = [r for r in field.kube.requests if r.method == "PATCH"]
    assert [(r.user, r.impersonated, r.status) for r in patches] == [("heliograph", "vega@heliograph.example", 200)] * 2
    assert "dryRun=All" in patches[0].query
    assert "dryRun" not in patches[1].query


async def test_a_client_may_suspend_its_own_and_sees_no_other(field: Field, actions: Actions) -> None:
    plan = await actions.propose(OPAL, Verb.SUSPEND, running(field, queued=True).key, "s1")
    assert (await actions.confirm(OPAL, plan.id)).plan.state is State.APPLIED
    with pytest.raises(UserError, match="no job"):
        await actions.propose(OPAL, Verb.SUSPEND, running(field, queued=True, client="borealis").key, "s2")


async def test_rbac_refuses_and_the_message_names_the_missing_right(
    field: Field, actions: Actions, db: Database
) -> None:
    plan = await actions.propose(NOBODY, Verb.SUSPEND, running(field, queued=True).key, "s1")
    with pytest.raises(
        Forbidden, match=r"does not let mira@heliograph.example patch workloads.kueue.x-k8s.io"
    ) as refused:
        await actions.confirm(NOBODY, plan.id)
    assert "who administers the cluster" in refused.value.hint
    assert stored(field, plan)["spec"].get("active", True) is True
    assert [(e.outcome, e.actor) for e in await audit(db)] == [("refused", "U0MIRA")]


async def test_what_changed_meanwhile_is_not_touched(field: Field, actions: Actions) -> None:
    plan = await actions.propose(VEGA, Verb.SUSPEND, running(field, queued=False).key, "s1")
    field.store.mutate(
        JOBS, plan.target.name, plan.target.namespace, lambda j: j["metadata"].setdefault("labels", {}).update(x="y")
    )
    with pytest.raises(Conflict, match="has changed since"):
        await actions.confirm(VEGA, plan.id)
    assert not stored(field, plan)["spec"].get("suspend")


async def test_the_server_checks_the_version_too(field: Field, actions: Actions) -> None:
    """Between our look and the patch somebody else may be faster."""
    plan = await actions.propose(VEGA, Verb.SUSPEND, running(field, queued=False).key, "s1")
    field.store.mutate(
        JOBS, plan.target.name, plan.target.namespace, lambda j: j["metadata"].setdefault("labels", {}).update(x="y")
    )
    with pytest.raises(Conflict):
        await calls.apply(field.fleet.connection("sol"), plan, VEGA.kubernetes, dry_run=False)
    assert not stored(field, plan)["spec"].get("suspend")


async def test_a_crash_between_the_patch_and_the_record_is_found_out(
    field: Field, actions: Actions, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = await actions.propose(VEGA, Verb.SUSPEND, running(field, queued=True).key, "s1")
    record = Actions._record

    async def dying(self: Actions, plan: Plan, state: State, words: str, audit: str = "") -> Plan:
        if state is State.APPLIED:
            raise KeyboardInterrupt
        return await record(self, plan, state, words, audit)

    monkeypatch.setattr(Actions, "_record", dying)
    with pytest.raises(KeyboardInterrupt):
        await actions.confirm(VEGA, plan.id, "click")
    monkeypatch.undo()
    later = Actions(db, field.fleet, field.diagnose, field.clock)
    field.clock.advance(timedelta(minutes=2))
    await later.tick()
    assert (await later.confirm(VEGA, plan.id, "click")).plan.state is State.APPLIED
    assert len([r for r in field.kube.requests if r.method == "PATCH" and "dryRun" not in r.query]) == 1
    assert [e.outcome for e in await audit(db)] == ["applied"]


async def test_heliograph_may_not_act_as_a_group_that_its_file_does_not_name(field: Field) -> None:
    """A bot that may impersonate anybody may do anything; the sandbox refuses it as a careful cluster does."""
    wide = KubernetesIdentity("vega@heliograph.example", ("heliograph:engineers", "system:masters"))
    with pytest.raises(Forbidden, match="lacks the right to impersonate groups"):
        await field.fleet.connection("sol").get("/api/v1/nodes", identity=wide)
    await field.fleet.connection("sol").get("/api/v1/nodes", identity=VEGA.kubernetes)
