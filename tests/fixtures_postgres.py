"""A PostgreSQL of one's own: the machine's binaries, a fresh cluster for the session, a fresh database for each test.

`postgres_url` is for tests that need PostgreSQL; `database_url` and `db` give each test that takes them both databases.
The server refuses to run as root, so as root it is run as another user of the machine.
"""

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from bot.store.database import Database

HINT = "install PostgreSQL's server (Debian: postgresql, Fedora: postgresql-server, Homebrew: postgresql)"
_FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "60"}
_numbers = count(1)


@dataclass(frozen=True)
class Server:
    binaries: Path
    port: int
    who: dict[str, Any]
    """What `subprocess` needs to run as the server's user."""
    folder: Path

    def restart(self) -> None:
        """As after a loss of power: nobody is asked to leave."""
        control = [self.binaries / "pg_ctl", "-D", self.folder / "data", "-w", "-s", "-m", "immediate", "restart"]
        log = self.folder / "log"
        subprocess.run([*control, "-l", log], check=True, cwd=self.folder, **self.who)

    def fresh_database(self) -> str:
        name = f"test_{next(_numbers)}"
        at = ["-h", "127.0.0.1", "-p", str(self.port), "-U", "heliograph"]
        subprocess.run([self.binaries / "createdb", *at, name], check=True, **self.who)
        return f"postgresql://heliograph@127.0.0.1:{self.port}/{name}"


@contextlib.contextmanager
def server(settings: Mapping[str, str] = _FAST) -> Iterator[Server]:
    """A server of one's own; `settings` {} makes it as careful as PostgreSQL is by itself, for measuring."""
    binaries = _binaries()
    who = _somebody()
    folder = Path(tempfile.mkdtemp(prefix="heliograph-postgres-"))
    try:
        if who:
            shutil.chown(folder, who["user"], who["group"])
        with _running(binaries, folder, who, settings) as port:
            yield Server(binaries, port, who, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    with server() as running:
        yield running


@pytest.fixture
def postgres_url(postgres_server: Server) -> str:
    return postgres_server.fresh_database()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The same test on both databases."""
    if request.param == "postgres":
        return str(request.getfixturevalue("postgres_url"))
    return f"sqlite:///{tmp_path}/heliograph.db"


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[Database]:
    """Migrated, and closed afterwards."""
    database = Database.open(database_url)
    try:
        await database.migrate()
        yield database
    finally:
        await database.close()


@contextlib.contextmanager
def _running(binaries: Path, folder: Path, who: dict[str, Any], more: Mapping[str, str]) -> Iterator[int]:
    data, port = folder / "data", _free_port()
    init = ["--no-sync", "--auth=trust", "--username=heliograph", "--encoding=UTF8", "--locale=C"]
    subprocess.run([binaries / "initdb", *init, "-D", data], check=True, stdout=subprocess.DEVNULL, cwd=folder, **who)
    settings = {"listen_addresses": "127.0.0.1", "port": str(port), "unix_socket_directories": str(folder), **more}
    options = " ".join(f"-c {name}={value}" for name, value in settings.items())
    control = [binaries / "pg_ctl", "-D", data, "-w", "-s"]
    subprocess.run([*control, "-l", folder / "log", "-o", options, "start"], check=True, cwd=folder, **who)
    try:
        yield port
    finally:
        subprocess.run([*control, "-m", "immediate", "stop"], check=False, cwd=folder, **who)


def _binaries() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4]))
    if found:
        return found[-1].parent
    if path := shutil.which("initdb"):
        return Path(path).resolve().parent
    message = f"PostgreSQL's server is not on this machine; {HINT}"
    if os.environ.get("CI", "").lower() == "true":
        pytest.fail(message)
    pytest.skip(message)


def _somebody() -> dict[str, Any]:
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            entry = pwd.getpwnam(name)
            return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
    pytest.skip("PostgreSQL does not run as root, and this machine has neither a user postgres nor nobody")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
