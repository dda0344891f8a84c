"""All rules, in no particular order: each is a module with `RULE` and `check`. A new one is a file and a line here."""

from collections.abc import Iterator
from typing import Protocol

from bot.diagnose.model import Finding, Rule
from bot.diagnose.rules import (
    bad_condition,
    container_config,
    cordoned,
    crash_loop,
    deployment_unavailable,
    evicted,
    failed,
    gpu_lost,
    image_pull,
    log_signature,
    node_not_ready,
    oom,
    queue_inactive,
    quota_pending,
    silent_stall,
    suspended,
    unknown_condition,
    unschedulable,
    xid,
)
from bot.directory.access import Scope
from bot.fleet.snapshot import Snapshot


class RuleModule(Protocol):
    RULE: Rule

    def check(self, snapshot: Snapshot, scope: Scope) -> Iterator[Finding]: ...


RULES: tuple[RuleModule, ...] = (
    bad_condition,
    container_config,
    cordoned,
    crash_loop,
    deployment_unavailable,
    evicted,
    failed,
    gpu_lost,
    image_pull,
    log_signature,
    node_not_ready,
    oom,
    queue_inactive,
    quota_pending,
    silent_stall,
    suspended,
    unknown_condition,
    unschedulable,
    xid,
)


def check(snapshot: Snapshot, scope: Scope) -> Iterator[Finding]:
    """Every rule whose kinds were read. The snapshot has only what `scope` may see (`scoping.narrow`)."""
    for module in RULES:
        if snapshot.knows(*module.RULE.needs):
            yield from module.check(snapshot, scope)
