"""Who gets a request, on the real roster and a real database: at each boundary of a year, and whom rules choose."""

import itertools
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import select

from bot.desk import routing
from bot.desk.intake import JobRef
from bot.desk.lifecycle import Verb
from bot.desk.model import About, Severity, Wish
from bot.desk.routing import Past, Wanted
from bot.desk.service import Place
from bot.desk.tables import Request
from bot.directory.model import Skill
from bot.errors import UserError
from bot.paging.tables import Page, PageContact
from bot.roster.model import Moment
from schedules.rota import resolve
from schedules.rota.model import Lead
from tests.services.office import Office

OPAL, AGATE, CAPELLA, ALTAIR, SPICA, RIGEL, DENEB = (
    "U0OPAL",
    "U0AGATE",
    "U0CAPELLA",
    "U0ALTAIR",
    "U0SPICA",
    "U0RIGEL",
    "U0DENEB",
)
AURORA, BOREALIS, CIRRUS = "C0AURORA", "C0BOREALIS", "C0CIRRUS"
SEAM = datetime(2026, 11, 24, 16, 15, tzinfo=UTC)
"""A quarter of an hour before the lead goes from Europe to the United States, where Rigel has begun."""
WEDNESDAY = datetime(2026, 11, 25, 10, 0, tzinfo=UTC)


async def opened(office: Office, text: str = "sev2 loss is NaN", channel: str = AURORA, job: str = "") -> Request:
    number = len(await office.rows(select(Request)))
    about = About(cluster="sol", namespace="aurora-train", job=job) if job else None
    office.there += [JobRef("sol", "aurora-train", job)] if job else []
    return await office.desk.open(office.actor(OPAL, channel), Place(channel), text, "", f"s{number}", about)


def with_skills(office: Office, **people: str) -> None:
    directory = office.file.directory
    skills = (Skill("storage", ("nfs", "lustre")), Skill("network", ("nccl",)))
    office.file.directory = replace(
        directory,
        routing=replace(directory.routing, skills=skills),
        people=tuple(replace(p, skills=frozenset(people.get(p.id, "").split())) for p in directory.people),
    )


async def owned(office: Office, owner: str, count: int) -> None:
    """So many open requests of another client that `owner` has."""
    for _ in range(count):
        request = await opened(office, channel=BOREALIS)
        async with office.db.write() as tx:
            row = await tx.get(Request, request.id)
            assert row is not None
            row.owner = owner


async def changes_of(office: Office, year: int) -> list[tuple[Lead, Lead]]:
    async with office.db.read() as tx:
        rota = await office.roster.rota_as_it_stands(tx)
    leads = resolve.resolve(rota, datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC)).leads
    return list(itertools.pairwise(leads))


async def moment(office: Office, at: datetime) -> Moment:
    async with office.db.read() as tx:
        return await office.roster.moment(tx, at)


async def test_at_each_boundary_of_a_year_the_incoming_region_has_it_and_the_outgoing_a_copy(office: Office) -> None:
    """Just outside the seam it is the outgoing region's, just inside and at the boundary the incoming one's."""
    seam, minute = office.directory.routing.seam, timedelta(minutes=1)
    wanted = Wanted(None, Severity.SEV2)
    changes = await changes_of(office, 2026)
    early = 0
    for before, after in changes:
        assert before.end == after.start, "the example has no hour without a lead"
        outside = routing.route(wanted, Past(), await moment(office, after.start - seam - minute), office.directory)
        assert (outside.region, outside.copied) == (before.region, None)
        for at in (after.start - seam, after.start - minute):
            inside = routing.route(wanted, Past(), await moment(office, at), office.directory)
            assert inside.region == after.region
            assert inside.copied is not None
            assert inside.copied.region == before.region
            early += inside.starts is not None
        passed = routing.route(wanted, Past(), await moment(office, after.start), office.directory)
        assert (passed.region, passed.copied) == (after.region, None)
        assert inside.owner == passed.owner, "whoever gets it a minute before is who gets it then"
    assert len(changes) > 1400
    assert 0 < early < len(changes), "regions that overlap, and regions that only touch"


async def test_in_the_seam_both_regions_read_of_it(office: Office) -> None:
    office.clock.jump(SEAM)
    request = await opened(office)
    assert (request.region, request.owner) == ("us", RIGEL)
    (card,) = await office.sent("request/1/card/")
    (copy,) = await office.sent("request/1/copy/")
    assert (card.channel, copy.channel) == ("C0TRIAGEUS", "C0TRIAGEEU")
    assert f"<@{CAPELLA}> for you to know" in said(copy.content)
    (reply,) = await office.sent("request/1/reply")
    assert f"<@{RIGEL}> in *United States* has this" in said(reply.content)
    assert "takes over" not in said(reply.content), "whoever has it keeps it beyond this boundary"


async def test_sev1_in_the_seam_pages_the_incoming_engineer(office: Office) -> None:
    office.clock.jump(SEAM)
    await opened(office, "sev1 all ranks hang")
    (contact,) = await office.rows(select(PageContact))
    assert contact.person == "rigel"


