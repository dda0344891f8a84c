"""The environment: every variable that is missing or wrong is named at once, and no secret is repeated."""

import pytest

from bot.config.settings import DatabaseSettings, Settings, settings
from bot.errors import ConfigError

RIGHT = {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1"}


@pytest.fixture(autouse=True)
def empty(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET", "SLACK_API_URL"):
        monkeypatch.delenv(name, raising=False)
    for name in Settings.model_fields:
        monkeypatch.delenv(f"HELIOGRAPH_{name.upper()}", raising=False)


def read(monkeypatch: pytest.MonkeyPatch, **env: str) -> Settings:
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    return settings()


def problems(monkeypatch: pytest.MonkeyPatch, **env: str) -> list[str]:
    with pytest.raises(ConfigError) as found:
        read(monkeypatch, **env)
    return found.value.problems


def test_two_tokens_are_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    made = read(monkeypatch, **RIGHT)
    assert made.mode == "socket"
    assert made.slack_bot_token.get_secret_value() == "xoxb-1"
    assert made.database_url.get_secret_value() == "sqlite:///.heliograph/heliograph.sqlite3"


def test_what_is_missing_and_what_is_wrong_come_together(monkeypatch: pytest.MonkeyPatch) -> None:
    found = problems(monkeypatch, HELIOGRAPH_HTTP_PORT="99999", HELIOGRAPH_MODE="http", HELIOGRAPH_TICK_SECONDS="0")
    assert found == [
        "HELIOGRAPH_HTTP_PORT is not right: write 65535 or less",
        "HELIOGRAPH_TICK_SECONDS is not right: write more than 0",
        "the environment has no SLACK_BOT_TOKEN; set it to the “Bot User OAuth Token” (xoxb-…) of the app's "
        "“OAuth & Permissions” page",
        "the environment has no SLACK_SIGNING_SECRET; set it to the “Signing Secret” of “Basic Information”; "
        "HELIOGRAPH_MODE=http needs it",
    ]


def test_an_empty_variable_is_a_missing_one(monkeypatch: pytest.MonkeyPatch) -> None:
    found = problems(monkeypatch, SLACK_BOT_TOKEN="xoxb-1", SLACK_APP_TOKEN="", HELIOGRAPH_HTTP_PORT="")
    assert len(found) == 1
    assert "SLACK_APP_TOKEN" in found[0]


def test_swapped_tokens_are_named_and_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    found = problems(monkeypatch, SLACK_BOT_TOKEN="xapp-secret", SLACK_APP_TOKEN="xoxb-secret")
    assert [p.split(";")[0] for p in found] == [
        "SLACK_APP_TOKEN is not right: it does not begin with xapp-",
        "SLACK_BOT_TOKEN is not right: it does not begin with xoxb-",
    ]
    assert "secret" not in "".join(found).replace("Signing Secret", "")


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("HELIOGRAPH_MODE", "webhook", "write socket or http"),
        ("HELIOGRAPH_LOG_LEVEL", "loud", "write debug, info, warning or error"),
        ("HELIOGRAPH_LOG_FORMAT", "xml", "write json or text"),
        ("HELIOGRAPH_HTTP_PORT", "http", "write a whole number"),
        ("HELIOGRAPH_TICK_SECONDS", "soon", "write a number"),
        ("HELIOGRAPH_TICK_SECONDS", "nan", "write a number"),
        ("HELIOGRAPH_DATABASE_URL", "mysql://a:secret@b/c", "write sqlite:///file or postgresql://"),
        ("HELIOGRAPH_ALERTMANAGER_SECRET", "a-secret", "write 16 characters or more, without spaces"),
        ("HELIOGRAPH_ALERTMANAGER_SECRET", "a secret of many words", "write 16 characters or more, without spaces"),
        ("SLACK_API_URL", "example.com", "write an address such as https://slack.com/api/"),
        ("HELIOGRAPH_HTTP_PORT", "tcp://10.0.0.1:8080", "set enableServiceLinks: false"),
    ],
)
def test_a_wrong_variable_is_named_with_what_to_write(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    found = problems(monkeypatch, **RIGHT, **{name: value})
    assert len(found) == 1
    assert found[0].startswith(f"{name} is ")
    assert said in found[0]
    assert value not in found[0]


def test_capitals_are_no_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    made = read(monkeypatch, **RIGHT, HELIOGRAPH_LOG_LEVEL="INFO", HELIOGRAPH_MODE="Socket")
    assert (made.log_level, made.mode) == ("info", "socket")


def test_slacks_address_ends_with_a_slash(monkeypatch: pytest.MonkeyPatch) -> None:
    """The client joins method names to it."""
    assert read(monkeypatch, **RIGHT, SLACK_API_URL="http://localhost:1/api").slack_api_url == "http://localhost:1/api/"


def test_no_secret_in_what_is_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    made = read(monkeypatch, **RIGHT, HELIOGRAPH_DATABASE_URL="postgresql://a:hunter2@b/c")
    assert "hunter2" not in repr(made)
    assert "xoxb-1" not in repr(made)


def test_the_terminal_needs_no_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HELIOGRAPH_DATABASE_URL", "sqlite:////tmp/x.sqlite3")
    assert DatabaseSettings().database_url.get_secret_value() == "sqlite:////tmp/x.sqlite3"
