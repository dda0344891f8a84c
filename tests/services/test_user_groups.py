"""User groups that hold whoever is on duty: few calls, read first, never empty; a refusal is only a warning."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import templates
from bot.clock import ManualClock
from bot.config.file import Config
from bot.roster.tables import TimeOffRow
from bot.shifts.groups import AGAIN, SPACING, Groups
from bot.shifts.messages import Messages
from bot.slack.errors import OutcomeUnknown, RateLimited, SlackRefused
from bot.slack.gateway import Group
from bot.slack.render import Renderer
from bot.store.database import Database
from tests.services.test_shift_notices import override
from tests.services.ward import Ward

NOON = datetime(2026, 3, 24, 11, tzinfo=UTC)
"""A Tuesday noon in Berlin; in India it is 16:30, in Sydney and Los Angeles night."""
EU, LEAD = "S0SUPPORTEU", "S0ONCALL"


@dataclass
class Workspace:
    """Slack's groups, as far as this asks for them, and what it is told to answer."""

    found: dict[str, Group]
    fails: list[Exception] = field(default_factory=list)
    refuses: dict[str, str] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)

    async def groups(self) -> list[Group]:
        self._called("list")
        return list(self.found.values())

    async def group_enable(self, group: str) -> None:
        self._called(f"enable {group}", group)
        self.found[group] = replace(self.found[group], disabled=False)

    async def group_disable(self, group: str) -> None:
        self._called(f"disable {group}", group)
        self.found[group] = replace(self.found[group], disabled=True)

    async def group_update(self, group: str, users: list[str]) -> None:
        assert users, "Slack takes no empty list"
        self._called(f"update {group}", group)
        assert not self.found[group].disabled
        self.found[group] = replace(self.found[group], members=frozenset(users))

    def _called(self, what: str, group: str = "") -> None:
        self.calls.append(what)
        if self.fails:
            raise self.fails.pop(0)
        if group in self.refuses:
            raise SlackRefused(self.refuses[group], "usergroups.users.update")


class Lane:
    """The service, its Slack, and real time that passes as the test says."""

    def __init__(self, ward: Ward) -> None:
        self.ward, self.real = ward, 1000.0
        regions = tuple(r if r.id == "eu" else replace(r, user_group=None) for r in ward.directory.regions)
        ward.directory = replace(ward.directory, regions=regions, on_duty_group=LEAD)
        members = frozenset({"U0MIRA"})
        self.slack = Workspace({id: Group(id, members, disabled=False) for id in (EU, LEAD)})
        words = Messages(ward.outbox, ward.renderer, lambda: ward.directory)
        directory = lambda: ward.directory  # noqa: E731
        self.groups = Groups(
            ward.db, ward.clock, directory, ward.roster, self.slack, words, monotonic=lambda: self.real
        )

    async def rings(self, times: int = 12, apart: float = SPACING) -> None:
        for _ in range(times):
            await self.groups.tick()
            self.real += apart

    async def warned(self) -> list[str]:
        return await self.ward.told("groups/")


@pytest.fixture
async def lane(tmp_path: Path, config: Config) -> AsyncIterator[Lane]:
    db = Database.open(f"sqlite:///{tmp_path}/test.sqlite3")
    await db.migrate()
    yield Lane(Ward(config, db, ManualClock(NOON), Renderer(Path(templates.__file__).parent)))
    await db.close()


async def on(lane: Lane, *roles: str) -> frozenset[str]:
    async with lane.ward.db.read() as tx:
        moment = await lane.ward.roster.moment(tx, lane.ward.clock.now())
    return frozenset(h.slack for h in moment.holders if h.region == "eu" and h.role in roles)


async def test_at_the_start_each_group_holds_who_is_on_duty(lane: Lane) -> None:
    await lane.rings()
    assert lane.slack.found[EU].members == await on(lane, "primary", "secondary")
    assert lane.slack.found[LEAD].members == await on(lane, "primary")
    assert lane.slack.calls == ["list", f"update {LEAD}", f"update {EU}"]


async def test_nothing_is_asked_while_nothing_changes(lane: Lane) -> None:
    """Grafana OnCall 945: every alert waited for calls that changed nothing."""
    await lane.rings(200, 1.0)
    assert len(lane.slack.calls) == 3


async def test_an_override_and_its_end_move_the_members(lane: Lane) -> None:
    await lane.rings()
    (holder,) = await on(lane, "primary")
    await lane.ward.add(override("regulus", holder.removeprefix("U0").lower(), NOON, NOON + timedelta(hours=1)))
    await lane.rings()
    assert lane.slack.found[LEAD].members == {"U0REGULUS"}
    lane.ward.clock.advance(timedelta(hours=1))
    await lane.rings()
    assert lane.slack.found[LEAD].members == {holder}


