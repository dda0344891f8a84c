"""`make screenshots`: acts the five paths on a running sandbox and takes their pictures for the docs. Not a test."""

import asyncio
import shutil
import sys
from datetime import timedelta
from pathlib import Path

from playwright.async_api import Page, async_playwright

from bot import demonstration
from sandbox import tour
from sandbox.fleet import incidents
from sandbox.slack.hands import Hands
from sandbox.tour import words

OUT = Path(__file__).parents[2] / "docs" / "screenshots"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
OPAL, CAPELLA, RIGEL, DENEB = "U0OPAL", "U0CAPELLA", "U0RIGEL", "U0DENEB"


async def main() -> None:
    browser_path = shutil.which("chromium") or shutil.which("google-chrome")
    if browser_path is None:
        sys.exit("needs Chromium")
    OUT.mkdir(exist_ok=True)
    async with (
        demonstration.running(0, 7, tour.START) as (here, _),
        Hands(here.world.slack.url) as hands,
        async_playwright() as playwright,
    ):
        browser = await playwright.chromium.launch(executable_path=browser_path, args=FLAGS)
        for scheme in ("light", "dark"):
            page = await browser.new_page(viewport={"width": 1440, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
            await page.add_init_script("try { localStorage.setItem('heliograph.hints', 'closed') } catch {}")
            taker = Taker(here, hands, page, "" if scheme == "light" else "-dark")
            if scheme == "light":
                await taker.act()
            await taker.take()
            await page.close()
        await browser.close()


class Taker:
    def __init__(self, here: demonstration.Running, hands: Hands, page: Page, suffix: str) -> None:
        self.here, self.hands, self.page, self.suffix = here, hands, page, suffix

    async def act(self) -> None:
        """Everything that the pictures show."""
        hands, world = self.hands, self.here.world
        await hands.post(OPAL, "C0AURORA", "good morning! the long-context run looks odd today")
        await hands.command(OPAL, "C0AURORA", "/request", "sev2 loss is NaN since 15:00 on llama-70b-midtrain")
        await hands.wait_for_message(CAPELLA, "C0TRIAGEEU", "R-1")
        card = await hands.wait_for_message(CAPELLA, "C0TRIAGEEU", "R-1")
        await hands.click(CAPELLA, "C0TRIAGEEU", card["ts"], "request.acknowledge")
        await hands.post("U0AGATE", "C0CIRRUS", "<@U0HELIO> video-dit-20b-pretrain hangs at step 1200")
        await hands.wait_for_message(CAPELLA, "C0TRIAGEEU", "R-2")
        await hands.command("U0CASTOR", "C0TRIAGEEU", "/oncall")
        incidents.inject(world.fleet, "gpu-off-bus")
        await self._mirrored("U0ALTAIR", "C0TRIAGEEU", "Xid 79")
        await hands.command(OPAL, "C0AURORA", "/job", "why moe-router-probe")
        await hands.command(CAPELLA, "C0TRIAGEEU", "/job", "suspend reward-70b")
        await hands.wait_for_message(CAPELLA, "C0TRIAGEEU", "job.confirm")
        world.clock.advance(timedelta(minutes=25, seconds=10))
        await hands.wait_for_message(RIGEL, "C0HANDOFF", "United States")
        await hands.command(OPAL, "C0AURORA", "/request", "sev1 llama-405b-pretrain stopped on all ranks")
        await hands.wait_for_message(RIGEL, "C0TRIAGEUS", "stopped on all ranks")

        await hands.command("U0POLLUX", "C0TRIAGEIN", "/oncall", "week")
        await hands.wait_for_message("U0POLLUX", "C0TRIAGEIN", lambda message: bool(message.get("files")))

    async def take(self) -> None:
        root = next(m for m in await self.hands.messages(OPAL, "C0AURORA") if "loss is NaN" in words(m))
        await self.shot("route", OPAL, "C0AURORA", root["ts"])
        await self.shot("triage", CAPELLA, "C0TRIAGEEU")
        await self.shot("oncall", "U0CASTOR", "C0TRIAGEEU")
        await self.shot("week", "U0POLLUX", "C0TRIAGEIN")
        await self.shot("diagnose", OPAL, "C0AURORA")
        await self.shot("health", "U0ALTAIR", "C0TRIAGEEU")
        await self.shot("act", CAPELLA, "C0TRIAGEEU")
        await self.shot("handoff", RIGEL, "C0HANDOFF")
        dm = next(c["id"] for c in (await self.hands.state(RIGEL))["channels"] if c["kind"] == "im")
        await self.shot("page", RIGEL, dm)

    async def shot(self, name: str, who: str, channel: str, thread: str = "") -> None:
        hash = f"#as={who}&channel={channel}" + (f"&thread={thread}" if thread else "")
        await self.page.goto("about:blank")
        await self.page.goto(self.here.world.slack.url + "/" + hash)
        await self.page.wait_for_load_state("networkidle")
        await self.page.wait_for_timeout(400)
        await self.page.screenshot(path=OUT / f"{name}{self.suffix}.png")

    async def _mirrored(self, who: str, channel: str, part: str) -> None:
        for _ in range(50):
            await self.hands.command(who, channel, "/cluster", "health")
            message = await self.hands.wait_for_message(who, channel, "Nodes ready")
            if part in words(message):
                return
            await asyncio.sleep(0.1)
        raise TimeoutError(part)


if __name__ == "__main__":
    asyncio.run(main())
