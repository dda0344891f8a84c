"""The manifest fits the file, asks for nothing that the bot does not do today, and is what Slack's schema allows."""

import ast
import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import jsonschema
import pytest
import referencing
import referencing.jsonschema
import yaml

from bot import manifest
from bot.config.schema import Commands
from bot.errors import UserError
from bot.slack import ids

ROOT = Path(__file__).parents[3]
SHAPES = ROOT.parent / "shared" / "reference" / "slack-shapes"
COMMANDS = Commands().model_dump()
GATEWAY = ROOT / "bot" / "slack" / "gateway.py"
URL = "https://heliograph.example/slack/events"


def calls(tree: ast.AST) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def constants(tree: ast.AST) -> set[str]:
    """Names of Web API methods among the strings."""
    strings = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    return {s for s in strings if s.count(".") in (1, 2) and s.replace(".", "").isalpha()}


def gateway() -> dict[str, set[str]]:
    """Function of the gateway → Web API methods it calls, itself or by a private one, as they name them themselves."""
    [made] = [n for n in ast.parse(GATEWAY.read_text()).body if isinstance(n, ast.ClassDef) and n.name == "Gateway"]
    functions = {n.name: n for n in made.body if isinstance(n, ast.AsyncFunctionDef)}
    return {name: set().union(*map(constants, with_private(f, functions))) for name, f in functions.items()}


def with_private(function: ast.AST, functions: Mapping[str, ast.AST]) -> Iterator[ast.AST]:
    yield function
    for call in calls(function):
        if isinstance(call.func, ast.Attribute) and call.func.attr.startswith("_") and call.func.attr in functions:
            yield functions[call.func.attr]


def used() -> set[str]:
    """Functions of the gateway that something calls."""
    found = set()
    sources = [p for folder in ("bot", "handlers") for p in (ROOT / folder).rglob("*.py") if p != GATEWAY]
    for source in sources:
        for call in calls(ast.parse(source.read_text())):
            if isinstance(call.func, ast.Attribute):
                owner = call.func.value
                name = owner.attr if isinstance(owner, ast.Attribute) else getattr(owner, "id", "")
                if name.strip("_") in ("slack", "gateway"):
                    found.add(call.func.attr)
    return found & set(gateway())


def listened(kind: str) -> set[str]:
    """What the handlers register: `on.event("app_mention", …)`, `on.shortcut(ids.REQUEST_FROM_MESSAGE, …)`."""
    found = set()
    for source in (ROOT / "handlers").glob("*.py"):
        for call in calls(ast.parse(source.read_text())):
            if isinstance(call.func, ast.Attribute) and call.func.attr == kind and call.args:
                name = call.args[0]
                if isinstance(name, ast.Constant):
                    found.add(str(name.value))
                elif isinstance(name, ast.Attribute):
                    found.add(str(getattr(ids, name.attr)))
    return found


@pytest.mark.skipif(not SHAPES.exists(), reason="Slack's schemas are not here")
@pytest.mark.parametrize("schema", ["manifest.schema.json", "manifest.schema.2.0.0.json"])
@pytest.mark.parametrize("url", ["", URL])
def test_slacks_schemas_take_it(schema: str, url: str) -> None:
    versions = "https://raw.githubusercontent.com/slackapi/manifest-schema/v0.5.0/schemas/manifest.schema"
    second = json.loads((SHAPES / "manifest.schema.2.0.0.json").read_text())
    known = {f"{versions}.1.0.0.json": {}, f"{versions}.2.0.0.json": second}
    draft = referencing.jsonschema.DRAFT7
    resources = [(uri, draft.create_resource(contents)) for uri, contents in known.items()]
    registry: referencing.Registry[object] = referencing.Registry().with_resources(resources)
    validator = jsonschema.Draft7Validator(json.loads((SHAPES / schema).read_text()), registry=registry)
    made = manifest.manifest(COMMANDS, manifest.Request(url))
    validator.validate(made)
    assert not validator.is_valid(made | {"display_information": {"name": "x" * 36}}), "the schema is looked at"


