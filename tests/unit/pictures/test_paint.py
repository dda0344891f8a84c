"""The pixels: what must be seen is there, in every script, and the same on any machine."""

import io

import pytest
from PIL import Image

from bot.pictures import layout, paint, typeface
from bot.pictures.drawing import Box, Drawing, Kind
from tests.unit.pictures import rosters

Colours = dict[tuple[int, int, int], int]


def picture(drawing: Drawing) -> Image.Image:
    return Image.open(io.BytesIO(paint.png(drawing))).convert("RGB")


def colours(image: Image.Image, box: Box) -> Colours:
    part = image.crop((round(box.x), round(box.y), round(box.right), round(box.bottom)))
    return {colour: number for number, colour in part.getcolors(1 << 16)}


@pytest.fixture(scope="module")
def busy() -> tuple[Drawing, Image.Image]:
    drawing = layout.place(rosters.made(rosters.busy()), typeface.width)
    return drawing, picture(drawing)


def test_a_gap_is_hatched_in_red(busy: tuple[Drawing, Image.Image]) -> None:
    """Red and pale in turn: it can be told from a bar without colours too."""
    drawing, image = busy
    for box in drawing.of(Kind.GAP):
        found = colours(image, box)
        area = sum(found.values())
        assert found[paint.RED] / area > 0.15
        assert found[(255, 226, 226)] / area > 0.1 or box.width < 12


def test_the_now_line_is_drawn_from_the_days_to_the_last_row(busy: tuple[Drawing, Image.Image]) -> None:
    drawing, image = busy
    [line] = drawing.of(Kind.NOW)
    column = [image.getpixel((round(line.x) + 1, y)) for y in range(round(line.y) + 2, round(line.bottom) - 2)]
    assert column.count(paint.FILLS[Kind.NOW]) / len(column) > 0.85


def test_it_has_a_ground_of_its_own_to_the_edge(busy: tuple[Drawing, Image.Image]) -> None:
    """Opaque, light, framed: it looks the same on Slack's light and dark ground."""
    drawing, image = busy
    assert image.size == (drawing.width, drawing.height)
    assert image.width == 1600
    assert image.getpixel((4, 4)) == paint.GROUND
    assert image.getpixel((0, 0)) == image.getpixel((image.width - 1, image.height - 1)) != paint.GROUND


def test_words_can_be_read_on_what_they_stand_on() -> None:
    """Contrast by the formula of WCAG: 4.5 and more, for what is said in words."""
    grounds = [paint.GROUND, paint.FILLS[Kind.WEEKEND], paint.FILLS[Kind.HOLIDAY], paint.FILLS[Kind.TODAY]]
    for tone in (paint.INK, paint.SOFT, paint.RED):
        assert all(contrast(tone, ground) >= 4.5 for ground in grounds), tone
    assert contrast(paint.GREEN, paint.FILLS[Kind.GOOD]) >= 4.5
    assert contrast(paint.WHITE, paint.RED) >= 4.5


@pytest.mark.parametrize(
    "name",
    [
        "Jürgen Großmann",
        "Łukasz Żółć",
        "Σωκράτης",
        "Владимир",
        "अनुष्का शर्मा",
        "তানিয়া",
        "தமிழ்ச்செல்வி",
        "వెంకట్",
        "ಕನ್ನಡ",
        "മലയാളം",
        "ગુજરાતી",
        "ਗੁਰਮੁਖੀ",
        "李小龍",
        "さくら",
        "김민수",
        "محمد",
        "דוד",
        "ณัฐวุฒิ",
    ],
)
def test_no_name_turns_into_boxes(name: str) -> None:
    """Every letter has a glyph in one of our fonts."""
    written = "".join(letters for _, letters in typeface.runs(name, True))
    assert len(written) >= len(name) - 1
    assert typeface.width(name, 27, True) > 0


def test_a_letter_that_no_font_has_is_left_out() -> None:
    assert typeface.runs("Vega 🚀", False)[0][1].strip() == "Vega"
    assert typeface.width("🚀", 27, True) == 0


def test_a_name_of_nothing_but_emoji_becomes_the_id() -> None:
    drawing = layout.place(rosters.made(rosters.rota(), vega="🚀🚀"), typeface.width)
    assert "vega" in {words.text for words in drawing.words}


def test_the_same_drawing_is_the_same_bytes(busy: tuple[Drawing, Image.Image]) -> None:
    assert paint.png(busy[0]) == paint.png(busy[0])


def contrast(one: paint.Colour, other: paint.Colour) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: paint.Colour) -> float:
    linear = [c / 255 / 12.92 if c / 255 <= 0.03928 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in colour]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
