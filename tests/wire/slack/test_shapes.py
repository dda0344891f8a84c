"""Every key of Slack's real payloads and answers is carried by the sandbox's, in one case or another."""

import asyncio
from collections import defaultdict
from typing import Any

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.clock import Clock
from sandbox.slack import manifest
from sandbox.slack.hands import Hands
from sandbox.slack.server import SlackSandbox
from tests.wire.slack import walk
from tests.wire.slack.conftest import (
    AGATE,
    AURORA,
    CIRRUS,
    GENERAL,
    JADE,
    MIRA,
    OPAL,
    SOL,
    actions,
    button,
    field,
    modal,
)

pytestmark = pytest.mark.wire
Samples = dict[str, list[dict[str, Any]]]


def select(**more: Any) -> dict[str, Any]:
    text = {"type": "plain_text", "text": "one", "emoji": True}
    option = {"text": text, "value": "1", "description": text}
    return {"type": "static_select", "action_id": "pick", "options": [option], "initial_option": option, **more}


RICH = {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": []}], "block_id": "r"}
CONFIRM = {
    "title": {"type": "plain_text", "text": "Sure?", "emoji": True},
    "text": {"type": "plain_text", "text": "Sure?", "emoji": True},
    "confirm": {"type": "plain_text", "text": "Yes", "emoji": True},
    "deny": {"type": "plain_text", "text": "No", "emoji": True},
    "style": "danger",
}


async def upload(client: AsyncWebClient, **more: Any) -> None:
    await client.files_upload_v2(content="NCCL WARN\n" * 3, filename="train.log", alt_txt="a log", **more)


async def chat(client: AsyncWebClient, hands: Hands) -> None:
    metadata = {"event_type": "request", "event_payload": {"id": "r-1"}}
    first = await client.chat_postMessage(channel=AURORA, text="one", metadata=metadata)
    await hands.post(OPAL, AURORA, "reply", thread_ts=first["ts"])
    await client.chat_postMessage(
        channel=AURORA,
        text="two",
        thread_ts=first["ts"],
        reply_broadcast=True,
        username="night shift",
        icon_emoji=":moon:",
    )
    named = {"username": "night shift", "icon_emoji": ":moon:"}
    root = await client.chat_postMessage(channel=AURORA, text="three", **named)
    await client.chat_postMessage(channel=AURORA, text="four", thread_ts=root["ts"], **named)
    await client.chat_postMessage(channel=AURORA, text="five", thread_ts=root["ts"], reply_broadcast=True)
    carried = next(m["ts"] for m in await hands.messages(OPAL, AURORA) if m.get("files"))
    await client.chat_update(channel=AURORA, ts=carried, text="the log, again")
    await client.chat_postMessage(channel=AURORA, text="a log", thread_ts=carried)
    await client.conversations_replies(channel=AURORA, ts=carried)
    await upload(client, channel=AURORA, thread_ts=first["ts"])
    await client.chat_update(channel=AURORA, ts=first["ts"], text="one, changed")
    await client.chat_postEphemeral(channel=AURORA, user=OPAL, text="psst")
    await client.chat_getPermalink(channel=AURORA, message_ts=first["ts"])
    await client.reactions_add(channel=AURORA, timestamp=first["ts"], name="eyes")
    await client.pins_add(channel=AURORA, timestamp=first["ts"])
    await client.reactions_get(channel=AURORA, timestamp=first["ts"])
    await client.conversations_history(channel=AURORA, include_all_metadata=True, limit=3)
    await client.conversations_history(channel=AURORA, include_all_metadata=True, oldest="1", latest="99999999999")
    await client.conversations_replies(channel=AURORA, ts=first["ts"], include_all_metadata=True)
    await client.reactions_remove(channel=AURORA, timestamp=first["ts"], name="eyes")
    await client.chat_delete(channel=AURORA, ts=(await client.chat_postMessage(channel=AURORA, text="oops"))["ts"])


async def people(client: AsyncWebClient) -> None:
    await client.api_test(foo="1")
    await client.auth_test()
    await client.apps_connections_open(app_token="xapp-sandbox")
    await client.bots_info(bot="B0HELIO")
    await client.team_info()
    await client.dnd_info(user=MIRA)
    for user in ("U0HELIO", MIRA, JADE, AGATE):
        await client.users_info(user=user, include_locale=True)
    await client.users_list(include_locale=True)
    await client.users_lookupByEmail(email="opal@helio.example")
    await client.users_lookupByEmail(email="jade@helio.example")
    await client.users_getPresence(user=MIRA)
    await client.users_getPresence(user="U0HELIO")
    await client.users_conversations(types="public_channel,private_channel,im")


async def channels(client: AsyncWebClient, hands: Hands) -> None:
    await client.conversations_open(users=MIRA, return_im=True)
    dm = await client.chat_postMessage(channel=MIRA, text="hello")
    await client.chat_postMessage(channel=MIRA, text="hello", username="night shift")
    await client.conversations_open(channel=dm["channel"], return_im=True)
    await hands.post(MIRA, "U0HELIO", "hello")
    await client.conversations_open(channel=dm["channel"], return_im=True)
    await client.conversations_list(types="public_channel,private_channel,im")
    await client.conversations_history(channel=dm["channel"])
    await client.conversations_info(channel=CIRRUS, include_num_members=True, include_locale=True)
    await client.conversations_members(channel=AURORA)
    await client.conversations_join(channel=GENERAL)
    await client.conversations_join(channel=GENERAL)
    await client.bookmarks_add(channel_id=AURORA, title="docs", type="link", link="https://docs.example/")


async def groups(client: AsyncWebClient) -> None:
    made = await client.usergroups_create(name="Night shift", handle="night", channels=[AURORA])
    group = made["usergroup"]["id"]
    await client.usergroups_users_update(usergroup=group, users=[MIRA])
    await client.usergroups_update(usergroup=group, description="at night")
    await client.usergroups_disable(usergroup=group)
    await client.usergroups_list(include_disabled=True, include_users=True, include_count=True)
    await client.usergroups_enable(usergroup=group)
    await client.usergroups_users_list(usergroup=group)


async def views(client: AsyncWebClient, hands: Hands) -> None:
    """The triggers come from what people do, out of the traffic, since no app listens here."""
    await hands.command(OPAL, AURORA, "/request", "help")
    notify = {"notify_on_close": True, "external_id": "one"}
    rich = field("rich", {"type": "rich_text_input"}, dispatch_action=True, optional=True)
    blocks = (field(), rich, actions(button(url="https://docs.example/", style="primary", confirm=CONFIRM)))
    opened = await client.views_open(trigger_id=await trigger(hands), view=modal(*blocks, **notify))
    view = opened["view"]["id"]
    await hands.click(OPAL, action_id="in", block_id="rich", view_id=view, value=RICH)
    await hands.click(OPAL, action_id="go", view_id=view)
    await client.views_push(trigger_id=await trigger(hands), view=modal())
    await client.views_update(view_id=view, view=modal(*blocks, **notify))
    await hands.submit(OPAL, view, {"what": {"in": "down"}})
    await hands.close_view(OPAL, view)
    await client.views_publish(user_id=OPAL, view={"type": "home", "blocks": [{"type": "divider"}]})
    await hands.home(OPAL)


async def trigger(hands: Hands) -> str:
    return str([e["request"]["trigger_id"] for e in await hands.traffic() if "trigger_id" in (e["request"] or {})][-1])


ELEMENTS: tuple[tuple[dict[str, Any], Any], ...] = (
    (button("go", url="https://docs.example/", style="primary", confirm=CONFIRM), None),
    (select(confirm=CONFIRM, placeholder={"type": "plain_text", "text": "Pick", "emoji": True}), "1"),
    ({"type": "users_select", "action_id": "pick", "initial_user": OPAL}, MIRA),
    ({"type": "channels_select", "action_id": "pick", "initial_channel": AURORA}, CIRRUS),
    ({"type": "conversations_select", "action_id": "pick", "initial_conversation": AURORA}, CIRRUS),
    ({"type": "datepicker", "action_id": "pick", "initial_date": "2026-01-01"}, "2026-01-02"),
    ({"type": "timepicker", "action_id": "pick", "initial_time": "10:00"}, "11:00"),
    ({"type": "external_select", "action_id": "pick", "min_query_length": 2}, "x"),
)


async def clicks(client: AsyncWebClient, hands: Hands) -> None:
    root = await hands.post(OPAL, AURORA, "start")
    for element, value in ELEMENTS:
        posted = await client.chat_postMessage(channel=AURORA, text="x", thread_ts=root, blocks=[actions(element)])
        await hands.click(OPAL, AURORA, posted["ts"], element["action_id"], value=value)
    await client.chat_postEphemeral(channel=AURORA, user=OPAL, text="x", blocks=[actions(button())])
    whisper = (await hands.messages(OPAL, AURORA))[-1]
    await hands.click(OPAL, AURORA, whisper["ts"], "go")
    await upload(client, channels=[AURORA, "C0ADMIN"], initial_comment="the log")
    await worn(client, hands)
    for person, channel in ((OPAL, AURORA), (SOL, "C0ADMIN")):
        for message in await hands.messages(person, channel):
            if not message["ephemeral"]:
                await hands.shortcut(person, "request_from_message", channel, message["ts"])


async def worn(client: AsyncWebClient, hands: Hands) -> None:
    """A message to which everything was done that can be done to one, clicked and taken as a shortcut."""
    ts = await hands.post(OPAL, AURORA, "look", files=[{"name": "b.log", "text": "x"}])
    named: dict[str, Any] = {"username": "night shift", "icon_emoji": ":moon:", "blocks": [actions(button())]}
    metadata = {"event_type": "request", "event_payload": {"id": "r-1"}}
    posted = (await client.chat_postMessage(channel=AURORA, text="x", metadata=metadata, **named))["ts"]
    await client.pins_add(channel=AURORA, timestamp=posted)
    await client.reactions_add(channel=AURORA, timestamp=posted, name="eyes")
    await client.chat_update(channel=AURORA, ts=posted, text="xx")
    await hands.post(OPAL, AURORA, "a reply", thread_ts=posted)
    await hands.click(OPAL, AURORA, posted, "go")
    reply = await hands.post(OPAL, AURORA, "another", thread_ts=posted)
    await hands.shortcut(OPAL, "request_from_message", AURORA, reply)
    await client.reactions_add(channel=AURORA, timestamp=ts, name="eyes")


async def happenings(client: AsyncWebClient, hands: Hands) -> None:
    """What people do that an app hears of as an event."""
    ts = await hands.post(OPAL, AURORA, "<@U0HELIO> help")
    await hands.post(AGATE, CIRRUS, "<@U0HELIO> help", files=[{"name": "a.log", "text": "NCCL"}])
    await hands.post(AGATE, CIRRUS, "<@U0HELIO> more", thread_ts=await hands.post(AGATE, CIRRUS, "first"))
    await hands.edit(OPAL, AURORA, ts, "<@U0HELIO> please help")
    reply = await hands.post(OPAL, AURORA, "also", thread_ts=ts, broadcast=True)
    await hands.edit(OPAL, AURORA, ts, "<@U0HELIO> please, help")
    await hands.edit(OPAL, AURORA, reply, "and also")
    await hands.post(OPAL, AURORA, "log", thread_ts=ts, files=[{"name": "a.log", "text": "NCCL"}])
    await hands.react(OPAL, AURORA, ts, "eyes")
    await hands.react(OPAL, AURORA, ts, "eyes", remove=True)
    await hands.delete(OPAL, AURORA, reply)
    await hands.delete(OPAL, AURORA, ts)
    await hands.call("POST", "invite", as_=MIRA, channel=AURORA, user="U0ONYX")
    await hands.call("POST", "leave", as_="U0ONYX", channel=AURORA)
    await hands.call("POST", "person", user=JADE, dnd_until=9e9)
    await hands.call("POST", "person", user="U0HELIO", tz="UTC")
    await hands.call("POST", "people", name="lapis", guest=True)
    ts = await hands.post(AGATE, CIRRUS, "no")
    await hands.edit(AGATE, CIRRUS, ts, "<@U0HELIO> yes")
    await hands.edit(AGATE, CIRRUS, ts, "<@U0HELIO> yes, please")
    await hands.delete(AGATE, CIRRUS, ts)
    await hands.call("POST", "channel", channel=CIRRUS, name="cirrus", shared_with="")
    await hands.call("POST", "channel", channel="C0BOREALIS", shared_with="T0CIRRUS", id="C0BOREALIS2")
    for kind in ("app_rate_limited", "app_uninstalled", "tokens_revoked"):
        await hands.call("POST", "happen", type=kind)


METHODS = (
    "api.test",
    "apps.connections.open",
    "auth.test",
    "bookmarks.add",
    "bots.info",
    "chat.delete",
    "chat.getPermalink",
    "chat.postEphemeral",
    "chat.postMessage",
    "chat.update",
    "conversations.history",
    "conversations.info",
    "conversations.join",
    "conversations.list",
    "conversations.members",
    "conversations.open",
    "conversations.replies",
    "dnd.info",
    "files.completeUploadExternal",
    "files.getUploadURLExternal",
    "files.info",
    "pins.add",
    "reactions.add",
    "reactions.get",
    "reactions.remove",
    "team.info",
    "usergroups.create",
    "usergroups.disable",
    "usergroups.enable",
    "usergroups.list",
    "usergroups.users.list",
    "usergroups.users.update",
    "users.conversations",
    "users.getPresence",
    "users.info",
    "users.list",
    "users.lookupByEmail",
    "views.open",
    "views.publish",
    "views.push",
    "views.update",
)


async def refusals(slack: SlackSandbox) -> Samples:
    """Each method refused: for a missing scope, a missing argument, the wrong token; by a body without a charset."""
    made: Samples = defaultdict(list)
    limited = manifest.built_in()
    limited["oauth_config"]["scopes"]["bot"] = []
    types = {"Content-Type": "application/json"}
    async with SlackSandbox(Clock(), manifest=limited) as other, aiohttp.ClientSession(headers=types) as http:
        for name in METHODS:
            for base, token, body in (
                (other.api_url, "xoxb-sandbox", '{"error": "no"}'),
                (slack.api_url, "xoxb-sandbox", '{"channel": "C0AURORA", "blocks": [{}], "types": "x"}'),
                (slack.api_url, "xoxb-wrong", "{}"),
            ):
                headers = {"Authorization": f"Bearer {token}"}
                async with http.post(f"{base}{name}", data=body, headers=headers) as answer:
                    made[name].append(await answer.json())
    return made


async def everything() -> tuple[Samples, list[dict[str, Any]]]:
    """→ the answers by method, and all payloads that were sent to the app."""
    made = manifest.built_in()
    made["oauth_config"]["scopes"]["bot"].append("chat:write.customize")
    async with SlackSandbox(Clock(), manifest=made, retry_delays=()) as slack, Hands(slack.url) as hands:
        client = AsyncWebClient(token="xoxb-sandbox", base_url=slack.api_url)
        samples = await refusals(slack)
        await groups(client)
        await views(client, hands)
        await clicks(client, hands)
        await channels(client, hands)
        await chat(client, hands)
        await people(client)
        await happenings(client, hands)
        asked = [e["response"] for e in await hands.calls("files.getUploadURLExternal")]
        uploaded = next(answer["file_id"] for answer in asked if answer["ok"])
        await client.files_info(file=uploaded)
        traffic = await hands.traffic()
    for entry in traffic:
        if entry["kind"] == "api":
            samples[entry["method"]].append(entry["response"])
    return samples, [e["request"] for e in traffic if e["kind"] == "envelope"]


@pytest.fixture(scope="module")
def traffic() -> tuple[Samples, list[dict[str, Any]]]:
    return asyncio.run(everything())


NOT_CARRIED = {
    "interactive-components/BlockActionPayload": {".actions[].initial_option.url"},
}
"""An option's `url` exists in overflow menus only, and those have no initial option."""
INTERACTIONS = {
    "interactive-components/BlockActionPayload": "block_actions",
    "interactive-components/MessageShortcutPayload": "message_action",
    "views/ViewClosedPayload": "view_closed",
    "views/ViewSubmissionPayload": "view_submission",
}
EVENTS = sorted(path.stem for path in (walk.FOLDER / "events").glob("*.json"))


@pytest.mark.parametrize("method", METHODS)
def test_answers(traffic: tuple[Samples, list[dict[str, Any]]], method: str) -> None:
    """Success and refusal together carry what Slack's answers carry."""
    assert sorted(walk.missing(walk.shape(f"api/{method}"), traffic[0][method])) == []


@pytest.mark.parametrize("name", EVENTS or ["MessagePayload"])
def test_events(traffic: tuple[Samples, list[dict[str, Any]]], name: str) -> None:
    """A person's message, a guest's, a bot's and one from another workspace stand together against the real one."""
    real = walk.shape(f"events/{name}")
    kind, subtype = real["event"]["type"], real["event"].get("subtype")
    events = [e for e in traffic[1] if e.get("event", {}).get("type") == kind]
    if subtype:
        events = [e for e in events if e["event"].get("subtype") == subtype]
    assert events
    assert list(walk.missing(real, events)) == []


@pytest.mark.parametrize("name", INTERACTIONS)
def test_interactions(traffic: tuple[Samples, list[dict[str, Any]]], name: str) -> None:
    payloads = [p for p in traffic[1] if p.get("type") == INTERACTIONS[name]]
    assert payloads
    assert set(walk.missing(walk.shape(name), payloads)) == NOT_CARRIED.get(name, set())


def test_commands(traffic: tuple[Samples, list[dict[str, Any]]]) -> None:
    payloads = [p for p in traffic[1] if p.get("command")]
    assert payloads
    assert list(walk.missing(walk.shape("slash-commands/SlashCommandPayload"), payloads)) == []


def test_no_answer_is_left_out() -> None:
    """Every real answer that is known is compared, save one: the bot schedules no messages."""
    walk.shape("api/api.test")
    known = {path.stem for path in (walk.FOLDER / "api").glob("*.json")}
    assert known - set(METHODS) == {"chat.scheduleMessage"}
