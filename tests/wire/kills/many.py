"""`make kills`: how late is what a kill holds up? Two hundred, half on SQLite and half on PostgreSQL, and a quarter as
many more of one of two replicas."""

import asyncio
import math
import sys
import tempfile
from pathlib import Path

from tests.fixtures_postgres import server
from tests.wire.kills.replicas import Replicas
from tests.wire.kills.victim import KINDS, Kills

KILLS = 200


async def on(name: str, url: str, kills: int, kind: type[Kills] = Kills) -> None:
    with tempfile.TemporaryDirectory(prefix="heliograph-kills-") as folder:
        async with kind(Path(folder), url) as here:
            for number in range(kills):
                await here.one(*KINDS[number % len(KINDS)])
        late = sorted(here.late)
        (middle, _), (latest, step) = late[len(late) // 2], late[-1]
        said = f"escalations after it: median {middle:.1f} s, latest {latest:.1f} s (killed at {step})"
        print(f"{name}: {here.count} kills, every page delivered once; {said}", flush=True)


async def main(most: int) -> None:
    with server() as running:
        await on("PostgreSQL, from the restart", running.fresh_database(), math.ceil(most / 2))
        await on("one of two replicas, from its death", running.fresh_database(), math.ceil(most / 4), Replicas)
    await on("SQLite, from the restart", "", math.ceil(most / 2))


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else KILLS))
