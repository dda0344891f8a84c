"""`make bench`: runs every `bench_*.py` beside this file, prints a table, writes `build/bench.json`.

Exits with 1 when a goal was missed. `python -m bench NAME …` runs only those whose module name contains NAME.
"""

import importlib
import json
import pkgutil
import sys
from dataclasses import asdict
from pathlib import Path

import bench
from bench.figures import Figure


def main(wanted: list[str]) -> int:
    names = sorted(m.name for m in pkgutil.iter_modules(bench.__path__) if m.name.startswith("bench_"))
    chosen = [n for n in names if not wanted or any(w in n for w in wanted)]
    figures: list[Figure] = []
    for name in chosen:
        print(f"… {name.removeprefix('bench_')}", file=sys.stderr, flush=True)
        figures += importlib.import_module(f"bench.{name}").measure()
    print(table(figures))
    out = Path("build/bench.json")
    out.parent.mkdir(exist_ok=True)
    out.write_text(json.dumps([asdict(f) for f in figures], indent=1) + "\n")
    return 0 if all(f.ok for f in figures) else 1


def table(figures: list[Figure]) -> str:
    width = max((len(f.name) for f in figures), default=4)
    lines = [f"{'what':<{width}}  {'value':>12}  {'unit':<8}  {'goal':<14}  ok"]
    lines += [
        f"{f.name:<{width}}  {f.value:>12,.3f}  {f.unit:<8}  {f.goal:<14}  {'yes' if f.ok else 'NO'}" for f in figures
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
