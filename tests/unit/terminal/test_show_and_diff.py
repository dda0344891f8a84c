"""`heliograph rota show` and `rota diff`: shapes, texts, exit codes, and what they refuse."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from schedules.rota import resolve
from tests.unit.config.rosters import EXAMPLE, changed
from tests.unit.terminal.conftest import Typed

TWO_DAYS = ("--from", "2026-11-24", "--to", "2026-11-26")
WITH = """
zone: Europe/Berlin
overrides:
  - {region: us, role: primary, kind: replace, person: polaris, instead_of: rigel,
     start: 2026-11-24T20:00, end: 2026-11-25T00:00, made_at: 2026-11-20T10:00Z}
swaps:
  - {region: eu, role: primary, giver: capella, taker: mira,
     start: 2026-11-25, end: 2026-11-26, made_at: 2026-11-20T10:00:00Z}
time_off:
  - {person: atria, start: 2026-11-25, end: 2026-11-26}
temporary:
  - region: au
    start: 2026-11-24T21:00Z
    end: 2026-11-25T21:00Z
    roles: [primary]
    shifts: [{role: primary, person: sirius, start: 2026-11-24T21:00Z, end: 2026-11-25T02:00Z}]
"""


def test_an_object_of_shifts_lead_and_gaps_in_utc(typed: Typed) -> None:
    found = typed("rota", "show", *TWO_DAYS, "--json")
    assert found.code == 0
    shown = found.json()
    assert set(shown) == {"sources", "start", "end", "shifts", "lead", "gaps"}
    assert {frozenset(s) for s in shown["shifts"]} == {
        frozenset({"start", "end", "region", "role", "person", "because"})
    }
    assert {frozenset(x) for x in shown["lead"]} == {frozenset({"start", "end", "region"})}
    assert shown["gaps"] == []
    capella = next(s for s in shown["shifts"] if s["person"] == "capella" and s["role"] == "primary")
    assert (capella["start"], capella["end"]) == ("2026-11-24T07:00:00Z", "2026-11-24T17:30:00Z")
    assert shown["sources"] == ["heliograph.yaml"]


def test_people_see_local_times_and_who_leads(typed: Typed) -> None:
    line = next(x for x in typed("rota", "show", *TWO_DAYS).out.splitlines() if "Tue 24 Nov 08:00–18:30 CET" in x)
    assert " ".join(line.split()) == ("07:00–17:30 Europe Tue 24 Nov 08:00–18:30 CET Capella Altair Castor 07:30–16:30")


def test_the_table_of_an_ordinary_week_fits_120_columns(typed: Typed) -> None:
    assert max(map(len, typed("rota", "show", "--from", "2026-11-23").out.splitlines())) <= 120


def test_one_region_only(typed: Typed) -> None:
    shown = typed("rota", "show", *TWO_DAYS, "--region", "eu", "--json").json()
    assert {s["region"] for s in (*shown["shifts"], *shown["lead"])} == {"eu"}


def test_what_if_adds_exceptions_and_says_so(typed: Typed, tmp_path: Path) -> None:
    (tmp_path / "if.yaml").write_text(WITH)
    found = typed("rota", "show", *TWO_DAYS, "--with", "if.yaml")
    assert "if.yaml (1 override, 1 swap, 1 stretch of time off, 1 temporary schedule)" in found.out
    assert "* Polaris: " in found.out
    assert "! 03:30–12:30      India          Wed 25 Nov 09:00–18:00 IST   NOBODY is primary" in found.out
    assert "NOBODY is on duty anywhere" in found.out
    shown = typed("rota", "show", *TWO_DAYS, "--with", "if.yaml", "--json").json()
    on = {(s["person"], s["start"], s["end"]) for s in shown["shifts"] if s["role"] == "primary"}
    assert ("polaris", "2026-11-24T19:00:00Z", "2026-11-24T23:00:00Z") in on
    assert ("mira", "2026-11-25T07:00:00Z", "2026-11-25T17:30:00Z") in on
    assert ("sirius", "2026-11-24T21:00:00Z", "2026-11-25T02:00:00Z") in on
    assert [(g["region"], g["role"]) for g in shown["gaps"]] == [("au", "primary"), ("in", "primary")]


def test_every_mistake_of_the_what_if_file_at_once_with_its_line(typed: Typed, tmp_path: Path) -> None:
    (tmp_path / "if.yaml").write_text(
        "overrides:\n"
        "  - {region: uss, role: primry, kind: replace, person: polarys, start: 2026-11-24T20:00, end: 2026-11-25, "
        "made_at: 2026-11-20T10:00Z, note: x}\n"
        "  - {region: us, role: primary, kind: add, instead_of: vega, start: 2026-11-24T20:00Z, "
        "end: 2026-11-25T00:00Z, made_at: 2026-11-20T10:00Z}\n"
        "swaps:\n"
        "  - {region: eu, role: primary, giver: mira, taker: mira, start: 2026-11-25T00:00Z, end: 2026-11-24T00:00Z, "
        "made_at: yesterday}\n"
        "swops: []\n"
    )
    found = typed("rota", "show", "--with", "if.yaml")
    assert found.code == 2
    assert [line.removeprefix("if.yaml:")[0] for line in found.err.splitlines()] == list("22222235556")
    for said in (
        "there is no region `uss` in heliograph.yaml; did you mean `us`?",
        "there is no person `polarys` in heliograph.yaml; did you mean `polaris`?",
        "did you mean `primary`?",
        "`note`: there is no such option here",
        "`start`: `2026-11-24T20:00` has no zone; write 2026-11-24T20:00+01:00, or `zone: Europe/Berlin`",
        "an override that adds has a `person` who comes, and no `instead_of`",
        "nobody swaps with themselves",
        "is not after the start",
        "`yesterday` is not a time",
        "did you mean `swaps`?",
    ):
        assert said in found.err


WRONG_SCHEDULES = """zone: Europe/Berlin
time_off:
  - {person: mira, start: 2026-11-26, end: 2026-11-27, cover: mira}
