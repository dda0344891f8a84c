"""The API server: TLS, who asks, may they, what goes wrong on demand, and a record of every request.

Refuses what it does not know with a `Status`, as the real one; it never answers with a page or a stack trace.
"""

import asyncio
import contextlib
import dataclasses
import logging
from collections import deque
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Any

import msgspec
from aiohttp import web

from sandbox.clock import Clock
from sandbox.kube import (
    bootstrap,
    call,
    custom,
    discovery,
    dispatch,
    errors,
    identity,
    kubeconfig,
    openapi,
    pki,
    rbac,
    views,
)
from sandbox.kube.call import Call, Cluster, Target
from sandbox.kube.faults import Fault, Faults
from sandbox.kube.identity import Impersonation, User
from sandbox.kube.kinds import Kind
from sandbox.kube.store import Store
from sandbox.kube.watching import Watch

_log = logging.getLogger(__name__)
REMEMBERED = 50_000
ADMIN = "admin"
_HEALTH = ("/healthz", "/livez", "/readyz")
_HANG_SECONDS = 3600.0


@dataclasses.dataclass(slots=True)
class Seen:
    """One request as it was served. `user` is who the token belongs to; `status` 0 while it is under way."""

    method: str
    path: str
    query: str
    user: str = ""
    impersonated: str = ""
    status: int = 0
    user_agent: str = ""


