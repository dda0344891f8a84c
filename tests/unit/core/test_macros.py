"""Every macro gives the block that Slack documents. The sandbox's strict limits check them again at the wire."""

from pathlib import Path
from typing import Any

import pytest
from jinja2 import ChoiceLoader, DictLoader, FileSystemLoader

from bot.slack.render import Renderer


def rendered(body: str, **values: Any) -> list[dict[str, Any]]:
    renderer = Renderer(Path("templates"))
    source = '{% import "macros.json.j2" as m %}{"text": "x", "blocks": [' + body + "]}"
    renderer._slack.loader = ChoiceLoader([DictLoader({"t.json.j2": source}), FileSystemLoader("templates/slack")])
    return renderer.message("t", **values).blocks


def plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "emoji": True, "text": text}


def mrkdwn(text: str) -> dict[str, Any]:
    return {"type": "mrkdwn", "text": text}


@pytest.mark.parametrize(
    ("body", "block"),
    [
        ("{{ m.section(x) }}", {"type": "section", "text": mrkdwn("a &amp; b")}),
        ("{% call m.section(block_id='q') %}*{{ x }}*{% endcall %}",
         {"type": "section", "block_id": "q", "text": mrkdwn("*a &amp; b*")}),
        ("{{ m.fields([['Owner', x]]) }}", {"type": "section", "fields": [mrkdwn("*Owner*\na &amp; b")]}),
        ("{% call m.fields() %}{% call m.field('Owner') %}{{ 'U0VEGA'|mention }}{% endcall %}{% endcall %}",
         {"type": "section", "fields": [mrkdwn("*Owner*\n<@U0VEGA>")]}),
        ("{{ m.context(x, 'c') }}", {"type": "context", "elements": [mrkdwn("a &amp; b"), mrkdwn("c")]}),
        ("{% call m.context() %}{{ x }}{% endcall %}", {"type": "context", "elements": [mrkdwn("a &amp; b")]}),
        ("{{ m.header(x) }}", {"type": "header", "text": plain("a & b")}),
        ("{% call m.header() %}{{ x }}{% endcall %}", {"type": "header", "text": plain("a & b")}),
        ("{{ m.divider() }}", {"type": "divider"}),
        ("{{ m.image('https://example.org/i.png', x) }}",
         {"type": "image", "image_url": "https://example.org/i.png", "alt_text": "a & b"}),
    ],
)  # fmt: skip
def test_blocks(body: str, block: dict[str, Any]) -> None:
    assert rendered(body, x="a & b") == [block]


@pytest.mark.parametrize(
    ("body", "element"),
    [
        ("m.button(x, 'f.v', 7, 'primary')",
         {"type": "button", "text": plain("a & b"), "action_id": "f.v", "value": "7", "style": "primary"}),
        ("m.button(x, 'f.v', url='https://example.org/?a=1&b=2')",
         {"type": "button", "text": plain("a & b"), "action_id": "f.v", "url": "https://example.org/?a=1&b=2"}),
        ("m.button(x, 'f.v', confirm=m.confirm('Sure?', x, 'Drain'))",
         {"type": "button", "text": plain("a & b"), "action_id": "f.v",
          "confirm": {"title": plain("Sure?"), "text": mrkdwn("a &amp; b"), "confirm": plain("Drain"),
                      "deny": plain("Cancel")}}),
        ("m.choose('f.v', [['1', x], ['2', 'c']], initial='2')",
         {"type": "static_select", "action_id": "f.v", "placeholder": plain("Choose one"),
          "options": [{"text": plain("a & b"), "value": "1"}, {"text": plain("c"), "value": "2"}],
          "initial_option": {"text": plain("c"), "value": "2"}}),
        ("m.checkboxes('f.v', [['1', x, 'd']], ['1'])",
         {"type": "checkboxes", "action_id": "f.v",
          "options": [{"text": plain("a & b"), "value": "1", "description": plain("d")}],
          "initial_options": [{"text": plain("a & b"), "value": "1", "description": plain("d")}]}),
        ("m.overflow('f.v', [['1', x]])",
         {"type": "overflow", "action_id": "f.v", "options": [{"text": plain("a & b"), "value": "1"}]}),
        ("m.choose_user('f.v', 'U0VEGA')",
         {"type": "users_select", "action_id": "f.v", "placeholder": plain("Choose a person"),
          "initial_user": "U0VEGA"}),
        ("m.choose_channel('f.v')",
         {"type": "conversations_select", "action_id": "f.v", "placeholder": plain("Choose a channel")}),
        ("m.choose_date('f.v', '2026-11-24')",
         {"type": "datepicker", "action_id": "f.v", "initial_date": "2026-11-24"}),
        ("m.choose_time('f.v', '09:30', 'Asia/Kolkata')",
         {"type": "timepicker", "action_id": "f.v", "initial_time": "09:30", "timezone": "Asia/Kolkata"}),
        ("m.choose_datetime('f.v', 1795000000)",
         {"type": "datetimepicker", "action_id": "f.v", "initial_date_time": 1795000000}),
    ],
)  # fmt: skip
def test_elements(body: str, element: dict[str, Any]) -> None:
    [block] = rendered("{{ m.actions(" + body + ", block_id='q') }}", x="a & b")
    assert block == {"type": "actions", "block_id": "q", "elements": [element]}


def test_inputs() -> None:
    [block] = rendered("{{ m.input('why', 'Why', m.text_input('f.v', x, multiline=true), hint=x) }}", x="a & b")
    assert block == {
        "type": "input",
        "block_id": "why",
        "label": plain("Why"),
        "element": {
            "type": "plain_text_input",
            "action_id": "f.v",
            "multiline": True,
            "max_length": 3000,
            "initial_value": "a & b",
        },
        "optional": False,
        "hint": plain("a & b"),
    }
