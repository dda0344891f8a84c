"""The `heliograph` command: run the bot, check its file, ask what the slash commands answer, see the demo.

Every answer that Slack gets can be had here too, with `--json`, through the same services.
"""

import asyncio
import signal
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from bot import cli_page, clock
from bot.cli_request import commands as request
from bot.cli_rota import commands as rota
from bot.cli_shared import DEFAULT_CONFIG, ConfigPath, Json, Zone, instant, plain, show
from bot.errors import BotError, ConfigError, UserError

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="A Slack bot for support teams that follow the sun.",
)
cluster_app = typer.Typer(no_args_is_help=True, help="Look at a cluster.")
job_app = typer.Typer(no_args_is_help=True, help="Look at a job.")
app.add_typer(cluster_app, name="cluster")
app.add_typer(job_app, name="job")
app.add_typer(cli_page.app, name="page")
app.add_typer(cli_page.heartbeats, name="heartbeats")
app.add_typer(request.app, name="request")
app.add_typer(rota.app, name="rota")


def main() -> None:
    """Errors that a person can do something about are a sentence, not a traceback."""
    try:
        app()
    except ConfigError as error:
        for problem in error.problems:
            print(problem, file=sys.stderr)
        sys.exit(2)
    except UserError as error:
        print(f"{error} {error.hint}".strip(), file=sys.stderr)
        sys.exit(2)
    except BotError as error:
        print(_sentence(error), file=sys.stderr)
        sys.exit(1)
    except clock.NoClock as error:
        print(error, file=sys.stderr)
        sys.exit(2)


def _sentence(error: BotError) -> str:
    """Some are written to stand in the middle of one."""
    words = str(error)
    return words[:1].upper() + words[1:] + ("" if words.endswith((".", "?", "!")) else ".")


@app.callback(invoke_without_command=True)
def options(
    context: typer.Context, show_version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False
) -> None:
    if show_version:
        print(f"heliograph {version('heliograph')}")
        raise typer.Exit


@app.command()
def run(config: ConfigPath = DEFAULT_CONFIG) -> None:
    """Run the bot until it is stopped."""
    from bot import app as root
    from bot import logs, process
    from bot.config.file import load
    from bot.config.settings import settings

    environment = settings()
    logs.configure(environment.log_level, environment.log_format)
    loaded = load(config)

    def started(parts: root.Parts) -> None:
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, parts.file.ask)

    async def until_stopped() -> None:
        await process.until_stopped(root.heliograph(loaded, environment, clock.from_environment()), started)

    asyncio.run(until_stopped())


@app.command()
def init(target: Annotated[Path, typer.Argument(help="Where to write it.")] = DEFAULT_CONFIG) -> None:
    """Write the commented example of a roster file."""
    from bot.config import commands

    written = commands.init(target)
    print(f"wrote {written}; `heliograph check --config {written}` looks it over")


@app.command()
def check(config: ConfigPath = DEFAULT_CONFIG) -> None:
    """Look the roster file over: every mistake at once, with its line. Exits with 2 when there is one."""
    from bot.config import commands

    report = commands.check(config, clock.from_environment().now())
    print("\n".join(report.lines()), file=sys.stdout if report.ok else sys.stderr)
    if not report.ok:
        raise typer.Exit(2)


@app.command()
def manifest(
    config: ConfigPath = DEFAULT_CONFIG,
    as_json: Json = False,
    url: Annotated[str, typer.Option(help="For HTTP mode: where Slack reaches /slack/events.")] = "",
) -> None:
    """Print the Slack app manifest that fits the roster file."""
    from bot.config import commands

    print(commands.manifest(config, url=url, as_json=as_json))


@app.command()
def oncall(
    config: ConfigPath = DEFAULT_CONFIG,
    at: Annotated[str, typer.Option(help="Another instant than now, ISO 8601.")] = "",
    zone: Zone = "",
    exceptions: rota.With = None,
    as_json: Json = False,
) -> None:
    """Who is on call in each region, who leads, when the lead passes."""
    from bot import terminal
    from bot.cli_rota import sources
    from bot.config.file import load

    when = instant(at, zone) if at else clock.from_environment().now()
    loaded = load(config, sources.Environment())
    found, said = sources.what_if(exceptions, loaded)
    answer = asyncio.run(terminal.overview(loaded, when, found, said))
    machines = {"sources": answer.sources, **plain(answer.overview)}
    text = terminal.text("oncall/now", overview=answer.overview, sources=answer.sources)
    show(machines, as_json, text)


@cluster_app.command("health")
def cluster_health(
    name: Annotated[str, typer.Argument(help="Which cluster, where there are several.")] = "",
    config: ConfigPath = DEFAULT_CONFIG,
    cluster: Annotated[str, typer.Option(help="The same as NAME.")] = "",
    kubeconfig: Annotated[str, typer.Option(help="Look at this kubeconfig's cluster; needs no roster file.")] = "",
    context: Annotated[str, typer.Option(help="The context in --kubeconfig.")] = "",
    as_json: Json = False,
) -> None:
    """Nodes, GPUs, what waits, what is broken, worst first. Exits with 1 when something critical is found."""
    from bot import terminal

    if name and cluster and name != cluster:
        raise UserError(f"Which cluster, {name} or {cluster}?", hint="NAME and --cluster are the same; give one.")
    chosen = terminal.clusters(config, kubeconfig, context, name or cluster)
    health = asyncio.run(terminal.health(chosen))
    show(health, as_json, terminal.text("diagnose/health", health=health))
    if health.critical:
        raise typer.Exit(1)


@job_app.command("why")
def job_why(
    name: Annotated[str, typer.Argument(help="The job, or namespace/job.")],
    config: ConfigPath = DEFAULT_CONFIG,
    cluster: Annotated[str, typer.Option(help="Which cluster, where there are several.")] = "",
    kubeconfig: Annotated[str, typer.Option(help="Look at this kubeconfig's cluster; needs no roster file.")] = "",
    context: Annotated[str, typer.Option(help="The context in --kubeconfig.")] = "",
    as_json: Json = False,
) -> None:
    """Why a job is not running, or not well: one finding, with its evidence."""
    from bot import terminal

    chosen = terminal.clusters(config, kubeconfig, context, cluster)
    why = asyncio.run(terminal.why(chosen, name))
    show(why, as_json, terminal.text("diagnose/why", why=why))


@app.command()
def demo(
    port: Annotated[int, typer.Option(help="Of the workspace; 0 chooses one.", min=0, max=65_535)] = 8765,
    seed: Annotated[int, typer.Option(help="Another fleet.")] = 7,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Do not open a browser.")] = False,
    tour: Annotated[
        bool, typer.Option("--tour", help="Drive everything headless, print what was seen, and end.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Serve a workspace and a fleet to try everything in; or take the tour."""
    from bot import demonstration

    if tour:
        raise typer.Exit(asyncio.run(demonstration.tour(seed, as_json)))
    asyncio.run(demonstration.serve(port, seed, browser=not no_browser))


@app.command()
def migrate() -> None:
    """Bring the database to this version's schema. `run` does it by itself."""
    from bot import terminal
    from bot.config.settings import DatabaseSettings

    asyncio.run(terminal.migrate(DatabaseSettings().database_url.get_secret_value()))
    print("the database is up to date")


if __name__ == "__main__":
    main()
