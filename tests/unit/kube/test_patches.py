"""Patches, checked against the examples of RFC 6902, RFC 7386 and the strategic-merge documentation."""

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.kube import errors, patches

POD = {"spec": {"containers": [{"name": "a", "image": "a:1"}, {"name": "b", "image": "b:1"}]}}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=12,
)


@pytest.mark.parametrize(
    ("target", "patch", "result"),
    [
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b"}, {"a": None}, {}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": "foo"}, None, None),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ],
)
def test_merge_patch_as_rfc_7386(target: Any, patch: Any, result: Any) -> None:
    """The appendix of the RFC."""
    assert patches.merge(target, patch) == result


@pytest.mark.parametrize(
    ("target", "operation", "result"),
    [
        ({"foo": "bar"}, {"op": "add", "path": "/baz", "value": "qux"}, {"baz": "qux", "foo": "bar"}),
        ({"foo": ["a", "c"]}, {"op": "add", "path": "/foo/1", "value": "b"}, {"foo": ["a", "b", "c"]}),
        ({"foo": ["a"]}, {"op": "add", "path": "/foo/-", "value": ["b"]}, {"foo": ["a", ["b"]]}),
        ({"baz": 1, "foo": 2}, {"op": "remove", "path": "/baz"}, {"foo": 2}),
        ({"foo": ["a", "b"]}, {"op": "remove", "path": "/foo/1"}, {"foo": ["a"]}),
        ({"baz": 1}, {"op": "replace", "path": "/baz", "value": 2}, {"baz": 2}),
        ({"a": {"b": 1}, "c": {}}, {"op": "move", "from": "/a/b", "path": "/c/d"}, {"a": {}, "c": {"d": 1}}),
        ({"a": 1}, {"op": "copy", "from": "/a", "path": "/b"}, {"a": 1, "b": 1}),
        ({"/": 9, "~1": 10}, {"op": "test", "path": "/~01", "value": 10}, {"/": 9, "~1": 10}),
        ({"a/b": 1}, {"op": "replace", "path": "/a~1b", "value": 2}, {"a/b": 2}),
    ],
)
def test_json_patch_as_rfc_6902(target: Any, operation: Any, result: Any) -> None:
    """The appendix of the RFC, and the target is left as it was."""
    before = copy.deepcopy(target)
    assert patches.json_patch(target, [operation]) == result
    assert target == before


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "remove", "path": "/missing"},
        {"op": "replace", "path": "/missing", "value": 1},
        {"op": "add", "path": "/missing/deeper", "value": 1},
        {"op": "add", "path": "/list/7", "value": 1},
        {"op": "test", "path": "/a", "value": 2},
    ],
)
def test_json_patch_refuses_what_is_not_there(operation: Any) -> None:
    """422, as the API server answers."""
    with pytest.raises(errors.Invalid):
        patches.json_patch({"a": 1, "list": []}, [operation])


@pytest.mark.parametrize(
    "operations", [{}, [{"op": "nonsense", "path": "/a"}], [{"op": "add", "path": "a", "value": 1}]]
)
def test_json_patch_refuses_what_is_no_patch(operations: Any) -> None:
    """400."""
    with pytest.raises(errors.BadRequest):
        patches.json_patch({"a": 1}, operations)


def test_strategic_merges_containers_by_name() -> None:
    """The list is merged item by item; a new item comes at the end."""
    patch = {"spec": {"containers": [{"name": "b", "image": "b:2"}, {"name": "c", "image": "c:1"}]}}
    merged = patches.strategic(POD, patch)
    assert merged["spec"]["containers"] == [
        {"name": "a", "image": "a:1"},
        {"name": "b", "image": "b:2"},
        {"name": "c", "image": "c:1"},
    ]


def test_strategic_directives() -> None:
    """`$patch: delete` takes one item, `$patch: replace` the whole list, `$setElementOrder` the order."""
    gone = patches.strategic(POD, {"spec": {"containers": [{"name": "a", "$patch": "delete"}]}})
    assert [item["name"] for item in gone["spec"]["containers"]] == ["b"]
    whole = patches.strategic(POD, {"spec": {"containers": [{"$patch": "replace"}, {"name": "z"}]}})
    assert whole["spec"]["containers"] == [{"name": "z"}]
    order = {"$setElementOrder/containers": [{"name": "b"}, {"name": "a"}]}
    turned = patches.strategic(POD, {"spec": order})
    assert [item["name"] for item in turned["spec"]["containers"]] == ["b", "a"]


def test_strategic_keeps_atomic_lists_whole() -> None:
    """Taints and tolerations have no merge key: a patch replaces them."""
    node = {"spec": {"taints": [{"key": "a", "effect": "NoSchedule"}]}}
    merged = patches.strategic(node, {"spec": {"taints": [{"key": "b", "effect": "NoSchedule"}]}})
    assert merged["spec"]["taints"] == [{"key": "b", "effect": "NoSchedule"}]


def test_strategic_sets_of_finalizers() -> None:
    """Finalizers are added to, and taken from with `$deleteFromPrimitiveList`."""
    target = {"metadata": {"finalizers": ["a", "b"]}}
    assert patches.strategic(target, {"metadata": {"finalizers": ["c"]}})["metadata"]["finalizers"] == ["a", "b", "c"]
    less = patches.strategic(target, {"metadata": {"$deleteFromPrimitiveList/finalizers": ["a"]}})
    assert less["metadata"]["finalizers"] == ["b"]


def test_strategic_retain_keys() -> None:
    """`$retainKeys` clears what the patch does not keep, as for a volume that changes its source."""
    target = {"strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1}}}
    patch = {"strategy": {"$retainKeys": ["type"], "type": "Recreate"}}
    assert patches.strategic(target, patch) == {"strategy": {"type": "Recreate"}}


@given(target=JSON, patch=JSON)
def test_patches_never_change_their_input(target: Any, patch: Any) -> None:
    """Stored objects are shared: a patch works on copies, whatever it meets."""
    before = copy.deepcopy((target, patch))
    patches.merge(target, patch)
    if isinstance(target, dict) and isinstance(patch, dict):
        try:
            patches.strategic(target, patch)
        except (errors.ApiError, TypeError, AttributeError):
            pass
    assert (target, patch) == before


@given(target=JSON)
def test_an_empty_merge_patch_changes_nothing(target: Any) -> None:
    """{} is the neutral element for objects."""
    if isinstance(target, dict):
        assert patches.merge(target, {}) == target
