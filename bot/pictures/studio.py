"""Draws in a thread of its own: neither the painting nor the year's ledger may hold up the loop that acknowledges
Slack. One thread, for however many ask: several would take turns with the loop, and it would have every fourth.
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import structlog

from bot.directory.model import Directory
from bot.pictures import compose, layout, paint, typeface
from bot.pictures.compose import Wanted
from bot.pictures.sheet import Sheet
from schedules.rota import fairness
from schedules.rota.fairness import Load
from schedules.rota.model import Rota

log = structlog.get_logger()
_thread = ThreadPoolExecutor(1, "pictures")


@dataclass(frozen=True)
class Shown:
    """`picture` is a PNG; None where it could not be drawn, and then the words have to do."""

    sheet: Sheet
    picture: bytes | None


async def show(rota: Rota, directory: Directory, wanted: Wanted) -> Shown:
    return await asyncio.get_running_loop().run_in_executor(_thread, draw, rota, directory, wanted)


def draw(rota: Rota, directory: Directory, wanted: Wanted) -> Shown:
    """The same, in the caller's thread."""
    made = compose.sheet(rota, directory, wanted, loads(rota, wanted))
    try:
        return Shown(made, paint.png(layout.place(made, typeface.width)))
    except Exception:
        log.exception("the picture of the weeks cannot be drawn")
        return Shown(made, None)


def loads(rota: Rota, wanted: Wanted) -> tuple[Load, ...]:
    return fairness.year(rota, wanted.now.year)
