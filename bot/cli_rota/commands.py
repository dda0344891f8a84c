"""`heliograph rota …`: look at the roster, compare two, ask why; without Slack, and without a database unless said.

Exit codes, for CI: 0 is fine, 1 is found (`diff`: they differ), 2 cannot be done and says why.
"""

from pathlib import Path
from typing import Annotated

import typer

from bot.cli_rota import calendars, weekend_commands
from bot.cli_shared import DEFAULT_CONFIG, ConfigPath, Json, Zone, instant
from bot.cli_shared import show as printed
from bot.errors import UserError

app = typer.Typer(no_args_is_help=True, help="Look at the roster: who is on duty when, and why.")
app.command()(weekend_commands.picture)
app.command()(weekend_commands.fairness)
app.command("export")(calendars.export)
app.command("import")(calendars.load)

From = Annotated[str, typer.Option("--from", help="A date or a time, ISO 8601; now, if left out.")]
To = Annotated[str, typer.Option("--to", help="The end, which is not in it; a date is its midnight.")]
Region = Annotated[str, typer.Option("--region", help="Only this one.")]
With = Annotated[Path | None, typer.Option("--with", help="What if: a YAML file of exceptions; docs/terminal.md.")]
Stored = Annotated[bool, typer.Option("--database", help="With the overrides, swaps and time off the bot has.")]
Months = Annotated[int, typer.Option("--months", help="How far, without --to.")]


@app.command()
def show(
    config: ConfigPath = DEFAULT_CONFIG,
    start: From = "",
    end: To = "",
    zone: Zone = "",
    region: Region = "",
    exceptions: With = None,
    database: Stored = False,
    as_json: Json = False,
) -> None:
    """Who is on duty from when to when, who leads, where nobody is. A week, without --to."""
    from bot import clock, terminal
    from bot.cli_rota import show as answer
    from bot.cli_rota import sources, window

    asked = window.of(window.Asked(start, end, zone, days=7), clock.from_environment().now())
    source = sources.read(config, exceptions, database=database)
    shown = answer.show(source, asked, region)
    text = "" if as_json else terminal.text("rota/show", **answer.text_values(source, shown, region))
    printed(answer.for_machines(shown), as_json, text)


@app.command()
def diff(
    old: Annotated[Path, typer.Argument(help="The roster file as it was.")],
    new: Annotated[Path, typer.Argument(help="The roster file as it would be.")],
    start: From = "",
    end: To = "",
    zone: Zone = "",
    months: Months = 12,
    as_json: Json = False,
) -> None:
    """Who gains and loses which shifts, where the lead changes, which gaps come and go. Exits with 1 if any do."""
    from bot import clock, terminal
    from bot.cli_rota import diff as answer
    from bot.cli_rota import sources, window

    asked = window.of(window.Asked(start, end, zone, months=months), clock.from_environment().now())
    before, after = sources.read_both(old, new)
    found = answer.compare(before, after, asked)
    printed(found, as_json, "" if as_json else terminal.text("rota/diff", **answer.text_values(before, after, found)))
    if found.differs:
        raise typer.Exit(1)


@app.command()
def lint(
    config: ConfigPath = DEFAULT_CONFIG,
    start: From = "",
    end: To = "",
    zone: Zone = "",
    months: Months = 12,
    exceptions: With = None,
    database: Stored = False,
    strict: Annotated[bool, typer.Option("--strict", help="Warnings exit with 1 too.")] = False,
    as_json: Json = False,
) -> None:
    """Gaps, doubled hours, nights, rest, weekends, time off without cover. Exits with 1 if there are errors."""
    from bot import clock, terminal
    from bot.cli_rota import lint as answer
    from bot.cli_rota import sources, window

    asked = window.of(window.Asked(start, end, zone, months=months), clock.from_environment().now())
    found = answer.lint(sources.read(config, exceptions, database=database), asked)
    printed(found, as_json, "" if as_json else terminal.text("rota/lint", **answer.text_values(found)))
    if found.fails(strict=strict):
        raise typer.Exit(1)


@app.command()
def why(
    config: ConfigPath = DEFAULT_CONFIG,
    at: Annotated[str, typer.Option(help="Another instant than now, ISO 8601.")] = "",
    role: Annotated[str, typer.Option(help="primary, secondary, weekend or manager.")] = "primary",
    region: Annotated[str, typer.Option(help="The one that leads then, if left out.")] = "",
    zone: Zone = "",
    exceptions: With = None,
    database: Stored = False,
    as_json: Json = False,
) -> None:
    """Why somebody is on duty, or nobody: every rule, swap, absence and override in the order in which it counts."""
    from bot import clock, terminal
    from bot.cli_rota import sources
    from bot.cli_rota import why as answer

    when = instant(at, zone) if at else clock.from_environment().now()
    source = sources.read(config, exceptions, database=database)
    found = answer.why(source, when, role, region)
    printed(found, as_json, "" if as_json else terminal.text("rota/why", **answer.text_values(source, found)))


@app.command()
def replay(
    config: ConfigPath = DEFAULT_CONFIG,
    pages: Annotated[
        Path | None, typer.Option(help="A line for each page: when, and if wanted where and what; - reads them here.")
    ] = None,
    raised: Annotated[bool, typer.Option("--raised", help="The pages that the bot raised, from its database.")] = False,
    start: From = "",
    end: To = "",
    zone: Zone = "",
    exceptions: With = None,
    database: Stored = False,
    as_json: Json = False,
) -> None:
    """Who would have been paged, step by step, in their local time. Without --pages, at every change in a week."""
    from bot import clock, terminal
    from bot.cli_rota import replay as answer
    from bot.cli_rota import sources, window

    source = sources.read(config, exceptions, database=database)
    now, given = clock.from_environment().now(), window.Asked(start, end, zone, days=7)
    if pages and raised:
        raise UserError("--pages and --raised are two lists of pages.", hint="Give one of them.")
    if pages:
        alerts = answer.alerts_of(pages, source, zone)
        asked = window.of(given, now) if start or end else answer.covering(alerts) or window.of(given, now)
    else:
        asked = window.of(given, now) if start or not raised else window.before(given, now)
        alerts = answer.raised(asked) if raised else answer.at_every_change(source.rota, asked)
    found = answer.replay(source, asked, alerts)
    printed(found, as_json, "" if as_json else terminal.text("rota/replay", **answer.text_values(source, found)))
