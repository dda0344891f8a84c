"""What a benchmark hands back. Each `bench/bench_*.py` has `measure() -> list[Figure]`; `make bench` runs them all."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One measured number. `goal` says in words what is wanted ("≤ 100"); `ok` whether it was reached."""

    name: str
    value: float
    unit: str
    goal: str
    ok: bool
