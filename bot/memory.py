"""What a start needed and the rest of the process does not is given back to the system.

Pages of raw answers, migrations, the roster's YAML: freed, they stay in the C library's arenas, and count as ours. And
what has lived until now lives on: the collector need not look at it again.
"""

import ctypes
import gc

RARELY = (2_000, 20, 100)
"""The collector's thresholds: a full collection stops the loop for 60 ms, and with its own thresholds comes several
times in ten seconds of load, which is one acknowledgement in twenty-five. Little of what is dropped here hangs
together in circles; what does waits for a while longer."""


def settle() -> None:
    """Once, when all is read. 30 ms; where the C library cannot do it (musl, macOS), only the collector's part."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*RARELY)
    try:
        ctypes.CDLL(None).malloc_trim(0)
    except (AttributeError, OSError):
        return
