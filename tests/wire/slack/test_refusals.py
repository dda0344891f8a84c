"""What Slack refuses, the sandbox refuses, with the same code."""

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.clock import Clock
from sandbox.slack import manifest
from sandbox.slack.hands import Hands
from sandbox.slack.server import SlackSandbox
from tests.wire.slack.conftest import AGATE, AURORA, GENERAL, JADE, MIRA, OPAL, QUARTZ, refusal

pytestmark = pytest.mark.wire


@pytest.mark.parametrize(
    ("method", "arguments", "error"),
    [
        ("no.such", {}, "unknown_method"),
        ("chat.postMessage", {"channel": "C0NOWHERE", "text": "x"}, "channel_not_found"),
        ("chat.postMessage", {"channel": GENERAL, "text": "x"}, "not_in_channel"),
        ("chat.postMessage", {"channel": AURORA}, "no_text"),
        ("chat.postMessage", {"channel": AURORA, "text": "  "}, "no_text"),
        ("chat.postMessage", {"text": "x"}, "invalid_arguments"),
        ("chat.postMessage", {"channel": AURORA, "text": "x", "blocks": "nonsense"}, "invalid_blocks_format"),
        ("chat.postMessage", {"channel": AURORA, "text": "x", "thread_ts": "soon"}, "invalid_thread_ts"),
        ("chat.postMessage", {"channel": AURORA, "text": "x", "thread_ts": "1700000000.000001"}, "thread_not_found"),
        (
            "chat.postMessage",
            {"channel": AURORA, "text": "x", "metadata": {"event_type": "a"}},
            "invalid_metadata_format",
        ),
        ("chat.postMessage", {"channel": AURORA, "text": "x", "username": "me"}, "missing_scope"),
        ("chat.postMessage", {"channel": QUARTZ, "text": "x"}, "channel_not_found"),
        ("chat.postEphemeral", {"channel": AURORA, "user": AGATE, "text": "x"}, "user_not_in_channel"),
        ("chat.postEphemeral", {"channel": "C0BOREALIS", "user": QUARTZ, "text": "x"}, "user_not_in_channel"),
        ("chat.update", {"channel": AURORA, "ts": "1.1", "text": "x"}, "message_not_found"),
        ("chat.delete", {"channel": AURORA, "ts": "1.1"}, "message_not_found"),
        ("chat.getPermalink", {"channel": AURORA, "message_ts": "1.1"}, "message_not_found"),
        ("conversations.info", {"channel": "C0NOWHERE"}, "channel_not_found"),
        ("conversations.history", {"channel": GENERAL}, "not_in_channel"),
        ("conversations.history", {"channel": AURORA, "cursor": "nonsense"}, "invalid_cursor"),
        ("conversations.history", {"channel": AURORA, "limit": "many"}, "invalid_limit"),
        ("conversations.history", {"channel": AURORA, "oldest": "then"}, "invalid_ts_oldest"),
        ("conversations.replies", {"channel": AURORA, "ts": "1.1"}, "thread_not_found"),
        ("conversations.list", {"types": "secret"}, "invalid_types"),
        ("conversations.open", {}, "users_list_not_supplied"),
        ("conversations.open", {"users": QUARTZ}, "user_disabled"),
        ("conversations.open", {"users": "U0NOBODY"}, "user_not_found"),
        ("conversations.open", {"users": "U0OPAL,U0MIRA"}, "missing_scope"),
        ("conversations.join", {"channel": "C0ADMIN"}, "method_not_supported_for_channel_type"),
        ("reactions.add", {"channel": AURORA, "timestamp": "1.1", "name": "eyes"}, "message_not_found"),
        ("users.info", {"user": "U0NOBODY"}, "user_not_found"),
        ("users.lookupByEmail", {"email": "agate@cirrus.example"}, "users_not_found"),
        ("usergroups.users.update", {"usergroup": "S0NONE", "users": MIRA}, "subteam_not_found"),
        ("usergroups.users.update", {"usergroup": "S0ONDUTY", "users": ""}, "no_users_provided"),
        ("usergroups.users.update", {"usergroup": "S0ONDUTY", "users": JADE}, "user_is_ultra_restricted"),
        ("usergroups.users.update", {"usergroup": "S0ONDUTY", "users": "U0HELIO"}, "invalid_users"),
        ("usergroups.users.update", {"usergroup": "S0ONDUTY", "users": AGATE}, "invalid_users"),
        ("usergroups.create", {"name": "x", "handle": "on-duty"}, "handle_already_exists"),
        ("usergroups.users.list", {"usergroup": "S0NONE"}, "no_such_subteam"),
        ("views.open", {"trigger_id": "made.up", "view": "{}"}, "invalid_arguments"),
        ("views.update", {"view_id": "V0", "view": {"type": "home", "blocks": []}}, "not_found"),
        ("views.publish", {"user_id": "U0NOBODY", "view": {"type": "home", "blocks": []}}, "user_not_found"),
        ("files.getUploadURLExternal", {"filename": "a", "length": 0}, "invalid_arguments"),
        ("files.completeUploadExternal", {"files": [{"id": "F0NONE"}]}, "file_not_found"),
        ("files.info", {"file": "F0NONE"}, "file_not_found"),
        ("bookmarks.add", {"channel_id": AURORA, "title": "x", "type": "folder", "link": "x"}, "invalid_bookmark_type"),
        ("bots.info", {"bot": "B0NONE"}, "bot_not_found"),
        ("team.info", {"team": "T0NONE"}, "team_not_found"),
        ("api.test", {"error": "just_because"}, "just_because"),
    ],
)
async def test_code(client: AsyncWebClient, method: str, arguments: dict[str, Any], error: str) -> None:
    assert (await refusal(client.api_call(method, json=arguments)))["error"] == error


