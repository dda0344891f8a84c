"""The people, channels and groups of the demo workspace, as docs/sandbox.md lists them."""

from dataclasses import dataclass

from sandbox.slack.model import BOT_USER, TEAM, Channel, Group, Person, Team

CIRRUS_TEAM = "T0CIRRUS"
TEAMS = (Team(TEAM, "Heliograph", "heliograph"), Team(CIRRUS_TEAM, "Cirrus", "cirrus"))


@dataclass(frozen=True)
class Region:
    code: str
    name: str
    zone: str
    lead: str
    engineers: tuple[str, ...]


REGIONS = (
    Region("US", "United States", "America/Los_Angeles", "polaris", ("vega", "rigel", "deneb")),
    Region("EU", "Europe", "Europe/Berlin", "castor", ("mira", "capella", "altair")),
    Region("IN", "India", "Asia/Kolkata", "pollux", ("spica", "atria", "regulus")),
    Region("AU", "Australia", "Australia/Sydney", "sirius", ("canopus", "achernar", "antares")),
)


def user_id(name: str) -> str:
    return f"U0{name.upper()}"


def _ids(*names: str) -> list[str]:
    return [user_id(n) for n in names]


SUPPORT = [user_id(n) for r in REGIONS for n in (*r.engineers, r.lead)]
LEADS = [user_id(r.lead) for r in REGIONS]


def people() -> list[Person]:
    made = [Person(BOT_USER, "heliograph", "Heliograph", "UTC", bot=True)]
    for r in REGIONS:
        made += [_person(n, r.zone, f"Support engineer, {r.name}") for n in r.engineers]
        made.append(_person(r.lead, r.zone, f"Support lead, {r.name}"))
    made.append(_person("sol", "Europe/Berlin", "Platform admin", admin=True))
    made += [
        _person("opal", "Europe/London", "ML engineer, aurora"),
        _person("jade", "Europe/London", "Contractor, aurora", guest=True),
        _person("onyx", "America/New_York", "ML engineer, borealis"),
        _person("quartz", "America/New_York", "Left borealis", deleted=True),
        _person("agate", "Asia/Singapore", "ML engineer, cirrus", team=CIRRUS_TEAM),
        _person("beryl", "Asia/Singapore", "Researcher, cirrus", team=CIRRUS_TEAM),
    ]
    return made


def _person(
    name: str, tz: str, title: str, *, guest: bool = False, deleted: bool = False, admin: bool = False, team: str = TEAM
) -> Person:
    return Person(
        user_id(name), name, name.capitalize(), tz, team, title=title, guest=guest, deleted=deleted, admin=admin
    )


def channels() -> list[Channel]:
    staff = [*SUPPORT, user_id("sol")]
    made = [
        Channel("C0GENERAL", "general", members=[*staff, *_ids("opal", "onyx")], topic="Everybody", general=True),
        Channel("C0HANDOFF", "handoff", "private", members=[*staff, BOT_USER], topic="From region to region"),
        Channel("C0ADMIN", "heliograph-admin", "private", members=[*_ids("sol"), *LEADS, BOT_USER]),
    ]
    for r in REGIONS:
        topic = f"Requests for {r.name}"
        name = f"triage-{r.code.lower()}"
        made.append(Channel(f"C0TRIAGE{r.code}", name, "private", members=[*staff, BOT_USER], topic=topic))
    made += [
        _client("aurora", ["opal", "jade"], staff),
        _client("borealis", ["onyx", "quartz"], staff),
        _client("cirrus", ["agate", "beryl"], staff),
    ]
    made[-1].teams = [TEAM, CIRRUS_TEAM]
    return made


def _client(name: str, people_of: list[str], staff: list[str]) -> Channel:
    members = [*_ids(*people_of), *staff, BOT_USER]
    return Channel(f"C0{name.upper()}", f"{name}-support", members=members, topic=f"Support for {name}")


def groups() -> list[Group]:
    made = [
        Group(
            f"S0SUPPORT{r.code}",
            f"support-{r.code.lower()}",
            f"Support {r.name}",
            _ids(*r.engineers, r.lead),
            channels=[f"C0TRIAGE{r.code}"],
        )
        for r in REGIONS
    ]
    made += [
        Group("S0ENGINEERS", "support-engineers", "Support engineers", list(SUPPORT)),
        Group("S0LEADS", "support-leads", "Support leads", list(LEADS)),
        Group("S0ADMINS", "heliograph-admins", "Heliograph admins", _ids("sol")),
        Group("S0ONDUTY", "on-duty", "On duty now", _ids("mira")),
    ]
    return made
