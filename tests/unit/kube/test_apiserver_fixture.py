"""The start of a real API server, as far as it can be looked at without one: files, command lines, and when to skip."""

import csv
import ssl
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from tests import fixtures_apiserver as envtest

USERS: envtest.Users = {
    "t-admin": ("admin", ("system:masters",)),
    "t-bot": ("heliograph", ()),
    "t-two": ("x", ("a", "b")),
}


def test_without_the_variable_it_is_a_skip_that_says_how(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(envtest.VARIABLE, raising=False)
    with pytest.raises(pytest.skip.Exception, match="setup-envtest use -p path"):
        envtest.binaries()


def test_a_folder_that_lacks_one_is_a_failure(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Who set the variable wants the tests to run: a skip would look like success."""
    (tmp_path / "etcd").write_text("#!/bin/sh\n")
    (tmp_path / "etcd").chmod(0o755)
    monkeypatch.setenv(envtest.VARIABLE, str(tmp_path))
    with pytest.raises(pytest.fail.Exception, match="has no kube-apiserver"):
        envtest.binaries()


def test_the_files_are_what_the_command_lines_name(tmp_path: Path) -> None:
    ca = envtest.write_files(tmp_path, USERS)
    command = envtest.apiserver_command(Path("kube-apiserver"), tmp_path, 6443, 2379)
    flags = dict(part.removeprefix("--").split("=", 1) for part in command[1:])
    named = [Path(v) for v in flags.values() if v.startswith(str(tmp_path)) and Path(v) != tmp_path]
    assert all(path.is_file() for path in named)
    ssl.create_default_context(cadata=ca.decode())
    ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(flags["tls-cert-file"], flags["tls-private-key-file"])
    load_pem_private_key(Path(flags["service-account-key-file"]).read_bytes(), None)
    with open(flags["token-auth-file"]) as file:
        assert list(csv.reader(file))[2] == ["t-two", "x", "x", "a,b"]
    assert flags["authorization-mode"] == "RBAC"
    assert flags["etcd-servers"] in envtest.etcd_command(Path("etcd"), tmp_path, 2379, 2380)[2]
