"""The composition root: builds everything once, in order, and takes it apart in the opposite order.

The only module that knows all others. `heliograph(...)` is one running bot; closing it drains what is at work, so that
a stop loses nothing, and a kill loses nothing either because the database is the truth.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import structlog
from slack_bolt.async_app import AsyncApp

import handlers
import templates
from bot import memory, wiring
from bot.actions.service import Actions
from bot.alerts.heartbeats import Heartbeats
from bot.alerts.service import Alerts
from bot.calendars.service import Calendars
from bot.clock import Clock, monotonic
from bot.config.file import Config
from bot.config.settings import Settings
from bot.desk import messages as desk_messages
from bot.desk.channels import Channels
from bot.desk.conversation import Conversation
from bot.desk.deadlines import Deadlines
from bot.desk.export import Exports
from bot.desk.knowledge import Knowledge
from bot.desk.lists import Lists
from bot.desk.mirror import Mirror
from bot.desk.moves import Moves
from bot.desk.reach import Reach
from bot.desk.reminders import Reminders
from bot.desk.reports import Reports
from bot.desk.service import Desk
from bot.diagnose.service import Diagnose
from bot.directory.model import Directory
from bot.fleet.service import Fleet
from bot.handoff import messages as handoff_messages
from bot.handoff.service import Handoffs
from bot.handoff.unaccepted import Unaccepted
from bot.inbox.service import Inbox
from bot.links.service import Links
from bot.outbox.api import Outbox
from bot.outbox.report import AdminReport
from bot.outbox.sender import Sender
from bot.paging import messages as paging_messages
from bot.paging.by_link import ByLink
from bot.paging.pages import Pages
from bot.paging.reports import Reports as PageReports
from bot.paging.service import Paging
from bot.paging.silence import Silence
from bot.paging.trials import Trials
from bot.paging.unreached import Unreached
from bot.paging.upkeep import Upkeep
from bot.reload import Report, RosterFile
from bot.roster import messages as roster_messages
from bot.roster.changes import Changes
from bot.roster.recorder import Recorder
from bot.roster.service import Roster
from bot.roster.weeks import Weeks
from bot.rush import Rush
from bot.shifts import messages as shift_messages
from bot.shifts.edits import Edits
from bot.shifts.gaps import Gaps
from bot.shifts.groups import Groups
from bot.shifts.service import Notices
from bot.slack import connection
from bot.slack.gateway import Gateway
from bot.slack.render import Renderer
from bot.store.database import Database
from bot.watchman.deadman import Deadman
from bot.watchman.pulse import Pulse
from bot.watchman.service import Watchman
from bot.web.server import Web
from handlers.listeners import Listeners
from schedules.alarms import Alarms

log = structlog.get_logger()
TEMPLATES = Path(templates.__file__).parent


@dataclass(frozen=True)
class Shifts:
    """What looks after shifts by the clock alone; no conversation needs it."""

    notices: Notices
    gaps: Gaps
    recorder: Recorder
    edits: Edits
    groups: Groups


@dataclass(frozen=True)
class Parts:
    """All that runs: what the conversations use, and what only this module looks after."""

    services: handlers.Services
    db: Database
    outbox: Outbox
    fleet: Fleet
    file: RosterFile
    shifts: Shifts
    links: Links
    by_link: ByLink
    alerts: Alerts
    unaccepted: Unaccepted
    unreached: Unreached
    silence: Silence


@asynccontextmanager
async def assembled(config: Config, settings: Settings, clock: Clock) -> AsyncIterator[Parts]:
    """Everything but Slack's listeners and the alarms: what the terminal needs too."""
    async with AsyncExitStack() as stack:
        db = Database.open(settings.database_url.get_secret_value())
        stack.push_async_callback(db.close)
        await db.migrate()
        file = RosterFile(config, clock, os.environ)
        gateway = Gateway.open(settings.slack_bot_token.get_secret_value(), clock, settings.slack_api_url)
        stack.push_async_callback(gateway.close)
        renderer = Renderer(TEMPLATES, lambda: file.directory().commands)
        outbox = Outbox(db, clock, lambda channel: wiring.owner_of(directory(), channel))
        channels = Channels(db, clock, outbox, renderer, file.directory)
        await channels.look()
        directory = channels.directory
        roster = Roster(db, clock, directory, file.rota)
        fleet = Fleet(directory().clusters, clock)
        diagnose = Diagnose(fleet, clock)
        secret = settings.slack_bot_token.get_secret_value()
        links = Links(db, clock, directory, file.link_life, secret, settings.public_url)
        page_words = paging_messages.Messages(outbox, renderer, links.make)
        paging = Paging(db, clock, directory, roster, file.escalation, page_words)
        told = desk_messages.Messages(outbox, renderer, directory, lambda: gateway.home)
        mirror = Mirror(outbox, renderer, directory, told, lambda: gateway.home)
        desk = Desk(db, clock, directory, roster, paging, told, jobs=partial(wiring.jobs_of, diagnose))
        moves = Moves(db, clock, directory, roster, paging, told, job_state=diagnose.state_of)
        reminders = Reminders(outbox, renderer, directory, told.door, lambda: gateway.home)
        reach = Reach(db, desk, told)
        file.around(reach.before, reach.after)
        handoffs = Handoffs(
            db,
            clock,
            directory,
            roster,
            desk,
            diagnose,
            handoff_messages.Messages(outbox, renderer, directory),
        )
        shifts = shifts_of(
            db, clock, directory, file, desk, roster, gateway, shift_messages.Messages(outbox, renderer, directory)
        )
        upkeep = Upkeep(directory, page_words)
        made = handlers.Services(
            directory=directory,
            renderer=renderer,
            gateway=gateway,
            desk=desk,
            moves=moves,
            deadlines=Deadlines(db, clock, directory, moves, paging, told, reminders),
            reports=Reports(db, clock, directory, outbox, renderer, told.door),
            conversation=Conversation(db, clock, directory, outbox, moves, mirror),
            channels=channels,
            lists=Lists(db, clock, directory, outbox, lambda: gateway.home),
            knowledge=Knowledge(db, clock, directory, outbox, renderer, diagnose.why),
            exports=Exports(db, clock, directory, outbox),
            roster=roster,
            changes=Changes.of(
                db,
                clock,
                directory,
                roster,
                roster_messages.Messages(outbox, renderer, directory),
                wiring.active_in(gateway),
                file.swaps_need_approval,
            ),
            paging=paging,
            pages=Pages(db),
            page_reports=PageReports(db, clock, directory),
            heartbeats=Heartbeats(db, clock, file.heartbeats, paging, upkeep, renderer, outbox.wake),
            trials=Trials(db, clock, directory, outbox, renderer),
            handoffs=handoffs,
            diagnose=diagnose,
            actions=Actions(db, fleet, diagnose, clock),
            weeks=Weeks(db, clock, directory, roster, outbox, renderer),
            undelivered=AdminReport(db, outbox, renderer, lambda: directory().admin_channel),
            calendars=Calendars(db, clock, directory, roster, secret, settings.public_url),
        )
        by_link = ByLink(db, clock, directory, paging, links, wiring.groups_of(directory, gateway))
        alerts = Alerts(db, clock, directory, file.alerts, paging, upkeep, renderer, outbox.wake)
        unaccepted = Unaccepted(db, clock, directory, paging)
        unreached = Unreached(db, clock, directory, outbox, renderer)
        silence = Silence(db, clock, directory, outbox, page_words, wiring.silence_in(gateway), monotonic)
        yield Parts(made, db, outbox, fleet, file, shifts, links, by_link, alerts, unaccepted, unreached, silence)


