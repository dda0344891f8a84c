"""What happened to one kind, in order and bounded: the source of watches, and of lists as they were.

An event carries the object before and after, so that a watch with a selector can say ADDED or DELETED when an
object enters or leaves it, and an older state is found by walking back. What was dropped moves the `horizon`;
whoever asks for something older gets 410, as from an API server whose etcd was compacted.
"""

import dataclasses
from collections import deque
from collections.abc import Iterator
from typing import Any

Obj = dict[str, Any]
Slot = tuple[str, str]  # namespace ("" for cluster-wide kinds) and name


@dataclasses.dataclass(slots=True)
class Event:
    """`object` is the new state, for DELETED the last one. `encoded` shares bytes among all who send the event."""

    type: str
    key: str
    version: int
    object: Obj
    previous: Obj | None
    encoded: dict[str, bytes] = dataclasses.field(default_factory=dict)

    @property
    def slot(self) -> Slot:
        metadata = self.object["metadata"]
        return metadata.get("namespace", ""), metadata["name"]


class History:
    def __init__(self, length: int, version: int) -> None:
        self._events: deque[Event] = deque()
        self._length = length
        self.horizon = version

    def append(self, event: Event) -> None:
        self._events.append(event)
        if len(self._events) > self._length:
            self.horizon = self._events.popleft().version

    def compact(self) -> None:
        """Forgets everything, as after an etcd compaction: every older resourceVersion is now too old."""
        if self._events:
            self.horizon = self._events[-1].version
            self._events.clear()

    def since(self, version: int) -> list[Event]:
        """Events after `version`, oldest first. The caller has checked `version >= horizon`."""
        return list(reversed(list(self._newest_until(version))))

    def rewind(self, objects: dict[Slot, Obj], version: int) -> dict[Slot, Obj]:
        """`objects` as they were at `version`; a new dict."""
        state = dict(objects)
        for event in self._newest_until(version):
            if event.type == "ADDED":
                state.pop(event.slot, None)
            elif event.previous is not None:
                state[event.slot] = event.previous
        return state

    def _newest_until(self, version: int) -> Iterator[Event]:
        for event in reversed(self._events):
            if event.version <= version:
                return
            yield event
