"""Clicks, modals, shortcuts, response URLs and App Home, between people, Slack and a real bolt app."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.clock import Clock
from sandbox.slack.hands import Hands, Refused
from sandbox.slack.server import SlackSandbox
from tests.wire.slack.conftest import (
    AGATE,
    AURORA,
    CIRRUS,
    JADE,
    MIRA,
    OPAL,
    Bot,
    actions,
    button,
    field,
    modal,
    plain,
    refusal,
    section,
)

pytestmark = pytest.mark.wire
CHOICES = [{"text": plain(n), "value": n} for n in ("one", "two", "three")]


@pytest.fixture
async def asking(bot: Bot) -> AsyncIterator[Bot]:
    """A bot that opens a modal on /request, and keeps what is submitted."""

    @bot.app.command("/request")
    async def request(ack: Any, body: Any, client: Any) -> None:
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=modal())

    return bot


async def opened(hands: Hands, who: str = OPAL) -> dict[str, Any]:
    await hands.command(who, AURORA, "/request")
    return await hands.wait_for_view(who, "ask")


async def test_a_click_says_all_about_itself(hands: Hands, bot: Bot) -> None:
    @bot.app.action("go")
    async def go(ack: Any, body: Any) -> None:
        await ack()
        await bot.note(body)

    ts = (await bot.client.chat_postMessage(channel=AURORA, text="x", blocks=[section("x"), actions(button())]))["ts"]
    assert (await hands.click(JADE, AURORA, ts, "go"))["acked"]
    body = await bot.until(lambda b: b["type"] == "block_actions")
    assert body["user"] == {"id": JADE, "username": "jade", "name": "jade", "team_id": "T0HELIO"}
    assert body["container"]["message_ts"] == body["message"]["ts"] == ts
    assert body["actions"][0]["value"] == "1"
    assert body["channel"] == {"id": AURORA, "name": "aurora-support"}


async def test_external_people_click_but_have_no_commands(hands: Hands, bot: Bot) -> None:
    """Slack Connect: commands and shortcuts do not exist for them; buttons and mentions do."""
    bot.hear("app_mention")

    @bot.app.action("go")
    async def go(ack: Any, body: Any) -> None:
        await ack()
        await bot.note(body)

    state = await hands.state(AGATE)
    assert (state["commands"], state["shortcuts"], state["me"]["external"]) == ([], [], True)
    with pytest.raises(Refused, match="unknown_command"):
        await hands.command(AGATE, CIRRUS, "/request")
    ts = (await bot.client.chat_postMessage(channel=CIRRUS, text="x", blocks=[actions(button())]))["ts"]
    with pytest.raises(Refused, match="unknown_shortcut"):
        await hands.shortcut(AGATE, "request_from_message", CIRRUS, ts)
    await hands.click(AGATE, CIRRUS, ts, "go")
    assert (await bot.until(lambda b: b.get("type") == "block_actions"))["user"]["team_id"] == "T0CIRRUS"
    await hands.post(AGATE, CIRRUS, "<@U0HELIO> help")
    mention = await bot.event("app_mention")
    assert mention["is_ext_shared_channel"] is True
    assert mention["event"]["user_team"] == "T0CIRRUS"


@pytest.mark.parametrize(
    ("element", "value", "key", "expected"),
    [
        ({"type": "static_select", "options": CHOICES}, "two", "selected_option", "two"),
        ({"type": "multi_static_select", "options": CHOICES}, ["one", "two"], "selected_options", ["one", "two"]),
        ({"type": "users_select"}, MIRA, "selected_user", MIRA),
        ({"type": "multi_users_select"}, [MIRA, OPAL], "selected_users", [MIRA, OPAL]),
        ({"type": "channels_select"}, AURORA, "selected_channel", AURORA),
        ({"type": "conversations_select"}, AURORA, "selected_conversation", AURORA),
        ({"type": "datepicker"}, "2026-11-24", "selected_date", "2026-11-24"),
        ({"type": "timepicker"}, "09:30", "selected_time", "09:30"),
        ({"type": "datetimepicker"}, 1795531500, "selected_date_time", 1795531500),
        ({"type": "checkboxes", "options": CHOICES}, ["one"], "selected_options", ["one"]),
        ({"type": "radio_buttons", "options": CHOICES}, "three", "selected_option", "three"),
        ({"type": "overflow", "options": CHOICES}, "one", "selected_option", "one"),
    ],
)
async def test_every_element_in_a_message(
    hands: Hands, bot: Bot, element: dict[str, Any], value: Any, key: str, expected: Any
) -> None:
    """The choice is in `actions`, and in `state` where the element keeps one."""

    @bot.app.action("pick")
    async def pick(ack: Any, body: Any) -> None:
        await ack()
        await bot.note(body)

    blocks = [actions({**element, "action_id": "pick"})]
    ts = (await bot.client.chat_postMessage(channel=AURORA, text="x", blocks=blocks))["ts"]
    await hands.click(OPAL, AURORA, ts, "pick", value=value)
    body = await bot.until(lambda b: True)
    assert bare(body["actions"][0][key]) == expected
    if element["type"] != "overflow":
        assert bare(body["state"]["values"]["row"]["pick"][key]) == expected


def bare(chosen: Any) -> Any:
    """Options by their values."""
    if isinstance(chosen, list):
        return [bare(c) for c in chosen]
    return chosen["value"] if isinstance(chosen, dict) else chosen


async def test_what_is_not_there_cannot_be_clicked(hands: Hands, client: AsyncWebClient) -> None:
    menu = {"type": "static_select", "action_id": "pick", "options": CHOICES}
    ts = (await client.chat_postMessage(channel=AURORA, text="x", blocks=[actions(menu)]))["ts"]
    with pytest.raises(Refused, match="no_such_option"):
        await hands.click(OPAL, AURORA, ts, "pick", value="four")
    with pytest.raises(Refused, match="action_not_found"):
        await hands.click(OPAL, AURORA, ts, "go")
    with pytest.raises(Refused, match="user_deactivated"):
        await hands.click("U0QUARTZ", AURORA, ts, "pick", value="one")
    with pytest.raises(Refused, match="channel_not_found"):
        await hands.click(AGATE, AURORA, ts, "pick", value="one")


async def test_required_fields_never_reach_the_app(hands: Hands, asking: Bot) -> None:
    view = await opened(hands)
    answer = await hands.submit(OPAL, view["id"], {"what": {"in": ""}})
    assert answer == {"errors": {"what": "Please complete this required field."}}
    assert await hands.views(OPAL)


@pytest.mark.parametrize(
    ("element", "value", "words"),
    [
        ({"type": "number_input", "is_decimal_allowed": False}, "1.5", "valid number"),
        ({"type": "number_input", "is_decimal_allowed": True, "max_value": "2"}, "2.5", "at most 2"),
        ({"type": "number_input", "is_decimal_allowed": True, "min_value": "2"}, "1", "at least 2"),
        ({"type": "email_text_input"}, "opal", "valid email"),
        ({"type": "url_text_input"}, "nowhere", "valid URL"),
        ({"type": "plain_text_input", "min_length": 5}, "abc", "at least 5"),
        ({"type": "plain_text_input", "max_length": 2}, "abc", "at most 2"),
        ({"type": "datepicker"}, "2026-02-30", "valid date"),
        ({"type": "multi_users_select", "max_selected_items": 1}, [MIRA, OPAL], "at most 1"),
    ],
)
async def test_slack_checks_inputs(hands: Hands, bot: Bot, element: dict[str, Any], value: Any, words: str) -> None:
    @bot.app.command("/request")
    async def request(ack: Any, body: Any, client: Any) -> None:
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=modal(field(element=element)))

    view = await opened(hands)
    answer = await hands.submit(OPAL, view["id"], {"what": {"in": value}})
    assert words in answer["errors"]["what"]


async def test_errors_update_push_and_clear(hands: Hands, asking: Bot) -> None:
    """The four things that an acknowledgement of a submission may say."""
    answers: list[dict[str, Any]] = [
        {"response_action": "errors", "errors": {"what": "Say more."}},
        {"response_action": "update", "view": modal(title=plain("Two"))},
        {"response_action": "push", "view": modal(title=plain("Three"))},
        {"response_action": "errors", "errors": {"nothing": "no such block"}},
        {"response_action": "clear"},
    ]

    @asking.app.view("ask")
    async def ask(ack: Any) -> None:
        await ack(**answers.pop(0))

    view = await opened(hands)
    filled = {"what": {"in": "NCCL"}}
    assert (await hands.submit(OPAL, view["id"], filled))["errors"] == {"what": "Say more."}
    updated = (await hands.submit(OPAL, view["id"], filled))["updated"]
    assert updated["title"]["text"] == "Two"
    assert updated["state"]["values"]["what"]["in"]["value"] == "NCCL"
    pushed = (await hands.submit(OPAL, view["id"], filled))["updated"]
    assert (pushed["previous_view_id"], pushed["root_view_id"]) == (view["id"], view["id"])
    assert (await hands.submit(OPAL, pushed["id"], filled))["error"] == "invalid_response_errors"
    assert (await hands.submit(OPAL, pushed["id"], filled)) == {"closed": True}
    assert await hands.views(OPAL) == []


async def test_a_trigger_opens_one_view(hands: Hands, bot: Bot) -> None:
    triggers: asyncio.Queue[str] = asyncio.Queue()

    @bot.app.command("/request")
    async def request(ack: Any, body: Any) -> None:
        await ack()
        await triggers.put(body["trigger_id"])

    await hands.command(OPAL, AURORA, "/request")
    trigger = await triggers.get()
    await bot.client.views_open(trigger_id=trigger, view=modal())
    again = bot.client.views_open(trigger_id=trigger, view=modal())
    assert (await refusal(again))["error"] == "exchanged_trigger_id"
    made_up = bot.client.views_open(trigger_id="1.2.3", view=modal())
    assert (await refusal(made_up))["error"] == "invalid_trigger_id"


async def test_a_trigger_expires() -> None:
    async with SlackSandbox(Clock(), trigger_seconds=-1.0, retry_delays=()) as slack, Hands(slack.url) as hands:
        client = AsyncWebClient(token="xoxb-sandbox", base_url=slack.api_url)
        await hands.command(OPAL, AURORA, "/request")
        trigger = next(e["request"]["trigger_id"] for e in await hands.traffic() if e["kind"] == "envelope")
        answer = await refusal(client.views_open(trigger_id=trigger, view=modal()))
        assert answer["error"] == "expired_trigger_id"


async def test_a_stack_of_three(hands: Hands, asking: Bot) -> None:
    """A trigger from within a modal pushes; the fourth is refused; a trigger from elsewhere does not push."""
    triggers: asyncio.Queue[str] = asyncio.Queue()

    @asking.app.action("more")
    async def more(ack: Any, body: Any) -> None:
        await ack()
        await triggers.put(body["trigger_id"])

    view = modal(actions(button("more")), field())
    first = await opened(hands)
    await asking.client.views_update(view_id=first["id"], view=view)
    for _ in range(2):
        top = (await hands.views(OPAL))[-1]
        await hands.click(OPAL, view_id=top["id"], action_id="more")
        await asking.client.views_push(trigger_id=await triggers.get(), view=view)
    stack = await hands.views(OPAL)
    assert len(stack) == 3
    await hands.click(OPAL, view_id=stack[-1]["id"], action_id="more")
    fourth = asking.client.views_push(trigger_id=await triggers.get(), view=view)
    assert (await refusal(fourth))["error"] == "push_limit_reached"


async def test_updates_mind_the_hash(hands: Hands, asking: Bot) -> None:
    view = await opened(hands)
    client = asking.client
    updated = await client.views_update(view_id=view["id"], hash=view["hash"], view=modal(external_id="mine"))
    stale = client.views_update(view_id=view["id"], hash=view["hash"], view=modal())
    assert (await refusal(stale))["error"] == "hash_conflict"
    await client.views_update(external_id="mine", hash=updated["view"]["hash"], view=modal())


async def test_closing_tells_who_asked_to_be_told(hands: Hands, asking: Bot) -> None:
    @asking.app.view_closed("ask")
    async def closed(ack: Any, body: Any) -> None:
        await ack()
        await asking.note(body)

    view = await opened(hands)
    await asking.client.views_update(view_id=view["id"], view=modal(notify_on_close=True))
    await hands.close_view(OPAL, view["id"])
    assert (await asking.until(lambda b: b["type"] == "view_closed"))["is_cleared"] is False
    gone = asking.client.views_update(view_id=view["id"], view=modal())
    assert (await refusal(gone))["error"] == "not_found"


async def test_a_file_in_a_modal(hands: Hands, asking: Bot) -> None:
    @asking.app.view("ask")
    async def ask(ack: Any, view: Any) -> None:
        await ack()
        await asking.note({"files": view["state"]["values"]["log"]["in"]["files"]})

    view = await opened(hands)
    await asking.client.views_update(view_id=view["id"], view=modal(field("log", {"type": "file_input"})))
    await hands.submit(OPAL, view["id"], {"log": {"in": [{"name": "a.log", "text": "NCCL"}]}})
    [file] = (await asking.until(lambda b: "files" in b))["files"]
    headers = {"Authorization": "Bearer xoxb-sandbox"}
    async with aiohttp.ClientSession(headers=headers) as http, http.get(file["url_private"]) as answer:
        assert await answer.text() == "NCCL"


async def test_an_external_select_asks_the_app(hands: Hands, bot: Bot) -> None:
    @bot.app.options("job")
    async def options(ack: Any, payload: Any) -> None:
        await ack(options=[{"text": plain(f"{payload['value']}-17"), "value": "17"}])

    menu = {"type": "external_select", "action_id": "job", "min_query_length": 1}
    ts = (await bot.client.chat_postMessage(channel=AURORA, text="x", blocks=[actions(menu)]))["ts"]
    offered = await hands.suggest(OPAL, "job", "llama", channel=AURORA, ts=ts)
    assert offered["options"][0]["text"]["text"] == "llama-17"


async def test_a_message_shortcut(hands: Hands, bot: Bot) -> None:
    @bot.app.shortcut("request_from_message")
    async def shortcut(ack: Any, body: Any) -> None:
        await ack()
        await bot.note(body)

    ts = await hands.post(OPAL, AURORA, "job 17 hangs")
    assert (await hands.shortcut(MIRA, "request_from_message", AURORA, ts))["acked"]
    body = await bot.until(lambda b: b["type"] == "message_action")
    assert (body["message"]["text"], body["message_ts"], body["user"]["id"]) == ("job 17 hangs", ts, MIRA)


async def test_home_is_each_persons_own(hands: Hands, bot: Bot) -> None:
    bot.hear("app_home_opened")
    assert await hands.home(MIRA) is None
    event = (await bot.event("app_home_opened"))["event"]
    assert (event["user"], event["tab"]) == (MIRA, "home")
    view = {"type": "home", "blocks": [section("yours")]}
    made = await bot.client.views_publish(user_id=MIRA, view=view)
    stale = bot.client.views_publish(user_id=MIRA, view=view, hash="old")
    assert (await refusal(stale))["error"] == "hash_conflict"
    assert (await hands.home(MIRA) or {})["id"] == made["view"]["id"]
    assert await hands.published(OPAL) is None


async def respond(url: str, **body: Any) -> tuple[int, str]:
    async with aiohttp.ClientSession() as http, http.post(url, json=body) as answer:
        return answer.status, await answer.text()


async def test_a_response_url(slack: SlackSandbox, hands: Hands, bot: Bot) -> None:
    """Replaces, deletes or adds; five times; within 30 minutes of the workspace's own clock."""

    @bot.app.action("go")
    async def go(ack: Any, body: Any) -> None:
        await ack()
        await bot.note(body)

    async def click() -> str:
        bot.heard.clear()
        ts = (await bot.client.chat_postMessage(channel=AURORA, text="x", blocks=[actions(button())]))["ts"]
        await hands.click(OPAL, AURORA, ts, "go")
        return str((await bot.until(lambda b: True))["response_url"])

    url = await click()
    assert await respond(url, text="for you") == (200, "ok")
    assert await respond(url, text="for all", response_type="in_channel") == (200, "ok")
    assert (await respond(url, blocks=[{"type": "nonsense"}]))[0] == 400
    assert [m["text"] for m in await hands.messages(JADE, AURORA)] == ["x", "for all"]
    assert await respond(url, text="done", replace_original=True) == (200, "ok")
    assert await respond(url, delete_original=True) == (200, "ok")
    assert (await respond(url, text="six"))[1].count("used_url")
    assert [m["text"] for m in await hands.messages(OPAL, AURORA)] == ["for you", "for all"]
    url = await click()
    await hands.clock(advance=29 * 60)
    assert (await respond(url, text="in time"))[0] == 200
    await hands.clock(advance=2 * 60)
    assert "expired_url" in (await respond(url, text="late"))[1]


async def test_ephemeral_messages_are_for_one(hands: Hands, bot: Bot) -> None:
    """Histories do not know them; the person can click in them, and the app can replace them."""

    @bot.app.action("go")
    async def go(ack: Any, body: Any, respond: Any) -> None:
        await ack()
        assert "message" not in body
        await respond("went", replace_original=True)

    await bot.client.chat_postEphemeral(channel=AURORA, user=OPAL, text="psst", blocks=[actions(button())])
    [mine] = await hands.messages(OPAL, AURORA)
    assert await hands.messages(JADE, AURORA) == []
    assert (await bot.client.conversations_history(channel=AURORA))["messages"] == []
    await hands.click(OPAL, AURORA, mine["ts"], "go")
    await hands.wait_for_message(OPAL, AURORA, "went")
    assert len(await hands.messages(OPAL, AURORA)) == 1
