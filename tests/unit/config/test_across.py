"""What no single value shows: names that do not exist, things that stand twice, clients that would see each other."""

from pathlib import Path

import pytest

from tests.unit.config.rosters import changed, line_of, problems

EU_PRIMARY = 'role: primary, weekdays: [mon, tue, wed, thu, fri], start: "08:00", end: "18:30", rotation: eu-primary}'
MISTAKES = {
    "a rotation with an unknown person": (
        "people: [mira, capella, altair]",
        "people: [mira, capela, altair]",
        "people: [mira, capela",
        "`people`: there is no person `capela` in this file; did you mean `capella`?",
    ),
    "a person of an unknown region": (
        "slack: U0RIGEL, region: us",
        "slack: U0RIGEL, region: usa",
        "slack: U0RIGEL",
        "`region`: there is no region `usa` in this file; did you mean `us`?",
    ),
    "a rotation of an unknown region": (
        "{id: us-primary, region: us",
        "{id: us-primary, region: mars",
        "{id: us-primary",
        "`region`: there is no region `mars` in this file; write one of au, in, eu, us",
    ),
    "a rule of an unknown region": (
        "{region: us, role: manager",
        "{region: uss, role: manager",
        "{region: uss",
        "`region`: there is no region `uss` in this file; did you mean `us`?",
    ),
    "a rule with an unknown rotation": (
        "rotation: us-primary}",
        "rotation: us-primry}",
        "rotation: us-primry",
        "`rotation`: there is no rotation `us-primry` in this file; did you mean `us-primary`?",
    ),
    "a rule with an unknown person": (
        "person: polaris}",
        "person: polarys}",
        "person: polarys",
        "`person`: there is no person `polarys` in this file; did you mean `polaris`?",
    ),
    "a client on an unknown cluster": (
        "{cluster: sol, namespaces: [aurora-train",
        "{cluster: moon, namespaces: [aurora-train",
        "{cluster: moon",
        "`cluster`: there is no cluster `moon` in this file; write one of sol",
    ),
    "a last resort that is nobody": (
        "last_resort: sol",
        "last_resort: nobody",
        "last_resort: nobody",
        "`last_resort`: there is no person `nobody` in this file; write one of canopus, achernar,",
    ),
    "a rule with both": (
        "person: polaris}",
        "person: polaris, rotation: us-primary}",
        "{region: us, role: manager",
        "`rules`: a rule puts a `rotation` or a `person` on duty; write exactly one of the two",
    ),
    "a rule with neither": (
        ", person: polaris}",
        "}",
        "{region: us, role: manager",
        "`rules`: a rule puts a `rotation` or a `person` on duty; write exactly one of the two",
    ),
    "a turn without length": (
        "people: [mira, capella, altair], length: {weeks: 1}",
        "people: [mira, capella, altair], length: {weeks: 0}",
        "length: {weeks: 0}",
        "`length`: a turn lasts an hour at least; write {weeks: 1}, {days: 1} or {hours: 12}",
    ),
    "hours that end before they start": (
        'start: "08:00", end: "18:30"}',
        'start: "18:30", end: "8:00"}',
        'hours: {weekdays: [mon, tue, wed, thu, fri], start: "18:30"',
        "`hours`: people cannot work from 18:30 to 8:00; the end is after the start",
    ),
    "two people with one id": (
        "people:\n",
        "people:\n  - {id: vega, name: Other, slack: U0OTHER, region: us}\n",
        "  - {id: vega, name: Vega",
        "`id`: `vega` is already the id in line",
    ),
    "two people with one Slack id": (
        "slack: U0RIGEL",
        "slack: U0VEGA",
        "name: Rigel",
        "`slack`: `U0VEGA` is already the Slack id in line",
    ),
    "two people who are one in Kubernetes": (
        "kubernetes_user: rigel@",
        "kubernetes_user: vega@",
        "name: Rigel",
        "`kubernetes_user`: `vega@heliograph.example` is already the Kubernetes user in line",
    ),
    "two regions with one user group": (
        "user_group: S0SUPPORTIN",
        "user_group: S0SUPPORTAU",
        'user_group: S0SUPPORTAU\n    hours: {weekdays: [mon, tue, wed, thu, fri], start: "09:00"',
        "`user_group`: `S0SUPPORTAU` is already the user group in line",
    ),
    "a command that is used twice": (
        "page: /page",
        "page: /job",
        "commands: {",
        "`page`: `/job` is already the command in line",
    ),
    "two contacts of one kind": (
        'contacts: [{kind: sms, url: "${HELIOGRAPH_CONTACT_VEGA}"}]',
        'contacts: [{kind: sms, url: "json://a"}, {kind: sms, url: "json://b"}]',
        "name: Vega",
        "`kind`: `sms` is already the kind of contact in line",
    ),
    "a channel of two clients": (
        "channels: [C0BOREALIS]",
        "channels: [C0BOREALIS, C0AURORA]",
        "channels: [C0BOREALIS",
        "`channels`: `C0AURORA` is already the client's channel in line",
    ),
    "a client in the team's triage channel": (
        "channels: [C0BOREALIS]",
        "channels: [C0BOREALIS, C0TRIAGEEU]",
        "channels: [C0BOREALIS",
        "`channels`: C0TRIAGEEU is the team's own in line",
    ),
    "a client in the handoff channel": (
        "channels: [C0BOREALIS]",
        "channels: [C0HANDOFF]",
        "channels: [C0HANDOFF]",
        "`channels`: C0HANDOFF is the team's own in line",
    ),
    "a namespace of two clients": (
        "namespaces: [borealis-train, borealis-serve]",
        "namespaces: [borealis-train, aurora-serve]",
        "namespaces: [borealis-train",
        "`namespaces`: `aurora-serve of sol` is already the client's namespace in line",
    ),
    "a queue of two clients": (
        "queues: [borealis]",
        "queues: [aurora]",
        "namespaces: [borealis-train",
        "`queues`: `aurora of sol` is already the client's queue in line",
    ),
    "a client with one cluster in two items": (
        "access: [{cluster: sol, namespaces: [aurora-train, aurora-serve]",
        "access: [{cluster: sol, namespaces: [a]}, {cluster: sol, namespaces: [aurora-train, aurora-serve]",
        "access: [{cluster: sol, namespaces: [a]}",
        "`cluster`: `sol` is already the cluster of this client in line",
    ),
    "a client with the team's rights": (
        "kubernetes_groups: [heliograph:client:aurora]",
        "kubernetes_groups: [heliograph:leads]",
        "kubernetes_groups: [heliograph:leads]\n  - id: borealis",
        "`kubernetes_groups`: `heliograph:leads` has other people's rights (line",
    ),
    "a client with another client's rights": (
        "kubernetes_groups: [heliograph:client:borealis]",
        "kubernetes_groups: [heliograph:client:aurora]",
        "kubernetes_groups: [heliograph:client:aurora]\n  - id: cirrus",
        "`kubernetes_groups`: `heliograph:client:aurora` has other people's rights (line",
    ),
    "a pod's account and a kubeconfig": (
        "context: heliograph@sandbox}",
        "context: heliograph@sandbox, in_cluster: true}",
        "{id: sol, name: Sol, kubeconfig",
        "`in_cluster` uses the pod's own account; remove `kubeconfig` and `context`, or `in_cluster`",
    ),
    "one cluster under two names": (
        "clusters:\n",
        'clusters:\n  - {id: luna, name: Luna, kubeconfig: "${HELIOGRAPH_KUBECONFIG}", context: heliograph@sandbox}\n',
        "{id: sol, name: Sol, kubeconfig",
        "`clusters`: this leads to the same cluster as line",
    ),
    "a rule that steps aside for holidays nobody named": (
        "person: polaris}",
        "person: polaris, on_holiday: skip}",
        "{region: us, role: manager",
        "`on_holiday`: the region `us` has no `holidays`; write its country there",
    ),
    "rules that overlap": (
        EU_PRIMARY,
        EU_PRIMARY + '\n  - {region: eu, role: primary, weekdays: [wed], start: "18:00", end: "20:00", person: mira}',
        "{region: eu, role: primary, weekdays: [wed]",
        "`rules`: from wed 18:00 on there would be two for eu primary: this rule and that of line",
    ),
    "rules that overlap over the end of the week": (
        EU_PRIMARY,
        EU_PRIMARY + '\n  - {region: eu, role: primary, weekdays: [sun], start: "20:00", end: "08:30", person: mira}',
        "{region: eu, role: primary, weekdays: [sun]",
        "`rules`: from mon 08:00 on there would be two for eu primary: this rule and that of line",
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


def test_rules_that_only_touch_are_right(tmp_path: Path) -> None:
    text = changed(
        EU_PRIMARY,
        EU_PRIMARY + '\n  - {region: eu, role: primary, weekdays: [wed], start: "18:30", end: "20:00", person: nobody}',
    )
    assert [p for p in problems(tmp_path, text) if "there would be two" in p] == []


def test_a_wrong_type_does_not_hide_an_unknown_name(tmp_path: Path) -> None:
    """The schema and the references between parts are looked at together."""
    text = changed("repeat: 3", "repeat: often", changed("last_resort: sol", "last_resort: nobody"))
    assert len(problems(tmp_path, text)) == 2


def test_a_holiday_that_counts_as_a_sunday_needs_a_rule_for_sunday(tmp_path: Path) -> None:
    text = changed("user_group: S0SUPPORTEU", "user_group: S0SUPPORTEU\n    holidays: {country: DE, subdivision: BE}")
    text = changed("rotation: eu-primary}", "rotation: eu-primary, on_holiday: weekend}", text)
    text = changed(
        'weekdays: [sat, sun], start: "09:00", end: "18:00"', 'weekdays: [sat], start: "09:00", end: "18:00"', text
    )
    found = problems(tmp_path, text)
    assert len(found) == 1
    assert found[0].endswith("`on_holiday`: `eu` has no rule with the role weekend for sun; write one, or skip")


def test_a_variable_that_is_not_set_makes_no_second_mistake(tmp_path: Path) -> None:
    """Neither the value's shape nor that two clusters are alike can be known without it."""
    text = changed("clusters:\n", 'clusters:\n  - {id: luna, name: Luna, kubeconfig: "${HELIOGRAPH_KUBECONFIG}"}\n')
    found = problems(tmp_path, text, env={})
    assert all("the environment has no " in p for p in found), found
