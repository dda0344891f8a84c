"""Templates become messages and modals that Slack takes, whatever the values are.

A template `slack/<feature>/<name>.json.j2` gives `{"text": …, "blocks": […]}` or a view; `text/…` gives plain text.
`text` is what a notification and a screen reader read: always there, the point in its first line.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, TemplateError

from bot.errors import BotError
from bot.slack import commands, limits, loose_json, templating


@dataclass(frozen=True)
class Message:
    """What stands in Slack. `text` is mrkdwn, and all that some readers get."""

    text: str
    blocks: list[dict[str, Any]]

    def to_row(self) -> dict[str, Any]:
        return {"text": self.text, "blocks": self.blocks}

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> "Message":
        return cls(row["text"], row["blocks"])


class Renderer:
    """`root` is the folder of templates. Each is compiled once. `names` is how the commands are called here."""

    def __init__(self, root: Path, names: commands.Names = lambda: commands.AS_WRITTEN) -> None:
        self._names = names
        self._slack = templating.for_slack(root, names)
        self._text = templating.for_text(root, names)

    def named(self, text: str) -> str:
        """A sentence of ours that no template holds, with the commands as they are called here."""
        return commands.named(text, self._names())

    def message(self, name: str, /, **values: Any) -> Message:
        made = self._json(f"{name}.json.j2", values)
        try:
            return Message(*limits.message(made["text"], made.get("blocks", [])))
        except KeyError as error:
            raise BotError(f"The template {name} has no {error.args[0]!r}.") from error

    def view(self, name: str, /, **values: Any) -> dict[str, Any]:
        """A modal or an App Home."""
        return limits.view(self._json(f"{name}.json.j2", values))

    def text(self, name: str, /, **values: Any) -> str:
        """`text/<name>.txt.j2`, for the terminal and for what leaves Slack."""
        return _rendered(self._text, f"{name}.txt.j2", values)

    def _json(self, name: str, values: dict[str, Any]) -> dict[str, Any]:
        source = _rendered(self._slack, name, values)
        try:
            made = loose_json.parse(source)
        except ValueError as error:
            raise BotError(f"The template {name} does not give JSON: {error}") from error
        if not isinstance(made, dict):
            raise BotError(f"The template {name} gives a {type(made).__name__}, not an object.")
        return made


def _rendered(environment: Environment, name: str, values: dict[str, Any]) -> str:
    try:
        return environment.get_template(name).render(values)
    except TemplateError as error:
        raise BotError(f"The template {name} cannot be rendered: {error}") from error