def shifts_of(
    db: Database,
    clock: Clock,
    directory: Callable[[], Directory],
    file: RosterFile,
    desk: Desk,
    roster: Roster,
    gateway: Gateway,
    words: shift_messages.Messages,
) -> Shifts:
    """What looks after shifts; an edit of the file is recorded around and told."""
    recorder = Recorder(db, clock, roster)
    edits = Edits(db, clock, directory, file.notices, roster, recorder, file.config, words)
    file.around(recorder.record, edits.adopt)
    return Shifts(
        notices=Notices(db, clock, directory, file.notices, roster, desk, words),
        gaps=Gaps(db, clock, directory, file.notices, roster, words),
        recorder=recorder,
        edits=edits,
        groups=Groups(db, clock, directory, roster, gateway, words),
    )


def sender_of(parts: Parts, clock: Clock, rush: Rush) -> Sender:
    """What sends the outbox, woken by it."""
    directory = parts.services.directory
    sender = Sender(
        parts.db,
        clock,
        parts.services.gateway,
        wiring.contact_of(directory),
        owner_of=lambda channel: wiring.owner_of(directory(), channel),
        report=wiring.refused_of(parts.services.undelivered, parts.unreached),
        written=parts.links.written,
        rush=rush,
    )
    parts.outbox.on_wake(sender.wake)
    return sender


def open_to(web: Web, parts: Parts, settings: Settings) -> None:
    """From here on the web server serves more than whether it is well."""
    web.calendars = parts.services.calendars
    web.pages.by_link = parts.by_link
    web.alertmanager.secret = settings.alertmanager_secret.get_secret_value()
    web.alertmanager.alerts = parts.alerts
    web.beats.heartbeats = parts.services.heartbeats


