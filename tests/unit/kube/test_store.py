"""What every writer may count on: versions, generations, events, finalizers, owners, and the past."""

from typing import Any

import pytest

from sandbox.kube import errors
from sandbox.kube.store import Store


def pod(name: str, **metadata: Any) -> dict[str, Any]:
    spec = {"containers": [{"name": "main", "image": "a:1"}]}
    return {"metadata": {"name": name, "namespace": "aurora"} | metadata, "spec": spec}


def owned_by(owner: dict[str, Any]) -> dict[str, Any]:
    metadata = owner["metadata"]
    reference = {"apiVersion": owner["apiVersion"], "kind": owner["kind"], "name": metadata["name"]}
    return {"ownerReferences": [reference | {"uid": metadata["uid"], "controller": True}]}


def job(store: Store, name: str = "train") -> dict[str, Any]:
    return store.create("jobs.batch", {"metadata": {"name": name, "namespace": "aurora"}, "spec": {"suspend": False}})


def test_create_fills_in_metadata(store: Store) -> None:
    """uid, version, time and generation come from the server; the caller's object is not kept."""
    mine: dict[str, Any] = {"metadata": {"generateName": "train-", "namespace": "aurora"}, "spec": {"suspend": False}}
    made = store.create("jobs.batch", mine)
    mine["spec"]["suspend"] = True
    assert made["metadata"]["name"].startswith("train-")
    assert made["metadata"]["creationTimestamp"] == "2026-03-02T09:00:00Z"
    assert made["metadata"]["generation"] == 1
    assert (made["apiVersion"], made["kind"]) == ("batch/v1", "Job")
    assert store.get("jobs.batch", made["metadata"]["name"], "aurora")["spec"] == {"suspend": False}


def test_names_are_unique_in_a_namespace(store: Store) -> None:
    """The second one is refused in Kubernetes' words; elsewhere the name is free."""
    job(store)
    with pytest.raises(errors.AlreadyExists, match='"train" already exists'):
        job(store)
    store.create("jobs.batch", {"metadata": {"name": "train", "namespace": "default"}})


def test_generation_counts_spec_changes_only(store: Store) -> None:
    """Labels and status do not raise it."""
    job(store)
    change = store.mutate("jobs.batch", "train", "aurora", lambda draft: draft["spec"].update(suspend=True))
    assert change["metadata"]["generation"] == 2
    change = store.mutate("jobs.batch", "train", "aurora", lambda draft: draft.update(status={"active": 1}))
    change = store.mutate("jobs.batch", "train", "aurora", lambda draft: draft["metadata"].update(labels={"a": "b"}))
    assert change["metadata"]["generation"] == 2


def test_no_change_is_no_event(store: Store) -> None:
    """A controller that writes what is there already wakes nobody."""
    made, seen = job(store), []
    store.subscribe("jobs.batch", lambda what, _: seen.append(what))
    same = store.mutate("jobs.batch", "train", "aurora", lambda draft: draft["spec"].update(suspend=False))
    assert (same, seen) == (made, [])


def test_status_writes_cannot_touch_the_spec(store: Store) -> None:
    """`status=True` keeps what happened to the status and drops the rest."""
    job(store)

    def change(draft: dict[str, Any]) -> None:
        draft["spec"]["suspend"] = True
        draft["status"] = {"active": 3}

    changed = store.mutate("jobs.batch", "train", "aurora", change, status=True)
    assert (changed["spec"], changed["status"]) == ({"suspend": False}, {"active": 3})


def test_replace_refuses_an_old_version(store: Store) -> None:
    """Two writers read the same object; the second one is told."""
    old = job(store)
    store.mutate("jobs.batch", "train", "aurora", lambda draft: draft["spec"].update(suspend=True))
    with pytest.raises(errors.Conflict, match="the object has been modified"):
        store.replace("jobs.batch", old)


def test_delete_preconditions(store: Store) -> None:
    """uid and resourceVersion must be the stored one's."""
    made = job(store)
    with pytest.raises(errors.Conflict, match="Precondition failed: UID in precondition: other"):
        store.delete("jobs.batch", "train", "aurora", uid="other")
    with pytest.raises(errors.Conflict):
        store.delete("jobs.batch", "train", "aurora", version="1")
    store.delete("jobs.batch", "train", "aurora", uid=made["metadata"]["uid"])
    assert store.find("jobs.batch", "train", "aurora") is None


def test_finalizers_hold_an_object(store: Store) -> None:
    """It stays with a deletionTimestamp until the last finalizer goes."""
    store.create("pods", pod("p", finalizers=["batch.kubernetes.io/job-tracking"]))
    store.delete("pods", "p", "aurora")
    assert "deletionTimestamp" in store.get("pods", "p", "aurora")["metadata"]
    store.mutate("pods", "p", "aurora", lambda draft: draft["metadata"].update(finalizers=[]))
    assert store.find("pods", "p", "aurora") is None


