"""`heliograph rota lint`: what CI gets, what people read, and the code it exits with."""

from pathlib import Path

from tests.unit.config.rosters import EXAMPLE, changed
from tests.unit.terminal.conftest import Typed

YEAR = ("--from", "2026-01-10", "--months", "12")
OPEN = changed('end: "17:00", rotation: us-weekend', 'end: "13:30", rotation: us-weekend')
LATE = changed("people: [vega, rigel, deneb]", "people: [vega, rigel, mira]")


def test_the_example_is_clean_for_a_year_of_clock_changes(typed: Typed) -> None:
    found = typed("rota", "lint", *YEAR, "--strict")
    assert (found.code, found.err) == (0, "")
    assert "The regions' clocks stand in 4 ways:" in found.out
    assert "  A  AEDT  IST  CET   PST  10 Jan 2026 – 08 Mar 2026, 01 Nov 2026 – 10 Jan 2027" in found.out
    assert found.out.endswith("Nothing to complain about.\n")


def test_an_error_exits_with_1_and_is_said_once_for_each_layout(typed: Typed, tmp_path: Path) -> None:
    (tmp_path / "heliograph.yaml").write_text(OPEN)
    found = typed("rota", "lint", *YEAR)
    assert found.code == 1
    assert "error    gap (clocks A)\n         Nobody is on duty for 30 min from 21:30–22:00 UTC on Sat" in found.out
    assert "→ Let a rule of United States end at 14:00, or let one of Australia start at 08:30." in found.out
    machines = typed("rota", "lint", *YEAR, "--json").json()
    assert set(machines) == {"sources", "start", "end", "errors", "warnings", "findings", "layouts"}
    first = machines["findings"][0]
    assert {key: first[key] for key in ("severity", "rule", "start", "end", "regions", "people", "layout")} == {
        "severity": "error",
        "rule": "gap",
        "start": "2026-01-10T21:30:00Z",
        "end": "2026-01-10T22:00:00Z",
        "regions": ["us", "au"],
        "people": [],
        "layout": "A",
    }
    assert machines["errors"] == len([f for f in machines["findings"] if f["severity"] == "error"])
    assert [layout["name"] for layout in machines["layouts"]] == ["A", "B", "C", "D"]
    assert machines["layouts"][0]["offsets"] == [39600, 19800, 3600, -28800]


def test_warnings_exit_with_1_only_when_that_is_wanted(typed: Typed, tmp_path: Path) -> None:
    (tmp_path / "heliograph.yaml").write_text(LATE)
    assert typed("rota", "lint", "--from", "2026-11-24", "--months", "1").code == 0
    found = typed("rota", "lint", "--from", "2026-11-24", "--months", "1", "--strict")
    assert found.code == 1
    assert "mira is on duty for United States in their night" in found.out
    assert found.out.endswith("3 warnings.\n")


def test_the_limits_are_those_of_the_file(typed: Typed, tmp_path: Path) -> None:
    assert "longest_duty_hours: 12" in EXAMPLE
    (tmp_path / "heliograph.yaml").write_text(changed("longest_duty_hours: 12", "longest_duty_hours: 10"))
    found = typed("rota", "lint", "--from", "2026-11-23", "--months", "1", "--json").json()
    assert {f["rule"] for f in found["findings"]} == {"long-duty"}
    assert {p for f in found["findings"] for p in f["people"]} == {"mira", "capella", "altair"}


def test_exceptions_of_a_file_are_linted_with_it(typed: Typed, tmp_path: Path) -> None:
    (tmp_path / "if.yaml").write_text("time_off: [{person: atria, start: 2026-11-24T00:00Z, end: 2026-11-25T00:00Z}]")
    found = typed("rota", "lint", "--from", "2026-11-23", "--months", "1", "--with", "if.yaml")
    assert found.code == 1
    assert "India has no primary once, 9 h in all, first on Tue 2026-11-24: atria is away" in found.out


def test_what_cannot_be_linted_exits_with_2(typed: Typed, tmp_path: Path) -> None:
    for words in (("--months", "0"), ("--months", "601"), ("--from", "2026-11-24", "--to", "2026-11-23")):
        found = typed("rota", "lint", *words)
        assert (found.code, found.out) == (2, "")
    (tmp_path / "heliograph.yaml").write_text(changed("longest_duty_hours: 12", "longest_duty_hours: 0"))
    assert "`longest_duty_hours`: `0` is less than the least: 1; write 1" in typed("rota", "lint").err


def test_a_policy_that_finds_nobody_but_its_last_resort_is_named_with_time_and_reason(
    typed: Typed, tmp_path: Path
) -> None:
    steps = EXAMPLE[EXAMPLE.index("        - {targets: [primary]") : EXAMPLE.index("      repeat: 3\n")]
    one = "        - {targets: [{rotation: eu-primary}], wait_minutes: 5}\n"
    (tmp_path / "heliograph.yaml").write_text(changed(steps, one))
    assert typed("rota", "lint", *YEAR).code == 0, "the last resort is paged"
    found = typed("rota", "lint", *YEAR, "--strict")
    assert found.code == 1
    assert "warning  policy\n" in found.out
    [finding] = [f for f in typed("rota", "lint", *YEAR, "--json").json()["findings"] if f["rule"] == "policy"]
    assert (finding["severity"], finding["start"]) == ("warning", "2026-01-10T00:00:00Z")
    assert "it is Sat" in finding["sentence"]
