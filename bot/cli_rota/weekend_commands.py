"""The options of `heliograph rota picture` and `rota fairness`; `bot.cli_rota.commands` registers them."""

from pathlib import Path
from typing import Annotated

import typer

from bot.cli_shared import DEFAULT_CONFIG, ConfigPath, Json, Zone
from bot.cli_shared import show as printed

From = Annotated[str, typer.Option("--from", help="The first day; this week's Monday, if left out.")]
To = Annotated[str, typer.Option("--to", help="The end; two weeks later, if left out. Whole weeks are drawn.")]
Region = Annotated[str, typer.Option("--region", help="Only this one.")]
With = Annotated[Path | None, typer.Option("--with", help="What if: a YAML file of exceptions; docs/terminal.md.")]


def picture(
    out: Annotated[Path, typer.Option("--out", "-o", help="The PNG to write.")],
    config: ConfigPath = DEFAULT_CONFIG,
    start: From = "",
    end: To = "",
    zone: Zone = "UTC",
    region: Region = "",
    exceptions: With = None,
) -> None:
    """The picture of /oncall week: who is on duty, where nobody is, who carries the weekends."""
    from bot import cli_shared, clock
    from bot.cli_rota import sources, weekends, window

    now, zone = clock.from_environment().now(), cli_shared.checked(zone)
    asked = window.of(window.Asked(start, end, zone, days=14), now) if start or end else weekends.two_weeks(zone, now)
    drawn = weekends.picture(sources.read(config, exceptions), zone, asked, now, region)
    weekends.write(out, drawn)
    print(f"wrote {out}")


def fairness(
    config: ConfigPath = DEFAULT_CONFIG,
    year: Annotated[int | None, typer.Option(min=2000, max=2099, help="This year, if left out.")] = None,
    region: Region = "",
    exceptions: With = None,
    as_json: Json = False,
) -> None:
    """Who carries the weekends and holidays of a year, what would be fair, and who is next."""
    from bot import clock, terminal
    from bot.cli_rota import sources, weekends

    now, source = clock.from_environment().now(), sources.read(config, exceptions)
    found = weekends.ledger(source, year or now.year, now, region)
    regions = {r.id: r.name for r in source.directory.regions}
    values = {"ledger": found, "names": weekends.names(source, found.loads), "regions": regions}
    printed(found, as_json, "" if as_json else terminal.text("rota/fairness", **values))
