"""How long it takes to lint 12 months of a big roster: four regions, 40 rotations, 100 overrides, all clock changes."""

import statistics
import time

from bench import bench_rota
from bench.figures import Figure
from schedules.rota.lint import run
from schedules.rota.lint.model import Limits, Person

RUNS = 5


def measure() -> list[Figure]:
    rota = bench_rota.roster()
    people = [Person(f"{region}-{n}", zone, n > 0) for region, zone, _ in bench_rota.REGIONS for n in range(8)]
    seconds, found = [], 0
    for _ in range(RUNS):
        fresh = bench_rota.fresh(rota)
        began = time.perf_counter()
        report = run.report(fresh, people, Limits(), bench_rota.START, bench_rota.START + bench_rota.YEAR)
        seconds.append(time.perf_counter() - began)
        found = len(report.findings)
    assert found, "a roster of this size has something to be found"
    middle = statistics.median(seconds)
    return [Figure("rota: lint 12 months, 40 rotations, 100 overrides", middle, "s", "< 2", middle < 2)]
