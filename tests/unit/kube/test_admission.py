"""What a client's object must be before it is stored, and which of its fields may change."""

from collections.abc import Callable
from typing import Any

import pytest

from sandbox.kube import admission, errors
from sandbox.kube.store import Store, copied

Change = Callable[[dict[str, Any]], Any]


def job() -> dict[str, Any]:
    container = {"name": "main", "image": "train:1", "resources": {"limits": {"nvidia.com/gpu": "8"}}}
    template = {"spec": {"restartPolicy": "Never", "containers": [container]}}
    return {"metadata": {"name": "train", "namespace": "aurora"}, "spec": {"template": template}}


def created(store: Store, obj: dict[str, Any], key: str = "jobs.batch") -> dict[str, Any]:
    kind = store.kind(key)
    admission.check_types(kind, obj, "Strict")
    admission.on_create(store, kind, obj)
    return store.create(key, obj)


def test_a_job_gets_its_defaults(store: Store) -> None:
    """Selector and labels are made from the uid, as the controllers find their pods by them."""
    made = created(store, job())
    uid = made["metadata"]["uid"]
    assert made["spec"]["completions"] == made["spec"]["parallelism"] == 1
    assert (made["spec"]["backoffLimit"], made["spec"]["suspend"]) == (6, False)
    assert made["spec"]["selector"] == {"matchLabels": {"batch.kubernetes.io/controller-uid": uid}}
    assert made["spec"]["template"]["metadata"]["labels"]["job-name"] == "train"
    pod = made["spec"]["template"]["spec"]
    assert pod["containers"][0]["resources"]["requests"] == {"nvidia.com/gpu": "8"}


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (lambda obj: obj["metadata"].update(name="Train_1"), "metadata.name: Invalid value"),
        (lambda obj: obj["metadata"].update(labels={"a": "not a label"}), "metadata.labels: Invalid value"),
        (lambda obj: obj["spec"].pop("template"), "spec.template.spec.containers: Required value"),
        (lambda obj: obj["spec"].update(parallelism=-1), "spec.parallelism: Invalid value: -1"),
        (lambda obj: obj["spec"].update(backoffLimit=-1), "must be greater than or equal to 0"),
        (lambda obj: obj["spec"]["template"]["spec"].pop("restartPolicy"), "restartPolicy: Required value"),
        (lambda obj: obj["spec"]["template"]["spec"].update(restartPolicy="Always"), "Unsupported value"),
        (lambda obj: obj["spec"]["template"]["spec"]["containers"].clear(), "containers: Required value"),
        (lambda obj: obj["spec"]["template"]["spec"]["containers"][0].pop("image"), "image: Required value"),
        (lambda obj: obj["spec"]["template"]["spec"]["containers"].append({"name": "main", "image": "x"}), "Duplicate"),
        (lambda obj: obj["spec"].update(selector={"matchLabels": {"a": "b"}}), "`selector` not auto-generated"),
        (
            lambda obj: obj["spec"]["template"]["spec"]["containers"][0]["resources"].update(
                requests={"nvidia.com/gpu": "4"}
            ),
            "must be equal to nvidia.com/gpu limit of 8",
        ),
        (
            lambda obj: obj["spec"]["template"]["spec"]["containers"][0]["resources"]["limits"].update(cpu="a lot"),
            "quantities must match",
        ),
    ],
)
def test_jobs_that_cannot_be(store: Store, change: Change, text: str) -> None:
    """422 with the field; nothing is stored."""
    obj = job()
    change(obj)
    with pytest.raises(errors.Invalid) as refused:
        created(store, obj)
    assert text in refused.value.message
    assert refused.value.details["causes"]
    assert store.list("jobs.batch") == []


def test_a_copied_job_must_lose_its_selector(store: Store) -> None:
    """A rerun is a new object: the labels of the old controller are refused."""
    again = copied(created(store, job()))
    again["metadata"] = {"name": "again", "namespace": "aurora"}
    with pytest.raises(errors.Invalid, match="not auto-generated"):
        created(store, again)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (lambda obj: obj["spec"].update(suspend=True), None),
        (lambda obj: obj["spec"].update(parallelism=4), None),
        (lambda obj: obj["metadata"].update(labels={"a": "b"}), None),
        (lambda obj: obj["spec"].update(completions=4), "spec.completions: Invalid value: 4: field is immutable"),
        (lambda obj: obj["spec"]["template"]["spec"].update(nodeSelector={"a": "b"}), "spec.template: Invalid value"),
    ],
)
def test_what_may_change_in_a_job(store: Store, change: Change, text: str | None) -> None:
    """Template, selector and completions are fixed; suspend and parallelism are not."""
    old = created(store, job())
    new = copied(old)
    change(new)
    if text is None:
        admission.on_update(store, store.kind("jobs.batch"), old, new)
        return
    with pytest.raises(errors.Invalid, match=text):
        admission.on_update(store, store.kind("jobs.batch"), old, new)


