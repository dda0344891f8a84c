"""The same promises on SQLite and on PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy.exc
from sqlalchemy import Insert, func, insert, text
from sqlmodel import select

from bot.errors import BotError, Conflict, Temporary
from bot.inbox.tables import Incoming
from bot.store import claims
from bot.store import database as database_module
from bot.store.claims import Claim
from bot.store.database import Database

NOON = datetime(2026, 3, 28, 12, tzinfo=UTC)


def _incoming(key: str, at: datetime = NOON) -> Incoming:
    return Incoming(key=key, kind="command", body={"text": "ü"}, received_at=at)


async def _count(db: Database) -> int:
    async with db.read() as tx:
        return (await tx.scalar(select(func.count()).select_from(Incoming))) or 0


async def test_what_was_written_is_read_again_with_its_zone(db: Database) -> None:
    """A time goes in with any zone and comes out in UTC, on both databases."""
    sydney = NOON.astimezone(ZoneInfo("Australia/Sydney"))
    async with db.write() as tx:
        tx.add(_incoming("a", sydney))
    async with db.read() as tx:
        row = (await tx.scalars(select(Incoming))).one()
    assert row.received_at == NOON
    assert row.received_at.tzinfo is UTC
    assert row.body == {"text": "ü"}


async def test_a_naive_time_is_refused(db: Database) -> None:
    """SQLite would store it and lose what it meant."""
    with pytest.raises((sqlalchemy.exc.StatementError, BotError)) as refused:
        async with db.write() as tx:
            tx.add(_incoming("a", datetime(2026, 1, 1)))  # noqa: DTZ001
    assert "no time zone" in str(refused.value) + str(refused.value.__cause__)


async def test_an_error_leaves_nothing_behind(db: Database) -> None:
    """One transaction: all or nothing."""

    async def fail() -> None:
        async with db.write() as tx:
            tx.add(_incoming("a"))
            await tx.flush()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail()
    assert await _count(db) == 0


async def test_a_cancelled_writer_leaves_nothing_behind_and_nobody_waiting(db: Database) -> None:
    """A task that is cancelled in the midst of its transaction gives the turn to the next."""
    begun = asyncio.Event()

    async def slow() -> None:
        async with db.write() as tx:
            tx.add(_incoming("slow"))
            await tx.flush()
            begun.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(slow())
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with db.write() as tx:
        tx.add(_incoming("next"))
    assert await _count(db) == 1


async def test_many_writers_at_once_all_get_their_turn(db: Database) -> None:
    """Forty writers, no lock collision, nothing lost."""

    async def one(number: int) -> None:
        async with db.write() as tx:
            tx.add(_incoming(str(number)))

    await asyncio.gather(*(one(number) for number in range(40)))
    assert await _count(db) == 40


async def test_readers_do_not_wait_for_a_writer(db: Database) -> None:
    """A reader sees what was committed before, at once."""
    async with db.write() as tx:
        tx.add(_incoming("a"))
        await tx.flush()
        assert await _count(db) == 0
    assert await _count(db) == 1


async def test_a_reader_cannot_write(db: Database) -> None:
    """Writing belongs into `write`, where SQLite's writers queue."""

    async def write() -> None:
        async with db.read() as tx:
            tx.add(_incoming("a"))
            await tx.flush()

    with pytest.raises(BotError):
        await write()
    assert await _count(db) == 0


async def test_the_same_key_twice_is_a_conflict(db: Database) -> None:
    """A unique key that somebody else took is said as such, without the statement."""
    async with db.write() as tx:
        tx.add(_incoming("a"))
    with pytest.raises(Conflict) as refused:
        async with db.write() as tx:
            tx.add(_incoming("a"))
    assert "INSERT" not in str(refused.value)


async def test_of_many_claims_on_one_ring_one_is_granted(db: Database) -> None:
    """Every replica's clock rings; one answers."""

    async def ring() -> bool:
        async with db.write() as tx:
            return await claims.claim(tx, "handoff", NOON, NOON)

    assert sum(await asyncio.gather(*(ring() for _ in range(8)))) == 1


