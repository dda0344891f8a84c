"""Every incident of the sandbox is found, with the right verdict, and goes away when it is repaired."""

from datetime import timedelta

import pytest

from bot.diagnose.model import Finding, Verdict, Why
from bot.directory.access import EVERYTHING, Scope
from bot.errors import UserError
from sandbox.fleet import incidents
from sandbox.fleet.incidents import Injected
from tests.wire.fleet.conftest import Field, until

R, S, W, N = Verdict.RESTART, Verdict.STOP, Verdict.WAIT, Verdict.NONE


async def _why(field: Field, injected: Injected, rule: str) -> Why:
    """What `/job why` says about the job that is hit, once it names `rule`."""
    assert injected.job is not None
    name = "/".join(injected.job)
    last: list[str] = []

    async def look() -> Why | None:
        try:
            found = await field.diagnose.why("sol", name, EVERYTHING)
        except UserError:
            return None
        last[:] = [found.headline]
        return found if found.blocker and found.blocker.rule == rule else None

    try:
        why: Why = await until(look)
    except AssertionError:
        raise AssertionError(f"{rule} was not found; the last answer was {last}") from None
    return why


def _health(field: Field, rule: str, subject: str = "") -> Finding | None:
    found = field.diagnose.health("sol", EVERYTHING).findings
    return next((f for f in found if f.rule == rule and subject in f.subject.key), None)


@pytest.mark.parametrize(
    ("name", "rule", "verdict"),
    [
        ("gpu-off-bus", "gpu-lost", R),
        ("node-not-ready", "node-not-ready", R),
        ("nccl-watchdog", "log-signature", R),
        ("cuda-oom", "log-signature", S),
        ("image-pull", "image-pull", S),
        ("missing-dataset-index", "log-signature", S),
        ("quota-pending", "quota-pending", W),
    ],
)
async def test_why_names_the_cause_and_the_verdict(field: Field, name: str, rule: str, verdict: Verdict) -> None:
    injected = incidents.inject(field.machines, name)
    why = await _why(field, injected, rule)
    assert why.blocker is not None
    assert why.blocker.verdict is verdict, why.headline
    assert why.blocker.evidence
    assert why.blocker.next_step
    assert any(e.at for e in why.blocker.evidence)


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("gpu-off-bus", "gpu-lost"),
        ("allocatable-low", "gpu-lost"),
        ("node-not-ready", "node-not-ready"),
        ("image-pull", "image-pull"),
        ("quota-pending", "quota-pending"),
    ],
)
async def test_health_shows_it_and_forgets_it_after_the_repair(field: Field, name: str, rule: str) -> None:
    injected = incidents.inject(field.machines, name)
    subject = injected.job[1] if rule in ("image-pull", "quota-pending") and injected.job else injected.target
    await until(lambda: _health(field, rule, subject), f"{rule} of {subject}")
    incidents.repair(field.machines, injected.id)
    await until(lambda: _health(field, rule, subject) is None, f"{rule} of {subject} gone")


async def test_a_fallen_gpu_is_named_with_its_xid_and_node(field: Field) -> None:
    injected = incidents.inject(field.machines, "gpu-off-bus")
    found = await until(lambda: _health(field, "gpu-lost", injected.target))
    assert "Xid 79" in found.title
    assert "restart the machine" in found.next_step


async def test_the_watchdogs_culprit_is_the_rank_that_was_behind(field: Field) -> None:
    """The others only waited for it: their lines come later and are not the cause."""
    injected = incidents.inject(field.machines, "nccl-watchdog")
    rank = injected.text.split("rank ")[1].split()[0]
    why = await _why(field, injected, "log-signature")
    assert why.blocker is not None
    assert f"rank {rank}," in why.blocker.title


async def test_a_silent_stall_is_seen_though_every_pod_runs(field: Field) -> None:
    injected = incidents.inject(field.machines, "silent-stall")
    field.clock.advance(timedelta(minutes=45))
    why = await _why(field, injected, "silent-stall")
    assert why.blocker is not None
    assert why.blocker.verdict is R
    assert "iteration" in why.blocker.evidence[0].text


async def test_a_healthy_training_job_has_no_blocker(field: Field) -> None:
    running = next(
        j for j in field.fleet.snapshot("sol").objects.jobs.values() if j.status.active and not j.finished and j.queue
    )
    why = await field.diagnose.why("sol", running.key, EVERYTHING)
    assert (why.state, why.blocker) == ("running", None), why.headline


async def test_a_client_learns_nothing_of_another_in_the_middle_of_it_all(field: Field) -> None:
    for name in ("gpu-off-bus", "node-not-ready", "quota-pending", "image-pull"):
        incidents.inject(field.machines, name)
    await until(lambda: _health(field, "image-pull") and _health(field, "gpu-lost"))
    aurora = Scope("aurora", {"sol": frozenset({"aurora-train", "aurora-serve"})}, {"sol": frozenset({"aurora"})})
    text = str(field.diagnose.health("sol", aurora))
    seen = field.fleet.snapshot("sol").objects
    used = {p.spec.node_name for p in seen.pods.values() if p.metadata.namespace.startswith("aurora")}
    assert "borealis" not in text
    assert "cirrus" not in text
    assert [n for n in seen.nodes if n in text and n not in used] == []
