"""Server-side apply: fields have owners, and two owners of one field are a conflict."""

from typing import Any

import pytest

from sandbox.kube import apply, errors, managed

WHEN = "2026-03-02T09:00:00Z"


def config(**spec: Any) -> dict[str, Any]:
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": spec}


def container(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name} | more


def managers(obj: dict[str, Any]) -> list[tuple[str, str]]:
    return [(item["manager"], item["operation"]) for item in obj["metadata"]["managedFields"]]


def test_applying_twice_changes_nothing() -> None:
    """managedFields keep their time, so that the store sees no change."""
    first = apply.apply(None, config(replicas=1), "a", False, WHEN)
    assert apply.apply(first, config(replicas=1), "a", False, "2026-03-02T10:00:00Z") == first


def test_what_is_no_longer_declared_goes() -> None:
    """Unless somebody else declares it too."""
    first = apply.apply(None, config(replicas=1, paused=True), "a", False, WHEN)
    second = apply.apply(first, config(paused=True), "b", False, WHEN)
    third = apply.apply(second, config(), "a", False, WHEN)
    assert third["spec"] == {"paused": True}


def test_another_owner_is_a_conflict() -> None:
    """409 names the manager and the field; force takes the field over."""
    first = apply.apply(None, config(replicas=1), "a", False, WHEN)
    with pytest.raises(errors.Conflict) as refused:
        apply.apply(first, config(replicas=2), "b", False, WHEN)
    assert refused.value.details["causes"] == [
        {"reason": "FieldManagerConflict", "message": 'conflict with "a" using apps/v1', "field": ".spec.replicas"}
    ]
    forced = apply.apply(first, config(replicas=2), "b", True, WHEN)
    assert forced["spec"]["replicas"] == 2
    assert managers(forced) == [("b", "Apply")]


def test_the_same_value_is_shared() -> None:
    """Two managers may declare the same."""
    first = apply.apply(None, config(replicas=1), "a", False, WHEN)
    second = apply.apply(first, config(replicas=1), "b", False, WHEN)
    assert managers(second) == [("a", "Apply"), ("b", "Apply")]


def test_containers_are_merged_by_name() -> None:
    """Each manager has its own containers; one that is no longer declared goes."""
    first = apply.apply(None, config(containers=[container("a", image="1")]), "a", False, WHEN)
    second = apply.apply(first, config(containers=[container("b", image="2")]), "b", False, WHEN)
    assert [item["name"] for item in second["spec"]["containers"]] == ["a", "b"]
    third = apply.apply(second, config(containers=[container("c")]), "a", False, WHEN)
    assert sorted(item["name"] for item in third["spec"]["containers"]) == ["b", "c"]


def test_updates_take_over_what_they_change() -> None:
    """An ordinary write is recorded too, and applying over it is a conflict."""
    old = apply.apply(None, config(replicas=1, paused=True), "a", False, WHEN)
    new = old | {"spec": {"replicas": 5, "paused": True}, "metadata": dict(old["metadata"])}
    managed.record(old, new, "kubectl", "apps/v1", WHEN)
    assert managers(new) == [("a", "Apply"), ("kubectl", "Update")]
    with pytest.raises(errors.Conflict, match='conflict with "kubectl"'):
        apply.apply(new, config(replicas=1, paused=True), "a", False, WHEN)


def test_fields_survive_the_way_through_fields_v1() -> None:
    """What is written as FieldsV1 is read back as the same set."""
    obj = config(replicas=1, containers=[container("a", env=[{"name": "X", "value": "1"}])])
    obj["metadata"]["finalizers"] = ["f"]
    paths = managed.fields(obj)
    assert managed.from_v1(managed.to_v1(paths)) == paths
    assert all(managed.value_at(obj, path) is not None for path in paths)
