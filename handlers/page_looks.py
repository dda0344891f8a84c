"""What `/page` answers when something is asked rather than raised."""

from collections.abc import Callable

from bot.alerts.heartbeats import Heartbeats
from bot.directory.access import Actor
from bot.directory.model import Directory
from bot.errors import UserError
from bot.paging.pages import Pages, is_id, known_id
from bot.paging.reports import Reports, period
from bot.slack.render import Message, Renderer

HOW = {
    "list": "Write `{command} list`, or `{command} list closed`.",
    "show": "Write `{command} show P-12`.",
    "report": "Write `{command} report`, a number of days behind it, or `week`, `month` or `year`.",
    "heartbeats": "Write `{command} heartbeats` alone.",
    "test": "Write `{command} test` alone: it tests your own contact methods.",
}
"""First word → how what it asks is written. With one word behind it that does not fit, it is mistyped."""


class Looks:
    def __init__(
        self,
        pages: Pages,
        reports: Reports,
        heartbeats: Heartbeats,
        renderer: Renderer,
        directory: Callable[[], Directory],
    ) -> None:
        self._pages = pages
        self._reports = reports
        self._heartbeats = heartbeats
        self._renderer = renderer
        self._directory = directory

    async def look(self, who: Actor, words: list[str]) -> Message | None:
        """None where it is no question: "list of nodes is wrong" is what is wrong."""
        command = self._directory().commands["page"]
        match [word.lower() for word in words]:
            case ["list"] | ["list", "closed"]:
                found = await self._pages.list(who, closed=len(words) > 1)
                return self._renderer.message("paging/list", found=found, command=command)
            case ["heartbeats"]:
                beats = await self._heartbeats.standing(who)
                return self._renderer.message(
                    "alerts/heartbeats", beats=beats, names=self._directory().names_and_regions
                )
            case ["show"]:
                raise UserError("Which page?", hint=f"Write `{command} show P-12`; `{command} list` has all.")
            case [number] if is_id(number):
                story = await self._pages.show(who, known_id(number))
                return self._renderer.message("paging/show", story=story, names=self._directory().names)
            case ["show", number]:
                story = await self._pages.show(who, known_id(number))
                return self._renderer.message("paging/show", story=story, names=self._directory().names)
            case ["report", *said] if (length := period(" ".join(said))) is not None:
                report = await self._reports.report(who, length)
                return self._renderer.message("paging/report", report=report, names=self._directory().names_and_regions)
            case [verb] | [verb, _] if verb in HOW:
                raise UserError(
                    f"“{' '.join(words)[:40]}” is neither a question that can be answered, nor says what is wrong.",
                    hint=f"{HOW[verb].format(command=command)} Nobody was paged; to page, say it in more words.",
                )
        return None
