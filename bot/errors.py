"""The errors that the bot raises by name. Everything a library raises is translated into one of these at its edge."""

from datetime import datetime


class BotError(Exception):
    """Any failure that Heliograph knows by name."""


class UserError(BotError):
    """Safe to show to the person who asked. `str()` is one plain sentence; `hint` says what to do next.

    `field` names the field of a form that it is about, where there is one.
    """

    def __init__(self, message: str, *, hint: str = "", field: str = "") -> None:
        super().__init__(message)
        self.hint = hint
        self.field = field


class Forbidden(UserError):
    """The person may not do this. The message names the role or the right that is missing."""


class Conflict(UserError):
    """Somebody else was first, or the thing changed since it was shown. The message says who or what."""


class Temporary(BotError):
    """Try again later. `retry_at` (aware, UTC) is when, where the other side said so; `None` leaves it open."""

    def __init__(self, message: str, *, retry_at: datetime | None = None) -> None:
        super().__init__(message)
        self.retry_at = retry_at


class NoDatabase(Temporary):
    """The database does not answer now: started anew, or out of reach."""


class ConfigError(BotError):
    """The configuration cannot be used. `problems` has one line for each mistake, with file, line and remedy."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems
