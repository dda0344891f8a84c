"""Secrets and switches of one installation, from the environment; nothing of them stands in the file."""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.errors import ConfigError


class DatabaseSettings(BaseSettings):
    """What the terminal needs where it asks the database and not Slack."""

    model_config = SettingsConfigDict(env_prefix="HELIOGRAPH_", extra="ignore", populate_by_name=True)

    database_url: SecretStr = SecretStr(f"sqlite:///{Path('.heliograph') / 'heliograph.sqlite3'}")


class Settings(DatabaseSettings):
    slack_bot_token: SecretStr = Field(validation_alias="SLACK_BOT_TOKEN")
    slack_app_token: SecretStr = Field(default=SecretStr(""), validation_alias="SLACK_APP_TOKEN")
    slack_signing_secret: SecretStr = Field(default=SecretStr(""), validation_alias="SLACK_SIGNING_SECRET")
    slack_api_url: str = Field(default="https://slack.com/api/", validation_alias="SLACK_API_URL")
    mode: Literal["socket", "http"] = "socket"
    http_host: str = "127.0.0.1"
    http_port: int = 8080
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["json", "text"] = "json"
    tick_seconds: float = Field(default=1.0, gt=0, le=60)


def settings() -> Settings:
    """Raises `ConfigError` that names every variable which is missing or wrong."""
    try:
        made = Settings()
    except ValidationError as error:
        raise ConfigError([_said(e["loc"], e["type"], e["msg"]) for e in error.errors()]) from None
    needed = made.slack_app_token if made.mode == "socket" else made.slack_signing_secret
    if not needed.get_secret_value():
        name = "SLACK_APP_TOKEN" if made.mode == "socket" else "SLACK_SIGNING_SECRET"
        raise ConfigError([f"the environment has no {name}; HELIOGRAPH_MODE={made.mode} needs it"])
    return made


def _said(loc: tuple[int | str, ...], kind: str, message: str) -> str:
    name = str(loc[0])
    variable = name if name.isupper() else f"HELIOGRAPH_{name.upper()}"
    if kind == "missing":
        return f"the environment has no {variable}; docs/configuration.md says where it comes from"
    return f"{variable}: {message[:1].lower()}{message[1:]}"
