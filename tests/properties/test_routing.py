"""Routing over random rosters: somebody has it, on duty where anybody is, and the reason names them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.desk import routing
from bot.desk.model import Severity
from bot.desk.routing import Last, Past, Wanted
from bot.directory.model import Client, Directory, Person, Region, RoutingPolicy, Skill
from bot.roster.model import Holder, Moment

NOW = datetime(2026, 11, 24, 16, 0, tzinfo=UTC)
REGIONS = tuple(Region(id, id.upper(), "UTC", f"C0{id.upper()}") for id in ("au", "eu", "us"))
NAMES = ("altair", "capella", "mira", "rigel", "spica", "vega")
SKILLS = (Skill("storage", ("nfs",)), Skill("network", ("nccl",)))
ROLES = ("primary", "secondary", "weekend", "manager")

minutes = st.integers(1, 240).map(lambda n: timedelta(minutes=n))
regions = st.sampled_from([r.id for r in REGIONS])
skills = st.sets(st.sampled_from([s.id for s in SKILLS])).map(frozenset)
people = st.tuples(*(st.tuples(regions, skills) for _ in NAMES)).map(
    lambda drawn: tuple(
        Person(n, n.title(), f"U0{n.upper()}", r, "UTC", skills=s) for n, (r, s) in zip(NAMES, drawn, strict=True)
    )
)


def holder(person: str, region: str, role: str, since: timedelta, until: timedelta, added: bool) -> Holder:
    name, slack = person.title(), f"U0{person.upper()}"
    return Holder(person, name, slack, region, region.upper(), role, NOW - since, NOW + until, added)


holders = st.builds(holder, st.sampled_from(NAMES), regions, st.sampled_from(ROLES), minutes, minutes, st.booleans())
lasts = st.none() | st.builds(Last, st.sampled_from(NAMES).map(lambda n: f"U0{n.upper()}"), st.integers(1, 99))
pasts = st.builds(
    Past, lasts, lasts, st.dictionaries(st.sampled_from(NAMES).map(lambda n: f"U0{n.upper()}"), st.integers(0, 9))
)
clients = st.builds(
    Client,
    st.just("aurora"),
    st.just("Aurora"),
    st.just(("C0AURORA",)),
    st.just(()),
    skills=skills,
    prefer=st.lists(st.sampled_from(NAMES), max_size=2).map(tuple),
)
wanted = st.builds(Wanted, st.none() | clients, st.sampled_from(Severity), st.sampled_from(["", "nfs", "NCCL on nfs"]))
policies = st.builds(
    RoutingPolicy, st.sampled_from([timedelta(0), timedelta(minutes=20)]), st.integers(1, 4), st.just(SKILLS)
)
directories = st.builds(
    lambda people, policy: Directory(REGIONS, people, (), (), "C0H", "C0A", routing=policy), people, policies
)


@st.composite
def moments(draw: st.DrawFn) -> Moment:
    """As resolution gives them: who leads has somebody on duty, and of the next the first one is known or not."""
    on_duty = tuple(draw(st.lists(holders, max_size=6)))
    able = sorted({h.region for h in on_duty if h.role in ("primary", "weekend") and not h.added})
    lead = draw(st.sampled_from(able)) if able else None
    boundary = draw(st.none() | minutes.map(lambda by: NOW + by))
    following = draw(st.none() | regions.filter(lambda r: r != lead)) if boundary else None
    comes = (
        draw(
            st.none()
            | st.builds(
                holder,
                st.sampled_from(NAMES),
                st.just(following),
                *[st.just(x) for x in ("primary", timedelta(0), timedelta(hours=8), False)],
            )
        )
        if following
        else None
    )
    return Moment(NOW, lead, boundary, following, comes, on_duty)


@given(wanted, pasts, moments(), directories)
@settings(max_examples=400, deadline=None)
def test_somebody_has_it_for_a_reason_that_names_them(
    wanted: Wanted, past: Past, moment: Moment, directory: Directory
) -> None:
    found = routing.route(wanted, past, moment, directory)
    there = {h.slack for h in moment.holders if h.region == found.region}
    owner = directory.person_by_slack(found.owner)
    assert owner is not None
    assert found.owner in there or not there, "who is on duty in the receiving region"
    assert (found.starts is None) or not there, "nobody is waited for where somebody is"
    assert owner.name in found.steps[-1]
    assert found == routing.route(wanted, past, replace(moment), directory), "the same facts, the same answer"
    seam = moment.boundary is not None and moment.boundary - NOW <= directory.routing.seam
    if moment.lead is not None:
        assert found.region == moment.lead or (seam and found.region == moment.next_lead)
        assert (found.copied is None) or found.region != moment.lead


def test_who_is_awake_at_night_comes_before_who_is_not_on_duty_at_all() -> None:
    """A gap, and nobody is known who comes: an added engineer of another region has it, and no name off the roster."""
    team = (Person("mira", "Mira", "U0MIRA", "eu", "UTC"), Person("vega", "Vega", "U0VEGA", "us", "UTC"))
    night = holder("vega", "us", "primary", timedelta(hours=1), timedelta(hours=1), True)
    moment = Moment(NOW, None, NOW + timedelta(hours=1), "eu", None, (night,))
    found = routing.route(Wanted(None, Severity.SEV2), Past(), moment, Directory(REGIONS, team, (), (), "C0H", "C0A"))
    assert (found.owner, found.region) == ("U0VEGA", "us")


@given(wanted, pasts, moments(), directories)
@settings(max_examples=300, deadline=None)
def test_what_pages_is_owned_by_whom_the_page_reaches_first(
    wanted: Wanted, past: Past, moment: Moment, directory: Directory
) -> None:
    found = routing.route(replace(wanted, severity=Severity.SEV1), past, moment, directory)
    first = moment.on_duty(found.region)
    assert first is None or found.owner == first.slack
