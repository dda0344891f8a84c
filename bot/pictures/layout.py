"""Places a sheet: a headline, a panel for each week with a row for each region, and who carries the weekends. Pure.

Read from the top: are there gaps; who leads; then each region's bars with names under them. A name may reach to the
next bar of its lane and is shortened there. People who are on duty at once have lanes of their own.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.pictures.drawing import Box, Drawing, Kind, Measure, Pen, Tone
from bot.pictures.sheet import Day, Hole, Row, Sheet, Turn

WIDTH, MARGIN, GUTTER = 1600, 30, 186
LEFT, RIGHT = MARGIN + GUTTER, WIDTH - MARGIN
TITLE, DAYS, BAND, PANEL_GAP, LEGEND = 136, 44, 38, 40, 74
PAD, HOLIDAY_LINE = 10, 28
NAME, SMALL, PLAIN, TINY = 27, 22, 22, 17
"""Sizes of letters: at a phone's width a third of it is left."""
MIN_BAR = 5.0
"""A bar is at least so wide: ten minutes nobody must not vanish."""

SAME_SHIFT = timedelta(hours=4)
"""Of one person's two bars that are no further apart, only the first has the name."""

_MARKS = {"swap": "S", "cover": "C", "override": "O", "temporary": "T"}


@dataclass(frozen=True)
class Lane:
    """One line of bars that do not overlap. `bar` and `line` are the heights of the bar and of the words under it."""

    items: tuple[Turn | Hole, ...]
    kind: Kind
    bar: int
    line: int

    @property
    def height(self) -> int:
        return self.bar + self.line


class Scale:
    """Instants of one week → x. Hours are equally wide, so a day of a clock change is wider or narrower."""

    def __init__(self, days: tuple[Day, ...]) -> None:
        self.start, self.end = days[0].start, days[-1].end
        self._per_second = (RIGHT - LEFT) / (self.end - self.start).total_seconds()

    def x(self, at: datetime) -> float:
        inside = min(max(at, self.start), self.end)
        return LEFT + (inside - self.start).total_seconds() * self._per_second

    def shows(self, start: datetime, end: datetime) -> bool:
        return start < self.end and end > self.start


def place(sheet: Sheet, measure: Measure) -> Drawing:
    pen = Pen(measure)
    heights = [_panel_height(pen, sheet, week) for week in sheet.weeks()]
    below = _burdens_height(sheet)
    height = TITLE + sum(heights) + PANEL_GAP * (len(heights) - 1) + LEGEND + below + MARGIN
    pen.box(Kind.CARD, 0, 0, WIDTH, height)
    _title(pen, sheet)
    y = float(TITLE)
    for week, tall in zip(sheet.weeks(), heights, strict=True):
        _panel(pen, sheet, week, y)
        y += tall + PANEL_GAP
    y += LEGEND - PANEL_GAP
    _legend(pen, sheet, y - 40)
    if below:
        _burdens(pen, sheet, y)
    return Drawing(WIDTH, int(height), tuple(pen.boxes), tuple(pen.words))


def _title(pen: Pen, sheet: Sheet) -> None:
    first, last = sheet.days[0].date, sheet.days[-1].date
    what = "On call" if len(sheet.rows) != 1 else f"On call in {sheet.rows[0].name}"
    span = f"{first.day} {first:%B} – {last.day} {last:%B %Y}"
    at = pen.write(what, MARGIN, 42, 36, 620, bold=True)
    pen.write(span, at + 18, 42, 36, 1060 - at)
    local = sheet.now.astimezone(ZoneInfo(sheet.zone))
    zone = f"Days and times: {sheet.zone}. Drawn {local:%a} {local.day} {local:%b %H:%M %Z}."
    pen.write(zone, MARGIN, 88, PLAIN, 880, tone=Tone.SOFT)
    _verdict(pen, sheet)


