"""The fonts of the pictures, in this folder so that a picture looks the same everywhere, and names in most scripts.

Each run of letters is written with the first font that has them; a letter that none has (an emoji) is left out, so
that no name turns into boxes. Pillow is loaded with the first picture, not with the bot.
"""

import unicodedata
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont

FOLDER = Path(__file__).parent / "fonts"
PLAIN, BOLD = "NotoSans-Regular", "NotoSans-Bold"
OTHERS = (
    *(f"NotoSans{script}-Regular" for script in ("Devanagari", "Bengali", "Gujarati", "Gurmukhi", "Tamil", "Telugu")),
    *(f"NotoSans{script}-Regular" for script in ("Kannada", "Malayalam", "Arabic", "Hebrew", "Thai")),
    "DroidSansFallback",
)
"""Asked in this order; the last has Chinese, Japanese and Korean."""
_NO_LETTER = "\U0010ffff"


@lru_cache(maxsize=256)
def font(name: str, size: int) -> "FreeTypeFont":
    from PIL import ImageFont

    return ImageFont.truetype(str(FOLDER / f"{name}.ttf"), size)


@lru_cache(maxsize=4096)
def runs(text: str, bold: bool) -> tuple[tuple[str, str], ...]:
    """(font, letters) in their order. A mark that combines goes with the letter before it."""
    found: list[tuple[str, str]] = []
    for letter in unicodedata.normalize("NFC", text):
        joins = found and (unicodedata.category(letter)[0] in "MZ" or letter in "\u200c\u200d")
        name = found[-1][0] if joins else _having(letter, bold)
        if name is None:
            continue
        if found and found[-1][0] == name:
            found[-1] = (name, found[-1][1] + letter)
        else:
            found.append((name, letter))
    return tuple(found)


@lru_cache(maxsize=8192)
def width(text: str, size: int, bold: bool) -> float:
    """What a line takes; a `drawing.Measure`."""
    return sum(font(name, size).getlength(letters) for name, letters in runs(text, bold))


@lru_cache(maxsize=4096)
def _having(letter: str, bold: bool) -> str | None:
    for name in (BOLD if bold else PLAIN, *OTHERS):
        if letter.isspace() or _has(name, letter):
            return name
    return None


def _has(name: str, letter: str) -> bool:
    drawn, missing = (font(name, 24).getmask(c) for c in (letter, _NO_LETTER))
    return drawn.size != missing.size or bytes(drawn) != bytes(missing)
