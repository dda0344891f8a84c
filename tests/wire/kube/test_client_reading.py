"""The official asyncio client reads: pages, versions, watches and what goes wrong with them."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import msgspec
import pytest
from kubernetes.aio import client

from sandbox.kube.server import KubeSandbox
from sandbox.kube.store import Store

from .conftest import node, pod, until

pytestmark = pytest.mark.wire


class Stream:
    """A watch through the client's own connection, line by line."""

    def __init__(self, response: Any) -> None:
        self.response = response

    async def next(self, kind: str | None = None) -> dict[str, Any]:
        """The next event, or the next of a kind (bookmarks come on their own)."""
        while True:
            line = await asyncio.wait_for(self.response.content.readline(), 20)
            assert line, "the watch ended"
            event: dict[str, Any] = msgspec.json.decode(line)
            if event["type"] == kind or (kind is None and event["type"] != "BOOKMARK"):
                return event

    async def ended(self) -> bool:
        return await asyncio.wait_for(self.response.content.readline(), 20) == b""


async def raw(api: client.ApiClient, path: str, query: list[tuple[str, str]], accept: str) -> Any:
    return await api.call_api(
        path, "GET", query_params=query, header_params={"Accept": accept}, auth_settings=["BearerToken"],
        _preload_content=False,
    )  # fmt: skip


@contextlib.asynccontextmanager
async def watching(api: client.ApiClient, path: str, **query: Any) -> AsyncIterator[Stream]:
    asked = [(name, str(value)) for name, value in (query | {"watch": "true"}).items()]
    response = await raw(api, path, asked, "application/json")
    try:
        yield Stream(response)
    finally:
        response.close()


def version(store: Store) -> str:
    return str(store.version)


async def test_typed_objects(api: client.ApiClient) -> None:
    """What the sandbox sends fits the client's strict models."""
    nodes = await client.CoreV1Api(api).list_node()
    assert [item.metadata.name for item in nodes.items] == ["n1", "n2"]
    assert nodes.items[0].status.allocatable["nvidia.com/gpu"] == "8"
    events = await client.EventsV1Api(api).list_namespaced_event("aurora", _preload_content=False)
    assert events.status == 200


async def test_pages_are_one_snapshot(api: client.ApiClient, store: Store) -> None:
    """What changes between two pages does not show; the version is the first page's."""
    core = client.CoreV1Api(api)
    for number in range(3, 8):
        store.create("nodes", node(f"n{number}"))
    first = await core.list_node(limit=3)
    assert first.metadata.remaining_item_count == 4
    store.delete("nodes", "n5")
    store.create("nodes", node("n9"))
    names, token = [item.metadata.name for item in first.items], first.metadata._continue
    while token:
        page = await core.list_node(limit=3, _continue=token)
        assert page.metadata.resource_version == first.metadata.resource_version
        names += [item.metadata.name for item in page.items]
        token = page.metadata._continue
    assert names == ["n1", "n2", "n3", "n4", "n5", "n6", "n7"]


async def test_an_expired_page_is_410_with_a_way_on(api: client.ApiClient, store: Store) -> None:
    """The Status carries a token that continues without consistency."""
    core = client.CoreV1Api(api)
    first = await core.list_node(limit=1)
    store.create("nodes", node("n3"))
    store.compact()
    with pytest.raises(client.ApiException) as gone:
        await core.list_node(limit=1, _continue=first.metadata._continue)
    status = msgspec.json.decode(gone.value.body)
    assert (gone.value.status, status["reason"]) == (410, "Expired")
    rest = await core.list_node(_continue=status["metadata"]["continue"])
    assert [item.metadata.name for item in rest.items] == ["n2", "n3"]