@asynccontextmanager
async def heliograph(config: Config, settings: Settings, clock: Clock) -> AsyncIterator[Parts]:
    """A running bot: answering Slack, ringing its alarms, sending what is due."""
    waiting = {"slack", "clusters"}
    async with AsyncExitStack() as stack:
        web = await stack.enter_async_context(Web(settings.http_host, settings.http_port, lambda: sorted(waiting)))
        parts = await stack.enter_async_context(assembled(config, settings, clock))
        rush = Rush()
        sender = sender_of(parts, clock, rush)
        stack.push_async_callback(sender.stop)
        mirrors = asyncio.create_task(parts.fleet.run(), name="fleet")
        stack.push_async_callback(wiring.ended, mirrors)
        app = AsyncApp(
            client=parts.services.gateway.client,
            signing_secret=settings.slack_signing_secret.get_secret_value(),
            raise_error_for_unhandled_request=True,
            process_before_response=True,  # which is the acknowledgement; the work has a task (`Listeners`)
        )
        inbox = wiring.inbox_of(parts.db, clock, sender)
        groups = wiring.groups_of(parts.services.directory, parts.services.gateway)
        renderer, directory = parts.services.renderer, parts.services.directory
        on = Listeners(app, parts.db, inbox, parts.outbox, renderer, directory, groups, rush)
        handlers.register(on, parts.services)
        stack.push_async_callback(on.drain, 5.0)
        open_to(web, parts, settings)
        await parts.shifts.edits.adopt()
        sender.start()
        if wiring.has_contacts(parts.services.directory()):
            await sender.warm()
        alarms = Alarms()
        pulse = Pulse(monotonic)
        for name, tick in ticks(parts):
            alarms.every(settings.tick_seconds, name, wiring.guarded(name, pulse.around(name, tick)))
        alarms.every(2, "taking up", wiring.guarded("taking up", on.take_up))
        alarms.every(3600, "housekeeping", wiring.guarded("housekeeping", housekeeping(parts, inbox, clock)))
        alarms.start()
        stack.push_async_callback(alarms.stop)
        watching = asyncio.create_task(deadman(parts, settings, clock, pulse).run(), name="watchman")
        stack.push_async_callback(wiring.ended, watching)
        await connection.patient("auth.test", parts.services.gateway.auth_test)
        web.slack = app if settings.mode == "http" else None
        token = "" if settings.mode == "http" else settings.slack_app_token.get_secret_value()
        await stack.enter_async_context(connection.connected(app, token, parts.services.gateway))
        waiting.discard("slack")
        await on.replay()
        await parts.fleet.ready()
        waiting.discard("clusters")
        memory.settle()
        log.info("ready")
        yield parts


def deadman(parts: Parts, settings: Settings, clock: Clock, pulse: Pulse) -> Deadman:
    """What looks whether all that should happen does, and tells somebody outside that it does."""
    made, directory = parts.services, parts.services.directory
    watchman = Watchman(
        parts.db,
        clock,
        made.paging,
        made.handoffs,
        parts.outbox,
        made.renderer,
        pulse,
        lambda: directory().admin_channel,
        parts.file.escalation,
        monotonic,
    )
    return Deadman(watchman.look, settings.deadman_url.get_secret_value(), settings.deadman_seconds)


def ticks(parts: Parts) -> list[tuple[str, Callable[[], Awaitable[None]]]]:
    """What each ring of the alarm asks: is anything due?"""
    report = Report(parts.db, parts.outbox, parts.services.renderer)
    return [
        ("unreached", parts.unreached.tick),
        ("paging", parts.services.paging.tick),
        ("heartbeats", parts.services.heartbeats.tick),
        ("do not disturb", parts.silence.tick),
        ("tests of contact methods", parts.services.trials.tick),
        ("desk", parts.services.moves.tick),
        ("deadlines", parts.services.deadlines.tick),
        ("knowledge", parts.services.knowledge.tick),
        ("reports", parts.services.reports.tick),
        ("channels", parts.services.channels.look),
        ("handoff", parts.services.handoffs.tick),
        ("unaccepted handoff", parts.unaccepted.tick),
        ("actions", parts.services.actions.tick),
        ("shift records", parts.shifts.recorder.tick),
        ("shift notices", parts.shifts.notices.tick),
        ("gap notices", parts.shifts.gaps.tick),
        ("roster", parts.services.changes.tick),
        ("user groups", parts.shifts.groups.tick),
        ("roster file", lambda: parts.file.look(report)),
    ]


def housekeeping(parts: Parts, inbox: Inbox, clock: Clock) -> Callable[[], Awaitable[None]]:
    """Forgets what is no longer needed."""

    async def prune() -> None:
        await inbox.prune(clock.now())
        await parts.outbox.prune(clock.now())
        await parts.services.calendars.prune()
        await parts.links.prune()
        await parts.alerts.prune()

    return prune