async def test_missing_arguments_are_named(client: AsyncWebClient) -> None:
    answer = await refusal(client.api_call("chat.update", json={"channel": AURORA}))
    assert answer["response_metadata"]["messages"] == ["[ERROR] missing required field: ts"]


@pytest.mark.parametrize(
    ("token", "method", "error"),
    [
        ("", "auth.test", "not_authed"),
        ("xoxb-wrong", "auth.test", "invalid_auth"),
        ("xapp-sandbox", "chat.postMessage", "not_allowed_token_type"),
        ("xoxb-sandbox", "apps.connections.open", "not_allowed_token_type"),
    ],
)
async def test_tokens(slack: SlackSandbox, token: str, method: str, error: str) -> None:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with aiohttp.ClientSession() as http, http.post(f"{slack.api_url}{method}", headers=headers) as answer:
        assert (await answer.json())["error"] == error


@pytest.mark.parametrize(
    ("content_type", "body", "error"),
    [
        ("application/json; charset=utf-8", "{", "invalid_json"),
        ("application/json; charset=utf-8", "[]", "json_not_object"),
        ("text/plain", "channel=C1", "invalid_post_type"),
    ],
)
async def test_bodies(slack: SlackSandbox, content_type: str, body: str, error: str) -> None:
    headers = {"Authorization": "Bearer xoxb-sandbox", "Content-Type": content_type}
    url = f"{slack.api_url}chat.postMessage"
    async with aiohttp.ClientSession(headers=headers) as http, http.post(url, data=body) as answer:
        assert (await answer.json())["error"] == error


async def test_every_way_of_sending_arguments(slack: SlackSandbox, hands: Hands) -> None:
    """Query, form, multipart and JSON; the token in the header or among the arguments."""
    url = f"{slack.api_url}chat.postMessage"
    blocks = '[{"type": "section", "text": {"type": "mrkdwn", "text": "x"}}]'
    said = {"channel": AURORA, "text": "x", "blocks": blocks, "token": "xoxb-sandbox"}
    headers = {"Authorization": "Bearer xoxb-sandbox"}
    async with aiohttp.ClientSession() as http:
        form = aiohttp.FormData(said, default_to_multipart=True)
        for how in ({"data": said}, {"data": form}, {"json": {**said}, "headers": headers}):
            async with http.post(url, **how) as answer:
                assert (await answer.json())["ok"] is True
        async with http.get(url, params=said) as answer:
            assert (await answer.json())["ok"] is True
    messages = await hands.messages(OPAL, AURORA)
    assert [m["blocks"][0]["text"]["text"] for m in messages] == ["x"] * 4


