"""When each tick last came to a good end. One that fails, hangs or is never rung has none."""

from collections.abc import Awaitable, Callable

Tick = Callable[[], Awaitable[None]]


class Pulse:
    """`monotonic` in seconds."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._last: dict[str, float] = {}

    def around(self, name: str, tick: Tick) -> Tick:
        """`tick`, whose good ends are noted from now on."""
        self._last[name] = self._monotonic()

        async def noted() -> None:
            await tick()
            self._last[name] = self._monotonic()

        return noted

    def silent(self, seconds: float) -> dict[str, float]:
        """Those without a good end for so long → for how long."""
        now = self._monotonic()
        return {name: now - at for name, at in self._last.items() if now - at >= seconds}
