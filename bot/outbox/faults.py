"""Places where a test kills the process. `HELIOGRAPH_FAULT=outbox.sent_not_recorded:kill` does it on the first pass,
`…:kill:3` on the third. `@FILE` has it read from there each time, so that a process that runs can be armed. Does
nothing otherwise, and nothing but the tests sets it.
"""

import os
import signal
from collections import Counter
from pathlib import Path

_passes: Counter[str] = Counter()


def reach(step: str) -> None:
    """The process is at `step`."""
    wanted = os.environ.get("HELIOGRAPH_FAULT")
    if not wanted:
        return
    if wanted.startswith("@"):
        file = Path(wanted[1:])
        wanted = file.read_text() if file.exists() else ""
    name, _, what = wanted.partition(":")
    kind, _, pass_number = what.partition(":")
    if name != step or kind != "kill":
        return
    _passes[step] += 1
    if _passes[step] >= int(pass_number or 1):
        os.kill(os.getpid(), signal.SIGKILL)
