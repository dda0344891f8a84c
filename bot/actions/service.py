"""Suspend and resume: a plan is shown, confirmed once, applied as the person, and written down.

What is under way stands in the database before the cluster is asked, so that a crash between the two leaves a plan in
`applying`, and `tick` looks at the cluster to learn how it ended. Two clicks are one effect: the first takes the plan
under a lock, the second is told who did.
"""

from datetime import datetime

import structlog
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from bot.actions import adapters, cluster, model
from bot.actions.model import Cost, Outcome, Plan, Stands, State, Target, Verb
from bot.actions.tables import ActionPlan, AuditEntry
from bot.clock import Clock
from bot.diagnose import facts, signatures
from bot.diagnose import why as chain
from bot.diagnose.service import Diagnose
from bot.directory import access
from bot.directory.access import Actor, Right
from bot.errors import BotError, Conflict, Forbidden, Temporary, UserError
from bot.fleet.objects import Job
from bot.fleet.service import Clusters
from bot.fleet.snapshot import Snapshot
from bot.store import ids, rows
from bot.store.database import Database

log = structlog.get_logger()


class Actions:
    def __init__(self, db: Database, clusters: Clusters, diagnose: Diagnose, clock: Clock) -> None:
        self._db = db
        self._clock = clock
        self._clusters = clusters
        self._diagnose = diagnose

    async def propose(self, who: Actor, verb: Verb, name: str, source: str, cluster_id: str | None = None) -> Plan:
        """What would be done, and what it costs. Nothing is changed. The same `source` gives the same plan.

        Raises `UserError` for a job that is unknown, finished, or already so.
        """
        access.require(who, Right.ACT_ON_JOB)
        now = self._clock.now()
        chosen, job = self._diagnose.find(cluster_id, name, who.scope)
        seen = self._clusters.snapshot(chosen)
        _possible(seen, job, verb)
        target = adapters.target_of(seen, job)
        uid, version, suspended = await self._look(target)
        if uid != target.uid:
            raise Conflict(f"{job.key} was replaced a moment ago.", hint="Ask for it again.")
        if suspended is (verb is Verb.SUSPEND):
            so = "already suspended" if suspended else "not suspended"
            raise UserError(f"{job.key} is {so}.", hint="There is nothing to do.")
        cost = await self._cost(seen, job, verb, now)
        row = ActionPlan(
            id=ids.sortable(now),
            source=source,
            verb=verb.value,
            job=job.key,
            cluster=chosen,
            kind=target.kind,
            version=target.version,
            namespace=target.namespace,
            name=target.name,
            uid=uid,
            resource_version=version,
            pods=cost.pods,
            gpus=cost.gpus,
            gpu_hours=cost.gpu_hours,
            checkpoint_at=cost.checkpoint_at,
            state=State.PROPOSED.value,
            proposed_by=who.slack,
            proposed_at=now,
            expires_at=now + model.LIFE,
        )
        async with self._db.write() as tx:
            await rows.insert_new(tx, row)
            found = (await tx.scalars(select(ActionPlan).where(col(ActionPlan.source) == source))).one()
            return found.plan()

    async def confirm(self, who: Actor, plan_id: str, source: str = "") -> Outcome:
        """Does it, once. Raises `Conflict` for who comes second, or when the cluster is not as shown any more.

        The same `source` (a click delivered again after a crash) is told the outcome instead.
        """
        access.require(who, Right.ACT_ON_JOB)
        now = self._clock.now()
        async with self._db.write() as tx:
            row = await _locked(tx, plan_id)
            _visible(who, row)
            if source and row.confirmed_source == source and State(row.state) in (State.APPLIED, State.FAILED):
                return Outcome(row.plan(), row.outcome)
            expired = State(row.state) is State.PROPOSED and now >= row.expires_at
            if expired:
                row.state = model.step(State.PROPOSED, State.EXPIRED).value
            plan = row.plan()
            if plan.state is State.PROPOSED:
                row.state = model.step(State.PROPOSED, State.CONFIRMED).value
                row.confirmed_by, row.confirmed_as, row.confirmed_source = who.slack, who.kubernetes.user, source
                row.applying_at = now
        if plan.state is not State.PROPOSED:
            raise model.refuse(plan)
        return await self._carry_out(who, row.plan())

    async def cancel(self, who: Actor, plan_id: str) -> Plan:
        access.require(who, Right.ACT_ON_JOB)
        now = self._clock.now()
        async with self._db.write() as tx:
            row = await _locked(tx, plan_id)
            _visible(who, row)
            if State(row.state) is not State.PROPOSED:
                raise model.refuse(row.plan())
            row.state = model.step(State.PROPOSED, State.CANCELLED).value
            row.confirmed_by, row.confirmed_as, row.finished_at = who.slack, who.kubernetes.user, now
            row.outcome = f"<@{who.slack}> has cancelled it; nothing was changed."
            tx.add(_audit(row, now, "cancelled"))
        return row.plan()

    async def tick(self) -> None:
        """Ends what has expired, and finds out what became of what was cut off."""
        now = self._clock.now()
        async with self._db.write() as tx:
            for row in await _in(tx, State.PROPOSED):
                if row.expires_at <= now:
                    row.state, row.finished_at = model.step(State.PROPOSED, State.EXPIRED).value, now
            for row in await _in(tx, State.CONFIRMED):
                if _lost(row, now):
                    row.state, row.applying_at = model.step(State.CONFIRMED, State.PROPOSED).value, None
            cut_off = [row.plan() for row in await _in(tx, State.APPLYING) if _lost(row, now)]
        for plan in cut_off:
            await self._reconcile(plan)

    async def _look(self, target: Target) -> tuple[str, str, bool]:
        try:
            return await cluster.look(self._clusters.connection(target.cluster), target)
        except Temporary as error:
            hint = "Nothing was done. Ask again when the cluster answers."
            raise UserError(_said(error), hint=hint) from error

    async def _carry_out(self, who: Actor, plan: Plan) -> Outcome:
        """Confirmed → applied. A refusal, a change or a failure is written down before it is told."""
        try:
            conn = self._clusters.connection(plan.target.cluster)
            await cluster.check(conn, plan)
            await cluster.apply(conn, plan, who.kubernetes, dry_run=True)
        except Temporary as error:
            await self._record(plan, State.PROPOSED, str(error))
            hint = "The plan stands: confirm it again."
            raise Stands(f"{_said(error)} Nothing was changed.", hint=hint) from error
        except BotError as error:
            await self._record(plan, State.FAILED, _said(error), _kind(error))
            raise
        await self._record(plan, State.APPLYING, "")
        try:
            await cluster.apply(conn, plan, who.kubernetes, dry_run=False)
        except Temporary as error:
            log.warning("an action's outcome is not known yet", plan=plan.id, why=str(error))
            raise UserError(
                f"{_said(error)} Whether {plan.job} is {plan.verb.done} is not known yet.",
                hint="Heliograph looks again within two minutes; nothing is done twice.",
            ) from error
        except BotError as error:
            await self._record(plan, State.FAILED, _said(error), _kind(error))
            raise
        done = await self._record(plan, State.APPLIED, f"<@{who.slack}> has {plan.verb.done} {plan.job}.", "applied")
        return Outcome(done, done.outcome)

    async def _reconcile(self, plan: Plan) -> None:
        """The process ended between asking the cluster and writing down: the cluster knows."""
        try:
            conn = self._clusters.connection(plan.target.cluster)
            uid, _, suspended = await cluster.look(conn, plan.target)
        except Conflict as error:
            await self._record(plan, State.FAILED, str(error), "failed")
            return
        except BotError as error:
            log.warning("an action's outcome cannot be read", plan=plan.id, why=str(error))
            return
        if uid == plan.target.uid and suspended is (plan.verb is Verb.SUSPEND):
            words = f"<@{plan.confirmed_by}> has {plan.verb.done} {plan.job} (found so after a break)."
            await self._record(plan, State.APPLIED, words, "applied")
        else:
            words = f"{plan.job} was not {plan.verb.done}: the call never arrived. Ask for it again."
            await self._record(plan, State.FAILED, words, "failed")

    async def _record(self, plan: Plan, state: State, words: str, audit: str = "") -> Plan:
        now = self._clock.now()
        async with self._db.write() as tx:
            row = await _locked(tx, plan.id)
            if State(row.state) is state:
                return row.plan()
            row.state = model.step(State(row.state), state).value
            row.outcome = words
            row.applying_at = now if state is State.APPLYING else None
            if not model.NEXT[state]:
                row.finished_at = now
            if audit:
                tx.add(_audit(row, now, audit))
            return row.plan()

    async def _cost(self, seen: Snapshot, job: Job, verb: Verb, now: datetime) -> Cost:
        affects = facts.by_job(seen, job)
        if verb is Verb.RESUME or not affects.pods:
            return Cost(affects.pods, affects.gpus)
        try:
            logs = await self._clusters.logs(seen.cluster, seen.pods_of(job))
        except BotError:
            logs = ()
        saved = [x.at for one in logs for x in one.lines if x.at and signatures.SAVED.search(x.text)]
        last = max(saved, default=None)
        return Cost(affects.pods, affects.gpus, model.lost_hours(affects.gpus, last, now), last)


