"""The workspace page does what a person at Slack expects, and no more than Slack lets that person do."""

import asyncio
import re
from typing import Any

import pytest
from playwright.async_api import Locator, Page, expect

from tests.browser.conftest import Workspace

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

AURORA, TRIAGE, CIRRUS = "C0AURORA", "C0TRIAGEEU", "C0CIRRUS"
SECTION = {"type": "section", "text": {"type": "mrkdwn", "text": "*R-1* waits"}}
MODAL = {
    "type": "modal",
    "callback_id": "ask",
    "title": {"type": "plain_text", "text": "Ask for support"},
    "submit": {"type": "plain_text", "text": "Send"},
    "blocks": [
        {
            "type": "input",
            "block_id": "what",
            "label": {"type": "plain_text", "text": "What is wrong?"},
            "element": {"type": "plain_text_input", "action_id": "text"},
        }
    ],
}


def actions(*elements: dict[str, Any]) -> dict[str, Any]:
    return {"type": "actions", "block_id": "row", "elements": list(elements)}


def button(text: str, action_id: str) -> dict[str, Any]:
    return {"type": "button", "action_id": action_id, "text": {"type": "plain_text", "text": text}, "value": "r-1"}


def composer(page: Page, where: str = "#main") -> Locator:
    return page.locator(f"{where} .composer textarea")


async def write(page: Page, text: str, where: str = "#main") -> None:
    await composer(page, where).fill(text)
    await composer(page, where).press("Enter")


async def test_acting_as_somebody_else_shows_their_workspace(workspace: Workspace) -> None:
    """The search finds by team and role; Enter takes the first."""
    page = await workspace.open("U0OPAL", AURORA)
    await page.locator(".act-as").click()
    await page.get_by_label("Search people").fill("europe lead")
    await page.keyboard.press("Enter")
    await expect(page.locator(".act-as b")).to_have_text("castor")
    await expect(page.locator("#sidebar [data-channel=C0TRIAGEEU]")).to_be_visible()


async def test_a_message_reaches_everybody_in_the_channel(workspace: Workspace) -> None:
    """Names become mentions, and the other page hears of it over the stream."""
    opal, mira = await workspace.open("U0OPAL", AURORA), await workspace.open("U0MIRA", AURORA)
    await write(opal, "training is *down*, @mira & <all>")
    shown = mira.locator("#main .message").last
    await expect(shown).to_contain_text("training is down, @mira & <all>")
    await expect(shown.locator("strong")).to_have_text("down")
    await expect(shown.locator(".mention.mine")).to_have_text("@mira")


async def test_a_thread_opens_beside_the_channel(workspace: Workspace) -> None:
    page = await workspace.open("U0OPAL", AURORA)
    await write(page, "one question")
    await page.locator("#main .message").last.hover()
    await page.get_by_role("button", name="Reply in thread").last.click()
    await write(page, "and one more", "#thread")
    await expect(page.locator("#thread .message")).to_have_count(2)
    await expect(page.locator("#main .thread-link")).to_contain_text("1 reply")
    await page.keyboard.press("Escape")
    await expect(page.locator("#thread")).to_be_hidden()


async def test_the_composer_completes_commands_people_and_channels(workspace: Workspace) -> None:
    page = await workspace.open("U0OPAL", AURORA)
    await composer(page).press_sequentially("/")
    offers = page.locator("#main .offer")
    await expect(offers).to_have_count(2)
    await expect(offers.first).to_contain_text("Ask for support")
    await composer(page).press("ArrowDown")
    await composer(page).press("Tab")
    await expect(composer(page)).to_have_value("/oncall ")
    await expect(page.locator(".command-hint")).to_contain_text("[region]")
    await composer(page).fill("")
    await composer(page).press_sequentially("@mir")
    await composer(page).press("Enter")
    await expect(composer(page)).to_have_value("@mira ")
    await composer(page).press_sequentially("#auro")
    await composer(page).press("Enter")
    await expect(composer(page)).to_have_value("@mira #aurora-support ")
    await composer(page).press_sequentially("@ca")
    await composer(page).press("Escape")
    await expect(offers).to_have_count(0)


