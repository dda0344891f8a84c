"""Which event is which: a subscriber sees an event change, and not one vanish and another come."""

from dataclasses import replace
from datetime import datetime, timedelta

from schedules.rota.ical import published
from schedules.rota.ical.model import Entry, Published
from schedules.rota.model import Gap, Role
from tests.unit.ical.rosters import EUROPE, NOW, SINCE, at, events, shift

DAY = (at(7), at(17.5))


def again(before: tuple[Published, ...], wanted: tuple[Entry, ...], now: datetime = NOW) -> tuple[Published, ...]:
    return published.reconcile(EUROPE, before, wanted, now, SINCE)


def test_nothing_new_changes_nothing() -> None:
    """The same events are the same values, so the same bytes and the same ETag."""
    wanted = events(shift("capella", *DAY), shift("mira", *DAY, Role.SECONDARY))
    first = again((), wanted)
    assert again(first, wanted, NOW + timedelta(hours=1)) == first


def test_an_override_of_the_person_changes_the_event() -> None:
    (before,) = again((), events(shift("capella", *DAY)))
    (after,) = again((before,), events(shift("mira", *DAY)), at(6.5))
    assert (after.uid, after.sequence, after.changed_at) == (before.uid, 1, at(6.5))
    assert after.entry.summary == "Mira (primary)"


def test_an_edit_of_the_hours_moves_the_event() -> None:
    (before,) = again((), events(shift("capella", *DAY)))
    (after,) = again((before,), events(shift("capella", at(8), at(18))))
    assert (after.uid, after.sequence, after.entry.start) == (before.uid, 1, at(8))


def test_an_override_in_the_middle_shortens_the_event_and_adds_two() -> None:
    (before,) = again((), events(shift("capella", *DAY)))
    parts = events(shift("capella", at(7), at(12)), shift("mira", at(12), at(14)), shift("capella", at(14), at(17.5)))
    first, *others = again((before,), parts)
    assert (first.uid, first.sequence, first.entry.end) == (before.uid, 1, at(12))
    assert [o.sequence for o in others] == [0, 0]
    assert len({p.uid for p in (first, *others)}) == 3


def test_an_override_from_the_start_leaves_the_shift_its_event() -> None:
    """Whose part begins when the shift began has its event; the rest keeps the one it had where it ends."""
    first = again((), events(shift("capella", *DAY)))
    after = again(first, events(shift("mira", at(7), at(10)), shift("capella", at(10), at(17.5))))
    assert [p.uid == first[0].uid for p in after] == [True, False]
    back = again(after, events(shift("capella", *DAY)))
    assert [(p.cancelled_at is None, p.sequence) for p in back] == [(True, 2), (False, 1)]
    assert back[0].uid == first[0].uid


def test_what_is_gone_is_cancelled_for_two_weeks_and_then_forgotten() -> None:
    far = (at(7, 30) + timedelta(days=40), at(17.5, 30) + timedelta(days=40))
    first = again((), events(shift("capella", *far)))
    (gone,) = again(first, ())
    assert (gone.uid, gone.sequence, gone.cancelled_at) == (first[0].uid, 1, NOW)
    assert again((gone,), (), NOW + timedelta(days=13)) == (gone,)
    assert again((gone,), (), NOW + timedelta(days=14)) == ()


def test_what_comes_back_is_the_event_that_was_cancelled() -> None:
    wanted = events(shift("capella", *DAY))
    first = again((), wanted)
    (back,) = again(again(first, ()), wanted)
    assert (back.uid, back.sequence, back.cancelled_at) == (first[0].uid, 2, None)


def test_two_people_in_one_role_are_two_events() -> None:
    both = again((), events(shift("capella", *DAY), shift("mira", *DAY)))
    assert len({p.uid for p in both}) == 2
    left = again(both, events(shift("mira", *DAY)))
    kept = next(p for p in left if p.cancelled_at is None)
    assert (kept.entry.person, kept.sequence) == ("mira", 0)
    assert kept in both


def test_what_has_ended_is_history() -> None:
    """An edit of the roster rewrites no past event, and cancels none."""
    first = again((), events(shift("capella", *DAY)))
    for edited in ((), events(shift("mira", *DAY)), events(shift("mira", at(8), at(12)))):
        assert again(first, edited, at(20)) == first


def test_what_nobody_asked_about_in_time_is_told_later() -> None:
    """A feed that was not read for a day still has what an override of that day made."""
    first = again((), events(shift("capella", *DAY)))
    day = (at(7, 25), at(17.5, 25))
    after = again(first, events(shift("mira", *day)), at(20, 25))
    assert [(p.entry.person, p.sequence) for p in after] == [("capella", 0), ("mira", 0)]


def test_what_leaves_the_window_is_not_cancelled() -> None:
    first = again((), events(shift("capella", *DAY)))
    assert published.reconcile(EUROPE, first, (), at(0, 30), at(0, 26)) == ()


def test_without_rows_the_same_shift_has_the_same_uid() -> None:
    """A lost database does not double the subscribers' calendars."""
    wanted = events(shift("capella", *DAY))
    assert again((), wanted)[0].uid == again((), wanted, NOW + timedelta(minutes=1))[0].uid
    other = published.reconcile(replace(EUROPE, region="us"), (), wanted, NOW, SINCE)
    assert other[0].uid != again((), wanted)[0].uid


def test_a_gap_that_is_filled_is_cancelled_and_the_shift_is_new() -> None:
    (gap,) = again((), events(Gap("eu", Role.PRIMARY, *DAY)))
    after = again((gap,), events(shift("mira", *DAY)))
    assert {(p.entry.kind, p.cancelled_at is None) for p in after} == {("gap", False), ("shift", True)}
