"""Tables, versions and cells, as `kubectl get` shows them."""

from datetime import UTC, datetime
from typing import Any

import pytest

from sandbox.kube import call, cells, discovery, errors, openapi, protobuf, quantities, views
from sandbox.kube.store import Store

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-5, "<invalid>"), (0, "0s"), (119, "119s"), (120, "2m"), (121, "2m1s"), (599, "9m59s"), (600, "10m"),
        (10_799, "179m"), (10_800, "3h"), (11_100, "3h5m"), (28_800, "8h"), (172_800, "2d"), (176_400, "2d1h"),
        (691_200, "8d"), (63_072_000, "2y"), (66_000_000, "2y33d"),
    ],
)  # fmt: skip
def test_ages(seconds: int, text: str) -> None:
    """HumanDuration's steps."""
    assert cells.duration(seconds) == text


@pytest.mark.parametrize(
    ("status", "text"),
    [
        ({"phase": "Running", "containerStatuses": [{"state": {"running": {}}, "ready": True}]}, "Running"),
        ({"phase": "Pending", "containerStatuses": [{"state": {"waiting": {"reason": "ImagePullBackOff"}}}]},
         "ImagePullBackOff"),
        ({"phase": "Failed", "containerStatuses": [{"state": {"terminated": {"reason": "OOMKilled"}}}]}, "OOMKilled"),
        ({"phase": "Failed", "containerStatuses": [{"state": {"terminated": {"exitCode": 3}}}]}, "ExitCode:3"),
        ({"phase": "Failed", "reason": "Evicted"}, "Evicted"),
    ],
)  # fmt: skip
def test_pod_status(status: dict[str, Any], text: str) -> None:
    """The reason that says more than the phase."""
    assert cells.pod_status({"metadata": {}, "status": status}, NOW) == text


def test_json_paths() -> None:
    """The part of JSONPath that printer columns use."""
    obj = {"status": {"conditions": [{"type": "A", "status": "True"}]}, "metadata": {"labels": {"a.b/c": "x"}}}
    assert cells.find(obj, ".status.conditions[?(@.type=='A')].status") == "True"
    assert cells.find(obj, ".status.conditions[0].type") == "A"
    assert cells.find(obj, ".metadata.labels.a\\.b/c") == "x"
    assert cells.find(obj, ".status.nothing.at.all") is None


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        ("application/json", ""),
        ("*/*", ""),
        ("application/vnd.kubernetes.protobuf,application/json", ""),
        ("application/json;as=Table;v=v1;g=meta.k8s.io,application/json", "Table"),
        ("application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json", ""),
        ("application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io", "PartialObjectMetadataList"),
        ("application/vnd.kubernetes.protobuf", None),
        ("text/html", None),
    ],
)
def test_forms_are_negotiated(store: Store, accept: str, form: str | None) -> None:
    """The first form we have; 406 when there is none."""
    kind = store.kind("pods")
    if form is None:
        with pytest.raises(errors.NotAcceptable):
            views.negotiate(accept, kind, "v1", "", listing=True)
    else:
        assert views.negotiate(accept, kind, "v1", "", listing=True).form == form


def test_events_are_shown_in_both_apis(store: Store) -> None:
    """One event, two names for its fields; the way back loses nothing."""
    about = {"kind": "Pod", "name": "p", "namespace": "aurora"}
    event = {"metadata": {"name": "e", "namespace": "aurora"}, "involvedObject": about, "message": "m", "count": 2}
    stored = store.create("events", event)
    kind = store.kind("events.events.k8s.io")
    shown = views.show(stored, kind, "v1")
    assert (shown["regarding"], shown["note"], shown["deprecatedCount"]) == (about, "m", 2)
    assert shown["apiVersion"] == "events.k8s.io/v1"
    assert views.stored(shown, kind, "v1")["message"] == "m"


def test_kueue_versions(store: Store) -> None:
    """v1beta1 calls the cohort otherwise."""
    kind = store.kind("clusterqueues.kueue.x-k8s.io")
    stored = store.create(kind.key, {"metadata": {"name": "q"}, "spec": {"cohortName": "all"}})
    assert views.show(stored, kind, "v1beta1")["spec"] == {"cohort": "all"}
    old = {"apiVersion": "kueue.x-k8s.io/v1beta1", "metadata": {"name": "q"}, "spec": {"cohort": "all"}}
    assert views.stored(old, kind, "v1beta1")["spec"] == {"cohortName": "all"}


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("/api/v1/nodes", call.Target("", "v1", "nodes")),
        ("/api/v1/namespaces/a", call.Target("", "v1", "namespaces", "", "a")),
        ("/api/v1/namespaces/a/status", call.Target("", "v1", "namespaces", "", "a", "status")),
        ("/api/v1/namespaces/a/pods/p/log", call.Target("", "v1", "pods", "a", "p", "log")),
        ("/apis/batch/v1/jobs", call.Target("batch", "v1", "jobs")),
        ("/apis/batch/v1/namespaces/a/jobs/j", call.Target("batch", "v1", "jobs", "a", "j")),
        ("/apis/batch/v1", None),
        ("/version", None),
    ],
)
def test_paths(path: str, target: call.Target | None) -> None:
    """Which object a path is about."""
    assert call.parse(path) == target


def test_every_kind_is_discovered(store: Store) -> None:
    """In the list of its group, in the aggregated document, and in OpenAPI."""
    found = discovery.Discovery(store)
    for kind in store.kinds.values():
        for version in kind.served:
            names = [item["name"] for item in found.resources(kind.group, version)["resources"]]
            assert kind.plural in names
            path = f"apis/{kind.group}/{version}" if kind.group else f"api/{version}"
            urls = openapi.document(found, path)["paths"]
            assert any(url.endswith(f"/{kind.plural}/{{name}}") for url in urls)
    groups = [item["metadata"]["name"] for item in found.aggregated("v2", core=False)["items"]]
    assert set(groups) == {kind.group for kind in store.kinds.values() if kind.group} | set(discovery.REVIEWS)


@pytest.mark.parametrize(
    ("text", "value"), [("1", 1), ("500m", 0.5), ("1Ki", 1024), ("1k", 1000), ("1e3", 1000), ("-1", -1), ("8Gi", 2**33)]
)
def test_quantities(text: str, value: float) -> None:
    """Decimal, binary and exponent forms."""
    assert quantities.parse(text) == value


@pytest.mark.parametrize("text", ["", "a lot", "1Gb", "1.2.3", "Gi"])
def test_what_is_no_quantity(text: str) -> None:
    """None, not zero."""
    assert quantities.parse(text) is None


@pytest.mark.parametrize(
    "raw", [b"", b"k8s", b"k8s\x00\x0a", b"k8s\x00\x0a\x7fx", b"k8s\x00\x0b", b"k8s\x00\x12\x02\x08"]
)
def test_broken_protobuf_is_refused(raw: bytes) -> None:
    """400 or 415, never a crash."""
    with pytest.raises((errors.BadRequest, errors.UnsupportedMediaType)):
        protobuf.decode(raw)
