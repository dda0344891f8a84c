"""Block Kit: what is refused, where Slack points, and what is filled in."""

from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack import blockcheck, blocks
from sandbox.slack.errors import SlackError
from tests.wire.slack.conftest import AURORA, actions, button, field, modal, plain, refusal, section

pytestmark = pytest.mark.wire
Block = dict[str, Any]


def option(value: str = "1", text: str = "one") -> Block:
    return {"text": plain(text), "value": value}


def select(**more: Any) -> Block:
    return {"type": "static_select", "action_id": "s", "options": [option()], **more}


CONFIRM = {"title": plain("t"), "text": plain("x"), "confirm": plain("y"), "deny": plain("n")}


@pytest.mark.parametrize(
    ("block", "words", "pointer"),
    [
        ({"type": "nonsense"}, "unsupported type", "/blocks/0/type"),
        ({"type": "section"}, "missing required field: text", "/blocks/0"),
        (section("x" * 3001), "must be less than 3001 characters", "/blocks/0/text/text"),
        (section(""), "must be more than 0 characters", "/blocks/0/text/text"),
        (section("x", block_id="b" * 256), "must be less than 256 characters", "/blocks/0/block_id"),
        (section("x", colour="red"), "additional property: colour", "/blocks/0"),
        ({"type": "section", "fields": [plain("x")] * 11}, "no more than 10 items", "/blocks/0/fields"),
        ({"type": "section", "fields": [plain("x" * 2001)]}, "must be less than 2001", "/blocks/0/fields/0/text"),
        ({"type": "header", "text": plain("x" * 151)}, "must be less than 151 characters", "/blocks/0/text/text"),
        ({"type": "header", "text": {"type": "mrkdwn", "text": "x"}}, "must be a valid enum", "/blocks/0/text/type"),
        ({"type": "context", "elements": []}, "no fewer than 1 items", "/blocks/0/elements"),
        ({"type": "context", "elements": [plain("x")] * 11}, "no more than 10 items", "/blocks/0/elements"),
        ({"type": "context", "elements": [button()]}, "unsupported type: button", "/blocks/0/elements/0/type"),
        (actions(*[button(f"b{i}") for i in range(26)]), "no more than 25 items", "/blocks/0/elements"),
        (actions(button(), button()), "already exists", "/blocks/0/elements"),
        (actions(button(text=plain("x" * 76))), "must be less than 76", "/blocks/0/elements/0/text/text"),
        (actions(button(value="x" * 2001)), "must be less than 2001", "/blocks/0/elements/0/value"),
        (actions(button(url="https://x/" + "x" * 3000)), "must be less than 3001", "/blocks/0/elements/0/url"),
        (actions(button(url="javascript:x")), "invalid url", "/blocks/0/elements/0/url"),
        (actions(button(style="loud")), "valid enum value: primary, danger", "/blocks/0/elements/0/style"),
        (actions(button("a" * 256)), "must be less than 256", "/blocks/0/elements/0/action_id"),
        (actions(button(confirm={**CONFIRM, "title": plain("x" * 101)})), "less than 101", "confirm/title/text"),
        (actions(button(confirm={**CONFIRM, "text": plain("x" * 301)})), "less than 301", "confirm/text/text"),
        (actions(button(confirm={**CONFIRM, "deny": plain("x" * 31)})), "less than 31", "confirm/deny/text"),
        (actions(select(options=[option(str(i)) for i in range(101)])), "no more than 100 items", "options"),
        (actions(select(options=[option(text="x" * 76)])), "less than 76", "options/0/text/text"),
        (actions(select(options=[option("x" * 76)])), "less than 76", "options/0/value"),
        (actions(select(initial_option=option("2"))), "must be one of the options", "/blocks/0/elements/0"),
        (actions(select(option_groups=[])), "no fewer than 1", "option_groups"),
        (actions({"type": "overflow", "options": [option(str(i)) for i in range(6)]}), "no more than 5", "options"),
        (actions({"type": "checkboxes", "options": [option(str(i)) for i in range(11)]}), "no more than 10", "options"),
        (actions({"type": "plain_text_input"}), "unsupported type: plain_text_input", "elements/0/type"),
        (actions({"type": "datepicker", "initial_date": "tomorrow"}), "invalid date", "initial_date"),
        (actions({"type": "timepicker", "initial_time": "25:00"}), "invalid time", "initial_time"),
        (actions({"type": "datetimepicker", "initial_date_time": "now"}), "must provide a number", "initial_date_time"),
        (section("x", accessory={"type": "image", "image_url": "https://x"}), "missing required field: alt_text", "y"),
        ({"type": "image", "alt_text": "x"}, "missing required field: image_url", "/blocks/0"),
        ({"type": "image", "image_url": "https://x/", "alt_text": "x" * 2001}, "less than 2001", "alt_text"),
        ({"type": "markdown", "text": "x" * 12_001}, "less than 12001", "/blocks/0/text"),
        ({"type": "table", "rows": [[{"type": "raw_text", "text": "x"}] * 21]}, "no more than 20", "/rows/0"),
        ({"type": "table", "rows": [[{"type": "raw_text", "text": "x"}]] * 101}, "no more than 100", "/rows"),
        ({"type": "input", "label": plain("x"), "element": {"type": "button"}}, "unsupported type", "element/type"),
        (field(element={"type": "file_input"}), "unsupported type: file_input", "element/type"),
    ],
)
async def test_refused_in_a_message(client: AsyncWebClient, block: Block, words: str, pointer: str) -> None:
    """`invalid_blocks`, and where: a JSON pointer for each mistake."""
    answer = await refusal(client.chat_postMessage(channel=AURORA, text="x", blocks=[block]))
    assert answer["error"] == "invalid_blocks"
    messages = answer["response_metadata"]["messages"]
    assert any(words in m and pointer in m for m in messages), messages


