"""A real kube-apiserver and its etcd, as Kubernetes' own test environment starts them: no kubelet, no controllers.

`KUBEBUILDER_ASSETS` names the folder with the two binaries (`setup-envtest use -p path` prints one). Where it is not
set the tests that need them are skipped, since most machines have none; where it is set they must run.
"""

import asyncio
import contextlib
import csv
import os
import shutil
import ssl
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from sandbox.kube import kubeconfig
from sandbox.kube.pki import Authority
from sandbox.world import free_port

VARIABLE = "KUBEBUILDER_ASSETS"
HINT = f"set {VARIABLE} to a folder with kube-apiserver and etcd (setup-envtest use -p path prints one)"
START_SECONDS = 60.0
Users = dict[str, tuple[str, Sequence[str]]]
"""Token → user and groups."""


@dataclass(frozen=True)
class Binaries:
    etcd: Path
    apiserver: Path


def binaries() -> Binaries:
    """Skips where nobody named a folder; fails where one was named that has not both."""
    folder = os.environ.get(VARIABLE, "")
    if not folder:
        pytest.skip(f"a real API server is wanted; {HINT}")
    found = Binaries(Path(folder, "etcd"), Path(folder, "kube-apiserver"))
    if missing := [p.name for p in (found.etcd, found.apiserver) if not os.access(p, os.X_OK)]:
        pytest.fail(f"{VARIABLE}={folder} has no {' and no '.join(missing)}; {HINT}")
    return found


def etcd_command(binary: Path, folder: Path, port: int, peers: int) -> list[str]:
    """Fast and forgetful: a test's data need not survive a power cut."""
    here, there = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{peers}"
    return [
        str(binary),
        f"--data-dir={folder / 'etcd'}",
        f"--listen-client-urls={here}",
        f"--advertise-client-urls={here}",
        f"--listen-peer-urls={there}",
        "--unsafe-no-fsync=true",
    ]


def apiserver_command(binary: Path, folder: Path, port: int, etcd: int) -> list[str]:
    """RBAC decides, tokens are from a file, and nobody makes service accounts (there is no controller that would)."""
    return [
        str(binary),
        f"--etcd-servers=http://127.0.0.1:{etcd}",
        "--bind-address=127.0.0.1",
        "--advertise-address=127.0.0.1",
        f"--secure-port={port}",
        f"--cert-dir={folder}",
        f"--tls-cert-file={folder / 'tls.crt'}",
        f"--tls-private-key-file={folder / 'tls.key'}",
        f"--token-auth-file={folder / 'tokens.csv'}",
        "--authorization-mode=RBAC",
        "--disable-admission-plugins=ServiceAccount",
        f"--service-account-issuer=https://127.0.0.1:{port}/",
        f"--service-account-key-file={folder / 'accounts.key'}",
        f"--service-account-signing-key-file={folder / 'accounts.key'}",
        "--service-cluster-ip-range=10.0.0.0/24",
        "--allow-privileged=true",
    ]


def write_files(folder: Path, users: Users) -> bytes:
    """Certificates, tokens and the key of service accounts. → the authority's certificate."""
    authority = Authority()
    authority.server_files(folder)
    with (folder / "tokens.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        for token, (user, groups) in users.items():
            rows.writerow([token, user, user, ",".join(groups)])
    key = rsa.generate_private_key(public_exponent=65_537, key_size=2048)
    (folder / "accounts.key").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
        )
    )
    return authority.certificate


@contextlib.asynccontextmanager
async def running(users: Users) -> AsyncIterator[tuple[str, Path]]:
    """(URL, kubeconfig with a context `user@sandbox` for each user) of a server that is ready."""
    found = binaries()
    folder = Path(tempfile.mkdtemp(prefix="heliograph-apiserver-"))
    etcd, peers, port = free_port(), free_port(), free_port()
    url, certificate = f"https://127.0.0.1:{port}", write_files(folder, users)
    named = [(user, token) for token, (user, _) in users.items()]
    kubeconfig.write(folder / "kubeconfig", kubeconfig.build(url, certificate, named))
    commands = [
        etcd_command(found.etcd, folder, etcd, peers),
        apiserver_command(found.apiserver, folder, port, etcd),
    ]
    with contextlib.ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        processes = [stack.enter_context(_process(command, folder)) for command in commands]
        await _ready(url, certificate, next(iter(users)), processes, folder)
        yield url, folder / "kubeconfig"


@contextlib.contextmanager
def _process(command: list[str], folder: Path):  # type: ignore[no-untyped-def]
    with (folder / f"{Path(command[0]).name}.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


async def _ready(
    url: str, certificate: bytes, token: str, processes: Iterable["subprocess.Popen[bytes]"], folder: Path
) -> None:
    context = ssl.create_default_context(cadata=certificate.decode())
    headers = {"Authorization": f"Bearer {token}"}
    loop = asyncio.get_running_loop()
    end = loop.time() + START_SECONDS
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=context), headers=headers) as http:
        while True:
            with contextlib.suppress(aiohttp.ClientError):
                async with http.get(f"{url}/readyz") as answer:
                    if answer.status == 200:
                        return
            if loop.time() > end or any(process.poll() is not None for process in processes):
                raise RuntimeError(f"the API server did not start\n{_logs(folder)}")
            await asyncio.sleep(0.1)


def _logs(folder: Path) -> str:
    return "\n".join(f"{path.name}:\n{path.read_text()[-2000:]}" for path in folder.glob("*.log"))
