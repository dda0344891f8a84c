"""Connections that are kept between messages, for the process in which Apprise sends.

Apprise's plugins call `requests.post` and the like, which connect anew each time: over TLS that is 20 ms of CPU a
message, nearly all of it to read the certificates of the authorities again. With kept ones it is 0.6 ms. It is a patch
of `requests`, and for that process alone: there nothing else uses it.
"""

import contextlib
import functools
import math
import os
import ssl
import types
from collections.abc import Iterator
from http.cookiejar import DefaultCookiePolicy
from pathlib import Path
from typing import Any
from urllib.request import getproxies

import requests
from requests.adapters import HTTPAdapter
from requests.utils import DEFAULT_CA_BUNDLE_PATH
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool

from bot.clock import monotonic
from bot.outbox import telling

HOSTS = 256
"""Services whose connections are kept."""
EACH = 256
"""Of one service, as many as there are threads."""
IDLE = 20.0
"""Seconds. One that was not used for so long is made anew: whatever lies between may have forgotten it, and a page that
leaves by it would wait for seconds until that shows."""


class _Http(HTTPConnectionPool):
    """Its connections have been used lately."""

    def _get_conn(self, timeout: float | None = None) -> Any:
        connection = super()._get_conn(timeout)
        if monotonic() - getattr(connection, "used", math.inf) > IDLE:
            connection.close()  # it connects by itself when it is used
        return connection

    def _put_conn(self, connection: Any) -> None:
        if connection is not None:
            connection.used = monotonic()
        super()._put_conn(connection)


class _Https(_Http, HTTPSConnectionPool):
    pass


class _Adapter(HTTPAdapter):
    """Checks certificates as `requests` does, with authorities that are read once."""

    def init_poolmanager(self, *args: Any, **more: Any) -> None:
        super().init_poolmanager(*args, **more)
        self.poolmanager.pool_classes_by_scheme = {"http": _Http, "https": _Https}

    def send(self, *args: Any, **more: Any) -> requests.Response:
        answer = super().send(*args, **more)
        telling.answered(answer.status_code, answer.headers)
        return answer

    def build_connection_pool_key_attributes(self, request: Any, verify: Any, cert: Any = None) -> Any:
        host, tls = super().build_connection_pool_key_attributes(request, verify, cert)
        if host["scheme"] == "https" and verify is not False:
            tls = {**tls, "ssl_context": _trusting(_bundle(verify)), "ca_certs": None, "ca_cert_dir": None}
        return host, tls

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
        super().cert_verify(conn, url, verify, cert)
        conn.ca_certs = conn.ca_cert_dir = None  # they are in the pool's context


def _bundle(verify: bool | str) -> str:
    if isinstance(verify, str):
        return verify
    return os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE") or DEFAULT_CA_BUNDLE_PATH


def _says_something() -> bool:
    """Whether the environment has proxies or passwords. `requests` looks for them with each message, a tenth of it."""
    homes = (Path(os.environ.get("NETRC") or "~/.netrc"), Path("~/_netrc"))
    return bool(getproxies()) or any(file.expanduser().exists() for file in homes)


@functools.cache
def _trusting(bundle: str) -> ssl.SSLContext:
    if Path(bundle).is_dir():
        return ssl.create_default_context(capath=bundle)
    return ssl.create_default_context(cafile=bundle)


def session() -> requests.Session:
    """One for all threads: it keeps connections and nothing else, no cookies above all."""
    made = requests.Session()
    made.trust_env = _says_something()
    made.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    adapter = _Adapter(pool_connections=HOSTS, pool_maxsize=EACH)
    for scheme in ("https://", "http://"):
        made.mount(scheme, adapter)
    return made


def keep() -> None:
    """From here on `requests.post` and its like keep their connections."""
    kept = session()

    @contextlib.contextmanager
    def same() -> Iterator[requests.Session]:
        yield kept

    requests.api.sessions = types.SimpleNamespace(Session=same)  # type: ignore[assignment, attr-defined]
