"""Something that somebody wrote in a thread, as a value; and when it is meant for the client. Pure."""

from dataclasses import dataclass
from enum import StrEnum

MOST = 8_000
"""Characters of a message that are shown in the other thread; the rest is behind a link."""


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


def shown(text: str) -> str:
    if len(text) <= MOST:
        return text
    return f"{text[:MOST].rstrip()} … ({len(text) - MOST:,} more characters are in the original message)"
