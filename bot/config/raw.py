"""Looks into what YAML gave, whatever it is: so that what does not fit elsewhere is found beside wrong types.

Everything that is not of the shape looked for is passed over; the schema reports it.
"""

from collections.abc import Iterator
from typing import Any

from bot.config.yaml_lines import Path

Problem = tuple[Path, str]
Item = dict[str, Any]


def items(within: Any, *keys: str) -> Iterator[tuple[Path, Item]]:
    """The mappings in the list at `keys`, each with its path from `within`."""
    for path, value in entries(within, *keys):
        if isinstance(value, dict):
            yield path, value


def entries(within: Any, *keys: str) -> Iterator[tuple[Path, Any]]:
    """The values in the list at `keys`, each with its path from `within`."""
    found = at(within, *keys)
    for number, value in enumerate(found if isinstance(found, list) else []):
        yield (*keys, number), value


def words(within: Any, *keys: str) -> Iterator[tuple[Path, str]]:
    for path, value in entries(within, *keys):
        if isinstance(value, str):
            yield path, value


def word(within: Any, *keys: str) -> str | None:
    found = at(within, *keys)
    return found if isinstance(found, str) else None


def mapping(within: Any, *keys: str) -> Item:
    found = at(within, *keys)
    return found if isinstance(found, dict) else {}


def at(within: Any, *keys: str) -> Any:
    for key in keys:
        within = within.get(key) if isinstance(within, dict) else None
    return within


def ids(data: Any, section: str) -> list[str]:
    return [id for _, item in items(data, section) if (id := word(item, "id"))]
