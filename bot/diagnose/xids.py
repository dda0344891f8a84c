"""The catalogue of Xids: what each is, and what helps at once.

NVIDIA's catalogue of 2025-10-29, severity as gpud has it. Where the two disagree both are said, and nothing is done
unasked. Pure.
"""

import re
from dataclasses import dataclass
from enum import StrEnum


class Action(StrEnum):
    RESTART_APP = "restart the application"
    RESET_GPU = "reset the GPU"
    RESTART_MACHINE = "restart the machine"
    WORKFLOW = "follow NVIDIA's workflow"
    NOTE = "take note only"
    CHECK = "check by hand"


@dataclass(frozen=True)
class Xid:
    code: int
    words: str
    action: Action
    fatal: bool = False
    disputed: bool = False
    """NVIDIA and gpud disagree on it."""


_TABLE = (
    (8, "GPU stopped processing", Action.RESTART_APP, False),
    (13, "graphics engine exception", Action.RESTART_APP, False),
    (31, "memory page fault", Action.RESTART_APP, False),
    (32, "invalid push buffer stream", Action.RESTART_APP, True),
    (39, "copy engine exception", Action.RESTART_APP, False),
    (40, "copy engine exception", Action.RESTART_APP, False),
    (41, "copy engine exception", Action.RESTART_APP, False),
    (43, "GPU stopped processing after an application's fault", Action.NOTE, False),
    (44, "graphics engine fault at a context switch", Action.NOTE, True),
    (45, "preemptive clean-up after an earlier error", Action.WORKFLOW, False),
    (46, "GPU stopped processing", Action.RESET_GPU, True),
    (48, "double-bit ECC error", Action.WORKFLOW, True),
    (54, "auxiliary power is not connected", Action.CHECK, False),
    (62, "internal micro-controller halted", Action.RESET_GPU, True),
    (63, "row remapping recorded", Action.NOTE, True),
    (64, "row remapping failed", Action.RESET_GPU, True),
    (68, "video processor exception", Action.RESTART_APP, True),
    (69, "graphics engine class error", Action.RESTART_APP, True),
    (74, "NVLink error", Action.WORKFLOW, True),
    (79, "GPU has fallen off the bus", Action.RESTART_MACHINE, True),
    (80, "corrupted data sent to the GPU", Action.RESTART_APP, False),
    (92, "high rate of single-bit ECC errors", Action.NOTE, False),
    (93, "unusual write to non-volatile memory", Action.NOTE, False),
    (94, "contained memory error", Action.RESTART_APP, True),
    (95, "uncontained memory error", Action.RESET_GPU, True),
    (109, "context switch timeout", Action.RESET_GPU, False),
    (110, "security fault", Action.RESET_GPU, True),
    (119, "GSP does not answer", Action.RESET_GPU, True),
    (120, "GSP error", Action.RESET_GPU, True),
    (121, "C2C link corrected error", Action.NOTE, True),
    (136, "link error", Action.RESET_GPU, False),
    (137, "NVLink privilege error", Action.NOTE, False),
    (140, "unrecovered ECC error", Action.RESET_GPU, True),
    (143, "GPU initialisation failed", Action.RESET_GPU, True),
    *((code, "NVLink 5 error", Action.WORKFLOW, True) for code in range(144, 151)),
    (151, "key rotation failed; restart the virtual machine", Action.CHECK, False),
    (154, "recovery action changed", Action.NOTE, False),
    (155, "NVLink software error", Action.RESET_GPU, False),
    (156, "resource retirement", Action.RESET_GPU, False),
    (157, "resource retirement failed", Action.NOTE, False),
    (158, "fatal timeout", Action.RESET_GPU, False),
    (160, "channel retirement", Action.NOTE, False),
    (161, "channel retirement failed", Action.NOTE, False),
    (163, "see NVIDIA's catalogue", Action.CHECK, False),
    (167, "PCIe timeout", Action.CHECK, False),
    (168, "reduced memory", Action.CHECK, False),
    (171, "detail of a double-bit error", Action.CHECK, False),
    (172, "detail of a double-bit error", Action.CHECK, False),
)
_DISPUTED = frozenset({32, 44, 63, 69, 94, 121})
XIDS = {code: Xid(code, words, action, fatal, code in _DISPUTED) for code, words, action, fatal in _TABLE}

_CODE = re.compile(
    r"\bXid[^0-9\n]{0,12}\(PCI:[^)]*\)\s*:\s*(?P<kernel>\d+)"
    r"|\bXid\b[^0-9\n]{0,12}(?P<words>\d{1,3})\b"
    r"|\[(?:XID[_ -]?)?(?P<bracket>\d{1,3})\]"
    r"|NvidiaXID(?P<eks>\d+)",
    re.IGNORECASE,
)
_BUS = re.compile(r"fallen off the bus", re.IGNORECASE)
_DEVICE = re.compile(r"PCI:([0-9A-Fa-f:.]+)")


def found_in(text: str) -> Xid | None:
    """The Xid that a kernel line, a node's condition or an event speaks of."""
    if match := _CODE.search(text):
        code = int(next(g for g in match.groups() if g))
        if match["bracket"] and code not in XIDS:
            return None
        return XIDS.get(code, Xid(code, "not in the catalogue", Action.CHECK))
    return XIDS[79] if _BUS.search(text) else None


def device(text: str) -> str:
    """The PCI address that it names; "" for none."""
    match = _DEVICE.search(text)
    return match[1] if match else ""


def says(xid: Xid) -> str:
    doubt = " (NVIDIA and gpud disagree how bad it is)" if xid.disputed else ""
    return f"Xid {xid.code}, {xid.words}{doubt}"