async def test_a_click_reaches_the_bot_and_its_update_the_page(workspace: Workspace) -> None:
    """The button's value arrives as it was posted; the update replaces the message."""
    clicked: list[dict[str, Any]] = []

    @workspace.bot.action("take")
    async def take(ack: Any, body: Any, client: Any) -> None:
        await ack()
        clicked.append(body)
        await client.chat_update(channel=AURORA, ts=body["message"]["ts"], text="taken by mira", blocks=[])

    await workspace.client.chat_postMessage(
        channel=AURORA, text="R-1", blocks=[SECTION, actions(button("Take", "take"))]
    )
    page = await workspace.open("U0MIRA", AURORA)
    await page.get_by_role("button", name="Take", exact=True).click()
    await expect(page.locator("#main .message").last).to_contain_text("taken by mira")
    assert clicked[0]["actions"][0]["value"] == "r-1"
    assert clicked[0]["user"]["id"] == "U0MIRA"


async def test_a_select_sends_the_chosen_option(workspace: Workspace) -> None:
    """Chosen with the keyboard alone: type to search, Enter to take."""
    chosen: asyncio.Queue[str] = asyncio.Queue()

    @workspace.bot.action("severity")
    async def severity(ack: Any, action: Any) -> None:
        await ack()
        await chosen.put(action["selected_option"]["value"])

    options = [{"text": {"type": "plain_text", "text": f"SEV{n}"}, "value": f"s{n}"} for n in (1, 2, 3)]
    menu = {"type": "static_select", "action_id": "severity", "options": options}
    await workspace.client.chat_postMessage(channel=AURORA, text="R-1", blocks=[actions(menu)])
    page = await workspace.open("U0MIRA", AURORA)
    await page.locator("#main .select").click()
    await page.keyboard.type("sev3")
    await page.keyboard.press("Enter")
    assert await asyncio.wait_for(chosen.get(), 10) == "s3"
    await expect(page.locator("#main .select-caption")).to_have_text("SEV3")


async def test_a_modal_shows_errors_on_its_fields_and_closes_when_accepted(workspace: Workspace) -> None:
    """Slack refuses an empty required field itself; the app's own errors stand below the field."""
    submitted: asyncio.Queue[str] = asyncio.Queue()

    @workspace.bot.command("/request")
    async def request(ack: Any, body: Any, client: Any) -> None:
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=MODAL)

    @workspace.bot.view("ask")
    async def ask(ack: Any, view: Any) -> None:
        text = view["state"]["values"]["what"]["text"]["value"]
        if len(text) < 10:
            await ack(response_action="errors", errors={"what": "Say a little more."})
            return
        await ack()
        await submitted.put(text)

    page = await workspace.open("U0OPAL", AURORA)
    await write(page, "/request")
    dialog = page.locator("dialog.modal")
    send = dialog.get_by_role("button", name="Send")
    await send.click()
    await expect(dialog.locator(".field-error")).to_have_text("Please complete this required field.")
    await dialog.locator("input").fill("down")
    await send.click()
    await expect(dialog.locator(".field-error")).to_have_text("Say a little more.")
    await expect(dialog.locator("input")).to_have_value("down")
    await dialog.locator("input").fill("NCCL times out on 64 nodes")
    await send.click()
    await expect(dialog).to_have_count(0)
    assert await asyncio.wait_for(submitted.get(), 10) == "NCCL times out on 64 nodes"


async def test_an_ephemeral_message_is_for_one_person(workspace: Workspace) -> None:
    opal, jade = await workspace.open("U0OPAL", AURORA), await workspace.open("U0JADE", AURORA)
    await workspace.client.chat_postEphemeral(channel=AURORA, user="U0OPAL", text="a word for you")
    await workspace.client.chat_postMessage(channel=AURORA, text="a word for all")
    await expect(opal.locator(".message.ephemeral")).to_contain_text("Only visible to you")
    await expect(jade.locator("#main .message").last).to_contain_text("a word for all")
    await expect(jade.locator(".message.ephemeral")).to_have_count(0)


async def test_app_home_shows_what_the_app_published_for_the_person(workspace: Workspace) -> None:
    """Opening the tab tells the app, once; what it publishes later replaces what is shown."""
    opened: list[str] = []

    def home(text: str) -> dict[str, Any]:
        return {"type": "home", "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": text}}]}

    @workspace.bot.event("app_home_opened")
    async def publish(event: Any, client: Any) -> None:
        opened.append(event["user"])
        await client.views_publish(user_id=event["user"], view=home("*Nothing* is yours"))

    page = await workspace.open("U0MIRA", AURORA)
    await page.locator("#sidebar [data-app]").click()
    await expect(page.locator(".home")).to_contain_text("Nothing is yours")
    await workspace.client.views_publish(user_id="U0MIRA", view=home("R-1 is yours"))
    await expect(page.locator(".home")).to_contain_text("R-1 is yours")
    assert opened == ["U0MIRA"]


