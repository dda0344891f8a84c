"""Policies and steps that can end with nobody are refused, those that nothing comes to are warned of."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.config import advice
from bot.config.file import load
from tests.unit.config.rosters import ENV, EXAMPLE, changed, line_of, problems

STEPS = EXAMPLE[EXAMPLE.index("      steps:\n") : EXAMPLE.index("      repeat: 3\n")]
NOW = datetime(2026, 11, 24, tzinfo=UTC)


def with_steps(*steps: str, text: str = EXAMPLE) -> str:
    return changed(STEPS, "      steps:\n" + "".join(f"        - {step}\n" for step in steps), text)


def policy_before(text: str) -> str:
    return changed("    - id: default\n", f"    - {text}\n    - id: default\n")


def warnings(tmp_path: Path, text: str) -> list[str]:
    file = tmp_path / "heliograph.yaml"
    file.write_text(text)
    found = load(file, ENV)
    return [what for path, what in advice.warnings(found, NOW, ENV) if path[0] == "escalation"]


def test_every_kind_of_target_is_read(tmp_path: Path) -> None:
    text = with_steps(
        "{targets: [primary, {role: secondary, region: eu}, {person: vega}, {rotation: us-primary}], wait_minutes: 5}"
    )
    (tmp_path / "heliograph.yaml").write_text(text)
    [step] = load(tmp_path / "heliograph.yaml", ENV).escalation().policies[0].steps
    assert list(map(str, step.targets)) == ["role:primary", "role:secondary@eu", "person:vega", "rotation:us-primary"]


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("{role: primary, region: mars}", "`region`: there is no region `mars` in this file"),
        ("{person: vegga}", "`person`: there is no person `vegga` in this file; did you mean `vega`?"),
        ("{rotation: us-primry}", "`rotation`: there is no rotation `us-primry` in this file"),
        ("{role: primary, person: vega}", "write exactly one of them"),
        ("{region: eu}", "write exactly one of them"),
        ("{person: vega, region: eu}", "`region`: it belongs to a `role`"),
        ("boss", "`role`: `boss` is not right; write `primary`, `secondary` or `manager`"),
    ],
)
def test_a_target_that_is_nobody_is_refused_with_its_line(tmp_path: Path, target: str, said: str) -> None:
    text = with_steps(f"{{targets: [{target}], wait_minutes: 5}}")
    [problem] = problems(tmp_path, text)
    assert said in problem
    assert problem.startswith(f"heliograph.yaml:{line_of(text, '{targets: [')}:")


def test_the_last_policy_fits_always(tmp_path: Path) -> None:
    """What no policy is for would page nobody."""
    [problem] = problems(tmp_path, changed("    - id: default\n", "    - id: default\n      when: {weekdays: [mon]}\n"))
    assert "`when`: the last policy is for every page that is left; remove its `when`" in problem


def test_a_policy_whose_steps_can_never_find_anybody_is_refused(tmp_path: Path) -> None:
    """Every page would end at the last resort, without anybody on duty having heard of it."""
    text = "\n".join(line for line in EXAMPLE.splitlines() if "role: manager" not in line)
    [problem] = problems(tmp_path, with_steps("{targets: [manager], wait_minutes: 5}", text=text + "\n"))
    assert problem.endswith("`steps`: no rule ever puts a manager on duty; write one in `rules`")


def test_a_policy_whose_conditional_steps_leave_an_hour_to_nobody_is_refused(tmp_path: Path) -> None:
    """At 17:00 in Berlin the one is over and the other has not begun: which hour, by whose clocks, is said."""
    text = with_steps(
        '{targets: [primary], wait_minutes: 5, when: {start: "08:00", end: "17:00", zone: Europe/Berlin}}',
        '{targets: [manager], wait_minutes: 5, when: {start: "18:00", end: "08:00", zone: Europe/Berlin}}',
    )
    [problem] = problems(tmp_path, text)
    assert "`steps`: for a page on Tue at 03:00 (Australia/Sydney) none of them applies" in problem
    assert problem.endswith("write a step without `when` as the last one")
    whole = changed('when: {start: "18:00"', 'when: {start: "17:00"', text)
    [said] = warnings(tmp_path, whole)
    assert "nobody is manager now" in said, "at weekends: the conditions are whole, the rota is not"


def test_an_hour_that_is_open_only_while_clocks_differ_otherwise_is_refused(tmp_path: Path) -> None:
    """In America clocks go forward three weeks before Europe's: 23:00 in Los Angeles is 07:00 in Berlin then."""
    text = with_steps(
        '{targets: [primary], wait_minutes: 5, when: {start: "08:00", end: "20:00", zone: Europe/Berlin}}',
        '{targets: [primary], wait_minutes: 5, when: {start: "11:00", end: "23:00", zone: America/Los_Angeles}}',
    )
    [problem] = problems(tmp_path, text)
    assert "as clocks differ on" in problem
    assert "March 2026, none of them applies; write a step without `when` as the last one" in problem
    (tmp_path / "heliograph.yaml").write_text(changed('end: "23:00"', 'end: "00:00"', text))
    load(tmp_path / "heliograph.yaml", ENV)


