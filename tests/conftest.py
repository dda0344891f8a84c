"""What all tests share: unit tests cannot open sockets, and a missing tool is a failure where `CI=true`."""

import os
import shutil
from pathlib import Path

import pytest
from pytest_socket import disable_socket, enable_socket

pytest_plugins: list[str] = []


def pytest_runtest_setup(item: pytest.Item) -> None:
    """A unit test that needs a socket is a wire test in the wrong folder. Unix sockets are asyncio's own."""
    if "unit" in Path(item.path).relative_to(Path(__file__).parent).parts:
        disable_socket(allow_unix_socket=True)
    else:
        enable_socket()


def need(tool: str, hint: str, *names: str) -> str:
    """The path of the first of `names` (default: `tool`) on this machine; else skip with `hint`, or fail in CI."""
    for name in names or (tool,):
        if found := shutil.which(name):
            return found
    message = f"{tool} is not on this machine; {hint}"
    if os.environ.get("CI", "").lower() == "true":
        pytest.fail(message)
    pytest.skip(message)
