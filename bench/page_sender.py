"""A process with a sender in it and webhooks for contacts: `python -m bench.page_sender DATABASE SLACK HOOKS`."""

import asyncio
import sys

from bot import memory
from bot.clock import SystemClock
from bot.outbox.sender import Sender
from bot.slack.gateway import Gateway
from bot.store.database import Database


async def main(database: str, slack: str, hooks: str) -> None:
    clock = SystemClock()
    db = Database.open(database)
    gateway = Gateway.open("xoxb-bench", clock, f"{slack}/api/")

    def contact(ref: str) -> str:
        return f"{hooks.replace('https', 'jsons')}/hook/{ref}"

    memory.settle()
    try:
        sender = Sender(db, clock, gateway, contact)
        await sender.warm()
        await sender.run()
    finally:
        await gateway.close()
        await db.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
