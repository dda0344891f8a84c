"""The text index of requests, asked: SQLite's FTS5 or PostgreSQL's tsvector, whichever the database has.

Triggers keep it (migration 0010), in the transaction of what changes: no service has to think of it. A client is
answered from its own words, never from what the team noted: it must not learn by searching what it may not read.
"""

from typing import Any

from sqlalchemy import Float, Integer, Subquery, column, text
from sqlalchemy.ext.asyncio import AsyncSession

from bot.desk.words import Sought

_SQLITE = """
SELECT request, min(rank) AS rank FROM (
    SELECT rowid AS request, bm25(fulltext_request, 4.0, 2.0, 3.0, 3.0) AS rank
      FROM fulltext_request WHERE fulltext_request MATCH :asked
    UNION ALL
    SELECT m.request, 0.0 FROM fulltext_message AS f JOIN request_message AS m ON m.id = f.rowid
     WHERE fulltext_message MATCH :said AND NOT m.deleted
) GROUP BY request
"""
_POSTGRESQL = """
SELECT request, min(rank) AS rank FROM (
    SELECT id AS request, CAST(-ts_rank(words, query) AS double precision) AS rank
      FROM fulltext_request, to_tsquery('simple', :asked) AS query WHERE words @@ query
    UNION ALL
    SELECT m.request, 0.0 FROM fulltext_message AS f JOIN request_message AS m ON m.id = f.id
     WHERE f.words @@ to_tsquery('simple', :said) AND NOT m.deleted
) AS found GROUP BY request
"""


def found(tx: AsyncSession, sought: Sought, *, inside: bool) -> Subquery:
    """(request, rank), the best match with the least rank. `inside`: in what the team noted, too."""
    sqlite = tx.get_bind().dialect.name == "sqlite"
    made = _fts5 if sqlite else _tsquery
    asked, said = made(sought, inside), made(sought, True)
    query: Any = text(_SQLITE if sqlite else _POSTGRESQL).bindparams(asked=asked, said=said)
    result: Subquery = query.columns(column("request", Integer), column("rank", Float)).subquery("found")
    return result


def _fts5(sought: Sought, inside: bool) -> str:
    words = [f'"{word}"*' if sought.every else f'"{word}"' for word in sought.words]
    query = (" AND " if sought.every else " OR ").join(words)
    return query if inside else f"{{text job}} : ({query})"


def _tsquery(sought: Sought, inside: bool) -> str:
    marks = ("*" if sought.every else "") + ("" if inside else "AB")
    words = [f"'{word}'" + (f":{marks}" if marks else "") for word in sought.words]
    return (" & " if sought.every else " | ").join(words)
