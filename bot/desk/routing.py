"""Where a request goes: the lead region's engineer on duty, or the nearest who is awake. Pure."""

from datetime import datetime

from bot.desk.model import Routing
from bot.directory.model import Directory
from bot.roster.model import Moment


def route(moment: Moment, directory: Directory, now: datetime) -> Routing:
    """Never ends with nobody: without anybody on duty the request goes to the region that leads next, and says so."""
    lead = moment.lead
    if lead is not None:
        holder = moment.on_duty(lead)
        if holder is not None:
            return Routing(
                region=lead,
                owner=holder.slack,
                because=f"{holder.name} is {holder.role} in {_name(directory, lead)}, which leads now",
                until=moment.boundary,
                next_region=moment.next_lead,
                weekend=holder.role == "weekend",
            )
    return _nobody(moment, directory)


def _nobody(moment: Moment, directory: Directory) -> Routing:
    """A gap: the next lead region takes it when it starts, and its engineer is paged already now."""
    region = moment.next_lead or directory.regions[0].id
    holder = moment.next_holder or next((p for p in directory.people if p.region == region), None)
    if holder is None:
        raise LookupError("the roster names nobody at all")
    return Routing(
        region=region,
        owner=holder.slack,
        because=f"nobody is on duty now; {_name(directory, region)} is next",
        until=moment.boundary,
        next_region=None,
        weekend=True,
    )


def _name(directory: Directory, region: str) -> str:
    found = directory.region(region)
    return found.name if found else region
