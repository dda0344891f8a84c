"""The slash commands' answers in a terminal: the same services, with everything in sight.

Whoever has the kubeconfig and the roster file is trusted with what they say; the cluster's own rights still decide.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import templates
from bot import clock
from bot.alerts import standing as beating
from bot.alerts.standing import Standing
from bot.calendars.importing import Imports, Plan
from bot.calendars.whom import Asked
from bot.config.file import Config, load
from bot.config.settings import DatabaseSettings
from bot.config.whatif import Exceptions
from bot.desk import explain
from bot.desk.door import Door
from bot.desk.export import Exports
from bot.desk.knowledge import Knowledge
from bot.desk.lists import Lists
from bot.desk.reports import Reports
from bot.diagnose.model import Health, Why
from bot.diagnose.service import Diagnose
from bot.directory.access import EVERYTHING, Actor
from bot.directory.model import Cluster
from bot.errors import UserError
from bot.fleet import kubeconfigs
from bot.fleet import service as fleet
from bot.outbox.api import Outbox
from bot.paging.figures import Figures
from bot.paging.pages import Pages
from bot.paging.reports import Reports as PageReports
from bot.paging.rows import raised
from bot.paging.tables import Page
from bot.paging.trial import Result as TrialResult
from bot.paging.trials import Trials
from bot.roster.service import Overview, Roster
from bot.slack.render import Renderer
from bot.store import ids
from bot.store.database import Database
from schedules.rota.model import Rota

TEMPLATES = Path(templates.__file__).parent


@dataclass(frozen=True)
class Chosen:
    """The cluster that was meant."""

    cluster: Cluster


def text(name: str, **values: Any) -> str:
    return Renderer(TEMPLATES).text(name, **values)


def clusters(config: Path, kubeconfig: str, context: str, name: str) -> Chosen:
    """With a kubeconfig that one; else the file's, by name where there are several. Raises `UserError`."""
    if kubeconfig or context:
        if name:
            hint = "Leave it out, or leave --kubeconfig and --context out; --context chooses in the kubeconfig."
            raise UserError(
                f"A cluster of the roster file is meant by {name}, and that file is not read here.", hint=hint
            )
        called = context or kubeconfigs.current(kubeconfig)
        return Chosen(Cluster(called, called, kubeconfig, context))
    known = load(config).directory().clusters
    found = [c for c in known if name in ("", c.id)]
    if len(found) == 1:
        return Chosen(found[0])
    names = ", ".join(c.id for c in known) or "none yet"
    raise UserError("Which cluster?" if not name else f"There is no cluster {name}.", hint=f"There are: {names}.")


async def health(chosen: Chosen) -> Health:
    now = clock.from_environment()
    async with fleet.read_once(chosen.cluster, now) as seen:
        return Diagnose(seen, now).health(None, EVERYTHING)


async def why(chosen: Chosen, name: str) -> Why:
    now = clock.from_environment()
    async with fleet.read_once(chosen.cluster, now) as seen:
        return await Diagnose(seen, now).why(None, name, EVERYTHING)


@dataclass(frozen=True)
class Answered:
    """`sources` names, in words, everything that counts."""

    sources: tuple[str, ...]
    overview: Overview


async def overview(config: Config, at: datetime, exceptions: Exceptions, said: tuple[str, ...]) -> Answered:
    """With what the database has, where there is one; and then with `exceptions`."""
    directory, rota = config.directory(), config.rota()
    async with _database() as (db, name):
        roster = Roster(db, clock.from_environment(), lambda: directory, lambda: rota)
        async with db.read() as tx:
            standing = await roster.rota_as_it_stands(tx)
        found = roster.overview_of(exceptions.applied(standing), at)
    return Answered((str(config.path), *([name] if name else []), *said), found)


async def standing(config: Config) -> tuple[Rota, str]:
    """The rota with what the database has, and what that is called. Raises `UserError` where there is no database."""
    directory, rota = config.directory(), config.rota()
    async with _database() as (db, name):
        if not name:
            raise _no_database()
        roster = Roster(db, clock.from_environment(), lambda: directory, lambda: rota)
        async with db.read() as tx:
            return await roster.rota_as_it_stands(tx), name


async def pages(start: datetime, end: datetime) -> list[tuple[Page, tuple[str, ...]]]:
    """The pages raised in `[start, end)`, and whom each contacted, in their order. Raises `UserError`."""
    async with _database() as (db, name):
        if not name:
            raise _no_database()
        async with db.read() as tx:
            return await raised(tx, start, end)


