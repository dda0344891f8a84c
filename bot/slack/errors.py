"""What can go wrong with Slack, in three words: refused (for good), temporary (not done), unknown (perhaps done)."""

import asyncio
from datetime import datetime, timedelta

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError

from bot.errors import BotError, Temporary


class SlackRefused(BotError):
    """Slack will say the same next time. `code` is its word for it."""

    def __init__(self, code: str, method: str) -> None:
        remedy = REMEDIES_OF.get(method) or REMEDIES.get(
            code, "Look the word up in Slack's documentation of the method."
        )
        super().__init__(f"Slack refused {method}: {code}. {remedy}")
        self.code = code
        self.method = method


class RateLimited(Temporary):
    """Slack wants `seconds` of real time without this method. `retry_at` says the same by the clock."""

    def __init__(self, method: str, seconds: float, retry_at: datetime) -> None:
        super().__init__(f"Slack asks for {seconds:.0f} s without {method}.", retry_at=retry_at)
        self.method = method
        self.seconds = seconds


class OutcomeUnknown(Temporary):
    """The call may have had its effect: no answer came, or one that does not tell."""


REMEDIES = {
    "account_inactive": "The app was removed from the workspace; install it again.",
    "cannot_dm_bot": "Bots cannot be sent a direct message; name a person.",
    "channel_not_found": "Check the id, and invite Heliograph to the channel (/invite).",
    "expired_trigger_id": "It took too long to open the window; do it again.",
    "expired_url": "The answer came more than half an hour late; ask again.",
    "invalid_auth": "Check SLACK_BOT_TOKEN.",
    "invalid_blocks": "This is a defect in a template of Heliograph; please report it.",
    "invalid_users": "Somebody in it is a bot, deactivated or of another workspace; look at the roster's Slack ids.",
    "is_archived": "Unarchive the channel, or name another one in the roster.",
    "message_not_found": "Somebody deleted the message.",
    "missing_scope": "Update the app from the manifest and install it again; see docs/operations.",
    "msg_too_long": "This is a defect in a template of Heliograph; please report it.",
    "not_authed": "Set SLACK_BOT_TOKEN.",
    "not_in_channel": "Invite Heliograph to the channel (/invite).",
    "permission_denied": "Workspace settings keep apps from changing user groups; ask its owner.",
    "restricted_action": "A workspace setting forbids it; ask its owner.",
    "token_revoked": "The app was removed from the workspace; install it again.",
    "user_disabled": "The account is deactivated; remove the person from the roster.",
    "user_is_restricted": "A guest cannot be in a user group; make them a member, or take them off the roster.",
    "user_is_ultra_restricted": "A guest cannot be in a user group; make them a member, or take them off the roster.",
    "user_not_found": "Check the Slack id in the roster.",
}
"""Slack's word → what to do. Shown to the admins, and to who asked where it is their doing."""

REMEDIES_OF = {
    "apps.connections.open": "Check SLACK_APP_TOKEN: an app-level token (xapp-…) of this app, with connections:write, "
    "from “Basic Information”.",
}
"""Method → what to do, where it is the same for all that Slack may say: these take another token than the rest."""

_UNKNOWN = frozenset({"fatal_error", "internal_error", "service_unavailable"})
"""Slack documents these as "some aspect of the operation may have succeeded"."""
_PASSING = frozenset({"ratelimited", "rate_limited", "request_timeout", "team_added_to_org", "org_login_required"})
"""Documented as: not done, try again."""


def translated(error: Exception, method: str, now: datetime) -> BotError:
    """`error` of slack_sdk or aiohttp in our words; `now` is the clock's."""
    if isinstance(error, SlackApiError):
        return _answered(error, method, now)
    if isinstance(error, aiohttp.ClientConnectorError):
        return Temporary(f"Slack cannot be reached ({method}).")
    if isinstance(error, aiohttp.ClientError | asyncio.TimeoutError | OSError | SlackClientError):
        return OutcomeUnknown(f"Slack did not answer {method} ({type(error).__name__}).")
    return BotError(f"{method} failed: {type(error).__name__}")


def _answered(error: SlackApiError, method: str, now: datetime) -> BotError:
    status = int(getattr(error.response, "status_code", None) or getattr(error.response, "status", 0) or 0)
    headers = getattr(error.response, "headers", None) or {}
    if status == 429:
        return _limited(method, headers.get("Retry-After"), now)
    data = getattr(error.response, "data", None)
    code = str(data.get("error", "")) if isinstance(data, dict) else ""
    if code in ("ratelimited", "rate_limited"):
        return _limited(method, headers.get("Retry-After"), now)
    if status >= 500 or code in _UNKNOWN or not code:
        return OutcomeUnknown(f"Slack answered {method} with {status} {code}".rstrip() + ".")
    if code in _PASSING:
        return Temporary(f"Slack could not do {method} just now: {code}.")
    return SlackRefused(code, method)


def _limited(method: str, retry_after: str | None, now: datetime) -> RateLimited:
    try:
        seconds = max(0.0, float(retry_after or 1))
    except ValueError:
        seconds = 30.0
    return RateLimited(method, seconds, now + timedelta(seconds=seconds))
