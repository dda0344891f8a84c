"""The client's thread and the team's: what is shown where, what it moves, in whatever order Slack tells it."""

import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest
from sqlmodel import select

from bot.desk.lifecycle import Verb
from bot.desk.model import Wish
from bot.desk.said import File, Said
from bot.desk.service import Place
from bot.desk.tables import Request, RequestEvent, RequestMessage
from bot.errors import Forbidden, UserError
from bot.outbox.api import Destination, Misdirected
from bot.outbox.tables import OutgoingMessage
from bot.slack.render import Message
from tests.services.office import Office

OPAL, JADE, AGATE, CAPELLA, ALTAIR = "U0OPAL", "U0JADE", "U0AGATE", "U0CAPELLA", "U0ALTAIR"
AURORA, CIRRUS, EUROPE = "C0AURORA", "C0CIRRUS", "C0TRIAGEEU"
ROOT, CARD = "1000.000001", "2000.000001"


async def opened(office: Office, thread: str = ROOT, source: str = "s1", card: str = CARD) -> Request:
    """R-1 of Aurora, under the message that asked, with its card in Europe's channel."""
    place = Place(AURORA, thread, thread)
    request = await office.desk.open(office.actor(OPAL, AURORA), place, "sev2 loss is NaN", "", source)
    await office.posted(f"request/{request.id}/card/0", card)
    return request


def client_says(text: str, ts: str = "1000.000002", **more: Any) -> Said:
    return Said(AURORA, ts, ROOT, text, **more)


def team_says(text: str, ts: str = "2000.000002", **more: Any) -> Said:
    return Said(EUROPE, ts, CARD, text, **more)


async def hear(office: Office, said: Said, by: str = OPAL) -> None:
    await office.conversation.hear(office.actor(by, said.channel), said)


async def move(office: Office, verb: Verb, request: int = 1, **wish: Any) -> None:
    number = len(await office.rows(select(RequestEvent)))
    await office.moves.move(office.actor(CAPELLA), request, verb, f"click{number}", wish=Wish(**wish))


async def shown(office: Office, prefix: str) -> list[str]:
    return [json.dumps(row.content, ensure_ascii=False) for row in await office.sent(prefix)]


async def the_request(office: Office, id: int = 1) -> Request:
    found: Request = next(r for r in await office.rows(select(Request)) if r.id == id)
    return found


async def test_what_the_client_writes_stands_under_the_card_with_who_and_whose(office: Office) -> None:
    await opened(office)
    await hear(office, client_says("it happens on *all* ranks", files=(File("train.log", 48_211, "https://f/1"),)))
    (row,) = await office.sent("request/1/heard/")
    text = json.dumps(row.content, ensure_ascii=False)
    assert row.thread_of == "request/1/card/0"
    for part in (f"<@{OPAL}>", "Aurora", "> it happens on *all* ranks", "train.log", "48.2 kB"):
        assert part in text
    assert "https://heliograph.example/archives/C0AURORA/p1000000002?thread_ts=1000.000001&amp;cid=C0AURORA" in text


async def test_an_edit_shows_as_one_and_a_deletion_takes_the_words_away(office: Office) -> None:
    await opened(office)
    await hear(office, client_says("password is hunter2"))
    await hear(office, client_says("never mind", stamp="1000.000003", edited=True))
    (text,) = await shown(office, "request/1/heard/")
    assert "never mind" in text
    assert "edited" in text
    await hear(office, client_says("", stamp="1000.000004", deleted=True))
    (text,) = await shown(office, "request/1/heard/")
    assert "deleted by its author" in text
    (row,) = [r for r in await office.rows(select(RequestMessage)) if r.ts != ROOT]
    assert (row.text, row.files) == ("", [])


async def test_twice_late_and_in_the_wrong_order_end_the_same(office: Office) -> None:
    """The post after its edit, the first edit after the second, each twice: the newest stands, once."""
    await opened(office)
    post = client_says("one")
    first = client_says("two", stamp="1000.000005", edited=True)
    second = client_says("three", stamp="1000.000006", edited=True)
    for event in (second, post, first, post, second, first):
        await hear(office, event)
    (text,) = await shown(office, "request/1/heard/")
    assert "three" in text
    assert [e.what for e in await office.rows(select(RequestEvent))] == ["opened", "wrote"]


