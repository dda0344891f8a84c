"""People, channels, threads and time: the workspace as its people and the bot see it."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.clock import Clock
from sandbox.slack import manifest
from sandbox.slack.hands import Hands, Refused
from sandbox.slack.server import SlackSandbox
from tests.wire.slack.conftest import (
    AGATE,
    AURORA,
    CIRRUS,
    GENERAL,
    JADE,
    MIRA,
    OPAL,
    QUARTZ,
    SOL,
    TRIAGE,
    Bot,
    refusal,
)

pytestmark = pytest.mark.wire


async def test_kinds_of_people(client: AsyncWebClient) -> None:
    async def who(user: str) -> dict[str, Any]:
        found: dict[str, Any] = (await client.users_info(user=user))["user"]
        return found

    assert (await who(JADE))["is_ultra_restricted"] is True
    assert (await who(QUARTZ))["deleted"] is True
    agate = await who(AGATE)
    assert (agate["is_stranger"], agate["team_id"]) == (True, "T0CIRRUS")
    assert "email" not in agate["profile"]
    assert (await who(MIRA))["profile"]["email"] == "mira@helio.example"
    listed = {m["id"] for m in (await client.users_list())["members"]}
    assert {JADE, QUARTZ} <= listed
    assert AGATE not in listed


async def test_email_needs_its_scope() -> None:
    made = manifest.built_in()
    made["oauth_config"]["scopes"]["bot"].remove("users:read.email")
    async with SlackSandbox(Clock(), manifest=made) as slack:
        client = AsyncWebClient(token="xoxb-sandbox", base_url=slack.api_url)
        assert "email" not in (await client.users_info(user=MIRA))["user"]["profile"]
        assert (await refusal(client.users_lookupByEmail(email="mira@helio.example")))["error"] == "missing_scope"


async def test_who_sees_which_channel(hands: Hands) -> None:
    """Members see all of theirs; guests and external people nothing else; private channels their members alone."""

    async def seen(person: str) -> set[str]:
        return {c["id"] for c in (await hands.state(person))["channels"]}

    assert await seen(JADE) == {AURORA}
    assert await seen(AGATE) == {CIRRUS}
    assert {AURORA, GENERAL, CIRRUS} <= await seen(OPAL)
    assert not {"C0ADMIN", TRIAGE} & await seen(OPAL)
    assert "C0ADMIN" in await seen(SOL)
    with pytest.raises(Refused, match="user_deactivated"):
        await hands.state(QUARTZ)
    with pytest.raises(Refused, match="channel_not_found"):
        await hands.messages(JADE, TRIAGE)
    with pytest.raises(Refused, match="not_in_channel"):
        await hands.post(OPAL, CIRRUS, "let me in")


async def test_a_command_where_one_is_not(hands: Hands) -> None:
    assert (await hands.command(OPAL, CIRRUS, "/request"))["error"] == "not_in_channel"
    with pytest.raises(Refused, match="unknown_command"):
        await hands.command(OPAL, AURORA, "/nothing")


async def test_a_mention_is_two_events(hands: Hands, bot: Bot) -> None:
    bot.hear("message", "app_mention")
    ts = await hands.post(OPAL, AURORA, "<@U0HELIO> job 17 hangs")
    message, mention = await bot.event("message"), await bot.event("app_mention")
    assert message["event"]["ts"] == mention["event"]["ts"] == ts
    assert message["event"]["channel_type"] == "channel"
    assert message["event_id"] != mention["event_id"]


async def test_nothing_comes_from_where_the_bot_is_not(hands: Hands, bot: Bot) -> None:
    bot.hear("message")
    await hands.post(MIRA, GENERAL, "secret")
    await hands.post(OPAL, AURORA, "open")
    assert (await bot.event("message"))["event"]["text"] == "open"
    assert len(bot.heard) == 1


async def test_only_what_was_subscribed_is_sent() -> None:
    made = manifest.built_in()
    made["settings"]["event_subscriptions"]["bot_events"] = ["app_mention"]
    async with SlackSandbox(Clock(), manifest=made, retry_delays=()) as slack, Hands(slack.url) as hands:
        ts = await hands.post(OPAL, AURORA, "<@U0HELIO> hello")
        await hands.react(OPAL, AURORA, ts, "eyes")
        sent = [e["method"] for e in await hands.traffic() if e["kind"] == "envelope"]
        assert sent == ["events_api app_mention"]


async def test_the_bots_own_messages_are_events_too(hands: Hands, bot: Bot) -> None:
    bot.hear("message")
    await bot.client.chat_postMessage(channel=AURORA, text="hello")
    event = (await bot.event("message"))["event"]
    assert (event["bot_id"], event["user"]) == ("B0HELIO", "U0HELIO")


async def test_edits_deletions_and_reactions_are_told(hands: Hands, bot: Bot) -> None:
    bot.hear("message", "reaction_added", "reaction_removed")
    bot.app.event({"type": "message", "subtype": "message_changed"})(bot._listener())
    ts = await hands.post(OPAL, AURORA, "helo")
    await hands.edit(OPAL, AURORA, ts, "hello")
    await hands.react(MIRA, AURORA, ts, "eyes")
    await hands.react(MIRA, AURORA, ts, "eyes", remove=True)
    await hands.delete(OPAL, AURORA, ts)
    changed = (await bot.event("message", "message_changed"))["event"]
    assert (changed["previous_message"]["text"], changed["message"]["text"]) == ("helo", "hello")
    added = (await bot.event("reaction_added"))["event"]
    assert (added["user"], added["item"]["ts"], added["item_user"]) == (MIRA, ts, OPAL)
    await bot.event("reaction_removed")
    assert (await bot.event("message", "message_deleted"))["event"]["deleted_ts"] == ts


async def test_threads(client: AsyncWebClient, hands: Hands) -> None:
    """Replies are not in the channel's history, unless they were sent to the channel too."""
    root = await hands.post(OPAL, AURORA, "root")
    await client.chat_postMessage(channel=AURORA, text="one", thread_ts=root)
    reply = await hands.post(MIRA, AURORA, "two", thread_ts=root)
    await client.chat_postMessage(channel=AURORA, text="three", thread_ts=reply, reply_broadcast=True)
    history = (await client.conversations_history(channel=AURORA))["messages"]
    assert [m["text"] for m in history] == ["three", "root"]
    assert (history[1]["reply_count"], history[1]["reply_users"]) == (3, ["U0HELIO", MIRA])
    replies = (await client.conversations_replies(channel=AURORA, ts=root))["messages"]
    assert [m["text"] for m in replies] == ["root", "one", "two", "three"]
    assert [m["text"] for m in await hands.messages(OPAL, AURORA, thread=root)] == ["root", "one", "two", "three"]
    shown = (await hands.messages(OPAL, AURORA))[0]
    assert shown["thread"]["reply_count"] == 3


