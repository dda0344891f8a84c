"""Contact methods of people: kinds, delays, and URLs that are of their kind. None of them repeats a URL, a secret."""

from datetime import timedelta
from pathlib import Path

import pytest

from bot.config.file import load
from tests.unit.config.rosters import ENV, changed, problems

VEGA = '{kind: sms, url: "${HELIOGRAPH_CONTACT_VEGA}"}'
PAGERDUTY = "pagerduty://0123456789abcdef0123456789abcdef@apikey"


def test_each_has_its_delay_and_the_direct_message_too(tmp_path: Path) -> None:
    more = f"{VEGA}, {{kind: slack, after_minutes: 2}}, {{kind: pagerduty, url: '{PAGERDUTY}', after_minutes: 3}}"
    (tmp_path / "heliograph.yaml").write_text(changed(VEGA, more))
    directory = load(tmp_path / "heliograph.yaml", ENV).directory()
    vega, rigel = directory.person("vega"), directory.person("rigel")
    assert vega
    assert rigel
    assert [(m.ref, m.after) for m in vega.contacts] == [
        ("vega/sms", timedelta()),
        ("vega/pagerduty", timedelta(minutes=3)),
    ]
    assert (vega.dm_after, rigel.dm_after) == (timedelta(minutes=2), timedelta())
    assert PAGERDUTY not in repr(vega)


@pytest.mark.parametrize(
    ("contact", "said"),
    [
        (
            "{kind: pagerduty, url: 'json://user:hunter2@host'}",
            "`json://` is not pagerduty; write a URL with pagerduty",
        ),
        ("{kind: slack, url: 'json://user:hunter2@host'}", "the direct message needs no URL; remove it"),
        ("{kind: sms}", "where sms goes is missing; add a `url`"),
        ("{kind: pigeon, url: 'json://user:hunter2@host'}", "`kind`: `pigeon` is not right; write `slack`, `sms`"),
        (f"{VEGA}, {VEGA}", "`sms` is already the kind of contact in line"),
    ],
)
def test_one_that_is_wrong_is_said_without_its_secret(tmp_path: Path, contact: str, said: str) -> None:
    found = problems(tmp_path, changed(VEGA, contact))
    assert any(said in problem for problem in found), found
    assert "hunter2" not in "".join(found)
