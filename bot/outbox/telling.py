"""Apprise, as one attempt uses it: the message goes out, and why it did not is said in words that hold no secret.

Apprise answers yes or no and writes its reasons to a log, among addresses and what services said. Nothing of that is
passed on: what a reason is like decides between a few sentences of our own.
"""

import logging
import re
import threading
from http import HTTPStatus

import apprise

_HERE = apprise.AppriseAsset(async_mode=False, service_timeout=0)
"""Sends in the thread that asks. Apprise's own few threads are shared by all: some that hang would hold up every other.
Who calls sets the bound."""
_STATUS = re.compile(r"\berror[=:]\s*(\d{3})\b")
_PHRASES = {status.value: status.phrase for status in HTTPStatus}
_REASONS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"connection error", re.IGNORECASE), "it is out of reach, or ended the talk before it was over"),
    (re.compile(r"no .*(targets|recipients|topics|devices)", re.IGNORECASE), "its address names nobody to send to"),
    (re.compile(r"invalid|unparseable", re.IGNORECASE), "a part of its address is not valid"),
)
"""What Apprise's plugins write → what is said."""


class NotTaken(Exception):
    """`str` is why, in half a sentence; empty where that is not known."""


class Unknown(Exception):
    """The address is none that Apprise knows."""


def tell(url: str, title: str, body: str) -> None:
    """Blocks. The URL is a secret: it is in neither of what is raised, `Unknown` or `NotTaken`."""
    log = logging.getLogger("apprise")
    heard = _Heard(threading.get_ident())
    log.addHandler(heard)
    try:
        service = apprise.Apprise(asset=_HERE)
        if not service.add(url):
            raise Unknown
        if not service.notify(body, title):
            raise NotTaken(reason(heard.lines))
    finally:
        log.removeHandler(heard)


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
    """What Apprise warns of in one thread: others send at the same time."""

    def __init__(self, thread: int) -> None:
        super().__init__(logging.WARNING)
        self._thread = thread
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.thread == self._thread:
            self.lines.append(record.getMessage())