async def test_metadata_is_kept(client: AsyncWebClient) -> None:
    """Read back only when asked for; updates keep it unless they bring another."""
    metadata = {"event_type": "outbox", "event_payload": {"id": "7", "version": 1}}
    ts = (await client.chat_postMessage(channel=AURORA, text="x", metadata=metadata))["ts"]
    await client.chat_update(channel=AURORA, ts=ts, text="y")
    found = (await client.conversations_history(channel=AURORA, include_all_metadata=True))["messages"][0]
    assert (found["text"], found["metadata"]) == ("y", metadata)
    assert "metadata" not in (await client.conversations_history(channel=AURORA))["messages"][0]


async def test_pages(client: AsyncWebClient) -> None:
    for n in range(7):
        await client.chat_postMessage(channel=AURORA, text=str(n))
    seen: list[str] = []
    cursor: str | None = None
    while cursor != "":
        page = await client.conversations_history(channel=AURORA, limit=3, cursor=cursor)
        seen += [m["text"] for m in page["messages"]]
        assert page["has_more"] is bool(page["response_metadata"]["next_cursor"])
        cursor = page["response_metadata"]["next_cursor"]
    assert seen == list("6543210")
    members = await client.conversations_members(channel=AURORA, limit=2)
    assert len(members["members"]) == 2