async def rota_as_it_stands(config: Config) -> Rota:
    """With what the database knows, where there is one."""
    directory, rota = config.directory(), config.rota()
    async with _database() as (db, _), db.read() as tx:
        return await Roster(db, clock.from_environment(), lambda: directory, lambda: rota).rota_as_it_stands(tx)


async def imported(config: Config, data: bytes, asked: Asked, *, write: bool) -> Plan:
    """A calendar file's time off or overrides: what would be done, or with `write` done."""
    directory, rota, now = config.directory(), config.rota(), clock.from_environment()
    async with _database(make=write) as (db, _):
        roster = Roster(db, now, lambda: directory, lambda: rota)
        imports = Imports(db, now, lambda: directory, roster)
        return await (imports.write(data, asked) if write else imports.plan(data, asked))


@dataclass(frozen=True)
class Requests:
    lists: Lists
    knowledge: Knowledge
    exports: Exports
    reports: Reports
    why: Callable[[Actor, int], Awaitable[explain.Why]]


@asynccontextmanager
async def requests(config: Config) -> AsyncIterator[Requests]:
    """What the desk's rows answer. Raises `UserError` where there is no database."""
    directory, now = config.directory(), clock.from_environment()
    async with _database() as (db, name):
        if not name:
            raise _no_database()
        outbox, renderer = Outbox(db, now), Renderer(TEMPLATES)

        async def why(who: Actor, request: int) -> explain.Why:
            async with db.read() as tx:
                return await explain.why(tx, who, request, directory)

        yield Requests(
            Lists(db, now, lambda: directory, outbox),
            Knowledge(db, now, lambda: directory, outbox, renderer),
            Exports(db, now, lambda: directory, outbox),
            Reports(db, now, lambda: directory, outbox, renderer, Door(outbox, renderer, lambda: directory)),
            why,
        )


@asynccontextmanager
async def paging() -> AsyncIterator[Pages]:
    """Raises `UserError` where there is no database."""
    async with _database() as (db, name):
        if not name:
            raise _no_database()
        yield Pages(db)


async def page_report(config: Config, who: Actor, length: timedelta) -> Figures:
    """Raises `UserError` where there is no database."""
    directory = config.directory()
    async with _database() as (db, name):
        if not name:
            raise _no_database()
        return await PageReports(db, clock.from_environment(), lambda: directory).report(who, length)


async def heartbeats(config: Config) -> tuple[Standing, ...]:
    """Raises `UserError` where there is no database."""
    async with _database() as (db, name):
        if not name:
            raise _no_database()
        return await beating.look(db, config.heartbeats())


async def page_test(config: Config, who: Actor, name: str, seconds: float) -> TrialResult:
    """Sends a test to the contact methods of `name`, an id, and waits at most `seconds` for what becomes of it.

    It is the running bot that sends. Raises `UserError` where there is no database, nobody of that name, or no method.
    """
    directory, now = config.directory(), clock.from_environment()
    person = directory.person(name)
    if person is None:
        raise UserError(f"There is nobody called {name[:40]} in {config.path}.", hint="Write the id of a person.")
    async with _database() as (db, there):
        if not there:
            raise _no_database()
        trials = Trials(db, now, lambda: directory, Outbox(db, now), Renderer(TEMPLATES))
        result = await trials.begin(who, person, f"terminal/{ids.sortable(now.now())}")
        until = clock.monotonic() + seconds
        while not result.over and clock.monotonic() < until:
            await asyncio.sleep(0.25)
            result = await trials.result(who, result.id)
        return result


async def migrate(url: str) -> None:
    db = Database.open(url)
    try:
        await db.migrate()
    finally:
        await db.close()


@asynccontextmanager
async def _database(*, make: bool = False) -> AsyncIterator[tuple[Database, str]]:
    """The bot's database and what to call it; a question never makes a file where there was none, and names none.

    Only what is to be kept may `make` one.
    """
    url = DatabaseSettings().database_url.get_secret_value()
    missing = _missing(url) and not make
    with TemporaryDirectory() as folder:
        db = Database.open(f"sqlite:///{folder}/empty.sqlite3" if missing else url)
        try:
            await db.migrate()
            yield db, "" if missing else "the database"
        finally:
            await db.close()


def _no_database() -> UserError:
    hint = "Start the bot once, or set HELIOGRAPH_DATABASE_URL to another."
    return UserError("There is no database yet.", hint=hint)


def _missing(url: str) -> bool:
    return url.startswith("sqlite:///") and not Path(url.removeprefix("sqlite:///")).exists()