@pytest.fixture
async def scoped() -> AsyncIterator[AsyncWebClient]:
    """An app that may only write."""
    made = manifest.built_in()
    made["oauth_config"]["scopes"]["bot"] = ["chat:write", "channels:read"]
    async with SlackSandbox(Clock(), manifest=made) as slack:
        yield AsyncWebClient(token="xoxb-sandbox", base_url=slack.api_url)


@pytest.mark.parametrize(
    ("method", "arguments", "needed"),
    [
        ("users.info", {"user": OPAL}, "users:read"),
        ("reactions.add", {"channel": AURORA, "timestamp": "1", "name": "x"}, "reactions:write"),
        ("usergroups.create", {"name": "x"}, "usergroups:write"),
        ("conversations.list", {"types": "public_channel,private_channel"}, "groups:read"),
        ("conversations.open", {"users": OPAL}, "im:write,mpim:write"),
    ],
)
async def test_missing_scope(scoped: AsyncWebClient, method: str, arguments: dict[str, Any], needed: str) -> None:
    """Slack says which scope, and which there are."""
    answer = await refusal(scoped.api_call(method, params=arguments))
    assert (answer["error"], answer["needed"]) == ("missing_scope", needed)
    assert answer["provided"] == "chat:write,channels:read"


async def test_messages_of_others_are_not_the_bots(client: AsyncWebClient, hands: Hands) -> None:
    ts = await hands.post(OPAL, AURORA, "mine")
    assert (await refusal(client.chat_update(channel=AURORA, ts=ts, text="x")))["error"] == "cant_update_message"
    assert (await refusal(client.chat_delete(channel=AURORA, ts=ts)))["error"] == "cant_delete_message"


async def test_long_texts(client: AsyncWebClient) -> None:
    """Cut at 40,000 when posted; refused over 4,000 in an update."""
    posted = await client.chat_postMessage(channel=AURORA, text="x" * 50_000)
    assert len(posted["message"]["text"]) == 40_000
    answer = await refusal(client.chat_update(channel=AURORA, ts=posted["ts"], text="x" * 4_001))
    assert answer["error"] == "msg_too_long"


async def test_what_was_done_already(client: AsyncWebClient, hands: Hands) -> None:
    ts = await hands.post(OPAL, AURORA, "x")
    await client.reactions_add(channel=AURORA, timestamp=ts, name="eyes")
    again = client.reactions_add(channel=AURORA, timestamp=ts, name="eyes")
    assert (await refusal(again))["error"] == "already_reacted"
    await client.reactions_remove(channel=AURORA, timestamp=ts, name="eyes")
    gone = client.reactions_remove(channel=AURORA, timestamp=ts, name="eyes")
    assert (await refusal(gone))["error"] == "no_reaction"
    await client.pins_add(channel=AURORA, timestamp=ts)
    assert (await refusal(client.pins_add(channel=AURORA, timestamp=ts)))["error"] == "already_pinned"


async def test_an_archived_channel(client: AsyncWebClient, hands: Hands) -> None:
    await hands.call("POST", "channel", channel=AURORA, archived=True)
    assert (await refusal(client.chat_postMessage(channel=AURORA, text="x")))["error"] == "is_archived"


async def test_a_workspace_that_lets_no_app_change_groups(client: AsyncWebClient, hands: Hands) -> None:
    await hands.call("POST", "settings", group_updates=False)
    change = client.usergroups_users_update(usergroup="S0ONDUTY", users=[MIRA])
    assert (await refusal(change))["error"] == "permission_denied"


async def test_an_upload_that_is_not_what_was_announced(slack: SlackSandbox, client: AsyncWebClient) -> None:
    asked = await client.files_getUploadURLExternal(filename="a.log", length=5)
    async with aiohttp.ClientSession() as http, http.post(asked["upload_url"], data=b"abc") as answer:
        assert answer.status == 400
    done = client.files_completeUploadExternal(files=[{"id": asked["file_id"], "title": "a"}], channel_id=AURORA)
    assert (await refusal(done))["error"] == "file_not_found"