async def test_history_between_two_instants(client: AsyncWebClient) -> None:
    stamps = [(await client.chat_postMessage(channel=AURORA, text=str(n)))["ts"] for n in range(4)]
    inner = await client.conversations_history(channel=AURORA, oldest=stamps[0], latest=stamps[3])
    assert [m["text"] for m in inner["messages"]] == ["2", "1"]
    whole = await client.conversations_history(channel=AURORA, oldest=stamps[0], latest=stamps[3], inclusive=True)
    assert len(whole["messages"]) == 4


async def test_stamps_rise_even_when_the_clock_stands() -> None:
    clock = Clock(datetime(2026, 11, 24, 12, tzinfo=UTC), rate=0)
    async with SlackSandbox(clock) as slack:
        client = AsyncWebClient(token="xoxb-sandbox", base_url=slack.api_url)
        stamps = [(await client.chat_postMessage(channel=AURORA, text="x"))["ts"] for _ in range(3)]
        clock.advance(timedelta(seconds=-60))
        stamps.append((await client.chat_postMessage(channel=AURORA, text="x"))["ts"])
    assert stamps == sorted(set(stamps))
    assert stamps[0].startswith(str(int(datetime(2026, 11, 24, 12, tzinfo=UTC).timestamp())))


async def test_groups(client: AsyncWebClient, hands: Hands, bot: Bot) -> None:
    """The list is replaced as a whole, and everybody subscribed hears of it."""
    bot.hear("subteam_members_changed")
    await client.usergroups_users_update(usergroup="S0ONDUTY", users=[OPAL, MIRA])
    assert (await client.usergroups_users_list(usergroup="S0ONDUTY"))["users"] == [OPAL, MIRA]
    assert (await bot.event("subteam_members_changed"))["event"]["added_users"] == [OPAL]
    await client.usergroups_disable(usergroup="S0ONDUTY")
    assert "S0ONDUTY" not in [g["id"] for g in (await client.usergroups_list())["usergroups"]]
    assert "S0ONDUTY" not in [g["id"] for g in (await hands.state(MIRA))["groups"]]
    await client.usergroups_enable(usergroup="S0ONDUTY")
    assert "S0ONDUTY" in [g["id"] for g in (await client.usergroups_list())["usergroups"]]


async def test_direct_messages(client: AsyncWebClient, hands: Hands, bot: Bot) -> None:
    bot.hear("message")
    channel = (await client.conversations_open(users=MIRA))["channel"]["id"]
    assert (await client.conversations_open(users=MIRA))["already_open"] is True
    await client.chat_postMessage(channel=MIRA, text="you are paged")
    assert [m["text"] for m in await hands.messages(MIRA, channel)] == ["you are paged"]
    [place] = [c for c in (await hands.state(MIRA))["channels"] if c["kind"] == "im"]
    assert (place["user"], place["unread"]) == ("U0HELIO", 1)
    await hands.read(MIRA, channel)
    await hands.post(MIRA, "U0HELIO", "got it")
    heard = await bot.until(lambda b: b["event"]["text"] == "got it")
    assert (heard["event"]["channel_type"], heard["event"]["channel"]) == ("im", channel)
    with pytest.raises(Refused, match="channel_not_found"):
        await hands.messages(OPAL, channel)


