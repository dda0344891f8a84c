"""A container's image cannot be pulled."""

from collections.abc import Iterator

from bot.diagnose import facts
from bot.diagnose.model import Evidence, Finding, Rule, Severity, Verdict
from bot.directory.access import Scope
from bot.fleet.objects import ContainerStatus, Pod
from bot.fleet.snapshot import Snapshot

RULE = Rule("image-pull", ("Pod",))
_CAUSES = (
    (("unauthorized", "401", "403", "denied", "authentication"), "Give the job a pull secret that may read it."),
    (("not found", "manifest unknown", "404"), "Correct the image's name or tag, or push it."),
    (("x509", "certificate"), "The registry's certificate is not trusted by the node: ask the cluster's admin."),
    (("timeout", "no such host", "connection refused", "i/o"), "The node cannot reach the registry: look there."),
)


def check(snapshot: Snapshot, scope: Scope) -> Iterator[Finding]:
    for subject, found in facts.waiting(snapshot, facts.PULLING):
        pods = {pod.key: pod for pod, _ in found}.values()
        image, words = _said(snapshot, *found[0])
        yield Finding(
            RULE.id,
            Severity.CRITICAL,
            subject,
            f"The image {image} cannot be pulled ({facts.count(len(pods), 'pod')} of {subject.name})",
            (Evidence(words, f"pod {found[0][0].name}", found[0][0].status.start_time),),
            _step(words),
            Verdict.STOP,
            facts.affected(snapshot, subject, pods),
        )


def _said(snapshot: Snapshot, pod: Pod, status: ContainerStatus) -> tuple[str, str]:
    """(image, what was said about it): the event of the failed pull says more than the back-off."""
    image = next((c.image for c in pod.spec.containers if c.name == status.name), "") or "of the container"
    waiting = status.state.waiting
    words = f"{waiting.reason}: {waiting.message}" if waiting and waiting.message else waiting.reason if waiting else ""
    failed = [e.message for e in snapshot.events_of("Pod", pod.key) if e.reason == "Failed" and "pull" in e.message]
    return image, failed[-1] if failed else words


def _step(words: str) -> str:
    return next((step for marks, step in _CAUSES if any(m in words.lower() for m in marks)), "Check the image's name.")
