"""Alerts become pages: one alert one page, a storm one page with a count, and what is resolved ends its page.

A notification is one transaction, and they take turns: two replicas of Alertmanager that tell the same at the same
moment page once. Where a resolved alert comes again it is a new page, whoever answered the old one. What Alertmanager
cut off (`max_alerts`) nobody knows here, so somebody is told to look there.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, func
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from bot.alerts import model
from bot.alerts.model import Alert, Rules
from bot.alerts.tables import AlertRow
from bot.clock import Clock
from bot.directory.model import Directory
from bot.paging.model import Alarm, PageState, Reason
from bot.paging.service import Paging
from bot.paging.tables import Page
from bot.paging.upkeep import Upkeep
from bot.slack.render import Renderer
from bot.store import claims
from bot.store.database import Database

KEPT = timedelta(days=30)
"""For so long an alert that no longer fires is remembered."""
STILL_FIRES = timedelta(minutes=30)
"""Somebody resolved the page, and for so long after it the alert may take to end; then its repetition pages anew."""
STORM = "alerts/storm/"
AT_ONCE = 500
"""Fingerprints in one query: SQLite takes a limited number of values."""


class Alerts:
    def __init__(
        self,
        db: Database,
        clock: Clock,
        directory: Callable[[], Directory],
        rules: Callable[[], Rules],
        paging: Paging,
        upkeep: Upkeep,
        renderer: Renderer,
        wake: Callable[[], None],
    ) -> None:
        self._db = db
        self._clock = clock
        self._directory = directory
        self._rules = rules
        self._paging = paging
        self._upkeep = upkeep
        self._renderer = renderer
        self._wake = wake

    async def receive(self, alerts: Sequence[Alert], withheld: int = 0) -> list[int]:
        """One notification. `withheld` are firing alerts that Alertmanager cut off. → the pages it made or joined."""
        now = self._clock.now()
        async with self._db.write() as tx:
            await claims.turn(tx, "alerts", now)
            last = {alert.fingerprint: alert for alert in alerts}
            rows = await self._known(tx, list(last))
            ended = [row for fingerprint, row in rows.items() if _has_ended(row, last[fingerprint])]
            for row in ended:
                row.firing, row.seen_at = False, now
            fresh = [alert for alert in last.values() if alert.firing and await self._is_new(tx, alert, rows, now)]
            pages = await self._page(tx, fresh, rows, withheld, now)
            await tx.flush()
            changed = {row.page for row in ended if row.page is not None} | set(pages)
            if withheld:
                changed |= await self._withheld(tx, withheld, now)
            for page in sorted(changed):
                await self._settle(tx, page, withheld, now)
        self._wake()
        return sorted(set(pages))

    async def unreadable(self, why: str, reference: str) -> None:
        """Somebody who knows the secret sent what cannot be read: perhaps an alert, so a person looks. Once an hour."""
        now = self._clock.now()
        reason = Reason(
            "Alertmanager sent something that Heliograph cannot read",
            self._renderer.text("alerts/unreadable", why=why, reference=reference).strip(),
            "alerts may be missing",
        )
        async with self._db.write() as tx:
            await self._paging.raise_in(tx, Alarm(f"alerts/unreadable/{now:%Y%m%d%H}", reason), now)
        self._wake()

    async def prune(self) -> None:
        async with self._db.write() as tx:
            old = (col(AlertRow.firing).is_(False), col(AlertRow.seen_at) < self._clock.now() - KEPT)
            await tx.execute(delete(AlertRow).where(*old))

    async def _known(self, tx: AsyncSession, fingerprints: Sequence[str]) -> dict[str, AlertRow]:
        found: dict[str, AlertRow] = {}
        for start in range(0, len(fingerprints), AT_ONCE):
            some = col(AlertRow.fingerprint).in_(fingerprints[start : start + AT_ONCE])
            found |= {row.fingerprint: row for row in (await tx.scalars(select(AlertRow).where(some))).all()}
        return found

    async def _is_new(self, tx: AsyncSession, alert: Alert, rows: dict[str, AlertRow], now: datetime) -> bool:
        """Whether to tell somebody. A repetition is not new; what began anew is, once its page was answered.

        Nor is what somebody has resolved forgotten while it fires: its repetition after `STILL_FIRES` is new.
        """
        row = rows.get(alert.fingerprint)
        if row is None:
            return True
        row.seen_at = now
        if not row.firing:
            return True
        page = await tx.get(Page, row.page) if row.page is not None else None
        if alert.started <= row.started_at:
            return page is not None and _resolved_long_ago(page, now)
        row.started_at = alert.started
        return page is None or PageState(page.state) is not PageState.OPEN

    async def _page(
        self, tx: AsyncSession, fresh: list[Alert], rows: dict[str, AlertRow], withheld: int, now: datetime
    ) -> list[int]:
        """All that is new; what can be one storm together counts together. → the pages it made or joined."""
        together: dict[str, list[Alert]] = {}
        for alert in fresh:
            together.setdefault(self._storm_of(alert), []).append(alert)
        pages: list[int] = []
        for client, alerts in together.items():
            pages += await self._page_together(tx, client, alerts, rows, withheld, now)
        return pages

    async def _page_together(
        self,
        tx: AsyncSession,
        client: str,
        fresh: list[Alert],
        rows: dict[str, AlertRow],
        withheld: int,
        now: datetime,
    ) -> list[int]:
        storm = await self._storm(tx, client, now)
        many = self._rules().is_storm(await self._recent(tx, client, now), len(fresh) + withheld)
        made = [self._row(tx, alert, rows, now) for alert in fresh]
        await tx.flush()
        if storm is None and many:
            storm = await self._raise_storm(tx, client, fresh, made[0], now)
        if storm is not None:
            for row in made:
                row.page = storm
            return [storm]
        for alert, row in zip(fresh, made, strict=True):
            row.page = await self._raise(tx, alert, row, now)
        return [row.page for row in made if row.page is not None]

    def _storm_of(self, alert: Alert) -> str:
        """The client with whose alerts it can be a storm; always the same where there is one for all."""
        return self._client(alert) if self._rules().per_client else ""

    def _client(self, alert: Alert) -> str:
        return model.client_of(alert, self._directory(), self._rules().labels)

    async def _recent(self, tx: AsyncSession, client: str, now: datetime) -> int:
        counted = [col(AlertRow.paged_at) > now - self._rules().window]
        if self._rules().per_client:
            counted.append(col(AlertRow.client) == client)
        return int((await tx.scalars(select(func.count()).where(*counted))).one())

    def _row(self, tx: AsyncSession, alert: Alert, rows: dict[str, AlertRow], now: datetime) -> AlertRow:
        row = rows.get(alert.fingerprint)
        if row is None:
            row = AlertRow(
                fingerprint=alert.fingerprint,
                name=alert.name,
                client=self._client(alert),
                severity=model.severity_of(alert, self._rules()),
                firing=True,
                started_at=alert.started,
                seen_at=now,
                paged_at=now,
            )
            tx.add(row)
        else:
            row.firing, row.started_at, row.seen_at, row.paged_at = True, alert.started, now, now
            row.client, row.severity = self._client(alert), model.severity_of(alert, self._rules())
            row.episode, row.page = row.episode + 1, None
        return row

    async def _raise(self, tx: AsyncSession, alert: Alert, row: AlertRow, now: datetime) -> int:
        client = self._directory().client(row.client)
        labels = self._rules().labels
        values = {"client": client.name if client else "", "subject": model.subject(alert, labels)}
        body = self._renderer.text("alerts/alert", alert=alert, **values).strip()
        alarm = Alarm(
            f"alert/{row.fingerprint}/{row.episode}",
            Reason(alert.title, body, "an alert of Alertmanager"),
            region=model.region_of(alert, self._directory(), labels),
            severity=row.severity,
            client=row.client,
        )
        page = await self._paging.raise_in(tx, alarm, now)
        assert page.id is not None
        return page.id

    async def _raise_storm(
        self, tx: AsyncSession, client: str, fresh: list[Alert], first: AlertRow, now: datetime
    ) -> int:
        rules, directory = self._rules(), self._directory()
        alarm = Alarm(
            f"{STORM}{first.id}/{first.episode}",
            self._storm_reason([alert.name for alert in fresh], len(fresh), 0, client),
            region=model.common(model.region_of(alert, directory, rules.labels) for alert in fresh),
            severity=model.worst(model.severity_of(alert, rules) for alert in fresh),
            client=client if rules.per_client else model.common(self._client(alert) for alert in fresh),
        )
        page = await self._paging.raise_in(tx, alarm, now)
        assert page.id is not None
        return page.id

    async def _storm(self, tx: AsyncSession, client: str, now: datetime) -> int | None:
        """The storm that new alerts join: one that nobody has answered, or that somebody took up just now."""
        page = await self._standing_storm(tx, client if self._rules().per_client else None)
        if page is None:
            return None
        young = page.created_at > now - self._rules().window
        return page.id if PageState(page.state) is PageState.OPEN or young else None

    async def _standing_storm(self, tx: AsyncSession, client: str | None = None) -> Page | None:
        """The newest that is not over, of that client or of any."""
        query = select(Page).where(col(Page.source).startswith(STORM), col(Page.state) != PageState.RESOLVED.value)
        if client is not None:
            query = query.where(col(Page.client) == client)
        return (await tx.scalars(query.order_by(col(Page.id).desc()).limit(1))).first()

    async def _withheld(self, tx: AsyncSession, number: int, now: datetime) -> set[int]:
        """A storm that stands says so with its count; else a page does, once an hour. → the storm."""
        storm = await self._standing_storm(tx)
        if storm is not None and storm.id is not None:
            return {storm.id}
        reason = Reason(
            self._renderer.text("alerts/withheld_title", number=number).strip(),
            self._renderer.text("alerts/withheld", number=number).strip(),
            "alerts may be missing",
        )
        await self._paging.raise_in(tx, Alarm(f"alerts/withheld/{now:%Y%m%d%H}", reason), now)
        return set()

    async def _settle(self, tx: AsyncSession, page_id: int, withheld: int, now: datetime) -> None:
        """A page whose alerts have all ended ends; a storm says how many there are now."""
        rows = list((await tx.scalars(select(AlertRow).where(col(AlertRow.page) == page_id))).all())
        firing = [row for row in rows if row.firing]
        if not firing and not withheld:
            await self._upkeep.end(tx, page_id, now)
            return
        page = await tx.get_one(Page, page_id)
        if page.source.startswith(STORM):
            reason = self._storm_reason(
                [row.name for row in firing], len(rows), withheld, page.client if self._rules().per_client else ""
            )
            await self._upkeep.revise(tx, page_id, reason.title, reason.body)

    def _storm_reason(self, firing: list[str], all_: int, withheld: int, client: str) -> Reason:
        """`client`: whose storm it is, where each has its own."""
        most, others = model.counted(firing)
        known = next((one.name for one in self._directory().clients if one.id == client), "")
        values = {"firing": len(firing), "all": all_, "withheld": withheld, "most": most, "others": others}
        values["client"] = known
        title = self._renderer.text("alerts/storm_title", **values).strip()
        return Reason(title, self._renderer.text("alerts/storm", **values).strip(), "a storm of alerts is one page")


def _resolved_long_ago(page: Page, now: datetime) -> bool:
    if PageState(page.state) is not PageState.RESOLVED or page.answered_at is None:
        return False
    return page.answered_at <= now - STILL_FIRES


def _has_ended(row: AlertRow, alert: Alert) -> bool:
    """Word of an end that is older than the newest beginning came late, and ends nothing."""
    return row.firing and not alert.firing and alert.started >= row.started_at