async def touching(office: Office) -> datetime:
    """A quarter of an hour before a boundary of 2026 at which the incoming region only begins."""
    for _, after in await changes_of(office, 2026):
        at = after.start - timedelta(minutes=15)
        if (await moment(office, at)).on_duty(after.region) is None:
            return at
    raise AssertionError("all regions overlap")


@pytest.mark.parametrize("severity", ["sev1", "sev2"])
async def test_who_is_not_there_yet_is_not_paged(office: Office, severity: str) -> None:
    """Regions that only touch: who comes has it, who is there looks after it until then, and is paged."""
    at = await touching(office)
    office.clock.jump(at)
    now = await moment(office, at)
    outgoing, comes = now.on_duty(now.lead), now.next_holder
    assert outgoing is not None
    assert comes is not None
    request = await opened(office, f"{severity} all ranks hang")
    assert (request.region, request.owner) == (now.next_lead, comes.slack)
    (copy,) = await office.sent("request/1/copy/")
    assert f"<@{outgoing.slack}>, *please look after it until" in said(copy.content)
    (reply,) = await office.sent("request/1/reply")
    assert f"until then <@{outgoing.slack}> looks after it" in said(reply.content)
    paged = [c.person for c in await office.rows(select(PageContact))]
    assert paged == ([outgoing.person] if severity == "sev1" or outgoing.role == "weekend" else [])


async def test_no_routing_restarts_the_response_clock(office: Office) -> None:
    """Neither the seam, nor a person, nor a region, nor a handoff gives the client another hour to wait."""
    office.clock.jump(SEAM)
    due = (await opened(office)).first_response_due
    assert due == SEAM + timedelta(minutes=60)
    office.clock.advance(timedelta(minutes=20))
    rigel = office.actor(RIGEL)
    for number, (verb, wish) in enumerate(
        [(Verb.REASSIGN, Wish(person=SPICA)), (Verb.HAND, Wish(region="eu")), (Verb.REASSIGN, Wish(person=DENEB))]
    ):
        request = await office.moves.move(rigel, 1, verb, f"click{number}", wish=wish)
        assert (request.first_response_due, request.acknowledged_at) == (due, None)
        office.clock.advance(timedelta(minutes=1))
    async with office.db.write() as tx:
        await office.desk.hand_over(tx, [1], "au", "U0CANOPUS", office.clock.now())
    (request,) = await office.rows(select(Request))
    assert request.first_response_due == due


def said(content: dict[str, object]) -> str:
    return json.dumps(content, ensure_ascii=False)


async def test_who_had_the_job_last_has_it_again(office: Office) -> None:
    office.clock.jump(WEDNESDAY)
    first = await opened(office, job="llm-7b")
    assert first.owner == CAPELLA
    await office.moves.move(office.actor(ALTAIR), 1, Verb.ASSIGN, "click")
    again = await opened(office, "sev2 it hangs once more", job="llm-7b")
    assert again.owner == ALTAIR
    assert again.because == "Altair is secondary in Europe, which leads now; had this job last"
    assert "Altair had this job last (R-1)." in again.why


async def test_who_had_the_job_last_and_is_off_duty_does_not(office: Office) -> None:
    office.clock.jump(WEDNESDAY)
    await opened(office, job="llm-7b")
    await office.moves.move(office.actor(RIGEL), 1, Verb.ASSIGN, "click")
    again = await opened(office, "sev2 it hangs once more", job="llm-7b")
    assert again.owner == CAPELLA
    assert "Rigel had this job last (R-1), and is not on duty in Europe." in again.why


async def test_another_clients_job_of_the_same_name_is_another_job(office: Office) -> None:
    office.clock.jump(WEDNESDAY)
    await opened(office, job="llm-7b")
    await office.moves.move(office.actor(ALTAIR), 1, Verb.ASSIGN, "click")
    office.there.append(JobRef("sol", "borealis-train", "llm-7b"))
    other = About(cluster="sol", namespace="borealis-train", job="llm-7b")
    request = await office.desk.open(office.actor(OPAL, BOREALIS), Place(BOREALIS), "sev2 slow", "", "b", other)
    assert request.owner == CAPELLA


async def test_skills_come_before_the_primary(office: Office) -> None:
    office.clock.jump(WEDNESDAY)
    with_skills(office, altair="storage")
    request = await opened(office, "sev2 the NFS mount of our run is gone")
    assert request.owner == ALTAIR
    assert request.because == "Altair is secondary in Europe, which leads now; has storage"
    assert "It calls for storage: Altair has storage." in request.why


async def test_what_pages_goes_to_whom_the_page_goes_to(office: Office) -> None:
    """Of two people who might both look after it, neither would."""
    office.clock.jump(WEDNESDAY)
    with_skills(office, altair="storage")
    request = await opened(office, "sev1 the NFS mount of our run is gone")
    (contact,) = await office.rows(select(PageContact))
    assert (request.owner, contact.person) == (CAPELLA, "capella")
    assert "It pages, so it goes to whom the page goes to: Capella." in request.why


