"""Every mistake in a roster file is found, at its line, with what to write instead, all of them at once."""

import re
from pathlib import Path

import pytest

import templates
from bot.config.file import load
from bot.errors import ConfigError

EXAMPLE = (Path(templates.__file__).parent / "config" / "heliograph.yaml").read_text()
ENV = {name: f"json://127.0.0.1/{name}" for name in re.findall(r"\$\{(\w+)\}", EXAMPLE)}


def line_of(text: str, part: str) -> int:
    return next(n for n, line in enumerate(text.splitlines(), start=1) if part in line)


def problems(tmp_path: Path, text: str) -> list[str]:
    file = tmp_path / "heliograph.yaml"
    file.write_text(text)
    with pytest.raises(ConfigError) as found:
        load(file, ENV)
    return [p.removeprefix(f"{tmp_path}/") for p in found.value.problems]


def test_the_example_is_right(tmp_path: Path) -> None:
    file = tmp_path / "heliograph.yaml"
    file.write_text(EXAMPLE)
    loaded = load(file, ENV)
    assert [r.id for r in loaded.directory().regions] == ["au", "in", "eu", "us"]
    assert len(loaded.rota().rules) == 16


CHANGES = [
    ("handoff_channel: C0HANDOFF", "handof_channel: C0HANDOFF", "did you mean `handoff_channel`?"),
    ("zone: Europe/Berlin", "zone: Europe/Berln", "did you mean `Europe/Berlin`?"),
    ("slack: U0VEGA,", "slack: vega,", "`vega` is not right"),
    ("people: [mira, capella, altair], ", "people: [mira, capela, altair], ", "did you mean `capella`?"),
    ("{id: us-primary, region: us,", "{id: us-primary, region: usa,", "there is no region `usa`"),
    ("rotation: us-primary}", "rotation: us-primry}", "did you mean `us-primary`?"),
    (
        "{cluster: sol, namespaces: [aurora-train",
        "{cluster: sun, namespaces: [aurora-train",
        "there is no cluster `sun`",
    ),
    ("last_resort: sol", "last_resort: nobody", "there is no person `nobody`"),
    ("channels: [C0BOREALIS]", "channels: [C0BOREALIS, C0AURORA]", "already a channel of aurora"),
    ("page: /page,", "page: page,", "`page` is not right"),
    ("page: /page,", "page: /job,", "used twice"),
    ("id: rigel, name: Rigel, slack: U0RIGEL", "id: vega, name: Rigel, slack: U0RIGEL", "already the id of item"),
    ("{target: primary, wait_minutes: 5}", "{target: boss, wait_minutes: 5}", "'primary', 'secondary' or 'manager'"),
    ("{target: primary, wait_minutes: 5}", "{target: primary, wait_minutes: 0}", "greater than or equal to 1"),
    ("role: primary, weekdays: [mon, tue,", "role: primry, weekdays: [mon, tue,", "'primary'"),
    ('"${HELIOGRAPH_CONTACT_VEGA}"', '"${HELIOGRAPH_CONTACT_VGA}"', "the environment has no HELIOGRAPH_CONTACT_VGA"),
    ('handover: "08:00", start: 2026-01-05}', 'handover: "25:00", start: 2026-01-05}', "`handover`"),
]


@pytest.mark.parametrize(("right", "wrong", "said"), CHANGES, ids=[c[1][:40] for c in CHANGES])
def test_each_mistake_is_reported_at_its_line(tmp_path: Path, right: str, wrong: str, said: str) -> None:
    text = EXAMPLE.replace(right, wrong, 1)
    assert text != EXAMPLE, "the test's change fits the example"
    found = problems(tmp_path, text)
    line = line_of(text, wrong)
    assert any(p.startswith(f"heliograph.yaml:{line}: ") and said in p for p in found), found


def test_all_mistakes_are_reported_at_once(tmp_path: Path) -> None:
    text = EXAMPLE.replace("zone: Europe/Berlin", "zone: Nowhere").replace("page: /page,", "page: page,")
    assert len(problems(tmp_path, text)) == 2


def test_a_rotation_with_nobody_is_refused(tmp_path: Path) -> None:
    assert any(
        "people" in p for p in problems(tmp_path, EXAMPLE.replace("people: [mira, capella, altair]", "people: []"))
    )


def test_a_key_that_stands_twice_is_a_mistake(tmp_path: Path) -> None:
    found = problems(tmp_path, EXAMPLE + "\nlead: {after_minutes: 10}\n")
    assert any("stands here a second time" in p for p in found)


@pytest.mark.parametrize(
    ("text", "said"),
    [("", "empty"), ("regions: [", "this is not YAML"), ("\tregions: 1", "this is not YAML"), ("- 1", "")],
)
def test_what_is_no_roster_at_all_is_a_sentence(tmp_path: Path, text: str, said: str) -> None:
    assert said in problems(tmp_path, text)[0]


def test_a_missing_file_says_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="heliograph init"):
        load(tmp_path / "none.yaml", ENV)


def test_yaml_1_1_traps_are_read_as_written(tmp_path: Path) -> None:
    """`no` is a region and 09:00 a time, whatever YAML 1.1 makes of them."""
    file = tmp_path / "heliograph.yaml"
    text = re.sub(r'"(\d\d:\d\d)"', r"\1", EXAMPLE)
    file.write_text(re.sub(r"(\b|: )au\b(?=[-,\n])", r"\1no", text))
    assert load(file, ENV).directory().regions[0].id == "no"
