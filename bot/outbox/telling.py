"""Apprise, as one attempt uses it: the message goes out, and why it did not is said in words that hold no secret.

Apprise answers yes or no and writes its reasons to a log, among addresses and what services said. Nothing of that is
passed on: what a reason is like decides between a few sentences of our own.
"""

import copy
import functools
import logging
import re
import threading
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import apprise
from apprise import emojis, plugins

from bot.outbox.waiting import retry_after

_HERE = apprise.AppriseAsset(async_mode=False, service_timeout=0)
"""Sends in the thread that asks. Apprise's own few threads are shared by all: some that hang would hold up every other.
Who calls sets the bound."""
SECONDS = 20.0
"""For so long a message is waited for. Then it is tried again, so that what has not begun must not begin."""
_ANSWER = threading.local()
"""`wait`: seconds that the last answer to this thread asked for, or None."""
_STATUS = re.compile(r"\berror[=:]\s*(\d{3})\b")
_PHRASES = {status.value: status.phrase for status in HTTPStatus}
_LATER = frozenset({408, 409, 423, 425, 429})
"""Of the statuses that say that the sender is wrong those that may be another the next time."""
_REASONS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"connection error", re.IGNORECASE), "it is out of reach, or ended the talk before it was over"),
    (re.compile(r"no .*(targets|recipients|topics|devices)", re.IGNORECASE), "its address names nobody to send to"),
    (re.compile(r"invalid|unparseable", re.IGNORECASE), "a part of its address is not valid"),
)
"""What Apprise's plugins write → what is said."""


class NotTaken(Exception):
    """`str` is why, in half a sentence; empty where that is not known. `refused`: it will not be taken later either."""

    def __init__(self, why: str, *, refused: bool = False) -> None:
        super().__init__(why)
        self.refused = refused


class Limited(Exception):
    """The service says how many `seconds` it wants to be left alone."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


class Unknown(Exception):
    """The address is none that Apprise knows."""


class Ended(Exception):
    """The process that sends ended before it answered. Whether the message went out is not known."""


class Failed(Exception):
    """A plugin broke. `str` is the name of what it raised."""


def load() -> None:
    """Reads Apprise's plugins, which the first message would else wait for."""
    _parts("json://localhost")


def tell(url: str, title: str, body: str) -> None:
    """Blocks. `body` is text: where a service shows HTML or Markdown, what looks like either is shown as it was typed.

    The URL is a secret: it is in none of what is raised, `Unknown`, `Limited` or `NotTaken`.

    The service is asked itself, not `Apprise`, which sends to many, collects what each logs, and tries again: for one
    message that is a fifth of what it costs, and trying again is the outbox's.
    """
    parts = _parts(url)
    service = apprise.Apprise.instantiate(copy.deepcopy(parts), asset=_HERE) if parts is not None else None
    if service is None:
        raise Unknown
    if service.interpret_emojis:
        title, body = (emojis.apply_emojis(text) for text in (title, body))  # type: ignore[no-untyped-call]
    _HEARD.lines.clear()
    _ANSWER.wait = None
    if not service.notify(body=body, title=title, body_format=apprise.NotifyFormat.TEXT):
        if _ANSWER.wait is not None:
            raise Limited(_ANSWER.wait)
        raise NotTaken(reason(_HEARD.lines), refused=refused(_HEARD.lines))


@functools.lru_cache(512)
def _parts(url: str) -> dict[str, Any] | None:
    """What Apprise reads in an address. Reading it costs more than making the service anew, which keeps nothing of the
    message before: a service that is kept would also keep its pause between two messages, up to 5.5 s."""
    found: dict[str, Any] | None = plugins.url_to_dict(url)  # type: ignore[no-untyped-call]
    return found


def answered(status: int, headers: Mapping[str, str]) -> None:
    """A service has answered this thread: told by the connections (`kept`), since Apprise keeps it to itself."""
    _ANSWER.wait = retry_after(headers) if status in (429, 503) else None


def refused(lines: list[str]) -> bool:
    """Whether the newest line that says something known says that the service will not take the message."""
    for line in reversed(lines):
        if found := _STATUS.search(line):
            return 400 <= int(found[1]) < 500 and int(found[1]) not in _LATER
        if any(pattern.search(line) for pattern, _ in _REASONS):
            return False
    return False


def reason(lines: list[str]) -> str:
    """Half a sentence for what a plugin wrote about its failure, oldest first; empty where it says nothing known."""
    for line in reversed(lines):
        if found := _STATUS.search(line):
            phrase = _PHRASES.get(int(found[1]), "")
            return f"it answered {found[1]}" + (f" ({phrase})" if phrase else "")
        if said := next((words for pattern, words in _REASONS if pattern.search(line)), ""):
            return said
    return ""


class _Heard(logging.Handler):
    """What Apprise warns of, each thread by itself: others send at the same time."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._local = threading.local()

    @property
    def lines(self) -> list[str]:
        """Of the thread that asks."""
        found: list[str] = self._local.__dict__.setdefault("lines", [])
        return found

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


_HEARD = _Heard()
logging.getLogger("apprise").addHandler(_HEARD)
