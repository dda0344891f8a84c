"""What was learned before: earlier requests like this one, with their cause and fix.

Alike is what had the same finding of `/job why`, what was about the same job, and what shares the words that tell
requests apart. When a request opens its job is looked at, beside the request's own transaction and with a limit of
time: a cluster that is away costs a hint, never a request.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from sqlalchemy import exists, func
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from bot.clock import Clock
from bot.desk import fulltext, lifecycle, listing, lists, words
from bot.desk.lifecycle import State
from bot.desk.listing import Line, Sight
from bot.desk.messages import card_key
from bot.desk.tables import Request, RequestFinding
from bot.desk.words import Sought
from bot.diagnose.model import Finding, Why
from bot.directory import access
from bot.directory.access import Actor, Right, Scope
from bot.directory.model import Directory
from bot.errors import BotError, UserError
from bot.outbox.api import Destination, Outbox
from bot.slack.render import Renderer
from bot.store import rows as stored
from bot.store.database import Database

MOST = 5
HINTS = 3
"""Earlier ones under a new card."""
CANDIDATES = 40
PATIENCE = 5.0
"""Seconds of real time that a cluster has to say why its job is as it is."""
FRESH = timedelta(minutes=10)
"""Later the job says nothing any more about the moment for which it was asked."""
AT_ONCE = 20
ASKED = 400
"""Characters of the question that are repeated."""
Explain = Callable[[str, str, Scope], Awaitable[Why]]
"""(cluster, "namespace/job", scope) → why it is as it is."""
_ENDED = [state.value for state in State if state not in lifecycle.OPEN]


async def unexplained(cluster: str, job: str, scope: Scope) -> Why:
    """Where no cluster is at hand."""
    raise BotError(f"{cluster} is not looked at here.")


@dataclass(frozen=True)
class Alike:
    """`question` is what was asked, or the words of request `of`."""

    question: str
    lines: tuple[Line, ...]
    of: int | None = None


@dataclass(frozen=True)
class _Question:
    sought: Sought
    signature: str = ""
    job: tuple[str, str, str] = ("", "", "")
    of: int = 0


@dataclass(frozen=True)
class _Match:
    request: Request
    finding: str
    same_job: bool
    shared: int

    @property
    def because(self) -> str:
        parts = [f"same finding: {self.finding}" if self.finding else "", "same job" if self.same_job else ""]
        return " · ".join(part for part in parts if part) or "same words"


class Knowledge:
    def __init__(
        self,
        db: Database,
        clock: Clock,
        directory: Callable[[], Directory],
        outbox: Outbox,
        renderer: Renderer,
        explain: Explain = unexplained,
    ) -> None:
        self._db = db
        self._clock = clock
        self._directory = directory
        self._outbox = outbox
        self._renderer = renderer
        self._explain = explain

    async def similar(self, who: Actor, asked: int | str) -> Alike:
        """Resolved ones like request `asked`, or like these words. Raises `UserError` on words that tell nothing."""
        access.require(who, Right.OPEN_REQUEST)
        sight = listing.sight(who)
        async with self._db.read() as tx:
            if isinstance(asked, int):
                request = await lists.seen(tx, sight, asked)
                question = await _about(tx, request)
            else:
                request, question = None, _Question(words.telling(asked))
                if not question.sought.words:
                    raise UserError(
                        "These words tell nothing apart.", hint="Write an error's name, or a request's id such as R-12."
                    )
            found = await _matches(tx, sight, question)
        now, directory = self._clock.now(), self._directory()
        lines = [replace(listing.line(m.request, sight, directory, now), because=m.because) for m in found[:MOST]]
        return Alike(str(request.text if request else asked)[:ASKED], tuple(lines), request.id if request else None)

    async def tick(self) -> None:
        """Looks at the jobs of requests that were opened, or resolved, since."""
        async with self._db.read() as tx:
            opened, resolved = await self._due(tx)
        found = await asyncio.gather(*(self._finding(request) for request in [*opened, *resolved]))
        for request, finding in zip(opened, found, strict=False):
            await self._opened(request, finding)
        for request, finding in zip(resolved, found[len(opened) :], strict=True):
            await self._resolved(request, finding)
        if opened:
            self._outbox.wake()

    async def _due(self, tx: AsyncSession) -> tuple[list[Request], list[Request]]:
        """New ones that nobody has looked at, and resolved ones of whose job nothing was found when they opened."""
        since = self._clock.now() - FRESH
        newest = (await tx.scalars(select(func.max(Request.id)))).one() or 0
        unseen = ~exists().where(col(RequestFinding.request) == col(Request.id))
        recent = (col(Request.id) > newest - 10 * AT_ONCE, col(Request.created_at) >= since)
        opened = select(Request).where(*recent, unseen).order_by(col(Request.id)).limit(AT_ONCE)
        blank = (col(RequestFinding.signature) == "", col(RequestFinding.settled).is_(False))
        ended = (col(Request.state) == State.RESOLVED.value, col(Request.resolved_at) >= since)
        joined = select(Request).join(RequestFinding, col(RequestFinding.request) == col(Request.id))
        resolved = joined.where(*blank, *ended, col(Request.job) != "").limit(AT_ONCE)
        return list((await tx.scalars(opened)).all()), list((await tx.scalars(resolved)).all())

    async def _finding(self, request: Request) -> Finding | None:
        """What is wrong with its job now, in its client's sight; None where nothing is, or nobody can tell."""
        client = self._directory().client(request.client)
        if client is None or not request.job:
            return None
        try:
            async with asyncio.timeout(PATIENCE):
                job = f"{request.namespace}/{request.job}"
                return (await self._explain(request.cluster, job, access.client_scope(client))).blocker
        except (BotError, TimeoutError):
            return None

    async def _opened(self, request: Request, finding: Finding | None) -> None:
        assert request.id is not None
        async with self._db.write() as tx:
            said = _said(finding)
            row = RequestFinding(request=request.id, signature=said[0], title=said[1], at=self._clock.now())
            if not await stored.insert_new(tx, row):
                return  # another replica looks
            question = await _about(tx, request, row.signature)
            alike = [m for m in await _matches(tx, Sight(None), question) if _tells(m, question)]
            if alike:
                await self._hint(tx, request, alike)

    async def _hint(self, tx: AsyncSession, request: Request, alike: list[_Match]) -> None:
        """In the team's thread, and only there: other clients' requests are among them."""
        now, directory = self._clock.now(), self._directory()
        lines = [replace(listing.line(m.request, Sight(None), directory, now), because=m.because) for m in alike]
        message = self._renderer.message("desk/similar_before", id=request.id, lines=lines[:HINTS], total=len(lines))
        await self._outbox.post(tx, f"request/{request.id}/similar", Destination(thread_of=card_key(request)), message)

    async def _resolved(self, request: Request, finding: Finding | None) -> None:
        async with self._db.write() as tx:
            row = await tx.get(RequestFinding, request.id, with_for_update=True)
            if row is None:
                return
            row.settled = True
            if finding is not None:
                row.signature, row.title = _said(finding)


