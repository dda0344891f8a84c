"""What a command's answer is made of: the roster file, exceptions from another file, the database if it is asked for.

The rota does not depend on what the environment holds, so a variable that is not set (in the CI of a roster's own
repository) is no mistake here; `heliograph check` and `run` insist on it.
"""

import asyncio
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from bot import terminal
from bot.config import file, values, whatif
from bot.config.file import Config
from bot.config.whatif import Exceptions
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


def read(path: Path, exceptions: Path | None = None, *, database: bool = False) -> Source:
    """With what the bot's `database` has, if wanted. Raises `ConfigError` for the mistakes of either file."""
    config = file.load(path, Environment())
    rota, said = config.rota(), [str(path)]
    found, named = what_if(exceptions, config)
    if database:
        rota, name = asyncio.run(terminal.standing(config))
        said.append(name)
    return Source(config, config.directory(), found.applied(rota), (*said, *named))


def what_if(path: Path | None, config: Config) -> tuple[Exceptions, tuple[str, ...]]:
    """The exceptions of a file, and what to call them; none, and nothing, without a file."""
    if path is None:
        return Exceptions(), ()
    found = whatif.load(path, config)
    return found, (f"{path} ({found.counted()})",)


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
        return os.environ.get(name) or f"{values.UNSET}{name}"

    def __iter__(self) -> Iterator[str]:
        return iter(os.environ)

    def __len__(self) -> int:
        return len(os.environ)
