"""What the terminal does with a roster file: look it over, write the example, print the manifest that fits."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import templates
from bot import manifest as manifests
from bot.config import advice
from bot.config.file import Config, load
from bot.errors import ConfigError, UserError

EXAMPLE = Path(templates.__file__).parent / "config" / "heliograph.yaml"


@dataclass(frozen=True)
class Report:
    """`problems` keep the bot from starting, `warnings` do not. Each is one line, with file and line number."""

    path: Path
    problems: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    counts: tuple[tuple[str, int], ...] = ()

    @property
    def ok(self) -> bool:
        return not self.problems

    def lines(self) -> list[str]:
        """For people."""
        if not self.ok:
            many = len(self.problems)
            return [*self.problems, f"{self.path}: {many} {'mistake' if many == 1 else 'mistakes'}"]
        said = ", ".join(_counted(count, what) for what, count in self.counts)
        return [f"{self.path} is right: {said}.", *(f"warning: {w}" for w in self.warnings)]


def check(path: Path, now: datetime, env: Mapping[str, str] | None = None) -> Report:
    """Never raises for what is wrong with the file. `now` is where the 12 months of coverage begin."""
    try:
        config = load(path, env)
    except ConfigError as error:
        return Report(path, problems=tuple(error.problems))
    found = sorted(
        (config.document.line(where), what)
        for where, what in advice.warnings(config, now, os.environ if env is None else env)
    )
    return Report(path, (), tuple(f"{path}:{line}: {what}" for line, what in found), _counts(config))


def manifest(path: Path, *, url: str = "", as_json: bool = False, env: Mapping[str, str] | None = None) -> str:
    """Raises `ConfigError` for the file, `UserError` for an address that Slack cannot use."""
    request = manifests.Request(url)
    made = manifests.manifest(load(path, env).directory().commands, request)
    return json.dumps(made, indent=1) if as_json else manifests.as_yaml(made).rstrip()


def init(target: Path) -> Path:
    """Writes the commented example, never over something. Raises `UserError`."""
    if target.is_dir():
        target = target / EXAMPLE.name
    try:
        with target.open("x", encoding="utf-8") as file:
            file.write(EXAMPLE.read_text(encoding="utf-8"))
    except FileExistsError:
        raise UserError(f"{target} is there already.", hint="Give another name, or move it away first.") from None
    except OSError as error:
        raise UserError(f"{target} cannot be written: {error.strerror}.", hint="Give another name.") from None
    return target


def _counts(config: Config) -> tuple[tuple[str, int], ...]:
    sections = ("regions", "people", "rotations", "rules", "clients", "clusters")
    return tuple((section, len(getattr(config.file, section))) for section in sections)


def _counted(count: int, what: str) -> str:
    return f"{count} {what}" if count != 1 else "1 person" if what == "people" else f"1 {what[:-1]}"