async def test_a_deletion_that_comes_before_its_message_leaves_nothing(office: Office) -> None:
    await opened(office)
    await hear(office, client_says("", stamp="1000.000009", deleted=True))
    await hear(office, client_says("secret"))
    assert await shown(office, "request/1/heard/") == []


async def test_a_preview_of_a_link_is_no_edit(office: Office) -> None:
    await opened(office)
    await hear(office, client_says("see https://x.example"))
    await hear(office, client_says("see https://x.example", stamp="1000.000004"))
    (row,) = await office.sent("request/1/heard/")
    assert row.version == 1


async def test_the_message_that_asked_is_not_said_twice_but_its_edit_is(office: Office) -> None:
    await opened(office)
    await hear(office, Said(AURORA, ROOT, ROOT, "loss is NaN"))
    assert await shown(office, "request/1/heard/") == []
    await hear(office, Said(AURORA, ROOT, ROOT, "loss is NaN since 15:00", stamp="1000.000002", edited=True))
    (text,) = await shown(office, "request/1/heard/")
    assert "since 15:00" in text
    assert "the message that this began with" in text
    await hear(office, Said(AURORA, ROOT, ROOT, stamp="1000.000003", deleted=True))
    assert "deleted by its author" in (await shown(office, "request/1/heard/"))[0]


async def test_words_under_a_card_that_is_seen_before_its_place_is_known_are_not_lost(office: Office) -> None:
    """Slack shows the card, somebody writes under it, and only then does the sender write down where it is."""
    await office.desk.open(office.actor(OPAL, AURORA), Place(AURORA, ROOT, ROOT), "sev2 loss is NaN", "", "s1")
    async with office.db.write() as tx:
        card = (await tx.scalars(select(OutgoingMessage).where(OutgoingMessage.key == "request/1/card/0"))).one()
        card.state = "leased"
    hearing = asyncio.create_task(hear(office, team_says("!client we are on it"), CAPELLA))
    await asyncio.sleep(0)
    await office.posted("request/1/card/0", CARD)
    await hearing
    assert len(await office.sent("request/1/said/")) == 2


async def test_what_is_said_elsewhere_is_neither_shown_nor_kept(office: Office) -> None:
    await opened(office)
    await hear(office, Said(AURORA, "1000.000007", "1000.000005", "lunch?"))
    await hear(office, Said(CIRRUS, "1000.000002", ROOT, "same ts, another channel"), AGATE)
    assert [r.ts for r in await office.rows(select(RequestMessage))] == [ROOT]


async def test_words_between_engineers_stay_with_them_and_are_not_kept(office: Office) -> None:
    await opened(office)
    before = len(await office.sent("request/1/"))
    await hear(office, team_says("they run a bad dataset, !client must not hear"), CAPELLA)
    assert len(await office.sent("request/1/")) == before
    assert [r.ts for r in await office.rows(select(RequestMessage))] == [ROOT]


async def test_with_the_prefix_it_goes_to_the_client_as_the_engineer_and_is_a_first_response(office: Office) -> None:
    await opened(office)
    await hear(office, team_says("!client we are looking at rank 17"), CAPELLA)
    sent, done = await office.sent("request/1/said/")
    text = json.dumps(sent.content)
    assert (sent.channel, sent.thread_ts, sent.for_client) == (AURORA, ROOT, "aurora")
    assert f"<@{CAPELLA}>" in text
    assert "we are looking at rank 17" in text
    assert "!client" not in text
    assert (done.kind, done.channel, done.thread_of) == ("reaction", EUROPE, sent.key)
    request = await the_request(office)
    assert (request.state, request.acknowledged_at) == ("acknowledged", office.clock.now())
    assert await office.sent("request/1/told/") == [], "the client has just read it from Capella"


async def test_its_edit_edits_and_its_deletion_deletes(office: Office) -> None:
    await opened(office)
    await hear(office, team_says("!client rank 17"), CAPELLA)
    await office.posted("request/1/said/2.1", "1000.000050")
    await hear(office, team_says("!client rank 18", stamp="2000.000003", edited=True), CAPELLA)
    sent, _ = await office.sent("request/1/said/")
    assert "rank 18" in json.dumps(sent.content)
    assert sent.version == 2
    await hear(office, team_says("", stamp="2000.000004", deleted=True), CAPELLA)
    sent, _ = await office.sent("request/1/said/")
    assert (sent.content, sent.version, sent.state) == ({"gone": True}, 3, "pending")


