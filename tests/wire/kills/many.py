"""`make kills`: two hundred kills, half on SQLite and half on PostgreSQL, and how late what they held up was."""

import asyncio
import math
import sys
import tempfile
from pathlib import Path

from tests.fixtures_postgres import server
from tests.wire.kills.victim import KINDS, Kills

KILLS = 200


async def on(name: str, url: str, kills: int) -> None:
    with tempfile.TemporaryDirectory(prefix="heliograph-kills-") as folder:
        async with Kills(Path(folder), url) as here:
            for number in range(kills):
                await here.one(*KINDS[number % len(KINDS)])
        late = sorted(here.late)
        (middle, _), (latest, step) = late[len(late) // 2], late[-1]
        said = f"escalations after the restart: median {middle:.1f} s, latest {latest:.1f} s (killed at {step})"
        print(f"{name}: {here.count} kills, every page delivered once; {said}", flush=True)


async def main(most: int) -> None:
    each = math.ceil(most / 2)
    with server() as running:
        await on("PostgreSQL", running.fresh_database(), each)
    await on("SQLite", "", each)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else KILLS))
