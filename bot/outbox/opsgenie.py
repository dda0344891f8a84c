"""Opsgenie's Alert API v2, for contacts whose Apprise URL is `opsgenie://API_KEY/@person/#team/…`.

Apprise's plugin keeps the ids that it needs to close an alert in files of its own. Here an alert has an alias made of
the row's key: a second try is the same alert, and an answer acknowledges or closes it. Of the URL count the key, the
targets, `region`, `priority`, `entity`, `tags` and details.

Atlassian sells Opsgenie no more (since 4 June 2025) and switches its API off on 5 April 2027. Jira Service Management
takes the same calls elsewhere: `OVERRIDE` says where.
"""

import os
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

from bot.outbox import calls

SCHEME = "opsgenie://"
ENDPOINTS = {"us": "https://api.opsgenie.com", "eu": "https://api.eu.opsgenie.com"}
"""By region of the account (source: Opsgenie's page on the Alert API)."""
OVERRIDE = "HELIOGRAPH_OPSGENIE_URL"
"""An environment variable: another address in the place of those, up to `/v2/alerts`."""
MESSAGE_MOST, DESCRIPTION_MOST, ALIAS_MOST, NOTE_MOST = 130, 15_000, 512, 25_000
"""Characters that Opsgenie takes."""
ACTIONS = {"acknowledge": "acknowledge", "resolve": "close", "note": "notes"}
"""What is to be done with an alert of before → the last part of its path."""
_KEY = ": is the key that of an API integration, in this region?"
REFUSALS = {401: _KEY, 403: _KEY, 400: ".", 422: "."}
PRIORITIES = {"e": "P1", "h": "P2", "n": "P3", "m": "P4", "l": "P5"}
"""First letter of Apprise's words. It sends them the other way round; P1 is what is critical at Opsgenie."""


def is_one(url: str) -> bool:
    return url.lower().startswith(SCHEME)


async def send(url: str, key: str, content: dict[str, Any], body: str, seconds: float) -> None:
    """Opens the alert of `key`, or does with the alert of `content["ends"]` what `content["action"]` says.

    Raises `Temporary`, `Limited` among them, where it is worth another try, `calls.Refused` where it is not.
    """
    service = await calls.read(url)
    endpoint = os.environ.get(OVERRIDE, "").rstrip("/") or ENDPOINTS[service.region_name]
    where, what = _call(service, url, key, content, body)
    await calls.post(
        "Opsgenie",
        endpoint + where,
        what,
        seconds,
        verify=bool(service.verify_certificate),
        refusals=REFUSALS,
        headers={"Authorization": f"GenieKey {service.apikey}"},
        period="X-RateLimit-Period-In-Sec",
    )


def _call(service: Any, url: str, key: str, content: dict[str, Any], body: str) -> tuple[str, dict[str, Any]]:
    """→ path and body of the call."""
    action, note = ACTIONS.get(content.get("action", ""), ""), str(content.get("note", ""))[:NOTE_MOST]
    if action:
        done = {"source": "Heliograph", **({"note": note} if note else {})}
        return f"/v2/alerts/{quote(alias(content['ends']), safe='')}/{action}?identifierType=alias", done
    query = parse_qs(urlsplit(url).query)
    what: dict[str, Any] = {
        "message": content["title"][:MESSAGE_MOST],
        "alias": alias(key),
        "description": body[:DESCRIPTION_MOST],
        "priority": _priority(query.get("priority", [""])[0]),
        "source": "Heliograph",
        "entity": service.entity,
        "tags": [tag.strip() for tags in query.get("tags", []) for tag in tags.split(",") if tag.strip()],
        "details": dict(service.details),
        "responders": list(service.targets),
    }
    return "/v2/alerts", {name: value for name, value in what.items() if value}


def _priority(word: str) -> str:
    """Of what the URL says: `p1` … `p5` or `1` … `5` as Opsgenie means them, or Apprise's words. A page is critical."""
    word = word.lower()
    if word.removeprefix("p") in ("1", "2", "3", "4", "5"):
        return f"P{word.removeprefix('p')}"
    return PRIORITIES.get(word[:1], "P1")


def alias(key: str) -> str:
    """Of the alert of that row; without a slash, which some gateways will not have in a path."""
    return f"heliograph-{key.replace('/', '-')}"[:ALIAS_MOST]
