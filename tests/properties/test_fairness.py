"""The weekend ledger over random swaps, overrides and time off: it neither makes nor loses an hour."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from schedules.rota import fairness, resolve
from schedules.rota.model import Override, OverrideKind, Region, Role, Rota, Rotation, Rule, Swap, TimeOff

PEOPLE = ("altair", "capella", "mira", "vega")
ZONES = ("Europe/Berlin", "Australia/Lord_Howe", "Asia/Kolkata", "Africa/Cairo", "America/Los_Angeles")
FIRST = datetime(2026, 3, 2, tzinfo=UTC)
LAST = FIRST + timedelta(days=35)
"""Five weeks with clock changes in four of the zones."""

instants = st.integers(0, 35 * 24).map(lambda hours: FIRST + timedelta(hours=hours))
spans = st.tuples(instants, st.integers(1, 72)).map(lambda s: (s[0], s[0] + timedelta(hours=s[1])))
pairs = st.permutations(PEOPLE).map(lambda p: (p[0], p[1]))
swaps = st.tuples(pairs, spans, instants).map(
    lambda s: Swap("here", Role.WEEKEND, s[0][0], s[0][1], s[1][0], s[1][1], s[2])
)
overrides = st.tuples(pairs, spans, instants, st.sampled_from(OverrideKind)).map(
    lambda o: Override("here", Role.WEEKEND, o[3], o[1][0], o[1][1], o[0][0], o[0][1], o[2])
)
absences = st.tuples(pairs, spans).map(lambda a: TimeOff(a[0][0], a[1][0], a[1][1], a[0][1]))


@st.composite
def rotas(draw: st.DrawFn) -> Rota:
    zone = draw(st.sampled_from(ZONES))
    start, end = draw(st.tuples(st.integers(0, 23), st.integers(0, 23)))
    weekdays = draw(st.sampled_from([frozenset({5, 6}), frozenset({4, 5, 6}), frozenset({6})]))
    return Rota(
        (Region("here", zone),),
        (Rotation("here-w", zone, PEOPLE, draw(st.integers(1, 8)), time(8), date(2026, 1, 5)),),
        (Rule("here", Role.WEEKEND, weekdays, time(start), time(end), rotation="here-w"),),
        overrides=tuple(draw(st.lists(overrides, max_size=4, unique_by=lambda o: o.made_at))),
        swaps=tuple(draw(st.lists(swaps, max_size=4, unique_by=lambda s: s.made_at))),
        time_off=tuple(draw(st.lists(absences, max_size=2))),
    )


def weekend_hours(rota: Rota) -> dict[str, float]:
    """Hours on Saturdays and Sundays, by asking every quarter of an hour who is on duty."""
    shifts = resolve.resolve(rota, FIRST, LAST).shifts
    zone = ZoneInfo(rota.regions[0].zone)
    found: dict[str, float] = {}
    at = FIRST
    while at < LAST:
        if at.astimezone(zone).weekday() >= 5:
            for shift in shifts:
                if shift.start <= at < shift.end:
                    found[shift.person] = found.get(shift.person, 0.0) + 0.25
        at += timedelta(minutes=15)
    return found


@given(rotas())
@settings(max_examples=30, deadline=None)
def test_hours_are_those_that_a_clock_counts(rota: Rota) -> None:
    """Asked quarter by quarter, over clock changes too, everybody has exactly the hours that the ledger says."""
    counted = {load.person: load.hours for load in fairness.ledger(rota, FIRST, LAST) if load.hours}
    assert counted == weekend_hours(rota)


@given(rotas())
@settings(max_examples=30, deadline=None)
def test_what_is_expected_is_what_was_worked(rota: Rota) -> None:
    """Fair parts add up to the hours, shares to one: nobody's work is owed by nobody."""
    loads = fairness.ledger(rota, FIRST, LAST)
    assert abs(sum(load.over for load in loads)) < 1e-6
    assert not loads or abs(sum(load.share for load in loads) - 1) < 1e-9 or not any(load.hours for load in loads)


@given(rotas(), st.randoms(use_true_random=False))
@settings(max_examples=30, deadline=None)
def test_the_order_in_which_things_are_listed_does_not_matter(rota: Rota, random: object) -> None:
    """Overrides, swaps and time off in another order of rows are the same ledger, to the last digit."""
    mixed = replace(
        rota,
        overrides=tuple(shuffled(rota.overrides, random)),
        swaps=tuple(shuffled(rota.swaps, random)),
        rules=tuple(shuffled(rota.rules, random)),
    )
    assert fairness.ledger(mixed, FIRST, LAST) == fairness.ledger(rota, FIRST, LAST)


@given(rotas(), pairs, st.integers(0, 4))
@settings(max_examples=30, deadline=None)
def test_a_swap_moves_load_and_makes_none(rota: Rota, pair: tuple[str, str], week: int) -> None:
    """Whoever gives a weekend away has not more than before, whoever takes it not less, and the sum stays."""
    plain = replace(rota, overrides=(), swaps=(), time_off=())
    start = FIRST + timedelta(days=7 * week + 5)
    swap = Swap("here", Role.WEEKEND, pair[0], pair[1], start, start + timedelta(days=2), FIRST)
    before = {x.person: x.hours for x in fairness.ledger(plain, FIRST, LAST)}
    after = {x.person: x.hours for x in fairness.ledger(replace(plain, swaps=(swap,)), FIRST, LAST)}
    assert after.get(pair[0], 0.0) <= before.get(pair[0], 0.0)
    assert after.get(pair[1], 0.0) >= before.get(pair[1], 0.0)
    assert sum(after.values()) == sum(before.values())


def shuffled(items: tuple[object, ...], random: object) -> list[object]:
    mixed = list(items)
    random.shuffle(mixed)  # type: ignore[attr-defined]
    return mixed
