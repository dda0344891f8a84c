"""Short-lived permissions that Slack hands out with an interaction: `trigger_id` and `response_url`.

A trigger lives 3 real seconds and opens one view, since its purpose is to bind a modal to a person's very recent act.
A response URL lives 30 minutes of the sandbox's clock and takes five messages.
"""

import secrets
import time
from dataclasses import dataclass

from sandbox.clock import Clock
from sandbox.slack.errors import SlackError

TRIGGER_SECONDS = 3.0
URL_SECONDS = 30 * 60
URL_USES = 5


@dataclass
class Trigger:
    user: str
    expires: float
    in_view: str = ""
    """The view in which the person acted; only such a trigger may push."""
    used: bool = False


@dataclass
class ResponseUrl:
    channel: str
    user: str
    expires: float
    message_ts: str = ""
    """The message that was acted on; what `replace_original` replaces."""
    thread_ts: str = ""
    uses: int = 0


class Tickets:
    def __init__(self, clock: Clock, trigger_seconds: float = TRIGGER_SECONDS) -> None:
        self._clock, self._trigger_seconds = clock, trigger_seconds
        self._triggers: dict[str, Trigger] = {}
        self._urls: dict[str, ResponseUrl] = {}

    def trigger(self, user: str, in_view: str = "") -> str:
        made = f"{time.time_ns()}.{secrets.randbits(32)}.{secrets.token_hex(16)}"
        self._triggers[made] = Trigger(user, time.monotonic() + self._trigger_seconds, in_view)
        return made

    def use_trigger(self, trigger_id: str) -> Trigger:
        found = self._triggers.get(trigger_id)
        if found is None:
            raise SlackError("invalid_trigger_id")
        if found.used:
            raise SlackError("exchanged_trigger_id")
        if found.expires < time.monotonic():
            raise SlackError("expired_trigger_id")
        found.used = True
        return found

    def url(self, channel: str, user: str, message_ts: str = "", thread_ts: str = "") -> str:
        """→ the token in the URL's path."""
        made = secrets.token_hex(12)
        self._urls[made] = ResponseUrl(channel, user, self._clock.unix() + URL_SECONDS, message_ts, thread_ts)
        return made

    def use_url(self, token: str) -> ResponseUrl:
        found = self._urls.get(token)
        if found is None:
            raise SlackError("invalid_url", status=404)
        if found.expires < self._clock.unix():
            raise SlackError("expired_url", status=404)
        if found.uses >= URL_USES:
            raise SlackError("used_url", status=404)
        found.uses += 1
        return found
