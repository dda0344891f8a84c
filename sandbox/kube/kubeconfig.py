"""The file with which kubectl and the clients find a cluster: CA and token inline, nothing else to look for."""

import base64
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

NAME = "sandbox"


def build(
    url: str, ca: bytes, users: Iterable[tuple[str, str]], *, name: str = NAME, namespace: str = "default"
) -> Any:
    """`users` are names with tokens. Each gets the context `user@name`; the first is current."""
    listed = list(users)
    cluster = {"server": url, "certificate-authority-data": base64.b64encode(ca).decode()}
    contexts = [
        {"name": f"{user}@{name}", "context": {"cluster": name, "user": f"{user}@{name}", "namespace": namespace}}
        for user, _ in listed
    ]
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": name, "cluster": cluster}],
        "users": [{"name": f"{user}@{name}", "user": {"token": token}} for user, token in listed],
        "contexts": contexts,
        "current-context": contexts[0]["name"],
        "preferences": {},
    }


def merge(configs: Iterable[Any]) -> Any:
    """Several clusters in one file, for a fleet of sandboxes."""
    merged: Any = {}
    for config in configs:
        if not merged:
            merged = config | {}
            continue
        for field in ("clusters", "users", "contexts"):
            merged[field] = [*merged[field], *config[field]]
    return merged


def write(path: Path, config: Any) -> None:
    path.write_text(yaml.safe_dump(config, sort_keys=False))
    path.chmod(0o600)  # kubectl warns about tokens that others can read
