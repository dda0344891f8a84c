"""Heartbeats: what promised to call every so often, and when its silence is one. Pure.

What has never called is not healthy: it is unknown, and after its first interval it pages like any other.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

ABSENCE = timedelta(minutes=1)
"""Heliograph itself was away if no process looked for so long: nothing could be heard meanwhile."""


@dataclass(frozen=True)
class Heartbeat:
    id: str
    name: str
    every: timedelta
    grace: timedelta
    region: str
    """Empty: the one that leads."""
    secret: str = field(repr=False)

    def deadline(self, heard: datetime | None, watched: datetime) -> datetime:
        """Until when it may be silent, last `heard` then and `watched` from then on."""
        return max(heard or watched, watched) + self.every + self.grace