async def test_the_primary_who_has_far_more_to_do_is_passed_over(office: Office) -> None:
    office.clock.jump(WEDNESDAY)
    await owned(office, CAPELLA, 2)
    assert (await opened(office)).owner == CAPELLA
    request = await opened(office, channel=CIRRUS)
    assert request.owner == ALTAIR
    assert "Open requests: Capella 3, Altair 0; passed over for their load: Capella." in request.why


async def test_what_is_resolved_or_asleep_is_no_load(office: Office) -> None:
    office.clock.jump(WEDNESDAY)
    await owned(office, CAPELLA, 3)
    await office.moves.move(office.actor(CAPELLA), 1, Verb.RESOLVE, "click")
    assert (await opened(office, channel=CIRRUS)).owner == CAPELLA


async def test_the_reason_is_that_of_the_owner_it_has_now(office: Office) -> None:
    """After each change of the owner the card says why it is that one, and not why it was another."""
    office.clock.jump(WEDNESDAY)
    await opened(office)
    expected = [
        (ALTAIR, Verb.ASSIGN, Wish(), "Altair took it over"),
        (ALTAIR, Verb.REASSIGN, Wish(person=SPICA, reason="knows the data"), "Altair gave it to Spica: knows the data"),
        (ALTAIR, Verb.HAND, Wish(region="eu"), "Capella is primary in Europe, to which Altair handed it"),
        (CAPELLA, Verb.HAND, Wish(region="au"), "nobody is on duty in Australia now: Capella keeps it"),
    ]
    for number, (who, verb, wish, because) in enumerate(expected):
        office.clock.advance(timedelta(minutes=1))
        request = await office.moves.move(office.actor(who), 1, verb, f"click{number}", wish=wish)
        card = (await office.sent(f"request/1/card/{request.card}"))[0]
        assert because in said(card.content)
        assert because in " ".join(request.why) or because in request.because
    async with office.db.write() as tx:
        await office.desk.hand_over(tx, [1], "us", RIGEL, office.clock.now())
    (request,) = await office.rows(select(Request))
    assert request.because == "Rigel accepted the handoff from Australia"
    assert request.owner_since == office.clock.now()


async def test_reopened_it_goes_to_who_had_it_or_is_routed_anew(office: Office) -> None:
    office.clock.jump(WEDNESDAY)
    await opened(office)
    await office.moves.move(office.actor(CAPELLA), 1, Verb.RESOLVE, "click1")
    office.clock.jump(SEAM + timedelta(days=1))
    request = await office.moves.move(office.actor(CAPELLA), 1, Verb.REOPEN, "click2")
    assert (request.owner, await office.sent("request/1/copy/")) == (CAPELLA, []), "still on duty"
    await office.moves.move(office.actor(CAPELLA), 1, Verb.RESOLVE, "click3")
    office.clock.jump(SEAM + timedelta(hours=30))
    request = await office.moves.move(office.actor(CAPELLA), 1, Verb.REOPEN, "click4")
    assert request.owner != CAPELLA
    assert request.because in said((await office.sent(f"request/1/card/{request.card}"))[0].content)


async def test_the_team_reads_why_and_what_was_before(office: Office) -> None:
    office.clock.jump(WEDNESDAY)
    await opened(office)
    office.clock.advance(timedelta(minutes=5))
    await office.moves.move(office.actor(ALTAIR), 1, Verb.ASSIGN, "click")
    found = await office.desk.why(office.actor(CAPELLA), 1)
    assert found.team is not None
    assert found.team.steps == ("Altair took it over.",)
    assert [c.what for c in found.team.changes] == ["opened", "taken"]
    assert found.since == office.clock.now()


@pytest.mark.parametrize("who", [OPAL, CAPELLA])
async def test_where_the_client_reads_along_nobody_reads_why(office: Office, who: str) -> None:
    office.clock.jump(WEDNESDAY)
    request = await opened(office)
    found = await office.desk.why(office.actor(who, AURORA), 1)
    assert found.team is None
    assert (found.view.owner, found.since) == (CAPELLA, request.created_at)
    shown = said(office.renderer.message("desk/why_client", why=found).to_row())
    assert request.because not in shown


@pytest.mark.parametrize(("channel", "number"), [(BOREALIS, 1), (AURORA, 2), ("", 1)])
async def test_another_clients_request_is_not_there(office: Office, channel: str, number: int) -> None:
    """In the same words as one that was never opened, so that nobody learns that it was."""
    await opened(office)
    with pytest.raises(UserError) as refused:
        await office.desk.why(office.actor(OPAL, channel), number)
    assert ("There is no request" in str(refused.value)) is bool(channel)


async def test_a_page_is_raised_once_for_a_request_in_the_seam(office: Office) -> None:
    office.clock.jump(SEAM)
    await opened(office, "sev1 all ranks hang")
    (page,) = await office.rows(select(Page))
    assert (page.region, page.request) == ("us", 1)
