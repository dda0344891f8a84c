"""Slack's Web API as Heliograph uses it: one session, time-outs, answers we know, errors in our words.

Nothing is retried here: a post that is sent again may be seen twice, and only the outbox knows how to look. Reads may
simply be asked again by whoever needs them. `bot.slack.errors` has the three ways in which a call can fail.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from bot.clock import Clock
from bot.slack import history, ids
from bot.slack.cache import Aged, Cache
from bot.slack.errors import OutcomeUnknown, SlackRefused, translated
from bot.slack.render import Message

_POST_SECONDS = 15.0
_READ_SECONDS = 10.0
_UPLOAD_SECONDS = 30.0
_VIEW_SECONDS = 2.8
_MEMBER_PAGES = 25
"""Of 200: a client's channel is no larger, and a form cannot wait for more."""
"""A `trigger_id` lives for three seconds."""


@dataclass(frozen=True)
class Identity:
    """Who Heliograph is in the workspace."""

    team: str
    team_name: str
    user: str
    bot: str
    url: str


@dataclass(frozen=True)
class User:
    id: str
    name: str
    zone: str
    deleted: bool
    guest: bool
    stranger: bool
    """Of another workspace: commands and shortcuts do not exist for them."""
    bot: bool


@dataclass(frozen=True)
class Channel:
    id: str
    name: str
    shared: bool
    """With another workspace (Slack Connect)."""
    archived: bool
    member: bool


@dataclass(frozen=True)
class Group:
    id: str
    members: frozenset[str]
    disabled: bool


@dataclass(frozen=True)
class Posted:
    channel: str
    ts: str


