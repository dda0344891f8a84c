"""The rota as it stands: the file's with all that changed since, on both databases, composed once until it changes."""

from dataclasses import replace
from datetime import time, timedelta

import pytest

from bot.roster.model import SwapState
from bot.roster.tables import OverrideRow, SwapRow, TimeOffRow
from tests.fixtures_postgres import database_url, db, postgres_server, postgres_url
from tests.services.book import HOUR, TUESDAY, Book, book, local

__all__ = ["book", "database_url", "db", "postgres_server", "postgres_url"]


def override(source: str = "o1", **more: object) -> OverrideRow:
    fields = {"region": "eu", "role": "primary", "kind": "replace", "person": "mira", "instead_of": "capella"}
    times = {"start": TUESDAY, "end": TUESDAY + 2 * HOUR, "made_at": TUESDAY, "made_by": "U0CAPELLA"}
    return OverrideRow(source=source, batch=source, **(fields | times | more))  # type: ignore[arg-type]


def swap(source: str = "s1", **more: object) -> SwapRow:
    """Altair's Tuesday, 1 December, for Mira."""
    start = local(1, 8)
    fields = {"state": SwapState.IN_FORCE.value, "region": "eu", "giver": "altair", "taker": "mira", "role": "primary"}
    times = {"start": start, "last": start, "end": start + 10.5 * HOUR, "asked_at": TUESDAY, "made_at": TUESDAY}
    return SwapRow(source=source, last_by="U0MIRA", last_source="x", **(fields | times | more))  # type: ignore[arg-type]


async def test_the_same_object_until_something_changes(book: Book) -> None:
    first = await book.rota()
    assert await book.rota() is first
    await book.add(override())
    assert await book.rota() is not first
    assert await book.on(TUESDAY) == ["mira"]


async def test_a_file_that_is_read_again_counts_at_once(book: Book) -> None:
    await book.add(override())
    book.file = replace(book.file, rules=())
    assert (await book.rota()).rules == ()


async def test_what_is_rolled_back_never_counted(book: Book) -> None:
    """Neither does it leave its stamp on what another writes afterwards."""

    async def torn() -> None:
        async with book.db.write() as tx:
            tx.add(override())
            await book.standing.changed(tx)
            await book.standing.rota(tx)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await torn()
    assert await book.on(TUESDAY) == ["capella"]
    await book.add(override(instead_of="nobody"))
    assert await book.on(TUESDAY) == ["capella"]


async def test_an_override_that_was_cancelled_counted_until_then(book: Book) -> None:
    await book.add(override(cancelled_at=TUESDAY + HOUR, cancelled_by="U0CAPELLA"))
    assert await book.on(TUESDAY + timedelta(minutes=30)) == ["mira"]
    assert await book.on(TUESDAY + HOUR) == ["capella"]


async def test_somebody_who_left_the_file_is_put_nowhere(book: Book) -> None:
    await book.add(override(person="ghost"), swap(taker="ghost"))
    await book.add(TimeOffRow(source="t", person="capella", start=TUESDAY, end=TUESDAY + HOUR, cover="ghost",
                              made_at=TUESDAY, made_by="U0CAPELLA"))  # fmt: skip
    assert await book.on(TUESDAY) == []
    assert await book.on(local(1, 12)) == ["altair"]


async def test_time_off_takes_off_and_puts_the_cover_there(book: Book) -> None:
    row = {"source": "t", "person": "capella", "start": TUESDAY, "made_at": TUESDAY, "made_by": "U0CAPELLA"}
    await book.add(TimeOffRow(**row, end=TUESDAY + HOUR, cover="mira"))  # type: ignore[arg-type]
    assert await book.on(TUESDAY) == ["mira"]
    assert await book.on(TUESDAY + HOUR) == ["capella"]


async def test_a_swap_moves_with_the_shift(book: Book) -> None:
    """The rules begin Europe two hours later; the taker has the whole shift, the giver no sliver of it."""
    await book.add(swap())
    assert [await book.on(local(1, h)) for h in (8, 12, 18)] == [["mira"]] * 3
    later = tuple(
        replace(r, start=time(10), end=time(20)) if (r.region, r.role) == ("eu", "primary") else r
        for r in book.file.rules
    )
    book.file = replace(book.file, rules=later)
    assert [await book.on(local(1, h)) for h in (8, 10, 19)] == [[], ["mira"], ["mira"]]
    assert await book.on(local(2, 12)) == ["altair"]


async def test_a_swap_of_a_week_is_of_all_its_days(book: Book) -> None:
    await book.add(swap(start=local(30, 8, 11), last=local(4, 8), end=local(4, 18)))
    assert [await book.on(local(day, 12)) for day in (1, 2, 3, 4)] == [["mira"]] * 4
    assert await book.on(local(30, 12, 11)) == ["mira"]


async def test_what_was_taken_by_a_swap_can_be_given_on(book: Book) -> None:
    await book.add(swap(), swap("s2", giver="mira", taker="capella", made_at=TUESDAY + HOUR))
    assert await book.on(local(1, 12)) == ["capella"]


async def test_a_swap_for_a_swap_moves_both(book: Book) -> None:
    back = local(8, 8)
    await book.add(swap(back_role="primary", back_start=back, back_last=back, back_end=back + 10 * HOUR))
    assert await book.on(local(8, 12)) == ["altair"]
    assert await book.on(local(1, 12)) == ["mira"]


@pytest.mark.parametrize("state", [s for s in SwapState if s is not SwapState.IN_FORCE])
async def test_only_a_swap_in_force_counts(book: Book, state: SwapState) -> None:
    await book.add(swap(state=state.value))
    assert await book.on(local(1, 12)) == ["altair"]


async def test_what_has_been_does_not_move_any_more(book: Book) -> None:
    """An edit of the rotation that takes the giver's turn away leaves a past swap as it was."""
    await book.add(swap())
    book.clock.jump(local(5, 8))
    book.file = replace(book.file, rotations=tuple(replace(r, people=("mira",)) for r in book.file.rotations))
    assert [(s.taker, s.start) for s in (await book.rota()).swaps] == [("mira", local(1, 8))]
