"""Every mistake in a value is found, at its line, alone, with what to write instead."""

from pathlib import Path

import pytest

from tests.unit.config.rosters import ENV, EXAMPLE, changed, line_of, problems

MISTAKES = {
    "an unknown option, nearly right": (
        "  handoff_channel: C0HANDOFF",
        "  handoff_channel: C0HANDOFF\n  admin_chanel: C0ADMIN",
        "admin_chanel: C0ADMIN",
        "`admin_chanel`: there is no such option here; did you mean `admin_channel`?",
    ),
    "an unknown option, like nothing": (
        "lead: {after_minutes: 30}",
        "lead: {after_minutes: 30, zzz: 1}",
        "lead: {after",
        "`zzz`: there is no such option here; write one of after_minutes",
    ),
    "an unknown section": (
        "lead: {after_minutes: 30}",
        "peple: []",
        "peple: []",
        "`peple`: there is no such option here; did you mean `people`?",
    ),
    "an unknown option deep in a list": (
        "targets: {sev1: {first_response: 10}}",
        "targets: {sev1: {first_respons: 10, first_response: 10}}",
        "targets: {sev1: {first_respons:",
        "`first_respons`: there is no such option here; did you mean `first_response`?",
    ),
    "a heartbeat's secret that is no part of an address": (
        "heartbeats: []",
        'heartbeats: [{id: a, name: A, every_minutes: 5, secret: "0123456789/abcdefgh"}]',
        "heartbeats:",
        "`secret`: `0123456789/abcdefgh` is not right; write 16 to 200 letters, digits and -._~, such as "
        "`openssl rand -hex 24` prints",
    ),
    "a heartbeat's secret that is guessed": (
        "heartbeats: []",
        'heartbeats: [{id: a, name: A, every_minutes: 5, secret: "short"}]',
        "heartbeats:",
        "`secret`: `short` is not right; write 16 to 200 letters, digits and -._~, such as "
        "`openssl rand -hex 24` prints",
    ),
    "a severity that is none of ours": (
        "  storm_per_client: false",
        "  storm_per_client: false\n  severities: {critical: sev9}",
        "  severities: {critical",
        "`critical`: `sev9` is not right; write `sev1`, `sev2`, `sev3` or `sev4`",
    ),
    "a label that Prometheus cannot have": (
        "namespaces: [exported_namespace, namespace]",
        "namespaces: [kube-namespace]",
        "  labels: {severity",
        "`namespaces`: `kube-namespace` is not right; write the name of a label as Prometheus has it",
    ),
    "a storm of one": (
        "storm_alerts: 5",
        "storm_alerts: 1",
        "storm_alerts: 1",
        "`storm_alerts`: `1` is less than the least: 2; write 2",
    ),
    "a missing option": (
        "  admin_channel: C0ADMIN  # where is said what could not be delivered\n",
        "",
        "workspace:\n",
        "`admin_channel`: this is missing; add it",
    ),
    "a wrong zone": (
        "zone: Europe/Berlin",
        "zone: Europe/Berln",
        "zone: Europe/Berln",
        "`zone`: `Europe/Berln` is not a time zone; did you mean `Europe/Berlin`?",
    ),
    "a city for a zone": (
        "zone: Europe/Berlin",
        "zone: Berlin",
        "zone: Berlin",
        "`zone`: `Berlin` is not a time zone; did you mean `Europe/Berlin`?",
    ),
    "an abbreviation for a zone": (
        "zone: America/Los_Angeles",
        "zone: PST",
        "zone: PST",
        "`zone`: `PST` does not say which place's clock is meant; write a place such as America/Los_Angeles",
    ),
    "a zone that is like none": (
        "zone: Europe/Berlin",
        "zone: xx",
        "zone: xx",
        "`zone`: `xx` is not a time zone; write an IANA name such as Europe/Berlin",
    ),
    "a name for a Slack user": (
        "slack: U0VEGA",
        "slack: vega",
        "slack: vega",
        "`slack`: `vega` is not right; write a Slack user id such as U0VEGA "
        "(in the person's profile, ⋮, “Copy member ID”)",
    ),
    "a name for a Slack channel": (
        "handoff_channel: C0HANDOFF",
        'handoff_channel: "#handoff"',
        "handoff_channel:",
        "`handoff_channel`: `#handoff` is not right; write a Slack channel id such as C0HANDOFF, not its name "
        "(at the end of the channel's details)",
    ),
    "a name for a Slack user group": (
        "user_group: S0SUPPORTEU",
        'user_group: "@support"',
        'user_group: "@support"',
        "`user_group`: `@support` is not right; write the id of a Slack user group such as S0LEADS, not its name "
        "(in the group's ⋮, “Copy group ID”)",
    ),
    "a command without a slash": (
        "page: /page",
        "page: page",
        "commands: {",
        "`page`: `page` is not right; write a command such as /request: a slash, then lower-case letters, digits, "
        "- or _, at most 32 in all",
    ),
    "a command in capitals": ("page: /page", "page: /Page", "commands: {", "`page`: `/Page` is not right; write a"),
    "a command of 33 characters": (
        "page: /page",
        f"page: /{'p' * 32}",
        "commands: {",
        f"`page`: `/{'p' * 32}` is not right; write a command such as",
    ),
    "an id in capitals": (
        "clusters:\n",
        "clusters:\n  - {id: Luna, name: Luna, context: luna}\n",
        "{id: Luna",
        "`id`: `Luna` is not right; write lower-case letters, digits and dashes, at most 40, such as us-primary",
    ),
    "an unknown role": (
        "{region: au, role: primary",
        "{region: au, role: primry",
        "{region: au, role: primry",
        "`role`: `primry` is not right; write `primary`, `secondary`, `weekend` or `manager`; did you mean `primary`?",
    ),
    "an unknown weekday": (
        'role: weekend, weekdays: [sat, sun], start: "09:00", end: "18:00"',
        'role: weekend, weekdays: [sat, sunday], start: "09:00", end: "18:00"',
        "role: weekend, weekdays: [sat, sunday]",
        "`weekdays`: `sunday` is not right; write `mon`, `tue`, `wed`, `thu`, `fri`, `sat` or `sun`; "
        "did you mean `sun`?",
    ),
    "a step that pages nobody known": (
        "{targets: [primary], wait_minutes: 5}",
        "{targets: [boss], wait_minutes: 5}",
        "{targets: [boss",
        "`role`: `boss` is not right; write `primary`, `secondary` or `manager`",
    ),
    "no wait between steps": (
        "{targets: [primary], wait_minutes: 5}",
        "{targets: [primary], wait_minutes: 0}",
        "wait_minutes: 0",
        "`wait_minutes`: `0` is less than the least: 1; write 1",
    ),
    "a wait of more than a day": (
        "{targets: [primary], wait_minutes: 5}",
        "{targets: [primary], wait_minutes: 1441}",
        "wait_minutes: 1441",
        "`wait_minutes`: `1441` is more than the most: 1440; write 1440",
    ),
    "a word for a number": (
        "repeat: 3",
        "repeat: often",
        "repeat: often",
        "`repeat`: `often` is no whole number; write one such as 15",
    ),
    "yes for a number": (
        "repeat: 3",
        "repeat: true",
        "repeat: true",
        "`repeat`: `true` is no whole number; write one such as 15",
    ),
    "a fraction": (
        "repeat: 3",
        "repeat: 2.5",
        "repeat: 2.5",
        "`repeat`: `2.5` is no whole number; write one such as 15",
    ),
    "a number for a name": (
        "name: Rigel",
        "name: 17",
        "name: 17",
        '`name`: `17` is read as a number; write it in quotes: "17"',
    ),
    "a date for a name": (
        "name: Rigel",
        "name: 2026-01-05",
        "name: 2026-01-05",
        '`name`: `2026-01-05` is read as a date; write it in quotes: "2026-01-05"',
    ),
    "true for a name": (
        "name: Rigel",
        "name: true",
        "name: true",
        '`name`: `true` is read as yes or no; write it in quotes: "true"',
    ),
    "nothing for a name": (
        "name: Rigel",
        "name: ",
        "name: , slack",
        "`name`: nothing stands here; write a value, or remove the line",
    ),
    "an empty name": ("name: Rigel", 'name: ""', 'name: ""', "`name`: nothing stands here; write a name"),
    "a list for a name": ("name: Rigel", "name: [a]", "name: [a]", "`name`: this is a list; write one value"),
    "a name that does not end": (
        "name: Rigel",
        f"name: {'r' * 81}",
        f"name: {'r' * 81}",
        f"`name`: `{'r' * 60}…` is longer than the most, in characters: 80; write 80",
    ),
    "one value for a list": (
        "channels: [C0AURORA]",
        "channels: C0AURORA",
        "channels: C0AURORA",
        "`channels`: `C0AURORA` is one value; write a list: [C0AURORA]",
    ),
    "a mapping for a list": (
        "people: [mira, capella, altair]",
        "people: {mira: 1}",
        "people: {mira: 1}",
        "`people`: this is a mapping; write a list: each item starts with a dash",
    ),
    "nothing for a list": (
        "channels: [C0AURORA]",
        "channels:",
        "channels:\n    access: [{cluster: sol, namespaces: [aurora",
        "`channels`: nothing stands here; write a list such as [one, two], or remove the line",
    ),
    "a value for options": (
        "lead: {after_minutes: 30}",
        "lead: 30",
        "lead: 30",
        "`lead`: this is a number; write options: after_minutes",
    ),
    "a rotation with nobody in it": (
        "people: [mira, capella, altair]",
        "people: []",
        "people: []",
        "`people`: the list is empty; write at least one item",
    ),
    "a rule on no day": (
        'role: weekend, weekdays: [sat, sun], start: "09:00", end: "18:00"',
        'role: weekend, weekdays: [], start: "09:00", end: "18:00"',
        "weekdays: []",
        "`weekdays`: the list is empty; write at least one item",
    ),
    "an hour that does not exist": (
        '- {id: eu-primary, region: eu, people: [mira, capella, altair], length: {weeks: 1}, handover: "08:00"',
        '- {id: eu-primary, region: eu, people: [mira, capella, altair], length: {weeks: 1}, handover: "25:00"',
        'handover: "25:00"',
        '`handover`: there is no 25:00 on the clock; write "00:00" to "23:59"',
    ),
    "24:00": (
        'end: "18:30", rotation: eu-primary',
        'end: "24:00", rotation: eu-primary',
        'end: "24:00"',
        '`end`: a day ends where the next begins; write "00:00" instead of 24:00',
    ),
    "a time in words": (
        'end: "18:30", rotation: eu-primary',
        "end: 6pm, rotation: eu-primary",
        "end: 6pm",
        '`end`: `6pm` is not a time of day; write hours and minutes such as "09:00"',
    ),
    "an hour alone": (
        'end: "18:30", rotation: eu-primary',
        "end: 18, rotation: eu-primary",
        "end: 18,",
        '`end`: `18` is not a time of day; write hours and minutes such as "09:00"',
    ),
    "a time with a zone": (
        'end: "18:30", rotation: eu-primary',
        'end: "18:30Z", rotation: eu-primary',
        'end: "18:30Z"',
        '`end`: `18:30Z` is not a time of day; write hours and minutes such as "09:00"',
    ),
    "a date of another order": (
        'region: eu, people: [mira, capella, altair], length: {weeks: 1}, handover: "08:00", start: 2026-01-05',
        'region: eu, people: [mira, capella, altair], length: {weeks: 1}, handover: "08:00", start: 5.1.2026',
        "start: 5.1.2026",
        "`start`: `5.1.2026` is not a date; write year-month-day such as 2026-01-05",
    ),
    "a day that does not exist": (
        'region: eu, people: [mira, capella, altair], length: {weeks: 1}, handover: "08:00", start: 2026-01-05',
        'region: eu, people: [mira, capella, altair], length: {weeks: 1}, handover: "08:00", start: 2026-02-30',
        "start: 2026-02-30",
        "`start`: `2026-02-30` is not a date; write year-month-day such as 2026-01-05",
    ),
    "a number for a date": (
        'region: eu, people: [mira, capella, altair], length: {weeks: 1}, handover: "08:00", start: 2026-01-05',
        'region: eu, people: [mira, capella, altair], length: {weeks: 1}, handover: "08:00", start: 20260105',
        "start: 20260105",
        "`start`: `20260105` is not a date; write year-month-day such as 2026-01-05",
    ),
    "a contact that is no URL": (
        '"${HELIOGRAPH_CONTACT_VEGA}"',
        "+49 170 0000000",
        "+49 170 0000000",
        "`url`: this is no Apprise URL; write one such as mailto://user:password@host or json://host",
    ),
    "a contact by a service that Apprise lacks": (
        '"${HELIOGRAPH_CONTACT_VEGA}"',
        "twillio://a:b@c",
        "twillio://",
        "`url`: Apprise knows no `twillio://`; did you mean `twilio`?",
    ),
    "a contact URL that lacks something": (
        '"${HELIOGRAPH_CONTACT_VEGA}"',
        "twilio://a",
        "twilio://a",
        "`url`: this `twilio://` URL is not complete; https://appriseit.com/services/twilio/ says how to write it",
    ),
    "a variable that is not set": (
        '"${HELIOGRAPH_CONTACT_VEGA}"',
        '"${HELIOGRAPH_CONTACT_VGA}"',
        "${HELIOGRAPH_CONTACT_VGA}",
        "the environment has no HELIOGRAPH_CONTACT_VGA; set it, or write the value here",
    ),
    "a variable in small letters": (
        '"${HELIOGRAPH_CONTACT_VEGA}"',
        '"${vega}"',
        '"${vega}"',
        "`${vega}` is no variable; write capitals, such as ${HELIOGRAPH_KUBECONFIG}",
    ),
    "a group that Kubernetes keeps for itself": (
        "kubernetes_groups: [heliograph:client:aurora]",
        "kubernetes_groups: [system:masters]",
        "kubernetes_groups: [system:masters]",
        "`kubernetes_groups`: `system:masters` is one of Kubernetes' own; write a group or user of yours",
    ),
    "a namespace that cannot be one": (
        "namespaces: [aurora-train",
        "namespaces: [Aurora_train",
        "namespaces: [Aurora_train",
        "`namespaces`: `Aurora_train` is not right; write the name of a namespace: lower-case letters, digits and "
        "dashes, at most 63",
    ),
    "a country without holidays": (
        "user_group: S0SUPPORTEU",
        "user_group: S0SUPPORTEU\n    holidays: {country: Germany}",
        "holidays: {country: Germany}",
        "`country`: no public holidays are known for `Germany`; write an ISO country code such as DE",
    ),
    "a country in small letters": (
        "user_group: S0SUPPORTEU",
        "user_group: S0SUPPORTEU\n    holidays: {country: de}",
        "holidays: {country: de}",
        "`country`: no public holidays are known for `de`; did you mean `DE`?",
    ),
    "a part that the country does not have": (
        "user_group: S0SUPPORTAU",
        "user_group: S0SUPPORTAU\n    holidays: {country: AU, subdivision: XX}",
        "holidays: {country: AU, subdivision: XX}",
        "`subdivision`: `AU` has no subdivision `XX`; there are: ACT, NSW, NT, QLD, SA, TAS, VIC, WA",
    ),
    "a word for true or false": (
        "context: heliograph@sandbox}",
        "in_cluster: maybe}",
        "in_cluster: maybe",
        "`in_cluster`: `maybe` is neither; write true or false",
    ),
}
"""Kind → what the example says, what it says wrongly, what begins on the line that must be named, what must be said."""


