"""What a person types and clicks, from the envelope to the words they read; services are real, Slack is not there."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from bot.directory.access import EVERYTHING, Actor, KubernetesIdentity
from bot.directory.model import Directory, Role
from bot.errors import UserError
from bot.slack.render import Message, Renderer
from handlers import cluster, job
from handlers.incoming import Incoming
from tests.unit.actions.test_service import VEGA, Setting, db, plain

__all__ = ["db", "plain"]
ROOT = Path(__file__).parents[3] / "templates"
DIRECTORY = Directory((), (), (), (), "C0HANDOFF", "C0ADMIN", commands={"cluster": "/fleet", "job": "/job"})


class Room:
    """Listeners that are called by hand, and what was answered: (message, whether it replaced the clicked one)."""

    def __init__(self, setting: Setting) -> None:
        self.listeners: dict[str, Callable[[Incoming], Awaitable[None]]] = {}
        self.answers: list[tuple[Message, bool]] = []
        self._envelopes = 0
        renderer = Renderer(ROOT)
        diagnose = setting.actions._diagnose
        cluster.register(self, diagnose, renderer, lambda: DIRECTORY)  # type: ignore[arg-type]
        job.register(self, diagnose, setting.actions, renderer, lambda: DIRECTORY)  # type: ignore[arg-type]

    def command(self, name: str, listener: Any) -> None:
        self.listeners[name] = listener

    action = command

    async def answer(self, incoming: Incoming, message: Message, *, replace: bool = False) -> None:
        self.answers.append((message, replace))

    async def types(self, line: str, who: Actor = VEGA) -> str:
        name, _, text = line.partition(" ")
        return await self._send(name, {"command": name, "text": text}, who)

    async def clicks(self, action: str, value: str, who: Actor = VEGA) -> str:
        return await self._send(action, {"actions": [{"action_id": action, "value": value}]}, who)

    async def _send(self, name: str, body: Any, who: Actor) -> str:
        self._envelopes += 1
        await self.listeners[name](Incoming(f"trigger/{self._envelopes}", who, body, "C0TRIAGE"))
        return self.answers[-1][0].text

    def plan(self) -> str:
        return str(self.answers[-1][0].blocks[-1]["elements"][0]["value"])


@pytest.fixture
def room(plain: Setting) -> Room:
    return Room(plain)


async def test_health_and_why_are_answered(room: Room) -> None:
    assert (await room.types("/fleet health")).startswith("sol: nothing is broken")
    assert "llm is running" in await room.types("/job why llm")


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("/fleet", "How to use /fleet"),
        ("/fleet helth", "Did you mean /fleet health"),
        ("/job", "How to use /job"),
        ("/job wy llm", "Did you mean /job why"),
        ("/job help", "How to use /job"),
    ],
)
async def test_what_is_not_understood_is_explained(room: Room, typed: str, says: str) -> None:
    """The command is called what the workspace calls it."""
    assert says in await room.types(typed)


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("/job why", "Which job"),
        ("/job why lln", "There is no job lln"),
        ("/fleet health sol extra", "“extra” is one word too many"),
    ],
)
async def test_what_cannot_be_done_says_what_is_missing(room: Room, typed: str, says: str) -> None:
    with pytest.raises(UserError, match=says):
        await room.types(typed)


async def test_suspend_is_planned_confirmed_and_told_in_the_plans_place(room: Room) -> None:
    assert "Nothing has been done yet" in await room.types("/job suspend llm")
    plan = room.plan()
    assert "<@U0VEGA> has suspended aurora-train/llm" in await room.clicks("job.confirm", plan)
    assert room.answers[-1][1] is True


async def test_the_second_click_is_told_who_was_first(room: Room) -> None:
    """Beside the outcome, which stays: it says how to undo what was done."""
    await room.types("/job suspend llm")
    plan = room.plan()
    await room.clicks("job.confirm", plan)
    assert "<@U0VEGA> has already suspended" in await room.clicks("job.confirm", plan)
    assert room.answers[-1][1] is False


async def test_cancel_takes_the_buttons_away(room: Room) -> None:
    await room.types("/job suspend llm")
    assert "has cancelled it" in await room.clicks("job.cancel", room.plan())
    assert all(block["type"] != "actions" for block in room.answers[-1][0].blocks)


async def test_who_has_no_role_here_learns_nothing(room: Room) -> None:
    nobody = Actor("U0X", Role.CLIENT, access_to_nothing(), KubernetesIdentity("slack:U0X", ()))
    with pytest.raises(UserError, match="no cluster that you may look at"):
        await room.types("/fleet health", nobody)


def access_to_nothing() -> Any:
    from bot.directory.access import NOTHING

    assert NOTHING is not EVERYTHING
    return NOTHING