async def test_a_file_goes_up_and_comes_down(client: AsyncWebClient, hands: Hands) -> None:
    await client.files_upload_v2(channel=AURORA, content="NCCL", filename="a.log", initial_comment="the log")
    [message] = await hands.messages(OPAL, AURORA)
    assert (message["text"], message["files"][0]["preview"]) == ("the log", "NCCL")
    async with aiohttp.ClientSession() as http, http.get(message["files"][0]["url_private"]) as answer:
        assert await answer.read() == b"NCCL"
    found = await client.files_info(file=message["files"][0]["id"])
    assert found["content"] == "NCCL"


async def test_a_channel_gets_another_id_when_it_becomes_shared(client: AsyncWebClient, hands: Hands, bot: Bot) -> None:
    bot.hear("channel_id_changed")
    await hands.post(OPAL, AURORA, "before")
    await hands.call("POST", "channel", channel=AURORA, shared_with="T0CIRRUS", id="C0AURORA2")
    assert (await bot.event("channel_id_changed"))["event"]["new_channel_id"] == "C0AURORA2"
    assert (await refusal(client.conversations_info(channel=AURORA)))["error"] == "channel_not_found"
    info = (await client.conversations_info(channel="C0AURORA2"))["channel"]
    assert info["is_ext_shared"] is True
    assert (await client.conversations_history(channel="C0AURORA2"))["messages"][0]["text"] == "before"


async def test_permalinks_lead_to_the_page(client: AsyncWebClient) -> None:
    ts = (await client.chat_postMessage(channel=AURORA, text="x"))["ts"]
    link = (await client.chat_getPermalink(channel=AURORA, message_ts=ts))["permalink"]
    async with aiohttp.ClientSession() as http, http.get(link, allow_redirects=False) as answer:
        assert answer.headers["Location"] == f"/#channel={AURORA}&thread={ts}"


async def test_the_clock(hands: Hands, slack: SlackSandbox) -> None:
    """Forward, to Saturday, to a minute before the next handoff; never told of one, it says so."""
    before = slack.clock.now()
    assert datetime.fromisoformat((await hands.clock(advance=900))["now"]) >= before + timedelta(minutes=15)
    assert datetime.fromisoformat((await hands.clock(to="saturday"))["now"]).weekday() == 5
    with pytest.raises(Refused, match="no_handoff"):
        await hands.clock(to="handoff")
    due = (slack.clock.now() + timedelta(hours=3)).replace(microsecond=0)
    await hands.call("POST", "boundaries", at=[due.isoformat()])
    now = datetime.fromisoformat((await hands.clock(to="handoff"))["now"])
    assert due - timedelta(minutes=1) <= now < due
    assert (await hands.clock(rate=60))["rate"] == 60
    with pytest.raises(Refused, match="invalid_time"):
        await hands.clock(to="soon")


async def test_do_not_disturb(client: AsyncWebClient, hands: Hands, slack: SlackSandbox) -> None:
    """An app reads from when until when it holds for others, ahead of time too; of a snooze it reads nothing."""
    now = int(slack.clock.unix())
    await hands.call("POST", "person", user=MIRA, dnd_until=now + 600, dnd_from=now + 60)
    said = (await client.dnd_info(user=MIRA)).data
    assert (said["dnd_enabled"], said["next_dnd_start_ts"], said["next_dnd_end_ts"]) == (True, now + 60, now + 600)
    assert not [name for name in said if name.startswith("snooze")]
    await hands.clock(advance=700)
    said = (await client.dnd_info(user=MIRA)).data
    assert (said["dnd_enabled"], said["next_dnd_start_ts"], said["next_dnd_end_ts"]) == (False, 1, 1)
    assert (await client.dnd_info())["snooze_enabled"] is False
    with pytest.raises(SlackApiError, match="user_not_found"):
        await client.dnd_info(user="U0NOBODY")


