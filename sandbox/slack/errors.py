"""How the sandbox says no: with the codes that Slack uses, so that a bot learns nothing here that is untrue there."""

from typing import Any


class SlackError(Exception):
    """A refusal of the Web API: `{"ok": false, "error": code, **more}`. Slack sends it with status 200."""

    def __init__(self, code: str, *, messages: list[str] | None = None, status: int = 200, **more: Any) -> None:
        super().__init__(code)
        self.code = code
        self.status = status
        self.more = more
        if messages:
            self.more["response_metadata"] = {"messages": messages}

    def body(self) -> dict[str, Any]:
        return {"ok": False, "error": self.code, **self.more}


class ControlError(Exception):
    """A refusal to the person who acts: `code` for programs, `words` for people."""

    def __init__(self, code: str, words: str, status: int = 400) -> None:
        super().__init__(words)
        self.code = code
        self.words = words
        self.status = status