class Gateway:
    """Made in the running loop by `open`; `close` closes its session."""

    def __init__(self, client: AsyncWebClient, session: aiohttp.ClientSession, clock: Clock) -> None:
        self.client = client
        self._session = session
        self._clock = clock
        self._team = ""
        self.home = ""
        """The workspace's address, for links to messages; known after `auth_test`."""
        self._users: Cache[User] = Cache(fresh=600, stale=86_400)
        self._channels: Cache[Channel] = Cache(fresh=600, stale=86_400)
        self._groups: Cache[frozenset[str]] = Cache(fresh=60, stale=900)
        self._members: Cache[frozenset[str]] = Cache(fresh=300, stale=3_600)
        self._dms: Cache[str] = Cache(fresh=86_400, stale=86_400)

    @classmethod
    def open(cls, token: str, clock: Clock, base_url: str | None = None) -> "Gateway":
        """`base_url` is `SLACK_API_URL`, for a Slack elsewhere. The environment's proxies are used, and `NO_PROXY`."""
        session = aiohttp.ClientSession(trust_env=True, timeout=aiohttp.ClientTimeout(total=60, connect=5))
        quiet = logging.getLogger("heliograph.slack_sdk")
        quiet.setLevel(logging.INFO)  # the SDK formats every body for a log line otherwise
        client = AsyncWebClient(
            token, base_url=base_url or AsyncWebClient.BASE_URL, session=session, retry_handlers=[], logger=quiet
        )
        client.proxy = None  # the SDK's own reading of the environment forgets NO_PROXY; the session's does not
        return cls(client, session, clock)

    async def close(self) -> None:
        await self._session.close()

    async def auth_test(self) -> Identity:
        """Who we are. Call it once at start: `user` knows strangers only afterwards."""
        said = await self._call("auth.test", self.client.auth_test(), _READ_SECONDS)
        self._team, self.home = said["team_id"], said.get("url", "")
        return Identity(said["team_id"], said.get("team", ""), said["user_id"], said["bot_id"], said.get("url", ""))

    async def post(
        self, channel: str, message: Message, *, thread_ts: str | None = None, metadata: dict[str, Any] | None = None
    ) -> Posted:
        """Posts; raises `OutcomeUnknown` where it may have arrived."""
        call = self.client.chat_postMessage(
            channel=channel,
            text=message.text,
            blocks=message.blocks,
            thread_ts=thread_ts,
            metadata={"event_type": ids.OUTBOX_EVENT, "event_payload": metadata} if metadata else None,
            unfurl_links=False,
            unfurl_media=False,
        )
        said = await self._call("chat.postMessage", call, _POST_SECONDS)
        return Posted(said["channel"], said["ts"])

    async def update(self, posted: Posted, message: Message, *, metadata: dict[str, Any] | None = None) -> None:
        """Replaces what stands there; the same twice is the same."""
        call = self.client.chat_update(
            channel=posted.channel,
            ts=posted.ts,
            text=message.text,
            blocks=message.blocks,
            metadata={"event_type": ids.OUTBOX_EVENT, "event_payload": metadata} if metadata else None,
        )
        await self._call("chat.update", call, _POST_SECONDS)

    async def delete(self, posted: Posted) -> None:
        """Takes it back; what is gone already is gone."""
        call = self.client.chat_delete(channel=posted.channel, ts=posted.ts)
        try:
            await self._call("chat.delete", call, _POST_SECONDS)
        except SlackRefused as error:
            if error.code != "message_not_found":
                raise

    async def ephemeral(self, channel: str, user: str, message: Message, *, thread_ts: str | None = None) -> None:
        """For `user`'s eyes, until they reload. Not certain to arrive: nothing that matters may stand only there."""
        call = self.client.chat_postEphemeral(
            channel=channel, user=user, text=message.text, blocks=message.blocks, thread_ts=thread_ts
        )
        await self._call("chat.postEphemeral", call, _POST_SECONDS)

    async def respond(self, url: str, message: Message, *, replace: bool = False) -> None:
        """Answers through a `response_url`: five times in half an hour, then `SlackRefused("expired_url")`."""
        body = {
            "response_type": "ephemeral",
            "replace_original": replace,
            "text": message.text,
            "blocks": message.blocks,
        }
        await self._call("response_url", history.respond(self._session, url, body), _POST_SECONDS)

    async def open_dm(self, user: str) -> str:
        """The channel of the conversation with `user`."""

        async def ask() -> str:
            call = self.client.conversations_open(users=[user])
            return str((await self._call("conversations.open", call, _READ_SECONDS))["channel"]["id"])

        return (await self._dms.get(user, ask)).value

    async def history_find(
        self, channel: str, outbox_id: str, *, thread_ts: str | None, since: datetime
    ) -> history.Found | None:
        """The message that carries `outbox_id`, if it arrived. Looks through everything since `since`."""
        async with aclosing(self._pages(channel, thread_ts, since)) as pages:
            async for messages in pages:
                if found := history.found(messages, outbox_id):
                    return found
        return None

    async def _pages(
        self, channel: str, thread_ts: str | None, since: datetime
    ) -> AsyncGenerator[Sequence[Mapping[str, Any]], None]:
        """What was said there since `since`, some at a time. Raises `OutcomeUnknown` where it is too much."""
        oldest = f"{since.timestamp():.6f}"
        cursor: str | None = None
        for _ in range(history.PAGES):
            if thread_ts:
                call = self.client.conversations_replies(
                    channel=channel, ts=thread_ts, oldest=oldest, limit=200, cursor=cursor, include_all_metadata=True
                )
                method = "conversations.replies"
            else:
                call = self.client.conversations_history(
                    channel=channel, oldest=oldest, limit=200, cursor=cursor, include_all_metadata=True
                )
                method = "conversations.history"
            said = await self._call(method, call, _READ_SECONDS)
            yield said.get("messages", [])
            cursor = (said.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                return
        raise OutcomeUnknown(f"#{channel} is too busy to look for a message from {oldest} on.")

    async def view_open(self, trigger: str, view: dict[str, Any]) -> dict[str, Any]:
        """Opens a modal, on top of one that is open already, and gives it as Slack has it (`id`, `hash`)."""
        call = self.client.views_open(trigger_id=trigger, view=view)
        return dict((await self._call("views.open", call, _VIEW_SECONDS))["view"])

    async def view_push(self, trigger: str, view: dict[str, Any]) -> dict[str, Any]:
        call = self.client.views_push(trigger_id=trigger, view=view)
        return dict((await self._call("views.push", call, _VIEW_SECONDS))["view"])

    async def view_update(self, view_id: str, view: dict[str, Any], *, hash: str | None = None) -> None:
        """With `hash`, only if nobody changed it since: Slack refuses with `hash_conflict`."""
        await self._call("views.update", self.client.views_update(view_id=view_id, view=view, hash=hash), _READ_SECONDS)

    async def view_publish(self, user: str, view: dict[str, Any]) -> None:
        """App Home of `user`."""
        await self._call("views.publish", self.client.views_publish(user_id=user, view=view), _READ_SECONDS)

    async def group_members(self, group: str, *, fresh: float | None = None) -> Aged[frozenset[str]]:
        """User ids, and how old the answer is: while Slack fails, one of up to 15 minutes serves."""

        async def ask() -> frozenset[str]:
            call = self.client.usergroups_users_list(usergroup=group)
            return frozenset((await self._call("usergroups.users.list", call, _READ_SECONDS))["users"])

        return await self._groups.get(group, ask, fresh)

    async def groups(self) -> list[Group]:
        """All user groups with their members, the disabled ones too."""
        call = self.client.usergroups_list(include_disabled=True, include_users=True)
        said = await self._call("usergroups.list", call, _READ_SECONDS)
        found = said["usergroups"]
        return [Group(g["id"], frozenset(g.get("users") or ()), bool(g.get("date_delete"))) for g in found]

    async def group_enable(self, group: str) -> None:
        await self._call("usergroups.enable", self.client.usergroups_enable(usergroup=group), _READ_SECONDS)

    async def group_disable(self, group: str) -> None:
        """Nobody can mention it then; it keeps its members."""
        await self._call("usergroups.disable", self.client.usergroups_disable(usergroup=group), _READ_SECONDS)

    async def group_update(self, group: str, users: Sequence[str]) -> None:
        """Replaces the members. Slack takes no empty list, no guests and no bots; refusals are for the admins."""
        if not users:
            raise ValueError("a user group is never emptied; it keeps whom it had")
        call = self.client.usergroups_users_update(usergroup=group, users=list(users))
        await self._call("usergroups.users.update", call, _READ_SECONDS)
        self._groups.forget(group)

    async def user(self, id: str) -> User:
        async def ask() -> User:
            said = (await self._call("users.info", self.client.users_info(user=id), _READ_SECONDS))["user"]
            profile = said.get("profile") or {}
            return User(
                id,
                profile.get("display_name") or said.get("real_name") or said.get("name", id),
                said.get("tz") or "UTC",
                bool(said.get("deleted")),
                bool(said.get("is_restricted") or said.get("is_ultra_restricted")),
                bool(said.get("is_stranger")) or bool(self._team and said.get("team_id") not in (None, self._team)),
                bool(said.get("is_bot")),
            )

        return (await self._users.get(id, ask)).value

    async def silent_until(self, user: str) -> datetime | None:
        """Until when Slack makes no sound for this person, by its clock; None: it does. Not kept: it changes at a tap.

        Of a snooze Slack tells an app no more than what it puts into the same two times.
        """
        said = await self._call("dnd.info", self.client.dnd_info(user=user), _READ_SECONDS)
        now, start, end = self._clock.now().timestamp(), said.get("next_dnd_start_ts"), said.get("next_dnd_end_ts")
        if not said.get("dnd_enabled") or not isinstance(start, int) or not isinstance(end, int):
            return None
        return datetime.fromtimestamp(end, UTC) if start <= now < end else None

    async def channel(self, id: str) -> Channel:
        async def ask() -> Channel:
            call = self.client.conversations_info(channel=id)
            said = (await self._call("conversations.info", call, _READ_SECONDS))["channel"]
            shared = bool(said.get("is_ext_shared"))
            archived, member = bool(said.get("is_archived")), bool(said.get("is_member"))
            return Channel(id, said.get("name", ""), shared, archived, member)

        return (await self._channels.get(id, ask)).value

    async def members(self, channel: str) -> frozenset[str]:
        """User ids of who is in the channel; remembered for a while."""

        async def ask() -> frozenset[str]:
            found: set[str] = set()
            cursor = ""
            for _ in range(_MEMBER_PAGES):
                call = self.client.conversations_members(channel=channel, cursor=cursor, limit=200)
                said = await self._call("conversations.members", call, _READ_SECONDS)
                found |= set(said["members"])
                cursor = (said.get("response_metadata") or {}).get("next_cursor") or ""
                if not cursor:
                    break
            return frozenset(found)

        return (await self._members.get(channel, ask)).value

    async def message(self, channel: str, ts: str) -> dict[str, Any] | None:
        """The message as Slack has it, at the top or in a thread; None where it is gone."""
        call = self.client.conversations_replies(channel=channel, ts=ts, latest=ts, inclusive=True, limit=1)
        try:
            said = await self._call("conversations.replies", call, _READ_SECONDS)
        except SlackRefused as error:
            if error.code in ("thread_not_found", "message_not_found"):
                return None
            raise
        return next((dict(m) for m in said.get("messages", []) if m.get("ts") == ts), None)

    async def pin(self, posted: Posted) -> None:
        call = self.client.pins_add(channel=posted.channel, timestamp=posted.ts)
        try:
            await self._call("pins.add", call, _READ_SECONDS)
        except SlackRefused as error:
            if error.code != "already_pinned":
                raise

    def forget(self, id: str) -> None:
        """An event said that this user, channel or group has changed."""
        for cache in (self._users, self._channels, self._groups, self._members):
            cache.forget(id)

    async def socket_address(self, app_token: str) -> str:
        """Where one Socket Mode connection may be opened, once and soon."""
        call = self.client.apps_connections_open(app_token=app_token)
        return str((await self._call("apps.connections.open", call, _READ_SECONDS))["url"])

    async def permalink(self, posted: Posted) -> str:
        call = self.client.chat_getPermalink(channel=posted.channel, message_ts=posted.ts)
        return str((await self._call("chat.getPermalink", call, _READ_SECONDS))["permalink"])

    async def upload(self, name: str, content: bytes, *, alt: str) -> str:
        """Brings the bytes to Slack; gives the file's id. Nobody sees it before `share`, and Slack forgets it then."""
        call = self.client.files_getUploadURLExternal(filename=name, length=len(content), alt_txt=alt)
        said = await self._call("files.getUploadURLExternal", call, _READ_SECONDS)
        sent = history.upload(self._session, said["upload_url"], content)
        await self._call("files.getUploadURLExternal", sent, _UPLOAD_SECONDS)
        return str(said["file_id"])

    async def share(self, file: str, title: str, channel: str, *, thread_ts: str | None = None) -> None:
        """Posts an uploaded file; raises `OutcomeUnknown` where it may have arrived. It may be seen a second later."""
        call = self.client.files_completeUploadExternal(
            files=[{"id": file, "title": title}], channel_id=channel, thread_ts=thread_ts
        )
        await self._call("files.completeUploadExternal", call, _POST_SECONDS)

    async def file_find(self, channel: str, file: str, *, thread_ts: str | None, since: datetime) -> bool:
        """Whether a message with that file arrived. Looks through everything since `since`."""
        async with aclosing(self._pages(channel, thread_ts, since)) as pages:
            async for messages in pages:
                if history.has_file(messages, file):
                    return True
        return False

    async def add_reaction(self, posted: Posted, name: str) -> None:
        call = self.client.reactions_add(channel=posted.channel, timestamp=posted.ts, name=name)
        try:
            await self._call("reactions.add", call, _READ_SECONDS)
        except SlackRefused as error:
            if error.code != "already_reacted":
                raise

    async def _call(self, method: str, call: Awaitable[Any], seconds: float) -> Any:
        try:
            async with asyncio.timeout(seconds):
                return await call
        except (SlackApiError, SlackClientError, aiohttp.ClientError, TimeoutError, OSError) as error:
            raise translated(error, method, self._clock.now()) from error
