"""What a start needed and the rest of the process does not is given back to the system.

Pages of raw answers, migrations, the roster's YAML: freed, they stay in the C library's arenas, and count as ours. And
what has lived until now lives on: the collector need not look at it again.
"""

import ctypes
import gc


def settle() -> None:
    """Once, when all is read. 30 ms; where the C library cannot do it (musl, macOS), only the collector's part."""
    gc.collect()
    gc.freeze()
    try:
        ctypes.CDLL(None).malloc_trim(0)
    except (AttributeError, OSError):
        return