def _possible(seen: Snapshot, job: Job, verb: Verb) -> None:
    if job.finished:
        state = chain.state_of(seen, job)
        raise UserError(
            f"{job.key} is {state}: there is nothing to {verb.value}.", hint="Submit it again to run it again."
        )


def _visible(who: Actor, row: ActionPlan) -> None:
    """A plan for somebody else's job does not exist."""
    if not who.scope.sees(row.cluster, row.job.partition("/")[0]):
        raise _no_plan()


def _no_plan() -> UserError:
    return UserError("There is no such plan.", hint="Ask for it again.")


async def _locked(tx: AsyncSession, plan_id: str) -> ActionPlan:
    row = await tx.get(ActionPlan, plan_id, with_for_update=True)
    if row is None:
        raise _no_plan()
    return row


async def _in(tx: AsyncSession, state: State) -> list[ActionPlan]:
    found = await tx.scalars(select(ActionPlan).where(col(ActionPlan.state) == state.value).with_for_update())
    return list(found.all())


def _lost(row: ActionPlan, now: datetime) -> bool:
    return row.applying_at is None or now - row.applying_at >= model.LOST


def _audit(row: ActionPlan, now: datetime, outcome: str) -> AuditEntry:
    adapter, suspend = adapters.ADAPTERS[row.kind], row.verb == Verb.SUSPEND.value
    before = adapter.shown(suspend=not suspend)
    return AuditEntry(
        at=now,
        actor=row.confirmed_by,
        kubernetes_user=row.confirmed_as,
        verb=row.verb,
        cluster=row.cluster,
        object=f"{row.kind} {row.namespace}/{row.name}",
        plan=row.id,
        before=before,
        after=adapter.shown(suspend=suspend) if outcome == "applied" else before,
        outcome=outcome,
        detail=row.outcome,
    )


def _kind(error: BotError) -> str:
    return "refused" if isinstance(error, Forbidden) else "conflict" if isinstance(error, Conflict) else "failed"


def _said(error: BotError) -> str:
    words = str(error)
    return words[:1].upper() + words[1:] + ("" if words.endswith(".") else ".")
