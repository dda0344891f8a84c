"""What a command's answer is made of: the roster file, exceptions from another file. Neither Slack nor secrets.

The rota does not depend on what the environment holds, so a variable that is not set (in the CI of a roster's own
repository) is no mistake here; `heliograph check` and `run` insist on it.
"""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.config import file, whatif
from bot.config.file import Config
from bot.config.yaml_lines import near
from bot.directory.model import Directory
from bot.errors import ConfigError, UserError
from schedules.rota.model import Rota


@dataclass(frozen=True)
class Source:
    """`said` names, in words, everything that counts in `rota`."""

    config: Config
    directory: Directory
    rota: Rota
    said: tuple[str, ...]

    def region(self, id: str) -> str:
        """`id`, if it is empty or a region. Raises `UserError`."""
        known = [region.id for region in self.directory.regions]
        if id and id not in known:
            meant = near(id, known)
            hint = f"Did you mean {meant}?" if meant else f"There are: {', '.join(known)}."
            raise UserError(f"There is no region {id} in {self.config.path}.", hint=hint)
        return id


def read(path: Path, exceptions: Path | None = None) -> Source:
    """Raises `ConfigError` for the mistakes of either file."""
    config = file.load(path, Environment())
    directory, rota, said = config.directory(), config.rota(), [str(path)]
    if exceptions is not None:
        found = whatif.load(exceptions, config)
        rota = found.applied(rota)
        said.append(f"{exceptions} ({found.counted()})")
    return Source(config, directory, rota, tuple(said))


def read_both(old: Path, new: Path) -> tuple[Source, Source]:
    """Raises `ConfigError` for the mistakes of both at once."""
    read_in, problems = [], []
    for path in (old, new):
        try:
            read_in.append(read(path))
        except ConfigError as error:
            problems += error.problems
    if problems:
        raise ConfigError(problems)
    return read_in[0], read_in[1]


class Environment(Mapping[str, str]):
    """The process's own, and for every name that is not in it a value that could be a contact."""

    def __getitem__(self, name: str) -> str:
        return os.environ.get(name) or f"json://unset.invalid/{name}"

    def __iter__(self) -> Iterator[str]:
        return iter(os.environ)

    def __len__(self) -> int:
        return len(os.environ)