@pytest.mark.parametrize(
    ("query", "code", "text"),
    [
        ({"resource_version": "0"}, 200, ""),
        ({"resource_version": "1", "resource_version_match": "NotOlderThan"}, 200, ""),
        ({"resource_version_match": "Exact"}, 422, "resourceVersionMatch is forbidden unless resourceVersion"),
        ({"resource_version": "0", "resource_version_match": "Exact"}, 422, "forbidden for resourceVersion"),
        ({"resource_version": "x"}, 422, "Invalid value"),
        ({"resource_version": "999999"}, 504, "Too large resource version: 999999"),
        ({"label_selector": "a b c"}, 400, "unable to parse requirement"),
        ({"field_selector": "spec.image=x"}, 400, "field label not supported"),
    ],
)
async def test_list_options(api: client.ApiClient, query: dict[str, Any], code: int, text: str) -> None:
    """What a list may ask for, and how the rest is refused."""
    core = client.CoreV1Api(api)
    if code == 200:
        assert len((await core.list_node(**query)).items) == 2
        return
    with pytest.raises(client.ApiException) as refused:
        await core.list_node(**query)
    assert refused.value.status == code
    assert text in msgspec.json.decode(refused.value.body)["message"]


async def test_an_exact_version_is_the_past(api: client.ApiClient, store: Store) -> None:
    """resourceVersionMatch=Exact shows what was then."""
    then = version(store)
    store.delete("nodes", "n1")
    listed = await client.CoreV1Api(api).list_node(resource_version=then, resource_version_match="Exact")
    assert (len(listed.items), listed.metadata.resource_version) == (2, then)


async def test_metadata_only(api: client.ApiClient) -> None:
    """PartialObjectMetadataList for who only wants names and labels."""
    response = await raw(api, "/api/v1/nodes", [], "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io")
    body = msgspec.json.decode(await response.read())
    assert (body["kind"], set(body["items"][0])) == ("PartialObjectMetadataList", {"kind", "apiVersion", "metadata"})


async def test_watch_from_a_version(api: client.ApiClient, store: Store) -> None:
    """What happened since comes first, what happens next follows, in order."""
    start = version(store)
    store.create("nodes", node("n3"))
    async with watching(api, "/api/v1/nodes", resourceVersion=start) as stream:
        assert (await stream.next())["object"]["metadata"]["name"] == "n3"
        store.mutate("nodes", "n3", None, lambda draft: draft["spec"].update(unschedulable=True))
        store.delete("nodes", "n3")
        assert (await stream.next())["type"] == "MODIFIED"
        gone = await stream.next()
        assert gone["type"] == "DELETED"
        assert int(gone["object"]["metadata"]["resourceVersion"]) == store.version


async def test_watch_without_a_version_begins_with_the_state(api: client.ApiClient) -> None:
    """ "Get state and start at any"."""
    async with watching(api, "/api/v1/nodes") as stream:
        assert [(await stream.next())["object"]["metadata"]["name"] for _ in range(2)] == ["n1", "n2"]


async def test_watch_list(api: client.ApiClient, store: Store) -> None:
    """sendInitialEvents: the state as events, then a bookmark that says it was all."""
    query = {"sendInitialEvents": "true", "resourceVersionMatch": "NotOlderThan", "allowWatchBookmarks": "true"}
    async with watching(api, "/api/v1/nodes", **query) as stream:
        assert [(await stream.next())["type"] for _ in range(2)] == ["ADDED", "ADDED"]
        end = (await stream.next("BOOKMARK"))["object"]["metadata"]
        assert end["annotations"] == {"k8s.io/initial-events-end": "true"}
        assert end["resourceVersion"] == version(store)
    with pytest.raises(client.ApiException) as refused:
        await client.CoreV1Api(api).list_node(watch=True, send_initial_events=True)
    assert refused.value.status == 422


async def test_bookmarks_follow_the_store(api: client.ApiClient, store: Store) -> None:
    """They carry the newest version, also of changes to other kinds."""
    query = {"resourceVersion": version(store), "allowWatchBookmarks": "true"}
    async with watching(api, "/api/v1/nodes", **query) as stream:
        store.create("configmaps", {"metadata": {"name": "c", "namespace": "aurora"}})
        while (await stream.next("BOOKMARK"))["object"]["metadata"]["resourceVersion"] != version(store):
            pass


