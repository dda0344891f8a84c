"""Services that keep what was sent to them as an incident of their own, until somebody answers or it is closed."""

from types import ModuleType
from typing import Any

from bot.outbox import opsgenie, pagerduty

SERVICES: tuple[ModuleType, ...] = (pagerduty, opsgenie)


def keeps(url: str) -> bool:
    """Whether what goes to that address stays there as an incident."""
    return any(service.is_one(url) for service in SERVICES)


def takes_notes(url: str) -> bool:
    """Whether something can be written under an incident. PagerDuty's Events API has no such thing."""
    return opsgenie.is_one(url)


async def send(url: str, key: str, content: dict[str, Any], body: str, seconds: float) -> None:
    """Opens the incident of `key`, or does with another what `content` says. Raises as the service's module does."""
    service = next(service for service in SERVICES if service.is_one(url))
    await service.send(url, key, content, body, seconds)