async def test_taking_the_prefix_away_takes_the_message_back_and_putting_it_there_sends(office: Office) -> None:
    """What an edit makes internal never reaches the client, also when the post comes after its edit."""
    await opened(office)
    await hear(office, team_says("their code is bad", stamp="2000.000003", edited=True), CAPELLA)
    await hear(office, team_says("!client their code is bad"), CAPELLA)
    assert await office.sent("request/1/said/") == []
    await hear(office, team_says("!client look at line 12", stamp="2000.000004", edited=True), CAPELLA)
    await hear(office, team_says("no, wait", stamp="2000.000005", edited=True), CAPELLA)
    (sent, _) = await office.sent("request/1/said/")
    assert sent.state == "cancelled"
    await hear(office, team_says("!client look at line 13", stamp="2000.000006", edited=True), CAPELLA)
    newest = (await office.sent("request/1/said/"))[-2]
    assert newest.state == "pending"
    assert "line 13" in json.dumps(newest.content)


async def test_a_client_in_the_teams_thread_sends_nothing(office: Office) -> None:
    await opened(office)
    await hear(office, team_says("!client hello"), OPAL)
    assert await office.sent("request/1/said/") == []


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (team_says("!client "), "no words"),
        (team_says("!client " + "x" * 9_000), "9,000 characters"),
        (team_says("!client see this", files=(File("a.log"),)), "files do not go along"),
    ],
)
async def test_what_cannot_be_sent_says_why_and_sends_nothing(office: Office, said: Said, why: str) -> None:
    await opened(office)
    with pytest.raises(UserError, match=why):
        await hear(office, said, CAPELLA)
    assert await office.sent("request/1/said/") == []


async def test_a_reply_by_form_is_one_message_and_the_team_reads_it(office: Office) -> None:
    await opened(office)
    for _ in range(2):
        await office.conversation.reply(office.actor(ALTAIR), 1, "try a lower learning rate", "view/1")
    (sent,) = await office.sent("request/1/said/")
    (heard,) = await office.sent("request/1/heard/")
    assert "try a lower learning rate" in json.dumps(sent.content)
    assert "sent to the client" in json.dumps(heard.content)
    with pytest.raises(Forbidden):
        await office.conversation.reply(office.actor(OPAL, AURORA), 1, "hello", "view/2")


async def test_an_engineer_in_the_clients_thread_has_answered_it(office: Office) -> None:
    await opened(office)
    await hear(office, client_says("which checkpoint?"), CAPELLA)
    request = await the_request(office)
    assert (request.state, request.last_by) == ("acknowledged", CAPELLA)
    assert "said to the client" in (await shown(office, "request/1/heard/"))[0]


async def test_an_answer_ends_the_waiting(office: Office) -> None:
    await opened(office)
    await move(office, Verb.WAIT, to_client="Which checkpoint?")
    await hear(office, client_says("step 12000"))
    assert (await the_request(office)).state == "in_progress"


async def test_a_word_wakes_what_is_snoozed_and_thanks_do_not(office: Office) -> None:
    await opened(office)
    await move(office, Verb.ACKNOWLEDGE)
    await move(office, Verb.SNOOZE, until=office.clock.now().replace(hour=20))
    await hear(office, client_says("thanks!"))
    assert (await the_request(office)).snoozed
    await hear(office, client_says("it got worse", "1000.000003"))
    assert not (await the_request(office)).snoozed


@pytest.mark.parametrize(
    ("text", "state", "asked"),
    [
        ("thank you so much 🙏", "resolved", 0),
        ("it fails again with the same error", "in_progress", 0),
        ("is it really?", "in_progress", 0),
        ("we will run the next stage tonight", "resolved", 1),
    ],
)
async def test_on_what_is_resolved_thanks_leave_it_trouble_reopens_and_else_it_is_asked(
    office: Office, text: str, state: str, asked: int
) -> None:
    await opened(office)
    await move(office, Verb.RESOLVE)
    await hear(office, client_says(text))
    await hear(office, client_says(text, "1000.000003"))
    assert (await the_request(office)).state == state
    assert len(await office.sent("request/1/back/")) == asked


