"""PagerDuty's Events API v2, for contacts whose Apprise URL is `pagerduty://ROUTING_KEY@API_KEY/…`.

Apprise triggers an incident and knows nothing of it afterwards: a trigger whose answer was lost would be a second
incident, and an incident would go on ringing after somebody answered here. So the event goes out by itself, under the
row's own key, and that key acknowledges or resolves it later. The rest of the URL means what it means to Apprise:
region, severity, source, component, group, class.
"""

import os
from typing import Any

from bot.outbox import calls

SCHEME = "pagerduty://"
ENDPOINTS = {"us": "https://events.pagerduty.com/v2/enqueue", "eu": "https://events.eu.pagerduty.com/v2/enqueue"}
"""By region of the account (source: PagerDuty's page on the Events API v2)."""
OVERRIDE = "HELIOGRAPH_PAGERDUTY_URL"
"""An environment variable: a gateway of one's own in the place of those."""
SUMMARY_MOST = 1024
"""Characters that PagerDuty takes as a summary."""
ENDS = frozenset({"acknowledge", "resolve"})
REFUSALS = {400: ": is the routing key that of an Events API v2 integration?"}


def is_one(url: str) -> bool:
    return url.lower().startswith(SCHEME)


async def send(url: str, key: str, content: dict[str, Any], body: str, seconds: float) -> None:
    """Triggers the incident `key`, or does with the incident `content["ends"]` what `content["action"]` says.

    Raises `Temporary`, `Limited` among them, where it is worth another try, `calls.Refused` where it is not.
    """
    service = await calls.read(url)
    endpoint = os.environ.get(OVERRIDE) or ENDPOINTS[service.region_name]
    event = _event(service, key, content, body)
    verify = bool(service.verify_certificate)
    await calls.post("PagerDuty", endpoint, event, seconds, verify=verify, refusals=REFUSALS)


def _event(service: Any, key: str, content: dict[str, Any], body: str) -> dict[str, Any]:
    action = content.get("action", "")
    if action in ENDS:
        return {"routing_key": service.integration_key, "event_action": action, "dedup_key": dedup(content["ends"])}
    payload = {
        "summary": content["title"][:SUMMARY_MOST],
        "severity": service.severity or "critical",
        "source": "Heliograph" if service.source == "Apprise" else service.source,
        "component": service.component,
        "group": service.group,
        "class": service.class_id,
        "custom_details": {**service.details, "page": body},
    }
    return {
        "routing_key": service.integration_key,
        "event_action": "trigger",
        "dedup_key": dedup(key),
        "client": "Heliograph",
        "payload": {name: value for name, value in payload.items() if value},
    }


def dedup(key: str) -> str:
    """The incident of the row of that key; a key is the row's for ever, so each try is the same incident."""
    return f"heliograph/{key}"
