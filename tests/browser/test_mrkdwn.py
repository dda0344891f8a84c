"""Slack's text as the page shows it: one line a rule. What comes out is compared as HTML, as the browser sees it."""

import pytest
from playwright.async_api import Page

from tests.browser.conftest import Workspace

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

CASES = {
    "*bold* _italic_ ~strike~": "<strong>bold</strong> <em>italic</em> <s>strike</s>",
    "*bold with _italic_ inside*": "<strong>bold with <em>italic</em> inside</strong>",
    "snake_case_name and 2*3*4": "snake_case_name and 2*3*4",
    "NODE_RANK and _emphasis_.": "NODE_RANK and <em>emphasis</em>.",
    "`*not bold*`": "<code>*not bold*</code>",
    "`a &lt;b&gt; &amp;amp;`": "<code>a &lt;b&gt; &amp;amp;</code>",
    "&lt;script&gt; &amp;lt;": "&lt;script&gt; &amp;lt;",
    "<@U0MIRA> <!here>": "@mira @here",
    "stops every ~40 min, ~50 times": "stops every ~40 min, ~50 times",
    "<javascript:alert(1)|x>": '<span class="dead-link">x</span>',
    "<img src=x onerror=alert(1)>": '<span class="dead-link">img src=x onerror=alert(1)</span>',
    "10:30:45 and :no_such_emoji:": "10:30:45 and :no_such_emoji:",
    "<!date^0^{date_num} {time}|never>": "1970-01-01 01:00",
}
PLAIN = {"<@U0MIRA> <!here>", "<!date^0^{date_num} {time}|never>"}
"""Compared as text: their nodes carry titles and classes that are not the rule."""

RENDER = """async (text) => {
  const { mrkdwn } = await import("/page/js/mrkdwn.js");
  const box = document.createElement("div");
  box.append(...mrkdwn(text, { inline: true }));
  return { html: box.innerHTML, text: box.textContent };
}"""


async def rendered(page: Page, text: str) -> dict[str, str]:
    found: dict[str, str] = await page.evaluate(RENDER, text)
    return found


async def test_each_rule_of_mrkdwn(workspace: Workspace) -> None:
    """One page, all rules: a browser per line would be slow."""
    page = await workspace.open("U0MIRA", "C0AURORA")
    wrong = {}
    for text, expected in CASES.items():
        shown = await rendered(page, text)
        if shown["text" if text in PLAIN else "html"] != expected:
            wrong[text] = shown
    assert wrong == {}


async def test_a_date_is_in_the_readers_zone(workspace: Workspace) -> None:
    """The same instant, read in Berlin and in Los Angeles."""
    text = "<!date^1764000000^{date_num} {time}|x>"
    berlin = await workspace.open("U0MIRA", "C0AURORA")
    assert (await rendered(berlin, text))["text"] == "2025-11-24 17:00"
    angeles = await workspace.open("U0VEGA", "C0AURORA")
    assert (await rendered(angeles, text))["text"].replace("\u202f", " ") == "2025-11-24 8:00 AM"
