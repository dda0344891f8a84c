"""A connection to one cluster: raw calls with the official client's credentials and TLS, errors in our own words.

The client's typed classes are not used (a list of 15,000 pods would block the loop for 18 s), and neither is its
`call_api`, which keeps one of several headers of the same name: an impersonated person has several groups.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import structlog
from multidict import CIMultiDict

from bot.directory.access import KubernetesIdentity
from bot.directory.model import Cluster
from bot.errors import BotError, Temporary, UserError
from bot.fleet import decode, errors
from bot.fleet.official import official

log = structlog.get_logger()
Query = Sequence[tuple[str, str]]
MERGE_PATCH = "application/merge-patch+json"
CONNECT_SECONDS = 5.0
FIRST_BYTE_SECONDS = 15.0
"""Until an answer begins, a watch's too: a server sends its headers at once, however long it then is silent."""
ANSWER_SECONDS = 30.0
RENEW_SECONDS = 60.0
LINE_LIMIT = 16 * 2**20
"""Bytes of one watch line; etcd keeps no object over 1.5 MiB."""


class Connection:
    """`client` is the official ApiClient. Calls raise `Forbidden`, `NotFound`, `Conflict`, `Gone`, `Temporary`."""

    def __init__(self, cluster: str, client: Any) -> None:
        self.cluster = cluster
        self._client = client

    async def get(self, path: str, query: Query = (), *, identity: KubernetesIdentity | None = None) -> bytes:
        return await self._call("GET", path, query, identity=identity)

    async def patch(
        self,
        path: str,
        body: Mapping[str, Any],
        *,
        identity: KubernetesIdentity | None = None,
        dry_run: bool = False,
        manager: str = "heliograph",
    ) -> bytes:
        """A merge patch, as `identity`. With `dry_run` the server checks it all, and changes nothing."""
        query = [("fieldManager", manager)] + ([("dryRun", "All")] if dry_run else [])
        return await self._call("PATCH", path, query, body=body, identity=identity)

    @asynccontextmanager
    async def stream(self, path: str, query: Query, *, silence: float) -> AsyncIterator[AsyncIterator[bytes]]:
        """The answer's lines as they come. Raises `Temporary` after `silence` seconds without any."""
        timeout = aiohttp.ClientTimeout(connect=CONNECT_SECONDS, sock_connect=CONNECT_SECONDS, sock_read=silence)
        async with self._answer("GET", path, query, timeout) as response:
            yield self._lines(response)

    async def _call(
        self,
        method: str,
        path: str,
        query: Query,
        *,
        body: Mapping[str, Any] | None = None,
        identity: KubernetesIdentity | None = None,
    ) -> bytes:
        timeout = aiohttp.ClientTimeout(
            total=ANSWER_SECONDS, connect=CONNECT_SECONDS, sock_connect=CONNECT_SECONDS, sock_read=ANSWER_SECONDS
        )
        async with self._answer(method, path, query, timeout, body, identity) as response:
            data: bytes = await response.read()
            return data

    @asynccontextmanager
    async def _answer(
        self,
        method: str,
        path: str,
        query: Query,
        timeout: aiohttp.ClientTimeout,
        body: Mapping[str, Any] | None = None,
        identity: KubernetesIdentity | None = None,
    ) -> AsyncIterator[Any]:
        try:
            async with asyncio.timeout(FIRST_BYTE_SECONDS):
                response = await self._client.rest_client.request(
                    method,
                    self._client.configuration.host + path,
                    query_params=list(query),
                    headers=await self._headers(method, identity),
                    body=body,
                    _preload_content=False,
                    _request_timeout=timeout,
                )
            async with response:
                if response.status >= 300:
                    said = decode.status(await response.read())
                    wait = response.headers.get("Retry-After", "")
                    raise errors.translated(self.cluster, response.status, said, wait=wait)
                yield response
        except (TimeoutError, aiohttp.ServerTimeoutError) as error:
            raise Temporary(f"the cluster {self.cluster} does not answer in time") from error
        except (aiohttp.ClientConnectorCertificateError, ssl.SSLError) as error:
            raise Temporary(f"the certificate of the cluster {self.cluster} is not trusted: {_short(error)}") from error
        except (aiohttp.ClientError, OSError) as error:
            raise Temporary(f"the cluster {self.cluster} cannot be reached: {errors.in_words(error)}") from error

    async def _headers(self, method: str, identity: KubernetesIdentity | None) -> CIMultiDict[str]:
        headers: CIMultiDict[str] = CIMultiDict({"User-Agent": "heliograph", "Accept": "application/json"})
        await self._client.update_params_for_auth(headers, [], ["BearerToken"])
        if method == "PATCH":
            headers["Content-Type"] = MERGE_PATCH
        if identity is not None:
            headers["Impersonate-User"] = identity.user
            for group in identity.groups:
                headers.add("Impersonate-Group", group)
        return headers

    async def _lines(self, response: Any) -> AsyncIterator[bytes]:
        """Whole lines, whatever pieces they come in."""
        rest = bytearray()
        async for piece in response.content.iter_any():
            rest += piece
            end = rest.rfind(b"\n")
            if end < 0:
                if len(rest) > LINE_LIMIT:
                    raise decode.Undecodable("a line of a watch is longer than any object can be")
                continue
            whole, rest = bytes(rest[:end]), rest[end + 1 :]
            for line in whole.split(b"\n"):
                if line:
                    yield line


@asynccontextmanager
async def connect(cluster: Cluster) -> AsyncIterator[Connection]:
    """Raises `UserError` for a kubeconfig that cannot be used."""
    client, loader = await _client(cluster)
    renewing = asyncio.create_task(_renew(client, loader)) if loader is not None else None
    try:
        yield Connection(cluster.id, client)
    finally:
        if renewing is not None:
            renewing.cancel()
        await client.close()


async def _client(cluster: Cluster) -> tuple[Any, Any]:
    """The official client, and what renews its token."""
    library = official()
    config, configuration = library.config, library.Configuration()
    loader = None
    try:
        if cluster.in_cluster:
            config.load_incluster_config(client_configuration=configuration)
        else:
            loader = await config.load_kube_config(
                config_file=cluster.kubeconfig or None,
                context=cluster.context or None,
                client_configuration=configuration,
                persist_config=False,
            )
        return library.ApiClient(configuration=configuration), loader
    except config.ConfigException as error:
        raise _unusable(cluster, error) from error
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise _unusable(cluster, error) from error


def _unusable(cluster: Cluster, error: Exception) -> BotError:
    where = "the service account" if cluster.in_cluster else cluster.kubeconfig or "the usual kubeconfig"
    which = f", context {cluster.context}" if cluster.context else ""
    return UserError(
        f"The cluster {cluster.id} cannot be used: {where}{which} does not say how to reach it.",
        hint=f"{type(error).__name__}: {_short(error)}",
    )


async def _renew(client: Any, loader: Any) -> None:
    """Tokens that a plugin hands out expire; the library's own task asks for new ones, and ends when it fails once."""
    while True:
        try:
            await official().config.refresh_token(loader, client.configuration)
            return
        except Exception as error:
            log.warning("a cluster's credentials cannot be renewed", host=client.configuration.host, why=_short(error))
            await asyncio.sleep(RENEW_SECONDS)


def _short(error: BaseException) -> str:
    return (str(error) or type(error).__name__).splitlines()[0][:200]