async def test_a_claim_whose_work_failed_is_free_again(db: Database) -> None:

    async def fail() -> None:
        async with db.write() as tx:
            assert await claims.claim(tx, "report", NOON, NOON)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail()
    async with db.write() as tx:
        assert await claims.claim(tx, "report", NOON, NOON)
        await claims.prune(tx, NOON + timedelta(days=1))
        assert (await tx.scalars(select(Claim))).all() == []


async def test_a_look_never_goes_back(db: Database) -> None:
    async with db.write() as tx:
        assert await claims.looked(tx, "handoff") is None
        await claims.look(tx, "handoff", NOON)
        await claims.look(tx, "handoff", NOON - timedelta(hours=1))
        assert await claims.looked(tx, "handoff") == NOON
        await claims.look(tx, "handoff", NOON + timedelta(hours=1))
    async with db.read() as tx:
        assert await claims.looked(tx, "handoff") == NOON + timedelta(hours=1)


async def test_a_second_migration_changes_nothing(db: Database) -> None:
    await asyncio.gather(db.migrate(), db.migrate())


async def test_sqlite_is_durable_and_checks_foreign_keys(tmp_path: Path) -> None:
    """What is acknowledged to Slack is on the disk."""
    database = Database.open(f"sqlite:///{tmp_path}/new/heliograph.db")
    async with database.write() as tx:
        connection = await tx.connection()
        said = {
            name: (await connection.exec_driver_sql(f"PRAGMA {name}")).scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    await database.close()
    assert said == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("mysql://root:s3cret@db/x", "not in mysql"),
        ("s3cret nonsense", "cannot be read"),
        ("sqlite://", "needs a file"),
        ("sqlite:///:memory:", "needs a file"),
    ],
)
def test_a_wrong_url_is_refused_without_repeating_it(url: str, words: str) -> None:
    with pytest.raises(BotError) as refused:
        Database.open(url)
    assert words in str(refused.value)
    assert "s3cret" not in str(refused.value)


async def test_an_unreachable_database_is_temporary() -> None:
    """Nothing of the URL is in the words that people see."""
    database = Database.open("postgresql://someone:s3cret@127.0.0.1:1/none?sslmode=disable")
    with pytest.raises(Temporary) as refused:
        async with database.read() as tx:
            await tx.connection()
    await database.close()
    assert "s3cret" not in str(refused.value)


async def _urgently(db: Database, statement: Insert) -> None:
    async with db.write(urgent=True) as tx:
        await tx.execute(statement)


async def test_what_is_urgent_is_there_at_once_and_a_refused_statement_leaves_nothing(db: Database) -> None:
    """Each of its statements is a transaction: nothing is open after it, and no other write waits for it."""
    async with db.write(urgent=True) as tx:
        await tx.execute(insert(Incoming).values(_incoming("a").model_dump(exclude={"number"})))
        assert await _count(db) == 1, "it is committed before the block ends"
    both = [_incoming(key).model_dump(exclude={"number"}) for key in ("b", "a")]
    with pytest.raises(Conflict):
        await _urgently(db, insert(Incoming).values(both))
    assert await _count(db) == 1
    async with db.write() as tx:
        tx.add(_incoming("c"))
    assert await _count(db) == 2


async def _others_ended(url: str) -> None:
    """All sessions at `url`'s database but ours, as a server that was started anew ends them."""
    async with Database.open(url).session() as connection:
        await connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )


@pytest.fixture
async def postgres(postgres_url: str) -> AsyncIterator[Database]:
    db = Database.open(postgres_url)
    await db.migrate()
    yield db
    await db.close()


async def test_a_connection_that_was_idle_when_it_died_is_noticed_by_nobody(
    postgres: Database, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_module, "IDLE", 0.0)
    async with postgres.write() as tx:
        tx.add(_incoming("a"))
    await _others_ended(postgres_url)
    async with postgres.write() as tx:
        tx.add(_incoming("b"))
    assert await _count(postgres) == 2


async def test_one_that_was_in_use_a_moment_ago_costs_one_failure_that_passes(
    postgres: Database, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_module, "IDLE", 3600.0)
    await _count(postgres)
    await _others_ended(postgres_url)
    with pytest.raises(Temporary):
        await _count(postgres)
    assert await _count(postgres) == 0