class KubeSandbox:
    """`async with KubeSandbox(store, clock) as kube:` serves `store` on `kube.url` until the block ends.

    The user `admin` (system:masters) is there; `add_user` adds others. `bookmark_seconds` are real seconds.
    """

    def __init__(
        self, store: Store, clock: Clock, port: int = 0, *, host: str = "127.0.0.1", name: str = kubeconfig.NAME,
        bookmark_seconds: float = 60.0,
    ) -> None:  # fmt: skip
        self.store, self.clock, self.name = store, clock, name
        self.tokens = identity.Tokens()
        self.faults = Faults()
        self.requests: deque[Seen] = deque(maxlen=REMEMBERED)
        self.url = ""
        self._host, self._port = host, port
        self._authority = pki.Authority()
        self._open_watches: set[Watch] = set()
        self._stack = contextlib.AsyncExitStack()
        bootstrap.run(store)
        custom.follow(store)
        self.tokens.add(ADMIN, [identity.MASTERS])
        self._discovery = discovery.Discovery(store)
        self._cluster = Cluster(store, clock, self.tokens, rbac.Authorizer(store), self._discovery, bookmark_seconds)

    async def __aenter__(self) -> "KubeSandbox":
        await self.start()
        return self

    async def start(self) -> None:
        """Serves; after a `stop`, on the same port, as a server that comes back."""
        app = web.Application(client_max_size=call.MAX_BODY)
        app.router.add_route("*", "/{path:.*}", self._serve)
        runner = web.AppRunner(
            app,
            access_log=None,
            handle_signals=False,
            shutdown_timeout=0.2,
            handler_cancellation=True,  # an idle watch ends with its client, not with the next event
        )
        await runner.setup()
        self._stack.push_async_callback(runner.cleanup)
        site = web.TCPSite(runner, self._host, self._port, ssl_context=self._authority.server_context())
        await site.start()
        self._port = runner.addresses[0][1]
        self.url = f"https://{self._host}:{self._port}"

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def stop(self) -> None:
        """Nobody is listening any more: connections are refused. Objects, users and faults stay."""
        for watch in self._open_watches:
            watch.end()
        await self._stack.aclose()

    # For tests and the demo
    @property
    def ca(self) -> bytes:
        return self._authority.certificate

    def add_user(self, name: str, groups: Iterable[str] = (), token: str | None = None) -> str:
        """Lets a person or machine in; returns the bearer token. What they may do is up to RBAC."""
        return self.tokens.add(name, groups, token)

    def token(self, user: str) -> str:
        """The user's token; one is made for a name that has none yet."""
        return self.tokens.of(user) or self.add_user(user)

    def kubeconfig(self, user: str = ADMIN, *others: str) -> dict[str, Any]:
        users = [(name, self.token(name)) for name in (user, *others)]
        config: dict[str, Any] = kubeconfig.build(self.url, self.ca, users, name=self.name)
        return config

    def write_kubeconfig(self, path: Path, users: Iterable[str] = (ADMIN,)) -> Path:
        """Contexts are `user@sandbox`; the first user's is current."""
        kubeconfig.write(path, self.kubeconfig(*users))
        return path

    def fault(
        self, kind: str, path_prefix: str = "/", times: int = 1, *, method: str = "", seconds: float = 1.0
    ) -> None:
        """The next `times` requests under `path_prefix` go wrong (-1: until `faults.clear()`).

        `drop_watch` also cuts the watches that are open there, without an ending, as a lost connection does.
        """
        fault = Fault(kind, path_prefix, times, method, seconds)
        if kind == "drop_watch" and self.drop_watches(path_prefix) and times > 0:
            fault.times -= 1
        if fault.times:
            self.faults.add(fault)

    def drop_watches(self, path_prefix: str = "/") -> int:
        """Cuts the connections of open watches; returns how many."""
        chosen = [watch for watch in self._open_watches if watch.path.startswith(path_prefix)]
        for watch in chosen:
            watch.abort()
        return len(chosen)

    def open_watches(self, path_prefix: str = "/") -> int:
        return sum(1 for watch in self._open_watches if watch.path.startswith(path_prefix))

    # Serving
    async def _serve(self, request: web.Request) -> web.StreamResponse:
        path = request.path
        if path.startswith("/control/"):
            return await self._control(request)
        seen = Seen(request.method, path, request.query_string, user_agent=request.headers.get("User-Agent", ""))
        self.requests.append(seen)
        try:
            response = await self._answer(request, seen)
        except errors.ApiError as error:
            response = _refusal(error)
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            # A body that the checks let through and the code trips over: said, and answered like a server's bug.
            _log.exception("%s %s", request.method, path)
            response = _refusal(errors.InternalError(f"Internal error occurred: {error!r}"))
        seen.status = response.status
        return response

    async def _answer(self, request: web.Request, seen: Seen) -> web.StreamResponse:
        path = request.path
        if path in _HEALTH:
            return web.Response(text="ok")
        watching = dispatch.wants_watch(request.query.get("watch", ""))
        fault = self.faults.take(request.method, path, watching)
        if fault is not None:
            await _strike(fault, request)
        user = self._user(request, seen)
        target = call.parse(path)
        wanted = call.attributes(request.method, path, target, watching, request.query.get("fieldSelector", ""))
        self._cluster.authorizer.require(user, wanted)
        if target is None:
            return self._describe(request)
        handled = Call(self._cluster, request, user, target, self._kind(target))
        return await dispatch.dispatch(handled, self._open_watches)

    def _user(self, request: web.Request, seen: Seen) -> User:
        user = self.tokens.authenticate(request.headers.get("Authorization"))
        if user is None:
            raise errors.Unauthorized
        seen.user = user.name
        pretended = Impersonation.of(request.headers.items())
        if pretended is None:
            return user
        for wanted in impersonation_needs(pretended):
            self._cluster.authorizer.require(user, wanted)
        seen.impersonated = pretended.name
        return pretended.user()

    def _kind(self, target: Target) -> Kind:
        if call.is_review(target):
            # Reviews are not stored; the handler does not look at the kind.
            return Kind(target.group, target.version, target.plural, target.plural)
        kind = self.store.kinds.get(target.key)
        if kind is None or target.version not in kind.served:
            raise errors.NotFound("the server could not find the requested resource")
        if target.namespace and not kind.namespaced:
            raise errors.NotFound("the server could not find the requested resource")
        return kind

    def _describe(self, request: web.Request) -> web.Response:
        """Discovery and the like: everything that is not about a resource."""
        path = request.path.rstrip("/")
        if request.method not in ("GET", "HEAD"):
            raise dispatch.not_allowed()
        if path == "":
            return _json({"paths": self._discovery.paths()})
        if path == "/version":
            return _json(discovery.VERSION)
        if path in ("/api", "/apis"):
            return self._groups(request, core=path == "/api")
        if path == "/openapi/v3":
            return _json(openapi.index(self._discovery))
        if path.startswith("/openapi/v3/"):
            return _json(openapi.document(self._discovery, path.removeprefix("/openapi/v3/")))
        parts = path.split("/")[1:]
        if parts[0] == "api" and len(parts) == 2:
            return _json(self._discovery.resources("", parts[1]))
        if parts[0] == "apis" and len(parts) == 2:
            return _json(self._discovery.group(parts[1]))
        if parts[0] == "apis" and len(parts) == 3:
            return _json(self._discovery.resources(parts[1], parts[2]))
        raise errors.NotFound("the server could not find the requested resource")

    def _groups(self, request: web.Request, *, core: bool) -> web.Response:
        version = discovery.wants_aggregated(request.headers.get("Accept", ""))
        if version is not None:
            response = _json(self._discovery.aggregated(version, core=core))
            response.headers["Content-Type"] = discovery.AGGREGATED.format(version=version)
            response.headers["Vary"] = "Accept"
            return response
        if core:
            return _json(self._discovery.api_versions(request.host))
        return _json(self._discovery.group_list())

    async def _control(self, request: web.Request) -> web.Response:
        """Faults from outside the process; open to whoever reaches the port, which is loopback."""
        if request.path != "/control/faults":
            return _refusal(errors.NotFound("there is /control/faults"))
        if request.method == "DELETE":
            self.faults.clear()
        elif request.method == "POST":
            try:
                wanted = msgspec.json.decode(await request.read(), type=Fault)
                self.fault(wanted.kind, wanted.path_prefix, wanted.times, method=wanted.method, seconds=wanted.seconds)
            except (msgspec.MsgspecError, ValueError) as error:
                return _refusal(errors.BadRequest(str(error)))
        return _json({"faults": self.faults.listing()})


