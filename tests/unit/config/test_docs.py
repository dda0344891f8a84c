"""An option that nobody can read about does not exist: docs and example name every one."""

import types
import typing
from pathlib import Path

import pytest
from pydantic import BaseModel

from bot.config import schema
from bot.config.settings import Settings

ROOT = Path(__file__).parents[3]
DOCS = (ROOT / "docs" / "configuration.md").read_text()
EXAMPLE = (ROOT / "templates" / "config" / "heliograph.yaml").read_text()


def models(annotation: object) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    if typing.get_origin(annotation) in (list, typing.Union, types.UnionType, typing.Annotated):
        return [m for a in typing.get_args(annotation) for m in models(a)]
    return []


def options(model: type[BaseModel], above: str = "") -> list[tuple[str, str]]:
    """(dotted name of what holds it, option) of every option, however deep."""
    found = []
    for name, field in model.model_fields.items():
        inside = models(field.annotation)
        found += [(above, name)] if not inside else []
        for inner in inside:
            found += options(inner, f"{above}.{name}" if above else name)
    return found


ALL = sorted({(above.split(".")[0], name) for above, name in options(schema.File)})


@pytest.mark.parametrize(("section", "name"), ALL)
def test_every_option_is_in_the_docs(section: str, name: str) -> None:
    parts = [part for part in DOCS.split("\n### ")[1:] if f"`{section}" in part.splitlines()[0]]
    assert parts, f"the docs have no section on {section}"
    assert f"{name}`" in parts[0] or f".{name}" in parts[0], f"{section}: {name} is not documented"


@pytest.mark.parametrize(("section", "name"), ALL)
def test_every_option_is_in_the_example(section: str, name: str) -> None:
    """As a value or in a comment that shows it."""
    assert f"{name}:" in EXAMPLE, f"the example does not show {section}: {name}"


def variables() -> list[str]:
    found = []
    for name, field in Settings.model_fields.items():
        found.append(str(field.validation_alias) if field.validation_alias else f"HELIOGRAPH_{name.upper()}")
    return found


@pytest.mark.parametrize("name", variables())
def test_every_variable_is_in_the_docs(name: str) -> None:
    assert f"`{name}`" in DOCS
