"""YAML with positions: each value knows its line, so that a mistake can be reported where it stands.

Only the part of YAML that a roster needs: mappings, lists, text, numbers, dates. What YAML 1.1 makes of `no`, `on` or
`9:00` is undone: those stay what was written. Nothing is constructed by tag, and nothing may contain itself.
"""

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

Path = tuple[str | int, ...]
MOST_VALUES = 100_000
"""A file with more (by aliases of aliases) is an accident or an attack."""
_VARIABLE = re.compile(r"\$\{([^}]*)\}")
_NAME = re.compile(r"[A-Z][A-Z0-9_]*")
_TAG = "tag:yaml.org,2002:"


@dataclass
class Document:
    """`data` is plain Python. `lines` has the line, from 1, of each key and item; `written` the text of each value."""

    data: Any
    lines: dict[Path, int] = field(default_factory=dict)
    written: dict[Path, str] = field(default_factory=dict)
    from_environment: dict[Path, str] = field(default_factory=dict)
    """What a value became by `${NAME}`: it may be a secret, and is never shown."""
    unset: set[Path] = field(default_factory=set)
    """Values whose variable is not set; that is reported, so what they are otherwise does not matter."""
    problems: list[tuple[int, str]] = field(default_factory=list)

    def line(self, path: Path) -> int:
        """The line of `path`, or of the nearest thing around it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def masked(self, path: Path, said: str) -> str:
        """`said` without what the environment holds: `${NAME}` in its place."""
        value = self.from_environment.get(path)
        return said.replace(value, self.written[path]) if value else said


def read(text: str, env: Mapping[str, str]) -> Document:
    """Parses `text`. What is wrong with the YAML itself, and variables that are not set, are `problems`."""
    document = Document(None)
    try:
        node = yaml.compose(text.removeprefix("\ufeff"), Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        document.problems.append(_not_yaml(error, text))
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        code = error.character if isinstance(error.character, int) else ord(error.character)
        document.problems.append((line, f"the character U+{code:04X} cannot stand here; remove it"))
    except RecursionError:
        document.problems.append((1, "this is nested too deeply; a roster needs six levels"))
    else:
        if node is None:
            document.problems.append((1, "the file is empty; `heliograph init` writes an example"))
        else:
            _Reader(document, env).start(node)
    return document


def did_you_mean(word: str, known: Iterable[str]) -> str:
    found = near(word, known)
    return f"; did you mean `{found}`?" if found else ""


def near(word: str, known: Iterable[str]) -> str:
    """The one of `known` that was probably meant, or nothing."""
    lowered = {k.lower(): k for k in known}
    found = difflib.get_close_matches(word.lower(), lowered, n=1, cutoff=0.6)
    return lowered[found[0]] if found else ""


def _not_yaml(error: yaml.MarkedYAMLError, text: str) -> tuple[int, str]:
    mark = error.problem_mark or error.context_mark
    if mark is None:
        return 1, f"this is not YAML: {error.problem}"
    line = mark.line + 1
    lines = text.splitlines()
    if mark.line < len(lines) and "\t" in lines[mark.line][: mark.column + 1]:
        return line, "a tab cannot indent YAML; write spaces instead"
    if error.context_mark and mark.index >= len(text.rstrip()):
        return error.context_mark.line + 1, "what opens here is never closed; close the bracket, the brace or the quote"
    opened = f" (opened in line {error.context_mark.line + 1})" if error.context_mark else ""
    said = error.problem or error.context or "it cannot be read"
    return line, f"this is not YAML: {said}{opened}; check indentation, colons, brackets and quotes"


class _Reader:
    """Turns nodes into values and fills the document on its way."""

    def __init__(self, document: Document, env: Mapping[str, str]) -> None:
        self._document, self._env = document, env
        self._loader = yaml.SafeLoader("")
        self._around: list[yaml.Node] = []
        self._count = 0

    def start(self, node: yaml.Node) -> None:
        self._document.data = self._value(node, ())

    def _value(self, node: yaml.Node, path: Path) -> Any:
        line = node.start_mark.line + 1
        self._document.lines.setdefault(path, line)
        self._count += 1
        if any(node is outer for outer in self._around):
            self._problem(line, "this alias contains itself; write the values out")
            return None
        if self._count > MOST_VALUES:
            if self._count == MOST_VALUES + 1:
                self._problem(line, f"more than {MOST_VALUES:,} values; write the aliases out to see why")
            return None
        self._around.append(node)
        try:
            if isinstance(node, yaml.MappingNode):
                return self._mapping(node, path)
            if isinstance(node, yaml.SequenceNode):
                return [self._value(item, (*path, number)) for number, item in enumerate(node.value)]
            return self._scalar(node, path)
        finally:
            self._around.pop()

    def _mapping(self, node: yaml.MappingNode, path: Path) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                self._problem(line, "a key is a word; write `key: value`")
                continue
            key = str(key_node.value)
            if key == "<<":
                self._problem(line, "`<<` does not merge here; write the options out")
                continue
            if key in found:
                first = self._document.lines[(*path, key)]
                self._problem(line, f"`{key}` stands here a second time (first in line {first}); keep one of them")
                continue
            self._document.lines[(*path, key)] = line
            found[key] = self._value(value_node, (*path, key))
        return found

    def _scalar(self, node: yaml.Node, path: Path) -> Any:
        written = str(node.value)
        self._document.written[path] = written
        kind = node.tag.removeprefix(_TAG)
        if kind == "str":
            return self._substituted(written, node.start_mark.line + 1, path)
        if kind not in ("int", "float", "bool", "null", "timestamp"):
            self._problem(node.start_mark.line + 1, f"the tag {node.tag} means nothing here; write the value alone")
            return written
        if kind in ("int", "float") and ":" in written:
            return written
        if kind == "bool" and written.lower() not in ("true", "false"):
            return written
        try:
            return self._loader.construct_object(node)
        except ValueError:  # a date such as 2026-02-30
            return written

    def _substituted(self, written: str, line: int, path: Path) -> str:
        names = _VARIABLE.findall(written)
        for name in names:
            if not _NAME.fullmatch(name):
                self._problem(line, f"`${{{name}}}` is no variable; write capitals, such as ${{HELIOGRAPH_KUBECONFIG}}")
                self._document.unset.add(path)
            elif not self._env.get(name):
                self._problem(line, f"the environment has no {name}; set it, or write the value here")
                self._document.unset.add(path)
        if not names:
            return written
        value = _VARIABLE.sub(lambda m: self._env.get(m[1], ""), written)
        self._document.from_environment[path] = value
        return value

    def _problem(self, line: int, what: str) -> None:
        self._document.problems.append((line, what))
