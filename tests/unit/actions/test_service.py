"""Suspend and resume against a cluster that is one object: planned, confirmed once, as the person, written down."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import SQLModel, select

from bot.actions.model import Plan, Stands, State, Verb
from bot.actions.service import Actions
from bot.actions.tables import ActionPlan, AuditEntry
from bot.clock import ManualClock
from bot.diagnose.service import Diagnose
from bot.directory.access import EVERYTHING, Actor, KubernetesIdentity, Scope
from bot.directory.model import Role
from bot.errors import BotError, Conflict, Forbidden, Temporary, UserError
from bot.fleet.snapshot import Snapshot
from bot.store.database import Database
from tests.unit.diagnose.builders import NOW, Still, cluster, condition, job, log, node, pod, queues, workload

VEGA = Actor(
    "U0VEGA", Role.ENGINEER, EVERYTHING, KubernetesIdentity("vega@heliograph.example", ("heliograph:engineers",))
)
MIRA = Actor("U0MIRA", Role.ENGINEER, EVERYTHING, KubernetesIdentity("mira@heliograph.example", ()))
OPAL = Actor(
    "U0OPAL",
    Role.CLIENT,
    Scope("borealis", {"sol": frozenset({"borealis-train"})}, {}),
    KubernetesIdentity("slack:U0OPAL", ()),
)


class OneObject:
    """A connection to a cluster that has one object. Failures are raised in order, before or after the effect."""

    def __init__(self, thing: Any) -> None:
        self.cluster = "sol"
        self.thing = thing
        self.patches: list[tuple[str, dict[str, Any], KubernetesIdentity, bool]] = []
        self.before: list[BotError | None] = []
        self.after: list[BotError | None] = []
        self.gate: asyncio.Event | None = None
        self.asked = asyncio.Event()

    async def get(self, path: str, query: Any = (), **_: Any) -> bytes:
        return json.dumps(self.thing).encode()

    async def patch(self, path: str, body: Any, *, identity: KubernetesIdentity, dry_run: bool) -> bytes:
        self.patches.append((path, body, identity, dry_run))
        self.asked.set()
        if self.gate is not None:
            await self.gate.wait()
        if self.before and (error := self.before.pop(0)):
            raise error
        if not dry_run:
            self.thing["spec"] |= body["spec"]
            self.thing["metadata"]["resourceVersion"] = "100"
        if self.after and (error := self.after.pop(0)):
            raise error
        return b"{}"

    @property
    def applied(self) -> int:
        return sum(1 for *_, dry_run in self.patches if not dry_run)


class Setting:
    def __init__(self, db: Database, seen: Snapshot, thing: Any, logs: Any = ()) -> None:
        self.db, self.clock, self.conn = db, ManualClock(NOW), OneObject(thing)
        self.clusters = Still(seen, logs=logs, conn=self.conn)
        self.actions = self.restarted()

    def restarted(self) -> Actions:
        return Actions(self.db, self.clusters, Diagnose(self.clusters, self.clock), self.clock)

    async def audit(self) -> list[AuditEntry]:
        async with self.db.read() as tx:
            return list((await tx.scalars(select(AuditEntry))).all())

    async def plan(self) -> Plan:
        async with self.db.read() as tx:
            return (await tx.scalars(select(ActionPlan))).one().plan()


@pytest.fixture
async def db(tmp_path: Path) -> AsyncIterator[Database]:
    made = Database.open(f"sqlite:///{tmp_path / 'x.sqlite3'}")
    async with made.write() as tx:
        tables = [ActionPlan.__table__, AuditEntry.__table__]  # type: ignore[attr-defined]
        await (await tx.connection()).run_sync(lambda c: SQLModel.metadata.create_all(c, tables))
    yield made
    await made.close()


@pytest.fixture
def plain(db: Database) -> Setting:
    thing = job("llm")
    running = [node("n1"), thing, pod("llm-0", "llm", "n1"), pod("llm-1", "llm", "n1")]
    saved = log("llm-0", (30, "successfully saved checkpoint at iteration 500"))
    return Setting(db, cluster(*running), thing, (saved,))


@pytest.fixture
def owned(db: Database) -> Setting:
    thing = workload("llm", admitted="aurora", conditions=[condition("QuotaReserved", "True")])
    seen = cluster(job("llm", queue="aurora"), thing, queues(), pod("llm-0", "llm", "n1"))
    return Setting(db, seen, thing)


async def test_a_plan_says_what_it_costs_and_changes_nothing(plain: Setting) -> None:
    plan = await plain.actions.propose(VEGA, Verb.SUSPEND, "llm", "s1")
    assert (plan.cost.pods, plan.cost.gpus, plan.cost.gpu_hours) == (2, 16, 8.0)
    assert plan.state is State.PROPOSED
    assert plain.conn.patches == []


async def test_the_same_envelope_twice_is_one_plan(plain: Setting) -> None:
    first = await plain.actions.propose(VEGA, Verb.SUSPEND, "llm", "s1")
    assert (await plain.actions.propose(VEGA, Verb.SUSPEND, "llm", "s1")).id == first.id


async def test_it_is_tried_without_effect_first_then_done_as_the_person(plain: Setting) -> None:
    plan = await plain.actions.propose(VEGA, Verb.SUSPEND, "llm", "s1")
    outcome = await plain.actions.confirm(VEGA, plan.id, "click")
    assert [dry for *_, dry in plain.conn.patches] == [True, False]
    path, body, identity, _ = plain.conn.patches[1]
    assert path == "/apis/batch/v1/namespaces/aurora-train/jobs/llm"
    assert body == {"metadata": {"uid": "uid-aurora-train-llm", "resourceVersion": "7"}, "spec": {"suspend": True}}
    assert identity == VEGA.kubernetes
    assert outcome.plan.state is State.APPLIED
    [entry] = await plain.audit()
    assert (entry.actor, entry.kubernetes_user, entry.outcome) == ("U0VEGA", "vega@heliograph.example", "applied")
    assert (entry.before, entry.after) == ("spec.suspend=false", "spec.suspend=true")


async def test_a_job_of_kueue_is_suspended_by_its_workload(owned: Setting) -> None:
    plan = await owned.actions.propose(VEGA, Verb.SUSPEND, "llm", "s1")
    await owned.actions.confirm(VEGA, plan.id)
    path, body, _, _ = owned.conn.patches[1]
    assert path == "/apis/kueue.x-k8s.io/v1beta2/namespaces/aurora-train/workloads/job-llm"
    assert body["spec"] == {"active": False}


async def test_a_job_whose_workload_is_not_there_yet_waits(db: Database) -> None:
    thing = job("llm", queue="aurora")
    with pytest.raises(UserError, match="has not made its workload yet"):
        await Setting(db, cluster(thing, queues()), thing).actions.propose(VEGA, Verb.SUSPEND, "llm", "s1")


async def test_two_clicks_are_one_effect_and_the_second_reads_who_was_first(plain: Setting) -> None:
    plan = await plain.actions.propose(VEGA, Verb.SUSPEND, "llm", "s1")
    plain.conn.gate = asyncio.Event()
    first = asyncio.create_task(plain.actions.confirm(VEGA, plan.id, "a"))
    await plain.conn.asked.wait()
    with pytest.raises(Conflict, match="<@U0VEGA> has already confirmed"):
        await plain.actions.confirm(MIRA, plan.id, "b")
    plain.conn.gate.set()
    await first
    with pytest.raises(Conflict, match="<@U0VEGA> has already suspended"):
        await plain.actions.confirm(MIRA, plan.id, "c")
    assert plain.conn.applied == 1
    assert len(await plain.audit()) == 1


async def test_the_same_click_delivered_again_is_told_the_outcome(plain: Setting) -> None:
    plan = await plain.actions.propose(VEGA, Verb.SUSPEND, "llm", "s1")
    await plain.actions.confirm(VEGA, plan.id, "click")
    assert (await plain.actions.confirm(VEGA, plan.id, "click")).plan.state is State.APPLIED
    assert plain.conn.applied == 1


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [("uid", "other", "another job of the same name"), ("resourceVersion", "8", "has changed")],
)
async def test_what_changed_since_it_was_shown_is_not_done(plain: Setting, field: str, value: str, words: str) -> None:
    plan = await plain.actions.propose(VEGA, Verb.SUSPEND, "llm", "s1")
    plain.conn.thing["metadata"][field] = value
    with pytest.raises(Conflict, match=words):
        await plain.actions.confirm(VEGA, plan.id)
    assert plain.conn.patches == []
    assert [e.outcome for e in await plain.audit()] == ["conflict"]


async def test_rbacs_refusal_is_an_answer_and_an_audit_row(plain: Setting) -> None:
    plan = await plain.actions.propose(VEGA, Verb.SUSPEND, "llm", "s1")
    plain.conn.before = [Forbidden("The cluster sol does not let vega patch jobs.batch.")]
    with pytest.raises(Forbidden, match="does not let vega patch"):
        await plain.actions.confirm(VEGA, plan.id)
    assert plain.conn.applied == 0
    [entry] = await plain.audit()
    assert (entry.outcome, entry.after) == ("refused", "spec.suspend=false")
    assert "does not let vega" in entry.detail


async def test_a_cluster_that_is_away_leaves_the_plan_standing(plain: Setting) -> None:
    plan = await plain.actions.propose(VEGA, Verb.SUSPEND, "llm", "s1")
    plain.conn.before = [Temporary("the cluster sol cannot be reached")]
    with pytest.raises(Stands, match="Nothing was changed"):
        await plain.actions.confirm(VEGA, plan.id, "a")
    assert (await plain.actions.confirm(VEGA, plan.id, "b")).plan.state is State.APPLIED


class TestCutOff:
    """The answer to the call never came, or the process died before it could write it down."""

    async def _cut(self, setting: Setting) -> Plan:
        plan = await setting.actions.propose(VEGA, Verb.SUSPEND, "llm", "s1")
        with pytest.raises(UserError, match="not known yet"):
            await setting.actions.confirm(VEGA, plan.id, "a")
        assert (await setting.plan()).state is State.APPLYING
        return plan

    async def test_it_had_taken_effect(self, plain: Setting) -> None:
        plain.conn.after = [None, Temporary("timed out")]
        await self._cut(plain)
        later = plain.restarted()
        await later.tick()
        assert (await plain.plan()).state is State.APPLYING
        plain.clock.advance(timedelta(minutes=2))
        await later.tick()
        assert (await plain.plan()).state is State.APPLIED
        assert plain.conn.applied == 1
        assert [e.outcome for e in await plain.audit()] == ["applied"]

    async def test_it_had_not(self, plain: Setting) -> None:
        plain.conn.before = [None, Temporary("timed out")]
        await self._cut(plain)
        plain.clock.advance(timedelta(minutes=2))
        await plain.restarted().tick()
        found = await plain.plan()
        assert found.state is State.FAILED
        assert "never arrived" in found.outcome

    async def test_a_process_that_died_after_the_click_leaves_a_plan_that_can_be_confirmed(
        self, plain: Setting
    ) -> None:
        plan = await plain.actions.propose(VEGA, Verb.SUSPEND, "llm", "s1")
        plain.conn.gate = asyncio.Event()
        dying = asyncio.create_task(plain.actions.confirm(VEGA, plan.id, "a"))
        await plain.conn.asked.wait()
        dying.cancel()
        await asyncio.wait([dying])
        plain.conn.gate = None
        plain.clock.advance(timedelta(minutes=2))
        later = plain.restarted()
        await later.tick()
        assert (await later.confirm(VEGA, plan.id, "b")).plan.state is State.APPLIED


async def test_a_cluster_that_is_away_gives_no_plan_and_says_so(
    plain: Setting, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: Any, **__: Any) -> bytes:
        raise Temporary("the cluster sol cannot be reached")

    monkeypatch.setattr(plain.conn, "get", away)
    with pytest.raises(UserError, match="cannot be reached") as refused:
        await plain.actions.propose(VEGA, Verb.SUSPEND, "llm", "s1")
    assert "Nothing was done" in refused.value.hint


async def test_a_plan_expires(plain: Setting) -> None:
    plan = await plain.actions.propose(VEGA, Verb.SUSPEND, "llm", "s1")
    plain.clock.advance(timedelta(minutes=15))
    with pytest.raises(Conflict, match="too old"):
        await plain.actions.confirm(VEGA, plan.id)
    assert (await plain.plan()).state is State.EXPIRED
    assert plain.conn.patches == []


async def test_cancelled_is_cancelled(plain: Setting) -> None:
    plan = await plain.actions.propose(VEGA, Verb.SUSPEND, "llm", "s1")
    assert (await plain.actions.cancel(MIRA, plan.id)).state is State.CANCELLED
    with pytest.raises(Conflict, match="<@U0MIRA> has cancelled"):
        await plain.actions.confirm(VEGA, plan.id)
    assert [e.outcome for e in await plain.audit()] == ["cancelled"]


async def test_already_so_says_so(plain: Setting) -> None:
    """A job that was never suspended was never resumed either."""
    with pytest.raises(UserError, match="aurora-train/llm is not suspended"):
        await plain.actions.propose(VEGA, Verb.RESUME, "llm", "s1")


async def test_another_clients_plan_does_not_exist(plain: Setting) -> None:
    plan = await plain.actions.propose(VEGA, Verb.SUSPEND, "llm", "s1")
    with pytest.raises(UserError, match="no such plan"):
        await plain.actions.confirm(OPAL, plan.id)
    with pytest.raises(UserError, match="no job llm"):
        await plain.actions.propose(OPAL, Verb.SUSPEND, "llm", "s2")


async def test_a_finished_job_is_left_alone(db: Database) -> None:
    thing = job("llm", conditions=[condition("Failed", "True")])
    with pytest.raises(UserError, match="is failed"):
        await Setting(db, cluster(thing), thing).actions.propose(VEGA, Verb.SUSPEND, "llm", "s1")
