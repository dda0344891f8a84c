"""Kubernetes quantities (`500m`, `8`, `1Gi`) as exact numbers."""

import re
from fractions import Fraction

_QUANTITY = re.compile(r"(?P<sign>[+-]?)(?P<number>\d+\.?\d*|\.\d+)(?P<unit>[numkKMGTPE]i?|[eE][+-]?\d+|)")
_UNITS = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_BINARY = {"Ki": 1, "Mi": 2, "Gi": 3, "Ti": 4, "Pi": 5, "Ei": 6}


def parse(text: str | int | float) -> Fraction | None:
    """None for what is no quantity."""
    match = _QUANTITY.fullmatch(str(text))
    if match is None:
        return None
    unit, value = match["unit"], Fraction(match["number"])
    if unit in _BINARY:
        value *= 1024 ** _BINARY[unit]
    elif unit in _UNITS:
        value *= Fraction(10) ** _UNITS[unit]
    elif unit[:1] in "eE":
        value *= Fraction(10) ** int(unit[1:])
    else:
        return None
    return -value if match["sign"] == "-" else value
