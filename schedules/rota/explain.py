"""Why somebody is on duty, or why nobody is, and why the lead is where it is. Pure.

The sentences are those that resolution wrote down while it decided, so they cannot say anything else than the result.
"""

from datetime import datetime, timedelta

from schedules.rota import duty, lead, resolve
from schedules.rota.duty import Duty
from schedules.rota.model import Explanation, Moment, Role, Rota, Step
from schedules.rota.rules import Slot

INSTANT = timedelta(microseconds=1)
AGO = timedelta(days=2)
"""A lead that is older is said to be as old as this."""


def why(rota: Rota, at: datetime, region: str, role: Role) -> Explanation:
    """Raises `KeyError` where the roster has no such region."""
    place = next((r for r in rota.regions if r.id == region), None)
    if place is None:
        raise KeyError(region)
    found = next(one for one in duty.of_region(rota, place, at, at + INSTANT) if one.role == role)
    held, missing, closed = (_now(slots, at) for slots in (found.held, found.missing, found.closed))
    people = tuple(sorted({slot.chain[-1] for slot in held}))
    steps = [step for slot in (*held, *missing, *closed) for step in slot.steps]
    if not held:
        steps.append(_nobody(found, missing, closed))
    return Explanation(region, role, at, people, (*dict.fromkeys(steps), _lead(rota, resolve.at(rota, at))))


def _now(slots: list[Slot], at: datetime) -> list[Slot]:
    return [slot for slot in slots if slot.start <= at < slot.end]


def _nobody(found: Duty, missing: list[Slot], closed: list[Slot]) -> Step:
    where = f"{found.role} in {found.region}"
    if missing:
        return Step("gap", f"Nobody took over, so nobody is {where}: a gap.")
    if closed:
        return Step("closed", f"No rule takes its place, so nobody is {where}, as the roster wants it.")
    return Step("no_rule", f"No rule calls for a {where} at this time, and no exception adds anybody.")


def _lead(rota: Rota, moment: Moment) -> Step:
    return Step("lead", _lead_said(rota, moment))


def _lead_said(rota: Rota, moment: Moment) -> str:
    if moment.lead is None:
        return "No region leads: nobody who could is on duty anywhere, and an addition by an override does not count."
    leading = [s for s in moment.shifts if s.role in lead.LEADING and not s.added]
    others = sorted({s.region for s in leading} - {moment.lead}, key=[r.id for r in rota.regions].index)
    if not others:
        return f"{moment.lead} leads: it is the only region with a primary on duty."
    since = resolve.resolve(rota, moment.at - AGO, moment.at + INSTANT).leads[-1].start
    minutes = int(rota.lead_after.total_seconds() // 60)
    return (
        f"{moment.lead} leads since {since:%Y-%m-%d %H:%M} UTC, and {', '.join(others)} is on duty beside it: the lead "
        f"passes {minutes} minutes after the incoming region starts, at the latest when the outgoing one ends."
    )
