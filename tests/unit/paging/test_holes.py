"""Where a policy finds nobody but its last resort: compared with asking every quarter of an hour."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.config.file import Config, load
from bot.paging import holes, model
from bot.paging.reach import Reach
from bot.roster.model import Holder, Moment
from schedules.rota import resolve
from schedules.rota.model import Rota, TimeOff
from tests.unit.config.rosters import ENV, EXAMPLE

START = datetime(2026, 11, 24, 16, 5, tzinfo=UTC)
QUARTER = timedelta(minutes=15)
US_WEEKEND = "  - {region: us, role: weekend,"


def read(folder: Path, text: str) -> Config:
    file = folder / "heliograph.yaml"
    file.write_text(text)
    return load(file, ENV)


def without(text: str, start: str) -> str:
    """The example without the lines that begin so."""
    left = [line for line in text.splitlines() if not line.startswith(start)]
    assert len(left) < len(text.splitlines()), start
    return "\n".join(left) + "\n"


def policies(text: str, written: str) -> str:
    """The example with other policies."""
    at = text.index("  policies:")
    end = text.index("\n  last_resort", at)
    return text[:at] + "  policies:\n" + written + text[end:]


def brute(config: Config, rota: Rota, end: datetime) -> dict[str, datetime]:
    """Policy → the first quarter of an hour at which a page of it climbs straight to the last resort."""
    escalation, directory, found = config.escalation(), config.directory(), dict[str, datetime]()
    at = START
    while at < end:
        moment = _moment(rota, at)
        for region in directory.regions:
            for severity in ("", "sev1", "sev3"):
                about = model.About(region.zone, severity)
                policy = escalation.of(about, at)
                find = Reach(moment, rota, directory, region.id).find
                if (
                    policy.id not in found
                    and moment.lead
                    and model.climb(policy, model.Position(), find, about, at).last
                ):
                    found[policy.id] = at
        at += QUARTER
    return found


def _moment(rota: Rota, at: datetime) -> Moment:
    now = resolve.at(rota, at)
    holders = [Holder(s.person, s.person, "", s.region, s.region, s.role.value, s.start, s.end) for s in now.shifts]
    return Moment(at, now.lead, None, None, None, tuple(holders))


def test_the_example_has_none_in_a_year(tmp_path: Path) -> None:
    config = read(tmp_path, EXAMPLE)
    year = START + timedelta(days=365)
    assert holes.first(config.escalation(), config.rota(), config.directory(), START, year) == ()


NIGHTLY = """    - id: nights
      when: {start: "22:00", end: "06:00"}
      steps: [{targets: [secondary], wait_minutes: 5}]
    - id: severe
      when: {severities: [sev1], weekdays: [sat, sun]}
      steps: [{targets: [manager], wait_minutes: 5}]
    - id: default
      steps: [{targets: [primary], wait_minutes: 5}]
"""
ROTATION = """    - id: default
      steps: [{targets: [{rotation: eu-primary}], wait_minutes: 5}]
"""
OTHER_REGION = """    - id: default
      steps:
        - {targets: [{role: primary, region: us}], wait_minutes: 5, when: {weekdays: [mon, tue, wed, thu, fri]}}
        - {targets: [{person: mira}], wait_minutes: 5}
"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (without(EXAMPLE, US_WEEKEND), set()),
        (policies(EXAMPLE, NIGHTLY), {"nights", "severe"}),
        (policies(EXAMPLE, ROTATION), {"default"}),
        (policies(EXAMPLE, OTHER_REGION), {"default"}),
        (policies(without(EXAMPLE, US_WEEKEND), NIGHTLY), {"nights", "severe"}),
    ],
    ids=["no weekend shift", "conditions", "a rotation that sleeps", "region and person", "both"],
)
def test_the_first_hole_of_each_policy_is_the_one_that_a_look_at_every_quarter_finds(
    tmp_path: Path, text: str, expected: set[str]
) -> None:
    """Nothing is missed between the instants that are tried, and nothing is found that is not there.

    Where nobody is on duty anywhere another rule says so.
    """
    config, end = read(tmp_path, text), START + timedelta(days=9)
    found = holes.first(config.escalation(), config.rota(), config.directory(), START, end)
    slow = brute(config, config.rota(), end)
    assert {hole.policy for hole in found} == set(slow) == expected
    for hole in found:
        assert timedelta() <= slow[hole.policy] - hole.at < QUARTER


def test_time_off_of_all_who_could_answer_is_a_hole_for_as_long_as_it_lasts(tmp_path: Path) -> None:
    config = read(tmp_path, policies(EXAMPLE, ROTATION))
    off, back = datetime(2026, 12, 2, 9, tzinfo=UTC), datetime(2026, 12, 2, 15, 30, tzinfo=UTC)
    away = tuple(TimeOff(person, off, back) for person in ("mira", "capella", "altair"))
    rota = replace(config.rota(), time_off=away)
    monday = datetime(2026, 11, 30, 9, tzinfo=UTC)
    [hole] = holes.first(config.escalation(), rota, config.directory(), monday, monday + timedelta(days=4))
    assert (hole.at, hole.until) == (off, back)
    assert hole.why == ("Mira is away", "Capella is away", "Altair is away")


def test_the_sentence_says_when_by_the_clocks_of_the_region_and_why(tmp_path: Path) -> None:
    config = read(tmp_path, policies(EXAMPLE, ROTATION))
    [hole] = holes.first(config.escalation(), config.rota(), config.directory(), START, START + timedelta(days=30))
    said = holes.sentence(hole, config.directory())
    assert "the policy default finds nobody but its last resort for a page of" in said
    assert "Sat 28 Nov 2026" in said
    assert "it is Sat 00:00 where Mira is" in said
