"""A process with nothing but an outbox's sender in it, to be killed: `python process.py DATABASE SLACK_API_URL`."""

import asyncio
import sys

from bot.clock import SystemClock
from bot.outbox.sender import Pace, Sender
from bot.slack.gateway import Gateway
from bot.store.database import Database


async def main(database: str, api: str) -> None:
    clock = SystemClock()
    db = Database.open(database)
    gateway = Gateway.open("xoxb-sandbox", clock, api)
    try:
        await Sender(db, clock, gateway, lambda _: None, pace=Pace(poll=0.05, dead_after=1.0)).run()
    finally:
        await gateway.close()
        await db.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
