"""YAML with positions: each value knows its line, so that a mistake can be reported where it stands."""

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

Path = tuple[str | int, ...]
_VARIABLE = re.compile(r"\$\{([A-Z][A-Z0-9_]*)\}")


@dataclass
class Document:
    """`data` is plain Python; `lines` maps the path of each key and item to its line, counted from 1."""

    data: Any
    lines: dict[Path, int] = field(default_factory=dict)
    problems: list[tuple[int, str]] = field(default_factory=list)

    def line(self, path: Path) -> int:
        """The line of `path`, or of the nearest thing around it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


def read(text: str, env: Mapping[str, str]) -> Document:
    """Parses `text`. What is wrong with the YAML itself, and variables that are not set, are `problems`."""
    document = Document(None)
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        document.problems.append(
            (line, f"this is not YAML: {error.problem or error.context}; check indentation, colons and quotes")
        )
        return document
    if node is None:
        document.problems.append((1, "the file is empty; write `heliograph init` to get an example"))
        return document
    document.data = _value(node, (), document, env)
    return document


def _value(node: yaml.Node, path: Path, document: Document, env: Mapping[str, str]) -> Any:
    document.lines.setdefault(path, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, path, document, env)
    if isinstance(node, yaml.SequenceNode):
        return [_value(item, (*path, number), document, env) for number, item in enumerate(node.value)]
    return _scalar(node, document, env)


def _mapping(node: yaml.MappingNode, path: Path, document: Document, env: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key, line = str(key_node.value), key_node.start_mark.line + 1
        if key in found:
            first = document.lines[(*path, key)]
            document.problems.append((line, f"`{key}` stands here a second time (first in line {first}); keep one"))
        document.lines[(*path, key)] = line
        found[key] = _value(value_node, (*path, key), document, env)
    return found


def _scalar(node: yaml.Node, document: Document, env: Mapping[str, str]) -> Any:
    """As YAML 1.1 has it, but a time like 09:00 and a word like no, on, off stay what was written."""
    written = str(node.value)
    tag = node.tag
    if tag == "tag:yaml.org,2002:int" and ":" in written:
        return written
    if tag == "tag:yaml.org,2002:bool" and written.lower() not in ("true", "false"):
        return written
    if tag != "tag:yaml.org,2002:str":
        return yaml.SafeLoader("").construct_object(node)
    for name in _VARIABLE.findall(written):
        if name not in env:
            line = node.start_mark.line + 1
            document.problems.append((line, f"the environment has no {name}; set it, or write the value here"))
    return _VARIABLE.sub(lambda m: env.get(m[1], ""), written)


def did_you_mean(word: str, known: list[str]) -> str:
    near = difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    return f"; did you mean `{near[0]}`?" if near else ""
