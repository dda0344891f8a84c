"""`heliograph rota replay`: who would have been paged, step by step, at instants of any week under any roster.

Pages climb by `bot.paging`'s own rules, with the clock going on from step to step; nobody answers, so each climbs its
first round to the end and then names the last resort.
"""

import asyncio
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bot import cli_shared, terminal
from bot.cli_rota.names import Names
from bot.cli_rota.sources import Source
from bot.cli_rota.window import Window
from bot.config import file
from bot.errors import ConfigError, UserError
from bot.paging import model as paging
from bot.paging.reach import Reach
from bot.roster.model import Holder, Moment
from schedules.rota import resolve
from schedules.rota.lint.rules import night
from schedules.rota.model import Rota

MISSING = "there is no such file; write a line for each page, such as 2026-11-24T03:12Z au"
MOST_PAGES = 10_000
MINUTE = timedelta(minutes=1)
WIDTH = 82


@dataclass(frozen=True)
class Alert:
    """Something for which somebody is paged; where no region is given, the one that leads.

    `really` is who was contacted when it happened, where that is known; so are what conditions of policies ask for.
    """

    at: datetime
    region: str = ""
    title: str = ""
    really: tuple[str, ...] = ()
    severity: str = ""
    client: str = ""
    policy: str = ""
    asked: str = ""


@dataclass(frozen=True)
class Contact:
    """`local` is the time on the person's wall; `daytime` is whether it is outside the night of `lint`."""

    at: datetime
    person: str
    because: str
    local: str
    daytime: bool
    skipped: tuple[str, ...]


@dataclass(frozen=True)
class Page:
    at: datetime
    region: str | None
    title: str
    contacts: tuple[Contact, ...]
    really: tuple[str, ...] = ()


@dataclass(frozen=True)
class Replayed:
    """What machines get. `first` counts who would have been asked first, `nights` pages whose first was at night."""

    sources: tuple[str, ...]
    start: datetime
    end: datetime
    pages: tuple[Page, ...]
    first: dict[str, int]
    nights: int


def alerts_of(path: Path, source: Source, zone: str) -> list[Alert]:
    """A line each: when, and if wanted where and what. Raises `ConfigError` with every line that is wrong."""
    found: list[Alert] = []
    problems: list[str] = []
    text = file.text(Path("/dev/stdin") if str(path) == "-" else path, MISSING)
    for number, line in enumerate(text.splitlines(), start=1):
        words = line.split("#", 1)[0].split(maxsplit=2)
        if not words:
            continue
        try:
            region = source.region(words[1]) if len(words) > 1 else ""
            found.append(Alert(cli_shared.instant(words[0], zone), region, words[2] if len(words) > 2 else ""))
        except UserError as error:
            problems.append(f"{path}:{number}: {error} {error.hint}".rstrip())
    if len(found) > MOST_PAGES:
        problems.append(f"{path}: {len(found):,} pages are too many at once; give {MOST_PAGES:,} at most")
    if problems:
        raise ConfigError(problems)
    return sorted(found, key=lambda alert: alert.at)


def raised(window: Window) -> list[Alert]:
    """The pages of the bot's database. Raises `UserError` where there is none."""
    found = asyncio.run(terminal.pages(window.start, window.end))
    return [
        Alert(p.created_at, p.region, p.title, people, p.severity, p.client, p.policy, p.asked) for p, people in found
    ]


def at_every_change(rota: Rota, window: Window) -> list[Alert]:
    """One in each stretch of the window in which nothing changes: between two, a page would go the same way."""
    found = resolve.resolve(rota, window.start, window.end)
    spans = [(s.start, s.end) for s in found.shifts] + [(x.start, x.end) for x in found.leads]
    cuts = {at for span in spans for at in span}
    return [Alert(at) for at in sorted({window.start, *cuts} - {window.end})]


def covering(alerts: list[Alert]) -> Window | None:
    """From the first to the last of them."""
    return Window(alerts[0].at, alerts[-1].at + MINUTE) if alerts else None


