"""Compares the keys of what the sandbox sends with the keys of real payloads."""

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).parents[4] / "shared" / "reference" / "slack-shapes"
_ID = re.compile(r"[CF][0-9A-Z]{8,}_?")


def shape(name: str) -> Any:
    """A real payload with its values blanked, such as `api/auth.test`."""
    if not FOLDER.is_dir():
        pytest.skip("the shapes of real payloads are not beside this repository")
    return json.loads((FOLDER / f"{name}.json").read_text())


def missing(real: Any, samples: Iterable[Any], at: str = "") -> Iterator[str]:
    """Paths that the real payload has and none of the samples has.

    The real one is the union of everything that was ever seen there, so several samples (a success and a refusal, a
    person's message and a bot's) stand against it together. A null where the real one has an object is a carried key.
    """
    found = [s for s in samples if s is not None]
    if isinstance(real, list):
        inner = [i for s in found if isinstance(s, list) for i in s]
        if real and inner:
            yield from missing(real[0], inner, f"{at}[]")
        return
    if not isinstance(real, dict):
        return
    objects = [s for s in found if isinstance(s, dict)]
    if real and all(_ID.fullmatch(k) for k in real):
        values = [v for s in objects for v in s.values()]
        if values:
            yield from missing(next(iter(real.values())), values, f"{at}.*")
        return
    for key, value in real.items():
        having = [s[key] for s in objects if key in s]
        if not having and objects:
            yield f"{at}.{key}"
        elif having:
            yield from missing(value, having, f"{at}.{key}")
