"""Nothing that somebody typed becomes a mention, a link or broken JSON, whatever a template does with it."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2 import DictLoader

from bot import letters
from bot.errors import BotError
from bot.slack import escape, loose_json
from bot.slack.escape import Mrkdwn
from bot.slack.render import Renderer

NASTY = st.one_of(
    st.text(max_size=60),
    st.text(alphabet='\\"<>&!@#|`*\n\r\t\x00{}[],: ', max_size=60),
    st.sampled_from(
        [
            *("<!channel>", "<!here|x>", "<@U0VEGA>", "<https://evil.example|click>", "@channel", "&lt;!channel&gt;"),
            *("\u202emoc.live", '","blocks":[]', "\\", '\\"', "{{ 7 * 7 }}", "```", "\ud800", "</script>"),
        ]
    ),
)
TEMPLATE = """
{% import "macros.json.j2" as m %}
{"text": "{{ a }} and {{ a ~ b }} and {{ b|upper }} {{ [a, b]|join(", ") }}", "blocks": [
  {{ m.header(a) }}
  {{ m.section(a) }}
  {% call m.section(accessory=m.button(b, "x.y", a)) %}*{{ a }}* {{ b|code }} {{ a|quote }} {{ a|block }}{% endcall %}
  {{ m.section("*" ~ a ~ "* " ~ ("U0VEGA"|mention) ~ b) }}
  {{ m.section("*" + a + "* " + ("U0VEGA"|mention) + b) }}
  {{ m.fields([[a, b], [b, a|code]]) }}
  {{ m.context(a, b, a|link(b), "https://example.org"|link(a)) }}
  {{ m.actions(m.choose("x.z", [[1, a], [2, b]], initial=2), m.overflow("x.o", [[1, a]])) }}
  {"type": "section", "text": {"type": "mrkdwn", "text": {{ a|json }}}, "block_id": "j"}
]}
"""


@pytest.fixture(scope="module")
def renderer() -> Renderer:
    made = Renderer(Path("templates"))
    loader: Any = made._slack.loader
    macros = loader.get_source(made._slack, "macros.json.j2")[0]
    made._slack.loader = DictLoader({"macros.json.j2": macros, "nasty.json.j2": TEMPLATE})
    return made


def marked(value: Any) -> list[str]:
    """All strings that Slack reads as mrkdwn."""
    if isinstance(value, dict):
        plain = value.get("type") == "plain_text"
        keys = [k for k in value if k == "text" and not plain]
        found = [value[k] for k in keys if isinstance(value[k], str)]
        return found + [text for k, v in value.items() if not isinstance(v, str) for text in marked(v)]
    return [text for item in value for text in marked(item)] if isinstance(value, list) else []


def without_values(value: Any) -> Any:
    """What is seen. A button's value is given back to us as it was."""
    if isinstance(value, dict):
        return {k: without_values(v) for k, v in value.items() if k != "value"}
    return [without_values(item) for item in value] if isinstance(value, list) else value


@settings(max_examples=300, deadline=None)
@given(a=NASTY, b=NASTY)
def test_no_value_shouts_links_or_breaks_the_json(renderer: Renderer, a: str, b: str) -> None:
    message = renderer.message("nasty", a=a, b=b)
    for text in [message.text, *marked(message.blocks)]:
        rest = text.replace("<@U0VEGA>", "") if "VEGA" not in a + b else ""
        rest = rest.replace("<https://example.org|", "").replace(">", "") if "example.org" in rest else rest
        assert "<!" not in text
        if not (a + b).startswith(("http://", "https://")):
            assert "<" not in rest
    shown = json.dumps(without_values(message.blocks), ensure_ascii=False)
    assert "<!" not in shown
    assert "\u202e" not in shown
    assert "\\u0000" not in shown


@given(NASTY)
def test_what_travels_in_values_comes_back_as_it_was(text: str) -> None:
    """A modal's metadata, a button's value, an input's draft: Slack keeps them as they are."""
    body = json.loads(f'"{Mrkdwn.escape(text)}"')
    assert escape.raw(body) == letters.harmless(text) or "@\u2060" in text


@given(NASTY, NASTY)
def test_joining_escapes_once_in_any_order(a: str, b: str) -> None:
    once = Mrkdwn.escape(a)
    assert once + b == Mrkdwn.escape(a) + Mrkdwn.escape(b)
    assert Mrkdwn.escape(once) == once
    assert escape.joined((once, b)) == once + b
    assert b + once == Mrkdwn.escape(b) + once


def test_plain_text_has_words_where_mrkdwn_has_tokens() -> None:
    """Buttons and titles show characters: `<@U…>` or `&amp;` would be seen as such."""
    assert escape.plain("R &amp; D, <!date^1^{time}|12:00 UTC> &lt;b&gt;") == "R & D, 12:00 UTC <b>"
    assert "<!" not in escape.plain("&lt;!channel&gt;")


def test_addresses_are_not_shouts() -> None:
    """Only the words that Slack knows, and only where they stand alone."""
    assert escape.mrkdwn("ops@here.example @hereford @Channel") == "ops@here.example @hereford @\u2060Channel"


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("[1, 2,]", [1, 2]),
        ("[,1,, 2 , , ]", [1, 2]),
        ('{"a": [], ,"b": {"c": 1,},}', {"a": [], "b": {"c": 1}}),
        ('{"a": "x,]",}', {"a": "x,]"}),
        ('{"a": "one\n     two\\" ,}"}', {"a": 'one\ntwo" ,}'}),
        ('["\t"]', ["\t"]),
    ],
)
def test_templates_may_be_loose_about_commas_and_lines(source: str, value: Any) -> None:
    assert loose_json.parse(source) == value


def test_what_is_not_json_is_the_template_s_mistake() -> None:
    with pytest.raises(ValueError, match="Expecting"):
        loose_json.parse('{"a" 1}')


def test_an_undefined_name_is_an_error(renderer: Renderer) -> None:
    with pytest.raises(BotError, match="undefined"):
        renderer.message("nasty", a="x")


def test_a_missing_template_is_named() -> None:
    with pytest.raises(BotError, match=r"no/such\.json\.j2"):
        Renderer(Path("templates")).message("no/such")


def test_filters_that_change_characters_come_before_the_escaping() -> None:
    """`<@U0VEGA>` in lower case is another person, or nobody."""
    made = Renderer(Path("templates"))
    with pytest.raises(TypeError, match="before"):
        made._slack.from_string("{{ 'U0VEGA'|mention|lower }}").render()
    assert "safe" not in made._slack.filters
    assert "format" not in made._slack.filters


def test_every_template_compiles() -> None:
    """A filter that does not exist, or a slip in the syntax, is found here and not by the person who clicks."""
    made = Renderer(Path("templates"))
    for environment in (made._slack, made._text):
        for name in environment.list_templates():
            environment.get_template(name)