async def test_counts_over_all_blocks(client: AsyncWebClient) -> None:
    """50 blocks, 13,000 characters, one table, no two blocks of one name."""

    async def error(*given: Block) -> str:
        return str((await refusal(client.chat_postMessage(channel=AURORA, text="x", blocks=given)))["error"])

    table = {"type": "table", "rows": [[{"type": "raw_text", "text": "x"}]]}
    assert await error(*[section("x")] * 51) == "invalid_blocks"
    assert await error(*[section("x" * 2_700)] * 5) == "msg_blocks_too_long"
    assert await error(section("x", block_id="a"), section("y", block_id="a")) == "invalid_blocks"
    assert await error(table, table) == "invalid_blocks"
    await client.chat_postMessage(channel=AURORA, text="x", blocks=[section("x")] * 50)


async def test_names_are_filled_in(client: AsyncWebClient) -> None:
    """Blocks without an id and buttons without an action get one; text objects say their defaults."""
    made = await client.chat_postMessage(
        channel=AURORA,
        text="x",
        blocks=[section("x"), {"type": "actions", "elements": [{"type": "button", "text": plain("x")}]}],
    )
    first, second = made["message"]["blocks"]
    assert first["block_id"] != second["block_id"]
    assert second["elements"][0]["action_id"]
    assert second["elements"][0]["text"]["emoji"] is True
    assert first["text"]["verbatim"] is False


@pytest.mark.parametrize(
    ("view", "words"),
    [
        ({"type": "dialog"}, "valid enum value"),
        ({**modal(), "title": plain("x" * 25)}, "less than 25"),
        ({**modal(), "submit": plain("x" * 25)}, "less than 25"),
        ({**modal(), "close": plain("x" * 25)}, "less than 25"),
        ({**modal(), "private_metadata": "x" * 3001}, "less than 3001"),
        ({**modal(), "callback_id": "x" * 256}, "less than 256"),
        ({k: v for k, v in modal().items() if k != "title"}, "missing required field: title"),
        ({k: v for k, v in modal().items() if k != "submit"}, "missing required field: submit"),
        ({k: v for k, v in modal().items() if k != "blocks"}, "missing required field: blocks"),
        (modal(*[section("x")] * 101), "no more than 100"),
        (modal({"type": "markdown", "text": "x"}), "unsupported type: markdown"),
        (modal(field(), field()), "already exists"),
        (modal(field(element={"type": "number_input"})), "missing required field: is_decimal_allowed"),
        ({"type": "modal", "title": plain("x"), "blocks": [], "colour": "red"}, "additional property"),
    ],
)
def test_refused_in_a_view(view: Block, words: str) -> None:
    with pytest.raises(SlackError) as refused:
        blockcheck.check_view(view, (blocks.MODAL,))
    assert refused.value.code == "invalid_arguments"
    assert any(words in m for m in refused.value.more["response_metadata"]["messages"])


def test_a_view_that_is_too_large() -> None:
    view = modal(*[section("x" * 2_900)] * 90)
    with pytest.raises(SlackError) as refused:
        blockcheck.check_view(view, (blocks.MODAL,))
    assert refused.value.code == "view_too_large"


def test_every_input_fits_into_a_modal() -> None:
    """One of each, as the bot may use them."""
    extra: dict[str, Block] = {
        "number_input": {"is_decimal_allowed": False},
        **{t: {"options": [option()]} for t in ("static_select", "multi_static_select", "checkboxes", "radio_buttons")},
    }
    fields = [field(f"b{i}", {"type": t, **extra.get(t, {})}) for i, t in enumerate(blocks.IN_INPUT)]
    blockcheck.check_view(modal(*fields), (blocks.MODAL,))
