"""A drawing → the bytes of a PNG. The only module that knows colours.

The card has a light ground of its own and is the same in Slack's light and dark theme. Colours are those of Okabe and
Ito, which the colour-blind can tell apart; a gap is hatched besides, and each region has its name at its row.
"""

import struct
import threading
import zlib
from functools import lru_cache
from typing import TYPE_CHECKING

from bot.pictures import typeface
from bot.pictures.drawing import Box, Drawing, Kind, Tone, Words

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw

Colour = tuple[int, int, int]

HUES: tuple[Colour, ...] = (
    (0, 114, 178),
    (230, 159, 0),
    (0, 158, 115),
    (154, 78, 134),
    (86, 180, 233),
    (110, 110, 60),
)
"""By the region's place in the file."""
INK, SOFT, WHITE, RED = (29, 33, 41), (92, 98, 110), (255, 255, 255), (186, 12, 38)
GREEN, VIOLET = (17, 97, 73), (101, 55, 143)
GROUND = (250, 250, 248)

TONES: dict[Tone, Colour] = {
    Tone.INK: INK,
    Tone.SOFT: SOFT,
    Tone.WHITE: WHITE,
    Tone.RED: RED,
    Tone.GREEN: GREEN,
    Tone.VIOLET: VIOLET,
}
FILLS: dict[Kind, Colour] = {
    Kind.CARD: GROUND,
    Kind.ROW: (214, 216, 220),
    Kind.WEEKEND: (234, 235, 238),
    Kind.HOLIDAY: (232, 222, 243),
    Kind.DAY: (196, 199, 205),
    Kind.NOON: (232, 233, 236),
    Kind.TODAY: (255, 240, 201),
    Kind.BOUNDARY: INK,
    Kind.NOW: (96, 104, 120),
    Kind.NOW_FLAG: INK,
    Kind.BADGE: VIOLET,
    Kind.GOOD: (214, 240, 228),
    Kind.BAD: RED,
    Kind.PLATE: WHITE,
    Kind.FAIR: INK,
}
_ROUND = {Kind.BADGE: 5, Kind.GOOD: 10, Kind.BAD: 10, Kind.PLATE: 5, Kind.NOW_FLAG: 6, Kind.PRIMARY: 4, Kind.BAR: 3}
_NO_FILTER = b"\0"
_one_at_a_time = threading.Lock()
"""FreeType's faces must not be used by two threads at once."""


def png(drawing: Drawing) -> bytes:
    """Takes some ten milliseconds of work: call it in a thread."""
    from PIL import Image, ImageDraw

    with _one_at_a_time:
        image = Image.new("RGB", (drawing.width, drawing.height), GROUND)
        draw = ImageDraw.Draw(image)
        for box in drawing.boxes:
            _box(image, draw, box)
        for words in drawing.words:
            _words(draw, words)
        return _encoded(image)


def _encoded(image: "Image") -> bytes:
    """As PNG. Pillow's own encoder keeps every other thread waiting for 40 ms and more; zlib lets them go on."""
    stride, raw = image.width * 3, image.tobytes()
    lines = b"".join(_NO_FILTER + raw[n : n + stride] for n in range(0, len(raw), stride))
    header = struct.pack(">IIBBBBB", image.width, image.height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(lines, 2)) + _chunk(b"IEND")


def _chunk(kind: bytes, content: bytes = b"") -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def _box(image: "Image", draw: "ImageDraw", box: Box) -> None:
    edges = (
        round(box.x),
        round(box.y),
        max(round(box.x), round(box.right) - 1),
        max(round(box.y), round(box.bottom) - 1),
    )
    if box.kind in (Kind.GAP, Kind.NOBODY_LEADS):
        _hatched(image, draw, edges)
    elif box.kind is Kind.SECONDARY:
        draw.rectangle(edges, fill=_mixed(HUES[box.hue % len(HUES)], WHITE, 0.45))
    elif box.kind in (Kind.PRIMARY, Kind.LEAD, Kind.BAR):
        fill = HUES[box.hue % len(HUES)]
        draw.rounded_rectangle(edges, _ROUND.get(box.kind, 0), fill=fill)
    elif box.kind is Kind.CARD:
        draw.rectangle(edges, fill=GROUND, outline=(200, 203, 209), width=2)
    elif box.kind in _ROUND:
        draw.rounded_rectangle(edges, _ROUND[box.kind], fill=FILLS[box.kind])
    else:
        draw.rectangle(edges, fill=FILLS[box.kind])


def _hatched(image: "Image", draw: "ImageDraw", edges: tuple[int, int, int, int]) -> None:
    from PIL import Image, ImageDraw

    left, top, right, bottom = edges
    wide, tall = right - left + 1, bottom - top + 1
    tile = Image.new("RGB", (wide, tall), (255, 226, 226))
    lines = ImageDraw.Draw(tile)
    for x in range(-tall, wide, 13):
        lines.line((x, tall, x + tall, 0), fill=RED, width=4)
    lines.rectangle((0, 0, wide - 1, tall - 1), outline=RED, width=min(3, max(1, wide // 3)))
    image.paste(tile, (left, top))


def _words(draw: "ImageDraw", words: Words) -> None:
    x, base = words.x, words.y + words.size * 0.36
    for name, letters in typeface.runs(words.text, words.bold):
        mask, left, top = _mask(name, words.size, letters)
        draw.bitmap((round(x) + left, round(base) + top), mask, fill=TONES[words.tone])
        x += typeface.font(name, words.size).getlength(letters)


@lru_cache(maxsize=4096)
def _mask(name: str, size: int, letters: str) -> "tuple[Image, int, int]":
    """A word as it lies on its base line. Names and days come again and again, and shaping them is most of the work."""
    from PIL import Image, ImageDraw

    face = typeface.font(name, size)
    left, top, right, bottom = (round(n) for n in face.getbbox(letters, anchor="ls"))
    mask = Image.new("L", (max(1, right - left), max(1, bottom - top)))
    ImageDraw.Draw(mask).text((-left, -top), letters, font=face, fill=255, anchor="ls")
    return mask, left, top


def _mixed(one: Colour, other: Colour, part: float) -> Colour:
    """`part` of `other` in `one`."""
    red, green, blue = (round(a + (b - a) * part) for a, b in zip(one, other, strict=True))
    return red, green, blue
