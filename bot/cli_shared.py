"""What the terminal's commands have in common: options, times that people type, printing for people or for machines."""

import json
from dataclasses import asdict, is_dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from bot.errors import UserError

ConfigPath = Annotated[Path, typer.Option("--config", envvar="HELIOGRAPH_CONFIG", help="The roster file.")]
Json = Annotated[bool, typer.Option("--json", help="For machines.")]
Zone = Annotated[str, typer.Option("--zone", help="Of times that are given without one, such as Europe/Berlin.")]
DEFAULT_CONFIG = Path("heliograph.yaml")
FIRST, LAST = 2000, 2100
"""Years that are asked about; another is a slip of the finger."""


def instant(text: str, zone: str = "") -> datetime:
    """A date is its midnight, in `zone` or in UTC; a time has a zone, or is read in `zone`. Raises `UserError`."""
    try:
        at = datetime.fromisoformat(text)
        day = date.fromisoformat(text) if len(text) == len("2026-11-24") else None
    except ValueError:
        hint = "Write it like 2026-11-24, 2026-11-24T16:30Z or 2026-11-24T16:30+01:00."
        raise UserError(f"“{text[:60]}” is not a time.", hint=hint) from None
    if not FIRST <= at.year < LAST:
        raise UserError(f"{at.year} is not a year to ask about.", hint=f"Write one from {FIRST} to {LAST - 1}.")
    if at.tzinfo is None and not zone and day is None:
        raise UserError(f"“{text}” has no zone.", hint=f"Write {text}Z or {text}+01:00, or add --zone Europe/Berlin.")
    if at.tzinfo is None:
        return _civil(at.date(), at.time(), checked(zone) if zone else "UTC")
    return at.astimezone(UTC)


def checked(zone: str) -> str:
    """Raises `UserError` that says what to write instead."""
    from bot.config import zones

    try:
        return zones.checked(zone)
    except ValueError as error:
        raise UserError(f"{str(error).replace('`', '')}") from None


def _civil(day: date, at: time, zone: str) -> datetime:
    from schedules.rota import civil

    return civil.instant(day, at, zone)


def show(value: Any, as_json: bool, text: str) -> None:
    """Prints `value` for machines or `text` for people."""
    print(json.dumps(plain(value), indent=1, ensure_ascii=False) if as_json else text.rstrip())


def plain(value: Any) -> Any:
    """Dataclasses, times and sets as JSON has them; times in UTC, ISO 8601 with Z."""
    if is_dataclass(value) and not isinstance(value, type):
        return plain(asdict(value))
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    if isinstance(value, frozenset | set):
        return sorted(plain(v) for v in value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return int(value.total_seconds())
    return value
