"""Two threads, one conversation, at the wire: who writes what where, and who reads it."""

import pytest

from bot.desk.tables import Request, RequestMessage
from bot.inbox.tables import Incoming
from sandbox.tour import words
from tests.wire.bot.live import Live

pytestmark = pytest.mark.wire
AURORA, CIRRUS, EUROPE = "C0AURORA", "C0CIRRUS", "C0TRIAGEEU"
OPAL, JADE, AGATE, CAPELLA, ALTAIR = "U0OPAL", "U0JADE", "U0AGATE", "U0CAPELLA", "U0ALTAIR"


async def opened(live: Live, who: str = OPAL, channel: str = AURORA) -> tuple[str, str]:
    """→ the ts of the client's thread and of the card."""
    root = await live.hands.post(who, channel, "<@U0HELIO> loss is NaN")
    await live.sees(who, channel, "has this", thread=root)
    card = await live.sees(CAPELLA, EUROPE, "R-1")
    return root, card["ts"]


async def thread_of(live: Live, who: str, channel: str, ts: str) -> str:
    return "\n".join(words(m) for m in await live.hands.messages(who, channel, ts))


@pytest.mark.parametrize(
    ("who", "channel", "client"), [(OPAL, AURORA, "Aurora"), (JADE, AURORA, "Aurora"), (AGATE, CIRRUS, "Cirrus")]
)
async def test_a_member_a_guest_and_somebody_of_another_workspace_are_heard_without_a_mention(
    live: Live, who: str, channel: str, client: str
) -> None:
    root, card = await opened(live, who, channel)
    log = [{"name": "train.log", "text": "rank 17: NaN"}]
    first = await live.hands.post(who, channel, "it began at step 812", thread_ts=root)
    await live.hands.post(who, channel, "the log", thread_ts=root, files=log)
    heard = await live.sees(CAPELLA, EUROPE, "it began at step 812", thread=card)
    assert f"<@{who}>" in words(heard)
    assert client in words(heard)
    assert "train.log" in words(await live.sees(CAPELLA, EUROPE, "the log", thread=card))
    await live.hands.edit(who, channel, first, "it began at step 813")
    edited = await live.sees(CAPELLA, EUROPE, "step 813", thread=card)
    assert "edited" in words(edited)
    await live.hands.delete(who, channel, first)
    await live.sees(CAPELLA, EUROPE, "deleted by its author", thread=card)
    assert "step 81" not in await thread_of(live, CAPELLA, EUROPE, card)


async def test_what_the_team_says_stays_and_what_it_sends_goes_out_with_a_check_mark(live: Live) -> None:
    root, card = await opened(live)
    await live.hands.post(ALTAIR, EUROPE, "rank 17 again, do not tell them yet", thread_ts=card)
    sent = await live.hands.post(CAPELLA, EUROPE, "!client please skip batch 812", thread_ts=card)
    reply = await live.sees(OPAL, AURORA, "please skip batch 812", thread=root)
    assert f"<@{CAPELLA}>" in words(reply)

    async def confirmed() -> bool:
        message = next(m for m in await live.hands.messages(CAPELLA, EUROPE, card) if m["ts"] == sent)
        return [r["name"] for r in message.get("reactions", [])] == ["white_check_mark"]

    await live.until(confirmed, "the check mark")
    await live.hands.edit(CAPELLA, EUROPE, sent, "!client please skip batch 813")
    await live.sees(OPAL, AURORA, "batch 813", thread=root)
    await live.hands.delete(CAPELLA, EUROPE, sent)

    async def gone() -> bool:
        return "batch 813" not in await thread_of(live, OPAL, AURORA, root)

    await live.until(gone, "the deletion")
    assert "rank 17" not in await thread_of(live, OPAL, AURORA, root)
    (request,) = await live.rows(Request)
    assert request.state == "acknowledged"


async def test_a_reply_by_the_cards_form(live: Live) -> None:
    root, card = await opened(live)
    choice = "tell:1:0"
    await live.hands.click(ALTAIR, EUROPE, card, "request.more", value=choice)
    form = await live.hands.wait_for_view(ALTAIR, "request.tell")
    await live.hands.submit(ALTAIR, form["id"], {"to_client": {"to_client": "Which dataset?"}})
    assert f"<@{ALTAIR}>" in words(await live.sees(OPAL, AURORA, "Which dataset?", thread=root))
    assert "sent to the client" in words(await live.sees(CAPELLA, EUROPE, "Which dataset?", thread=card))


