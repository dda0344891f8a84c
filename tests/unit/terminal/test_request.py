"""`heliograph request …`: what bad input is answered, before any database is asked."""

import re
from pathlib import Path

import pytest

from bot.cli_request import answers
from bot.errors import UserError
from tests.services.office import TEMPLATES

EXAMPLE = TEMPLATES / "config" / "heliograph.yaml"


@pytest.fixture(autouse=True)
def nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HELIOGRAPH_DATABASE_URL", f"sqlite:///{tmp_path}/none.sqlite3")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("everything", "", False, "", 0), "There is no list “everything”"),
        (("mine", "", False, "", 0), "Whose?"),
        (("mine", "", False, "capela", 0), "There is no capela"),
        (("all", "", False, "", 0), "There is no database yet"),
    ],
)
async def test_what_cannot_be_listed_is_said(arguments: tuple[str, str, bool, str, int], said: str) -> None:
    with pytest.raises(UserError, match=re.escape(said)):
        await answers.listed(EXAMPLE, *arguments)


async def test_a_form_that_is_none_is_said() -> None:
    with pytest.raises(UserError, match="There is no form “xlsx”"):
        await answers.exported(EXAMPLE, "xlsx", "", (None, None))
