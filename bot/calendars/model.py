"""A feed's address and the secret in it. Pure: randomness and the key are handed in.

A token is a selector, by which its row is found, and a verifier of 192 bits, of which the row has only the hash. The
verifier is made from the selector with a key that is not in the database, so that the link can be shown again and a
stolen database opens no calendar.
"""

import hashlib
import hmac
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import quote

from schedules.rota.ical.model import Feed

SELECTOR = 16
"""Characters: 96 bits."""
VERIFIER = 32


@dataclass(frozen=True)
class Link:
    """One feed of a person. `url` is empty where it cannot be shown; `why_not` says what to do about it."""

    feed: Feed
    name: str
    url: str
    why_not: str
    read_at: datetime | None
    reader: str

    @property
    def google(self) -> str:
        """Where Google asks whether to subscribe. Empty for an address that it could not reach."""
        if not self.url.startswith("https://"):
            return ""
        return f"https://calendar.google.com/calendar/r?cid={quote(self.url.replace('https', 'webcal', 1), safe='')}"

    @property
    def outlook(self) -> str:
        if not self.url.startswith("https://"):
            return ""
        about = f"url={quote(self.url, safe='')}&name={quote(self.name, safe='')}"
        return f"https://outlook.office.com/calendar/0/addfromweb?{about}"


@dataclass(frozen=True)
class Document:
    """A calendar as it is served."""

    body: bytes
    etag: str
    filename: str


@dataclass(frozen=True)
class Window:
    """What a feed shows: whole weeks, so that its edges do not move every day."""

    since: datetime
    until: datetime


BACK, AHEAD = timedelta(weeks=4), timedelta(weeks=14)


def window(now: datetime) -> Window:
    """From four weeks before this week to a quarter after it."""
    day = now.replace(hour=0, minute=0, second=0, microsecond=0)
    monday = day - timedelta(days=day.weekday())
    return Window(monday - BACK, monday + AHEAD)


def key(secret: str) -> bytes:
    """From a secret of the installation, which is not in the database, for this purpose alone."""
    return hmac.digest(secret.encode(), b"heliograph calendar links 1", hashlib.sha256)


def verifier(key: bytes, selector: str, person: str, feed: str) -> str:
    made = hmac.digest(key, f"{selector}|{person}|{feed}".encode(), hashlib.sha256)
    return urlsafe_b64encode(made[:24]).decode()


def hashed(verifier: str) -> str:
    return hashlib.sha256(verifier.encode()).hexdigest()


def opens(verifier: str, hash: str) -> bool:
    """Compared in constant time."""
    return hmac.compare_digest(hashed(verifier).encode(), hash.encode())


def split(token: str) -> tuple[str, str] | None:
    """(selector, verifier) of what may be a token."""
    if len(token) != SELECTOR + VERIFIER or not token.isascii():
        return None
    return token[:SELECTOR], token[SELECTOR:]


def feed(key: str, *, leads: bool = False) -> Feed:
    """Of a row's key; the leads are only in everybody's calendar, and there when they are asked for."""
    kind, _, id = key.partition("/")
    if kind == "person":
        return Feed(person=id)
    if kind == "region":
        return Feed(region=id)
    return Feed(leads=leads)
