"""Selectors as `kubectl -l` and `--field-selector` write them."""

import pytest

from sandbox.kube import errors, selectors

GPU = {"pool": "gpu", "zone": "a", "rank": "7"}


@pytest.mark.parametrize(
    ("text", "matches"),
    [
        ("pool=gpu", True),
        ("pool==gpu", True),
        ("pool=gpu,zone=b", False),
        ("pool!=cpu", True),
        ("missing!=cpu", True),
        ("pool in (cpu, gpu),zone", True),
        ("pool notin (cpu,gpu)", False),
        ("missing notin (x)", True),
        ("!missing", True),
        ("!pool", False),
        ("rank>6", True),
        ("rank<7", False),
        ("rank>x", None),
        ("pool=", False),
        ("a b", None),
        ("kueue.x-k8s.io/queue-name", False),
    ],
)
def test_label_selectors(text: str, matches: bool | None) -> None:
    """None: refused with 400."""
    if matches is None:
        with pytest.raises(errors.BadRequest):
            selectors.labels(text)
    else:
        assert selectors.labels(text)(GPU) is matches


def test_field_selectors() -> None:
    """A missing field counts as empty, a missing boolean as false."""
    pod = {"metadata": {"name": "a"}, "spec": {"nodeName": "n1"}, "status": {"phase": "Running"}}
    assert selectors.fields("spec.nodeName=n1,status.phase!=Failed", "pods")(pod)
    assert not selectors.fields("spec.nodeName=n2", "pods")(pod)
    assert selectors.fields("spec.unschedulable=false", "nodes")({"spec": {}})
    assert selectors.fields("status.nominatedNodeName=", "pods")(pod)


def test_an_unknown_field_is_refused() -> None:
    """Only some fields are indexed; custom kinds have name and namespace."""
    with pytest.raises(errors.BadRequest, match="field label not supported"):
        selectors.fields("spec.image=x", "pods")
    with pytest.raises(errors.BadRequest):
        selectors.fields("spec.queueName=x", "workloads.kueue.x-k8s.io")


def test_selector_objects() -> None:
    """matchLabels and matchExpressions, all of which must hold."""
    matches = selectors.from_object(
        {
            "matchLabels": {"pool": "gpu"},
            "matchExpressions": [
                {"key": "zone", "operator": "In", "values": ["a"]},
                {"key": "gone", "operator": "DoesNotExist"},
            ],
        }
    )
    assert matches(GPU)
    assert not matches({"pool": "gpu"})
