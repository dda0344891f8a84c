"""Slack never gets a message that it would refuse, and the reader is told what was left out."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.slack import cut, escape, limits
from bot.slack.render import Renderer

Block = dict[str, Any]


class Text(str):
    """Short to look at, for Hypothesis."""

    def __repr__(self) -> str:
        return f"<{len(self)} characters>"


LONG = st.one_of(
    st.text(max_size=50).map(lambda text: Text(escape.mrkdwn(text))),
    st.integers(0, 9_000).map(lambda length: Text("x" * length)),
    st.integers(0, 3_000).map(lambda length: Text("a &amp; b\n" * length)),
    st.integers(0, 800).map(lambda length: Text("<@U0VEGA> ```code" * length)),
)


def mrkdwn(text: str) -> Block:
    return {"type": "mrkdwn", "text": text}


def plain(text: str) -> Block:
    return {"type": "plain_text", "text": text}


def button(text: str) -> Block:
    return {"type": "button", "text": plain(text), "action_id": "a.b", "value": "1"}


BLOCK = st.one_of(
    LONG.map(lambda text: {"type": "section", "text": mrkdwn(text), "block_id": "same"}),
    st.lists(LONG, max_size=30).map(lambda texts: {"type": "section", "fields": [mrkdwn(t) for t in texts]}),
    LONG.map(lambda text: {"type": "header", "text": plain(text)}),
    st.lists(LONG, max_size=25).map(lambda texts: {"type": "context", "elements": [mrkdwn(t) for t in texts]}),
    st.lists(LONG, max_size=60).map(lambda texts: {"type": "actions", "elements": [button(t) for t in texts]}),
    st.just({"type": "divider"}),
)


def check_text(thing: Block, limit: int) -> None:
    assert 1 <= len(thing["text"]) <= limit
    if thing["type"] == "mrkdwn":
        rest = thing["text"]
        for entity in ("&amp;", "&lt;", "&gt;"):
            rest = rest.replace(entity, "")
        assert "&" not in rest, "an entity was cut"


def check(block: Block) -> None:
    kind = block["type"]
    if kind == "section":
        assert "text" in block or block["fields"]
        if "text" in block:
            check_text(block["text"], 3_000)
        assert len(block.get("fields", [])) <= 10
        for field in block.get("fields", []):
            check_text(field, 2_000)
    elif kind == "header":
        check_text(block["text"], 150)
    elif kind == "context":
        assert 1 <= len(block["elements"]) <= 10
        for element in block["elements"]:
            check_text(element, 3_000)
    elif kind == "actions":
        assert 1 <= len(block["elements"]) <= 25
        for element in block["elements"]:
            check_text(element.get("text", plain("-")), 75)


def characters(value: Any) -> int:
    if isinstance(value, dict):
        return sum(len(v) if k == "text" and isinstance(v, str) else characters(v) for k, v in value.items())
    return sum(characters(item) for item in value) if isinstance(value, list) else 0


@settings(max_examples=150, deadline=None)
@given(text=LONG, blocks=st.lists(BLOCK, max_size=70))
def test_whatever_the_values_are_the_message_is_within_the_limits(text: str, blocks: list[Block]) -> None:
    said, made = limits.message(text, blocks)
    assert 1 <= len(said) <= 4_000
    assert len(made) <= 50
    assert characters(made) <= 13_000
    ids = [block["block_id"] for block in made if "block_id" in block]
    assert len(ids) == len(set(ids))
    for block in made:
        check(block)


def test_a_long_section_is_split_at_a_line_and_loses_nothing() -> None:
    lines = "\n".join(f"line {number}" for number in range(800))
    _, made = limits.message("x", [{"type": "section", "text": mrkdwn(lines)}])
    assert len(made) > 1
    assert "\n".join(block["text"]["text"] for block in made) == lines


def test_what_is_left_out_is_said() -> None:
    _, made = limits.message("x", [{"type": "section", "text": mrkdwn(f"part {n}")} for n in range(62)])
    assert made[-1]["elements"][0]["text"] == "… shortened, 13 more parts"
    _, made = limits.message("x", [{"type": "section", "text": mrkdwn("y" * 2_900)} for _ in range(8)])
    assert "shortened, 4 more parts" in made[-1]["elements"][0]["text"]


def test_buttons_survive_a_message_that_is_too_long() -> None:
    """A card that cannot be acknowledged is no card."""
    blocks = [{"type": "section", "text": mrkdwn("y" * 2_900)} for _ in range(8)]
    _, made = limits.message("x", [*blocks, {"type": "actions", "elements": [button("Acknowledge")]}])
    assert made[-1]["type"] == "actions"


def test_a_block_of_code_that_is_split_is_closed_and_opened_again() -> None:
    pieces = cut.split("```" + "\n".join(["log line"] * 900) + "```", 3_000)
    assert all(piece.count("```") % 2 == 0 for piece in pieces)


@given(st.text(alphabet="ab&;<>@!|\n`", max_size=400), st.integers(30, 300))
def test_shortening_keeps_within_and_says_so(text: str, limit: int) -> None:
    made = cut.shorten(text, limit)
    assert len(made) <= limit
    assert made == text or "…" in made


def test_a_value_is_never_cut() -> None:
    """Half an id is another id: the template is told to carry less."""
    long = button("x") | {"value": "v" * 2_001}
    with pytest.raises(ValueError, match="carry an id"):
        limits.message("x", [{"type": "actions", "elements": [long]}])


@pytest.mark.parametrize(("kind", "most"), [("static_select", 100), ("overflow", 5), ("radio_buttons", 10)])
def test_a_choice_of_too_many_says_how_many_are_missing(kind: str, most: int) -> None:
    options = [{"text": plain(f"option {number} " * 20), "value": str(number)} for number in range(120)]
    element = {"type": kind, "action_id": "a.c", "options": options, "initial_option": options[110]}
    _, [made] = limits.message("x", [{"type": "actions", "elements": [element]}])
    [chosen] = made["elements"]
    assert len(chosen["options"]) == most
    assert all(len(option["text"]["text"]) <= 75 for option in chosen["options"])
    assert "initial_option" not in chosen
    if kind == "static_select":
        assert "20 more" in chosen["placeholder"]["text"]


def test_a_choice_of_nothing_is_left_out() -> None:
    """Slack refuses the whole message for it; a fleet without clusters is no reason to say nothing."""
    nothing = {"type": "static_select", "action_id": "a.c", "placeholder": plain("Choose"), "options": []}
    blocks = [
        {"type": "section", "text": mrkdwn("x"), "accessory": nothing},
        {"type": "actions", "elements": [nothing]},
        {"type": "input", "label": plain("Cluster"), "element": nothing},
    ]
    made = limits.view({"type": "modal", "title": plain("x"), "blocks": blocks})["blocks"]
    assert [block["type"] for block in made] == ["section", "context"]
    assert "accessory" not in made[0]


def test_chosen_boxes_stay_chosen() -> None:
    options = [{"text": plain(name), "value": name} for name in ("one", "two")]
    boxes = {"type": "checkboxes", "action_id": "a.c", "options": options, "initial_options": [dict(options[1])]}
    [made] = limits.view({"blocks": [{"type": "actions", "elements": [boxes]}]})["blocks"]
    assert made["elements"][0]["initial_options"] == [options[1]]


def test_a_modal_is_cut_to_what_slack_takes() -> None:
    made = limits.view(
        {
            "type": "modal",
            "title": plain("A title that is longer than twenty-four"),
            "private_metadata": "{&quot;a&quot;: &lt;1&gt;}",
            "blocks": [{"type": "section", "text": mrkdwn("x")}] * 130,
        }
    )
    assert len(made["title"]["text"]) <= 24
    assert len(made["blocks"]) == 100
    assert "<1>" in made["private_metadata"]


def test_every_common_template_renders() -> None:
    renderer = Renderer(Path("templates"))
    refused = renderer.message("common/refused", message="Only a lead may approve.", hint="Ask castor.")
    assert refused.text == "Only a lead may approve. Ask castor."
    error = renderer.message("common/error", message="", reference="H-7KQ2M9")
    assert "H-7KQ2M9" in error.text
    lines = [["open TEXT", "opens a request"], ["help", "shows this"]]
    usage = renderer.message(
        "common/usage", command="/request", lines=lines, example="/request open it hangs", meant="open"
    )
    assert usage.text.startswith("Did you mean /request open?")
    assert usage.blocks[1]["text"]["text"] == "`/request open TEXT`  opens a request\n`/request help`  shows this"
    failed = {"id": "01AB", "key": "page/1/sms", "where": "vega/sms", "channel": None}
    told = renderer.message("common/undelivered", **failed, reason="not_in_channel", again="")
    assert "vega/sms" in told.text
