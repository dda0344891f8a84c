from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.wire.bot.live import Live


@pytest.fixture
async def live(tmp_path: Path) -> AsyncIterator[Live]:
    async with Live(tmp_path) as running:
        yield running
