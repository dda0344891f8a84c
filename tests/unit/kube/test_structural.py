"""Custom objects are held to the schema of their definition."""

from typing import Any

import pytest

from sandbox.kube import custom, errors, structural
from sandbox.kube.kinds import Kind
from sandbox.kube.refusals import FieldErrors
from sandbox.kube.store import Store

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "spec": {
            "type": "object",
            "required": ["replicas"],
            "properties": {
                "replicas": {"type": "integer", "minimum": 0},
                "mode": {"type": "string", "enum": ["A", "B"], "default": "A"},
                "port": {"x-kubernetes-int-or-string": True},
                "tasks": {"type": "array", "minItems": 1, "items": {"type": "object", "required": ["name"]}},
                "labels": {"type": "object", "additionalProperties": {"type": "string", "pattern": "^[a-z]+$"}},
            },
        }
    },
}
KIND = Kind("batch.example", "v1", "jobs", "Job", "job", custom=True, schema=SCHEMA)


@pytest.mark.parametrize(
    ("spec", "text"),
    [
        ({"replicas": 1, "mode": "B", "port": "http", "tasks": [{"name": "a"}], "labels": {"a": "b"}, "new": 1}, None),
        ({}, "spec.replicas: Required value"),
        ({"replicas": "1"}, 'spec.replicas in body must be of type integer: "string"'),
        ({"replicas": True}, "must be of type integer"),
        ({"replicas": None}, 'must be of type integer: "null"'),
        ({"replicas": -1}, "should be greater than or equal to 0"),
        ({"replicas": 1, "mode": "C"}, 'supported values: "A", "B"'),
        ({"replicas": 1, "port": 1.5}, "spec.port"),
        ({"replicas": 1, "tasks": []}, "should have at least 1 items"),
        ({"replicas": 1, "tasks": [{}]}, "spec.tasks[0].name: Required value"),
        ({"replicas": 1, "labels": {"a": "B"}}, "should match '^[a-z]+$'"),
    ],
)
def test_schema(spec: dict[str, Any], text: str | None) -> None:
    """Each violation names its field; what the schema does not name passes."""
    problems = FieldErrors()
    structural.check(SCHEMA, {"spec": spec}, "", problems)
    if text is None:
        assert problems == []
        return
    with pytest.raises(errors.Invalid) as refused:
        problems.raise_for(KIND, "x")
    assert text in refused.value.message
    assert refused.value.message.startswith('Job.batch.example "x" is invalid: ')


def test_defaults_are_filled_in() -> None:
    """Also where the object leaves a part out; two objects do not share them."""
    obj: dict[str, Any] = {"spec": {"replicas": 1}}
    structural.defaulted(SCHEMA, obj)
    assert obj["spec"]["mode"] == "A"


def definition(name: str = "jobs.batch.example", scope: str = "Namespaced") -> dict[str, Any]:
    version = {"name": "v1", "served": True, "storage": True, "subresources": {"scale": {}, "status": {}}}
    names = {"plural": "jobs", "kind": "Job"}
    spec = {"group": "batch.example", "scope": scope, "names": names, "versions": [version]}
    return {"metadata": {"name": name}, "spec": spec}


def test_definitions_serve_their_kind(store: Store) -> None:
    """From creation to deletion, objects included."""
    custom.follow(store)
    store.create(custom.KEY, definition())
    kind = store.kind("jobs.batch.example")
    assert (kind.api_version, kind.singular, kind.subresources) == ("batch.example/v1", "job", ("scale", "status"))
    conditions = store.get(custom.KEY, "jobs.batch.example")["status"]["conditions"]
    assert [item["type"] for item in conditions] == ["NamesAccepted", "Established"]
    store.create("jobs.batch.example", {"metadata": {"name": "a", "namespace": "aurora"}})
    store.delete(custom.KEY, "jobs.batch.example")
    assert "jobs.batch.example" not in store.kinds


@pytest.mark.parametrize("wrong", [definition(name="other"), definition(scope="Everywhere")])
def test_definitions_that_cannot_be(wrong: dict[str, Any]) -> None:
    """The name is plural.group, the scope one of two."""
    with pytest.raises(errors.Invalid):
        custom.check(wrong)
