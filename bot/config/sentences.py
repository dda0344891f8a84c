"""What pydantic found, as a sentence: the option, what is wrong with it, what to write instead. One table of kinds."""

import types
import typing
from collections.abc import Callable, Iterator
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from bot.config import values
from bot.config.yaml_lines import Document, did_you_mean

Problem = tuple[int, str]
SHOWN = 60
"""Characters of a wrong value that are repeated; the rest of it helps nobody."""


def problems(document: Document, root: type[BaseModel], errors: list[ErrorDetails]) -> Iterator[Problem]:
    for error in errors:
        path = error["loc"]
        if any(path[: len(unset)] == unset for unset in document.unset):
            continue
        if path in document.from_environment:  # before a long one is cut, and no more looks like what is masked
            error = {**error, "input": document.written[path]}
        words = KINDS.get(error["type"], _as_pydantic_says)(error, root)
        yield document.line(path), document.masked(path, f"`{_name(path)}`: {words}" if path else words)


def options(root: type[BaseModel], path: tuple[str | int, ...]) -> list[str]:
    """The options that exist at `path`, as they are written in the file."""
    here: type[BaseModel] | None = root
    for part in path:
        if here is None or isinstance(part, int):
            continue
        field = written(here).get(part)
        here = next(models(field.annotation), None) if field else None
    return list(written(here)) if here else []


def written(model: type[BaseModel]) -> dict[str, FieldInfo]:
    """The options of one model by the name that stands in the file: `from` is no word for an attribute."""
    return {field.alias or name: field for name, field in model.model_fields.items()}


def models(annotation: object) -> Iterator[type[BaseModel]]:
    """The models in a type such as `list[Rule]` or `Target | None`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    elif typing.get_origin(annotation) in (list, dict, typing.Union, types.UnionType, typing.Annotated):
        for argument in typing.get_args(annotation):
            yield from models(argument)


def _name(path: tuple[str | int, ...]) -> str:
    """As people find it: `people[].slack` is `slack`, the third item of `rules` is `rules`, item 3."""
    names = [part for part in path if isinstance(part, str)]
    return names[-1] if names else "file"


def _shown(value: Any) -> str:
    said = str(value).lower() if isinstance(value, bool) else str(value)
    return said if len(said) <= SHOWN else f"{said[:SHOWN]}…"


def _unknown(error: ErrorDetails, root: type[BaseModel]) -> str:
    known = options(root, error["loc"][:-1])
    meant = did_you_mean(str(error["loc"][-1]), known)
    return f"there is no such option here{meant or '; write one of ' + ', '.join(known)}"


def _missing(error: ErrorDetails, _: type[BaseModel]) -> str:
    return "this is missing; add it"


def _pattern(error: ErrorDetails, _: type[BaseModel]) -> str:
    wanted = values.WANTED[error["ctx"]["pattern"]]
    return f"`{_shown(error['input'])}` is not right; write {wanted}"


def _one_of(error: ErrorDetails, _: type[BaseModel]) -> str:
    expected = error["ctx"]["expected"].replace("'", "`")
    known = [word.strip("`") for word in expected.replace(" or ", ", ").split(", ")]
    return f"`{_shown(error['input'])}` is not right; write {expected}{did_you_mean(str(error['input']), known)}"


def _text(error: ErrorDetails, _: type[BaseModel]) -> str:
    value = error["input"]
    if value is None:
        return "nothing stands here; write a value, or remove the line"
    if isinstance(value, list | dict):
        return f"this is {_kind(value)}; write one value"
    return f'`{_shown(value)}` is read as {_kind(value)}; write it in quotes: "{_shown(value)}"'


def _list(error: ErrorDetails, _: type[BaseModel]) -> str:
    value = error["input"]
    if value is None:
        return "nothing stands here; write a list such as [one, two], or remove the line"
    if isinstance(value, dict):
        return "this is a mapping; write a list: each item starts with a dash"
    return f"`{_shown(value)}` is one value; write a list: [{_shown(value)}]"


def _mapping(error: ErrorDetails, root: type[BaseModel]) -> str:
    value, known = error["input"], options(root, error["loc"])
    start = "nothing stands here" if value is None else f"this is {_kind(value)}"
    return f"{start}; write options: {', '.join(known)}"


def _kind(value: object) -> str:
    for type_, word in ((dict, "a mapping"), (list, "a list"), (bool, "yes or no"), (int | float, "a number")):
        if isinstance(value, type_):
            return word
    return "text" if isinstance(value, str) else "a date"


def _too_few(error: ErrorDetails, _: type[BaseModel]) -> str:
    return "the list is empty; write at least one item"


def _limit(words: str, key: str) -> Callable[[ErrorDetails, type[BaseModel]], str]:
    def said(error: ErrorDetails, _: type[BaseModel]) -> str:
        return f"`{_shown(error['input'])}` is {words} {error['ctx'][key]}; write {error['ctx'][key]}"

    return said


def _true_or_false(error: ErrorDetails, _: type[BaseModel]) -> str:
    return f"`{_shown(error['input'])}` is neither; write true or false"


def _own(error: ErrorDetails, _: type[BaseModel]) -> str:
    return error["msg"].removeprefix("Value error, ")


def _as_pydantic_says(error: ErrorDetails, _: type[BaseModel]) -> str:
    return error["msg"][:1].lower() + error["msg"][1:]


KINDS: dict[str, Callable[[ErrorDetails, type[BaseModel]], str]] = {
    "extra_forbidden": _unknown,
    "missing": _missing,
    "string_pattern_mismatch": _pattern,
    "literal_error": _one_of,
    "string_type": _text,
    "list_type": _list,
    "model_type": _mapping,
    "model_attributes_type": _mapping,
    "too_short": _too_few,
    "string_too_short": lambda error, root: "nothing stands here; write a name",
    "string_too_long": _limit("longer than the most, in characters:", "max_length"),
    "greater_than_equal": _limit("less than the least:", "ge"),
    "less_than_equal": _limit("more than the most:", "le"),
    "int_type": _own,
    "bool_type": _true_or_false,
    "bool_parsing": _true_or_false,
    "value_error": _own,
}
