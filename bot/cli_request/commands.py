"""`heliograph request …`: what `/request list`, `show`, `why`, `search`, `similar`, `report`, `export` answer.

It is the bot's database that answers: whoever may read it sees what the team sees. Nothing is changed here.
"""

import asyncio
from typing import Annotated

import typer

from bot.cli_shared import DEFAULT_CONFIG, ConfigPath, Json, Zone, instant, show

app = typer.Typer(
    no_args_is_help=True, help="Look at requests: list, show, why, search, what was learned, figures, export."
)
Number = Annotated[int, typer.Option("--page", min=1, help="From 1.")]


@app.command("list")
def listed(
    which: Annotated[str, typer.Argument(help="all, mine, region or client.")] = "all",
    of: Annotated[str, typer.Argument(help="The region or the client.")] = "",
    config: ConfigPath = DEFAULT_CONFIG,
    closed: Annotated[bool, typer.Option("--closed", help="Those that were resolved or closed instead.")] = False,
    person: Annotated[str, typer.Option("--person", help="Whose, for mine: an id of the roster file.")] = "",
    page: Number = 1,
    as_json: Json = False,
) -> None:
    """The open requests: overdue first, then the gravest and oldest; ten at a time."""
    from bot import terminal
    from bot.cli_request import answers

    found = asyncio.run(answers.listed(config, which, of, closed, person, page - 1))
    show(found.machines(), as_json, "" if as_json else terminal.text("desk/list", **found.text_values()))


@app.command("show")
def shown(
    request: Annotated[str, typer.Argument(help="Its id: 12 or R-12.")],
    config: ConfigPath = DEFAULT_CONFIG,
    as_json: Json = False,
) -> None:
    """One request: who has it, what was said, what happened."""
    from bot import terminal
    from bot.cli_request import answers

    found, names = asyncio.run(answers.shown(config, request))
    show(answers.plain(found), as_json, "" if as_json else terminal.text("desk/show", shown=found, names=names))


@app.command("search")
def searched(
    words: Annotated[list[str], typer.Argument(help="All of them have to be there.")],
    config: ConfigPath = DEFAULT_CONFIG,
    page: Number = 1,
    as_json: Json = False,
) -> None:
    """Requests with these words, the best first."""
    from bot import terminal
    from bot.cli_request import answers

    found = asyncio.run(answers.searched(config, " ".join(words), page - 1))
    show(found.machines(), as_json, "" if as_json else terminal.text("desk/list", **found.text_values()))


@app.command("similar")
def similar(
    what: Annotated[list[str], typer.Argument(help="A request's id, or words.")],
    config: ConfigPath = DEFAULT_CONFIG,
    as_json: Json = False,
) -> None:
    """Resolved requests like it, with what helped."""
    from bot import terminal
    from bot.cli_request import answers

    found, names = asyncio.run(answers.similar(config, " ".join(what)))
    show(found, as_json, "" if as_json else terminal.text("desk/similar", found=found, names=names))


@app.command("why")
def why(
    request: Annotated[str, typer.Argument(help="Its id: 12 or R-12.")],
    config: ConfigPath = DEFAULT_CONFIG,
    as_json: Json = False,
) -> None:
    """Who has a request, since when, which rule chose, and who had it before."""
    from bot import terminal
    from bot.cli_request import answers

    found, names = asyncio.run(answers.why(config, request))
    show(found, as_json, "" if as_json else terminal.text("desk/why", why=found, names=names))


@app.command("report")
def reported(
    period: Annotated[str, typer.Argument(help="week or month: until now.")] = "week",
    config: ConfigPath = DEFAULT_CONFIG,
    client: Annotated[str, typer.Option("--client", help="Only this one's.")] = "",
    as_json: Json = False,
) -> None:
    """Waiting times, missed targets, promises. Times in JSON are seconds."""
    from bot import terminal
    from bot.cli_request import answers

    found, names = asyncio.run(answers.reported(config, period, client))
    show(found, as_json, "" if as_json else terminal.text("desk/report", report=found, names=names))


@app.command("export")
def exported(
    form: Annotated[str, typer.Argument(help="csv or json.")] = "csv",
    config: ConfigPath = DEFAULT_CONFIG,
    client: Annotated[str, typer.Option("--client", help="Only this one's.")] = "",
    start: Annotated[str, typer.Option("--from", help="Opened from then on.")] = "",
    end: Annotated[str, typer.Option("--to", help="Opened before then.")] = "",
    zone: Zone = "",
    as_json: Annotated[bool, typer.Option("--json", help="The same as json.")] = False,
) -> None:
    """All requests, written out as they are read, however many there are."""
    from bot.cli_request import answers

    span = (instant(start, zone) if start else None, instant(end, zone) if end else None)
    asyncio.run(answers.exported(config, "json" if as_json else form, client, span))
