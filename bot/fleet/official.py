"""The official client, of which we use a tenth: what reads kubeconfigs and renews tokens, and what carries calls.

`import kubernetes` loads every typed class twice, for threads and for asyncio: measured 109 MB at rest and three
seconds of CPU in which the loop stands still. None of them is used here. So its packages are entered without running
their `__init__`, the few modules that are needed are loaded, and `sys.modules` is left as it was: whoever imports
`kubernetes` afterwards gets all of it. Where the library is laid out differently one day, we load all of it too.
"""

import importlib
import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

ROOT = "kubernetes"
TYPED = f"{ROOT}.aio.client.models"
"""Seven hundred classes, of which the client wants the module's name, to decode answers that we decode ourselves."""


@dataclass(frozen=True)
class Official:
    """`config` is the module that loads kubeconfigs; the others are classes of the client."""

    ApiClient: Any
    Configuration: Any
    config: Any


@cache
def official() -> Official:
    """Loaded at the first call: a tenth of a second that `oncall` need not pay."""
    if ROOT not in sys.modules:
        try:
            with _entered():
                return _light()
        except (ImportError, AttributeError):
            pass
    client = importlib.import_module(f"{ROOT}.aio.client")
    return Official(client.ApiClient, client.Configuration, importlib.import_module(f"{ROOT}.aio.config"))


def _light() -> Official:
    client: Any = sys.modules[f"{ROOT}.aio.client"]
    client.Configuration = importlib.import_module(f"{ROOT}.aio.client.configuration").Configuration
    client.ApiClient = importlib.import_module(f"{ROOT}.aio.client.api_client").ApiClient
    return Official(client.ApiClient, client.Configuration, importlib.import_module(f"{ROOT}.aio.config"))


@contextmanager
def _entered() -> Iterator[None]:
    """The packages as they lie there, without what they do on being imported."""
    spec = importlib.util.find_spec(ROOT)
    if spec is None or not spec.submodule_search_locations:
        raise ImportError(f"{ROOT} is not installed")
    folder = Path(spec.submodule_search_locations[0])
    for name in (ROOT, f"{ROOT}.aio", f"{ROOT}.aio.client"):
        package = ModuleType(name)
        package.__path__ = [str(folder.joinpath(*name.split(".")[1:]))]
        _put(name, package)
    _put(TYPED, ModuleType(TYPED))
    try:
        yield
    finally:
        for name in [n for n in sys.modules if n == ROOT or n.startswith(f"{ROOT}.")]:
            del sys.modules[name]


def _put(name: str, module: ModuleType) -> None:
    """As the import system does: in the table, and as an attribute of what it lies in."""
    sys.modules[name] = module
    parent, _, own = name.rpartition(".")
    if parent:
        setattr(sys.modules[parent], own, module)
