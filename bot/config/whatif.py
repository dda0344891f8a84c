"""Exceptions from a file, for what-if: overrides, swaps, time off and temporary schedules, without the database.

docs/terminal.md shows the format. As with the roster, every mistake is reported at once, with its line and a remedy.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import BeforeValidator, Field, ValidationError, model_validator

from bot.config import file, raw, references, schema, sentences, values, yaml_lines
from bot.config.values import Id
from bot.config.yaml_lines import Document
from bot.errors import ConfigError
from schedules.rota import civil
from schedules.rota import model as rota

FIRST, LAST = 2000, 2100
MISSING = "there is no such file; docs/terminal.md shows how to write one"


@dataclass(frozen=True)
class Exceptions:
    overrides: tuple[rota.Override, ...] = ()
    swaps: tuple[rota.Swap, ...] = ()
    time_off: tuple[rota.TimeOff, ...] = ()
    temporary: tuple[rota.Temporary, ...] = ()

    def applied(self, to: rota.Rota) -> rota.Rota:
        return replace(
            to,
            overrides=to.overrides + self.overrides,
            swaps=to.swaps + self.swaps,
            time_off=to.time_off + self.time_off,
            temporary=to.temporary + self.temporary,
        )

    def counted(self) -> str:
        """ "2 overrides, 1 swap": how many there are of each that there is."""
        words = (
            (self.overrides, "override", "overrides"),
            (self.swaps, "swap", "swaps"),
            (self.time_off, "stretch of time off", "stretches of time off"),
            (self.temporary, "temporary schedule", "temporary schedules"),
        )
        said = [f"{len(found)} {one if len(found) == 1 else more}" for found, one, more in words if found]
        return ", ".join(said) or "no exceptions"


def _instant(value: object) -> datetime:
    """Times keep the absence of a zone; the whole file may name one."""
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime.combine(value, time())
    try:
        return datetime.fromisoformat(value if isinstance(value, str) else "")
    except ValueError:
        said = f"`{str(value)[:60]}` is not a time; write one such as 2026-11-24T08:00+01:00"
        raise ValueError(said) from None


Instant = Annotated[datetime, BeforeValidator(_instant)]


class During(schema.Strict):
    start: Instant
    end: Instant


class Override(During):
    region: Id
    role: schema.RoleName
    kind: Literal["add", "remove", "replace"]
    person: Id | None = None
    instead_of: Id | None = None
    made_at: Instant

    @model_validator(mode="after")
    def _who_comes_and_who_goes(self) -> "Override":
        wanted = {"add": (True, False), "remove": (False, True), "replace": (True, True)}[self.kind]
        if (self.person is not None, self.instead_of is not None) != wanted:
            said = {
                "add": "an override that adds has a `person` who comes, and no `instead_of`",
                "remove": "an override that removes has an `instead_of` who goes, and no `person`",
                "replace": "an override that replaces has a `person` who comes and an `instead_of` who goes",
            }
            raise ValueError(said[self.kind])
        return self


class Swap(During):
    region: Id
    role: schema.RoleName
    giver: Id
    taker: Id
    dates: list[values.Day] = Field(default=[])
    made_at: Instant


class TimeOff(During):
    person: Id
    cover: Id | None = None
    made_at: Instant | None = None


class TemporaryShift(During):
    role: schema.RoleName
    person: Id


class Temporary(During):
    region: Id
    roles: list[schema.RoleName] = Field(default=[])
    shifts: list[TemporaryShift] = Field(default=[])
    made_at: Instant | None = None


class File(schema.Strict):
    zone: values.Zone | None = None
    overrides: list[Override] = Field(default=[])
    swaps: list[Swap] = Field(default=[])
    time_off: list[TimeOff] = Field(default=[])
    temporary: list[Temporary] = Field(default=[])


PEOPLE = ("person", "instead_of", "giver", "taker", "cover")
SECTIONS = ("overrides", "swaps", "time_off", "temporary")


def load(path: Path, roster: file.Config) -> Exceptions:
    """Raises `ConfigError` with every problem of the file, each "file:line: what is wrong; what to write"."""
    document = yaml_lines.read(file.text(path, MISSING), {})
    found, made = list(document.problems), None
    if document.data is not None:
        try:
            made = File.model_validate(document.data)
        except ValidationError as error:
            found += sentences.problems(document, File, error.errors())
        across = (*_across(document, roster), *_swaps(document, roster), *_times(document), *_schedules(document))
        found += [(document.line(where), what) for where, what in across]
    if made is not None and not found:
        exceptions = _built(made, made.zone or "UTC")
        try:
            exceptions.applied(roster.rota())
            return exceptions
        except ValueError as error:  # a temporary schedule that overlaps one of the roster
            found.append((document.line(("temporary",)), f"{error}; write one schedule for both"))
    raise ConfigError([f"{path}:{line}: {what}" for line, what in sorted(set(found))])


def _across(document: Document, roster: file.Config) -> Iterator[raw.Problem]:
    """Names that the roster does not know, and people who swap with themselves."""
    regions = [region.id for region in roster.file.regions]
    people = [person.id for person in roster.file.people]
    for path, item in _items(document.data):
        if (name := raw.word(item, "region")) is not None:
            yield from references.known((*path, "region"), name, regions, "region", roster.path.name)
        for option in PEOPLE:
            if (name := raw.word(item, option)) is not None:
                yield from references.known((*path, option), name, people, "person", roster.path.name)
        if raw.word(item, "cover") is not None and raw.word(item, "cover") == raw.word(item, "person"):
            yield (*path, "cover"), "`cover`: who is away cannot cover; write somebody else, or leave it out"


def _swaps(document: Document, roster: file.Config) -> Iterator[raw.Problem]:
    """Shifts are swapped between two people of their region."""
    home = {person.id: person.region for person in roster.file.people}
    for path, item in raw.items(document.data, "swaps"):
        giver, taker, region = (raw.word(item, option) for option in ("giver", "taker", "region"))
        if giver is not None and giver == taker:
            yield (*path, "taker"), "`taker`: nobody swaps with themselves; write who takes the shift"
        elif taker in home and region is not None and home[taker] != region:
            said = f"`taker`: {taker} is of {home[taker]}, and the shift of {region}; write somebody of {region}"
            yield (*path, "taker"), said


def _schedules(document: Document) -> Iterator[raw.Problem]:
    """What a temporary schedule says of roles that it leaves alone, of times that are not its own, of another's."""
    seen: list[tuple[str, set[str], datetime, datetime]] = []
    for path, item in raw.items(document.data, "temporary"):
        span, roles = _span(document, item), {str(role) for role in item.get("roles") or get_args(schema.RoleName)}
        for inner, shift in raw.items(item, "shifts"):
            role, within = raw.word(shift, "role"), _span(document, shift)
            if role is not None and role not in roles:
                said = f"`role`: this schedule leaves {role} as it is; name it in `roles`, or leave the shift out"
                yield (*path, *inner, "role"), said
            if span and within and not (span[0] <= within[0] and within[1] <= span[1]):
                said = "`start`: the shift reaches beyond its schedule; write times within it"
                yield (*path, *inner, "start"), said
        region = raw.word(item, "region")
        if span is None or region is None:
            continue
        if any(r == region and roles & other and span[0] < end and start < span[1] for r, other, start, end in seen):
            said = f"`start`: another temporary schedule of {region} has these hours; write one schedule for both"
            yield (*path, "start"), said
        seen.append((region, roles, *span))


