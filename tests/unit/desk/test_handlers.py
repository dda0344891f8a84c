"""What people type arrives without what no database keeps and no reader sees."""

from typing import Any

from bot.directory.access import EVERYTHING, Actor, KubernetesIdentity
from bot.directory.model import Role
from handlers import conversation
from handlers.incoming import Incoming

NASTY, CLEAN = "a\x00b \ud83d \u202ec\r\nd", "ab \ufffd c\nd"


def test_a_field_of_a_form() -> None:
    """A NUL, half a character and a turned direction; line ends are one kind."""
    values = {"reason": {"reason": {"type": "plain_text_input", "value": NASTY}}}
    body: dict[str, Any] = {"view": {"state": {"values": values}}}
    incoming = Incoming("key", Actor("U1", Role.CLIENT, EVERYTHING, KubernetesIdentity("", ())), body, "")
    assert incoming.field("reason", "reason") == CLEAN


def test_a_message_in_a_thread() -> None:
    said = conversation.words({"type": "message", "channel": "C1", "ts": "5.2", "thread_ts": "5.1", "text": NASTY})
    assert said is not None
    assert said.text == CLEAN
