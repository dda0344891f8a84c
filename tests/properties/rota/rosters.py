"""Random rosters, and the instants at which clocks are changed."""

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from schedules.rota.model import (
    Calendar,
    Edit,
    OnHoliday,
    Override,
    OverrideKind,
    Region,
    Role,
    Rota,
    Rotation,
    Rule,
    Shift,
    Swap,
    Temporary,
    TimeOff,
)

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
FIRST, LAST = datetime(2024, 1, 1, tzinfo=UTC), datetime(2031, 1, 1, tzinfo=UTC)
ZONES = (
    "America/Los_Angeles",
    "Europe/Berlin",
    "Asia/Kolkata",
    "Australia/Sydney",
    "Australia/Lord_Howe",
    "America/Santiago",
    "Africa/Cairo",
    "Asia/Beirut",
)
CALENDARS = {"America/Los_Angeles": "US", "Europe/Berlin": "DE", "Asia/Kolkata": "IN", "Australia/Sydney": "AU"}
PEOPLE = ("ada", "bix", "cyd", "dov", "eli")


@cache
def changes(zone: str) -> tuple[datetime, ...]:
    """Every instant of 2024–2030 at which clocks in the zone are changed, found by asking hour after hour."""
    place, found = ZoneInfo(zone), []
    at, offset = FIRST, FIRST.astimezone(place).utcoffset()
    while at < LAST:
        following = at + DAY
        if (after := following.astimezone(place).utcoffset()) != offset:
            quarter = next(q for q in range(1, 97) if (at + q * HOUR / 4).astimezone(place).utcoffset() != offset)
            found.append(at + quarter * HOUR / 4)
            offset = after
        at = following
    return tuple(found)


TIMES = st.builds(time, st.integers(0, 23), st.sampled_from((0, 0, 15, 30)))
NIGHT_TIMES = st.builds(time, st.integers(0, 4), st.sampled_from((0, 30)))
DAYS = st.frozensets(st.integers(0, 6), min_size=1)


@st.composite
def windows(draw: st.DrawFn, zones: tuple[str, ...]) -> tuple[datetime, datetime]:
    """Three days around a change of a clock in one of the zones, or anywhere where there is none."""
    found = [at for zone in zones for at in changes(zone)] or [FIRST + 97 * DAY * n for n in range(20)]
    middle = draw(st.sampled_from(found)).replace(hour=0, minute=0)
    return middle - DAY, middle + 2 * DAY


@st.composite
def rotations(draw: st.DrawFn, id: str, zone: str, around: date) -> Rotation:
    hours = draw(st.sampled_from((0, 0, 0, 1, 5, 8, 12)))
    days = draw(st.sampled_from((1, 1, 2, 7, 14))) if not hours else draw(st.sampled_from((0, 0, 1)))
    start = around - draw(st.integers(-1, 40)) * DAY
    advances = draw(DAYS) if (days, hours) == (1, 0) and draw(st.booleans()) else frozenset()
    people = tuple(draw(st.lists(st.sampled_from(PEOPLE), min_size=1, max_size=5)))
    edits = tuple(draw(st.lists(_edits(around, start), max_size=2)))
    handover = draw(st.one_of(TIMES, NIGHT_TIMES))
    return Rotation(id, zone, people, days, handover, start, hours, advances, edits)


@st.composite
def _edits(draw: st.DrawFn, around: date, start: date) -> Edit:
    since = around + draw(st.integers(-6, 3)) * DAY
    people = tuple(draw(st.lists(st.sampled_from(PEOPLE), max_size=4)))
    days, hours = draw(st.sampled_from(((0, 0), (0, 0), (1, 0), (7, 0), (0, 7), (3, 0))))
    again = draw(st.sampled_from((None, None, since, since - 3 * DAY)))
    return Edit(since, people, days, hours, again)


