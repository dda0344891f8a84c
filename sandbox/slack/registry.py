"""The table of Web API methods: what each is called, which scope it needs, and how often it may be called."""

from collections.abc import Callable
from dataclasses import dataclass

from sandbox.slack.arguments import Arguments
from sandbox.slack.faults import Faults
from sandbox.slack.model import BOT_USER, Channel, Json
from sandbox.slack.tickets import Tickets
from sandbox.slack.traffic import Traffic
from sandbox.slack.workspace import Workspace


@dataclass
class Context:
    """What a method works on."""

    w: Workspace
    tickets: Tickets
    faults: Faults
    traffic: Traffic
    new_link: Callable[[], str]
    """Makes the URL of a new Socket Mode connection."""


@dataclass(frozen=True)
class Call:
    context: Context
    args: Arguments

    @property
    def w(self) -> Workspace:
        return self.context.w

    def channel(self, name: str = "channel") -> Channel:
        return self.w.channel(self.args.need(name), BOT_USER)


Handler = Callable[[Call], Json]


@dataclass(frozen=True)
class Method:
    name: str
    handler: Handler
    scopes: tuple[str, ...]
    """Any one of these is enough; none is needed where there are none."""
    tier: int
    app_token: bool = False
    open: bool = False
    """Takes calls without a token."""


METHODS: dict[str, Method] = {}


def method(
    name: str, *scopes: str, tier: int = 3, app_token: bool = False, open: bool = False
) -> Callable[[Handler], Handler]:
    def register(handler: Handler) -> Handler:
        METHODS[name] = Method(name, handler, scopes, tier, app_token, open)
        return handler

    return register
