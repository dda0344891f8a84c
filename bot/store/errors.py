"""What SQLAlchemy and the drivers raise, said in the bot's own words."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import exc

from bot.errors import BotError, Conflict, NoDatabase, UserError

_PASSING = ("40001", "40P01", "55P03", "57P01", "57P02", "57P03", "53300")
"""PostgreSQL: serialization failure, deadlock, lock not available, shutting down (3), too many connections."""

_NO_DATABASE = ("SQLITE_NOTADB", "SQLITE_CORRUPT")
_ANOTHER = "Name another file (one that is not there is made), or restore this one from a backup."


@contextmanager
def translated() -> Iterator[None]:
    """Raises `NoDatabase` for what passes, `Conflict` for a row that somebody else made first, else `BotError`.

    The original is chained: the log shows it, a person does not see it (statements hold what people wrote).
    """
    try:
        yield
    except exc.IntegrityError as error:
        raise _broken(error) from error
    except (exc.TimeoutError, exc.OperationalError, exc.InterfaceError) as error:
        raise NoDatabase("The database does not answer just now.") from error
    except exc.DBAPIError as error:
        if error.connection_invalidated or getattr(error.orig, "sqlstate", None) in _PASSING:
            raise NoDatabase("The database does not answer just now.") from error
        if getattr(error.orig, "sqlite_errorname", "") in _NO_DATABASE:
            raise UserError(
                "The file that HELIOGRAPH_DATABASE_URL names is no SQLite database.", hint=_ANOTHER
            ) from error
        raise BotError("The database refused a statement; this is a defect in Heliograph.") from error
    except (ConnectionError, TimeoutError) as error:
        raise NoDatabase("The database cannot be reached.") from error


def _broken(error: exc.IntegrityError) -> BotError:
    words = str(error.orig).lower()
    if "unique" in words or "duplicate key" in words:
        return Conflict("Somebody else did the same at the same moment.", hint="Look again; it may be done already.")
    return BotError("The database refused a row; this is a defect in Heliograph.")
