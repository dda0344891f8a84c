"""The database is away for a moment while somebody's command is worked, after Slack was told "received"."""

from typing import Any

import pytest

from bot.errors import NoDatabase
from bot.paging.model import Alarm
from bot.paging.service import Paging
from bot.paging.tables import Page
from tests.wire.bot.live import Live

pytestmark = pytest.mark.wire
CAPELLA, EUROPE = "U0CAPELLA", "C0TRIAGEEU"


async def test_what_was_acknowledged_is_worked_when_the_database_is_back(
    live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once, without a restart, and who asked reads what became of it and no error."""
    really, tries = Paging.raise_page, 0

    async def away_at_first(self: Paging, who: Any, alarm: Alarm) -> Any:
        nonlocal tries
        tries += 1
        if tries <= 2:
            raise NoDatabase("The database does not answer just now.")
        return await really(self, who, alarm)

    monkeypatch.setattr(Paging, "raise_page", away_at_first)
    said = await live.hands.command(CAPELLA, EUROPE, "/page", "eu the login node is down")
    assert said["acked"]
    await live.sees(CAPELLA, EUROPE, "P-1")
    assert (tries, len(await live.rows(Page))) == (3, 1)
