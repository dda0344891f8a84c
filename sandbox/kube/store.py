"""The objects of one cluster: resource versions, generations, history, subscribers. No HTTP, no rights, no waiting.

Single-threaded, inside the event loop. A stored object is never changed: every write stores a new dict, so a reader
may keep what it was handed. **Do not modify what `get`, `list` or a callback hands out**; `mutate` gives a copy to
change. Validation that a client's write needs (names, namespaces, immutable fields) is done by the server before it
comes here, so that controllers and seeds stay fast; a seed is trusted.
"""

import random
import uuid
from collections import deque
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

from sandbox.clock import Clock
from sandbox.kube import deletion, errors, kinds, selectors
from sandbox.kube.history import Event, History, Obj, Slot
from sandbox.kube.kinds import Kind
from sandbox.kube.logs import Line, LogBook

# `Store.list` hides the built-in name inside the class.
Objects = list[Obj]
Events = list[Event]
Lines = list[Line]

HISTORY = 20_000  # events kept for each kind
_SUFFIX = "bcdfghjklmnpqrstvwxz2456789"  # generateName's alphabet: no vowels, no words
_KEPT = ("uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "generation", "selfLink")


def copied(value: Any) -> Any:
    """A deep copy of JSON data; five times as fast as copy.deepcopy."""
    if isinstance(value, dict):
        return {key: copied(item) for key, item in value.items()}
    if isinstance(value, list):
        return [copied(item) for item in value]
    return value


def timestamp(at: datetime) -> str:
    """Kubernetes' metav1.Time: UTC, whole seconds."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class Store:
    """`graceful_pods`: pods that run on a node stay Terminating until somebody (the fleet's kubelets) deletes them
    with grace 0; off, they go at once. `history` bounds the events kept for each kind."""

    def __init__(
        self, clock: Clock, *, seed: int | None = None, history: int = HISTORY, graceful_pods: bool = False
    ) -> None:
        self.clock = clock
        self.logs = LogBook()
        self.graceful_pods = graceful_pods
        self.kinds: dict[str, Kind] = {}
        self._random = random.Random(seed)
        self._history_length = history
        self._version = 1
        self._objects: dict[str, dict[Slot, Obj]] = {}
        self._histories: dict[str, History] = {}
        self._order: dict[str, list[Slot]] = {}
        self._snapshots: dict[str, tuple[int, Objects]] = {}  # the last older state asked for, for its next page
        self._watchers: dict[str | None, list[Callable[[Event], None]]] = {}
        self._pending: deque[Event] = deque()
        self._dispatching = False
        self.deletion = deletion.Deletion(self)
        for kind in kinds.BUILT_IN:
            self.register(kind)

    # Kinds
    def register(self, kind: Kind) -> None:
        """Serves a further kind, or replaces the description of one that is there; its objects stay."""
        self.kinds[kind.key] = kind
        if kind.key not in kinds.ALIASES:
            self._objects.setdefault(kind.key, {})
            self._histories.setdefault(kind.key, History(self._history_length, self._version))

    def unregister(self, key: str) -> None:
        """The kind and its objects are gone, as when its CustomResourceDefinition is deleted."""
        for namespace, name in list(self._objects[key]):
            self.deletion.purge(key, name, namespace)
        del self.kinds[key], self._objects[key], self._histories[key]
        self._snapshots.pop(key, None)
        self._order.pop(key, None)

    def kind(self, key: str) -> Kind:
        try:
            return self.kinds[key]
        except KeyError:
            raise errors.NotFound("the server could not find the requested resource") from None

    # Reading
    @property
    def version(self) -> int:
        """The newest resourceVersion given out."""
        return self._version

    def get(self, key: str, name: str, namespace: str | None = None) -> Obj:
        """Raises NotFound. Do not modify what it returns."""
        found = self.find(key, name, namespace)
        if found is None:
            raise self.not_found(key, name)
        return found

    def find(self, key: str, name: str, namespace: str | None = None) -> Obj | None:
        objects = self._objects.get(kinds.ALIASES.get(key, key))
        return None if objects is None else objects.get((namespace or "", name))

    def list(
        self, key: str, namespace: str | None = None, labels: str | None = None, fields: str | None = None
    ) -> Objects:
        """In the order of namespace and name. Do not modify what it returns."""
        return self.select(key, self.ordered(key), namespace, labels, fields)

    def select(
        self, key: str, objects: Iterable[Obj], namespace: str | None, labels: str | None, fields: str | None
    ) -> Objects:
        if not (namespace or labels or fields):
            return list(objects)
        matches = self.matcher(key, namespace, labels, fields)
        return [obj for obj in objects if matches(obj)]

    def matcher(self, key: str, namespace: str | None, labels: str | None, fields: str | None) -> Callable[[Obj], bool]:
        """Raises BadRequest for selectors that cannot be."""
        by_label = selectors.labels(labels) if labels else None
        by_field = selectors.fields(fields, kinds.ALIASES.get(key, key)) if fields else None

        def matches(obj: Obj) -> bool:
            metadata = obj["metadata"]
            return (
                (not namespace or metadata.get("namespace") == namespace)
                and (by_label is None or by_label(metadata.get("labels") or {}))
                and (by_field is None or by_field(obj))
            )

        return matches

    def ordered(self, key: str) -> Objects:
        """Every object of a kind now, sorted."""
        key = kinds.ALIASES.get(key, key)
        objects = self._objects[self.kind(key).key]
        order = self._order.get(key)
        if order is None:
            order = self._order[key] = sorted(objects)
        return [objects[slot] for slot in order]

    def at(self, key: str, version: int) -> Objects:
        """Every object of a kind as it was at `version`, sorted. Raises Expired when that is beyond the history."""
        key = kinds.ALIASES.get(key, key)
        if version < self.horizon(key):
            raise errors.Expired(f"The resourceVersion for the provided list is too old: {version}")
        if not self._histories[key].since(version):
            return self.ordered(key)
        kept = self._snapshots.get(key)
        if kept is None or kept[0] != version:
            past = self._histories[key].rewind(self._objects[key], version)
            kept = self._snapshots[key] = (version, [past[slot] for slot in sorted(past)])
        return kept[1]

    def horizon(self, key: str) -> int:
        return self._histories[kinds.ALIASES.get(key, key)].horizon

    def events_since(self, key: str, version: int) -> Events:
        """Raises Expired when events after `version` were dropped."""
        history = self._histories[kinds.ALIASES.get(key, key)]
        if version < history.horizon:
            raise errors.Expired(f"too old resource version: {version} ({history.horizon})")
        return history.since(version)

    def compact(self, key: str | None = None) -> None:
        """Forgets the history of a kind (or of all): watches and continue tokens from before get 410."""
        for name, history in self._histories.items():
            if key in (None, name):
                history.compact()

    # Writing
    def create(self, key: str, obj: Obj, *, dry_run: bool = False) -> Obj:
        """Fills uid, resourceVersion, creationTimestamp, generation and a generated name. Raises AlreadyExists."""
        key = kinds.ALIASES.get(key, key)
        kind = self.kind(key)
        new: Obj = {"apiVersion": kind.api_version, "kind": kind.kind} | copied(obj)
        new["apiVersion"] = kind.api_version
        metadata = new["metadata"] = dict(new.get("metadata") or {})
        if not metadata.get("name") and metadata.get("generateName"):
            metadata["name"] = metadata["generateName"] + self.suffix()
        if not kind.namespaced:
            metadata.pop("namespace", None)
        slot = (metadata.setdefault("namespace", "default") if kind.namespaced else "", metadata["name"])
        if slot in self._objects[key]:
            details = errors.resource_details(kind.plural, kind.group, slot[1])
            raise errors.AlreadyExists(f'{key} "{slot[1]}" already exists', details)
        metadata["uid"] = metadata.get("uid") or self.new_uid()
        metadata.setdefault("creationTimestamp", self.timestamp())
        if kind.has_spec_generation:
            metadata["generation"] = 1
        return new if dry_run else self._commit("ADDED", key, slot, new, None)

    def mutate(
        self,
        key: str,
        name: str,
        namespace: str | None,
        change: Callable[[Obj], Any],
        *,
        status: bool = False,
        dry_run: bool = False,
    ) -> Obj:
        """Lets `change` work on a copy. `status=True` keeps only what it did to `status`. Raises NotFound."""
        current = self.get(key, name, namespace)
        draft = copied(current)
        change(draft)
        if status:
            new = {field: value for field, value in current.items() if field != "status"}
            if "status" in draft:
                new["status"] = draft["status"]
            draft = new
        return self._update(key, current, draft, dry_run)

    def replace(self, key: str, obj: Obj, *, status: bool = False, dry_run: bool = False) -> Obj:
        """A client's update: Conflict when its resourceVersion or uid is not the stored one's.

        Of a kind with a status subresource a plain update leaves the status alone, and `status=True` all else.
        """
        key = kinds.ALIASES.get(key, key)
        kind, metadata = self.kind(key), obj["metadata"]
        current = self.get(key, metadata["name"], metadata.get("namespace") if kind.namespaced else None)
        self.check_preconditions(key, current, metadata.get("uid"), metadata.get("resourceVersion"))
        draft: Obj = copied(obj)
        if status:
            draft = copied(current) | ({"status": draft["status"]} if "status" in draft else {})
        elif "status" in kind.subresources:
            draft.pop("status", None)
            if "status" in current:
                draft["status"] = current["status"]
        return self._update(key, current, draft, dry_run)

    def delete(
        self,
        key: str,
        name: str,
        namespace: str | None = None,
        propagation: str = "Background",
        *,
        uid: str | None = None,
        version: str | None = None,
        grace: int | None = None,
        dry_run: bool = False,
    ) -> Obj:
        """Returns the object as it was last: gone, or with a deletionTimestamp while finalizers hold it."""
        key = kinds.ALIASES.get(key, key)
        current = self.get(key, name, namespace)
        self.check_preconditions(key, current, uid, version)
        return current if dry_run else self.deletion.delete(key, current, propagation, grace)

    def check_preconditions(self, key: str, current: Obj, uid: str | None, version: str | None) -> None:
        metadata, kind = current["metadata"], self.kind(key)
        what = f'Operation cannot be fulfilled on {key} "{metadata["name"]}"'
        details = errors.resource_details(kind.plural, kind.group, metadata["name"])
        if uid and uid != metadata["uid"]:
            reason = f"UID in precondition: {uid}, UID in object meta: {metadata['uid']}"
            raise errors.Conflict(f"{what}: Precondition failed: {reason}", details)
        if version and version != metadata["resourceVersion"]:
            reason = "the object has been modified; please apply your changes to the latest version and try again"
            raise errors.Conflict(f"{what}: {reason}", details)

    # Subscribers
    def subscribe(self, key: str | None, callback: Callable[[str, Obj], None]) -> Callable[[], None]:
        """`callback("ADDED" | "MODIFIED" | "DELETED", object)` for one kind, or for all with None; returns the stop.

        What a callback writes is told to everybody after the event at hand, so all see one order.
        """
        return self.watch(key, lambda event: callback(event.type, event.object))

    def watch(self, key: str | None, callback: Callable[[Event], None]) -> Callable[[], None]:
        """As `subscribe`, with the whole `Event`."""
        watchers = self._watchers.setdefault(key and kinds.ALIASES.get(key, key), [])
        watchers.append(callback)
        return lambda: watchers.remove(callback) if callback in watchers else None

    # Logs
    def append_log(self, namespace: str, pod: str, container: str, line: str, at: datetime | None = None) -> None:
        self.logs.append(namespace, pod, container, line, at or self.clock.now())

    def restart_log(self, namespace: str, pod: str, container: str) -> None:
        """The container starts anew: what it wrote becomes the previous log."""
        self.logs.restart(namespace, pod, container)

    def read_log(self, namespace: str, pod: str, container: str, *, previous: bool = False) -> Lines:
        return list(self.logs.lines(namespace, pod, container, previous=previous) or ())

    # For the deletion and the server
    def new_uid(self) -> str:
        return str(uuid.UUID(int=self._random.getrandbits(128), version=4))

    def suffix(self) -> str:
        return "".join(self._random.choices(_SUFFIX, k=5))

    def not_found(self, key: str, name: str) -> errors.NotFound:
        kind = self.kind(key)
        details = errors.resource_details(kind.plural, kind.group, name)
        return errors.NotFound(f'{kind.key} "{name}" not found', details)

    def remove(self, key: str, obj: Obj) -> Obj:
        """Takes the object out and says so; only `deletion` calls it."""
        metadata = obj["metadata"]
        slot = (metadata.get("namespace", ""), metadata["name"])
        del self._objects[key][slot]
        self._order.pop(key, None)
        if key == "pods":
            self.logs.forget(*slot)
        return self._commit("DELETED", key, slot, obj | {"metadata": dict(metadata)}, obj)

    def mark_deleted(self, key: str, obj: Obj, metadata: Obj) -> Obj:
        """Stores `obj` with metadata that says it is being deleted; only `deletion` calls it."""
        if metadata == obj["metadata"]:
            return obj
        slot = (metadata.get("namespace", ""), metadata["name"])
        return self._commit("MODIFIED", key, slot, obj | {"metadata": metadata}, obj)

    def timestamp(self) -> str:
        return timestamp(self.clock.now())

    def _update(self, key: str, current: Obj, draft: Obj, dry_run: bool) -> Obj:
        key = kinds.ALIASES.get(key, key)
        kind, old = self.kind(key), current["metadata"]
        draft |= {"apiVersion": kind.api_version, "kind": kind.kind}
        metadata = draft["metadata"] = dict(draft["metadata"])
        for field in (*_KEPT, "name", "namespace", "resourceVersion"):
            if field in old:
                metadata[field] = old[field]
            else:
                metadata.pop(field, None)
        if draft == current:
            return current
        if kind.has_spec_generation and _wanted(draft) != _wanted(current):
            metadata["generation"] = old.get("generation", 0) + 1
        if dry_run:
            return draft
        slot = (old.get("namespace", ""), old["name"])
        stored = self._commit("MODIFIED", key, slot, draft, current)
        if "deletionTimestamp" in metadata and not metadata.get("finalizers"):
            self.deletion.finish(key, stored)
        return stored

    def _commit(self, what: str, key: str, slot: Slot, new: Obj, previous: Obj | None) -> Obj:
        self._version += 1
        new["metadata"]["resourceVersion"] = str(self._version)
        if what != "DELETED":
            self._objects[key][slot] = new
        if what == "ADDED":
            self._order.pop(key, None)
        self.deletion.index(key, new if what != "DELETED" else None, previous)
        event = Event(what, key, self._version, new, previous)
        self._histories[key].append(event)
        self._pending.append(event)
        self._dispatch()
        return new

    def _dispatch(self) -> None:
        if self._dispatching:
            return
        self._dispatching = True
        try:
            while self._pending:
                event = self._pending.popleft()
                for callback in (*self._watchers.get(event.key, ()), *self._watchers.get(None, ())):
                    callback(event)
        finally:
            self._dispatching = False


def _wanted(obj: Obj) -> Obj:
    return {field: value for field, value in obj.items() if field not in ("metadata", "status")}
