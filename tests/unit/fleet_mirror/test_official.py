"""What is loaded of the official client: its credentials and its transport, and nothing that is typed."""

import subprocess
import sys
from pathlib import Path

KUBECONFIG = """
apiVersion: v1
kind: Config
current-context: x
clusters: [{name: x, cluster: {server: "https://sol.example:6443"}}]
contexts: [{name: x, context: {cluster: x, user: x}}]
users:
- name: x
  user:
    exec:
      apiVersion: client.authentication.k8s.io/v1
      command: echo
      args:
      - >-
        {"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential",
        "status": {"token": "from-a-plugin"}}
      interactiveMode: Never
"""


def printed(code: str, *arguments: str) -> list[str]:
    """What a fresh interpreter prints: here the library may be loaded already, by another test."""
    done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True)
    return done.stdout.split()


def test_no_typed_class_is_loaded_and_whoever_wants_the_library_gets_all_of_it() -> None:
    code = """
import sys
from bot.fleet.official import official
mine = official()
print(mine.ApiClient.__name__, mine.Configuration.__name__, len([m for m in sys.modules if m.startswith("kubernetes")]))
import kubernetes.aio.client, kubernetes.client
print(kubernetes.aio.client.V1Pod.__name__, kubernetes.client.V1Pod.__name__)
"""
    assert printed(code) == ["ApiClient", "Configuration", "0", "V1Pod", "V1Pod"]


def test_a_library_that_is_loaded_already_is_used_as_it_is() -> None:
    code = """
import kubernetes.aio.client
from bot.fleet.official import official
print(official().ApiClient is kubernetes.aio.client.ApiClient)
"""
    assert printed(code) == ["True"]


def test_what_reads_kubeconfigs_runs_their_plugins(tmp_path: Path) -> None:
    """As a cloud's kubeconfig has them: a command that prints a token."""
    path = tmp_path / "kubeconfig"
    path.write_text(KUBECONFIG)
    code = """
import asyncio, sys
from bot.directory.model import Cluster
from bot.fleet.connection import connect
async def main():
    async with connect(Cluster("sol", "Sol", sys.argv[1])) as conn:
        print(*(await conn._headers("GET", None)).getall("authorization"))
asyncio.run(main())
"""
    assert printed(code, str(path)) == ["Bearer", "from-a-plugin"]
