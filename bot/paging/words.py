"""Whom `/page` means: what stands before what is wrong. Pure.

`@vega`, a mention, `@manager`, `@oncall`, a user group that Heliograph keeps, a region's id, in any order; the rest is
what is wrong. A role without an @ is a word like any other: "secondary NIC is down" pages nobody's secondary.
"""

import re
from dataclasses import dataclass, replace

from bot import letters
from bot.directory.model import Directory
from bot.errors import UserError
from bot.paging.model import ROLES, Kind, Target, role

ON_DUTY = ("oncall", "on-call", "onduty", "on-duty", "duty")
_MENTION = re.compile(r"<@([UW][A-Z0-9]+)(?:\|[^>]*)?>")
_GROUP = re.compile(r"<!subteam\^(S[A-Z0-9]+)(?:\|[^>]*)?>")
_ON_DUTY = re.compile(r"on[ -]duty\b[:,]?\s*", re.IGNORECASE)


@dataclass(frozen=True)
class Wanted:
    """An empty region is the one that leads; without a target the policy's own steps count."""

    region: str = ""
    target: Target | None = None
    body: str = ""


def read(directory: Directory, words: str) -> Wanted:
    """Raises `UserError` for somebody who is nobody, for two at once, and where nothing is said to be wrong."""
    words = letters.harmless(words).strip()
    found, rest, named = Wanted(), words, 0
    while rest:
        if said := _ON_DUTY.match(rest):
            rest = rest[said.end() :]
            continue
        first, after = (*rest.split(maxsplit=1), "")[:2]
        taken = _one(directory, found, first.rstrip(":,"))
        if taken is None:
            break
        named += taken.target is not None and taken.target != found.target
        if named > 1:
            raise UserError("A page goes to one person or one role first.", hint="Raise two, or name a region alone.")
        found, rest = taken, after.strip()
    if not letters.says_something(rest):
        raise UserError(
            "A page says what is wrong.",
            hint=f"Write it after whom it is for: `{_typed(directory, words)} the login node is down`",
        )
    target = found.target
    if target is not None and target.kind is Kind.ROLE and not target.region:
        target = replace(target, region=found.region)
    return Wanted(found.region, target, rest)


def _typed(directory: Directory, words: str) -> str:
    """As somebody types it: Slack sends a mention as an id."""

    def name(mention: re.Match[str]) -> str:
        person = directory.person_by_slack(mention[1])
        return f"@{person.id}" if person else mention[0]

    return _MENTION.sub(name, words.strip())


def _one(directory: Directory, so_far: Wanted, word: str) -> Wanted | None:
    """With what the word adds; None where it is the first of what is wrong."""
    if mention := _MENTION.fullmatch(word):
        return replace(so_far, target=_person(directory, mention[1], word))
    if group := _GROUP.fullmatch(word):
        return _group(directory, so_far, group[1])
    if word.startswith("@"):
        return _at(directory, so_far, word)
    if not so_far.region and directory.region(word.lower()):
        return replace(so_far, region=word.lower())
    return None


def _at(directory: Directory, so_far: Wanted, word: str) -> Wanted:
    name = word[1:].lower()
    if name in ROLES:
        return replace(so_far, target=role(name))
    if name in ON_DUTY:
        return so_far
    if directory.region(name):
        return replace(so_far, region=name)
    person = next((p for p in directory.people if name in (p.id, p.name.lower())), None)
    if person is None:
        raise UserError(
            f"{word} is nobody of the team, and no role.", hint="Name a person, @primary, @secondary or @manager."
        )
    return replace(so_far, target=Target(Kind.PERSON, person.id))


def _person(directory: Directory, slack: str, word: str) -> Target:
    person = directory.person_by_slack(slack)
    if person is None:
        raise UserError(
            f"{word} is not in the roster file, so no page reaches them.", hint="Page who is on duty instead."
        )
    return Target(Kind.PERSON, person.id)


def _group(directory: Directory, so_far: Wanted, group: str) -> Wanted:
    if group == directory.on_duty_group:
        return so_far
    for region in directory.regions:
        if region.user_group == group:
            return replace(so_far, region=region.id)
        for name, kept in region.on_duty_groups.items():
            if kept == group:
                return replace(so_far, region=region.id, target=role("primary" if name == "weekend" else name))
    raise UserError(
        "That user group is none of those that say who is on duty.", hint="Name a region or a person instead."
    )
