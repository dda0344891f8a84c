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

app = typer.Typer(no_args_is_help=True, add_completion=False, help="A Slack bot for support teams that follow the sun.")
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
        async with root.heliograph(loaded, environment, clock.from_environment()):
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
    counts = {
        "region": file.regions,
        "person": file.people,
        "rotation": file.rotations,
        "rule": file.rules,
        "client": file.clients,
        "cluster": file.clusters,
    }
    said = ", ".join(f"{len(found)} {name if len(found) == 1 else PLURAL[name]}" for name, found in counts.items())
    print(f"{config} is right: {said}.")
    for person in file.people:
        if not person.contacts:
            print(f"warning: {person.id} cannot be reached outside Slack, where Do Not Disturb silences pages")


PLURAL = {
    "region": "regions",
    "person": "people",
    "rotation": "rotations",
    "rule": "rules",
    "client": "clients",
    "cluster": "clusters",
}


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
