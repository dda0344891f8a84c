"""Which event is which: the feed's events of today against what it has published before. Pure.

An override of the person, a shift that begins or ends at another time: the same event, with its SEQUENCE counted up, so
that a subscriber sees it change and not one vanish and another come. What is gone stays for `KEPT` as cancelled. What
has ended is history: it is neither changed nor contradicted by what an edit of the roster would now say about it.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from schedules.rota.ical.model import Entry, Feed, Published

KEPT = timedelta(days=14)
"""For so long a cancelled event is said to be cancelled; every client has asked again by then."""

Key = Callable[[Entry], object]


def reconcile(
    feed: Feed, before: Iterable[Published], wanted: Iterable[Entry], now: datetime, since: datetime
) -> tuple[Published, ...]:
    """What the feed gives from now on, sorted by start. Of what ended before `since` nothing is left."""
    now = now - timedelta(microseconds=now.microsecond)
    known = [p for p in before if p.entry.end > since and not _forgotten(p, now)]
    ended, open_ = [p for p in known if p.entry.end <= now], [p for p in known if p.entry.end > now]
    left = [e for e in wanted if e.end > now or not _contradicts(e, ended)]
    result, left, gone = _matched(open_, left, now)
    result += ended + [_cancelled(p, now) for p in gone]
    taken = {p.uid for p in result}
    for entry in left:
        uid = next(u for u in _uids(feed, entry) if u not in taken)
        taken.add(uid)
        result.append(Published(uid, entry, 0, now))
    return tuple(sorted(result, key=lambda p: (p.entry.start, p.uid)))


def _matched(
    before: list[Published], wanted: list[Entry], now: datetime
) -> tuple[list[Published], list[Entry], list[Published]]:
    """→ those that go on, the entries that are new, and what was published and is gone."""
    result: list[Published] = []
    keys: tuple[Key, ...] = (
        lambda e: (e.place, e.person, e.start),
        lambda e: (e.place, e.start),
        lambda e: (e.place, e.person, e.start.date()),
        lambda e: (e.place, e.person, e.end),
    )
    for key in keys:
        there: dict[object, list[Published]] = {}
        for one in sorted(before, key=lambda p: p.cancelled_at is not None):
            there.setdefault(key(one.entry), []).append(one)
        rest: list[Entry] = []
        for entry in wanted:
            if found := there.get(key(entry)):
                one = found.pop(0)
                before.remove(one)
                result.append(_changed(one, entry, now))
            else:
                rest.append(entry)
        wanted = rest
    return result, wanted, before


def _changed(one: Published, entry: Entry, now: datetime) -> Published:
    if one.entry == entry and one.cancelled_at is None:
        return one
    return Published(one.uid, entry, one.sequence + 1, now)


def _cancelled(one: Published, now: datetime) -> Published:
    if one.cancelled_at is not None:
        return one
    return replace(one, sequence=one.sequence + 1, changed_at=now, cancelled_at=now)


def _forgotten(one: Published, now: datetime) -> bool:
    return one.cancelled_at is not None and one.cancelled_at + KEPT <= now


def _contradicts(entry: Entry, ended: list[Published]) -> bool:
    """Whether something was published about the time of `entry`, which is over."""
    return any(p.entry.place == entry.place and p.entry.start < entry.end and entry.start < p.entry.end for p in ended)


def _uids(feed: Feed, entry: Entry) -> Iterator[str]:
    """By place and start, so that the same shift has the same UID whoever has it, even if the rows were lost."""
    about = f"{feed.key}|{entry.kind}|{entry.region}|{entry.role}|{entry.start.isoformat()}"
    yield _uid(about)
    yield _uid(f"{about}|{entry.person}")
    number = 1
    while True:
        yield _uid(f"{about}|{entry.person}|{number}")
        number += 1


def _uid(about: str) -> str:
    return f"{hashlib.sha256(about.encode()).hexdigest()[:32]}@heliograph"
