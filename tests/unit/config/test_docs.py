"""An option that nobody can read about does not exist: docs and example name every one, with its true default."""

import re
from pathlib import Path

import pytest
import yaml
from pydantic import BaseModel

from bot.config import schema, sentences
from bot.config.settings import Settings, variable_of
from tests.unit.config.rosters import EXAMPLE

DOCS = (Path(__file__).parents[3] / "docs" / "configuration.md").read_text()


def options(model: type[BaseModel], above: str = "") -> dict[str, object]:
    """`people[].contacts[].kind` → its default (`...` where it is required), of every option, however deep."""
    found: dict[str, object] = {}
    for name, field in sentences.written(model).items():
        inside = list(sentences.models(field.annotation))
        path = f"{above}{name}{'[]' if str(field.annotation).startswith('list[') and inside else ''}"
        if not inside:
            found[path] = ... if field.is_required() else field.default
        for inner in inside:
            found |= options(inner, f"{path}.")
    return found


def rows() -> dict[str, list[str]]:
    """Option or variable → the cells of its row; a row may name several."""
    lines = [line for line in DOCS.splitlines() if line.startswith("| `")]
    cells = [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]
    return {name: row for row in cells if len(row) > 2 for name in re.findall(r"`([^`]+)`", row[0])}


def sections() -> dict[str, str]:
    """Top-level key of the example → its paragraph, with the comment above it."""
    named = {m[1]: part for part in EXAMPLE.split("\n\n") if (m := re.search(r"(?m)^([a-z]+):", part))}
    assert set(named) == set(yaml.safe_load(EXAMPLE)), "a blank line stands between sections, and nowhere else"
    return named


OPTIONS, ROWS, SECTIONS = options(schema.File), rows(), sections()
VARIABLES = {variable_of(name): field for name, field in Settings.model_fields.items()}
OTHER_VARIABLES = {"HELIOGRAPH_CONFIG", "HELIOGRAPH_CLOCK_FILE"}
"""Read elsewhere: by the terminal, and by `bot.clock`."""


@pytest.mark.parametrize("option", OPTIONS)
def test_every_option_is_in_the_docs_with_its_default(option: str) -> None:
    assert option in ROWS, f"docs/configuration.md has no row for {option}"
    default, said = OPTIONS[option], ROWS[option][3]
    if default is ...:
        assert said == "required"
    elif default not in (None, "", []):
        written = str(default).lower() if isinstance(default, bool) else str(default)
        listed = ", ".join(default) if isinstance(default, list) else written
        assert f"`{listed}`" in said or listed in said.replace("`", "")
    else:
        assert said != "required"


@pytest.mark.parametrize("option", OPTIONS)
def test_every_option_is_in_the_example(option: str) -> None:
    """As a value, or in a comment that shows it, in its own section."""
    section, name = re.split(r"[.\[]", option)[0], option.rsplit(".", 1)[-1]
    severity = next((part for part in option.split(".") if re.fullmatch(r"sev\d", part)), "")
    shown = SECTIONS["targets"] if severity else SECTIONS[section]
    assert re.search(rf"\b{name}`?:|`{name}`|`{name}: ", shown), f"the example does not show {option}"
    assert f"{severity}:" in shown or not severity


def test_nothing_is_documented_that_does_not_exist() -> None:
    known = set(OPTIONS) | set(VARIABLES) | OTHER_VARIABLES
    assert set(ROWS) <= known, set(ROWS) - known


@pytest.mark.parametrize("name", [*VARIABLES, *sorted(OTHER_VARIABLES)])
def test_every_variable_is_in_the_docs_with_its_default(name: str) -> None:
    assert name in ROWS, f"docs/configuration.md has no row for {name}"
    if name in VARIABLES and (default := VARIABLES[name].default):
        value = default.get_secret_value() if hasattr(default, "get_secret_value") else default
        written = f"{value:g}" if isinstance(value, float) else str(value)
        assert written in ROWS[name][3] or not value


@pytest.mark.parametrize("row", sorted({tuple(row) for row in ROWS.values()}), ids=lambda row: row[0][:40])
def test_every_row_says_meaning_unit_default_and_example(row: tuple[str, ...]) -> None:
    assert len(row) == 5
    assert all(row)
