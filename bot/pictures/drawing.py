"""A picture as values: boxes with what they are, and words with how wide they are. Nothing here knows a pixel's colour.

Lengths are pixels of the finished picture. Later shapes lie over earlier ones.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

Measure = Callable[[str, int, bool], float]
"""(text, size, bold) → width."""


class Kind(StrEnum):
    """What a box is. The painter has one look for each."""

    CARD = "card"
    ROW = "row"
    WEEKEND = "weekend"
    HOLIDAY = "holiday"
    DAY = "day"
    NOON = "noon"
    TODAY = "today"
    PRIMARY = "primary"
    SECONDARY = "secondary"
    GAP = "gap"
    LEAD = "lead"
    BOUNDARY = "boundary"
    NOBODY_LEADS = "nobody leads"
    NOW = "now"
    NOW_FLAG = "now flag"
    BADGE = "badge"
    GOOD = "good"
    BAD = "bad"
    PLATE = "plate"
    BAR = "bar"
    FAIR = "fair"
    NEXT = "next"


class Tone(StrEnum):
    INK = "ink"
    SOFT = "soft"
    WHITE = "white"
    RED = "red"
    VIOLET = "violet"
    GREEN = "green"


@dataclass(frozen=True)
class Box:
    """`hue` is a region's place; `about` says in words what it stands for, for who looks at the values."""

    kind: Kind
    x: float
    y: float
    width: float
    height: float
    hue: int = 0
    about: str = ""

    @property
    def right(self) -> float:
        return self.x + self.width

    @property
    def bottom(self) -> float:
        return self.y + self.height


@dataclass(frozen=True)
class Words:
    """One line, from its left edge and vertical middle. `width` is what it takes."""

    text: str
    x: float
    y: float
    width: float
    size: int
    bold: bool = False
    tone: Tone = Tone.INK

    @property
    def right(self) -> float:
        return self.x + self.width


@dataclass(frozen=True)
class Drawing:
    width: int
    height: int
    boxes: tuple[Box, ...]
    words: tuple[Words, ...]

    def of(self, kind: Kind) -> list[Box]:
        return [box for box in self.boxes if box.kind is kind]


class Pen:
    """Collects shapes. What does not fit is shortened, never drawn over something else."""

    def __init__(self, measure: Measure) -> None:
        self.measure = measure
        self.boxes: list[Box] = []
        self.words: list[Words] = []

    def box(self, kind: Kind, x: float, y: float, width: float, height: float, hue: int = 0, about: str = "") -> Box:
        made = Box(kind, x, y, width, height, hue, about)
        self.boxes.append(made)
        return made

    def write(
        self, text: str, x: float, y: float, size: int, room: float, *, bold: bool = False, tone: Tone = Tone.INK
    ) -> float:
        """Writes what of `text` fits into `room`; → where it ends."""
        fitting = self.fit(text, size, room, bold)
        width = self.measure(fitting, size, bold) if fitting else 0.0
        if fitting:
            self.words.append(Words(fitting, x, y, width, size, bold, tone))
        return x + width

    def fit(self, text: str, size: int, room: float, bold: bool = False) -> str:
        """`text`, or as much of it as there is room for, with an ellipsis; empty where not even a letter fits."""
        if self.measure(text, size, bold) <= room:
            return text
        for length in range(len(text) - 1, 0, -1):
            shorter = text[:length].rstrip() + "…"
            if self.measure(shorter, size, bold) <= room:
                return shorter
        return ""