swaps:
  - {region: eu, role: primary, giver: capella, taker: vega, start: 2026-11-26, end: 2026-11-27, made_at: 2026-11-20}
temporary:
  - region: eu
    roles: [primary]
    start: 2026-11-26T08:00
    end: 2026-11-26T18:00
    shifts:
      - {role: secondary, person: mira, start: 2026-11-26T08:00, end: 2026-11-26T18:00}
      - {role: primary, person: mira, start: 2026-11-26T08:00, end: 2026-11-26T20:00}
  - {region: eu, start: 2026-11-26T12:00, end: 2026-11-27T12:00}
"""


def test_what_the_roster_file_refuses_is_refused_here_too_each_with_its_line(typed: Typed, tmp_path: Path) -> None:
    (tmp_path / "if.yaml").write_text(WRONG_SCHEDULES)
    answer = typed("rota", "show", "--with", "if.yaml")
    assert answer.code == 2
    for part in (
        "if.yaml:3: `cover`: who is away cannot cover",
        "if.yaml:5: `taker`: vega is of us, and the shift of eu",
        "if.yaml:12: `role`: this schedule leaves secondary as it is",
        "if.yaml:13: `start`: the shift reaches beyond its schedule",
        "if.yaml:14: `start`: another temporary schedule of eu has these hours",
    ):
        assert part in answer.err


def test_temporary_schedules_that_overlap_are_refused(typed: Typed, tmp_path: Path) -> None:
    item = "  - {region: au, start: 2026-11-25T21:00Z, end: 2026-11-26T21:00Z}\n"
    (tmp_path / "if.yaml").write_text(f"temporary:\n{item}{item}")
    found = typed("rota", "show", "--with", "if.yaml")
    assert found.code == 2
    assert "if.yaml:3: `start`: another temporary schedule of au has these hours" in found.err


REFUSED = {
    "no time": (("--from", "yesterday"), "“yesterday” is not a time. Write it like 2026-11-24,"),
    "no zone": (("--from", "2026-11-24T08:00"), "has no zone. Write 2026-11-24T08:00Z"),
    "backwards": (("--from", "2026-11-24", "--to", "2026-11-01"), "Give a later --to, or an earlier --from."),
    "nothing between": (("--from", "2026-11-24", "--to", "2026-11-24"), "Give a later --to, or an earlier --from."),
    "half a century": (("--from", "2026-11-24", "--to", "2076-11-24"), "Ask for five years at most."),
    "the year one": (("--from", "0001-01-01"), "1 is not a year to ask about."),
    "an unknown region": (("--region", "uss"), "There is no region uss in heliograph.yaml. Did you mean us?"),
    "an unknown zone": (("--from", "2026-11-24", "--zone", "Europe/Berln"), "did you mean Europe/Berlin?"),
    "an abbreviation": (("--from", "2026-11-24", "--zone", "CET"), "write a place such as Europe/Berlin"),
    "no such file": (("--with", "nothing.yaml"), "nothing.yaml: there is no such file"),
    "no such roster": (("--config", "nothing.yaml"), "nothing.yaml: there is no such file"),
    "an endless file": (("--with", "/dev/zero"), "this is larger than"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_it_is_refused_with_what_to_write_instead(typed: Typed, kind: str) -> None:
    words, said = REFUSED[kind]
    found = typed("rota", "show", *words)
    assert (found.code, found.out) == (2, "")
    assert said in found.err


def test_an_alias_bomb_is_refused(typed: Typed, tmp_path: Path) -> None:
    """Ten aliases of ten aliases, nine times over, would be a billion values."""
    levels = "\n".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10))
    (tmp_path / "if.yaml").write_text(f"a0: &a0 [x, x]\n{levels}\n")
    found = typed("rota", "show", "--with", "if.yaml")
    assert found.code == 2
    assert "more than 100,000 values" in found.err


def test_a_naive_time_is_read_in_the_zone_that_is_named(typed: Typed) -> None:
    words = ("--from", "2026-11-24T08:00", "--to", "2026-11-25", "--zone", "Europe/Berlin", "--json")
    shown = typed("rota", "show", *words).json()
    assert (shown["start"], shown["end"]) == ("2026-11-24T07:00:00Z", "2026-11-24T23:00:00Z")


def test_the_json_is_what_the_engine_says(typed: Typed) -> None:
    from bot.cli_rota import sources

    shown = typed("rota", "show", "--from", "2026-03-20", "--to", "2026-04-10", "--json").json()
    rota = sources.read(Path("heliograph.yaml")).rota
    found = resolve.resolve(rota, datetime(2026, 3, 20, tzinfo=UTC), datetime(2026, 4, 10, tzinfo=UTC))
    assert len(shown["shifts"]) == len(found.shifts)
    assert [datetime.fromisoformat(x["start"]) for x in shown["lead"]] == [x.start for x in found.leads]


def test_two_rosters_that_mean_the_same_are_the_same(typed: Typed, tmp_path: Path) -> None:
    (tmp_path / "new.yaml").write_text(EXAMPLE.replace("eu-primary", "europe"))
    found = typed("rota", "diff", "heliograph.yaml", "new.yaml", "--from", "2026-11-24", "--months", "1")
    assert (found.code, found.err) == (0, "")
    assert "Nobody's shifts differ" in found.out


def test_an_edit_says_who_gains_and_who_loses(typed: Typed, tmp_path: Path) -> None:
    (tmp_path / "new.yaml").write_text(changed("people: [mira, capella, altair]", "people: [capella, mira, altair]"))
    words = ("rota", "diff", "heliograph.yaml", "new.yaml", "--from", "2026-11-23", "--to", "2026-11-30")
    found = typed(*words)
    assert found.code == 1
    assert "Capella loses 52.5 h in 5 shifts" in found.out
    assert "Mira gains 52.5 h in 5 shifts" in found.out
    assert "+ Mon 23 Nov 08:00–18:30 CET  Europe primary" in found.out
    machines = typed(*words, "--json").json()
    assert machines["differs"] is True
    assert machines["changes"][0] | {"person": "", "what": ""} == {
        "person": "",
        "region": "eu",
        "role": "primary",
        "what": "",
        "start": "2026-11-23T07:00:00Z",
        "end": "2026-11-23T17:30:00Z",
    }
    assert (machines["lead"], machines["gaps_opened"], machines["gaps_closed"]) == ([], [], [])


def test_the_mistakes_of_both_files_are_reported(typed: Typed, tmp_path: Path) -> None:
    (tmp_path / "new.yaml").write_text(changed("last_resort: sol", "last_resort: nobody"))
    found = typed("rota", "diff", "gone.yaml", "new.yaml")
    assert found.code == 2
    assert "gone.yaml: there is no such file" in found.err
    assert "there is no person `nobody`" in found.err
