"""The manifest fits the file, asks for no scope without a reason, and is what Slack's schema allows."""

import json
from pathlib import Path

import jsonschema
import pytest
import yaml

from bot import manifest
from bot.config.schema import Commands

ROOT = Path(__file__).parents[3]
SCHEMA = ROOT.parent / "shared" / "reference" / "slack-shapes" / "manifest.schema.2.0.0.json"
COMMANDS = Commands().model_dump()
NEEDED = {
    "chat.postMessage": "chat:write",
    "chat.update": "chat:write",
    "chat.postEphemeral": "chat:write",
    "conversations.open": "im:write",
    "conversations.history": "channels:history",
    "conversations.info": "channels:read",
    "usergroups.users.list": "usergroups:read",
    "users.info": "users:read",
}
"""Web API method that the bot uses → the scope Slack wants for it."""


@pytest.mark.skipif(not SCHEMA.exists(), reason="Slack's schema is not here")
@pytest.mark.parametrize("url", ["", "https://heliograph.example/slack/events"])
def test_slacks_schema_takes_it(url: str) -> None:
    made = manifest.manifest(COMMANDS, manifest.Request(url))
    jsonschema.validate(made, json.loads(SCHEMA.read_text()))


def test_every_method_has_its_scope_and_every_scope_its_reason() -> None:
    assert set(NEEDED.values()) <= set(manifest.SCOPES)
    assert all(manifest.SCOPES.values())


def test_commands_are_called_as_the_file_calls_them() -> None:
    made = manifest.manifest({**COMMANDS, "job": "/gpu-job"})
    named = [c["command"] for c in made["features"]["slash_commands"]]
    assert "/gpu-job" in named
    assert "/job" not in named
    assert all(c["should_escape"] for c in made["features"]["slash_commands"])


def test_the_yaml_says_the_same_with_reasons_beside_it() -> None:
    made = manifest.manifest(COMMANDS)
    text = manifest.as_yaml(made)
    assert yaml.safe_load(text) == made
    for reason in manifest.SCOPES.values():
        assert reason in text


def test_slacks_limits() -> None:
    made = manifest.manifest(COMMANDS)
    assert len(made["display_information"]["name"]) <= 35
    assert len(made["display_information"]["description"]) <= 140
    for command in made["features"]["slash_commands"]:
        assert len(command["command"]) <= 32
        assert len(command.get("usage_hint", "")) <= 1000