async def test_the_stream_says_what_to_read_again(slack: SlackSandbox, client: AsyncWebClient) -> None:
    """Only to those whom it concerns."""
    async with aiohttp.ClientSession() as http:
        url = f"{slack.url}/control/stream"
        async with http.ws_connect(f"{url}?as={OPAL}") as opal, http.ws_connect(f"{url}?as={JADE}") as jade:
            await client.chat_postEphemeral(channel=AURORA, user=OPAL, text="psst")
            assert await opal.receive_json() == {"type": "messages", "channel": AURORA}
            slack.clock.advance(timedelta(seconds=1))
            async with asyncio.timeout(5):
                assert await jade.receive_json() == {"type": "clock"}


async def test_unread_and_mentions(client: AsyncWebClient, hands: Hands) -> None:
    await client.chat_postMessage(channel=AURORA, text="hello")
    await client.chat_postMessage(channel=AURORA, text="<@U0OPAL> and <!subteam^S0SUPPORTEU>")

    async def counts(person: str) -> tuple[int, int]:
        [place] = [c for c in (await hands.state(person))["channels"] if c["id"] == AURORA]
        return place["unread"], place["mentions"]

    assert [await counts(p) for p in (OPAL, MIRA, JADE)] == [(2, 1), (2, 1), (2, 0)]
    await hands.read(OPAL, AURORA)
    assert await counts(OPAL) == (0, 0)


@pytest.mark.parametrize(
    ("path", "body", "error"),
    [
        ("post", {"as": OPAL, "channel": AURORA, "text": " "}, "no_text"),
        ("post", {"channel": AURORA, "text": "x"}, "missing_argument"),
        ("post", {"as": "U0NOBODY", "channel": AURORA, "text": "x"}, "user_not_found"),
        ("post", {"as": "U0HELIO", "channel": AURORA, "text": "x"}, "user_is_bot"),
        ("post", {"as": OPAL, "channel": AURORA, "files": [{"name": "x"}]}, "invalid_file"),
        ("edit", {"as": OPAL, "channel": AURORA, "ts": "1", "text": "x"}, "message_not_found"),
        ("submit", {"as": OPAL, "view_id": "V0"}, "view_not_found"),
        ("sockets", {"do": "dance"}, "invalid_argument"),
        ("clock", {"advance": "soon"}, "invalid_argument"),
        ("happen", {"type": "rain"}, "invalid_argument"),
        ("people", {"name": "mira"}, "invalid_name"),
    ],
)
async def test_refusals_of_the_control_api(hands: Hands, path: str, body: dict[str, Any], error: str) -> None:
    """Each with words for a person."""
    with pytest.raises(Refused) as refused:
        await hands.call("POST", path, **body)
    assert refused.value.code == error


async def test_other_pages_may_not_act(slack: SlackSandbox) -> None:
    """A page from elsewhere, open in the same browser, is refused; the workspace's own page is not."""
    async with aiohttp.ClientSession() as http:
        for origin, status in (("https://elsewhere.example", 403), (slack.url, 200)):
            async with http.get(f"{slack.url}/control/state?as={OPAL}", headers={"Origin": origin}) as answer:
                assert answer.status == status


async def test_strangers_are_reached_where_a_channel_is_shared(client: AsyncWebClient, hands: Hands) -> None:
    channel = (await client.conversations_open(users=AGATE))["channel"]["id"]
    await client.chat_postMessage(channel=AGATE, text="hello")
    assert [m["text"] for m in await hands.messages(AGATE, channel)] == ["hello"]
    for person in (AGATE, "U0BERYL"):
        await hands.call("POST", "leave", as_=person, channel=CIRRUS)
    assert (await refusal(client.conversations_open(users="U0BERYL")))["error"] == "user_not_visible"


async def test_the_page_is_served(slack: SlackSandbox) -> None:
    async with aiohttp.ClientSession() as http:
        for path, kind in (("/", "text/html"), ("/page/js/main.js", "javascript")):
            async with http.get(f"{slack.url}{path}") as answer:
                assert answer.status == 200
                assert kind in answer.content_type
