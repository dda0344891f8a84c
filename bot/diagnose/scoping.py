"""What a client may see of a cluster, as a smaller snapshot: rules cannot tell what is not in it.

`narrow` keeps what lies in the client's namespaces and queues, and the nodes that their pods use. Words that other
tools wrote (conditions, events, the scheduler) may still name what is hidden: `Words` takes those names out, and the
secrets with them. Everything that is shown passes `Words`, also where everything may be seen. Pure.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

from bot.diagnose.masking import mask
from bot.diagnose.model import Evidence, Finding
from bot.directory.access import Scope
from bot.fleet import objects, snapshot
from bot.fleet.snapshot import Objects, Snapshot

HIDDEN = "another"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]*")
_LEAST = 3
"""Names this short are only recognised when they stand alone: inside another name they may be a word."""

_MOST = 24
"""Hyphenated words of a name that are looked at together: a line of a thousand hyphens is no name."""

T = TypeVar("T", bound=objects.Object)


def narrow(full: Snapshot, scope: Scope) -> Snapshot:
    if scope.everything:
        return full
    here, found = full.cluster, full.objects

    def own(some: Mapping[str, T]) -> dict[str, T]:
        return {k: v for k, v in some.items() if scope.sees(here, v.metadata.namespace)}

    pods, local = own(found.pods), own(found.local_queues)
    used = {p.spec.node_name for p in pods.values()}
    kept: dict[str, Mapping[str, objects.Object]] = {
        "Node": {k: v for k, v in found.nodes.items() if k in used},
        "Pod": pods,
        "Job": own(found.jobs),
        "Workload": own(found.workloads),
        "LocalQueue": local,
        "ClusterQueue": {k: v for k, v in found.cluster_queues.items() if scope.sees_queue(here, k)},
        "Deployment": own(found.deployments),
    }
    events = {str(n): e for n, e in enumerate(found.events) if _own_event(scope, here, used, e)}
    return replace(full, objects=snapshot.build({**kept, "Event": events}))


def _own_event(scope: Scope, cluster: str, nodes: set[str], event: objects.Event) -> bool:
    what = event.involved_object
    if what.kind == "Node":
        return what.name in nodes
    return bool(what.namespace) and scope.sees(cluster, what.namespace)


@dataclass(frozen=True)
class Words:
    """`hidden` are names that must not be said, `known` those that may, even where they contain a hidden one."""

    hidden: frozenset[str] = frozenset()
    known: frozenset[str] = frozenset()

    @classmethod
    def between(cls, full: Snapshot, seen: Snapshot) -> "Words":
        if full is seen:
            return cls()
        known = _names(seen.objects)
        return cls(_names(full.objects) - known, known)

    def clean(self, text: str) -> str:
        text = mask(text)
        return _NAME.sub(lambda m: self._name(m[0]), text) if self.hidden else text

    def finding(self, found: Finding) -> Finding:
        return replace(
            found,
            title=self.clean(found.title),
            evidence=tuple(Evidence(self.clean(e.text), self.clean(e.source), e.at) for e in found.evidence),
            next_step=self.clean(found.next_step),
            affects=replace(found.affects, jobs=tuple(j for j in found.affects.jobs if j not in self.hidden)),
        )

    def _name(self, word: str) -> str:
        """`word`, or the dot-separated part of it that is hidden, without the name."""
        if word in self.known:
            return word
        if word in self.hidden:
            return HIDDEN
        return ".".join(HIDDEN if self._hides(part) else part for part in word.split("."))

    def _hides(self, part: str) -> bool:
        """Whether a hidden name is, or stands between hyphens in, `part`."""
        if part in self.known:
            return False
        if part in self.hidden:
            return True
        pieces = part.split("-")
        count = len(pieces)
        runs = ("-".join(pieces[i:j]) for i in range(count) for j in range(i + 1, min(i + _MOST, count) + 1))
        return any(len(run) > _LEAST and run in self.hidden for run in runs)


def _names(found: Objects) -> frozenset[str]:
    names: set[str] = set()
    groups: tuple[Mapping[str, objects.Object], ...] = (
        found.nodes,
        found.pods,
        found.jobs,
        found.workloads,
        found.local_queues,
        found.cluster_queues,
        found.deployments,
    )
    for group in groups:
        for item in group.values():
            names.add(item.metadata.name)
            names.add(item.metadata.namespace)
            names.add(item.metadata.uid)
    for queue in found.cluster_queues.values():
        names |= {queue.spec.cohort, queue.spec.cohort_name}
    names.discard("")
    return frozenset(names)