async def test_what_is_said_to_a_merged_request_goes_to_the_one_it_is_part_of(office: Office) -> None:
    await opened(office)
    await opened(office, "1000.000100", "s2", "2000.000100")
    await opened(office, "1000.000200", "s3", "2000.000200")
    await move(office, Verb.MERGE, into=2)
    await move(office, Verb.MERGE, 2, into=3)
    await move(office, Verb.WAIT, 3, to_client="Which one?")
    await hear(office, client_says("the first"))
    (heard,) = await office.sent("request/3/heard/")
    assert heard.thread_of == "request/3/card/0"
    assert [(await the_request(office, n)).state for n in (1, 2, 3)] == ["closed", "closed", "in_progress"]


async def test_after_a_change_of_region_it_goes_on_under_the_new_card_which_leads_back(office: Office) -> None:
    await opened(office)
    await hear(office, client_says("before"))
    await move(office, Verb.HAND, region="us")
    await hear(office, client_says("after", "1000.000003"))
    before, after = await office.sent("request/1/heard/")
    assert (before.thread_of, after.thread_of) == ("request/1/card/0", "request/1/card/1")
    (card,) = await shown(office, "request/1/card/1")
    assert "https://heliograph.example/archives/C0TRIAGEEU/p2000000001|the conversation so far" in card
    await hear(office, client_says("before, corrected", stamp="1000.000009", edited=True))
    assert "corrected" in (await shown(office, "request/1/heard/"))[0]


async def test_a_client_taken_out_of_the_file_is_told_nothing_and_the_card_says_so(office: Office) -> None:
    """The request stays with the team; what the client writes is still heard."""
    await opened(office)
    count = len([r for r in await office.sent("request/1/") if r.channel == AURORA])
    await office.reach.before(office.clock.now())
    directory = office.file.directory
    office.file.directory = replace(directory, clients=tuple(c for c in directory.clients if c.id != "aurora"))
    await office.reach.after(office.clock.now())
    assert "aurora is not in the roster file any more" in (await shown(office, "request/1/card/0"))[0]
    await move(office, Verb.ASSIGN)
    with pytest.raises(UserError, match="not in the roster file any more"):
        await hear(office, team_says("!client hello"), CAPELLA)
    await hear(office, client_says("anybody there?"))
    assert len([r for r in await office.sent("request/1/") if r.channel == AURORA]) == count
    assert len(await office.sent("request/1/heard/")) == 1
    (told,) = await office.sent("request/1/shut")
    assert told.channel == "C0ADMIN"


async def test_a_channel_that_became_another_clients_gets_nothing_of_the_first(office: Office) -> None:
    await opened(office)
    aurora, borealis, cirrus = office.file.directory.clients
    given = (replace(aurora, channels=("C0ELSE",)), replace(borealis, channels=(AURORA,)), cirrus)
    office.file.directory = replace(office.file.directory, clients=given)
    await move(office, Verb.ASSIGN)
    assert await office.sent("request/1/told/") == []
    assert "Borealis" in (await shown(office, "request/1/card/0"))[0]


async def test_a_channel_with_a_new_id_keeps_its_requests_and_its_client(office: Office) -> None:
    await opened(office)
    await office.channels.changed(AURORA, "C0SHARED")
    await office.channels.changed(AURORA, "C0SHARED")
    await hear(office, replace(client_says("still here"), channel="C0SHARED"))
    await move(office, Verb.ASSIGN)
    (told,) = await office.sent("request/1/told/")
    assert (told.channel, told.for_client) == ("C0SHARED", "aurora")
    assert len(await office.sent("request/1/heard/")) == 1
    assert len(await office.sent("channel/")) == 1
    again = await office.desk.open(office.actor(OPAL, "C0SHARED"), Place("C0SHARED"), "more", "", "s2")
    assert again.client == "aurora"


async def test_nothing_for_the_team_can_be_written_to_a_clients_channel(office: Office) -> None:
    """Nor for one client to another's: whoever writes it, the outbox refuses."""
    async with office.db.write() as tx:
        for channel, client in ((AURORA, ""), (CIRRUS, "aurora"), (EUROPE, "aurora")):
            with pytest.raises(Misdirected):
                await office.outbox.post(tx, "x", Destination(channel=channel), Message("x", []), for_client=client)
    await opened(office)
    async with office.db.write() as tx:
        with pytest.raises(Misdirected):
            await office.outbox.update(tx, "request/1/reply", Message("internal", []))
