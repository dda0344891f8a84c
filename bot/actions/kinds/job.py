"""A batch Job that nobody else manages: its own `spec.suspend`."""

from typing import Any

from bot.fleet import decode, kinds
from bot.fleet.objects import Job

KIND = kinds.JOB


def suspended(data: bytes) -> bool:
    return bool(decode.item(Job, data).spec.suspend)


def patch(*, suspend: bool) -> dict[str, Any]:
    return {"suspend": suspend}


def shown(*, suspend: bool) -> str:
    return f"spec.suspend={str(suspend).lower()}"
