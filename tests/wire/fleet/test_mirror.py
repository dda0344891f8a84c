"""The mirror over the wire: complete, kept up to date, honest when the cluster is away."""

import asyncio
from datetime import timedelta

import pytest

from bot.clock import ManualClock
from bot.directory.access import EVERYTHING
from bot.directory.model import Cluster
from bot.errors import UserError
from bot.fleet import connection, logs
from bot.fleet.connection import connect
from bot.fleet.service import read_once
from bot.fleet.snapshot import State
from tests.wire.fleet.conftest import Field, mirrored, until


async def test_everything_is_read_with_the_tokens_rights(field: Field) -> None:
    """Credentials are sent: releases of the client have forgotten them."""
    seen = field.fleet.snapshot("sol").objects
    assert len(seen.nodes) == len(field.store.list("nodes"))
    assert len(seen.pods) == len(field.store.list("pods"))
    assert seen.workloads
    assert seen.workload_by_job
    assert {r.user for r in field.kube.requests} == {"heliograph"}
    assert {r.status for r in field.kube.requests} <= {0, 200}


async def test_changes_arrive_without_listing_again(field: Field) -> None:
    lists = len([r for r in field.kube.requests if r.path == "/api/v1/nodes" and "watch" not in r.query])
    name = field.store.list("nodes")[0]["metadata"]["name"]
    field.store.mutate("nodes", name, None, lambda node: node["spec"].update(unschedulable=True))
    await until(lambda: field.fleet.snapshot("sol").objects.nodes[name].spec.unschedulable)
    after = len([r for r in field.kube.requests if r.path == "/api/v1/nodes" and "watch" not in r.query])
    assert after == lists == 1


async def test_a_history_that_was_thrown_away_is_listed_anew(field: Field) -> None:
    """What was deleted while the watch was gone is gone in the mirror too."""
    name = field.store.list("nodes")[0]["metadata"]["name"]
    field.kube.fault("error_500", "/api/v1/nodes", times=2)
    field.kube.drop_watches("/api/v1/nodes")
    field.store.delete("nodes", name)
    field.store.compact("nodes")
    await until(lambda: name not in field.fleet.snapshot("sol").objects.nodes)
    assert field.source("Node").state is State.FRESH


async def test_one_kind_that_fails_is_stale_with_its_age_and_comes_back(field: Field) -> None:
    field.kube.fault("error_500", "/api/v1/pods", times=-1)
    field.kube.drop_watches("/api/v1/pods")
    stale = await until(lambda: field.source("Pod") if field.source("Pod").state is State.STALE else None)
    assert stale.since is not None
    health = field.diagnose.health("sol", EVERYTHING)
    assert [s.kind for s in health.unknown] == ["Pod"]
    assert health.nodes_total > 0
    field.kube.faults.clear()
    await until(lambda: field.source("Pod").state is State.FRESH)


async def test_a_cluster_that_is_away_is_unknown_and_delays_nobody(field: Field) -> None:
    """Nothing that was known is called healthy; the other cluster answers as always."""
    away = Cluster("luna", "Luna", field.cluster.kubeconfig, "nobody@nowhere")
    async with mirrored(away, field.clock, field.cluster) as fleet:
        snapshot = fleet.snapshot("luna")
        assert fleet.snapshot("sol").unknown == ()
        assert {s.state for s in snapshot.sources} == {State.UNKNOWN}
        assert "luna" in snapshot.sources[0].why
    await field.kube.__aexit__(None, None, None)
    await until(lambda: len(field.fleet.snapshot("sol").unknown) == len(field.fleet.snapshot("sol").sources))
    health = field.diagnose.health("sol", EVERYTHING)
    assert health.nodes_total > 0
    assert all(s.state is State.STALE and s.since for s in health.unknown)


async def test_once_for_the_terminal_needs_no_configuration_file(field: Field) -> None:
    async with read_once(field.cluster, ManualClock(field.clock.now())) as once:
        assert len(once.snapshot("sol").objects.nodes) == len(field.store.list("nodes"))
        assert once.snapshot("sol").unknown == ()


async def test_what_may_not_be_read_is_unknown_and_the_rest_is_shown(field: Field) -> None:
    field.kube.fault("too_many_requests", "/api/v1/events", times=-1)
    async with read_once(field.cluster, ManualClock(field.clock.now())) as once:
        assert [s.kind for s in once.snapshot("sol").unknown] == ["Event"]


async def test_a_kubeconfig_that_cannot_be_used_says_which(field: Field) -> None:
    with pytest.raises(UserError, match="context nobody"):
        async with connect(Cluster("x", "X", field.cluster.kubeconfig, "nobody")):
            pass


async def test_a_stranger_is_told_that_the_credentials_are_not_accepted(field: Field) -> None:
    field.kube.fault("unauthorized", "/api/v1/nodes", times=-1)
    field.kube.drop_watches("/api/v1/nodes")
    await until(lambda: "does not accept Heliograph's credentials" in field.source("Node").why)


async def test_age_grows_while_it_is_away(field: Field) -> None:
    field.kube.fault("error_500", "/api/v1/nodes", times=-1)
    field.kube.drop_watches("/api/v1/nodes")
    await until(lambda: field.source("Node").state is State.STALE)
    field.clock.advance(timedelta(minutes=12))
    assert field.clock.now() - field.source("Node").since >= timedelta(minutes=12)


async def test_a_cluster_that_hangs_is_unknown_and_known_again_soon_after_it_answers(
    field: Field, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A watch that is not even begun is not a quiet one: it is given up as early as any other call."""
    monkeypatch.setattr(connection, "FIRST_BYTE_SECONDS", 0.3)
    field.kube.fault("hang", "/", times=-1)

    def unheard() -> bool:
        field.kube.drop_watches("/")  # one that was begun a moment ago too
        sources = field.fleet.snapshot("sol").sources
        return all(s.state is State.STALE and "not answer in time" in s.why for s in sources)

    await until(unheard)
    field.kube.faults.clear()
    await until(lambda: not field.fleet.snapshot("sol").unknown)


async def test_what_a_library_says_about_a_connection_is_not_shown(field: Field) -> None:
    field.kube.fault("drop_watch", "/api/v1/nodes", times=-1)
    field.kube.drop_watches("/api/v1/nodes")
    stale = await until(lambda: field.source("Node") if field.source("Node").state is State.STALE else None)
    assert stale.why == "the cluster sol cannot be reached: the connection broke off"


async def test_logs_that_hang_do_not_keep_the_answer(field: Field, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rest is known and is said; that no log could be read is said too."""
    monkeypatch.setattr(logs, "SECONDS", 0.3)
    running = next(j for j in field.fleet.snapshot("sol").objects.jobs.values() if j.status.active)
    field.kube.fault("hang", f"/api/v1/namespaces/{running.metadata.namespace}/pods/", times=-1)
    async with asyncio.timeout(10):
        why = await field.diagnose.why("sol", running.key, EVERYTHING)
    (unread,) = why.unread
    assert unread.kinds == ("Log",)
    assert "no answer within 0.3 s" in unread.why
    assert "nothing is wrong" not in why.headline
