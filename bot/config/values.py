"""Types of single values, and what to write instead where one is wrong. A pattern's words are in `WANTED`."""

import logging
import re
from datetime import date, datetime, time
from functools import cache
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field

from bot.config import zones
from bot.config.yaml_lines import did_you_mean

ID = r"^[a-z0-9][a-z0-9-]{0,39}$"
SLACK_USER = r"^[UW][A-Z0-9]{2,20}$"
SLACK_CHANNEL = r"^[CG][A-Z0-9]{2,20}$"
SLACK_GROUP = r"^S[A-Z0-9]{2,20}$"
COMMAND = r"^/[a-z0-9][a-z0-9_-]{0,30}$"
EMOJI = r"^[a-z0-9_+'-]{1,80}$"
REPLY_PREFIX = r"^\S{2,20}$"
LABEL = r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$"
SUBDOMAIN = r"^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$"
UNSET = "json://unset.invalid/"
"""In the terminal stands for what the environment does not have: only who runs the bot needs its secrets."""
PART_OF_ADDRESS = rf"^([A-Za-z0-9_.~\-]{{16,200}}|{re.escape(UNSET)}\w+)$"
LABEL_NAME = r"^[a-zA-Z_][a-zA-Z0-9_]{0,99}$"
WANTED = {
    ID: "lower-case letters, digits and dashes, at most 40, such as us-primary",
    SLACK_USER: "a Slack user id such as U0VEGA (in the person's profile, ⋮, “Copy member ID”)",
    SLACK_CHANNEL: "a Slack channel id such as C0HANDOFF, not its name (at the end of the channel's details)",
    SLACK_GROUP: "the id of a Slack user group such as S0LEADS, not its name (in the group's ⋮, “Copy group ID”)",
    COMMAND: "a command such as /request: a slash, then lower-case letters, digits, - or _, at most 32 in all",
    EMOJI: "the name of an emoji, without colons, such as sos",
    REPLY_PREFIX: "what a message to the client begins with, such as !client: 2 to 20 characters without spaces",
    LABEL: "the name of a namespace: lower-case letters, digits and dashes, at most 63",
    LABEL_NAME: "the name of a label as Prometheus has it: letters, digits and _, such as exported_namespace",
    PART_OF_ADDRESS: "16 to 200 letters, digits and -._~, such as `openssl rand -hex 24` prints",
    SUBDOMAIN: "a name as Kubernetes has it: lower-case letters, digits, dots and dashes",
}
_TIME = re.compile(r"(\d{1,2}):(\d{2})")


def _whole(value: object) -> object:
    if isinstance(value, bool | float) or (isinstance(value, str) and not re.fullmatch(r"-?\d+", value)):
        raise ValueError(f"`{_as_yaml(value)}` is no whole number; write one such as 15")
    return value


def _clock(value: object) -> object:
    match = _TIME.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError(f'`{_as_yaml(value)}` is not a time of day; write hours and minutes such as "09:00"')
    hours, minutes = int(match[1]), int(match[2])
    if (hours, minutes) == (24, 0):
        raise ValueError('a day ends where the next begins; write "00:00" instead of 24:00')
    if hours > 23 or minutes > 59:
        raise ValueError(f'there is no {value} on the clock; write "00:00" to "23:59"')
    return time(hours, minutes)


def day(value: object) -> date:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    try:
        return date.fromisoformat(value if isinstance(value, str) else "")
    except ValueError:
        said = f"`{_as_yaml(value)}` is not a date; write year-month-day such as 2026-01-05"
        raise ValueError(said) from None


def local(value: object) -> datetime:
    """A wall-clock time on a date; the date alone is its midnight. Whose clock is for the reader to say."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return datetime.combine(value, time())
    try:
        found = (
            value if isinstance(value, datetime) else datetime.fromisoformat(value if isinstance(value, str) else "")
        )
    except ValueError:
        said = f"`{_as_yaml(value)}` is not a local time; write date and time such as 2026-12-24 18:00"
        raise ValueError(said) from None
    if found.tzinfo is not None:
        raise ValueError(
            f"`{_as_yaml(value)}` names a zone; write what the region's clocks show: {found:%Y-%m-%d %H:%M}"
        )
    return found


def _as_yaml(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _notification(url: str) -> str:
    """The URL is a secret, so what is said never repeats more of it than its scheme."""
    scheme, found, _ = url.partition("://")
    if not found:
        raise ValueError("this is no Apprise URL; write one such as mailto://user:password@host or json://host")
    known = _services()
    if scheme.lower() not in known:
        raise ValueError(f"Apprise knows no `{scheme[:20]}://`{did_you_mean(scheme[:20], known)}")
    if not _usable(url):
        raise ValueError(f"this `{scheme}://` URL is not complete; {known[scheme.lower()]} says how to write it")
    return url


SCHEMES = {"pagerduty": ("pagerduty",), "opsgenie": ("opsgenie",)}
"""Kind of a contact → the schemes that Apprise has for it, where the kind is one service."""


def of_kind(url: str | None, kind: str) -> None:
    """Raises `ValueError` where the URL is not one of the kind's, or Slack has one at all."""
    if url is not None and kind == "slack":
        raise ValueError("the direct message needs no URL; remove it, or write another `kind`")
    wanted = SCHEMES.get(kind)
    scheme = (url or "").partition("://")[0].lower()
    if url is not None and wanted and scheme not in wanted:
        raise ValueError(f"`{scheme[:20]}://` is not {kind}; write a URL with {wanted[0]}://, or another `kind`")