async def test_twice_late_and_over_a_restart_each_is_seen_once(live: Live) -> None:
    """The first message is delivered after its edit; another one twice; one as it stops."""
    root, card = await opened(live)
    await live.hands.fault("message", "deliver_late", 1, delay=1.0)
    first = await live.hands.post(OPAL, AURORA, "at step 1", thread_ts=root)
    await live.hands.edit(OPAL, AURORA, first, "at step 2")
    await live.sees(CAPELLA, EUROPE, "at step 2", thread=card)
    await live.hands.fault("message", "deliver_twice", 1)
    await live.hands.post(OPAL, AURORA, "and it is slow", thread_ts=root)
    await live.sees(CAPELLA, EUROPE, "and it is slow", thread=card)
    before = len(await live.rows(Incoming))
    await live.hands.post(CAPELLA, EUROPE, "!client restarting your job", thread_ts=card)

    async def arrived() -> bool:
        return len(await live.rows(Incoming)) > before

    await live.until(arrived, "the event")
    await live.stop()
    await live.start()
    await live.sees(OPAL, AURORA, "restarting your job", thread=root)
    await live.hands.post(OPAL, AURORA, "the last word", thread_ts=root)
    await live.sees(CAPELLA, EUROPE, "the last word", thread=card)
    team, client = await thread_of(live, CAPELLA, EUROPE, card), await thread_of(live, OPAL, AURORA, root)
    for part in ("at step 2", "and it is slow", "the last word"):
        assert team.count(f"> {part}") == 1, team
    assert "at step 1" not in team
    assert client.count(":*\nrestarting your job") == 1


async def test_thanks_leave_it_resolved_and_trouble_opens_it_again(live: Live) -> None:
    root, card = await opened(live)
    await live.hands.click(CAPELLA, EUROPE, card, "request.resolve")
    form = await live.hands.wait_for_view(CAPELLA, "request.form.resolve")
    await live.hands.submit(CAPELLA, form["id"], {"to_client": {"to_client": "Restarted"}})
    await live.sees(OPAL, AURORA, "is resolved", thread=root)
    await live.hands.post(OPAL, AURORA, "thank you! works now 🙏", thread_ts=root)
    await live.sees(CAPELLA, EUROPE, "works now", thread=card)
    await live.hands.post(OPAL, AURORA, "we start the next stage tonight", thread_ts=root)
    asked = await live.sees(OPAL, AURORA, "stays so unless", thread=root)
    assert (await live.rows(Request))[0].state == "resolved"
    await live.hands.click(OPAL, AURORA, asked["ts"], "request.reopen")
    await live.sees(OPAL, AURORA, "has opened this again", thread=root)


async def test_what_pings_or_forges_is_only_words(live: Live) -> None:
    root, card = await opened(live)
    await live.hands.post(
        OPAL, AURORA, "<!channel> <!here> <https://evil.example|https://bank.example> \u202egnp", thread_ts=root
    )
    heard = await live.sees(CAPELLA, EUROPE, "evil.example", thread=card)
    assert "<!channel>" not in words(heard)
    assert "<https://evil.example|" not in words(heard)
    assert "\u202e" not in words(heard)
    await live.hands.post(OPAL, AURORA, "x" * 39_000, thread_ts=root)
    long = await live.sees(CAPELLA, EUROPE, "more characters are in the original message", thread=card)
    assert "36,500" in words(long)


async def test_talk_that_is_no_requests_is_not_kept(live: Live) -> None:
    """Nor are the words of what was heard kept where it arrived."""
    root, card = await opened(live)
    other = await live.hands.post(OPAL, AURORA, "who is for lunch")
    await live.hands.post(JADE, AURORA, "me, at noon", thread_ts=other)
    await live.hands.post(OPAL, AURORA, "marker of the conversation", thread_ts=root)
    await live.sees(CAPELLA, EUROPE, "marker of the conversation", thread=card)

    async def quiet() -> bool:
        return all(row.state != "new" for row in await live.rows(Incoming))

    await live.until(quiet, "everything worked")
    kept = str([row.body for row in await live.rows(Incoming)])
    for words_ in ("lunch", "at noon", "marker of the conversation"):
        assert words_ not in kept
    assert {row.text for row in await live.rows(RequestMessage)} == {"loss is NaN", "marker of the conversation"}


async def test_a_channel_that_becomes_shared_gets_another_id_and_the_conversation_goes_on(live: Live) -> None:
    root, card = await opened(live)
    await live.hands.call("POST", "channel", channel=AURORA, id="C0NEWAURORA", shared_with="T0CIRRUS")
    await live.sees("U0SOL", "C0ADMIN", "another id")
    await live.hands.post(OPAL, "C0NEWAURORA", "still hanging", thread_ts=root)
    await live.sees(CAPELLA, EUROPE, "still hanging", thread=card)
    await live.hands.click(CAPELLA, EUROPE, card, "request.assign")
    await live.sees(OPAL, "C0NEWAURORA", "has taken this over", thread=root)


async def test_somebody_who_left_the_workspace_is_still_named_and_answered(live: Live) -> None:
    root, card = await opened(live, JADE)
    await live.hands.post(JADE, AURORA, "my last day", thread_ts=root)
    await live.sees(CAPELLA, EUROPE, "my last day", thread=card)
    await live.hands.call("POST", "person", user=JADE, deleted=True)
    await live.hands.post(CAPELLA, EUROPE, "!client who takes over", thread_ts=card)
    await live.sees(OPAL, AURORA, "who takes over", thread=root)
    await live.hands.post(OPAL, AURORA, "I do", thread_ts=root)
    await live.sees(CAPELLA, EUROPE, "I do", thread=card)