async def test_a_watch_of_a_selection(api: client.ApiClient, store: Store) -> None:
    """Entering it is ADDED, leaving it DELETED."""
    query = {"resourceVersion": version(store), "labelSelector": "state=bad"}
    async with watching(api, "/api/v1/nodes", **query) as stream:
        for state in ("bad", "worse"):
            labels = {"state": state}
            store.mutate("nodes", "n2", None, lambda draft, labels=labels: draft["metadata"].update(labels=labels))
        assert [(await stream.next())["type"] for _ in range(2)] == ["ADDED", "DELETED"]


async def test_too_old_a_version_is_an_error_event(api: client.ApiClient, store: Store) -> None:
    """HTTP 200, then ERROR with a Status of 410, as the watch cache does."""
    start = version(store)
    store.create("nodes", node("n3"))
    store.compact()
    async with watching(api, "/api/v1/nodes", resourceVersion=start) as stream:
        error = await stream.next("ERROR")
        assert (error["object"]["code"], error["object"]["reason"]) == (410, "Expired")
        assert await stream.ended()


async def test_timeout_ends_a_watch(api: client.ApiClient, store: Store) -> None:
    """timeoutSeconds is a clean end."""
    async with watching(api, "/api/v1/nodes", resourceVersion=version(store), timeoutSeconds=1) as stream:
        assert await stream.ended()


async def test_dropped_watches(api: client.ApiClient, store: Store, kube: KubeSandbox) -> None:
    """A lost connection is no clean end."""
    async with watching(api, "/api/v1/nodes", resourceVersion=version(store)) as stream:
        await until(lambda: kube.open_watches("/api/v1/nodes"))
        kube.fault("drop_watch", "/api/v1/nodes")
        with pytest.raises(aiohttp.ClientError):
            await asyncio.wait_for(stream.response.content.read(), 20)
    await until(lambda: not kube.open_watches())


async def test_an_idle_watch_ends_with_its_client(api: client.ApiClient, store: Store, kube: KubeSandbox) -> None:
    """Nothing has to happen for the server to notice."""
    async with watching(api, "/api/v1/nodes", resourceVersion=version(store)):
        await until(lambda: kube.open_watches() == 1)
    await until(lambda: kube.open_watches() == 0)


async def test_many_watchers_share_the_bytes(api: client.ApiClient, store: Store, kube: KubeSandbox) -> None:
    """Ten watchers and 3,000 changes: all see all, in order, and quickly."""
    start = version(store)
    async with contextlib.AsyncExitStack() as stack:
        streams = [
            await stack.enter_async_context(watching(api, "/api/v1/nodes", resourceVersion=start)) for _ in range(10)
        ]
        await until(lambda: kube.open_watches() == 10)
        began = time.perf_counter()

        async def count(stream: Stream) -> list[int]:
            return [int((await stream.next())["object"]["metadata"]["resourceVersion"]) for _ in range(3000)]

        counting = [asyncio.create_task(count(stream)) for stream in streams]
        for number in range(3000):
            store.mutate("nodes", "n1", None, lambda draft, n=number: draft["metadata"]["labels"].update(n=str(n)))
            if number % 100 == 0:
                await asyncio.sleep(0)
        seen = await asyncio.gather(*counting)
    assert all(versions == sorted(set(versions)) for versions in seen)
    assert time.perf_counter() - began < 20


async def test_logs_through_the_client(api: client.ApiClient, store: Store) -> None:
    """The same text as kubectl's; options that exclude each other are refused."""
    core = client.CoreV1Api(api)
    assert await core.read_namespaced_pod_log("train-0", "aurora", tail_lines=1) == "line 2\n"
    two = pod("two")
    two["spec"]["containers"].append({"name": "side", "image": "a"})
    store.create("pods", two)
    with pytest.raises(client.ApiException) as refused:
        await core.read_namespaced_pod_log("two", "aurora")
    assert "a container name must be specified for pod two, choose one of: [main side]" in refused.value.body
