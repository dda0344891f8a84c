"""Whoever is reached by nothing is not waited for, on both databases: when exactly the next step is taken."""

from datetime import timedelta

import pytest
from sqlalchemy import update
from sqlmodel import col, select

from bot.outbox.report import PREFIX, AdminReport
from bot.outbox.tables import OutgoingMessage
from bot.paging.model import Kind, Target
from bot.paging.tables import Page, PageContact, PageEvent
from bot.slack.render import Renderer
from tests.fixtures_postgres import database_url, db, postgres_server, postgres_url
from tests.services.office import TEMPLATES
from tests.services.test_watchman import Tower, tower

__all__ = ["database_url", "db", "postgres_server", "postgres_url", "tower"]
DM, SMS = "page/1/1/dm", "page/1/1/capella/sms"


async def refuse(tower: Tower, *keys: str) -> None:
    """As the sender records it: who listens is told, then the row has failed, then a tick looks."""
    for key in keys:
        await change(tower, key, state="leased")
        tower.unreached.refused(key)
        await tower.unreached.tick()
        await change(tower, key, state="failed")
        await tower.unreached.tick()


async def change(tower: Tower, key: str, **values: object) -> None:
    async with tower.db.write() as tx:
        await tx.execute(update(OutgoingMessage).where(col(OutgoingMessage.key) == key).values(**values))


async def page(tower: Tower) -> Page:
    async with tower.db.read() as tx:
        return (await tx.scalars(select(Page))).one()


async def events(tower: Tower) -> list[tuple[str, str]]:
    async with tower.db.read() as tx:
        return [(event.what, event.by) for event in (await tx.scalars(select(PageEvent))).all()]


async def test_the_next_step_is_taken_when_the_last_way_is_refused(tower: Tower) -> None:
    await tower.paged()
    await refuse(tower, DM)
    assert (await page(tower)).due_at != tower.clock.now(), "the text message may arrive"
    await refuse(tower, SMS)
    assert (await page(tower)).due_at == tower.clock.now()
    assert await events(tower) == [("unreached", "U0CAPELLA")]
    await tower.paging.tick()
    assert (await page(tower)).contacts == 2


async def test_what_has_arrived_or_is_answered_changes_nothing(tower: Tower) -> None:
    await tower.paged()
    await change(tower, SMS, state="done")
    await refuse(tower, DM)
    assert await events(tower) == []
    await tower.paging.acknowledge(tower.capella, 1)
    await refuse(tower, SMS)
    assert (await page(tower)).state == "acknowledged"
    assert await events(tower) == [("acknowledge", "U0CAPELLA")]


async def test_of_several_paged_at_once_all_have_to_be_out_of_reach(tower: Tower) -> None:
    async with tower.db.write() as tx:
        asked = Target(Kind.ROTATION, "eu-primary")
        await tower.raised(tx, asked)
    assert (await page(tower)).contacts == 3
    people = [(number, await contact(tower, number)) for number in (1, 2, 3)]
    for number, person in people:
        assert (await page(tower)).due_at != tower.clock.now()
        await refuse(tower, f"page/1/{number}/dm", f"page/1/{number}/{person}/sms")
    assert (await page(tower)).due_at == tower.clock.now()


async def contact(tower: Tower, number: int) -> str:
    async with tower.db.read() as tx:
        key = col(OutgoingMessage.key).startswith(f"page/1/{number}/"), col(OutgoingMessage.kind) == "contact"
        return str((await tx.scalars(select(OutgoingMessage.key).where(*key))).one()).split("/")[3]


@pytest.mark.parametrize("key", ["request/1/card", "page/x", "page/99/1/dm", "watchman/step/1"])
async def test_what_is_about_no_page_is_nothing(tower: Tower, key: str) -> None:
    await tower.paged()
    await refuse(tower, key)
    assert await events(tower) == []


async def refuse_all(tower: Tower) -> None:
    """Every way that has not been refused yet is."""
    async with tower.db.read() as tx:
        waiting = col(OutgoingMessage.key).startswith("page/"), col(OutgoingMessage.state) == "pending"
        keys = (await tx.scalars(select(OutgoingMessage.key).where(*waiting).order_by(col(OutgoingMessage.id)))).all()
    await refuse(tower, *keys)


