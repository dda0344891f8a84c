"""The secret in a link by which somebody answers from a phone, and what stands for it until it is sent. Pure.

A token is a selector, by which its row is found, and a verifier of 192 bits: an HMAC, with a key that is not in the
database, over the selector, what the link is about, to whom it was sent and until when it opens. Neither the row nor
the outbox ever holds the verifier: a message is written with a mark in its place, and the mark becomes the address
while it is being sent. So a stolen database answers no page.
"""

import hashlib
import hmac
import re
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime

SELECTOR = 16
"""Characters: 96 bits."""
VERIFIER = 32
PATH = "/p/"
"""Short, since it is read in an SMS."""

_MARK = re.compile(r"⟦([\w-]{16}) ([\w/.-]{1,80}) (\d{1,12})⟧")


@dataclass(frozen=True)
class Facts:
    """What a link is bound to. `about` names a thing ("page/12"), `contact` a way to a person ("vega/sms")."""

    selector: str
    about: str
    contact: str
    expires: int
    """Seconds since 1970."""


def key(secret: str) -> bytes:
    """From a secret of the installation, which is not in the database, for this purpose alone."""
    return hmac.digest(secret.encode(), b"heliograph answer links 1", hashlib.sha256)


def verifier(key: bytes, facts: Facts) -> str:
    said = f"{facts.selector}|{facts.about}|{facts.contact}|{facts.expires}"
    return urlsafe_b64encode(hmac.digest(key, said.encode(), hashlib.sha256)[:24]).decode()


def hashed(verifier: str) -> str:
    return hashlib.sha256(verifier.encode()).hexdigest()


def opens(given: str, hash: str) -> bool:
    """Compared in constant time."""
    return hmac.compare_digest(hashed(given), hash)


def split(token: str) -> tuple[str, str] | None:
    """(selector, verifier) of what may be a token."""
    if len(token) != SELECTOR + VERIFIER or not token.isascii():
        return None
    return token[:SELECTOR], token[SELECTOR:]


def seconds(at: datetime) -> int:
    return int(at.timestamp())


def mark(facts: Facts) -> str:
    """What stands for the address until it is sent."""
    return f"⟦{facts.selector} {facts.about} {facts.expires}⟧"


def written(text: str, contact: str, key: bytes, address: str) -> str:
    """`text` with addresses for its marks. A mark that another was sent gives an address that opens nothing.

    Without an `address` of the web server the lines with a mark are left out.
    """

    def url(found: re.Match[str]) -> str:
        facts = Facts(found[1], found[2], contact, int(found[3]))
        return f"{address}{PATH}{facts.selector}{verifier(key, facts)}"

    lines = text.split("\n")
    if not address:
        lines = [line for line in lines if not _MARK.search(line)]
    return "\n".join(_MARK.sub(url, line) for line in lines)