def _verdict(pen: Pen, sheet: Sheet) -> None:
    """The answer to the first question, in the corner where a thumb does not cover it."""
    number = len(sheet.holes)
    leaderless = any(x.region is None for x in sheet.leads)
    words = (
        f"{number} gap{'s' if number > 1 else ''}" if number else "Nobody leads at times" if leaderless else "No gaps"
    )
    kind, tone = (Kind.GOOD, Tone.GREEN) if not number and not leaderless else (Kind.BAD, Tone.WHITE)
    width = pen.measure(words, 27, True) + 44
    pen.box(kind, RIGHT - width, 22, width, 46, about=words)
    pen.write(words, RIGHT - width + 22, 45, 27, width, bold=True, tone=tone)
    if number:
        row, hole = sheet.holes[0]
        local = hole.start.astimezone(ZoneInfo(sheet.zone))
        first = (
            f"{'first' if number > 1 else ''} {row.name}, {hole.role}: {local:%a} {local.day} {local:%b %H:%M}".strip()
        )
        room = 640.0
        fitting = pen.fit(first, PLAIN, room)
        pen.write(fitting, RIGHT - pen.measure(fitting, PLAIN, False), 88, PLAIN, room, tone=Tone.RED)


def _panel_height(pen: Pen, sheet: Sheet, week: tuple[Day, ...]) -> float:
    scale = Scale(week)
    return DAYS + BAND + 8 + sum(_row_height(pen, row, scale) for row in sheet.rows)


def _row_height(pen: Pen, row: Row, scale: Scale) -> float:
    lanes = _lanes(pen, row, scale)
    holidays = HOLIDAY_LINE if any(off.holiday and scale.shows(off.start, off.end) for off in row.off) else 0
    return PAD * 2 + holidays + max(60, sum(lane.height for lane in lanes))


def _panel(pen: Pen, sheet: Sheet, week: tuple[Day, ...], y: float) -> None:
    scale = Scale(week)
    top = y
    today = next((d for d in week if d.start <= sheet.now < d.end), None)
    for day in week:
        _day_head(pen, scale, day, y, day is today)
    y += DAYS
    bottom = y + BAND + 8 + sum(_row_height(pen, row, scale) for row in sheet.rows)
    for row, at, tall in _rows(pen, sheet, scale, y + BAND + 8):
        _ground(pen, row, scale, at, tall)
    for day in week:
        pen.box(Kind.DAY, scale.x(day.start), top + 6, 2, bottom - top - 6, about=f"{day.date} begins")
    pen.box(Kind.DAY, RIGHT - 2, top + 6, 2, bottom - top - 6)
    _band(pen, sheet, scale, y)
    for row, at, _ in _rows(pen, sheet, scale, y + BAND + 8):
        _row(pen, sheet, row, scale, at)
    if today:
        _now(pen, sheet, scale, top, bottom)


def _day_head(pen: Pen, scale: Scale, day: Day, y: float, today: bool) -> None:
    x, end = scale.x(day.start), scale.x(day.end)
    if today:
        pen.box(Kind.TODAY, x, y, end - x, DAYS, about=f"today, {day.date}")
    at = pen.write(f"{day.date:%a}", x + 12, y + 22, 25, end - x - 16, bold=True)
    at = pen.write(f"{day.date.day}", at + 8, y + 22, 25, end - at - 8)
    if day.hours != 24:
        pen.write(f"{day.hours:g} h", at + 12, y + 23, 20, end - at - 16, bold=True, tone=Tone.VIOLET)