async def test_what_somebody_edits_by_hand_is_put_right_in_half_an_hour(lane: Lane) -> None:
    await lane.rings()
    lane.slack.found[EU] = replace(lane.slack.found[EU], members=frozenset({"U0VEGA"}))
    await lane.rings(4)
    assert lane.slack.found[EU].members == {"U0VEGA"}
    lane.real += AGAIN
    await lane.rings(4)
    assert lane.slack.found[EU].members == await on(lane, "primary", "secondary")


async def test_writing_calls_are_spaced(lane: Lane) -> None:
    """However often it rings: one call of a method every few seconds."""
    await lane.rings(3, 0.1)
    assert len(lane.slack.calls) == 2


@pytest.mark.parametrize("disable", [False, True])
async def test_at_night_a_group_is_never_emptied(lane: Lane, disable: bool) -> None:
    """It keeps whom it had, or is disabled until somebody is on duty; a night is no gap, so nobody is warned of it."""
    lane.ward.directory = replace(lane.ward.directory, disable_empty_groups=disable)
    await lane.rings()
    before = lane.slack.found[EU].members
    lane.ward.clock.jump(datetime(2026, 3, 24, 22, tzinfo=UTC))
    await lane.rings()
    assert lane.slack.found[EU] == Group(EU, before, disabled=disable)
    assert not [text for text in await lane.warned() if EU in text]
    lane.ward.clock.jump(datetime(2026, 3, 25, 11, tzinfo=UTC))
    await lane.rings()
    assert lane.slack.found[EU] == Group(EU, await on(lane, "primary", "secondary"), disabled=False)


async def test_a_shift_that_nobody_has_is_a_warning_once_a_day(lane: Lane) -> None:
    everybody = [TimeOffRow(source=p.id, person=p.id, start=NOON, end=NOON + timedelta(days=3), made_at=NOON,
                            made_by="U0") for p in lane.ward.directory.people]  # fmt: skip
    await lane.ward.add(*everybody)
    await lane.rings(30)
    warned = await lane.warned()
    assert sum("keeps whom it had" in text and EU in text for text in warned) == 1
    assert lane.slack.found[EU].members == {"U0MIRA"}


async def test_grafana_oncall_4087_a_rate_limit_is_waited_for_and_told_once(lane: Lane) -> None:
    limited = [RateLimited("usergroups.users.update", 60, NOON) for _ in range(3)]
    await lane.rings(1)
    lane.slack.fails = list(limited)
    await lane.rings(100)
    updates = [call for call in lane.slack.calls if call.startswith("update")]
    assert len(updates) <= 5, "it waited as long as it was told to"
    assert len(await lane.warned()) == 1
    assert lane.slack.found[EU].members == await on(lane, "primary", "secondary")


@pytest.mark.parametrize("code", ["permission_denied", "user_is_ultra_restricted", "invalid_users"])
async def test_a_refusal_is_told_once_with_what_to_do_and_stops_no_other_group(lane: Lane, code: str) -> None:
    lane.slack.refuses[EU] = code
    await lane.rings(60, 10.0)
    (told,) = await lane.warned()
    assert code in told
    assert "keeps whom it had" in told
    assert lane.slack.found[LEAD].members == await on(lane, "primary")
    assert lane.slack.calls.count(f"update {EU}") == 1


async def test_a_group_that_slack_does_not_know_is_told(lane: Lane) -> None:
    del lane.slack.found[EU]
    await lane.rings()
    (told,) = await lane.warned()
    assert f"Slack has no user group {EU}" in told


async def test_an_answer_that_does_not_come_is_looked_at_again(lane: Lane) -> None:
    """Whether it was done is not known: read first."""
    await lane.rings(1)
    lane.slack.fails = [OutcomeUnknown("no answer")]
    await lane.rings(40)
    assert lane.slack.calls[:3] == ["list", f"update {LEAD}", "list"]
    assert lane.slack.found[LEAD].members == await on(lane, "primary")
    assert await lane.warned() == []


async def test_without_groups_in_the_file_slack_is_not_asked(lane: Lane) -> None:
    regions = tuple(replace(r, user_group=None) for r in lane.ward.directory.regions)
    lane.ward.directory = replace(lane.ward.directory, regions=regions, on_duty_group=None)
    await lane.rings()
    assert lane.slack.calls == []