def impersonation_needs(pretended: Impersonation) -> list[rbac.Attributes]:
    """What one must be allowed to impersonate: the user, and each group, uid and extra value."""
    group = "authentication.k8s.io"
    account = pretended.name.removeprefix(identity.SERVICE_ACCOUNT).split(":")
    if pretended.name.startswith(identity.SERVICE_ACCOUNT) and len(account) == 2:
        needs = [rbac.Attributes("impersonate", "", "serviceaccounts", "", account[1], account[0])]
    else:
        needs = [rbac.Attributes("impersonate", "", "users", "", pretended.name)]
    needs += [rbac.Attributes("impersonate", "", "groups", "", name) for name in pretended.groups]
    if pretended.uid:
        needs.append(rbac.Attributes("impersonate", group, "uids", "", pretended.uid))
    for field, values in pretended.extra:
        needs += [rbac.Attributes("impersonate", group, "userextras", field, value) for value in values]
    return needs


async def _strike(fault: Fault, request: web.Request) -> None:
    if fault.kind == "hang":
        await asyncio.sleep(_HANG_SECONDS)
    if fault.kind == "slow":
        await asyncio.sleep(fault.seconds)
    elif fault.kind == "drop_watch":
        if request.transport is not None:
            request.transport.abort()
        raise errors.InternalError("the connection was dropped on demand")
    elif fault.kind == "gone_410":
        raise errors.Expired("The resourceVersion for the provided watch is too old.")
    elif fault.kind == "unauthorized":
        raise errors.Unauthorized
    elif fault.kind == "too_many_requests":
        details = {"retryAfterSeconds": int(fault.seconds)}
        raise errors.TooManyRequests("too many requests, please try again later", details)
    elif fault.kind == "error_500":
        raise errors.InternalError("Internal error occurred: a fault on demand")


def _json(body: Any) -> web.Response:
    return web.Response(body=views.encode(body), content_type="application/json")


def _refusal(error: errors.ApiError) -> web.Response:
    response = web.Response(body=views.encode(error.status()), status=error.code, content_type="application/json")
    if "retryAfterSeconds" in error.details:
        response.headers["Retry-After"] = str(error.details["retryAfterSeconds"])
    if isinstance(error, errors.Unauthorized):
        response.headers["WWW-Authenticate"] = 'Bearer realm="kubernetes"'
    return response
