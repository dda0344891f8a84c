"""YAML's own mistakes and traps: each a sentence with a line, or read as it was meant."""

import re
from datetime import time
from pathlib import Path

import pytest

from bot.config import yaml_lines
from bot.config.file import load
from bot.errors import ConfigError
from tests.unit.config.rosters import ENV, EXAMPLE, changed, line_of, problems

BROKEN = {
    "an empty file": ("", 1, "the file is empty; `heliograph init` writes an example"),
    "only comments": ("# nothing\n# yet\n", 1, "the file is empty"),
    "a bracket that stays open": ("people: [\nlead: 1\n", 1, "what opens here is never closed; close the bracket"),
    "a tab": ("lead:\n\tafter_minutes: 30\n", 2, "a tab cannot indent YAML; write spaces instead"),
    "a tab in the middle": ("lead:\n  after_minutes: 1\n \trepeat: 3\n", 3, "a tab cannot indent YAML"),
    "a quote that stays open": ('people:\n  - name: "Vega\n', 2, "what opens here is never closed; close the bracket"),
    "an indentation that fits nothing": ("lead:\n    a: 1\n  b: 2\n", 3, "this is not YAML: "),
    "two documents": ("lead: {}\n---\nlead: {}\n", 2, "this is not YAML: "),
    "an alias of nothing": ("lead: *other\n", 1, "this is not YAML: "),
    "a control character": ("lead: {}\nname: \x07\n", 2, "the character U+0007 cannot stand here; remove it"),
    "a list": ("- 1\n", 1, "this is a list; write options: workspace, regions,"),
    "a word": ("hello\n", 1, "this is text; write options: workspace, regions,"),
    "brackets without end": ("[" * 600, 1, "this is nested too deeply"),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_what_is_no_roster_is_a_sentence_with_its_line(tmp_path: Path, kind: str) -> None:
    text, line, said = BROKEN[kind]
    found = problems(tmp_path, text)
    assert found[0].startswith(f"heliograph.yaml:{line}: {said}"), found


INSIDE = {
    "a key that stands twice": ("lead: {}\nlead: {}\n", 2, "`lead` stands here a second time (first in line 1)"),
    "a value that contains itself": ("lead: &me\n  - *me\n", 1, "this alias contains itself; write the values out"),
    "a merge": ("a: &a {b: 1}\nlead:\n  <<: *a\n", 3, "`<<` does not merge here; write the options out"),
    "a key that is a list": ("? [a, b]\n: 1\n", 1, "a key is a word; write `key: value`"),
    "a tag": ("lead: !!python/name:os.system x\n", 1, "the tag tag:yaml.org,2002:python/name:os.system means nothing"),
    "a bomb of aliases": (
        "a: &a [1,1,1,1,1,1,1,1,1,1]\n"
        + "".join(f"{n}: &{n} [{', '.join([f'*{p}'] * 10)}]\n" for p, n in zip("abcde", "bcdef", strict=True)),
        1,
        "more than 100,000 values",
    ),
}


@pytest.mark.parametrize("kind", INSIDE)
def test_what_yaml_allows_and_a_roster_does_not(kind: str) -> None:
    text, line, said = INSIDE[kind]
    found = yaml_lines.read(text, {}).problems
    assert any(at == line and what.startswith(said) for at, what in found)
    assert sum(what.startswith(said) for _, what in found) == 1


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    none, folder, latin = tmp_path / "none.yaml", tmp_path / "folder", tmp_path / "latin.yaml"
    folder.mkdir()
    latin.write_bytes(b"lead: {}\nname: M\xfcller\n")
    for path, said in (
        (none, "none.yaml: there is no such file; `heliograph init` writes an example"),
        (folder, "folder: this is a folder; name the file in it"),
        (latin, "latin.yaml:2: this is not UTF-8; save the file as UTF-8"),
    ):
        with pytest.raises(ConfigError) as found:
            load(path, ENV)
        assert found.value.problems == [f"{tmp_path}/{said}"]


def test_a_file_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    file = tmp_path / "heliograph.yaml"
    file.write_text("\ufeff" + EXAMPLE)
    assert load(file, ENV).directory().regions[0].id == "au"


def test_no_and_unquoted_times_are_read_as_written(tmp_path: Path) -> None:
    """In YAML 1.1 `no` is false and 8:30 is 510."""
    file = tmp_path / "heliograph.yaml"
    text = re.sub(r'"0?(\d+:\d\d)"', r"\1", EXAMPLE)
    file.write_text(re.sub(r"(\b|: )au\b(?=[-,\n])", r"\1no", text))
    loaded = load(file, ENV)
    assert loaded.directory().regions[0].id == "no"
    assert {rule.start for rule in loaded.rota().rules} == {time(8), time(9)}


def test_a_secret_is_never_repeated(tmp_path: Path) -> None:
    """What comes from the environment is called by its variable's name, whatever is wrong with it."""
    text = changed("slack: U0VEGA", 'slack: "${SECRET}"', changed("zone: Europe/Berlin", 'zone: "${SECRET}"'))
    text = changed('"${HELIOGRAPH_CONTACT_VEGA}"', '"${SECRET}"', text)
    found = problems(tmp_path, text, ENV | {"SECRET": "hunter-two://x"})
    assert len(found) == 3
    assert not any("hunter-two://x" in p for p in found)
    assert sum("${SECRET}" in p for p in found) == 2


def test_the_example_is_right(tmp_path: Path) -> None:
    file = tmp_path / "heliograph.yaml"
    file.write_text(EXAMPLE)
    loaded = load(file, ENV)
    assert [r.id for r in loaded.directory().regions] == ["au", "in", "eu", "us"]
    assert len(loaded.rota().rules) == 16
    assert [(p.id, p.last_resort) for p in loaded.escalation().policies] == [("default", "sol")]
    assert loaded.targets()["sev1"].total_seconds() == 15 * 60
    cirrus = loaded.directory().client("cirrus")
    assert cirrus
    assert cirrus.response_minutes == {"sev1": 10, "sev2": 60, "sev3": 240, "sev4": 480}
    assert line_of(EXAMPLE, "lead: {after") == loaded.document.line(("lead",))
