"""Jinja2 for Block Kit: every value escaped, undefined names refused, only filters that keep it so."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, nodes
from jinja2.compiler import CodeGenerator, Frame

from bot import letters
from bot.slack import commands, escape, filters, ids
from bot.slack.escape import Mrkdwn

_KEPT = (
    *("abs", "batch", "count", "d", "default", "dictsort", "first", "groupby", "int", "items", "last", "length"),
    *("list", "map", "max", "min", "reject", "rejectattr", "round", "select", "selectattr", "sort", "sum", "unique"),
)
"""Jinja's own filters that pass values on. Those that make text of them know HTML's escapes only, and are not there."""


class _Generator(CodeGenerator):
    """`~` and `+` join by our rules instead of HTML's."""

    def visit_Concat(self, node: nodes.Concat, frame: Frame) -> None:
        self.write("environment.joined((")
        for part in node.nodes:
            self.visit(part, frame)
            self.write(", ")
        self.write("))")

    def visit_Add(self, node: nodes.BinExpr, frame: Frame) -> None:
        self.write("environment.added(")
        self.visit(node.left, frame)
        self.write(", ")
        self.visit(node.right, frame)
        self.write(")")


class SlackEnvironment(Environment):
    code_generator_class = _Generator
    joined = staticmethod(escape.joined)

    @staticmethod
    def added(left: Any, right: Any) -> Any:
        if isinstance(left, str) and isinstance(right, str):
            return escape.joined((left, right))
        return left + right


class _Loader(FileSystemLoader):
    """Commands in a template are said by the names that this workspace has for them."""

    def get_source(self, environment: Environment, template: str) -> tuple[str, str, Callable[[], bool]]:
        source, path, fresh = super().get_source(environment, template)
        return commands.in_template(source), path, fresh


def for_slack(root: Path, names: commands.Names) -> Environment:
    """Templates that give JSON. `ids` (the action ids) is known in all of them."""
    made = SlackEnvironment(
        loader=_Loader(root / "slack"),
        undefined=StrictUndefined,
        autoescape=True,
        finalize=_shown,
    )
    made.filters = {name: made.filters[name] for name in _KEPT} | filters.FILTERS
    made.filters["said"] = lambda text: filters.said(commands.named(text, names()))
    made.globals["ids"] = ids
    made.globals["called"] = lambda feature: names()[feature]
    return made


def for_text(root: Path, names: commands.Names) -> Environment:
    """Templates for the terminal, SMS and mail: nothing is markup there, so nothing is escaped."""
    made = Environment(  # noqa: S701 - not HTML
        loader=_Loader(root / "text"),
        undefined=StrictUndefined,
        finalize=lambda value: letters.harmless("–" if value is None else str(value)),
        keep_trailing_newline=True,
    )
    made.filters |= filters.TEXT_FILTERS
    made.globals["called"] = lambda feature: names()[feature]
    return made


def _shown(value: Any) -> Any:
    if value is None:
        return "–"
    return Mrkdwn.escape(value)