@pytest.mark.parametrize(("propagation", "left"), [("Background", False), ("Foreground", False), ("Orphan", True)])
def test_dependants_follow_their_owner(store: Store, propagation: str, left: bool) -> None:
    """Orphans stay, without the reference."""
    owner = job(store)
    store.create("pods", pod("p", **owned_by(owner)))
    store.delete("jobs.batch", "train", "aurora", propagation)
    found = store.find("pods", "p", "aurora")
    assert store.find("jobs.batch", "train", "aurora") is None
    assert (found is not None) is left
    assert found is None or "ownerReferences" not in found["metadata"]


def test_foreground_waits_for_dependants(store: Store) -> None:
    """The owner is the last to go."""
    owner = job(store)
    store.create("pods", pod("p", finalizers=["hold"], **owned_by(owner)))
    store.delete("jobs.batch", "train", "aurora", "Foreground")
    assert store.get("jobs.batch", "train", "aurora")["metadata"]["finalizers"] == ["foregroundDeletion"]
    store.mutate("pods", "p", "aurora", lambda draft: draft["metadata"].update(finalizers=[]))
    assert store.find("jobs.batch", "train", "aurora") is None


def test_a_second_owner_keeps_the_dependant(store: Store) -> None:
    """Only the reference to the deleted one goes."""
    first, second = job(store, "one"), job(store, "two")
    both = owned_by(first)["ownerReferences"] + owned_by(second)["ownerReferences"]
    store.create("pods", pod("p", ownerReferences=both))
    store.delete("jobs.batch", "one", "aurora")
    left = store.get("pods", "p", "aurora")["metadata"]["ownerReferences"]
    assert [reference["name"] for reference in left] == ["two"]


def test_a_namespace_takes_its_content_with_it(store: Store) -> None:
    """And stays, Terminating, while something in it is held."""
    store.create("pods", pod("p", finalizers=["hold"]))
    job(store)
    store.delete("namespaces", "aurora")
    assert store.get("namespaces", "aurora")["status"]["phase"] == "Terminating"
    assert store.list("jobs.batch", "aurora") == []
    store.mutate("pods", "p", "aurora", lambda draft: draft["metadata"].update(finalizers=[]))
    assert store.find("namespaces", "aurora") is None


def test_graceful_pods_wait_for_their_kubelet(store: Store) -> None:
    """With grace a running pod is Terminating until it is deleted with grace 0."""
    store.graceful_pods = True
    running = pod("p")
    running["spec"]["nodeName"] = "n1"
    store.create("pods", running | {"status": {"phase": "Running"}})
    store.delete("pods", "p", "aurora")
    assert store.get("pods", "p", "aurora")["metadata"]["deletionGracePeriodSeconds"] == 30
    store.delete("pods", "p", "aurora", grace=0)
    assert store.find("pods", "p", "aurora") is None


def test_everybody_sees_one_order(store: Store) -> None:
    """What a callback writes is told after the event at hand, to all."""
    seen: list[tuple[str, str]] = []

    def controller(what: str, obj: dict[str, Any]) -> None:
        if what == "ADDED":
            store.mutate("pods", obj["metadata"]["name"], "aurora", lambda draft: draft.update(status={"phase": "X"}))

    store.subscribe("pods", controller)
    store.subscribe("pods", lambda what, obj: seen.append((what, obj["metadata"]["resourceVersion"])))
    store.create("pods", pod("p"))
    assert [what for what, _ in seen] == ["ADDED", "MODIFIED"]
    assert int(seen[0][1]) < int(seen[1][1])


def test_the_past_can_be_listed(store: Store) -> None:
    """A list at an older version is what was there then, until the history is compacted."""
    store.create("pods", pod("a"))
    store.create("pods", pod("b"))
    version = store.version
    store.delete("pods", "a", "aurora")
    store.mutate("pods", "b", "aurora", lambda draft: draft["metadata"].update(labels={"new": "yes"}))
    store.create("pods", pod("c"))
    then = store.at("pods", version)
    assert [(obj["metadata"]["name"], obj["metadata"].get("labels")) for obj in then] == [("a", None), ("b", None)]
    store.compact("pods")
    with pytest.raises(errors.Expired):
        store.at("pods", version)
    with pytest.raises(errors.Expired, match="too old resource version"):
        store.events_since("pods", version)


def test_history_is_bounded(clock: Any) -> None:
    """The oldest events go, and whoever asks for them is told so."""
    small = Store(clock, history=3)
    for number in range(5):
        small.create("nodes", {"metadata": {"name": f"n{number}"}})
    with pytest.raises(errors.Expired):
        small.events_since("nodes", 1)
    assert [event.object["metadata"]["name"] for event in small.events_since("nodes", small.horizon("nodes"))] == [
        "n2", "n3", "n4",
    ]  # fmt: skip


def test_logs_of_the_run_before(store: Store) -> None:
    """A restart makes the current log the previous one; a deleted pod takes its logs along."""
    store.create("pods", pod("p"))
    store.append_log("aurora", "p", "main", "first")
    store.restart_log("aurora", "p", "main")
    store.append_log("aurora", "p", "main", "second")
    assert [line.text for line in store.read_log("aurora", "p", "main", previous=True)] == ["first"]
    assert [line.text for line in store.read_log("aurora", "p", "main")] == ["second"]
    store.delete("pods", "p", "aurora")
    assert store.read_log("aurora", "p", "main") == []
