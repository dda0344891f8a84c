"""Registers every conversation. A listener parses, calls one service, renders."""

from typing import TYPE_CHECKING

from handlers import cluster, handoff, home, job, oncall, page, request
from handlers.listeners import Listeners

if TYPE_CHECKING:
    from bot.app import Services


def register(on: Listeners, parts: "Services") -> None:
    renderer, directory = parts.renderer, parts.directory
    request.register(on, parts.desk, parts.gateway, renderer, directory)
    oncall.register(on, parts.roster, renderer, directory)
    cluster.register(on, parts.diagnose, renderer, directory)
    job.register(on, parts.diagnose, parts.actions, renderer, directory)
    handoff.register(on, parts.handoffs, renderer, directory)
    page.register(on, parts.paging, renderer, directory)
    home.register(on, parts.desk, parts.roster, parts.gateway, renderer, directory)
