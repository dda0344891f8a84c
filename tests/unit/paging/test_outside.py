"""Nothing but a page, and the test of what a page would use, reaches anybody outside Slack."""

import ast
from pathlib import Path

import bot
import handlers

MAY = {"bot/paging/messages.py", "bot/paging/closing.py", "bot/paging/trials.py"}


def test_only_paging_uses_contact_methods() -> None:
    """Do Not Disturb is Slack's business for everything else: a message that Slack keeps silent rings nowhere."""
    root = Path(bot.__file__).parents[1]
    files = [*Path(bot.__file__).parent.rglob("*.py"), *Path(handlers.__file__).parent.rglob("*.py")]
    calls = {
        file.relative_to(root).as_posix()
        for file in files
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "notify"
    }
    assert calls - {"bot/outbox/telling.py"} == MAY
