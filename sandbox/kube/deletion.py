"""How objects go away: finalizers, grace, owners and their dependants, namespaces with their content.

The real garbage collector works in the background; here everything that can go, goes within the call, so that a test
never waits. What has a finalizer stays with a deletionTimestamp until somebody removes the finalizer.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sandbox.kube.store import Store

Obj = dict[str, Any]
Ref = tuple[str, str, str]  # key, namespace, name

FOREGROUND, ORPHAN = "foregroundDeletion", "orphan"
POD_GRACE = 30


class Deletion:
    def __init__(self, store: "Store") -> None:
        self._store = store
        self._dependants: dict[str, set[Ref]] = {}  # owner's uid → what names it
        self._terminating: set[str] = set()  # namespaces waiting for their content to go

    def index(self, key: str, new: Obj | None, old: Obj | None) -> None:
        """Called for every write: keeps who is owned by whom."""
        before = old["metadata"].get("ownerReferences") if old else None
        after = new["metadata"].get("ownerReferences") if new else None
        if before == after:
            return
        metadata = (new or old or {})["metadata"]
        ref = (key, metadata.get("namespace", ""), metadata["name"])
        for owner in before or ():
            self._dependants.get(owner["uid"], set()).discard(ref)
        for owner in after or ():
            self._dependants.setdefault(owner["uid"], set()).add(ref)

    def delete(self, key: str, obj: Obj, propagation: str, grace: int | None) -> Obj:
        uid = obj["metadata"]["uid"]
        finalizers = set(obj["metadata"].get("finalizers") or ())
        wanted = {"Foreground": FOREGROUND, "Orphan": ORPHAN}.get(propagation)
        if wanted and self._dependants.get(uid):
            finalizers.add(wanted)
        if key == "namespaces":
            return self._delete_namespace(obj)
        seconds = self._grace(key, obj, grace)
        if not finalizers and not seconds:
            return self._gone(key, obj)
        marked = self._mark(key, obj, sorted(finalizers), seconds)
        if propagation == "Orphan":
            self._orphan(uid)
            return self._drop_finalizer(key, marked, ORPHAN)
        if propagation == "Foreground":
            for ref in sorted(self._dependants.get(uid, ())):
                self._delete_ref(ref, uid, "Foreground")
            return self._finish_foreground(key, marked)
        return marked

    def finish(self, key: str, obj: Obj) -> None:
        """The last finalizer went: the object goes too, unless a pod still has its grace."""
        if key == "namespaces":
            self._namespace_may_go(obj["metadata"]["name"])
            return
        waits = key == "pods" and self._store.graceful_pods and obj["metadata"].get("deletionGracePeriodSeconds")
        if not waits and self._store.find(key, obj["metadata"]["name"], obj["metadata"].get("namespace")) is obj:
            self._gone(key, obj)

    def purge(self, key: str, name: str, namespace: str) -> None:
        """Removes without asking finalizers: the kind itself is going."""
        self._gone(key, self._store.get(key, name, namespace))

    def _grace(self, key: str, obj: Obj, grace: int | None) -> int:
        spec = obj.get("spec") or {}
        if key != "pods" or not self._store.graceful_pods or not spec.get("nodeName"):
            return 0
        if (obj.get("status") or {}).get("phase") in ("Succeeded", "Failed"):
            return 0
        seconds = spec.get("terminationGracePeriodSeconds", POD_GRACE) if grace is None else grace
        return int(seconds)

    def _mark(self, key: str, obj: Obj, finalizers: list[str], grace: int) -> Obj:
        """Stays, with a deletionTimestamp, until finalizers and grace are over."""
        metadata = dict(obj["metadata"])
        metadata.setdefault("deletionTimestamp", self._store.timestamp())
        metadata["deletionGracePeriodSeconds"] = grace
        if finalizers:
            metadata["finalizers"] = finalizers
        return self._store.mark_deleted(key, obj, metadata)

    def _gone(self, key: str, obj: Obj) -> Obj:
        removed = self._store.remove(key, obj)
        uid = obj["metadata"]["uid"]
        for ref in sorted(self._dependants.get(uid, ())):
            self._delete_ref(ref, uid, "Background")
        self._dependants.pop(uid, None)
        for owner in obj["metadata"].get("ownerReferences") or ():
            self._owner_may_go(owner["uid"], obj)
        namespace = obj["metadata"].get("namespace")
        if namespace in self._terminating:
            self._namespace_may_go(namespace)
        return removed

    def _delete_ref(self, ref: Ref, owner: str, propagation: str) -> None:
        """A dependant with another living owner only loses the reference."""
        key, namespace, name = ref
        obj = self._store.find(key, name, namespace)
        if obj is None:
            return
        others = [item for item in obj["metadata"].get("ownerReferences") or () if item["uid"] != owner]
        if any(self._alive(item["uid"], namespace, item) for item in others):
            self._store.mutate(key, name, namespace, lambda draft: draft["metadata"].update(ownerReferences=others))
        elif "deletionTimestamp" not in obj["metadata"]:
            self.delete(key, obj, propagation, None)

    def _alive(self, uid: str, namespace: str, reference: Obj) -> bool:
        group = reference["apiVersion"].rpartition("/")[0]
        for kind in self._store.kinds.values():
            if kind.kind == reference["kind"] and kind.group == group:
                found = self._store.find(kind.key, reference["name"], namespace if kind.namespaced else None)
                return found is not None and found["metadata"]["uid"] == uid
        return False

    def _orphan(self, uid: str) -> None:
        for key, namespace, name in sorted(self._dependants.get(uid, ())):
            obj = self._store.get(key, name, namespace)
            others = [item for item in obj["metadata"]["ownerReferences"] if item["uid"] != uid]

            def change(draft: Obj, others: list[Obj] = others) -> None:
                if others:
                    draft["metadata"]["ownerReferences"] = others
                else:
                    draft["metadata"].pop("ownerReferences")

            self._store.mutate(key, name, namespace, change)

    def _owner_may_go(self, uid: str, dependant: Obj) -> None:
        for reference in dependant["metadata"].get("ownerReferences") or ():
            if reference["uid"] != uid:
                continue
            group = reference["apiVersion"].rpartition("/")[0]
            for kind in self._store.kinds.values():
                if kind.kind != reference["kind"] or kind.group != group:
                    continue
                namespace = dependant["metadata"].get("namespace") if kind.namespaced else None
                owner = self._store.find(kind.key, reference["name"], namespace)
                if owner is not None and owner["metadata"]["uid"] == uid:
                    self._finish_foreground(kind.key, owner)

    def _finish_foreground(self, key: str, owner: Obj) -> Obj:
        metadata = owner["metadata"]
        if FOREGROUND not in (metadata.get("finalizers") or ()) or self._dependants.get(metadata["uid"]):
            return owner
        return self._drop_finalizer(key, owner, FOREGROUND)

    def _drop_finalizer(self, key: str, obj: Obj, finalizer: str) -> Obj:
        metadata = obj["metadata"]
        left = [item for item in metadata.get("finalizers") or () if item != finalizer]
        if self._store.find(key, metadata["name"], metadata.get("namespace")) is None:
            return obj
        return self._store.mutate(
            key, metadata["name"], metadata.get("namespace"), lambda draft: draft["metadata"].update(finalizers=left)
        )

    def _delete_namespace(self, obj: Obj) -> Obj:
        name = obj["metadata"]["name"]
        marked = self._mark("namespaces", obj, list(obj["metadata"].get("finalizers") or ()), 0)
        self._store.mutate(
            "namespaces", name, None, lambda draft: draft.setdefault("status", {}).update(phase="Terminating")
        )
        self._terminating.add(name)
        for key, kind in list(self._store.kinds.items()):
            if kind.namespaced:
                for item in self._store.list(key, name):
                    if self._store.find(key, item["metadata"]["name"], name) is item:
                        self.delete(key, item, "Background", None)
        self._namespace_may_go(name)
        return marked

    def _namespace_may_go(self, name: str) -> None:
        namespace = self._store.find("namespaces", name)
        left = any(self._store.list(key, name) for key, kind in self._store.kinds.items() if kind.namespaced)
        if namespace is not None and not left and not namespace["metadata"].get("finalizers"):
            self._terminating.discard(name)
            self._gone("namespaces", namespace)
