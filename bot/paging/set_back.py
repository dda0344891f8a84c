"""Pages that a clock set back would keep waiting. What is due is an instant, and an instant can be far away again.

No page waits longer than a step of its policy, or than `ask_again`: where one does, the clock was set back after the
wait began (or the file's waits became shorter), and the wait begins anew. So it is late by one wait at most.
"""

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from bot.paging.model import Escalation, PageState
from bot.paging.tables import Page

SKEW = timedelta(seconds=10)
"""By so much the clocks of two replicas may differ."""


async def waiting(tx: AsyncSession, escalation: Escalation, now: datetime) -> list[Page]:
    """Those that would wait too long."""
    asked = [PageState.OPEN.value, *([PageState.ACKNOWLEDGED.value] if escalation.ask_again else [])]
    ahead = (col(Page.state).in_(asked), col(Page.due_at) > now + SKEW)
    pages = (await tx.scalars(select(Page).where(*ahead).order_by(col(Page.id)))).all()
    return [page for page in pages if page.due_at and page.due_at > now + _longest(page, escalation) + SKEW]


async def begin_anew(tx: AsyncSession, escalation: Escalation, now: datetime) -> None:
    for found in await waiting(tx, escalation, now):
        page = await tx.get_one(Page, found.id, with_for_update=True, populate_existing=True)
        longest = _longest(page, escalation)
        if page.due_at is not None and page.due_at > now + longest:
            page.due_at = now + longest


def _longest(page: Page, escalation: Escalation) -> timedelta:
    if PageState(page.state) is PageState.ACKNOWLEDGED:
        return escalation.ask_again
    policy = next((one for one in escalation.policies if one.id == page.policy), escalation.policies[-1])
    return max(step.wait for step in policy.steps)
