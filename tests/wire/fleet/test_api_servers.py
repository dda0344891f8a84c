"""The bot against an API server and nothing else: the sandbox's, and a real one where `KUBEBUILDER_ASSETS` names it.

What holds on both is not an invention of the sandbox.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest
from sqlmodel import SQLModel

from bot.actions.model import State, Verb
from bot.actions.service import Actions
from bot.actions.tables import ActionPlan, AuditEntry
from bot.clock import SystemClock
from bot.diagnose.service import Diagnose
from bot.directory.access import EVERYTHING, Actor, KubernetesIdentity
from bot.directory.model import Cluster, Role
from bot.errors import Conflict, Forbidden
from bot.fleet.connection import connect
from bot.fleet.service import Fleet
from bot.store.database import Database
from sandbox.clock import Clock
from sandbox.fleet.access import TOKENS
from sandbox.kube.server import KubeSandbox
from sandbox.kube.store import Store
from tests import fixtures_apiserver
from tests.wire.fleet import scene
from tests.wire.fleet.conftest import mirrored, until
from tests.wire.fleet.scene import KUEUE, TRAIN, Api

VEGA = Actor(
    "U0VEGA", Role.ENGINEER, EVERYTHING, KubernetesIdentity("vega@heliograph.example", ("heliograph:engineers",))
)
NOBODY = Actor("U0MIRA", Role.ENGINEER, EVERYTHING, KubernetesIdentity("mira@heliograph.example", ()))
OBJECT = {"plain": f"/apis/batch/v1/namespaces/{TRAIN}/jobs/plain"}
OBJECT["queued"] = f"/apis/{KUEUE}/v1beta2/namespaces/{TRAIN}/workloads/job-queued"


@dataclass
class Place:
    api: Api
    cluster: Cluster
    fleet: Fleet
    actions: Actions


@contextlib.asynccontextmanager
async def sandbox(folder: Path) -> AsyncIterator[Path]:
    clock = Clock()
    async with KubeSandbox(Store(clock), clock) as kube:
        for token, (user, groups) in TOKENS.items():
            kube.add_user(user, groups, token)
        yield kube.write_kubeconfig(folder / "kubeconfig", users=["heliograph", "admin"])


@contextlib.asynccontextmanager
async def real() -> AsyncIterator[Path]:
    async with fixtures_apiserver.running(TOKENS) as (_, path), Api(path) as api:
        for definition in scene.definitions():
            await api.post("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", definition)
        await until(lambda: _served(api))
        yield path


async def _served(api: Api) -> bool:
    """A definition takes a moment until its kind is there."""
    try:
        found = await api.get(f"/apis/{KUEUE}/v1beta2")
    except (AssertionError, aiohttp.ClientError):
        return False
    return {"workloads", "localqueues", "clusterqueues"} <= {r["name"] for r in found["resources"]}


@pytest.fixture(params=["sandbox", "real"])
async def place(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Place]:
    async with contextlib.AsyncExitStack() as stack:
        path = await stack.enter_async_context(sandbox(tmp_path) if request.param == "sandbox" else real())
        api = await stack.enter_async_context(Api(path))
        await scene.build(api)
        cluster = Cluster("sol", "Sol", str(path), "heliograph@sandbox")
        fleet = await stack.enter_async_context(mirrored(cluster, SystemClock()))
        db = Database.open(f"sqlite:///{tmp_path / 'x.sqlite3'}")
        stack.push_async_callback(db.close)
        async with db.write() as tx:
            tables = [ActionPlan.__table__, AuditEntry.__table__]  # type: ignore[attr-defined]
            await (await tx.connection()).run_sync(lambda c: SQLModel.metadata.create_all(c, tables))
        diagnose = Diagnose(fleet, SystemClock())
        yield Place(api, cluster, fleet, Actions(db, fleet, diagnose, SystemClock()))


async def test_all_kinds_are_read_and_kept_up_to_date(place: Place) -> None:
    seen = place.fleet.snapshot("sol")
    assert seen.unknown == ()
    assert set(seen.objects.nodes) == {"gpu-1", "gpu-2"}
    assert sum(capacity for capacity, _ in seen.objects.gpus.values()) == 16
    assert set(seen.objects.jobs) >= {f"{TRAIN}/plain", f"{TRAIN}/queued"}
    assert seen.workload_of(seen.objects.jobs[f"{TRAIN}/queued"]) is not None
    await place.api.patch("/api/v1/nodes/gpu-1", {"spec": {"unschedulable": True}})
    await until(lambda: place.fleet.snapshot("sol").objects.nodes["gpu-1"].spec.unschedulable)


@pytest.mark.parametrize(("job", "field"), [("plain", "suspend"), ("queued", "active")])
async def test_a_job_is_suspended_by_its_kinds_own_verb_as_the_person(place: Place, job: str, field: str) -> None:
    plan = await place.actions.propose(VEGA, Verb.SUSPEND, job, "s1")
    done = await place.actions.confirm(VEGA, plan.id)
    assert done.plan.state is State.APPLIED
    assert (await place.api.get(OBJECT[job]))["spec"][field] is (field == "suspend")


async def test_rbac_decides_about_the_person_and_the_refusal_names_the_right(place: Place) -> None:
    plan = await place.actions.propose(NOBODY, Verb.SUSPEND, "plain", "s1")
    with pytest.raises(Forbidden, match=r"does not let mira@heliograph.example patch jobs.batch"):
        await place.actions.confirm(NOBODY, plan.id)
    assert not (await place.api.get(OBJECT["plain"]))["spec"].get("suspend")


async def test_the_bot_may_not_act_as_a_group_that_its_role_does_not_name(place: Place) -> None:
    wide = KubernetesIdentity("vega@heliograph.example", ("heliograph:engineers", "system:masters"))
    with pytest.raises(Forbidden, match="lacks the right to impersonate groups"):
        await place.fleet.connection("sol").get("/api/v1/nodes", identity=wide)


async def test_what_changed_since_it_was_shown_is_not_touched(place: Place) -> None:
    plan = await place.actions.propose(VEGA, Verb.SUSPEND, "plain", "s1")
    await place.api.patch(OBJECT["plain"], {"metadata": {"labels": {"x": "y"}}})
    with pytest.raises(Conflict, match="has changed since"):
        await place.actions.confirm(VEGA, plan.id)


async def test_a_token_that_is_not_known_is_said(place: Place, tmp_path: Path) -> None:
    path = tmp_path / "stranger"
    text = await asyncio.to_thread(Path(place.cluster.kubeconfig).read_text)
    await asyncio.to_thread(path.write_text, text.replace("kube-sandbox-heliograph", "somebody-elses"))
    async with connect(Cluster("sol", "Sol", str(path), "heliograph@sandbox")) as conn:
        with pytest.raises(Forbidden, match="does not accept Heliograph's credentials"):
            await conn.get("/api/v1/nodes")