def replay(source: Source, window: Window, alerts: list[Alert]) -> Replayed:
    escalation = source.config.escalation()
    pages = tuple(_page(source, escalation, alert) for alert in alerts if window.start <= alert.at < window.end)
    first = Counter(page.contacts[0].person for page in pages)
    nights = sum(not page.contacts[0].daytime for page in pages)
    return Replayed(source.said, window.start, window.end, pages, dict(first.most_common()), nights)


def text_values(source: Source, found: Replayed) -> dict[str, Any]:
    """What the template needs."""
    known = Names(source.directory)
    return {
        "found": found,
        "lines": [(page, known.region(page.region), _wrapped(_chain(known, page))) for page in found.pages],
        "really": [", ".join(map(known.person, page.really)) for page in found.pages],
        "first": ", ".join(f"{known.person(person)} {count}" for person, count in found.first.items()),
    }


def _page(source: Source, escalation: paging.Escalation, alert: Alert) -> Page:
    """The first round, each step at the time at which it would have been taken; after all rounds the last resort."""
    region = alert.region or resolve.at(source.rota, alert.at).lead
    asked = paging.target(alert.asked)
    about = paging.About(Names(source.directory).zone(region), alert.severity, alert.client)
    policy = escalation.of(about, alert.at, alert.policy)
    now, position = alert.at, paging.Position(0, paging.ASKED_FOR if asked else 0)
    contacts: list[Contact] = []
    while True:
        reach = Reach(_moment(source, now), source.rota, source.directory, region or "")
        contact = paging.climb(policy, position, reach.find, about, now, asked)
        if contact.last or _round(contact) == 0:
            contacts += [_contact(source, now, contact, found) for found in contact.found]
        if contact.last:
            return Page(alert.at, region, alert.title, tuple(contacts), alert.really)
        now, position = contact.due, contact.then


def _round(contact: paging.Contact) -> int:
    """In which round the step was taken, counted from 0; `then` is the step after it."""
    return contact.then.round - (contact.then.step == 0 and contact.then.round > 0)


def _contact(source: Source, now: datetime, contact: paging.Contact, found: paging.Found) -> Contact:
    zone = Names(source.directory).home(found.person)
    dark = night.nights(source.config.limits(), zone, (now, now + MINUTE))
    local = now.astimezone(ZoneInfo(zone)).strftime("%a %H:%M %Z")
    return Contact(now, found.person, found.because, local, not dark, contact.skipped)


def _moment(source: Source, now: datetime) -> Moment:
    """As paging sees it."""
    known, found = Names(source.directory), resolve.at(source.rota, now)
    holders = tuple(
        Holder(
            person=s.person,
            name=known.person(s.person),
            slack=p.slack if (p := source.directory.person(s.person)) else "",
            region=s.region,
            region_name=known.region(s.region),
            role=s.role.value,
            since=s.start,
            until=s.end,
        )
        for s in found.shifts
    )
    return Moment(now, found.lead, found.boundary, found.next_lead, None, holders)


def _chain(known: Names, page: Page) -> list[str]:
    """ "Achernar 14:12 AEDT", "→ +5 min Antares 14:17 AEDT": with what is at night marked."""
    said = []
    for number, contact in enumerate(page.contacts):
        minutes = int((contact.at - page.at).total_seconds()) // 60
        later = f"→ +{minutes} min " if number else ""
        dark = "" if contact.daytime else " NIGHT"
        said.append(f"{later}{known.person(contact.person)} {contact.local.split(' ', 1)[1]}{dark}")
    return said


def _wrapped(chain: list[str]) -> list[str]:
    """Lines of at most `WIDTH`, broken between contacts."""
    lines = chain[:1]
    for said in chain[1:]:
        if len(lines[-1]) + len(said) < WIDTH:
            lines[-1] += f" {said}"
        else:
            lines.append(said)
    return lines
