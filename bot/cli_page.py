"""`heliograph page …`: what `/page list`, `show`, `report` and `test` answer, from the bot's database."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from bot.cli_shared import DEFAULT_CONFIG, ConfigPath, Json, show
from bot.directory.access import EVERYTHING, Actor, KubernetesIdentity
from bot.directory.model import Role
from bot.errors import UserError

app = typer.Typer(no_args_is_help=True, help="Look at pages, and test what reaches people.")
TERMINAL = Actor("", Role.ADMIN, EVERYTHING, KubernetesIdentity("", ()))


@app.command("list")
def listed(
    config: ConfigPath = DEFAULT_CONFIG,
    closed: Annotated[bool, typer.Option("--closed", help="Those that were resolved instead.")] = False,
    as_json: Json = False,
) -> None:
    """The pages that are not over, the newest first."""
    from bot import terminal

    async def answer() -> object:
        async with terminal.paging() as pages:
            return await pages.list(TERMINAL, closed=closed)

    found = asyncio.run(answer())
    show(found, as_json, "" if as_json else terminal.text("paging/list", found=found, names=_names(config)))


@app.command("show")
def shown(
    page: Annotated[str, typer.Argument(help="Its id: 12 or P-12.")],
    config: ConfigPath = DEFAULT_CONFIG,
    as_json: Json = False,
) -> None:
    """One page: who was paged when, as what, and what they did."""
    from bot import terminal
    from bot.paging.pages import known_id

    async def answer() -> object:
        async with terminal.paging() as pages:
            return await pages.show(TERMINAL, known_id(page))

    story = asyncio.run(answer())
    show(story, as_json, "" if as_json else terminal.text("paging/show", story=story, names=_names(config)))


@app.command("report")
def reported(
    days: Annotated[str, typer.Argument(help="30, 7d or week: of the last so many days.")] = "",
    config: ConfigPath = DEFAULT_CONFIG,
    as_json: Json = False,
) -> None:
    """Who was called how often, at which hours, at night and at weekends; how fast pages were answered."""
    from bot import terminal
    from bot.cli_rota.sources import Environment
    from bot.config.file import load
    from bot.paging.reports import period

    length = period(days)
    if length is None:
        raise UserError(f"“{days[:40]}” is no number of days.", hint="Write one such as 30.")
    file = load(config, Environment())
    found = asyncio.run(terminal.page_report(file, TERMINAL, length))
    names = file.directory().names_and_regions
    show(found, as_json, "" if as_json else terminal.text("paging/report", report=found, names=names))


@app.command("test")
def of_methods(
    person: Annotated[str, typer.Argument(help="Whose contact methods: an id of the roster file.")],
    config: ConfigPath = DEFAULT_CONFIG,
    seconds: Annotated[float, typer.Option("--wait", min=0, max=600, help="So many seconds at most.")] = 60.0,
    as_json: Json = False,
) -> None:
    """Sends a test to all contact methods of a person, and shows what became of it. The running bot sends."""
    from bot import terminal
    from bot.cli_rota.sources import Environment
    from bot.config.file import load

    file = load(config, Environment())
    result = asyncio.run(terminal.page_test(file, TERMINAL, person, seconds))
    who = file.directory().names[result.person]
    show(result, as_json, "" if as_json else terminal.text("paging/trial", result=result, who=who))


heartbeats = typer.Typer(no_args_is_help=True, help="Look at heartbeats: what must not fall silent.")


@heartbeats.command("list")
def beating(config: ConfigPath = DEFAULT_CONFIG, as_json: Json = False) -> None:
    """When each was heard last, when it has to call again, and which one is silent."""
    from bot import terminal
    from bot.cli_rota.sources import Environment
    from bot.config.file import load

    found = asyncio.run(terminal.heartbeats(load(config, Environment())))
    show({"heartbeats": found}, as_json, "" if as_json else terminal.text("alerts/heartbeats", beats=found))


def _names(path: Path) -> dict[str, str]:
    """Slack ids and ids of people → names."""
    from bot.cli_rota.sources import Environment
    from bot.config.file import load

    return load(path, Environment()).directory().names