def _band(pen: Pen, sheet: Sheet, scale: Scale, y: float) -> None:
    """Who leads, and where the lead passes."""
    pen.write("Lead", MARGIN, y + BAND / 2, NAME, GUTTER - 10, bold=True)
    names = {region: (name, hue) for region, name, hue in sheet.leaders}
    for lead in sheet.leads:
        if not scale.shows(lead.start, lead.end):
            continue
        x, width = scale.x(lead.start), scale.x(lead.end) - scale.x(lead.start)
        if lead.region is None:
            pen.box(Kind.NOBODY_LEADS, x, y, width, BAND, about="nobody leads")
            continue
        name, hue = names[lead.region]
        pen.box(Kind.LEAD, x, y, width, BAND, hue, f"{lead.region} leads")
        room = width - 4
        short = name if pen.measure(name, 20, True) <= room else lead.region.upper()
        size = 20 if pen.measure(short, 20, True) <= room else TINY
        fitting = pen.fit(short, size, room, True)
        middle = x + 1 + (width - pen.measure(fitting, size, True)) / 2
        tone = Tone.WHITE if hue % 6 != 1 else Tone.INK
        pen.write(fitting, middle, y + BAND / 2, size, room, bold=True, tone=tone)
        if lead.start > scale.start:
            pen.box(Kind.BOUNDARY, x - 1.5, y - 3, 3, BAND + 6, about=f"{lead.region} takes the lead")


def _ground(pen: Pen, row: Row, scale: Scale, y: float, tall: float) -> None:
    """Weekends and holidays by the region's own clocks: they travel round the earth from row to row."""
    for off in row.off:
        if scale.shows(off.start, off.end):
            x = scale.x(off.start)
            kind = Kind.HOLIDAY if off.holiday else Kind.WEEKEND
            pen.box(kind, x, y + 1, scale.x(off.end) - x, tall - 1, row.place, off.holiday or "weekend")


def _row(pen: Pen, sheet: Sheet, row: Row, scale: Scale, y: float) -> None:
    pen.box(Kind.ROW, MARGIN, y, WIDTH - 2 * MARGIN, 1, about=row.id)
    top = y + PAD
    size = next((n for n in (NAME, 25, 23, 21) if pen.measure(row.name, n, True) <= GUTTER - 10), 21)
    pen.write(row.name, MARGIN, top + 15, size, GUTTER - 10, bold=True)
    local = f"{row.zone.rsplit('/', 1)[-1].replace('_', ' ')} {sheet.now.astimezone(ZoneInfo(row.zone)):%H:%M}"
    pen.write(local, MARGIN, top + 45, 19, GUTTER - 10, tone=Tone.SOFT)
    if _holidays(pen, row, scale, top):
        top += HOLIDAY_LINE
    for lane in _lanes(pen, row, scale):
        _lane(pen, row, lane, scale, top)
        top += lane.height


def _holidays(pen: Pen, row: Row, scale: Scale, y: float) -> bool:
    found = [off for off in row.off if off.holiday and scale.shows(off.start, off.end)]
    for number, off in enumerate(found):
        x = scale.x(off.start) + 8
        limit = scale.x(found[number + 1].start) if number + 1 < len(found) else float(RIGHT)
        room = limit - x - 6
        if scale.x(off.end) - scale.x(off.start) < 40:
            continue
        pen.write(off.holiday, x, y + 9, 20, min(room, 360.0), bold=True, tone=Tone.VIOLET)
    return bool(found)


def _lanes(pen: Pen, row: Row, scale: Scale) -> list[Lane]:
    """Bars that overlap lie in lanes of their own; primary and weekend above, secondary thinner below."""
    lanes: list[Lane] = []
    for kind, roles, bar, line in (
        (Kind.PRIMARY, ("primary", "weekend"), 20, 37),
        (Kind.SECONDARY, ("secondary",), 9, 31),
    ):
        mine: list[Turn | Hole] = [*row.turns, *row.holes]
        items = [i for i in mine if i.role in roles and scale.shows(i.start, i.end)]
        stacked: list[list[Turn | Hole]] = []
        for item in sorted(items, key=lambda i: (i.start, i.end)):
            free = next((lane for lane in stacked if _has_room(pen, scale, lane[-1], item)), None)
            if free is None:
                stacked.append([item])
            else:
                free.append(item)
        lanes += [Lane(tuple(lane), kind, bar, line) for lane in stacked]
    return lanes