@st.composite
def rules(draw: st.DrawFn, region: str, known: list[str], around: date) -> Rule:
    rotation = draw(st.sampled_from(known))
    person = draw(st.sampled_from(("", "", "", *PEOPLE)))
    return Rule(
        region,
        draw(st.sampled_from((Role.PRIMARY, Role.PRIMARY, Role.SECONDARY, Role.WEEKEND, Role.WEEKEND))),
        draw(DAYS),
        draw(st.one_of(TIMES, NIGHT_TIMES)),
        draw(TIMES),
        "" if person else rotation,
        person,
        draw(st.sampled_from(tuple(OnHoliday))),
        draw(st.integers(0, 6)),
        draw(st.sampled_from((None, None, around, around + DAY))),
        draw(st.sampled_from((None, None, around + DAY, around + 2 * DAY))),
    )


@st.composite
def spans(draw: st.DrawFn, start: datetime) -> tuple[datetime, datetime]:
    begins = start + draw(st.integers(-16, 4 * 72)) * HOUR / 4
    return begins, begins + draw(st.integers(1, 4 * 40)) * HOUR / 4


@st.composite
def rotas(draw: st.DrawFn) -> tuple[Rota, datetime, datetime]:
    """A roster with exceptions of every kind, and a window around a change of one of its clocks."""
    zones = tuple(draw(st.lists(st.sampled_from(ZONES), min_size=1, max_size=3, unique=True)))
    start, end = draw(windows(zones))
    regions, made, ruled = [], [], []
    for number, zone in enumerate(zones):
        id, country = f"r{number}", CALENDARS.get(zone)
        regions.append(Region(id, zone, Calendar(country) if country else None))
        known = [draw(rotations(f"{id}-{n}", draw(st.sampled_from((zone, zone, "UTC"))), start.date())) for n in (0, 1)]
        made += known
        ruled += draw(st.lists(rules(id, [r.id for r in known], start.date()), min_size=1, max_size=4))
    after = draw(st.sampled_from((0, 30, 30, 45, 240))) * timedelta(minutes=1)
    rota = Rota(tuple(regions), tuple(made), tuple(ruled), lead_after=after)
    return draw(_with_exceptions(rota, start)), start, end


@st.composite
def _with_exceptions(draw: st.DrawFn, rota: Rota, start: datetime) -> Rota:
    regions = st.sampled_from([region.id for region in rota.regions])
    roles = st.sampled_from((Role.PRIMARY, Role.PRIMARY, Role.WEEKEND, Role.SECONDARY))
    people, span = st.sampled_from(PEOPLE), spans(start)
    made = st.integers(0, 10).map(lambda n: start - n * HOUR)
    dates = st.frozensets(st.integers(-1, 3).map(lambda n: start.date() + n * DAY), max_size=2)
    override = st.builds(
        lambda region, role, kind, span, person, target, at: Override(region, role, kind, *span, person, target, at),
        *(regions, roles, st.sampled_from(tuple(OverrideKind)), span, people, people, made),
    )
    swap = st.builds(
        lambda region, role, giver, taker, span, at, days: Swap(region, role, giver, taker, *span, at, days),
        *(regions, roles, people, people, span, made, dates),
    )
    off = st.builds(lambda who, span, cover: TimeOff(who, *span, cover), people, span, st.none() | people)
    return Rota(
        rota.regions,
        rota.rotations,
        rota.rules,
        tuple(draw(st.lists(override, max_size=4))),
        rota.lead_after,
        tuple(draw(st.lists(swap, max_size=3))),
        tuple(draw(st.lists(off, max_size=3))),
        tuple(draw(st.lists(_temporary(regions, roles, span), max_size=1))),
    )


def _temporary(
    regions: st.SearchStrategy[str], roles: st.SearchStrategy[Role], span: st.SearchStrategy[tuple[datetime, datetime]]
) -> st.SearchStrategy[Temporary]:
    def built(
        region: str, when: tuple[datetime, datetime], named: frozenset[Role], inside: list[tuple[Role, str]]
    ) -> Temporary:
        middle = when[0] + (when[1] - when[0]) / 3
        middle = middle.replace(minute=middle.minute // 15 * 15, second=0, microsecond=0)
        found = [Shift(region, role, who, middle, when[1]) for role, who in inside]
        return Temporary(region, *when, tuple(found), named)

    inside = st.lists(st.tuples(roles, st.sampled_from(PEOPLE)), max_size=2)
    return st.builds(built, regions, span, st.frozensets(roles, max_size=2), inside)
