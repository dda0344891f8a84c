"""A rule calls for somebody and nobody is there, or a public holiday leaves hours to nobody: once for each reason."""

from collections.abc import Iterable, Iterator

from schedules.rota import spans
from schedules.rota.lint import model
from schedules.rota.lint.model import Finding, Seen, Severity
from schedules.rota.model import Gap

ID = "uncovered"


def check(seen: Seen) -> Iterator[Finding]:
    """Where another region leads meanwhile it is a warning, where none does an error.

    A holiday on which the roster wants a region closed is nothing to report while another region leads.
    """
    window = (seen.start, seen.end)
    holes = spans.without([window], ((x.start, x.end) for x in seen.actual.leads))
    for reason, gaps in _by_reason(seen.actual.gaps).items():
        alone = _inside(gaps, holes)
        yield _finding(seen, reason, gaps, alone)
    for reason, gaps in _by_reason(seen.actual.closed).items():
        if alone := _inside(gaps, holes):
            yield _finding(seen, reason, gaps, alone)


Reason = tuple[str, str, str]


def _by_reason(gaps: Iterable[Gap]) -> dict[Reason, list[Gap]]:
    found: dict[Reason, list[Gap]] = {}
    for gap in gaps:
        why = gap.because[-1] if gap.because else "Nobody is there."
        found.setdefault((gap.region, gap.role, why), []).append(gap)
    return found


def _inside(gaps: list[Gap], holes: list[spans.Span]) -> list[spans.Span]:
    wanted = spans.union((gap.start, gap.end) for gap in gaps)
    return [shared for one in wanted for hole in holes if (shared := spans.overlap(one, hole))]


def _finding(seen: Seen, reason: Reason, gaps: list[Gap], alone: list[spans.Span]) -> Finding:
    region, role, why = reason
    first = gaps[0]
    lasting = model.length(model.total((gap.start, gap.end) for gap in gaps))
    said = f"{seen.called(region)} has no {role} {model.often(len(gaps))}, {lasting} in all, first on "
    said += f"{model.day(first.start)}: {why}"
    if alone:
        said += f" For {model.length(model.total(alone))} of it nobody is on duty anywhere, first on "
        said += f"{model.day(alone[0][0])} from {model.hours(*alone[0], 'UTC')}."
    return Finding(
        Severity.ERROR if alone else Severity.WARNING,
        ID,
        said,
        "Name who covers, add an override, or swap the shift.",
        first.start,
        first.end,
        len(gaps),
        (region,),
    )
