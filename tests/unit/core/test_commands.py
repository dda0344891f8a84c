"""Whatever the roster file calls the commands, no message speaks of one that does not exist."""

import re
from pathlib import Path

import pytest

from bot.config.schema import Commands
from bot.slack import commands
from bot.slack.render import Renderer

ROOT = Path("templates")
DEFAULT = re.compile(r"(?<![\w/:])/(request|oncall|cluster|job|page|handoff)\b(?!/)")
RENAMED = {feature: f"/helio-{feature[::-1]}" for feature in commands.FEATURES}


def test_every_command_of_the_file_is_known() -> None:
    assert set(commands.FEATURES) == set(Commands.model_fields)
    assert Commands().model_dump() == commands.AS_WRITTEN, "what is written in templates is what the example has"


@pytest.mark.parametrize("path", sorted(ROOT.glob("slack/**/*.j2")) + sorted(ROOT.glob("text/**/*.j2")), ids=str)
def test_no_template_holds_a_name(path: Path) -> None:
    """Comments aside, nothing of what the example calls them is left when it is compiled."""
    source = re.sub(r"\{#.*?#\}", "", commands.in_template(path.read_text()), flags=re.DOTALL)
    assert not DEFAULT.search(source)


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("your shifts: `/oncall me`", "your shifts: `/helio-llacno me`"),
        ('{{ "find it with /request similar."|shorten(99) }}', "find it with /helio-tseuqer similar."),
        ("{{ typed }}", "/oncall is what I typed"),
        ("https://x.example/page/7 and a/job/b", "https://x.example/page/7 and a/job/b"),
        ("/job, /page. (/cluster)", "/helio-boj, /helio-egap. (/helio-retsulc)"),
        ("{# /oncall #}nothing", "nothing"),
    ],
)
def test_a_name_is_said_as_this_workspace_has_it(tmp_path: Path, source: str, text: str) -> None:
    """In text and in strings of expressions; never in what somebody typed, nor in an address."""
    (tmp_path / "text").mkdir()
    (tmp_path / "text" / "x.txt.j2").write_text(source)
    assert Renderer(tmp_path, lambda: RENAMED).text("x", typed="/oncall is what I typed") == text


def test_hints_are_said_with_the_names_too() -> None:
    made = Renderer(ROOT, lambda: RENAMED).message("common/refused", message="No.", hint="See yours in `/oncall me`.")
    assert "/helio-llacno me" in made.text
    assert not DEFAULT.search(made.text)