async def test_unread_channels_are_bold_until_opened(workspace: Workspace) -> None:
    """A mention adds a number; opening the channel takes both away and shows where the new begins."""
    page = await workspace.open("U0MIRA", TRIAGE)
    place = page.locator(f"#sidebar [data-channel={AURORA}]")
    await workspace.client.chat_postMessage(channel=AURORA, text="<@U0MIRA> please look")
    await expect(place).to_have_class(re.compile(r"\bunread\b"))
    await expect(place.locator(".mentions")).to_have_text("1")
    await place.click()
    await expect(page.locator(".new-line")).to_be_visible()
    await expect(place).not_to_have_class(re.compile(r"\bunread\b"))


async def test_the_clock_moves_in_all_regions(workspace: Workspace) -> None:
    """15 minutes are 15 minutes, and Saturday is Saturday."""
    page = await workspace.open("U0MIRA", TRIAGE)
    await page.set_viewport_size({"width": 1700, "height": 900})
    await expect(page.locator(".region")).to_have_count(4)
    before = workspace.slack.clock.unix()
    await page.locator("#clock > .clock-buttons").get_by_text("+15 min").click()
    await page.locator("#clock > .clock-buttons").get_by_text("Saturday").click()
    await expect(page.locator(".region").filter(has_text="EU")).to_contain_text("Sat")
    assert workspace.slack.clock.unix() - before >= 900


async def test_the_clock_fits_whatever_the_width(workspace: Workspace) -> None:
    """Where the strip does not fit it folds into one button, and nothing ever lies over something else."""
    page = await workspace.open("U0MIRA", TRIAGE)
    strip, opener = page.locator("#clock > .clock-buttons"), page.locator(".clock-opener")
    for width in (1700, 1500, 1440, 1366, 1280, 1100, 1000, 800, 400):
        await page.set_viewport_size({"width": width, "height": 900})
        await expect(strip.or_(opener).filter(visible=True)).to_have_count(1)
        assert await page.evaluate(
            "() => { const c = document.querySelector('#clock'); return c.scrollWidth <= c.clientWidth }"
        ), width
    before = workspace.slack.clock.unix()
    await opener.click()
    await page.locator(".clock-popover").get_by_text("+15 min").click()
    await expect(page.locator(".clock-popover")).to_have_count(0)
    assert workspace.slack.clock.unix() - before >= 900


async def test_what_people_type_stays_text(workspace: Workspace) -> None:
    """No element, no script and no javascript: link comes out of words, whoever writes them and wherever."""
    evil = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>"
    page = await workspace.open("U0OPAL", AURORA)
    await write(page, evil)
    link = "<javascript:alert(1)|click me> <data:text/html,x|or me>"
    table = {"type": "table", "rows": [[{"type": "raw_text", "text": evil}]]}
    await workspace.client.chat_postMessage(
        channel=AURORA,
        text="x",
        blocks=[{"type": "section", "text": {"type": "mrkdwn", "text": link}}, table],
    )
    messages = page.locator("#main .message")
    await expect(messages.first).to_contain_text(evil)
    await expect(messages.last).to_contain_text("click me")
    await expect(messages.locator("img, script, a")).to_have_count(0)
    assert "owned" not in await page.title()


async def test_an_external_person_has_no_commands(workspace: Workspace) -> None:
    """Slack Connect: commands and shortcuts exist only in the workspace that installed the app; buttons work."""
    page = await workspace.open("U0AGATE", CIRRUS)
    await composer(page).press_sequentially("/")
    await expect(page.locator("#main .offer")).to_have_count(0)
    await expect(page.get_by_role("button", name="Run a command")).to_have_count(0)
    await write(page, "/request help")
    await expect(page.locator(".message.ephemeral")).to_contain_text("/request is not a valid command")