def _span(document: Document, item: raw.Item) -> tuple[datetime, datetime] | None:
    """Where both ends can be read."""
    zone = raw.word(document.data, "zone") or "UTC"
    start, end = _read(item.get("start")), _read(item.get("end"))
    try:
        return (_aware(start, zone), _aware(end, zone)) if start and end else None
    except (ValueError, OverflowError, KeyError):
        return None


def _items(data: Any) -> Iterator[tuple[yaml_lines.Path, raw.Item]]:
    """Everything that has a start and an end, shifts of temporary schedules too."""
    for section in SECTIONS:
        for path, item in raw.items(data, section):
            yield path, item
            for inner, shift in raw.items(item, "shifts"):
                yield (*path, *inner), shift


def _times(document: Document) -> Iterator[raw.Problem]:
    """Of times that can be read; the schema reports the others."""
    zone = raw.word(document.data, "zone")
    for path, item in _items(document.data):
        times = {option: at for option in ("start", "end", "made_at") if (at := _read(item.get(option))) is not None}
        for option, at in times.items():
            if at.tzinfo is None and zone is None:
                written = document.written[(*path, option)]
                yield (
                    (*path, option),
                    f"`{option}`: `{written}` has no zone; write {at:%Y-%m-%dT%H:%M}+01:00, or `zone: Europe/Berlin` "
                    "at the top of the file",
                )
            if not FIRST <= at.year < LAST:
                yield (*path, option), f"`{option}`: {at.year} is not a year to plan; write {FIRST} to {LAST - 1}"
        start, end = times.get("start"), times.get("end")
        if start and end and (start.tzinfo is None) == (end.tzinfo is None) and start >= end:
            yield (
                (*path, "end"),
                f"`end`: {document.written[(*path, 'end')]} is not after the start, "
                f"{document.written[(*path, 'start')]}; write a later one",
            )


def _read(value: object) -> datetime | None:
    try:
        return _instant(value)
    except ValueError:
        return None


def _aware(at: datetime, zone: str) -> datetime:
    if at.tzinfo is None:
        return civil.instant(at.date(), at.time(), zone)
    return at.astimezone(UTC)


def _built(made: File, zone: str) -> Exceptions:
    def at(value: datetime) -> datetime:
        return _aware(value, zone)

    return Exceptions(
        tuple(
            rota.Override(
                region=o.region,
                role=rota.Role(o.role),
                kind=rota.OverrideKind(o.kind),
                start=at(o.start),
                end=at(o.end),
                person=o.person,
                instead_of=o.instead_of,
                made_at=at(o.made_at),
            )
            for o in made.overrides
        ),
        tuple(
            rota.Swap(
                s.region,
                rota.Role(s.role),
                s.giver,
                s.taker,
                at(s.start),
                at(s.end),
                at(s.made_at),
                frozenset(s.dates),
            )
            for s in made.swaps
        ),
        tuple(rota.TimeOff(t.person, at(t.start), at(t.end), t.cover) for t in made.time_off),
        tuple(
            rota.Temporary(
                t.region,
                at(t.start),
                at(t.end),
                tuple(rota.Shift(t.region, rota.Role(s.role), s.person, at(s.start), at(s.end)) for s in t.shifts),
                frozenset(rota.Role(role) for role in t.roles),
            )
            for t in made.temporary
        ),
    )
