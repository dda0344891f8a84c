"""`heliograph rota export` and `import`: the roster as an iCalendar file, and time off or overrides from one.

An import shows what it would do and asks. Where nobody can be asked it does nothing without `--yes`; with one line that
cannot be read it does nothing at all, and exits with 2.
"""

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli_shared import DEFAULT_CONFIG, ConfigPath, Json, Zone, show
from bot.errors import UserError

if TYPE_CHECKING:
    from bot.calendars.importing import Plan
    from bot.cli_rota.sources import Source
    from schedules.rota.ical.model import Feed

PersonId = Annotated[str, typer.Option("--person", help="Only theirs; the id of a person.")]
RegionId = Annotated[str, typer.Option("--region", help="Only this one; the id of a region.")]
From = Annotated[str, typer.Option("--from", help="A date or a time, ISO 8601; now, if left out.")]
To = Annotated[str, typer.Option("--to", help="The end, which is not in it; three months, if left out.")]
Ics = Annotated[bool, typer.Option("--ics", help="As iCalendar (RFC 5545), the only format so far.")]
Output = Annotated[Path | None, typer.Option("--output", "-o", help="Into this file instead of the terminal.")]
Leads = Annotated[bool, typer.Option("--leads", help="Also who leads, and so where the boundaries are.")]
With = Annotated[Path | None, typer.Option("--with", help="What if: a YAML file of exceptions; docs/terminal.md.")]
File = Annotated[Path, typer.Option("--ics", help="The iCalendar file.")]
What = Annotated[str, typer.Option("--as", help="time-off or override.")]
Whose = Annotated[str, typer.Option("--person", help="Whose events they are; else each event names somebody.")]
Where = Annotated[str, typer.Option("--region", help="Of overrides; else the person's own.")]
AsRole = Annotated[str, typer.Option("--role", help="Of overrides; else what the event says, else primary.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only show what would be done.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]


def export(
    config: ConfigPath = DEFAULT_CONFIG,
    ics: Ics = True,
    person: PersonId = "",
    region: RegionId = "",
    start: From = "",
    end: To = "",
    zone: Zone = "",
    leads: Leads = False,
    exceptions: With = None,
    output: Output = None,
) -> None:
    """Who is on duty when, as a calendar file. With what the database knows, unless --with says what if."""
    from bot import clock, terminal
    from bot.calendars import publish
    from bot.cli_rota import sources, window
    from schedules.rota import resolve
    from schedules.rota.ical import model, published, write

    now = clock.from_environment().now()
    asked = window.of(window.Asked(start, end, zone, months=3), now)
    source = sources.read(config, exceptions)
    feed = _feed(source, person, region, leads=leads)
    rota = source.rota if exceptions else asyncio.run(terminal.rota_as_it_stands(source.config))
    names = publish.names_of(source.directory)
    entries = model.entries(resolve.resolve(rota, asked.start, asked.end), feed, names)
    events = published.reconcile(feed, (), entries, now, asked.start)
    text = write.text(publish.title(feed, names), events, busy=bool(feed.person))
    if output is None:
        sys.stdout.buffer.write(text)
        return
    output.write_bytes(text)
    print(f"{output}: {len(events)} events")


def load(
    file: File,
    config: ConfigPath = DEFAULT_CONFIG,
    what: What = "time-off",
    person: Whose = "",
    region: Where = "",
    role: AsRole = "",
    zone: Zone = "",
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Time off or overrides from a calendar file: all of it, or nothing. The same file twice changes nothing."""
    from bot import terminal
    from bot.calendars.whom import As, Asked
    from bot.cli_rota import sources

    if what not in list(As):
        raise UserError(f"An event cannot become {what[:40]}.", hint=f"Write --as {' or --as '.join(As)}.")
    if not (dry_run or yes or sys.stdin.isatty()):
        raise UserError("Nobody can be asked here.", hint="Add --dry-run to look, or --yes to do it.")
    asked = Asked(As(what), person, region, role, zone)
    source, data = sources.read(config), _bytes(file)
    plan = asyncio.run(terminal.imported(source.config, data, asked, write=False))
    if plan.problems:
        _print(source, file, plan, as_json=as_json)
        raise typer.Exit(2)
    if not dry_run and plan.changes and not yes:
        _print(source, file, plan, as_json=False)
        typer.confirm("Do it?", abort=True)
    if not dry_run:
        plan = asyncio.run(terminal.imported(source.config, data, asked, write=True))
    _print(source, file, plan, as_json=as_json)


def _print(source: "Source", file: Path, plan: "Plan", *, as_json: bool) -> None:
    from bot import terminal
    from bot.cli_rota import imported

    show(plan, as_json, "" if as_json else terminal.text("rota/import", **imported.text_values(source, file, plan)))


def _feed(source: "Source", person: str, region: str, *, leads: bool) -> "Feed":
    from schedules.rota.ical.model import Feed

    if person and region:
        raise UserError("A calendar is one person's or one region's.", hint="Leave out --person or --region.")
    if person and source.directory.person(person) is None:
        raise UserError(f"{person} is not in {source.config.path}.", hint="Write the id of a person.")
    return Feed(person, source.region(region), leads)


def _bytes(path: Path) -> bytes:
    """Not more of it than is read. Raises `UserError`."""
    from schedules.rota.ical import read

    try:
        with path.open("rb") as opened:
            data = opened.read(read.MOST_BYTES + 1)
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}.", hint="Check its name and its rights.") from None
    if len(data) > read.MOST_BYTES:
        raise UserError(
            f"{path} is larger than {read.MOST_BYTES:,} bytes.", hint="Export fewer events, such as one year of them."
        )
    return data
