"""Who answers a page for a region when nobody there can: round the world to the next who is awake. Pure.

At weekends nobody is paged outside their local daytime. So where a region's own shift has nobody, the regions are asked
in the file's order, starting after it, for somebody who is on duty and has daylight.
"""

from dataclasses import dataclass
from datetime import datetime

from schedules.rota import civil, lead, resolve
from schedules.rota.model import Moment, Region, Rota, Shift, Step


@dataclass(frozen=True)
class Answer:
    """`shift` is whoever answers for `region` at `at`; None is a gap, and the page goes to its last resort.

    `steps` say who was asked, in their order, and why not.
    """

    region: str
    at: datetime
    shift: Shift | None
    steps: tuple[Step, ...]


def on_duty(rota: Rota, at: datetime, region: str) -> Answer:
    """Raises `KeyError` where the roster has no such region."""
    ids = [r.id for r in rota.regions]
    if region not in ids:
        raise KeyError(region)
    first = ids.index(region)
    moment = resolve.at(rota, at)
    steps: list[Step] = []
    for place in (*rota.regions[first:], *rota.regions[:first]):
        shift = _there(moment, place)
        away = place.id != region
        if shift is None:
            steps.append(Step("nobody", f"In {place.id} nobody is on duty."))
        elif away and not is_daytime(place, at):
            steps.append(Step("asleep", f"In {place.id} {shift.person} is on duty, and it is not daytime there."))
        else:
            answers = f"In {place.id} {shift.person} is on duty" + (" in daytime." if away else ".")
            return Answer(region, at, shift, (*steps, Step("answers", answers, shift.person)))
    return Answer(region, at, None, (*steps, Step("gap", "Nobody on duty is awake anywhere: a gap.")))


def is_daytime(region: Region, at: datetime, zone: str = "") -> bool:
    """Whether the clock there shows a time within the region's daytime; an end at or before the start is tomorrow's.

    `zone` is for somebody of the region who lives by another clock.
    """
    now = civil.local(at, zone or region.zone).time()
    start, end = region.daytime
    return start <= now < end if start < end else now >= start or now < end


def _there(moment: Moment, region: Region) -> Shift | None:
    """The primary, at weekends the weekend shift; whom the roster calls before whom an override only added."""
    here = [s for s in moment.shifts if s.region == region.id and s.role in lead.LEADING]
    return min(here, key=lambda s: (s.added, lead.LEADING.index(s.role), s.start, s.person), default=None)
