"""`/request report`: how long clients waited, what came too late, what was promised. Parses; `Reports` counts."""

from collections.abc import Callable, Mapping
from datetime import timedelta

from bot.desk import reports
from bot.desk.reports import PERIODS, Reports
from bot.directory.model import Directory
from bot.slack.render import Renderer
from handlers.incoming import Incoming
from handlers.listeners import Listeners
from handlers.request_verbs import Verb


def register(
    on: Listeners, service: Reports, renderer: Renderer, directory: Callable[[], Directory]
) -> Mapping[str, Verb]:
    """→ the verb, for `/request`."""

    async def run(incoming: Incoming, rest: str) -> None:
        length, client = asked(rest, directory())
        found = await service.report(incoming.actor, length, client)
        await on.answer(incoming, renderer.message("desk/report", report=found, names=reports.names(directory())))

    def fits(rest: str) -> bool:
        known = {"client", *PERIODS, *(client.id for client in directory().clients)}
        words = rest.lower().split()
        return len(words) <= 3 and all(word in known for word in words)

    usage = (("report [week|month] [client]", "waiting times, missed targets, promises; of one client by its id"),)
    return {"report": Verb(run, fits, usage)}


def asked(rest: str, directory: Directory) -> tuple[timedelta, str]:
    """→ how far back, and of which client ("": of all)."""
    words = rest.lower().split()
    length = next((PERIODS[word] for word in words if word in PERIODS), PERIODS["week"])
    return length, next((client.id for client in directory.clients if client.id in words), "")