def _has_room(pen: Pen, scale: Scale, before: Turn | Hole, item: Turn | Hole) -> bool:
    """After `before` in its lane. An exception of an hour or two, in the middle of a shift, needs room for its name."""
    if before.end > item.start:
        return False
    exception = isinstance(item, Turn) and item.mark
    if not exception or isinstance(before, Hole):
        return True
    return scale.x(item.start) - scale.x(before.start) > pen.measure(before.name, NAME, True) + 10


def _lane(pen: Pen, row: Row, lane: Lane, scale: Scale, y: float) -> None:
    written = float(LEFT)
    for number, item in enumerate(lane.items):
        x = scale.x(item.start)
        width = max(MIN_BAR, scale.x(item.end) - x - 2)
        following = lane.items[number + 1] if number + 1 < len(lane.items) else None
        limit = (scale.x(following.start) if following else float(RIGHT)) - 8
        if isinstance(item, Hole):
            _hole(pen, row, lane, item, Box(Kind.GAP, x, y, width, lane.height - 5), limit)
            written = x + width
            continue
        pen.box(lane.kind, x + 1, y, width, lane.bar, row.place, f"{item.role} {item.person}")
        before = lane.items[number - 1] if number else None
        if isinstance(before, Turn) and before.name == item.name and item.start - before.end <= SAME_SHIFT:
            continue  # somebody else has a piece out of the shift: the name stands there already
        written = _name(pen, lane, item, x, written, limit, y)


def _name(pen: Pen, lane: Lane, turn: Turn, x: float, written: float, limit: float, y: float) -> float:
    """The name under its bar; where the room to the right is too short, moved left into what is free. → its end."""
    size, bold = (NAME, True) if lane.kind is Kind.PRIMARY else (SMALL, False)
    tone = Tone.INK if lane.kind is Kind.PRIMARY else Tone.SOFT
    name = turn.name if pen.measure(turn.name, size, bold) else turn.person  # nothing but emoji, say
    badge = _badge(pen, turn.mark, limit - x - pen.measure(name, size, bold))
    beside = pen.measure(badge, TINY, True) + 20 if badge else 0.0
    wanted = pen.measure(name, size, bold) + beside
    at = x if x + wanted <= limit else max(written + 10, min(x, limit - wanted))
    middle = y + lane.bar + lane.line / 2 - 2
    end = pen.write(name, at, middle, size, limit - at - beside, bold=bold, tone=tone)
    if badge:
        pen.box(Kind.BADGE, end + 6, middle - 12, beside - 8, 25, about=turn.mark)
        pen.write(badge, end + 12, middle, TINY, beside, bold=True, tone=Tone.WHITE)
        end += beside
    return end


def _badge(pen: Pen, mark: str, room: float) -> str:
    """The exception's word, or where that is too long its letter, which the legend explains."""
    if not mark:
        return ""
    return mark if pen.measure(mark, TINY, True) + 20 <= room else _MARKS[mark]


def _hole(pen: Pen, row: Row, lane: Lane, hole: Hole, box: Box, limit: float) -> None:
    pen.box(Kind.GAP, box.x, box.y, box.width, box.height, row.place, f"nobody is {hole.role} in {row.name}")
    words = "nobody"
    size = NAME if lane.kind is Kind.PRIMARY else SMALL
    wide = pen.measure(words, size, True) + 14
    if wide <= box.width - 8:
        middle = box.y + box.height / 2
        pen.box(Kind.PLATE, box.x + (box.width - wide) / 2, middle - 15, wide, 30)
        pen.write(words, box.x + (box.width - wide) / 2 + 7, middle, size, wide, bold=True, tone=Tone.RED)
    elif box.right + wide <= limit:
        pen.write(words, box.right + 6, box.y + box.height / 2, size, wide, bold=True, tone=Tone.RED)


def _now(pen: Pen, sheet: Sheet, scale: Scale, top: float, bottom: float) -> None:
    x = scale.x(sheet.now)
    words = f"now {sheet.now.astimezone(ZoneInfo(sheet.zone)):%H:%M}"
    width = pen.measure(words, 20, True) + 18
    flag = min(max(x - width / 2, LEFT), RIGHT - width)
    pen.box(Kind.NOW, x - 2, top, 4, bottom - top, about="now")
    pen.box(Kind.NOW_FLAG, flag, top - 27, width, 29, about=words)
    pen.write(words, flag + 9, top - 12, 20, width, bold=True, tone=Tone.WHITE)


