"""The sandbox's page in a real Chromium, with a small bot behind it. Tests wait for conditions, never for seconds.

Whatever the page writes to the console as an error fails the test, and so does a script error.
"""

import os
import shutil
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, async_playwright
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.clock import Clock
from sandbox.slack.server import SlackSandbox

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
ARGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
MANIFEST: dict[str, Any] = {
    "display_information": {"name": "Heliograph"},
    "features": {
        "bot_user": {"display_name": "heliograph", "always_online": True},
        "app_home": {"home_tab_enabled": True, "messages_tab_enabled": True},
        "slash_commands": [
            {
                "command": "/request",
                "description": "Ask for support",
                "usage_hint": "[what is wrong] | list",
                "should_escape": True,
            },
            {
                "command": "/oncall",
                "description": "Who is on duty",
                "usage_hint": "[region]",
                "should_escape": True,
            },
        ],
        "shortcuts": [
            {
                "name": "Ask for support",
                "type": "message",
                "callback_id": "ask",
                "description": "Turn a message into a request",
            },
        ],
    },
    "oauth_config": {"scopes": {"bot": ["commands", "chat:write", "app_mentions:read", "channels:history"]}},
    "settings": {
        "event_subscriptions": {"bot_events": ["app_home_opened", "app_mention", "message.channels"]},
        "interactivity": {"is_enabled": True},
        "socket_mode_enabled": True,
    },
}


def chromium() -> str:
    """This machine's Chromium. Without one: a skip on a person's machine, a failure where `CI=true`."""
    for name in NAMES:
        if found := shutil.which(name):
            return found
    message = f"the page's tests need one of {', '.join(NAMES)}; install it with: apt-get install chromium"
    if os.environ.get("CI", "").lower() == "true":
        pytest.fail(message)
    pytest.skip(message)


class Workspace:
    """A running sandbox, a bot in it, and pages that act as people."""

    def __init__(self, slack: SlackSandbox, bot: AsyncApp, context: BrowserContext) -> None:
        self.slack, self.bot, self.context = slack, bot, context
        self.errors: list[str] = []

    @property
    def client(self) -> AsyncWebClient:
        return self.bot.client

    async def open(self, person: str, channel: str | None = None, **more: str) -> Page:
        """A page of its own, at the deep link of a person and a channel, once it shows them."""
        page = await self.context.new_page()
        page.on("console", lambda m: self.errors.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        where = {"as": person, **({"channel": channel} if channel else {}), **more}
        await page.goto(f"{self.slack.url}/#" + "&".join(f"{k}={v}" for k, v in where.items()))
        await page.wait_for_function("who => document.documentElement.dataset.ready === who", arg=person)
        return page


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    path = chromium()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=ARGS)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="session")
async def slack() -> AsyncIterator[SlackSandbox]:
    async with SlackSandbox(Clock(), manifest=MANIFEST) as slack:
        yield slack


@pytest_asyncio.fixture(loop_scope="session")
async def bot(slack: SlackSandbox) -> AsyncIterator[AsyncApp]:
    client = AsyncWebClient(token="xoxb-sandbox", base_url=slack.api_url)
    app = AsyncApp(client=client, signing_secret="sandbox-signing-secret", request_verification_enabled=False)
    handler = AsyncSocketModeHandler(app, "xapp-sandbox", web_client=client)
    await handler.connect_async()  # type: ignore[no-untyped-call]
    yield app
    await handler.close_async()  # type: ignore[no-untyped-call]


@pytest_asyncio.fixture(loop_scope="session")
async def workspace(slack: SlackSandbox, bot: AsyncApp, browser: Browser) -> AsyncIterator[Workspace]:
    """Closes with the check that nothing went wrong in any page."""
    context = await browser.new_context(viewport={"width": 1280, "height": 800}, locale="en-US")
    await context.add_init_script("localStorage.setItem('heliograph.hints', 'closed')")
    made = Workspace(slack, bot, context)
    yield made
    await context.close()
    assert made.errors == []