async def test_a_command_that_is_not_acknowledged_says_so(workspace: Workspace) -> None:
    """Slack waits 3 seconds, then tells the person, and only the person."""
    page = await workspace.open("U0OPAL", AURORA)
    await write(page, "/oncall eu")
    await expect(page.locator(".message.ephemeral")).to_contain_text(re.compile("operation_timeout|dispatch_failed"))


async def test_reactions_and_edits(workspace: Workspace) -> None:
    page = await workspace.open("U0OPAL", AURORA)
    await write(page, "helo")
    message = page.locator("#main .message").last
    await message.hover()
    await message.get_by_role("button", name="React with eyes").click()
    await expect(message.locator(".reaction.mine .count")).to_have_text("1")
    await message.locator(".reaction.mine").click()
    await expect(message.locator(".reaction")).to_have_count(0)
    await message.hover()
    await message.get_by_role("button", name="More actions").click()
    await page.get_by_role("menuitem", name="Edit message").click()
    await message.locator(".edit-form textarea").fill("hello")
    await page.keyboard.press("Enter")
    await expect(message).to_contain_text("hello (edited)")


async def test_a_message_shortcut_reaches_the_bot(workspace: Workspace) -> None:
    got: asyncio.Queue[str] = asyncio.Queue()

    @workspace.bot.shortcut("ask")
    async def ask(ack: Any, shortcut: Any) -> None:
        await ack()
        await got.put(shortcut["message"]["text"])

    page = await workspace.open("U0OPAL", AURORA)
    await write(page, "job 17 hangs")
    await page.locator("#main .message").last.hover()
    await page.get_by_role("button", name="More actions").last.click()
    await page.get_by_role("menuitem", name="Ask for support").click()
    assert await asyncio.wait_for(got.get(), 10) == "job 17 hangs"


async def test_a_choice_survives_the_news_of_others(workspace: Workspace) -> None:
    """What was chosen is part of the message, for the next person who opens it too."""

    @workspace.bot.action("severity")
    async def severity(ack: Any) -> None:
        await ack()

    options = [{"text": {"type": "plain_text", "text": f"SEV{n}"}, "value": f"s{n}"} for n in (1, 2)]
    menu = {"type": "static_select", "action_id": "severity", "options": options}
    await workspace.client.chat_postMessage(channel=AURORA, text="R-1", blocks=[actions(menu)])
    page = await workspace.open("U0MIRA", AURORA)
    await page.locator("#main .select").click()
    await page.get_by_role("option", name="SEV2").click()
    await expect(page.locator("#main .select-caption")).to_have_text("SEV2")
    other = await workspace.open("U0CASTOR", AURORA)
    await expect(other.locator("#main .select-caption")).to_have_text("SEV2")


async def test_a_guest_can_become_anybody_again(workspace: Workspace) -> None:
    """A guest sees few people, the switch offers all of them, and nobody who is deactivated."""
    page = await workspace.open("U0JADE", AURORA)
    await page.locator(".act-as").click()
    await expect(page.locator("[data-as=U0QUARTZ]")).to_be_disabled()
    await page.locator("[data-as=U0ONYX]").click()
    await expect(page.locator(".act-as b")).to_have_text("onyx")


async def test_looking_into_a_channel_is_not_being_in_it(workspace: Workspace) -> None:
    """A member of the workspace may read a public channel, and joins before writing."""
    page = await workspace.open("U0OPAL", "C0BOREALIS")
    await expect(composer(page)).to_have_count(0)
    await page.get_by_role("button", name="Join channel").click()
    await expect(composer(page)).to_be_visible()


async def test_the_page_comes_back_after_the_line_was_down(workspace: Workspace) -> None:
    """What was said meanwhile is read once the stream is there again."""
    page = await workspace.open("U0OPAL", AURORA)
    await workspace.context.set_offline(True)
    await page.evaluate("() => import('/page/js/stream.js').then((s) => s.cut())")
    await expect(page.locator("#offline")).to_be_visible()
    await workspace.client.chat_postMessage(channel=AURORA, text="said meanwhile")
    await workspace.context.set_offline(False)
    await expect(page.locator("#main .message").last).to_contain_text("said meanwhile")
    workspace.errors.clear()