@cache
def _services() -> dict[str, str]:
    """Scheme → where it is explained. Loading Apprise's plugins takes 0.3 s, so only who has contacts pays."""
    from apprise.manager_plugins import NotificationManager

    manager: Any = NotificationManager()  # type: ignore[no-untyped-call]
    return {scheme: str(manager[scheme].setup_url) for scheme in manager.schemas()}


def _usable(url: str) -> bool:
    import apprise

    log = logging.getLogger("apprise")  # it would print the URL
    before, log.disabled = log.disabled, True
    try:
        return apprise.Apprise.instantiate(url, suppress_exceptions=True) is not None
    finally:
        log.disabled = before


def _subject(name: str) -> str:
    """A user or group that Kubernetes is told. Its own, such as system:masters, would stand above every rule."""
    if name.startswith("system:"):
        raise ValueError(f"`{name}` is one of Kubernetes' own; write a group or user of yours")
    if not re.fullmatch(r"\S{1,253}", name):
        raise ValueError(f"`{name[:60]}` is no name for Kubernetes; write it without spaces, at most 253 characters")
    return name


def public_url(url: str) -> str:
    """→ without the slash at the end. Secret links begin with it, so that outside this machine it is https."""
    parts = urlsplit(url)
    here = parts.hostname in ("localhost", "127.0.0.1", "::1")
    if parts.scheme not in (("https", "http") if here else ("https",)) or not parts.hostname:
        raise ValueError(
            "write an address such as https://heliograph.example.com; calendars have secrets in their links"
        )
    if parts.query or parts.fragment or parts.username:
        raise ValueError("write only where the bot is reached, such as https://heliograph.example.com/bot")
    return url.rstrip("/")


def _country(code: str) -> str:
    known = _holidays()
    if code not in known:
        instead = f"did you mean `{code.upper()}`?" if code.upper() in known else "write an ISO country code such as DE"
        raise ValueError(f"no public holidays are known for `{code}`; {instead}")
    return code


@cache
def _holidays() -> dict[str, list[str]]:
    import holidays

    return holidays.list_supported_countries(include_aliases=False)


def subdivision(country: str, code: str) -> None:
    """Raises `ValueError` where the country has no such part."""
    known = _holidays()[country]
    if code not in known:
        there = ", ".join(known) if known else "none; leave it out"
        raise ValueError(f"`{country}` has no subdivision `{code}`; there are: {there}")


Whole = Annotated[int, BeforeValidator(_whole)]
Zone = Annotated[str, AfterValidator(zones.checked)]
Clock = Annotated[time, BeforeValidator(_clock)]
Day = Annotated[date, BeforeValidator(day)]
Local = Annotated[datetime, BeforeValidator(local)]
Name = Annotated[str, Field(min_length=1, max_length=80)]
Id = Annotated[str, Field(pattern=ID)]
SlackUser = Annotated[str, Field(pattern=SLACK_USER)]
SlackChannel = Annotated[str, Field(pattern=SLACK_CHANNEL)]
SlackGroup = Annotated[str, Field(pattern=SLACK_GROUP)]
Command = Annotated[str, Field(pattern=COMMAND)]
Emoji = Annotated[str, Field(pattern=EMOJI)]
ReplyPrefix = Annotated[str, Field(pattern=REPLY_PREFIX)]
Namespace = Annotated[str, Field(pattern=LABEL)]
LabelName = Annotated[str, Field(pattern=LABEL_NAME)]
Queue = Annotated[str, Field(pattern=SUBDOMAIN)]
SubjectName = Annotated[str, AfterValidator(_subject)]
PublicUrl = Annotated[str, AfterValidator(public_url)]
Country = Annotated[str, AfterValidator(_country)]
Notification = Annotated[str, AfterValidator(_notification)]
