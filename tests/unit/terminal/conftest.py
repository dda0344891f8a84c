"""Commands as they are typed: what they print, and the code they exit with."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bot import cli
from tests.unit.config.rosters import EXAMPLE


@dataclass(frozen=True)
class Answer:
    code: int
    out: str
    err: str

    def json(self) -> Any:
        import json

        return json.loads(self.out)


Typed = Callable[..., Answer]


@pytest.fixture
def typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Typed:
    """`typed("rota", "show")`, in a folder with the example roster, and without a secret in the environment."""
    (tmp_path / "heliograph.yaml").write_text(EXAMPLE)
    monkeypatch.chdir(tmp_path)
    for name in ("HELIOGRAPH_CONFIG", "HELIOGRAPH_DATABASE_URL", "HELIOGRAPH_CLOCK_FILE"):
        monkeypatch.delenv(name, raising=False)

    def run(*words: str) -> Answer:
        monkeypatch.setattr("sys.argv", ["heliograph", *words])
        code = 0
        try:
            cli.main()
        except SystemExit as stopped:
            code = int(stopped.code or 0)
        return Answer(code, *capsys.readouterr())

    return run
