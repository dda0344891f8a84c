"""Who is on duty at an instant, as the features need it: names and Slack ids beside what the rota decided. Pure.

The life of a swap and of a cover that is asked for are tables: what has no arrow is refused in words.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


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
    added: bool = False
    """By an override, beside whom the rules call."""


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


class SwapState(StrEnum):
    """asked for by the giver, accepted by the taker, in force (where the policy asks for a lead, after approval)."""

    ASKED = "asked"
    ACCEPTED = "accepted"
    IN_FORCE = "in_force"
    DECLINED = "declined"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    VOID = "void"


class SwapVerb(StrEnum):
    ACCEPT = "accept"
    DECLINE = "decline"
    APPROVE = "approve"
    REFUSE = "refuse"
    WITHDRAW = "withdraw"
    VOID = "void"


SWAP_ARROWS: dict[tuple[SwapState, SwapVerb], SwapState] = {
    (SwapState.ASKED, SwapVerb.ACCEPT): SwapState.ACCEPTED,
    (SwapState.ASKED, SwapVerb.DECLINE): SwapState.DECLINED,
    (SwapState.ASKED, SwapVerb.WITHDRAW): SwapState.WITHDRAWN,
    (SwapState.ASKED, SwapVerb.VOID): SwapState.VOID,
    (SwapState.ACCEPTED, SwapVerb.APPROVE): SwapState.IN_FORCE,
    (SwapState.ACCEPTED, SwapVerb.REFUSE): SwapState.REFUSED,
    (SwapState.ACCEPTED, SwapVerb.WITHDRAW): SwapState.WITHDRAWN,
    (SwapState.ACCEPTED, SwapVerb.VOID): SwapState.VOID,
    (SwapState.IN_FORCE, SwapVerb.VOID): SwapState.VOID,
}
"""(state, verb) → state. One that is in force is undone by a swap back, on which both agree; nobody takes it back."""


class CoverState(StrEnum):
    OPEN = "open"
    TAKEN = "taken"
    CLOSED = "closed"


class CoverVerb(StrEnum):
    TAKE = "take"
    CLOSE = "close"


COVER_ARROWS: dict[tuple[CoverState, CoverVerb], CoverState] = {
    (CoverState.OPEN, CoverVerb.TAKE): CoverState.TAKEN,
    (CoverState.OPEN, CoverVerb.CLOSE): CoverState.CLOSED,
    (CoverState.TAKEN, CoverVerb.CLOSE): CoverState.CLOSED,
}
"""(state, verb) → state. Closed: nobody is needed any more, or the shift has begun."""
