"""What a client's first words tell: suggestions, and never more."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.desk import intake
from bot.desk.intake import JobRef
from bot.desk.model import Severity

NOW = datetime(2026, 11, 24, 16, 5, tzinfo=UTC)
JOBS = [JobRef("sol", "aurora-train", name) for name in ("llama-70b", "llama-70b-midtrain", "reward-70b")]


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("training is down on all nodes", Severity.SEV1),
        ("All ranks of llama-405b hang since 09:00", Severity.SEV1),
        ("our run has crashed again", Severity.SEV1),
        ("loss is NaN since step 1200", Severity.SEV2),
        ("steps are much slower than yesterday", Severity.SEV2),
        ("NCCL watchdog timeout, then it goes on", Severity.SEV2),
        ("how do I mount the new dataset?", Severity.SEV4),
        ("please raise the quota to 512 GPUs", None),
        ("the countdown widget in our dashboard is blue", None),
        ("", None),
    ],
)
def test_how_bad_it_sounds(text: str, level: Severity | None) -> None:
    assert intake.sounds_like(text) is level


def test_only_something_graver_is_offered() -> None:
    """Nobody who says sev1 is asked whether it is really that bad."""
    assert intake.suggested("all ranks hang", Severity.SEV3) is Severity.SEV1
    assert intake.suggested("all ranks hang", Severity.SEV1) is None
    assert intake.suggested("how do I do this?", Severity.SEV3) is None


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("llama-70b-midtrain hangs", "llama-70b-midtrain"),
        ("(reward-70b): loss is NaN", "reward-70b"),
        ("llama-70b and reward-70b hang", None),
        ("llama hangs", None),
    ],
)
def test_a_job_is_known_by_its_whole_name(text: str, name: str | None) -> None:
    """The longer name that contains the shorter one is the longer one; of two nobody guesses."""
    found = intake.job_in(text, JOBS)
    assert (found.name if found else None) == name


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("hlep", "help"),
        ("lsit mine", "list"),
        ("shwo 12", "show"),
        ("list of nodes is empty since 09:00", None),
        ("loss is NaN", None),
        ("it hangs", None),
    ],
)
def test_a_verb_gone_wrong_is_no_request(typed: str, meant: str | None) -> None:
    assert intake.mistyped(typed, ["help", "list", "show", "why", "report"]) == meant


@pytest.mark.parametrize(("typed", "word"), [("sev5 x", "sev5"), ("P1: x", "p1"), ("sev1 x", None), ("sevilla", None)])
def test_a_severity_that_does_not_exist_is_noticed(typed: str, word: str | None) -> None:
    assert intake.severity_word(typed) == word


def test_everything_wrong_with_a_run_at_once() -> None:
    _, wrong = intake.run({"what": " ", "gpus": "lots"}, NOW - timedelta(hours=1), NOW)
    assert set(wrong) == {"what", "start", "gpus", "dataset", "checkpoint"}


def test_a_run_keeps_what_was_said() -> None:
    fields = {
        "what": "405B pretrain",
        "gpus": "4,096",
        "framework": "NeMo",
        "dataset": "/data/v3",
        "checkpoint": "s3://c",
    }
    made, wrong = intake.run(fields, NOW + timedelta(days=2), NOW)
    assert wrong == {}
    assert made is not None
    assert made.gpus == 4096
    assert set(made.details()) == set(intake.RUN_FIELDS)


@given(st.text(max_size=300))
def test_no_words_make_it_trip(text: str) -> None:
    intake.sounds_like(text)
    intake.job_in(text, JOBS)
    intake.mistyped(text, ["help", "list"])
    intake.severity_word(text)
