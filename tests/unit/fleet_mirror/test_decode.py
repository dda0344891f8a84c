"""What the wire carries becomes slim objects, and one bad object is not the end of a list."""

import json
from typing import Any

import pytest

from bot.fleet import conditions, decode, parts
from bot.fleet.decode import Undecodable, WatchFailed
from bot.fleet.objects import Event, Node, Pod
from bot.fleet.parts import Condition


def _list(*items: Any, more: str = "") -> bytes:
    return json.dumps({"metadata": {"resourceVersion": "5", "continue": more}, "items": items}).encode()


def test_labels_of_a_pod_are_those_that_name_its_job() -> None:
    labels = {"training.kubeflow.org/job-name": "nemo", "app": "x"}
    page = decode.page(Pod, _list({"metadata": {"name": "a", "namespace": "b", "labels": labels}}, more="next"))
    assert page.metadata.continue_ == "next"
    assert page.items is not None
    assert page.items[0].metadata.labels.job == "nemo"


def test_an_event_without_any_time_is_no_trouble() -> None:
    """The typed client fails a whole list on a null eventTime."""
    bare = {"metadata": {"name": "e", "creationTimestamp": None}, "eventTime": None, "lastTimestamp": None}
    page = decode.page(Event, _list(bare))
    assert page.items is not None
    assert page.items[0].at is None


def test_one_object_that_cannot_be_read_does_not_hide_the_others() -> None:
    page = decode.page(Node, _list({"metadata": {"name": 7}}, {"metadata": {"name": "n2"}}))
    assert page.items is not None
    assert [n.name for n in page.items] == ["n2"]


def test_what_is_no_json_is_an_error_by_name() -> None:
    with pytest.raises(Undecodable):
        decode.page(Node, b"<html>")


def test_lines_of_a_watch() -> None:
    node = {"metadata": {"name": "n1", "resourceVersion": "8"}}
    added = decode.change(Node, json.dumps({"type": "ADDED", "object": node}).encode())
    assert (added.type, added.version, added.item.name) == ("ADDED", "8", "n1")
    bookmark = decode.change(Node, b'{"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"9"}}}')
    assert (bookmark.version, bookmark.item) == ("9", None)
    with pytest.raises(WatchFailed) as failed:
        decode.change(Node, b'{"type":"ERROR","object":{"code":410,"message":"too old"}}')
    assert failed.value.status.code == 410


@pytest.mark.parametrize(
    ("quantity", "number"), [("8", 8), (8, 8), ("1k", 1000), ("", 0), ("half", 0), ("500m", 0), ("2Gi", 0)]
)
def test_a_quantity_of_gpus(quantity: str | int, number: int) -> None:
    assert parts.whole(quantity) == number


def test_mig_slices_count_as_gpus() -> None:
    assert parts.gpus_in({"nvidia.com/mig-1g.10gb": "14", "nvidia.com/gpu": "2", "cpu": "9"}) == 16


@pytest.mark.parametrize(
    ("type", "status", "verdict"),
    [
        ("Ready", "True", conditions.Verdict.GOOD),
        ("Ready", "False", conditions.Verdict.BAD),
        ("Ready", "Unknown", conditions.Verdict.UNKNOWN),
        ("AcceleratedHardwareReady", "False", conditions.Verdict.BAD),
        ("SysLogsXIDError", "True", conditions.Verdict.BAD),
        ("SysLogsXIDError", "False", conditions.Verdict.GOOD),
        ("BrandNewReady", "False", conditions.Verdict.UNKNOWN),
    ],
)
def test_the_table_of_polarity(type: str, status: str, verdict: conditions.Verdict) -> None:
    assert conditions.judge(Condition(type, status)) is verdict
