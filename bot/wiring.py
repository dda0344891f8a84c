"""Small functions by which the parts ask each other, so that none has to know another."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from bot.clock import Clock
from bot.desk.intake import JobRef
from bot.diagnose.service import Diagnose
from bot.directory.access import Scope
from bot.directory.model import Directory, Role
from bot.errors import BotError
from bot.inbox.service import Inbox, none_is_gone
from bot.outbox import alive
from bot.outbox.outcome import Report
from bot.outbox.sender import Sender
from bot.outbox.tables import OutgoingMessage
from bot.paging.unreached import Unreached
from bot.slack.gateway import Gateway
from bot.store.database import Database

log = structlog.get_logger()


def guarded(name: str, tick: Callable[[], Awaitable[None]]) -> Callable[[], Awaitable[None]]:
    """A tick that fails is logged and rings again; it never takes the others with it."""

    async def ring() -> None:
        try:
            await tick()
        except BotError as error:
            log.warning("tick put off", tick=name, error=str(error))
        except asyncio.CancelledError:
            log.debug("tick cut off by the end of the process", tick=name)
        except Exception:
            log.exception("tick failed", tick=name)

    return ring


async def ended(task: asyncio.Task[None]) -> None:
    """Cancels a background task and waits until it is gone."""
    task.cancel()
    await asyncio.wait([task])


def owner_of(directory: Directory, channel: str) -> str | None:
    """The id of the client whose channel it is: what the outbox asks of each message."""
    client = directory.client_of(channel)
    return client.id if client else None


def contact_of(directory: Callable[[], Directory]) -> Callable[[str], str | None]:
    """Turns a row's contact ref into the Apprise URL, at the moment of sending."""

    def url(ref: str) -> str | None:
        method = directory().contact(ref)
        return method.url if method else None

    return url


def has_contacts(directory: Directory) -> bool:
    """Whether anybody is reached outside Slack."""
    return any(person.contacts for person in directory.people)


def inbox_of(db: Database, clock: Clock, sender: Sender) -> Inbox:
    """Whose envelopes are whose is told by their senders' sessions: on SQLite there is one process."""
    return Inbox(db, clock, sender.owner, alive.gone if db.dialect == "postgresql" else none_is_gone)


def refused_of(undelivered: Report, unreached: Unreached) -> Report:
    """What happens when a message is refused for good: the admins read it, and nobody waits for who is not reached."""

    async def refused(tx: AsyncSession, row: OutgoingMessage, reason: str) -> None:
        await undelivered(tx, row, reason)
        unreached.refused(row.key)

    return refused


def active_in(slack: Gateway) -> Callable[[str], Awaitable[bool]]:
    """Whether an account is in use. Somebody waits before a form: a Slack that is slow says nothing against it."""

    async def active(user: str) -> bool:
        try:
            async with asyncio.timeout(1.0):
                return not (await slack.user(user)).deleted
        except (BotError, TimeoutError):
            return True

    return active


def silence_in(slack: Gateway) -> Callable[[str], Awaitable[datetime | None]]:
    """Until when Slack makes no sound for somebody; None: it does."""

    async def until(user: str) -> datetime | None:
        return await slack.silent_until(user)

    return until


def jobs_of(diagnose: Diagnose, scope: Scope) -> list[JobRef]:
    """The jobs that a scope may see, as the desk names them."""
    found = diagnose.jobs(scope)
    return [JobRef(cluster, job.metadata.namespace, job.metadata.name) for cluster, job in found]


Groups = Callable[[], Awaitable[dict[Role, frozenset[str]]]]


def groups_of(directory: Callable[[], Directory], slack: Gateway) -> Groups:
    """The members of each role's user group, as Slack says now or said last."""

    async def groups() -> dict[Role, frozenset[str]]:
        roles = directory().role_groups
        found = await asyncio.gather(*(slack.group_members(group) for group in roles.values()))
        return {role: aged.value for role, aged in zip(roles, found, strict=True)}

    return groups
