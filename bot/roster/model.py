"""Who is on duty at an instant, as the features need it: names and Slack ids beside what the rota decided. Pure."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class Holder:
    """Somebody on duty, from `since` to `until`."""

    person: str
    name: str
    slack: str
    region: str
    region_name: str
    role: str
    since: datetime
    until: datetime


@dataclass(frozen=True)
class Moment:
    """`lead` is the region that leads now (None: a gap); at `boundary` the lead passes to `next_lead`."""

    at: datetime
    lead: str | None
    boundary: datetime | None
    next_lead: str | None
    next_holder: Holder | None = None
    holders: tuple[Holder, ...] = field(default=())

    def holding(self, region: str | None, *roles: str) -> Holder | None:
        """Who holds the first of `roles` that somebody in `region` holds."""
        for role in roles:
            for holder in self.holders:
                if holder.region == region and holder.role == role:
                    return holder
        return None

    def on_duty(self, region: str | None) -> Holder | None:
        """The engineer who takes what comes in: the primary, at weekends the weekend shift."""
        return self.holding(region, "primary", "weekend")


@dataclass(frozen=True)
class LeadChange:
    """At `at` the lead goes from `outgoing` to `incoming` (region ids; None: nobody led, or leads)."""

    at: datetime
    outgoing: str | None
    incoming: str | None
    outgoing_person: str | None = None
    incoming_person: str | None = None
