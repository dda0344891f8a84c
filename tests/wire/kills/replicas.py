"""Two replicas on one database: whichever comes to the step first is killed, and the other goes on without it."""

import asyncio
import signal

from sandbox.world import Bot
from tests.wire.kills.victim import PATIENCE, Kills


class Replicas(Kills):
    """As `Kills`, but what comes late is counted from the death: nobody starts anew before it has come."""

    other: Bot
    _died = 0.0

    async def __aenter__(self) -> "Replicas":
        await super().__aenter__()
        self.other = self.another()
        await self.other.start()
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self.other.kill()
        await super().__aexit__(*exception)

    async def one(self, what: str, step: str) -> None:
        await super().one(what, step)
        await self._replace_the_dead()

    async def killed(self) -> None:
        processes = [bot.process for bot in (self.bot, self.other) if bot.process is not None]
        waiting = {asyncio.create_task(process.wait()) for process in processes}
        dead, living = await asyncio.wait(waiting, timeout=PATIENCE, return_when=asyncio.FIRST_COMPLETED)
        self._died = asyncio.get_running_loop().time()
        self.disarm()
        if living:  # it may have come to the step in that moment, and is dying
            also, living = await asyncio.wait(living, timeout=0.3)
            dead |= also
        assert {task.result() for task in dead} == {-signal.SIGKILL}
        for task in living:
            task.cancel()

    async def restarted(self) -> float:
        """→ when the first of them died; where both came to the step before it was put away, when they are back."""
        if any(_lives(bot) for bot in (self.bot, self.other)):
            return self._died
        await self._replace_the_dead()
        return asyncio.get_running_loop().time()

    async def _replace_the_dead(self) -> None:
        if not _lives(self.bot):
            self.bot = self.another()
            await self.bot.start()
        if not _lives(self.other):
            self.other = self.another()
            await self.other.start()


def _lives(bot: Bot) -> bool:
    return bot.process is not None and bot.process.returncode is None
