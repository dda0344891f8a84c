"""Rosters for tests: the shipped example, and the example with one thing changed."""

import re
from pathlib import Path

import pytest

import templates
from bot.config.file import load
from bot.errors import ConfigError

EXAMPLE = (Path(templates.__file__).parent / "config" / "heliograph.yaml").read_text()
ENV = {name: f"json://127.0.0.1/{name.lower()}" for name in re.findall(r"\$\{(\w+)\}", EXAMPLE)}


def changed(right: str, wrong: str, text: str = EXAMPLE) -> str:
    """The example with the first `right` replaced. A change that does not fit the example is the test's mistake."""
    assert right in text, f"the example has no {right!r}"
    return text.replace(right, wrong, 1)


def line_of(text: str, part: str) -> int:
    """The line on which `part` begins, from 1."""
    return text[: text.index(part)].count("\n") + 1


def problems(folder: Path, text: str, env: dict[str, str] | None = None) -> list[str]:
    """What is wrong with `text`, with the file called heliograph.yaml."""
    file = folder / "heliograph.yaml"
    file.write_text(text)
    with pytest.raises(ConfigError) as found:
        load(file, ENV if env is None else env)
    return [p.removeprefix(f"{folder}/") for p in found.value.problems]
