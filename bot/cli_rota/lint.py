"""`heliograph rota lint`: what is wrong with the roster, and what will be regretted, over months and clock changes."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.cli_rota import names
from bot.cli_rota.sources import Source
from bot.cli_rota.window import Window
from bot.paging import holes
from schedules.rota.lint import run
from schedules.rota.lint.layouts import Layout
from schedules.rota.lint.model import Finding, Severity


@dataclass(frozen=True)
class Linted:
    """What machines get."""

    sources: tuple[str, ...]
    start: datetime
    end: datetime
    errors: int
    warnings: int
    findings: tuple[Finding, ...]
    layouts: tuple[Layout, ...]

    def fails(self, *, strict: bool) -> bool:
        return bool(self.errors or (strict and self.warnings))


def lint(source: Source, window: Window) -> Linted:
    people, limits = source.config.linted_people(), source.config.limits()
    called = {region.id: region.name for region in source.directory.regions}
    found = run.report(source.rota, people, limits, window.start, window.end, called)
    findings = (*found.findings, *_holes(source, window))
    errors, warnings = (sum(one.severity is kind for one in findings) for kind in (Severity.ERROR, Severity.WARNING))
    return Linted(source.said, window.start, window.end, errors, warnings, findings, found.layouts)


def _holes(source: Source, window: Window) -> Iterator[Finding]:
    """The first time at which each policy finds nobody but its last resort."""
    found = holes.first(source.config.escalation(), source.rota, source.directory, window.start, window.end)
    for hole in found:
        said = holes.sentence(hole, source.directory)
        yield Finding(
            Severity.WARNING,
            "policy",
            f"{said[:1].upper()}{said[1:]}",
            holes.FIX,
            hole.at,
            hole.until,
            regions=(hole.region,),
        )


def text_values(found: Linted) -> dict[str, Any]:
    """What the template needs."""
    return {
        "found": found,
        "window": names.window(found.start, found.end),
        "layouts": [_layout(layout, found.layouts) for layout in found.layouts],
        "counted": " and ".join(
            f"{count} {word if count == 1 else word + 's'}"
            for count, word in ((found.errors, "error"), (found.warnings, "warning"))
            if count
        ),
    }


def _layout(layout: Layout, every: tuple[Layout, ...]) -> str:
    widths = [max(map(len, column)) for column in zip(*(one.clocks for one in every), strict=True)]
    clocks = "  ".join(f"{clock:<{width}}" for clock, width in zip(layout.clocks, widths, strict=True))
    when = ", ".join(f"{start:%d %b %Y} – {end:%d %b %Y}" for start, end in layout.periods)
    return f"{layout.name}  {clocks}  {when}"
