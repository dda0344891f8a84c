"""Whatever is wrong with what was typed or set, a person reads a sentence that says what to do, and no traceback."""

from pathlib import Path

import pytest

from tests.unit.terminal.conftest import Typed

DEAD = """
current-context: mars
clusters: [{name: x, cluster: {server: "https://127.0.0.1:1"}}]
contexts: [{name: mars, context: {cluster: x, user: x}}, {name: venus, context: {cluster: x, user: x}}]
users: [{name: x, user: {token: x}}]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "mars").write_text(DEAD)
    (tmp_path / "none").write_text("hello")
    (tmp_path / "undecided").write_text(DEAD.replace("current-context: mars", ""))
    return tmp_path


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ("--kubeconfig", "/nope"),
            "The kubeconfig /nope cannot be read: No such file or directory. Is the path right?",
        ),
        (
            ("--kubeconfig", "none"),
            "The file none is not a kubeconfig. kubectl --kubeconfig shows what it makes of it.",
        ),
        (("--kubeconfig", "."), "The kubeconfig . cannot be read: Is a directory. Is the path right?"),
        (("--kubeconfig", "undecided"), "current. Add --context and one of: mars, venus."),
        (
            ("mars", "--kubeconfig", "mars"),
            "A cluster of the roster file is meant by mars, and that file is not read here.",
        ),
        (("mars", "--cluster", "venus"), "Which cluster, mars or venus? NAME and --cluster are the same; give one."),
    ],
)
def test_a_cluster_that_cannot_be_meant(typed: Typed, folder: Path, words: tuple[str, ...], said: str) -> None:
    answer = typed("cluster", "health", *words)
    assert answer.code == 2
    (line,) = answer.err.splitlines()
    assert said in line


def test_a_port_that_does_not_exist(typed: Typed) -> None:
    answer = typed("demo", "--no-browser", "--port", "99999")
    assert answer.code == 2
    assert "--port" in answer.err
    assert "65535" in answer.err


@pytest.mark.parametrize("content", [None, "noon", "{}", '{"real": "x", "shown": 1, "rate": 1}', "[]"])
def test_a_clock_file_that_says_no_time(
    typed: Typed, folder: Path, monkeypatch: pytest.MonkeyPatch, content: str | None
) -> None:
    if content is not None:
        (folder / "clock").write_text(content)
    monkeypatch.setenv("HELIOGRAPH_CLOCK_FILE", str(folder / "clock") if content is not None else str(folder))
    answer = typed("oncall")
    assert answer.code == 2
    (line,) = answer.err.splitlines()
    assert line.startswith(f"HELIOGRAPH_CLOCK_FILE names {folder}")


@pytest.mark.parametrize(
    ("file", "said"),
    [
        ("none", "The file that HELIOGRAPH_DATABASE_URL names is no SQLite database."),
        ("none/x.sqlite3", "cannot be made: "),
        ("", "cannot be made: Is a directory."),
    ],
)
def test_a_database_that_is_none(
    typed: Typed, folder: Path, monkeypatch: pytest.MonkeyPatch, file: str, said: str
) -> None:
    (folder / "none").write_text("hello, this is a text of some length" * 20)
    monkeypatch.setenv("HELIOGRAPH_DATABASE_URL", f"sqlite:///{folder / file}")
    answer = typed("migrate")
    assert answer.code == 2
    (line,) = answer.err.splitlines()
    assert said in line
