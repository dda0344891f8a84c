"""heliograph.yaml → plain frozen values for the services. All mistakes at once, each with its line and a remedy."""

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from bot.alerts.beats import Heartbeat
from bot.alerts.model import Rules
from bot.config import build, clashes, escalation, overlaps, references, schema, sentences, turns, yaml_lines
from bot.directory import model as directory
from bot.errors import ConfigError
from bot.paging import model as paging
from bot.shifts import model as shifts
from schedules.rota import model as rota
from schedules.rota.lint import model as linting
from schedules.rota.model import Rota

MOST_BYTES = 4_000_000
ON_DUTY = ("regions", "lead", "rotations", "rules", "temporary")
"""Sections that the rota is made of."""


@dataclass(frozen=True)
class Config:
    """A file that has been found right."""

    path: Path
    file: schema.File
    document: yaml_lines.Document

    def heartbeats(self) -> tuple[Heartbeat, ...]:
        return build.of_heartbeats(self.file)

    def alerts(self) -> Rules:
        return build.of_alerts(self.file.alerts)

    def directory(self) -> directory.Directory:
        return build.of_directory(self.file)

    def rota(self) -> rota.Rota:
        return build.of_rota(self.file)

    def limits(self) -> linting.Limits:
        return build.of_limits(self.file.lint)

    def linted_people(self) -> tuple[linting.Person, ...]:
        return build.of_people(self.file)

    def escalation(self) -> paging.Escalation:
        return build.of_escalation(self.file.escalation)

    def sections(self) -> dict[str, Any]:
        """What of the file says who is on duty, as it was written: kept so that a later file can be compared."""
        here = {name: self.document.data[name] for name in ON_DUTY if name in self.document.data}
        return dict(json.loads(json.dumps(here, default=str)))  # a date is a word again, as in the file

    def rota_of(self, sections: Mapping[str, Any]) -> Rota:
        """The rota of an earlier file's sections. Raises `ConfigError` where this version cannot read them any more."""
        rest = {name: value for name, value in self.document.data.items() if name not in ON_DUTY}
        try:
            return build.of_rota(schema.File.model_validate({**rest, **sections}))
        except ValidationError as error:
            raise ConfigError([f"an earlier roster: {e['msg']}" for e in error.errors(include_input=False)]) from error

    def notices(self) -> shifts.Wanted:
        return build.of_notices(self.file.notices)

    def targets(self) -> dict[str, timedelta]:
        return build.of_targets(self.file.targets)


def load(path: Path, env: Mapping[str, str] | None = None) -> Config:
    """`env` (the process's own by default) is what `${NAME}` is read from.

    Raises `ConfigError` with every problem of the file, each "file:line: what is wrong; what to write".
    """
    document = yaml_lines.read(text(path), os.environ if env is None else env)
    found, file = list(document.problems), None
    if document.data is not None:
        try:
            file = schema.File.model_validate(document.data)
        except ValidationError as error:
            found += sentences.problems(document, schema.File, error.errors())
        found += _across(document)
    if not found and file is not None:
        found += [(document.line(path), what) for path, what in escalation.problems(file)]
    if found or file is None:
        raise ConfigError([f"{path}:{line}: {what}" for line, what in sorted(set(found))])
    return Config(path, file, document)


def text(path: Path, missing: str = "there is no such file; `heliograph init` writes an example") -> str:
    """What stands in a file that a person wrote. Raises `ConfigError` for one that cannot be such a file."""
    try:
        with path.open("rb") as opened:
            content = opened.read(MOST_BYTES + 1)
        if len(content) > MOST_BYTES:
            raise ConfigError([f"{path}: this is larger than {MOST_BYTES:,} bytes; is it another file?"])
        return content.decode("utf-8")
    except FileNotFoundError:
        raise ConfigError([f"{path}: {missing}"]) from None
    except IsADirectoryError:
        raise ConfigError([f"{path}: this is a folder; name the file in it"]) from None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise ConfigError([f"{path}:{line}: this is not UTF-8; save the file as UTF-8"]) from None
    except OSError as error:
        raise ConfigError([f"{path}: cannot be read: {error.strerror}; check its rights"]) from None


def _across(document: yaml_lines.Document) -> Iterator[tuple[int, str]]:
    """What no single value shows. Works on what YAML gave, so that one wrong type does not hide the rest."""
    of_the_file = clashes.problems(document), overlaps.problems(document), turns.problems(document)
    for check in (references.problems(document.data), *of_the_file):
        for path, what in check:
            if not any(path[: len(unset)] == unset for unset in document.unset):
                yield document.line(path), document.masked(path, what)