async def told(tower: Tower) -> list[str]:
    async with tower.db.read() as tx:
        about = col(OutgoingMessage.key).startswith("unreached/")
        return [str(row.content["text"]) for row in (await tx.scalars(select(OutgoingMessage).where(about))).all()]


async def people(tower: Tower) -> list[str]:
    async with tower.db.read() as tx:
        return list((await tx.scalars(select(PageContact.person).order_by(col(PageContact.id)))).all())


async def test_a_last_resort_out_of_reach_is_waited_for_and_the_admins_read_once_that_nobody_is_reached(
    tower: Tower,
) -> None:
    """No row and no message is made until its wait is over; then all are tried again, for a gateway may work again."""
    await tower.paged()
    for _ in range(60):
        await refuse_all(tower)
        await tower.paging.tick()
    tried = await people(tower)
    assert tried.count("sol") == 1
    assert tried[-1] == "sol"
    assert (await page(tower)).due_at == tower.clock.now() + timedelta(minutes=10), "the longest wait of the policy"
    assert await told(tower) == ["P-1 reaches nobody at all: all ranks hang"]
    tower.clock.advance(timedelta(minutes=10))
    for _ in range(60):
        await tower.paging.tick()
        await refuse_all(tower)
    again = (await people(tower))[len(tried) :]
    assert again == [*dict.fromkeys(tried)], "each once, the last resort at last"
    assert len(await told(tower)) == 1


async def test_the_admins_read_who_was_reached_and_has_not_answered(tower: Tower) -> None:
    await tower.paged()
    await change(tower, SMS, state="done")
    while "sol" not in await people(tower):
        tower.clock.advance(timedelta(minutes=10))
        await tower.paging.tick()
    await refuse_all(tower)
    assert await told(tower) == ["P-1: the last resort Sol cannot be reached: all ranks hang"]
    async with tower.db.read() as tx:
        row = (await tx.scalars(select(OutgoingMessage).where(col(OutgoingMessage.key) == "unreached/1"))).one()
    assert "Reached, without an answer: Capella." in str(row.content)


async def fails(tower: Tower, key: str, why: str) -> None:
    report = AdminReport(tower.db, tower.outbox, Renderer(TEMPLATES), lambda: "C0ADMIN")
    await change(tower, key, state="failed")
    async with tower.db.write() as tx:
        failed = (await tx.scalars(select(OutgoingMessage).where(col(OutgoingMessage.key) == key))).one()
        await report(tx, failed, why)


async def reports(tower: Tower) -> list[str]:
    async with tower.db.read() as tx:
        about = col(OutgoingMessage.key).startswith(PREFIX)
        told = (await tx.scalars(select(OutgoingMessage).where(about).order_by(col(OutgoingMessage.number)))).all()
    return [str(row.content) for row in told]


async def tried(tower: Tower, *keys: str) -> None:
    async with tower.db.write() as tx:
        for key in keys:
            await tower.outbox.notify(tx, key, key.split("/", 3)[3], "PAGE", "all ranks hang")


async def test_of_one_way_of_a_page_the_admins_read_the_first_failure_only(tower: Tower) -> None:
    """The last resort is tried again and again; another page, and another way, are told by themselves."""
    keys = "page/7/1/sol/sms", "page/7/3/sol/sms", "page/7/3/sol/email", "page/71/1/sol/sms"
    await tried(tower, *keys)
    for key in keys:
        await fails(tower, key, "It answered 404 (Not Found).")
    told = await reports(tower)
    assert [next(key for key in keys if key in said) for said in told] == [keys[0], keys[2], keys[3]]


async def test_what_was_sent_again_in_vain_is_told_again(tower: Tower) -> None:
    """Though the same way has failed in another contact meanwhile, which was told."""
    first, second = "page/7/1/sol/sms", "page/7/3/sol/sms"
    await tried(tower, first, second)
    await fails(tower, first, "It answered 404 (Not Found).")
    await change(tower, first, state="pending")
    await fails(tower, second, "It answered 404 (Not Found).")
    await fails(tower, first, "It answered 410 (Gone).")
    assert ["410" in said for said in await reports(tower)] == [True, False]
