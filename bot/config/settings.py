"""Secrets and switches of one installation, from the environment; nothing of them stands in the file.

Every variable that is missing or wrong is reported at once, by its name, and never with its value.
"""

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator, model_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.config import values
from bot.errors import ConfigError

DATABASE = re.compile(r"sqlite(\+aiosqlite)?:///.|postgres(ql)?(\+asyncpg)?://.")
TOKENS = {"slack_bot_token": "xoxb-", "slack_app_token": "xapp-"}
"""What Slack's tokens begin with: the two are easily swapped."""
WHERE = {
    "SLACK_BOT_TOKEN": "the “Bot User OAuth Token” (xoxb-…) of the app's “OAuth & Permissions” page",
    "SLACK_APP_TOKEN": "an app-level token (xapp-…) with connections:write, from “Basic Information”; "
    "HELIOGRAPH_MODE=socket needs it",
    "SLACK_SIGNING_SECRET": "the “Signing Secret” of “Basic Information”; HELIOGRAPH_MODE=http needs it",
}


class DatabaseSettings(BaseSettings):
    """What the terminal needs where it asks the database and not Slack."""

    model_config = SettingsConfigDict(env_prefix="HELIOGRAPH_", extra="ignore", env_ignore_empty=True)

    database_url: SecretStr = SecretStr(f"sqlite:///{Path('.heliograph') / 'heliograph.sqlite3'}")

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: SecretStr) -> SecretStr:
        if not DATABASE.match(value.get_secret_value()):
            raise ValueError("write sqlite:///file or postgresql://user:password@host/name")
        return value


class Settings(DatabaseSettings):
    slack_bot_token: SecretStr = Field(default=SecretStr(""), validation_alias="SLACK_BOT_TOKEN")
    slack_app_token: SecretStr = Field(default=SecretStr(""), validation_alias="SLACK_APP_TOKEN")
    slack_signing_secret: SecretStr = Field(default=SecretStr(""), validation_alias="SLACK_SIGNING_SECRET")
    slack_api_url: str = Field(default="https://slack.com/api/", validation_alias="SLACK_API_URL")
    mode: Literal["socket", "http"] = "socket"
    http_host: str = "127.0.0.1"
    http_port: int = Field(default=8080, ge=0, le=65_535)
    public_url: str = ""
    alertmanager_secret: SecretStr = SecretStr("")
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["json", "text"] = "json"
    deadman_url: SecretStr = SecretStr("")
    deadman_seconds: float = Field(default=30.0, gt=0, le=3600, allow_inf_nan=False)
    tick_seconds: float = Field(default=1.0, gt=0, le=60, allow_inf_nan=False)

    @field_validator("slack_bot_token", "slack_app_token")
    @classmethod
    def _the_right_token(cls, value: SecretStr, info: ValidationInfo) -> SecretStr:
        start = TOKENS[str(info.field_name)]
        if value.get_secret_value() and not value.get_secret_value().startswith(start):
            raise ValueError(f"it does not begin with {start}; write {WHERE[str(info.field_name).upper()]}")
        return value

    @field_validator("slack_api_url")
    @classmethod
    def _an_address(cls, value: str) -> str:
        if not re.fullmatch(r"https?://\S+", value):
            raise ValueError("write an address such as https://slack.com/api/")
        return value if value.endswith("/") else f"{value}/"

    @field_validator("deadman_url")
    @classmethod
    def _an_address_outside(cls, value: SecretStr) -> SecretStr:
        if value.get_secret_value() and not re.fullmatch(r"https?://\S+", value.get_secret_value()):
            raise ValueError("write the address that is to be called, such as https://hc-ping.com/…")
        return value

    @field_validator("alertmanager_secret")
    @classmethod
    def _not_guessed(cls, value: SecretStr) -> SecretStr:
        """Whoever has it raises pages, and ends them."""
        if value.get_secret_value() and not re.fullmatch(r"[!-~]{16,500}", value.get_secret_value()):
            raise ValueError("write 16 characters or more, without spaces, such as `openssl rand -hex 24` prints")
        return value

    @field_validator("public_url")
    @classmethod
    def _where_it_is_reached(cls, value: str) -> str:
        return values.public_url(value) if value else ""

    @model_validator(mode="before")
    @classmethod
    def _in_small_letters(cls, given: object) -> object:
        """`INFO` is `info`, `Socket` is `socket`."""
        words = ("mode", "log_level", "log_format")
        if not isinstance(given, dict):
            return given
        return {k: v.lower() if k in words and isinstance(v, str) else v for k, v in given.items()}


def settings() -> Settings:
    """Raises `ConfigError` that names every variable which is missing or wrong, and what to set it to."""
    problems = [f"the environment has no {name}; set it to {WHERE[name]}" for name in _missing(os.environ)]
    try:
        made = Settings()
    except ValidationError as error:
        problems += [_said(e) for e in error.errors(include_input=True)]
    if problems:
        raise ConfigError(sorted(problems))
    return made


def _missing(env: Mapping[str, str]) -> Iterator[str]:
    """Without which this mode cannot start. An empty variable is a missing one."""
    mode = env.get("HELIOGRAPH_MODE", "").lower()
    for name in ("SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET" if mode == "http" else "SLACK_APP_TOKEN"):
        if not env.get(name):
            yield name


def _said(error: ErrorDetails) -> str:
    name = variable_of(str(error["loc"][0]).lower())
    if str(error["input"]).startswith("tcp://"):
        return (
            f"{name} is an address that Kubernetes sets for a Service of that name; "
            "set enableServiceLinks: false in the pod, or the variable itself"
        )
    limits = error.get("ctx", {})
    remedies = {
        "literal_error": f"write {limits.get('expected', '')}".replace("'", ""),
        "greater_than_equal": f"write {limits.get('ge')} or more",
        "less_than_equal": f"write {limits.get('le')} or less",
        "greater_than": f"write more than {limits.get('gt', 0):g}",
        "int_parsing": "write a whole number",
        "float_parsing": "write a number",
        "finite_number": "write a number",
    }
    said = remedies.get(error["type"], error["msg"].removeprefix("Value error, "))
    return f"{name} is not right: {said}"


def variable_of(name: str) -> str:
    """`http_port` → HELIOGRAPH_HTTP_PORT, `slack_bot_token` → SLACK_BOT_TOKEN."""
    return name.upper() if name.startswith("slack_") else f"HELIOGRAPH_{name.upper()}"