@pytest.mark.parametrize(
    ("when", "said"),
    [
        ("{clients: [aurora, aurora]}", "`clients`: `aurora` is already the client of this condition in line"),
        ("{severities: [sev1, sev1]}", "`severities`: `sev1` is already the severity of this condition in line"),
        ("{weekdays: [mon, mon]}", "`weekdays`: `mon` is already the weekday of this condition in line"),
    ],
)
def test_what_stands_twice_in_a_condition_is_refused(tmp_path: Path, when: str, said: str) -> None:
    step = "{targets: [primary], wait_minutes: 5}"
    text = with_steps(f"{{targets: [manager], wait_minutes: 5, when: {when}}}", step)
    [problem] = problems(tmp_path, text)
    assert said in problem


@pytest.mark.parametrize("targets", ["primary, primary", "{person: vega}, {person: vega}", "primary, {role: primary}"])
def test_a_target_that_stands_twice_in_a_step_is_refused(tmp_path: Path, targets: str) -> None:
    [problem] = problems(tmp_path, with_steps(f"{{targets: [{targets}], wait_minutes: 5}}"))
    assert "is already the target of this step in line" in problem


def test_a_policy_that_steps_by_severity_leaves_no_severity_to_nobody(tmp_path: Path) -> None:
    step = "{{targets: [primary], wait_minutes: 5, when: {{severities: [{}]}}}}"
    [problem] = problems(tmp_path, with_steps(step.format("sev1")))
    assert "none of them applies" in problem
    only_grave = "{id: grave, when: {severities: [sev1]}, steps: [" + step.format("sev1") + "]}"
    assert warnings(tmp_path, policy_before(only_grave)) == []


def test_a_policy_that_no_page_comes_to_is_warned_of(tmp_path: Path) -> None:
    both = policy_before("{id: all, steps: [{targets: [primary], wait_minutes: 5}]}")
    assert warnings(tmp_path, both) == [
        "no page comes to the policy default by itself: an earlier one is for all of them"
    ]


def test_a_step_that_no_page_comes_to_is_warned_of(tmp_path: Path) -> None:
    late = "{targets: [manager], wait_minutes: 5, when: {weekdays: [sun]}}"
    text = policy_before(
        "{id: week, when: {weekdays: [mon, tue]}, steps: [{targets: [primary], wait_minutes: 5}, " + late + "]}"
    )
    assert warnings(tmp_path, text) == ["its `when` never holds for a page of week, so it is passed over"]


def test_a_role_that_nobody_ever_has_is_warned_of(tmp_path: Path) -> None:
    text = "\n".join(line for line in EXAMPLE.splitlines() if "role: manager" not in line)
    assert warnings(tmp_path, text) == ["no rule puts a manager on duty, so this step is passed over"]


def test_two_policies_of_one_name_are_refused(tmp_path: Path) -> None:
    twice = policy_before("{id: default, steps: [{targets: [primary], wait_minutes: 5}]}")
    assert "`id`: `default` is already the policy in line" in problems(tmp_path, twice)[0]


def test_the_first_hour_in_which_only_the_last_resort_is_found_is_named(tmp_path: Path) -> None:
    """A rotation of Europe alone: at its first weekend night everybody in it sleeps."""
    text = with_steps("{targets: [{rotation: eu-primary}], wait_minutes: 5}")
    [said] = warnings(tmp_path, text)
    assert said.startswith("the policy default finds nobody but its last resort for a page of ")
    assert "from Sat 28 Nov 2026" in said
    assert "it is Sat 00:00 where Mira is" in said
    assert said.endswith("Put somebody on duty then, or add a step for another role, region, person or rotation.")