def test_every_method_of_the_gateway_is_in_the_table() -> None:
    assert set().union(*gateway().values()) == set(manifest.METHODS)


def test_every_method_that_is_called_has_its_scopes() -> None:
    for function in used():
        for method in gateway()[function]:
            assert set(manifest.METHODS[method]) <= set(manifest.SCOPES), f"{method} is called: ask for its scopes"


def test_nothing_is_asked_for_that_is_not_used() -> None:
    needed = {scope for function in used() for m in gateway()[function] for scope in manifest.METHODS[m]}
    needed |= {scope for scope in manifest.EVENT_SCOPES.values() if scope} | {"commands"}
    forms = "".join(path.read_text() for path in (ROOT / "templates" / "slack").rglob("*.j2"))
    needed |= {scope for element, scope in manifest.ELEMENT_SCOPES.items() if element in forms}
    assert set(manifest.SCOPES) == needed


def test_every_event_and_shortcut_has_a_listener_and_every_listener_its_event() -> None:
    """What is subscribed to by kind of channel (`message.channels`) arrives under one name."""
    assert listened("event") == {event.partition(".")[0] for event in manifest.EVENTS}
    assert set(manifest.EVENTS) == set(manifest.EVENT_SCOPES)
    assert listened("shortcut") == set(manifest.SHORTCUTS)


def test_every_command_of_the_file_is_in_the_manifest() -> None:
    assert set(manifest.COMMANDS) == set(Commands.model_fields)


def test_commands_are_called_as_the_file_calls_them() -> None:
    made = manifest.manifest({**COMMANDS, "job": "/gpu-job"})
    named = [c["command"] for c in made["features"]["slash_commands"]]
    assert "/gpu-job" in named
    assert "/job" not in named
    assert all(c["should_escape"] for c in made["features"]["slash_commands"])


@pytest.mark.parametrize("url", ["", URL])
def test_the_yaml_says_the_same_with_a_reason_beside_each_scope_and_event(url: str) -> None:
    made = manifest.manifest(COMMANDS, manifest.Request(url))
    text = manifest.as_yaml(made)
    assert yaml.safe_load(text) == made
    for name, reason in (manifest.SCOPES | manifest.EVENTS).items():
        assert f"- {name}  # {reason}\n" in text
    assert ("SLACK_APP_TOKEN" in text) == (not url)
    assert ("SLACK_SIGNING_SECRET" in text) == bool(url)


def test_slacks_limits() -> None:
    made = manifest.manifest({**COMMANDS, "page": f"/{'p' * 31}"})
    assert len(made["display_information"]["name"]) <= 35
    assert len(made["display_information"]["description"]) <= 140
    assert len(made["features"]["shortcuts"]) <= 10
    assert all(len(s["name"]) <= 24 and len(s["description"]) <= 150 for s in made["features"]["shortcuts"])
    for command in made["features"]["slash_commands"]:
        assert len(command["command"]) <= 32
        assert len(command["description"]) <= 2000
        assert 0 < len(command.get("usage_hint", "-")) <= 1000


def test_socket_mode_exposes_nothing_and_http_mode_says_where() -> None:
    socket, http = manifest.manifest(COMMANDS), manifest.manifest(COMMANDS, manifest.Request(URL))
    assert socket["settings"]["socket_mode_enabled"]
    assert "http" not in json.dumps(socket)
    assert not http["settings"]["socket_mode_enabled"]
    assert http["settings"]["interactivity"]["request_url"] == URL
    assert {c["url"] for c in http["features"]["slash_commands"]} == {URL}


@pytest.mark.parametrize("url", ["heliograph.example", "http://heliograph.example/slack/events", "https://"])
def test_an_address_that_slack_cannot_use_is_refused(url: str) -> None:
    with pytest.raises(UserError, match="Slack cannot send to"):
        manifest.Request(url)