def test_a_seed_without_defaults_can_be_patched(store: Store) -> None:
    """Controllers store what they like; a client's small change to it is still a small change."""
    seed = store.create("jobs.batch", job())
    new = copied(seed)
    new["spec"]["suspend"] = True
    admission.on_update(store, store.kind("jobs.batch"), seed, new)


@pytest.mark.parametrize(
    ("spec", "text"),
    [
        ({"suspend": "yes"}, "json: cannot unmarshal string into Go struct field JobSpec.spec.suspend of type bool"),
        ({"parallelism": "2"}, "of type int32"),
        ({"template": []}, "cannot unmarshal array into Go struct field JobSpec.spec.template"),
        ({"suspended": True}, 'strict decoding error: unknown field "spec.suspended"'),
    ],
)
def test_types_are_checked(store: Store, spec: dict[str, Any], text: str) -> None:
    """400, before anything else is looked at."""
    with pytest.raises(errors.BadRequest) as refused:
        admission.check_types(store.kind("jobs.batch"), job() | {"spec": spec}, "Strict")
    assert text in refused.value.message


def test_unknown_fields_pass_without_strict(store: Store) -> None:
    """`fieldValidation=Warn` and `Ignore` let them through."""
    admission.check_types(store.kind("jobs.batch"), job() | {"nonsense": 1}, "Warn")


def test_namespaces_must_exist_and_not_be_ending(store: Store) -> None:
    """404, and 403 while it is terminating."""
    obj = job()
    obj["metadata"]["namespace"] = "nowhere"
    with pytest.raises(errors.NotFound, match='namespaces "nowhere" not found'):
        created(store, obj)
    store.create("configmaps", {"metadata": {"name": "c", "namespace": "aurora", "finalizers": ["hold"]}})
    store.delete("namespaces", "aurora")
    with pytest.raises(errors.Forbidden, match="because it is being terminated"):
        created(store, job())


def test_deployments_select_their_own_pods(store: Store) -> None:
    """Selector and template labels agree, and the selector is fixed."""
    spec: dict[str, Any] = {
        "selector": {"matchLabels": {"app": "a"}},
        "template": {"metadata": {"labels": {"app": "b"}}, "spec": {"containers": [{"name": "m", "image": "a"}]}},
    }
    obj = {"metadata": {"name": "web", "namespace": "aurora"}, "spec": spec}
    with pytest.raises(errors.Invalid, match="does not match template"):
        created(store, copied(obj), "deployments.apps")
    spec["template"]["metadata"]["labels"] = {"app": "a"}
    old = created(store, copied(obj), "deployments.apps")
    new = copied(old)
    new["spec"]["selector"] = {"matchLabels": {"app": "a", "b": "c"}}
    with pytest.raises(errors.Invalid, match="field is immutable"):
        admission.on_update(store, store.kind("deployments.apps"), old, new)


def test_a_running_pod_keeps_its_spec(store: Store) -> None:
    """Only image, deadline and tolerations may change."""
    spec = {"containers": [{"name": "main", "image": "a:1"}]}
    old = store.create("pods", {"metadata": {"name": "p", "namespace": "aurora"}, "spec": spec})
    new = copied(old)
    new["spec"]["containers"][0]["image"] = "a:2"
    admission.on_update(store, store.kind("pods"), old, new)
    new["spec"]["hostNetwork"] = True
    with pytest.raises(errors.Invalid, match="pod updates may not change fields"):
        admission.on_update(store, store.kind("pods"), old, new)


def test_kueue_queues_and_workloads(store: Store) -> None:
    """stopPolicy has three words; a workload is active unless told otherwise."""
    queue = {"metadata": {"name": "q", "namespace": "aurora"}, "spec": {"clusterQueue": "a", "stopPolicy": "Later"}}
    with pytest.raises(errors.Invalid, match="Unsupported value"):
        created(store, queue, "localqueues.kueue.x-k8s.io")
    workload = {"metadata": {"name": "w", "namespace": "aurora"}, "spec": {"podSets": [{"name": "main", "count": 1}]}}
    assert created(store, workload, "workloads.kueue.x-k8s.io")["spec"]["active"] is True
