"""`python -m sandbox.slack --port 8765`: the workspace alone, for a look at its page or for a bot under development."""

import argparse
import asyncio
import json
from pathlib import Path

from sandbox.clock import Clock
from sandbox.slack.server import SlackSandbox


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m sandbox.slack", description=__doc__)
    parser.add_argument("--port", type=int, default=8765)
    parser.add_argument("--request-url", help="deliver over signed HTTP to this URL instead of Socket Mode")
    parser.add_argument("--manifest", type=Path, help="the app's manifest, JSON")
    given = parser.parse_args()
    try:
        asyncio.run(_serve(given))
    except KeyboardInterrupt:
        pass


async def _serve(given: argparse.Namespace) -> None:
    manifest = json.loads(given.manifest.read_text()) if given.manifest else None
    mode = SlackSandbox(Clock(), given.port, "http" if given.request_url else "socket", given.request_url, manifest)
    async with mode as slack:
        print(f"workspace  {slack.url}/\nSLACK_API_URL={slack.api_url}", flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    main()
