"""A workspace whose commands are called otherwise: nothing that anybody reads names one that does not exist there."""

import re
from pathlib import Path

import pytest

from sandbox.tour import words
from tests.wire.bot.live import EXAMPLE, Live

pytestmark = pytest.mark.wire
AURORA, EUROPE = "C0AURORA", "C0TRIAGEEU"
OPAL, CAPELLA = "U0OPAL", "U0CAPELLA"
DEFAULT = re.compile(r"(?<![\w/:])/(request|oncall|cluster|job|page|handoff)\b(?!/)")
TYPED = (
    ("oncall", ""),
    ("oncall", "help"),
    ("oncall", "me"),
    ("oncall", "why"),
    ("oncall", "calendar"),
    ("oncall", "override @nobody 4"),
    ("cluster", "health"),
    ("cluster", "helth"),
    ("job", "why"),
    ("job", "wy x"),
    ("page", ""),
    ("page", "eu"),
    ("handoff", ""),
    ("request", "sev9"),
)


async def test_no_answer_names_a_command_that_does_not_exist_here(tmp_path: Path) -> None:
    """The example's names are found nowhere: neither in answers and refusals nor in what is told unasked."""
    roster = tmp_path / "renamed.yaml"
    roster.write_text(
        re.sub(r"(request|oncall|cluster|job|page|handoff): /(\w+)", r"\1: /helio-\2", EXAMPLE.read_text())
    )
    (tmp_path / "world").mkdir()
    async with Live(tmp_path / "world", roster=roster) as live:
        for command, text in TYPED:
            for who, channel in ((CAPELLA, EUROPE), (OPAL, AURORA)):
                before = len(await live.hands.messages(who, channel))
                await live.hands.command(who, channel, f"/helio-{command}", text)

                async def answered(who: str = who, channel: str = channel, before: int = before) -> bool:
                    return len(await live.hands.messages(who, channel)) > before

                await live.until(answered, f"an answer to {command} {text}")
        await live.hands.home(CAPELLA)
        await live.until(lambda: live.hands.published(CAPELLA), "App Home")
        shown = [
            words(m)
            for who, channel in ((CAPELLA, EUROPE), (OPAL, AURORA))
            for m in await live.hands.messages(who, channel)
        ]
        shown.append(str(await live.hands.published(CAPELLA)))
    assert [found[0] for text in shown for found in DEFAULT.finditer(text)] == []
    assert any("/helio-oncall" in text for text in shown), "they are named, as they are called"
