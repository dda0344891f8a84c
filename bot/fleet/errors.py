"""What a cluster refuses, in the bot's own errors and in plain words. Kubernetes' own reason is kept in them."""

import re
from datetime import datetime, timedelta

import aiohttp

from bot.errors import BotError, Conflict, Forbidden, Temporary, UserError
from bot.fleet.decode import Status


class NotFound(BotError):
    """The object, or the kind, is not there."""


class Gone(BotError):
    """The version to go on from is too old: list again."""


_DENIED = re.compile(
    r'User "(?P<user>[^"]*)" cannot (?P<verb>\w+) resource "(?P<resource>[^"]*)"'
    r'(?: in API group "(?P<group>[^"]*)")?(?: in the namespace "(?P<namespace>[^"]*)")?'
)


def translated(cluster: str, code: int, status: Status, *, now: datetime | None = None, wait: str = "") -> BotError:
    """The error for an answer of `code`. `wait` is the Retry-After header, in seconds."""
    said = status.message.strip()
    if code == 401:
        return Forbidden(
            f"The cluster {cluster} does not accept Heliograph's credentials.",
            hint="An admin has to renew the kubeconfig or the token that Heliograph uses for it.",
        )
    if code == 403:
        return forbidden(cluster, said)
    if code == 404:
        return NotFound(said or "it is not there")
    if code == 409:
        return Conflict(f"It changed on the cluster {cluster} at the same moment.", hint=said)
    if code == 410:
        return Gone(said)
    if code in (408, 429) or code >= 500:
        at = now + timedelta(seconds=int(wait)) if now and wait.isdigit() else None
        return Temporary(f"the cluster {cluster} answers {code}: {said or 'no reason given'}", retry_at=at)
    return UserError(f"The cluster {cluster} refuses this: {said or code}")


def in_words(error: Exception) -> str:
    """What became of a connection. The libraries' own words are for the log, where the cause is chained."""
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return f"the name {error.host} is not known"
    if isinstance(error, aiohttp.ClientConnectorError):
        return f"nothing answers at {error.host}:{error.port}"
    if isinstance(error, aiohttp.ServerDisconnectedError | aiohttp.ClientPayloadError | ConnectionError):
        return "the connection broke off"
    return f"the connection failed ({type(error).__name__})"


def forbidden(cluster: str, said: str) -> Forbidden:
    """Kubernetes' RBAC said no; the message names who lacks what, where."""
    found = _DENIED.search(said)
    if not found:
        return Forbidden(f"The cluster {cluster} refuses this: {said or 'no reason given'}")
    what = found["resource"] + (f".{found['group']}" if found["group"] else "")
    where = f" in the namespace {found['namespace']}" if found["namespace"] else ""
    if found["verb"] == "impersonate":
        return Forbidden(
            f"Heliograph may not act for others on the cluster {cluster}: it lacks the right to impersonate {what}.",
            hint="An admin has to apply Heliograph's cluster role there.",
        )
    return Forbidden(
        f"The cluster {cluster} does not let {found['user']} {found['verb']} {what}{where}.",
        hint=f"Missing is the right to {found['verb']} {what}{where}; who administers the cluster can grant it.",
    )
