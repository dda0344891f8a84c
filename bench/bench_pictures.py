"""How long a picture of two weeks takes, and whether the loop that acknowledges Slack notices."""

import asyncio
import gc
import re
import statistics
import time
from datetime import UTC, datetime
from pathlib import Path

import templates
from bench.figures import Figure
from bot.config.file import load
from bot.pictures import compose, layout, paint, sheet, studio, typeface

EXAMPLE = Path(templates.__file__).parent / "config" / "heliograph.yaml"
NOW = datetime(2026, 11, 24, 16, 5, tzinfo=UTC)
RUNS = 15


def measure() -> list[Figure]:
    names = dict.fromkeys(re.findall(r"\$\{(\w+)\}", EXAMPLE.read_text()), "json://unused")
    config = load(EXAMPLE, names)
    rota, directory = config.rota(), config.directory()
    wanted = compose.Wanted("Europe/Berlin", NOW, sheet.monday(NOW, "Europe/Berlin"))
    made = compose.sheet(rota, directory, wanted, studio.loads(rota, wanted))
    times = []
    for _ in range(RUNS):
        start = time.process_time()
        drawing = layout.place(made, typeface.width)
        paint.png(drawing)
        times.append((time.process_time() - start) * 1000)
    middle = statistics.median(times)

    async def stall() -> float:
        """The longest that the loop waited while pictures were drawn beside it, in ms."""
        drawing = asyncio.gather(*(studio.show(rota, directory, wanted) for _ in range(3)))
        worst = 0.0
        while not drawing.done():
            before = time.perf_counter()
            await asyncio.sleep(0.001)
            worst = max(worst, (time.perf_counter() - before) * 1000)
        await drawing
        return worst

    asyncio.run(stall())  # the first one loads Pillow and the calendars of holidays
    gc.collect()
    gc.freeze()  # a collection of the whole heap would stall as long, whatever is drawn; here it is not the question
    worst = asyncio.run(stall())
    return [
        Figure("picture of two weeks, placed and painted: work", middle, "ms", "≤ 60", middle <= 60),
        Figure("longest stall of the loop while three more are drawn", worst, "ms", "≤ 50", worst <= 50),
    ]
