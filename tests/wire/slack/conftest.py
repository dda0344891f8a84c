"""A workspace, the hands of its people, and real slack-bolt apps in it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.clock import Clock
from sandbox.slack.hands import Hands
from sandbox.slack.server import SlackSandbox

AURORA, TRIAGE, CIRRUS, GENERAL = "C0AURORA", "C0TRIAGEEU", "C0CIRRUS", "C0GENERAL"
OPAL, MIRA, JADE, QUARTZ, AGATE, SOL = "U0OPAL", "U0MIRA", "U0JADE", "U0QUARTZ", "U0AGATE", "U0SOL"
SECRET = "sandbox-signing-secret"


@pytest.fixture
async def slack() -> AsyncIterator[SlackSandbox]:
    async with SlackSandbox(Clock(), retry_delays=(0.0, 0.0, 0.0)) as slack:
        yield slack


@pytest.fixture
async def hands(slack: SlackSandbox) -> AsyncIterator[Hands]:
    async with Hands(slack.url) as hands:
        yield hands


@pytest.fixture
def client(slack: SlackSandbox) -> AsyncWebClient:
    return AsyncWebClient(token="xoxb-sandbox", base_url=slack.api_url)


class Bot:
    """An app over Socket Mode. What it hears is kept by kind, so that tests can wait for it."""

    def __init__(self, slack: SlackSandbox, connections: int = 1) -> None:
        self.client = AsyncWebClient(token="xoxb-sandbox", base_url=slack.api_url)
        self.app = AsyncApp(client=self.client, signing_secret=SECRET, ignoring_self_events_enabled=False)
        self.handlers = [
            AsyncSocketModeHandler(self.app, "xapp-sandbox", web_client=self.client) for _ in range(connections)
        ]
        self.heard: list[dict[str, Any]] = []
        self._news = asyncio.Condition()

    async def start(self) -> None:
        for handler in self.handlers:
            await handler.connect_async()

    async def close(self) -> None:
        for handler in self.handlers:
            await handler.close_async()

    async def note(self, body: dict[str, Any]) -> None:
        async with self._news:
            self.heard.append(body)
            self._news.notify_all()

    def hear(self, *events: str) -> None:
        for event in events:
            self.app.event(event)(self._listener())

    def _listener(self) -> Callable[..., Any]:
        async def listen(body: dict[str, Any]) -> None:
            await self.note(body)

        return listen

    async def until(self, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The first body that was heard and is `wanted`."""
        async with asyncio.timeout(10), self._news:
            while True:
                for body in self.heard:
                    if wanted(body):
                        return body
                await self._news.wait()

    async def event(self, kind: str, subtype: str | None = None) -> dict[str, Any]:
        def is_it(body: dict[str, Any]) -> bool:
            event = body.get("event", {})
            return event.get("type") == kind and event.get("subtype") == subtype

        return await self.until(is_it)


@pytest.fixture
async def bot(slack: SlackSandbox) -> AsyncIterator[Bot]:
    bot = Bot(slack)
    await bot.start()
    yield bot
    await bot.close()


async def refusal(call: Any) -> dict[str, Any]:
    """The answer of a Web API call that Slack refuses."""
    with pytest.raises(SlackApiError) as refused:
        await call
    data = refused.value.response.data
    assert isinstance(data, dict)
    assert data["ok"] is False
    return data


def plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text}


def section(text: str, **more: Any) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}, **more}


def button(action_id: str = "go", **more: Any) -> dict[str, Any]:
    return {"type": "button", "text": plain("Go"), "action_id": action_id, "value": "1", **more}


def actions(*elements: dict[str, Any]) -> dict[str, Any]:
    return {"type": "actions", "block_id": "row", "elements": list(elements)}


def field(block_id: str = "what", element: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    inner = element or {"type": "plain_text_input"}
    return {
        "type": "input",
        "block_id": block_id,
        "label": plain("What?"),
        "element": {"action_id": "in", **inner},
        **more,
    }


def modal(*blocks: dict[str, Any], **more: Any) -> dict[str, Any]:
    made = {"type": "modal", "callback_id": "ask", "title": plain("Ask"), "submit": plain("Send"), "close": plain("No")}
    return {**made, "blocks": list(blocks or (field(),)), **more}
