"""The hands of people in the sandbox, for tests and the tour: an async client of the control API.

`wait_for` waits for a condition, never for a number of seconds; its time-out is only there so that a test that fails
says so.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Any, Self, TypeVar

import aiohttp

T = TypeVar("T")
Json = dict[str, Any]
PATIENCE = 10.0


class Refused(Exception):
    """The control API said no. `code` is its word for programs."""

    def __init__(self, code: str, words: str) -> None:
        super().__init__(f"{code}: {words}")
        self.code = code


class Hands:
    """`async with Hands(slack.url) as hands`, or without `async with` and `await hands.close()` at the end."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def call(self, method: str, path: str, /, **values: Any) -> Json:
        """One call of the control API; arguments that are None are left out. Raises `Refused`."""
        if self._session is None:
            self._session = aiohttp.ClientSession()
        said = {k.rstrip("_"): v for k, v in values.items() if v is not None}
        how: Json = {"params": said} if method == "GET" else {"json": said}
        async with self._session.request(method, f"{self.url}/control/{path}", **how) as answer:
            body: Json = await answer.json()
        if not body.pop("ok"):
            raise Refused(body["error"], body["message"])
        return body

    # -- acting

    async def post(
        self,
        as_: str,
        channel: str,
        text: str = "",
        *,
        thread_ts: str | None = None,
        files: list[Json] | None = None,
        broadcast: bool | None = None,
    ) -> str:
        """→ ts"""
        made = await self.call(
            "POST", "post", as_=as_, channel=channel, text=text, thread_ts=thread_ts, files=files, broadcast=broadcast
        )
        return str(made["ts"])

    async def edit(self, as_: str, channel: str, ts: str, text: str) -> None:
        await self.call("POST", "edit", as_=as_, channel=channel, ts=ts, text=text)

    async def delete(self, as_: str, channel: str, ts: str) -> None:
        await self.call("POST", "delete", as_=as_, channel=channel, ts=ts)

    async def command(self, as_: str, channel: str, command: str, text: str = "") -> Json:
        """→ `{acked, error?, seconds}`"""
        return await self.call("POST", "command", as_=as_, channel=channel, command=command, text=text)

    async def click(
        self,
        as_: str,
        channel: str | None = None,
        ts: str | None = None,
        action_id: str = "",
        *,
        view_id: str | None = None,
        block_id: str | None = None,
        value: Any = None,
        values: Json | None = None,
    ) -> Json:
        """A click in a message (`channel`, `ts`) or a view (`view_id`) → `{acked, error?}`"""
        return await self.call(
            "POST",
            "click",
            as_=as_,
            channel=channel,
            ts=ts,
            action_id=action_id,
            view_id=view_id,
            block_id=block_id,
            value=value,
            values=values,
        )

    async def submit(self, as_: str, view_id: str, values: Json | None = None) -> Json:
        """→ `{closed}`, `{errors}` or `{updated}`"""
        return await self.call("POST", "submit", as_=as_, view_id=view_id, values=values or {})

    async def close_view(self, as_: str, view_id: str) -> None:
        await self.call("POST", "close", as_=as_, view_id=view_id)

    async def suggest(self, as_: str, action_id: str, value: str, **target: Any) -> Json:
        return await self.call("POST", "suggest", as_=as_, action_id=action_id, value=value, **target)

    async def react(self, as_: str, channel: str, ts: str, name: str, *, remove: bool = False) -> None:
        await self.call("POST", "react", as_=as_, channel=channel, ts=ts, name=name, remove=remove)

    async def shortcut(self, as_: str, callback_id: str, channel: str | None = None, ts: str | None = None) -> Json:
        return await self.call("POST", "shortcut", as_=as_, callback_id=callback_id, channel=channel, ts=ts)

    async def home(self, as_: str) -> Json | None:
        """Opens App Home → what was published so far."""
        view: Json | None = (await self.call("POST", "home", as_=as_))["view"]
        return view

    async def published(self, as_: str) -> Json | None:
        """What the app published for the person, without opening the tab."""
        view: Json | None = (await self.call("GET", "home", as_=as_))["view"]
        return view

    async def read(self, as_: str, channel: str) -> None:
        await self.call("POST", "read", as_=as_, channel=channel)

    # -- looking

    async def state(self, as_: str) -> Json:
        return await self.call("GET", "state", as_=as_)

    async def messages(self, as_: str, channel: str, thread: str | None = None) -> list[Json]:
        found: list[Json] = (await self.call("GET", "messages", as_=as_, channel=channel, thread=thread))["messages"]
        return found

    async def views(self, as_: str) -> list[Json]:
        found: list[Json] = (await self.call("GET", "views", as_=as_))["views"]
        return found

    async def traffic(self, since: int = 0) -> list[Json]:
        found: list[Json] = (await self.call("GET", "traffic", since=since))["traffic"]
        return found

    async def calls(self, method: str, since: int = 0) -> list[Json]:
        """The Web API calls of one method."""
        return [e for e in await self.traffic(since) if e["kind"] == "api" and e["method"] == method]

    # -- knobs

    async def fault(self, target: str, kind: str, times: int = 1, **more: Any) -> None:
        """`target` is a method (it has a dot, or is `response_url`), else an envelope's kind, event or command."""
        field = "method" if target == "response_url" or ("." in target and "/" not in target) else "envelope"
        if target == "*":
            field = "method" if kind in ("rate_limited", "error_500", "applied_then_timeout") else "envelope"
        await self.call("POST", "faults", **{field: target}, kind=kind, times=times, **more)

    async def clear_faults(self) -> None:
        await self.call("DELETE", "faults")

    async def limits(self, enabled: bool) -> None:
        await self.call("POST", "limits", enabled=enabled)

    async def clock(self, **change: Any) -> Json:
        return await self.call("POST", "clock", **change)

    async def sockets(self, do: str | None = None) -> int:
        """How many connections there are, or how many `do` (drop, warning, refresh_requested) met."""
        made = await self.call("POST", "sockets", do=do) if do else await self.call("GET", "sockets")
        return int(made["connections"])

    # -- waiting

    async def wait_for(self, look: Callable[[], Awaitable[T]], what: str = "it", patience: float = PATIENCE) -> T:
        """The first truthy thing that `look` sees; `TimeoutError` after `patience` real seconds."""
        end = time.monotonic() + patience
        while not (found := await look()):
            if time.monotonic() > end:
                raise TimeoutError(f"{what} did not come within {patience} s")
            await asyncio.sleep(0.01)
        return found

    async def wait_for_message(
        self, as_: str, channel: str, wanted: str | Callable[[Json], bool], thread: str | None = None
    ) -> Json:
        """The newest message that has the text `wanted` in it, in text or blocks, or for which `wanted` is true."""

        async def look() -> Json | None:
            for m in reversed(await self.messages(as_, channel, thread)):
                if wanted(m) if callable(wanted) else wanted in f"{m.get('text')}{m.get('blocks')}":
                    return m
            return None

        found = await self.wait_for(look, f"a message with {wanted!r} in {channel}")
        assert found is not None
        return found

    async def wait_for_view(self, as_: str, callback_id: str | None = None) -> Json:
        """The top modal of the person, once there is one (of this `callback_id`)."""

        async def look() -> Json | None:
            top = next(reversed(await self.views(as_)), None)
            return top if top and callback_id in (None, top["callback_id"]) else None

        found = await self.wait_for(look, f"a view {callback_id or ''} for {as_}")
        assert found is not None
        return found