def signature(finding: Finding) -> str:
    """The same for the same kind of fault: the rule and its words, without names and numbers, but for an Xid's."""
    title = finding.title.replace(finding.subject.name, "").partition(" (first in")[0]
    xids = re.findall(r"\bXid \d+", title)
    plain = [word for word in words.split(title) if not any(c.isdigit() for c in word) and word != "xid"]
    return f"{finding.rule}: {' '.join([*plain, *xids])}"[:200]


def _said(finding: Finding | None) -> tuple[str, str]:
    """Signature and title."""
    return (signature(finding), finding.title[:300]) if finding else ("", "")


async def _about(tx: AsyncSession, request: Request, found: str = "") -> _Question:
    assert request.id is not None
    if not found:
        row = await tx.get(RequestFinding, request.id)
        found = row.signature if row else ""
    job = (request.cluster, request.namespace, request.job)
    return _Question(words.telling(request.text), found, job, request.id)


async def _matches(tx: AsyncSession, sight: Sight, question: _Question) -> list[_Match]:
    """The best first: the finding before the job before the words, then the newest."""
    ended = (col(Request.state).in_(_ENDED), col(Request.merged_into).is_(None), col(Request.id) != question.of)
    base = select(Request, RequestFinding).outerjoin(RequestFinding, col(RequestFinding.request) == col(Request.id))
    base = base.where(*lists.of(sight), *ended)
    queries: list[Any] = []
    if question.signature:
        same = base.where(col(RequestFinding.signature) == question.signature)
        queries.append(same.order_by(col(Request.id).desc()))
    if question.job[2]:
        cluster, namespace, job = question.job
        where = (col(Request.cluster) == cluster, col(Request.namespace) == namespace, col(Request.job) == job)
        queries.append(base.where(*where).order_by(col(Request.id).desc()))
    if question.sought.words:
        hits = fulltext.found(tx, question.sought, inside=sight.inside)
        queries.append(base.join(hits, hits.c.request == col(Request.id)).order_by(hits.c.rank))
    there: dict[int, _Match] = {}
    for query in queries:
        for request, finding in (await tx.execute(query.limit(CANDIDATES))).all():
            there[request.id] = _match(request, finding, question, sight)
    least = min(2, len(question.sought.words))
    kept = [m for m in there.values() if m.finding or m.same_job or m.shared >= max(1, least)]
    return sorted(kept, key=lambda m: (not m.finding, not m.same_job, -m.shared, -(m.request.id or 0)))


def _match(request: Request, found: RequestFinding | None, question: _Question, sight: Sight) -> _Match:
    same = found is not None and found.signature == question.signature != ""
    job = (request.cluster, request.namespace, request.job)
    texts = [request.text, request.job, *((request.cause, request.fix) if sight.inside else ())]
    return _Match(
        request,
        found.title if found is not None and same else "",
        bool(request.job) and job == question.job,
        words.shared(question.sought, texts),
    )


def _tells(match: _Match, question: _Question) -> bool:
    """Whether it is worth a line that nobody asked for: it says what helped, and is more than a little alike."""
    if not (match.request.cause or match.request.fix):
        return False
    half = max(2, len(question.sought.words) // 2)
    return bool(match.finding) or match.shared >= half or (match.same_job and match.shared > 0)