async def test_the_keyboard_is_enough(workspace: Workspace) -> None:
    """`/` reaches the composer from anywhere, Ctrl+K the switch, Esc closes what is open."""
    page = await workspace.open("U0OPAL", AURORA)
    await page.locator("#sidebar").click(position={"x": 20, "y": 600})
    await page.keyboard.press("/")
    await expect(composer(page)).to_be_focused()
    await expect(page.locator("#main .offer").first).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.locator("#main .offer")).to_have_count(0)
    await page.keyboard.press("Control+k")
    await expect(page.get_by_label("Search people")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(page.get_by_label("Search people")).to_have_count(0)
    await expect(composer(page)).to_be_focused()


async def test_a_dangerous_button_asks_first(workspace: Workspace) -> None:
    """Refused, nothing reaches the bot; agreed, it does, once."""
    clicked: asyncio.Queue[str] = asyncio.Queue()

    @workspace.bot.action("escalate")
    async def escalate(ack: Any, body: Any) -> None:
        await ack()
        await clicked.put(body["user"]["id"])

    def plain(text: str) -> dict[str, Any]:
        return {"type": "plain_text", "text": text}

    confirm = {
        "title": plain("Escalate?"),
        "text": plain("Pages castor."),
        "confirm": plain("Do it"),
        "deny": plain("No"),
    }
    element = {**button("Escalate", "escalate"), "style": "danger", "confirm": confirm}
    await workspace.client.chat_postMessage(channel=AURORA, text="R-1", blocks=[actions(element)])
    page = await workspace.open("U0MIRA", AURORA)
    await page.get_by_role("button", name="Escalate").click()
    await expect(page.get_by_role("dialog")).to_contain_text("Pages castor.")
    await page.get_by_role("button", name="No", exact=True).click()
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await page.get_by_role("button", name="Escalate").click()
    await page.get_by_role("button", name="Do it").click()
    assert await asyncio.wait_for(clicked.get(), 10) == "U0MIRA"
    assert clicked.empty()


async def test_modals_stack(workspace: Workspace) -> None:
    """A pushed view lies on top; closing it shows the one below, with what was filled in."""
    top = {"type": "modal", "title": {"type": "plain_text", "text": "More"}, "blocks": [SECTION]}

    @workspace.bot.command("/request")
    async def request(ack: Any, body: Any, client: Any) -> None:
        await ack()
        view = {**MODAL, "blocks": [*MODAL["blocks"], actions(button("Details", "details"))]}
        await client.views_open(trigger_id=body["trigger_id"], view=view)

    @workspace.bot.action("details")
    async def details(ack: Any, body: Any, client: Any) -> None:
        await ack()
        await client.views_push(trigger_id=body["trigger_id"], view=top)

    page = await workspace.open("U0OPAL", AURORA)
    await write(page, "/request")
    dialog = page.locator("dialog.modal")
    await dialog.locator("input").fill("NCCL times out")
    await dialog.get_by_role("button", name="Details").click()
    await expect(dialog.locator("h2")).to_have_text("More")
    await page.keyboard.press("Escape")
    await expect(dialog.locator("h2")).to_have_text("Ask for support")
    await expect(dialog.locator("input")).to_have_value("NCCL times out")


async def test_digits_are_letters_and_only_pictures_are_pictures(workspace: Workspace) -> None:
    """Fonts of emoji have digits, a space, # and * too: they come last, behind whatever the machine has for text."""
    await workspace.client.chat_postMessage(channel=AURORA, text="R-17 # 1 * 0123456789 of 768")
    page = await workspace.open("U0OPAL", AURORA)
    await expect(page.get_by_text("R-17 # 1 * 0123456789 of 768")).to_be_visible()
    devtools = await workspace.context.new_cdp_session(page)
    await devtools.send("DOM.enable")
    await devtools.send("CSS.enable")
    root = (await devtools.send("DOM.getDocument", {"depth": -1}))["root"]["nodeId"]
    for selector in ("#main", "#clock", "#sidebar"):
        found = await devtools.send("DOM.querySelectorAll", {"nodeId": root, "selector": f"{selector} *"})
        for node in found["nodeIds"]:
            fonts = (await devtools.send("CSS.getPlatformFontsForNode", {"nodeId": node}))["fonts"]
            if any("Emoji" in font["familyName"] for font in fonts):
                text = await devtools.send("DOM.getOuterHTML", {"nodeId": node})
                shown = re.sub(r"<[^>]*>", "", text["outerHTML"])
                assert any(ord(c) > 0x2000 for c in shown), f"{shown!r} is drawn as emoji"
