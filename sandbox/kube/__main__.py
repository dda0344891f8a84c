"""An empty cluster to play with: `python -m sandbox.kube --port 6443`, then the command it prints."""

import argparse
import asyncio
import tempfile
from pathlib import Path

from sandbox.clock import Clock
from sandbox.kube.server import KubeSandbox
from sandbox.kube.store import Store


async def serve(port: int, kubeconfig: Path) -> None:
    clock = Clock()
    async with KubeSandbox(Store(clock), clock, port) as kube:
        kube.write_kubeconfig(kubeconfig)
        print(f"{kube.url}\nkubectl --kubeconfig {kubeconfig} get all,nodes -A", flush=True)
        await asyncio.Event().wait()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m sandbox.kube", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0: any free one")
    parser.add_argument("--kubeconfig", type=Path, default=Path(tempfile.gettempdir(), "sandbox-kubeconfig"))
    options = parser.parse_args()
    try:
        asyncio.run(serve(options.port, options.kubeconfig))
    except KeyboardInterrupt:
        print("stopped")


if __name__ == "__main__":
    main()
