"""Who belongs into which user group now, and what has to be done about it. Pure."""

from dataclasses import dataclass
from enum import StrEnum

from bot.directory.model import Directory
from bot.roster.model import Moment

LEADING = ("primary", "weekend")
IN_REGION = ("primary", "secondary", "weekend")
"""Roles whose holders are in a region's own group; the manager has a group of their own, if any."""


@dataclass(frozen=True)
class Wanted:
    """`members` are Slack ids. `missing`: nobody is there although a rule calls for somebody, or nobody leads."""

    group: str
    what: str
    members: frozenset[str]
    missing: bool = False


@dataclass(frozen=True)
class Found:
    """A group as Slack has it."""

    id: str
    members: frozenset[str]
    disabled: bool


class Todo(StrEnum):
    NOTHING = "nothing"
    ENABLE = "enable"
    UPDATE = "update"
    DISABLE = "disable"
    UNKNOWN = "unknown"
    """Slack has no such group."""


def wanted(directory: Directory, moment: Moment, gaps: frozenset[tuple[str, str]]) -> list[Wanted]:
    """Of every group that the file names. `gaps` are the (region, role) that nobody has although somebody should."""
    found = []
    if directory.on_duty_group:
        lead = frozenset(h.slack for h in moment.holders if h.region == moment.lead and h.role in LEADING)
        found.append(Wanted(directory.on_duty_group, "who takes what comes in", lead, not lead))
    for region in directory.regions:
        here = [h for h in moment.holders if h.region == region.id]
        missing = {role for where, role in gaps if where == region.id}
        if region.user_group:
            members = frozenset(h.slack for h in here if h.role in IN_REGION)
            found.append(Wanted(region.user_group, f"on duty in {region.name}", members, bool(missing)))
        for role, group in region.on_duty_groups.items():
            members = frozenset(h.slack for h in here if h.role == role)
            found.append(Wanted(group, f"{role} in {region.name}", members, role in missing))
    return found


def todo(want: Wanted, found: Found | None, *, disable_empty: bool) -> Todo:
    """One step; after it the next is asked for. A group is never emptied: Slack takes no empty list."""
    if found is None:
        return Todo.UNKNOWN
    if not want.members:
        return Todo.DISABLE if disable_empty and not found.disabled else Todo.NOTHING
    if found.disabled:
        return Todo.ENABLE
    return Todo.NOTHING if found.members == want.members else Todo.UPDATE
