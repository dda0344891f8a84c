"""`heliograph page …`: what `/page list` and `/page show` answer. It is the bot's database that answers."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from bot.cli_shared import DEFAULT_CONFIG, ConfigPath, Json, show
from bot.directory.access import EVERYTHING, Actor, KubernetesIdentity
from bot.directory.model import Role

app = typer.Typer(no_args_is_help=True, help="Look at pages: those that are not over, and what happened to one.")
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


def _names(path: Path) -> dict[str, str]:
    """Slack ids and ids of people → names."""
    from bot.cli_rota.sources import Environment
    from bot.config.file import load

    return load(path, Environment()).directory().names
