"""A job that Kueue owns: the Workload's `spec.active`, never the job's own suspend, which Kueue would take back.

`active=false` evicts it, and does not queue it again until it is active.
"""

from typing import Any

from bot.fleet import decode, kinds
from bot.fleet.objects import Workload

KIND = kinds.WORKLOAD


def suspended(data: bytes) -> bool:
    return decode.item(Workload, data).spec.active is False


def patch(*, suspend: bool) -> dict[str, Any]:
    return {"active": not suspend}


def shown(*, suspend: bool) -> str:
    return f"spec.active={str(not suspend).lower()}"
