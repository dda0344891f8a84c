"""`python -m sandbox.fleet`: a fleet behind an API server, for kubectl and for the bot. Ends with Ctrl-C."""

import argparse
import asyncio
import contextlib
import tempfile
from pathlib import Path

from sandbox.clock import Clock
from sandbox.fleet import access, build, incidents
from sandbox.fleet.nodes import PER_SITE
from sandbox.fleet.run import Fleet
from sandbox.kube.server import KubeSandbox
from sandbox.kube.store import Store


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sandbox.fleet", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="of the API server; 0 takes a free one")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--nodes", type=int, default=PER_SITE, help="of each of the four sites")
    parser.add_argument("--rate", type=float, default=1.0, help="how many times as fast as real time")
    parser.add_argument("--kubeconfig", type=Path, help="where to write it; a temporary file by default")
    parser.add_argument("--incident", action="append", default=[], choices=sorted(incidents.INCIDENTS))
    return parser.parse_args()


async def _main(options: argparse.Namespace) -> None:
    clock = Clock(rate=options.rate)
    store = Store(clock, seed=options.seed)
    build.build(store, options.seed, options.nodes)
    path = options.kubeconfig or Path(tempfile.mkdtemp(prefix="fleet-")) / "kubeconfig"
    async with Fleet(store, clock, options.seed) as fleet, KubeSandbox(store, clock, options.port) as kube:
        access.admit(kube)
        kube.write_kubeconfig(path, users=["admin", access.BOT])
        for name in options.incident:
            print(incidents.inject(fleet, name).text)
        print(f"{len(fleet.live.nodes)} nodes at {kube.url}", f"export KUBECONFIG={path}", sep="\n", flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_main(_options()))
