"""Something that somebody wrote in a thread, as a value; and when it is meant for the client. Pure."""

from dataclasses import dataclass
from enum import StrEnum

MOST = 8_000
"""Characters that an engineer may send to the client at once."""
SHOWN = 2_500
"""Characters of a message that the team sees under its card; the rest is behind the link to it."""
_ROOM = 2_800
"""Characters of one quotation. Slack cuts a block at 3,000; what is cut off would no longer look like a quotation."""
_LENGTHS = {"&": 5, "<": 4, ">": 4, "\n": 3, "@": 2, "\\": 2, '"': 2}
"""Of characters that become several: escaped, or quoted line by line."""


class Side(StrEnum):
    """CLIENT and TEAM wrote in the client's thread, REPLY was sent there by an engineer from elsewhere."""

    CLIENT = "client"
    TEAM = "team"
    REPLY = "reply"


@dataclass(frozen=True)
class File:
    """`link` leads to it for those who may see it; `size` in bytes. Slack says neither where it does not share them."""

    name: str
    size: int | None = None
    link: str = ""

    def to_row(self) -> dict[str, object]:
        return {"name": self.name, "size": words_of(self.size), "link": self.link}


@dataclass(frozen=True)
class Said:
    """`text` is plain: what people read, without Slack's markup. `stamp` is Slack's time of the edit or deletion."""

    channel: str
    ts: str
    thread_ts: str
    text: str = ""
    files: tuple[File, ...] = ()
    stamp: str = ""
    edited: bool = False
    deleted: bool = False

    @property
    def begins(self) -> bool:
        """Whether it is the message that its thread hangs on."""
        return self.ts == self.thread_ts


def to_client(text: str, prefix: str) -> str | None:
    """What follows the prefix that sends a message of the team's thread to the client; None for an internal one.

    `!client` is a word of its own: `!clients are slow` is internal.
    """
    head, rest = text[: len(prefix)], text[len(prefix) :]
    if head.lower() != prefix.lower() or (rest and prefix[-1].isalnum() and not rest[0].isspace() and rest[0] != ":"):
        return None
    return rest.lstrip(":").strip()


def words_of(size: int | None) -> str:
    """ "812 B", "3.4 kB", "2.0 GB"; empty where it is not known."""
    if size is None:
        return ""
    amount = float(size)
    for unit in ("B", "kB", "MB", "GB"):
        if amount < 1_000 or unit == "GB":
            break
        amount /= 1_000
    return f"{size} B" if unit == "B" else f"{amount:.1f} {unit}"


def quoted(text: str) -> list[str]:
    """What is shown of a message: pieces, each short enough for a quotation of its own."""
    if len(text) > SHOWN:
        text = f"{text[:SHOWN].rstrip()} … ({len(text) - SHOWN:,} more characters are in the original message)"
    pieces, start, room = [], 0, _ROOM
    for place, character in enumerate(text):
        room -= _LENGTHS.get(character, 1)
        if room < 0:
            pieces.append(text[start:place])
            start, room = place, _ROOM - _LENGTHS.get(character, 1)
    return [*pieces, text[start:]]
