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
