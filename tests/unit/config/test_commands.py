"""`heliograph check`, `init` and `manifest` as functions: what they find, and what they refuse."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.config import advice, commands
from bot.config.commands import Report
from bot.errors import ConfigError, UserError
from tests.unit.config.rosters import ENV, EXAMPLE, changed, line_of

NOW = datetime(2026, 11, 24, tzinfo=UTC)
INSTALLED = ENV | {"HELIOGRAPH_PUBLIC_URL": "https://heliograph.example.com"}
"""The example's environment, with the address that each installation has for itself."""


@pytest.fixture(autouse=True)
def two_weeks(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Looking a year ahead takes half a second; one test does it."""
    if "whole_year" not in request.node.name:
        monkeypatch.setattr(advice, "YEAR", timedelta(days=14))


def report(folder: Path, text: str = EXAMPLE, env: Mapping[str, str] = INSTALLED) -> Report:
    file = folder / "heliograph.yaml"
    file.write_text(text)
    return commands.check(file, NOW, env)


def test_the_example_has_no_mistake_and_no_warning_for_a_whole_year(tmp_path: Path) -> None:
    """Somebody is on duty at every minute of the next 12 months, through all six clock changes."""
    found = report(tmp_path)
    assert found.ok
    assert found.warnings == ()
    assert found.lines() == [
        f"{tmp_path}/heliograph.yaml is right: 4 regions, 17 people, 12 rotations, 16 rules, 3 clients, 1 cluster."
    ]


def test_mistakes_are_listed_and_counted(tmp_path: Path) -> None:
    found = report(tmp_path, changed("repeat: 3", "repeat: often", changed("last_resort: sol", "last_resort: nobody")))
    assert not found.ok
    assert found.lines()[-1] == f"{tmp_path}/heliograph.yaml: 2 mistakes"
    assert len(found.lines()) == 3


WARNINGS = {
    "somebody without a contact outside Slack": (
        ', contacts: [{kind: sms, url: "${HELIOGRAPH_CONTACT_VEGA}"}]',
        "",
        "id: vega",
        ", and cannot be reached outside Slack, where Do Not Disturb silences pages. Write a contact for vega.",
    ),
    "a last resort without a contact outside Slack": (
        ', contacts: [{kind: sms, url: "${HELIOGRAPH_CONTACT_SOL}"}]',
        "",
        "id: sol, name: Sol, slack",
        "sol is the last resort of every page, and cannot be reached outside Slack",
    ),
    "a contact for all to read": (
        '"${HELIOGRAPH_CONTACT_VEGA}"',
        "json://vega.example",
        "id: vega",
        "the contact of vega stands in the file for all to read; write ${NAME}",
    ),
    "a rotation that nobody asks": (
        "rotation: us-weekend}",
        "rotation: us-primary}",
        "{id: us-weekend",
        "no rule asks the rotation us-weekend",
    ),
    "a severe request that may wait longer": (
        "sev1: {first_response: 15,",
        "sev1: {first_response: 150,",
        "sev1: {first_response: 150,",
        "sev1 may wait longer for its first response than sev2",
    ),
    "a command of Slack's own": ("page: /page", "page: /remind", "commands: {", "/remind is a command of Slack's own"),
    "hours without anybody": (
        'end: "17:00", rotation: us-weekend',
        'end: "13:30", rotation: us-weekend',
        "rules:\n",
        "Nobody is on duty for 30 min from 21:30–22:00 UTC on Sat, twice, first on Sat 2026-11-28 (United States "
        "13:30–14:00 PST, Australia 08:30–09:00 AEDT). Let a rule of United States end at 14:00",
    ),
}
"""Kind → what the example says, what it says instead, what begins on the warning's line, what is said."""


@pytest.mark.parametrize("kind", WARNINGS)
def test_what_will_be_regretted_is_a_warning_at_its_line(tmp_path: Path, kind: str) -> None:
    right, instead, at, said = WARNINGS[kind]
    text = changed(right, instead)
    found = report(tmp_path, text)
    assert found.ok
    assert len(found.warnings) == 1, found.warnings
    assert found.warnings[0].startswith(f"{tmp_path}/heliograph.yaml:{line_of(text, at)}: ")
    assert said in found.warnings[0]


def test_without_an_address_pages_outside_slack_have_no_link(tmp_path: Path) -> None:
    """In the file or in the environment: one of them is enough."""
    found = report(tmp_path, env=ENV)
    assert found.ok
    (warning,) = found.warnings
    assert warning.startswith(
        f"{tmp_path}/heliograph.yaml:{line_of(EXAMPLE, 'workspace:')}: pages outside Slack have no"
    )
    file = changed("# public_url: https://heliograph.example.com", "public_url: https://heliograph.example.com")
    assert report(tmp_path, file, env=ENV).warnings == ()


def test_somebody_in_another_regions_rotation_works_at_night(tmp_path: Path) -> None:
    """Said at the person's line, with what else it brings upon them: days that are too long and rests too short."""
    text = changed("people: [vega, rigel, deneb]", "people: [vega, rigel, mira]")
    found = report(tmp_path, text).warnings
    assert {w.split(": ")[0] for w in found} == {f"{tmp_path}/heliograph.yaml:{line_of(text, 'id: mira')}"}
    assert any("mira is on duty for United States in their night 5 times, first as primary on Mon" in w for w in found)
    assert any("mira is on duty for more than 12 h at a stretch" in w for w in found)
    assert any("mira rests for less than 11 h between two stretches of duty" in w for w in found)


def test_a_region_that_never_leads_and_a_step_that_finds_nobody(tmp_path: Path) -> None:
    text = "\n".join(
        line
        for line in EXAMPLE.splitlines()
        if "role: manager" not in line and not line.startswith(("  - {region: au, role: p", "  - {region: au, role: w"))
    )
    found = " ".join(report(tmp_path, text).warnings)
    assert "no rule ever puts somebody of au on duty, so it never leads" in found
    assert "no rule puts a manager on duty, so this step is passed over" in found


def test_init_writes_the_example_and_never_over_something(tmp_path: Path) -> None:
    assert commands.init(tmp_path) == tmp_path / "heliograph.yaml"
    assert (tmp_path / "heliograph.yaml").read_text() == EXAMPLE
    with pytest.raises(UserError, match="is there already"):
        commands.init(tmp_path / "heliograph.yaml")
    with pytest.raises(UserError, match="cannot be written"):
        commands.init(tmp_path / "none" / "heliograph.yaml")


def test_the_manifest_is_that_of_the_file(tmp_path: Path) -> None:
    file = tmp_path / "heliograph.yaml"
    file.write_text(changed("page: /page", "page: /summon"))
    assert "command: /summon" in commands.manifest(file, env=ENV)
    assert '"command": "/summon"' in commands.manifest(file, as_json=True, env=ENV)
    with pytest.raises(UserError, match="Slack cannot send to"):
        commands.manifest(file, url="here", env=ENV)
    with pytest.raises(ConfigError):
        commands.manifest(file, env={})
