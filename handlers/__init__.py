"""Registers every conversation. A listener parses, calls one service, renders."""

from collections.abc import Callable
from dataclasses import dataclass

from bot.actions.service import Actions
from bot.alerts.heartbeats import Heartbeats
from bot.calendars.service import Calendars
from bot.desk.channels import Channels
from bot.desk.conversation import Conversation
from bot.desk.deadlines import Deadlines
from bot.desk.export import Exports
from bot.desk.knowledge import Knowledge
from bot.desk.lists import Lists
from bot.desk.moves import Moves
from bot.desk.reports import Reports
from bot.desk.service import Desk
from bot.diagnose.service import Diagnose
from bot.directory.model import Directory
from bot.handoff.service import Handoffs
from bot.outbox.report import AdminReport
from bot.paging.pages import Pages
from bot.paging.reports import Reports as PageReports
from bot.paging.service import Paging
from bot.paging.trials import Trials
from bot.roster.changes import Changes
from bot.roster.service import Roster
from bot.roster.weeks import Weeks
from bot.slack.gateway import Gateway
from bot.slack.render import Renderer
from handlers import (
    cluster,
    conversation,
    fallback,
    handoff,
    home,
    job,
    oncall,
    oncall_calendar,
    oncall_clicks,
    oncall_forms,
    oncall_week,
    page,
    page_test,
    request,
    request_buttons,
    request_forms,
    request_lists,
    request_moves,
    request_promises,
    request_report,
    request_why,
    undelivered,
)
from handlers.listeners import Listeners
from handlers.page_looks import Looks


@dataclass(frozen=True)
class Services:
    """What the conversations are about, and what they speak with. `bot.app` builds it."""

    directory: Callable[[], Directory]
    renderer: Renderer
    gateway: Gateway
    desk: Desk
    moves: Moves
    deadlines: Deadlines
    reports: Reports
    conversation: Conversation
    channels: Channels
    lists: Lists
    knowledge: Knowledge
    exports: Exports
    roster: Roster
    changes: Changes
    paging: Paging
    pages: Pages
    page_reports: PageReports
    heartbeats: Heartbeats
    trials: Trials
    handoffs: Handoffs
    diagnose: Diagnose
    actions: Actions
    calendars: Calendars
    weeks: Weeks
    undelivered: AdminReport


def register(on: Listeners, parts: Services) -> None:
    renderer, directory = parts.renderer, parts.directory
    asking = request_forms.Forms(parts.desk, parts.gateway, renderer, directory)
    verbs = {
        **request_lists.register(on, parts.lists, parts.knowledge, parts.exports, renderer, directory),
        "why": request_why.verb(on, parts.desk, renderer),
        **request_report.register(on, parts.reports, renderer, directory),
    }
    request.register(on, parts.desk, parts.conversation, asking, renderer, directory, verbs)
    request_buttons.register(on, parts.desk, parts.moves, parts.conversation, asking, parts.gateway, directory)
    promise = request_promises.register(on, parts.deadlines, parts.moves, parts.gateway, renderer, directory)
    others_of_more = {"promise": promise}
    request_moves.register(on, parts.moves, parts.desk, parts.gateway, renderer, directory, others_of_more)
    conversation.register(on, parts.conversation, parts.channels)
    calendar = oncall_calendar.register(on, parts.calendars, renderer, directory)
    week = oncall_week.register(on, parts.weeks, renderer)
    forms = oncall_forms.Forms(parts.changes, parts.gateway, renderer)
    others = {"calendar": calendar, "week": week}
    oncall.register(on, parts.roster, parts.changes, forms, renderer, directory, parts.calendars, others)
    oncall_forms.register(on, parts.changes)
    oncall_clicks.register(on, parts.changes, forms, renderer)
    cluster.register(on, parts.diagnose, renderer, directory)
    job.register(on, parts.diagnose, parts.actions, renderer, directory)
    handoff.register(on, parts.handoffs, renderer, directory)
    test = page_test.verb(on, parts.trials, renderer)
    alone = {"test": test}
    looks = Looks(parts.pages, parts.page_reports, parts.heartbeats, renderer, directory)
    page.register(on, parts.paging, looks, renderer, directory, alone)
    home.register(on, parts.lists, parts.roster, parts.changes, asking, parts.gateway, renderer, directory)
    undelivered.register(on, parts.undelivered)
    fallback.register(on, parts.gateway)