@pytest.mark.parametrize("kind", MISTAKES)
def test_it_is_reported_alone_at_its_line_with_what_to_write(tmp_path: Path, kind: str) -> None:
    right, wrong, at, said = MISTAKES[kind]
    text = changed(right, wrong)
    found = problems(tmp_path, text)
    assert len(found) == 1, found
    where, _, what = found[0].partition(": ")
    assert where == f"heliograph.yaml:{line_of(text, at)}"
    assert what.startswith(said)


def test_a_long_value_of_the_environment_is_not_repeated_not_even_in_part(tmp_path: Path) -> None:
    """What is long is cut where it is shown: a secret with a slash would be seen by its first sixty characters."""
    secret = "s3cret/" * 20
    text = changed("heartbeats: []", 'heartbeats: [{id: a, name: A, every_minutes: 5, secret: "${BEAT}"}]')
    (found,) = problems(tmp_path, text, ENV | {"BEAT": secret})
    assert "`${BEAT}` is not right" in found
    assert "s3cret" not in found


def test_all_mistakes_are_reported_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    text = EXAMPLE
    for kind in ("a wrong zone", "a command in capitals", "a word for a number", "a name for a Slack user"):
        text = changed(*MISTAKES[kind][:2], text)
    lines = [int(p.split(":")[1]) for p in problems(tmp_path, text)]
    assert len(lines) == 4
    assert lines == sorted(lines)
