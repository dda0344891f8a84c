"""An edit of the roster file takes effect as a whole, without a restart, or is refused as a whole, with the lines."""

import re
from pathlib import Path

import pytest

from bot.config.file import load
from bot.reload import Report, RosterFile
from tests.services.office import Office
from tests.unit.config.rosters import ENV, EXAMPLE, changed, line_of

VEGA_FIRST = "people: [vega, rigel, deneb], length: {weeks: 1}"


class Desk:
    """A file that is edited, and what looks at it."""

    def __init__(self, folder: Path, office: Office) -> None:
        self.path = folder / "heliograph.yaml"
        self.path.write_text(EXAMPLE)
        self.file = RosterFile(load(self.path, ENV), office.clock, ENV)
        self.report = Report(office.db, office.outbox, office.renderer)
        self.office = office

    async def edited(self, text: str) -> None:
        """The edit is there, and has been looked at until it has settled."""
        self.path.write_text(text)
        for _ in range(3):
            await self.file.look(self.report)

    async def told(self) -> list[str]:
        return [str(m.content) for m in await self.office.sent("roster/refused")]


@pytest.fixture
def desk(tmp_path: Path, office: Office) -> Desk:
    return Desk(tmp_path, office)


async def test_an_edit_counts_from_the_next_question_on(desk: Desk) -> None:
    before = desk.file.rota()
    await desk.edited(
        changed("name: Europe", "name: Old World", changed(VEGA_FIRST, "people: [deneb], length: {weeks: 1}"))
    )
    region = desk.file.directory().region("eu")
    assert region is not None
    assert region.name == "Old World"
    assert desk.file.rota().rotation("us-primary").people == ("deneb",)
    assert before.rotation("us-primary").people == ("vega", "rigel", "deneb")


async def test_a_mistake_refuses_the_whole_edit_and_the_admins_read_the_line(desk: Desk) -> None:
    """Also what is right in it does not count: half an edit is nobody's roster."""
    wrong = changed("last_resort: sol", "last_resort: nobody", changed("name: Europe", "name: Old World"))
    before = desk.file.directory()
    await desk.edited(wrong)
    assert desk.file.directory() is before
    (told,) = await desk.told()
    assert f"heliograph.yaml:{line_of(wrong, 'last_resort: nobody')}: " in told
    assert "there is no person" in told
    assert "old roster stays in force" in told


async def test_the_same_mistakes_are_told_once(desk: Desk) -> None:
    wrong = changed("repeat: 3", "repeat: often")
    await desk.edited(wrong)
    await desk.edited(wrong)
    assert len(await desk.told()) == 1


async def test_what_is_mended_counts_even_where_it_is_what_was_there_before(desk: Desk) -> None:
    await desk.edited(changed("repeat: 3", "repeat: often"))
    await desk.edited(changed("name: Europe", "name: Old World"))
    region = desk.file.directory().region("eu")
    assert region is not None
    assert region.name == "Old World"


async def test_half_a_write_is_not_read(desk: Desk) -> None:
    """An editor that writes in two steps shows a half file for a moment; what has not settled is not looked at."""
    desk.path.write_text(EXAMPLE[: len(EXAMPLE) // 2])
    await desk.file.look(desk.report)
    desk.path.write_text(changed("name: Europe", "name: Old World"))
    for _ in range(2):
        await desk.file.look(desk.report)
    assert await desk.told() == []
    assert desk.file.config().file.regions[2].name == "Old World"


async def test_a_file_that_vanishes_changes_nothing_unless_somebody_asks(desk: Desk) -> None:
    """A file is replaced by removing it first, here and there; SIGHUP says that it should be there."""
    desk.path.unlink()
    for _ in range(3):
        await desk.file.look(desk.report)
    assert await desk.told() == []
    desk.file.ask()
    await desk.file.look(desk.report)
    assert "there is no such file" in (await desk.told())[0]


@pytest.mark.parametrize(
    ("right", "wrong", "option"),
    [("request: /request", "request: /support", "commands"), ("name: Sol, kube", "name: Sun, kube", "clusters")],
)
async def test_what_is_wired_at_the_start_is_refused_with_the_advice_to_restart(
    desk: Desk, right: str, wrong: str, option: str
) -> None:
    await desk.edited(changed(right, wrong))
    (told,) = await desk.told()
    assert re.search(rf"heliograph\.yaml:\d+: `?'?{option}.*restart Heliograph", told)


async def test_many_mistakes_are_a_short_list(desk: Desk) -> None:
    wrong = EXAMPLE.replace("weeks: 1", "weeks: many")
    await desk.edited(wrong.replace("wait_minutes: 5", "wait_minutes: soon"))
    (told,) = await desk.told()
    assert "and 2 more" in told


async def test_listeners_are_asked_before_and_after_it_takes_its_place(desk: Desk) -> None:
    """Before, what is past is recorded as it was; after, people are told what has changed."""
    seen = []

    async def note(_now: object) -> None:
        seen.append(desk.file.rota().rotation("us-primary").people)

    desk.file.around(note, note)
    await desk.edited(changed(VEGA_FIRST, "people: [deneb], length: {weeks: 1}"))
    assert seen == [("vega", "rigel", "deneb"), ("deneb",)]
