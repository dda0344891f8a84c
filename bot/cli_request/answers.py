"""The services behind `heliograph request …`, asked once each."""

import sys
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from bot import terminal
from bot.cli_rota.sources import Environment
from bot.config.file import Config, load
from bot.config.yaml_lines import near
from bot.desk import listing, reports
from bot.desk.explain import Why
from bot.desk.export import Form, Wanted
from bot.desk.knowledge import Alike
from bot.desk.listing import Asked, Page, Which
from bot.desk.lists import Shown
from bot.desk.report import Report
from bot.desk.reports import PERIODS
from bot.directory.access import EVERYTHING, Actor, KubernetesIdentity
from bot.directory.model import Role
from bot.errors import UserError

Names = dict[str, str]
"""Slack id → name, of those in the roster file."""


@dataclass(frozen=True)
class Listed:
    title: str
    page: Page
    names: Names

    def machines(self) -> dict[str, Any]:
        return {
            "total": self.page.total,
            "page": self.page.number + 1,
            "pages": self.page.pages,
            "requests": self.page.lines,
        }

    def text_values(self) -> dict[str, Any]:
        return {"title": self.title, "page": self.page, "names": self.names}


async def listed(path: Path, which: str, of: str, closed: bool, person: str, number: int) -> Listed:
    config = _read(path)
    if which not in list(Which):
        raise UserError(f"There is no list “{which}”.", hint="There are: all, mine, region and client.")
    who = _somebody(config, person)
    if which == Which.MINE and not person:
        raise UserError("Whose?", hint="Say so: --person vega")
    asked = Asked(Which(which), of, closed)
    async with terminal.requests(config) as desk:
        page = await desk.lists.page(who, asked, number)
    kind = "Resolved and closed requests" if closed else "Open requests"
    return Listed(
        " ".join([kind, *(["of", of or person or which] if which != Which.ALL else [])]), page, _names(config)
    )


async def searched(path: Path, words: str, number: int) -> Listed:
    config = _read(path)
    async with terminal.requests(config) as desk:
        page = await desk.lists.search(_somebody(config), words, number)
    return Listed(f"Requests with “{words}”", page, _names(config))


async def shown(path: Path, word: str) -> tuple[Shown, Names]:
    config = _read(path)
    async with terminal.requests(config) as desk:
        return await desk.lists.show(_somebody(config), listing.known_id(word)), _names(config)


async def similar(path: Path, words: str) -> tuple[Alike, Names]:
    config = _read(path)
    asked: int | str = listing.known_id(words) if listing.is_id(words) else words
    async with terminal.requests(config) as desk:
        return await desk.knowledge.similar(_somebody(config), asked), _names(config)


async def why(path: Path, word: str) -> tuple[Why, Names]:
    config = _read(path)
    async with terminal.requests(config) as desk:
        return await desk.why(_somebody(config), listing.known_id(word)), _names(config)


async def reported(path: Path, period: str, client: str) -> tuple[Report, Names]:
    """→ the figures, and the clients' names."""
    config = _read(path)
    directory = config.directory()
    if period not in PERIODS:
        raise UserError(f"There is no report of a “{period}”.", hint=f"There are: {' and '.join(PERIODS)}.")
    wanted = listing.client_named(client, directory.clients).id if client else ""
    async with terminal.requests(config) as desk:
        return await desk.reports.report(_somebody(config), PERIODS[period], wanted), reports.names(directory)


async def exported(path: Path, form: str, client: str, span: tuple[datetime | None, datetime | None]) -> None:
    """Writes to standard output, piece by piece."""
    config = _read(path)
    if form not in list(Form):
        raise UserError(f"There is no form “{form}”.", hint="There are: csv and json.")
    async with terminal.requests(config) as desk:
        async for piece, _ in desk.exports.pieces(_somebody(config), Wanted(Form(form), client, *span)):
            sys.stdout.write(piece)


def plain(found: Shown) -> dict[str, Any]:
    """Rows as machines have them."""
    rows = {
        "conversation": [row.model_dump(exclude={"request", "stamp", "copies"}) for row in found.conversation],
        "timeline": [row.model_dump(exclude={"request", "source"}) for row in found.timeline],
        "details": dict(found.details),
    }
    return asdict(replace(found, conversation=(), timeline=(), details=())) | rows


def _read(path: Path) -> Config:
    return load(path, Environment())


def _somebody(config: Config, person: str = "") -> Actor:
    """The terminal's own eyes, or with a person's id for what is theirs. Raises `UserError`."""
    if not person:
        return Actor("", Role.ADMIN, EVERYTHING, KubernetesIdentity("", ()))
    directory = config.directory()
    found = directory.person(person)
    if found is None:
        meant = near(person, [p.id for p in directory.people])
        raise UserError(f"There is no {person} in {config.path}.", hint=f"Did you mean {meant}?" if meant else "")
    return Actor(found.slack, Role.ADMIN, EVERYTHING, KubernetesIdentity("", ()), found)


def _names(config: Config) -> Names:
    return {person.slack: person.name for person in config.directory().people}
