"""Exceptions in the order of their strength, from swaps and time off to overrides and temporary schedules. Pure.

Each takes the pieces that the weaker ones left and gives new ones; the strongest is applied last and so has its way.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from schedules.rota import spans
from schedules.rota.model import Override, OverrideKind, Rota, Shift, Swap, Temporary, TimeOff
from schedules.rota.rules import Called, Piece


def apply(rota: Rota, called: Called) -> list[Piece]:
    pieces = list(called.kept)
    for swap in sorted(rota.swaps, key=lambda s: s.made_at):
        pieces = _swapped(swap, pieces)
    for away in rota.time_off:
        pieces = _away(away, pieces)
    for override in sorted(rota.overrides, key=lambda o: o.made_at):
        pieces = _overridden(override, pieces, called)
    for temporary in rota.temporary:
        pieces = _temporary(temporary, pieces)
    return pieces


def _swapped(swap: Swap, pieces: list[Piece]) -> list[Piece]:
    """The taker has what the giver is called for, and only that; where the giver is not called, nothing."""
    result: list[Piece] = []
    for piece in pieces:
        shift = piece.shift
        mine = (shift.region, shift.role, shift.person) == (swap.region, swap.role, swap.giver)
        inside = spans.overlap(piece.span, (swap.start, swap.end)) if mine else None
        if inside is None:
            result.append(piece)
            continue
        result += [_part(piece, span) for span in spans.minus(piece.span, inside)]
        taken = _with(_part(piece, inside), swap.taker, f"{swap.taker} took it from {swap.giver} by a swap")
        result.append(replace(taken, instead_of=swap.giver, fixed=True))
    return result


def _away(away: TimeOff, pieces: list[Piece]) -> list[Piece]:
    """Takes `away.person` off, but not from what they took by a swap; puts the cover there, where one is named."""
    result: list[Piece] = []
    for piece in pieces:
        mine = piece.shift.person == away.person and not piece.fixed
        inside = spans.overlap(piece.span, (away.start, away.end)) if mine else None
        if inside is None:
            result.append(piece)
            continue
        result += [_part(piece, span) for span in spans.minus(piece.span, inside)]
        if away.cover is not None:
            cover = _with(_part(piece, inside), away.cover, f"{away.person} is away, {away.cover} covers")
            result.append(replace(cover, instead_of=away.person))
    return result


def _overridden(override: Override, pieces: list[Piece], called: Called) -> list[Piece]:
    span = (override.start, override.end)
    if override.kind is OverrideKind.ADD:
        return [*pieces, Piece(_new(override, span, "added by an override"))]
    target = override.instead_of
    result: list[Piece] = []
    for piece in pieces:
        here = (piece.shift.region, piece.shift.role) == (override.region, override.role)
        aimed = here and target in (piece.shift.person, piece.instead_of)
        result += [_part(piece, s) for s in spans.minus(piece.span, span)] if aimed else [piece]
    if override.kind is OverrideKind.REPLACE:
        for window in _on_duty(override, [*pieces, *called.all]):
            came = _new(override, window, f"an override puts {override.person} in the place of {target}")
            result.append(Piece(came, instead_of=target))
    return result


def _on_duty(override: Override, pieces: Iterable[Piece]) -> list[spans.Span]:
    """Where the one to be replaced is called for, before time off and holidays, or is on duty by something else."""
    found = []
    for piece in pieces:
        shift = piece.shift
        if (shift.region, shift.role) == (override.region, override.role) and override.instead_of in (
            shift.person,
            piece.instead_of,
        ):
            inside = spans.overlap(piece.span, (override.start, override.end))
            found += [inside] if inside else []
    return spans.union(found)


def _temporary(temporary: Temporary, pieces: list[Piece]) -> list[Piece]:
    """The region's roles are exactly what the temporary schedule says, and nothing else."""
    span = (temporary.start, temporary.end)
    result: list[Piece] = []
    for piece in pieces:
        hit = piece.shift.region == temporary.region and (not temporary.roles or piece.shift.role in temporary.roles)
        result += [_part(piece, s) for s in spans.minus(piece.span, span)] if hit else [piece]
    for shift in temporary.shifts:
        inside = spans.overlap((shift.start, shift.end), span)
        if inside:
            result.append(Piece(replace(shift, start=inside[0], end=inside[1], because=("a temporary schedule",))))
    return result


def _part(piece: Piece, span: tuple[datetime, datetime]) -> Piece:
    return replace(piece, shift=replace(piece.shift, start=span[0], end=span[1]))


def _with(piece: Piece, person: str, reason: str) -> Piece:
    shift = piece.shift
    return replace(piece, shift=replace(shift, person=person, because=(*shift.because, reason)))


def _new(override: Override, span: tuple[datetime, datetime], reason: str) -> Shift:
    return Shift(override.region, override.role, override.person or "", span[0], span[1], (reason,))
