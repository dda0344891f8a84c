"""What is read out of an alert's labels, and when many alerts are one page."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.alerts import model
from bot.alerts.model import Alert, Labels, Rules
from bot.config.commands import EXAMPLE
from bot.config.file import load
from tests.unit.config.rosters import ENV

DIRECTORY = load(EXAMPLE, ENV).directory()
ALERT = Alert("a1", True, datetime(2026, 11, 24, tzinfo=UTC), {"alertname": "GpuOffBus"}, {})


def labelled(**labels: str) -> Alert:
    return replace(ALERT, labels=ALERT.labels | labels)


@pytest.mark.parametrize(
    ("labels", "client"),
    [
        ({"cluster": "sol", "namespace": "aurora-train"}, "aurora"),
        ({"cluster": "Sol", "namespace": "aurora-train"}, "aurora"),
        ({"namespace": "cirrus-serve"}, "cirrus"),
        ({"namespace": "monitoring", "exported_namespace": "borealis-train"}, "borealis"),
        ({"cluster": "luna", "namespace": "aurora-train"}, ""),
        ({"namespace": "aurora-train", "exported_namespace": "cirrus-train"}, ""),
        ({"namespace": ""}, ""),
        ({}, ""),
    ],
)
def test_the_client_is_whose_namespace_it_is(labels: dict[str, str], client: str) -> None:
    """Where it cannot be said for sure it is nobody's: what is shown to a client must be its own."""
    assert model.client_of(labelled(**labels), DIRECTORY, Labels()) == client


def test_a_label_that_names_the_client_goes_before_its_namespaces() -> None:
    alert = labelled(client="cirrus", namespace="aurora-train")
    assert model.client_of(alert, DIRECTORY, Labels()) == "cirrus"
    assert model.client_of(labelled(client="nobody", namespace="aurora-train"), DIRECTORY, Labels()) == "aurora"
    named = Labels(client="tenant", namespaces=("kube_namespace",))
    assert model.client_of(labelled(tenant="aurora"), DIRECTORY, named) == "aurora"
    assert model.client_of(labelled(kube_namespace="borealis-train"), DIRECTORY, named) == "borealis"
    assert model.client_of(labelled(client="cirrus", namespace="aurora-train"), DIRECTORY, named) == ""


@pytest.mark.parametrize(
    ("said", "severity"),
    [("critical", "sev1"), (" Critical ", "sev1"), ("warning", "sev3"), ("sev2", "sev2"), ("sev9", ""), ("", "")],
)
def test_severities_are_those_of_prometheus_or_ours(said: str, severity: str) -> None:
    assert model.severity_of(labelled(severity=said), Rules()) == severity


def test_other_words_and_another_label_for_severities() -> None:
    """Ours are always understood, beside the words of the file; the usual ones are not then."""
    rules = Rules(severities={"p1": "sev1"}, labels=Labels(severity="prio"))
    said = [model.severity_of(labelled(prio=word), rules) for word in ("P1", "sev4", "critical")]
    assert said == ["sev1", "sev4", ""]


def test_which_one_it_is_stands_in_its_labels() -> None:
    """Without them "GpuOffBus" of two nodes are two pages that read alike. What its texts say is not said twice."""
    alert = labelled(severity="critical", instance="sol-a-03:9400", namespace="aurora-train", prometheus="a/b", gpu="3")
    assert model.subject(alert, Labels()) == "gpu=3, instance=sol-a-03:9400, namespace=aurora-train"
    told = replace(alert, annotations={"summary": "a GPU of sol-a-03:9400 fell off the bus"})
    assert "instance" not in model.subject(told, Labels())
    many = labelled(**{f"label{n}": "x\n" * 200 for n in range(40)})
    assert len(model.subject(many, Labels())) < 500
    assert "\n" not in model.subject(many, Labels())


def test_an_unknown_region_is_no_reason_to_page_nobody() -> None:
    assert model.region_of(labelled(region="us"), DIRECTORY, Labels()) == "us"
    assert model.region_of(labelled(region=" EU "), DIRECTORY, Labels()) == "eu"
    assert model.region_of(labelled(region="moon"), DIRECTORY, Labels()) == ""


def test_what_somebody_wrote_into_a_rule_is_one_short_line() -> None:
    """A NUL or half a character would keep the row out of the database, and with it the page from a person."""
    alert = replace(ALERT, annotations={"summary": "lost\x00\n a \u202eGPU\ud83d " + "x" * 500})
    assert alert.title.startswith("GpuOffBus: lost a GPU\ufffd xxx")
    assert len(alert.title) < 150
    assert model.Alert("a", True, ALERT.started, {}, {}).title == "An alert without a name"


def test_a_storm_is_five_within_the_window() -> None:
    assert [Rules().is_storm(recent, new) for recent, new in ((0, 4), (0, 5), (4, 1), (3, 1), (9, 0))] == [
        False,
        True,
        True,
        False,
        False,
    ]


def test_the_names_that_are_most_frequent_are_counted() -> None:
    names = ["a"] * 5 + ["b"] * 3 + ["c", "d", "e"]
    assert model.counted(names) == ([("a", 5), ("b", 3), ("c", 1)], 2)
