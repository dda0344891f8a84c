"""Bytes from the API server become slim objects. What cannot be decoded is an error of that list alone."""

from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import Any, Generic, TypeVar

import msgspec
from msgspec import Struct

from bot.errors import BotError
from bot.fleet.objects import Object

T = TypeVar("T")


class ListMeta(Struct, rename="camel", gc=False):
    resource_version: str = ""
    continue_: str | None = msgspec.field(default=None, name="continue")


class Page(Struct, Generic[T], gc=False):
    metadata: ListMeta
    items: list[T] | None = None


class Status(Struct, gc=False):
    """How Kubernetes says that something failed."""

    code: int = 0
    reason: str = ""
    message: str = ""


class _Line(Struct, gc=False):
    type: str
    object: msgspec.Raw


class _Versioned(Struct, gc=False):
    metadata: "_Version"


class _Version(Struct, rename="camel", gc=False):
    resource_version: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """One line of a watch. `item` is None for a bookmark, which only moves `version` on."""

    type: str
    version: str
    item: Any


class Undecodable(BotError):
    """The server answered something that is not what it should be."""


class WatchFailed(BotError):
    def __init__(self, status: Status) -> None:
        super().__init__(status.message or f"the watch ended with {status.code}")
        self.status = status


@cache
def _pages(type: type[Object]) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(Page[type])  # type: ignore[valid-type]


@cache
def _items(type: type[Object]) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(type)


_raw = msgspec.json.Decoder(Page[msgspec.Raw])
_line = msgspec.json.Decoder(_Line)
_bookmark = msgspec.json.Decoder(_Versioned)
_status = msgspec.json.Decoder(Status)


def page(type: type[Object], data: bytes) -> Page[Any]:
    """One page of a list. An object that is not what it should be is left out; the others are not lost with it."""
    try:
        found: Page[Any] = _pages(type).decode(data)
    except msgspec.ValidationError:
        return _lenient(type, data)
    except msgspec.MsgspecError as error:
        raise Undecodable(f"a list of {type.__name__} cannot be read: {error}") from error
    return found


def _lenient(type: type[Object], data: bytes) -> Page[Any]:
    try:
        raw: Page[msgspec.Raw] = _raw.decode(data)
    except msgspec.MsgspecError as error:
        raise Undecodable(f"a list of {type.__name__} cannot be read: {error}") from error
    items = []
    for one in raw.items or []:
        with suppress(msgspec.MsgspecError):
            items.append(_items(type).decode(one))
    return Page(raw.metadata, items)


def item(type: type[T], data: bytes) -> T:
    try:
        found: T = _items(type).decode(data)  # type: ignore[arg-type]
    except msgspec.MsgspecError as error:
        raise Undecodable(f"a {type.__name__} cannot be read: {error}") from error
    return found


def change(type: type[Object], line: bytes) -> Change:
    """Raises `WatchFailed` for the line with which a server ends a watch."""
    try:
        read = _line.decode(line)
        if read.type == "ERROR":
            raise WatchFailed(_status.decode(read.object))
        if read.type == "BOOKMARK":
            return Change("BOOKMARK", _bookmark.decode(read.object).metadata.resource_version, None)
        found = _items(type).decode(read.object)
    except msgspec.MsgspecError as error:
        raise Undecodable(f"a change of a {type.__name__} cannot be read: {error}") from error
    return Change(read.type, found.metadata.resource_version, found)


def status(data: bytes) -> Status:
    """What the body of a refused request says; empty where it is no Status."""
    try:
        return _status.decode(data)
    except msgspec.MsgspecError:
        return Status(message=data[:200].decode(errors="replace"))
