"""Whatever a client lists, searches or compares, no row of another client comes: made-up rows, on both databases."""

import re
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from bot.clock import ManualClock
from bot.config.file import Config
from bot.desk.listing import Asked, Which
from bot.desk.tables import Request, RequestFinding, RequestMessage
from bot.errors import UserError
from bot.store.database import Database
from tests.fixtures_postgres import database_url, db, postgres_server, postgres_url
from tests.services.office import TUESDAY, Office, built

__all__ = ["database_url", "db", "postgres_server", "postgres_url"]
CHANNELS = {"aurora": "C0AURORA", "cirrus": "C0CIRRUS"}
WORDS = ("nccl", "timeout", "llama-70b", "größe", "שלום", "日本", "xid 79", "loss")
texts = st.lists(st.sampled_from(WORDS), min_size=1, max_size=5).map(" ".join)
typed = st.one_of(
    texts,
    st.text(max_size=60),
    st.sampled_from(
        ["client:cirrus", "' OR 1=1 --", "nccl OR cirrus", '"nccl" NEAR cirrus', "cirrus*", "{client} : x"]
    ),
    st.tuples(texts, st.sampled_from(["OR", "|", "NOT", "*", ")", '"'])).map(" ".join),
)
rows = st.lists(
    st.tuples(st.sampled_from(sorted(CHANNELS)), texts, st.sampled_from(["new", "resolved", "closed"]), texts, texts),
    min_size=2,
    max_size=6,
)


async def filled(office: Office, made: list[tuple[str, str, str, str, str]]) -> None:
    """Each row, what was said about it and what was found, marked with its client."""
    async with office.db.write() as tx:
        for number, (client, text, state, noted, said) in enumerate(made, start=1):
            tx.add(
                Request(
                    id=number, source=f"s{number}", client=client, requester="U0OPAL", text=f"{text} mark{client}",
                    severity="sev2", state=state, channel=CHANNELS[client], thread_ts=f"{number}.1", region="eu",
                    owner="U0CAPELLA", last_by="U0OPAL", because="", created_at=TUESDAY, cause=f"{noted} note{client}",
                    cluster="c", namespace="n", job="same-job",
                )
            )  # fmt: skip
            await tx.flush()
            tx.add(RequestFinding(request=number, signature="oom: x", title=f"found{client}", at=TUESDAY))
            tx.add(
                RequestMessage(
                    request=number, channel=CHANNELS[client], ts=f"{number}.2", side="client", by="U0OPAL",
                    text=f"{said} said{client}", at=TUESDAY,
                )
            )  # fmt: skip


async def everything(office: Office, client: str, asked: str, ids: range) -> str:
    """All that the client can be told, by whatever way, as one text."""
    who = office.actor("U0OPAL", CHANNELS[client])
    told: list[Any] = [office.lists.page(who, Asked(which, ended=e)) for which in Which for e in (False, True)]
    told += [office.lists.search(who, asked), office.knowledge.similar(who, asked)]
    for number in ids:
        told += [office.lists.show(who, number), office.knowledge.similar(who, number)]
    answers = []
    for one in told:
        try:
            answers.append(repr(await one))
        except UserError as error:
            answers.append(f"{error} {error.hint}")
    return "\n".join(answers)


@pytest.fixture
def office(db: Database, config: Config) -> Office:
    return built(db, ManualClock(TUESDAY), config)


@settings(
    max_examples=15,
    deadline=None,
    phases=[Phase.generate, Phase.shrink],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(made=rows, asked=typed, client=st.sampled_from(sorted(CHANNELS)))
async def test_no_row_of_another_client_comes(office: Office, made: Any, asked: str, client: str) -> None:
    other = next(name for name in CHANNELS if name != client)
    async with office.db.write() as tx:
        for table in (RequestFinding, RequestMessage, Request):
            await tx.execute(table.__table__.delete())  # type: ignore[attr-defined]
    await filled(office, made)
    told = await everything(office, client, asked, range(1, len(made) + 1))
    assert not re.search(f"(mark|note|said|found){other}|{CHANNELS[other]}", told)
    assert f"note{client}" not in told, "the team's notes are the team's"
