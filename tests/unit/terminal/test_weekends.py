"""`heliograph rota picture` and `rota fairness`, as they are typed."""

from pathlib import Path

import pytest
from PIL import Image

from tests.unit.terminal.conftest import Typed

WEEKS = ("--from", "2026-11-23", "--to", "2026-12-07")


def test_a_picture_of_the_weeks_that_were_asked_for(typed: Typed, tmp_path: Path) -> None:
    answer = typed("rota", "picture", "-o", "week.png", "--zone", "Europe/Berlin", *WEEKS)
    assert (answer.code, answer.out) == (0, "wrote week.png\n")
    with Image.open(tmp_path / "week.png") as two:
        assert two.format == "PNG"
        assert two.width == 1600
    typed("rota", "picture", "-o", "one.png", "--from", "2026-11-23", "--to", "2026-11-30", "--region", "eu")
    with Image.open(tmp_path / "one.png") as one:
        assert one.height < two.height


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--from", "2026-01-01", "--to", "2026-12-31"), "Ask for 8 at most"),
        (("--zone", "Mars/Olympus"), "Mars/Olympus"),
        (("--region", "mars"), "There is no region mars"),
    ],
)
def test_what_cannot_be_drawn_is_said(typed: Typed, tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    answer = typed("rota", "picture", "-o", "week.png", *words)
    assert answer.code == 2
    assert said in answer.err
    assert not (tmp_path / "week.png").exists()


def test_a_place_that_cannot_be_written_to(typed: Typed) -> None:
    answer = typed("rota", "picture", "-o", "nowhere/week.png", *WEEKS)
    assert answer.code == 2
    assert "nowhere/week.png cannot be written" in answer.err


def test_the_ledger_in_words_and_for_machines(typed: Typed) -> None:
    """Europe's three share the weekends of 2026 evenly, and one of them is next."""
    said = typed("rota", "fairness", "--year", "2026", "--region", "eu")
    assert "Capella" in said.out
    assert "next: " in said.out
    assert "uneven" not in said.out
    found = typed("rota", "fairness", "--year", "2026", "--region", "eu", "--json").json()
    assert {load["person"] for load in found["loads"]} == {"altair", "capella", "mira"}
    assert found["uneven"]["eu"] < 0.25
    assert found["next"]["eu"]


def test_without_a_year_it_is_this_one(typed: Typed) -> None:
    answer = typed("rota", "fairness", "--region", "eu", "--json")
    assert answer.code == 0
    assert answer.json()["loads"]


def test_an_exception_that_is_not_made_yet_can_be_weighed(typed: Typed, tmp_path: Path) -> None:
    """What if Mira took a weekend of Capella's: the ledger says who is over and who is below."""
    (tmp_path / "if.yaml").write_text(
        "swaps:\n  - {region: eu, role: weekend, giver: mira, taker: capella, start: 2026-11-28T00:00Z,"
        " end: 2026-11-30T00:00Z, made_at: 2026-11-01T00:00Z}\n"
    )
    found = typed("rota", "fairness", "--year", "2026", "--region", "eu", "--with", "if.yaml", "--json").json()
    hours = {load["person"]: load["hours"] for load in found["loads"]}
    assert hours["capella"] - hours["mira"] == 36.0
