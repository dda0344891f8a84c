"""Published events → RFC 5545 text: UTC times, folded at 75 octets, CRLF, everything escaped by the library. Pure.

Without METHOD, as a calendar that is subscribed to and no invitation: so DTSTAMP is when the event became what it is
(RFC 5545, 3.8.7.2), and the same events are the same bytes.
"""

from collections.abc import Iterable
from datetime import timedelta
from functools import lru_cache
from typing import Any

import icalendar

from schedules.rota.ical import model
from schedules.rota.ical.model import Kind, Published

REFRESH = timedelta(minutes=15)
"""How often a client is asked to look again. Apple obeys, Outlook and Google have their own mind."""
PRODUCT = "-//Heliograph//Rota//EN"
_END = b"END:VCALENDAR\r\n"


def text(name: str, events: Iterable[Published], *, busy: bool = False) -> bytes:
    """A whole calendar called `name`; with `busy` its shifts count as time that is taken."""
    shown = list(events)
    head = icalendar.Calendar()
    for key, value in (("prodid", PRODUCT), ("version", "2.0"), ("calscale", "GREGORIAN")):
        head.add(key, value)
    for key in ("name", "x-wr-calname"):
        head.add(key, " ".join(model.plain(name).split()))
    head.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    head.add("x-published-ttl", _octets(icalendar.vDuration(REFRESH)).decode())
    if shown:
        head.add("last-modified", max(event.changed_at for event in shown))
    return _octets(head).replace(_END, b"".join(_event(event, busy) for event in shown) + _END)


@lru_cache(maxsize=16384)
def _event(event: Published, busy: bool) -> bytes:
    """One VEVENT. The library takes half a millisecond for it, so a feed that changes writes only what changed."""
    entry, made = event.entry, icalendar.Event()
    taken = busy and entry.kind is Kind.SHIFT and event.cancelled_at is None
    made.add("uid", event.uid)
    made.add("dtstamp", event.changed_at)
    made.add("last-modified", event.changed_at)
    made.add("sequence", event.sequence)
    made.add("dtstart", entry.start)
    made.add("dtend", entry.end)
    made.add("summary", entry.summary if event.cancelled_at is None else f"Cancelled: {entry.summary}")
    made.add("description", entry.description)
    made.add("categories", [entry.role or str(entry.kind)])
    made.add("status", "CONFIRMED" if event.cancelled_at is None else "CANCELLED")
    made.add("transp", "OPAQUE" if taken else "TRANSPARENT")
    for key, value in (("kind", entry.kind), ("region", entry.region), ("role", entry.role), ("person", entry.person)):
        if value:
            made.add(f"x-heliograph-{key}", str(value))
    return _octets(made)


def _octets(component: Any) -> bytes:
    return bytes(component.to_ical())
