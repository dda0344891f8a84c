"""The `heliograph` command: run the bot, check its file, ask what the slash commands answer, see the demo.

Every answer that Slack gets can be had here too, with `--json`, through the same services.
"""

import asyncio
import json
import signal
import sys
from dataclasses import asdict, is_dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

import typer

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

ConfigPath = Annotated[Path, typer.Option("--config", envvar="HELIOGRAPH_CONFIG", help="The roster file.")]
Json = Annotated[bool, typer.Option("--json", help="For machines.")]
DEFAULT_CONFIG = Path("heliograph.yaml")


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
        print(error, file=sys.stderr)
        sys.exit(1)


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
    from bot import clock, logs
    from bot.config.file import load
    from bot.config.settings import settings

    environment = settings()
    logs.configure(environment.log_level, environment.log_format)
    loaded = load(config)

    async def until_stopped() -> None:
        stop = asyncio.Event()
        for name in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(name, stop.set)
        async with root.heliograph(loaded, environment, clock.from_environment()) as parts:
            asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, parts.file.ask)
            await stop.wait()

    asyncio.run(until_stopped())


@app.command()
def init(target: Annotated[Path, typer.Argument(help="Where to write it.")] = DEFAULT_CONFIG) -> None:
    """Write the commented example of a roster file."""
    import templates

    example = Path(templates.__file__).parent / "config" / "heliograph.yaml"
    try:
        with target.open("x", encoding="utf-8") as file:
            file.write(example.read_text(encoding="utf-8"))
    except FileExistsError:
        raise UserError(f"{target} is there already.", hint="Give another name, or move it away first.") from None
    print(f"wrote {target}; `heliograph check --config {target}` looks it over")


@app.command()
def check(config: ConfigPath = DEFAULT_CONFIG) -> None:
    """Look the roster file over: every mistake at once, with its line."""
    from bot.config.file import load

    loaded = load(config)
    file = loaded.file
    counts = (
        (len(file.regions), "region", "regions"),
        (len(file.people), "person", "people"),
        (len(file.rotations), "rotation", "rotations"),
        (len(file.rules), "rule", "rules"),
        (len(file.clients), "client", "clients"),
        (len(file.clusters), "cluster", "clusters"),
    )
    said = ", ".join(f"{count} {one if count == 1 else more}" for count, one, more in counts)
    print(f"{config} is right: {said}.")
    for person in file.people:
        if not person.contacts:
            print(f"warning: {person.id} cannot be reached outside Slack, where Do Not Disturb silences pages")


@app.command()
def manifest(
    config: ConfigPath = DEFAULT_CONFIG,
    as_json: Json = False,
    url: Annotated[str, typer.Option(help="For HTTP mode: where Slack reaches /slack/events.")] = "",
) -> None:
    """Print the Slack app manifest that fits the roster file."""
    from bot import manifest as manifests
    from bot.config.file import load

    made = manifests.manifest(load(config).directory().commands, manifests.Request(url))
    print(json.dumps(made, indent=1) if as_json else manifests.as_yaml(made).rstrip())


@app.command()
def oncall(
    config: ConfigPath = DEFAULT_CONFIG,
    at: Annotated[str, typer.Option(help="Another instant than now, ISO 8601 with a zone.")] = "",
    as_json: Json = False,
) -> None:
    """Who is on call in each region, who leads, when the lead passes."""
    from bot import clock, terminal
    from bot.config.file import load

    when = instant(at) if at else clock.from_environment().now()
    overview = asyncio.run(terminal.overview(load(config), when))
    show(overview, as_json, terminal.text("oncall/now", overview=overview))


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
    port: Annotated[int, typer.Option(help="Of the workspace; 0 chooses one.")] = 8765,
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


def instant(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise UserError(f"“{text}” is not a time.", hint="Write it like 2026-11-24T16:30+01:00.") from None
    if at.tzinfo is None:
        raise UserError(f"“{text}” has no zone.", hint="Write it like 2026-11-24T16:30+01:00 or …Z.")
    return at


def show(value: Any, as_json: bool, text: str) -> None:
    """Prints `value` for machines or `text` for people."""
    print(json.dumps(plain(value), indent=1, ensure_ascii=False) if as_json else text.rstrip())


def plain(value: Any) -> Any:
    """Dataclasses, times and sets as JSON has them; times in UTC, ISO 8601."""
    if is_dataclass(value) and not isinstance(value, type):
        return plain(asdict(value))
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    if isinstance(value, frozenset | set):
        return sorted(plain(v) for v in value)
    if isinstance(value, datetime):
        return value.isoformat()
    return value


if __name__ == "__main__":
    main()
