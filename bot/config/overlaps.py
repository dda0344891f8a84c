"""Two rules that put two people on duty for one role at one time: who of them is paged would be chance."""

import re
from collections.abc import Iterator
from typing import Any

from bot.config import raw, turns
from bot.config.raw import Problem
from bot.config.yaml_lines import Document, Path

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY = 24 * 60
WEEK = 7 * DAY
_TIME = re.compile(r"(\d{1,2}):(\d{2})")

Span = tuple[int, int]
"""[start, end) in minutes of the local week; an end beyond the week goes on at its beginning."""


def problems(document: Document) -> Iterator[Problem]:
    """Each at the later of two rules. A rule that is not right in itself is passed over."""
    seen: list[tuple[Path, Any, list[Span]]] = []
    for path, rule in raw.items(document.data, "rules"):
        spans = list(_spans(rule))
        for earlier, other, others in seen:
            same = (rule.get("region"), rule.get("role")) == (other.get("region"), other.get("role"))
            same = same and turns.at_once(rule, other)
            when = next((at for a in spans for b in others if (at := _shared(a, b)) is not None), None)
            if same and when is not None:
                yield (
                    path,
                    f"`rules`: from {_said(when)} on there would be two for {rule['region']} {rule['role']}: "
                    f"this rule and that of line {document.line(earlier)}; change the hours of one",
                )
        seen.append((path, rule, spans))


def _spans(rule: Any) -> Iterator[Span]:
    start, end = _minutes(rule.get("start")), _minutes(rule.get("end"))
    if start is None or end is None:
        return
    for _, weekday in raw.words(rule, "weekdays"):
        if weekday in WEEKDAYS:
            day = WEEKDAYS.index(weekday) * DAY
            yield day + start, day + (end if end > start else end + DAY)


def _minutes(value: object) -> int | None:
    match = _TIME.fullmatch(value) if isinstance(value, str) else None
    return int(match[1]) * 60 + int(match[2]) if match else None


def _shared(a: Span, b: Span) -> int | None:
    """The first minute of the week in both."""
    for shift in (-WEEK, 0, WEEK):
        start, end = max(a[0], b[0] + shift), min(a[1], b[1] + shift)
        if start < end:
            return start % WEEK
    return None


def _said(minute: int) -> str:
    return f"{WEEKDAYS[minute // DAY]} {minute % DAY // 60:02}:{minute % 60:02}"
