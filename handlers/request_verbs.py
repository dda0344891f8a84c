"""What `/request` does besides asking for support: a table of verbs, filled by the modules that have them.

A verb counts only where what follows it fits: "why 12" asks about a request, "why is my job slow" is one.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from bot.desk import listing
from handlers.incoming import Incoming


@dataclass(frozen=True)
class Verb:
    """`run` gets the words after the verb, for which `fits` said yes. `usage`: (what to type, what it does), …"""

    run: Callable[[Incoming, str], Awaitable[None]]
    fits: Callable[[str], bool]
    usage: tuple[tuple[str, str], ...]


Verbs = Mapping[str, Verb]


def chosen(verbs: Verbs, words: str) -> tuple[Verb, str] | None:
    """The verb that `words` begin with, and the rest of them; None where they are a request's own."""
    first, _, rest = words.partition(" ")
    verb = verbs.get(first.lower())
    return (verb, rest.strip()) if verb is not None and verb.fits(rest.strip()) else None


def is_number(rest: str) -> bool:
    """ "R-12", "r-12", "#12" and "12" are a request's; which one, or that there is none, `listing.known_id` says."""
    return listing.is_id(rest)