def _legend(pen: Pen, sheet: Sheet, y: float) -> None:
    """What the shapes mean, for who sees them the first time."""
    x = float(LEFT)
    for kind, wide, tall, words in (
        (Kind.PRIMARY, 34, 20, "primary, weekend"),
        (Kind.SECONDARY, 34, 9, "secondary"),
        (Kind.GAP, 34, 24, "nobody"),
        (Kind.WEEKEND, 34, 24, "weekend there"),
        (Kind.HOLIDAY, 34, 24, "public holiday there"),
    ):
        pen.box(kind, x, y - tall / 2, wide, tall, sheet.rows[0].place, "legend")
        x = pen.write(words, x + wide + 8, y, 19, 300, tone=Tone.SOFT) + 26
    marks = {turn.mark for row in sheet.rows for turn in row.turns if turn.mark}
    for mark in sorted(marks):
        pen.box(Kind.BADGE, x, y - 12, 24, 25, about="legend")
        pen.write(_MARKS[mark], x + 6, y, TINY, 24, bold=True, tone=Tone.WHITE)
        x = pen.write(mark, x + 31, y, 19, 300, tone=Tone.SOFT) + 20


def _rows(pen: Pen, sheet: Sheet, scale: Scale, y: float) -> Iterator[tuple[Row, float, float]]:
    """(row, its top, its height)"""
    for row in sheet.rows:
        tall = _row_height(pen, row, scale)
        yield row, y, tall
        y += tall


def _burdens_height(sheet: Sheet) -> float:
    most = max((len(row.burdens) for row in sheet.rows), default=0)
    return 74 + 36 * most + 40 if most else 0.0


def _burdens(pen: Pen, sheet: Sheet, y: float) -> None:
    """This year's weekends, person by person: how much was theirs, and a mark where a fair part would be."""
    rows = [row for row in sheet.rows if row.burdens]
    title = f"Weekends in {sheet.now.year}"
    end = pen.write(title, MARGIN, y + 14, NAME, 400, bold=True)
    note = "hours of duty, worked and planned · the line is a fair part · below: who should take a weekend that is open"
    pen.write(note, end + 16, y + 15, PLAIN, RIGHT - end - 16, tone=Tone.SOFT)
    across = (WIDTH - 2 * MARGIN + 28) / max(len(rows), 2)
    most = max(max(b.hours, b.fair) for row in rows for b in row.burdens) or 1.0
    for number, row in enumerate(rows):
        _column(pen, row, MARGIN + number * across, y + 50, across - 28, most)


def _column(pen: Pen, row: Row, x: float, y: float, width: float, most: float) -> None:
    pen.write(row.name, x, y + 10, SMALL, width, bold=True)
    y += 28
    start, room = x + 122, width - 122 - 76
    for burden in row.burdens:
        pen.write(burden.name, x, y + 16, SMALL, 114)
        long = max(2.0, room * burden.hours / most)
        pen.box(Kind.BAR, start, y + 6, long, 20, row.place, f"{burden.name}: {burden.hours:.0f} h")
        pen.box(Kind.FAIR, start + room * burden.fair / most - 1.5, y + 2, 3, 28, about=f"fair: {burden.fair:.0f} h")
        hours = f"{burden.hours:.0f} h"
        pen.write(hours, x + width - pen.measure(hours, SMALL, False), y + 16, SMALL, 80, tone=Tone.SOFT)
        y += 36
    if row.next:
        end = pen.write(f"{row.next.day.day} {row.next.day:%b}: ", x, y + 18, SMALL, width, tone=Tone.SOFT)
        pen.write(row.next.name, end, y + 18, SMALL, width - end + x, bold=True)
