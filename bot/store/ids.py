"""Ids that people and other systems see. Row numbers stay inside, except where people say them aloud (R-12)."""

import hashlib
import secrets
from datetime import datetime

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's: no I, L, O, U, so that an id read over the phone arrives."""


def sortable(now: datetime) -> str:
    """22 characters, sorted by time: 10 for the millisecond, 12 random (60 bits)."""
    if now.tzinfo is None:
        raise ValueError("an id is made at an aware time")
    return _encode(int(now.timestamp() * 1000), 10) + _encode(secrets.randbits(60), 12)


def reference(source: str) -> str:
    """The short name of one thing that went wrong: the same `source` gives the same, in Slack and in the log."""
    digest = hashlib.blake2b(source.encode(), digest_size=4).digest()
    return "H-" + _encode(int.from_bytes(digest, "big"), 6)


def _encode(number: int, length: int) -> str:
    return "".join(_ALPHABET[number >> 5 * place & 31] for place in reversed(range(length)))
