"""ResourceQuotas say what a namespace uses. They are wide here, and counted, not enforced: Kueue does the sharing."""

from sandbox.fleet import meta
from sandbox.fleet.live import Live
from sandbox.fleet.meta import GPU

KEY = "resourcequotas"


def reconcile(live: Live, namespace: str) -> None:
    for quota in live.store.list(KEY, namespace):
        pods = [p for (space, _), p in live.pods.items() if space == namespace and not meta.over(p)]
        counted = {f"requests.{GPU}": sum(meta.gpus_of(p["spec"]) for p in pods), "pods": len(pods)}
        hard = quota["spec"]["hard"]
        status = {"hard": hard, "used": {k: str(counted.get(k, 0)) for k in hard}}
        live.change(KEY, quota, lambda d, status=status: d.update(status=status))  # type: ignore[misc]
