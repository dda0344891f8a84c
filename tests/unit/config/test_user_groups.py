"""Groups that Heliograph keeps are each one thing's, and none of them gives rights."""

from pathlib import Path

import pytest

from tests.unit.config.rosters import changed, line_of, problems


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("empty_groups: leave", "on_duty_group: S0LEADS"),
        ("user_group: S0SUPPORTEU", "user_group: S0LEADS"),
        ("user_group: S0SUPPORTEU", "on_duty_groups: {primary: S0LEADS}"),
    ],
)
def test_whoever_is_on_duty_would_have_the_rights_of_the_group(tmp_path: Path, right: str, wrong: str) -> None:
    text = changed(right, wrong)
    (problem,) = problems(tmp_path, text)
    assert problem.startswith(f"heliograph.yaml:{line_of(text, wrong)}: ")
    assert "`S0LEADS` gives rights: whoever is on duty would be lead" in problem


def test_a_group_is_one_things(tmp_path: Path) -> None:
    text = changed("user_group: S0SUPPORTEU", "user_group: S0SUPPORTEU\n    on_duty_groups: {primary: S0SUPPORTAU}")
    (problem,) = problems(tmp_path, text)
    assert "`S0SUPPORTAU` is already the user group in line" in problem
