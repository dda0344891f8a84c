"""Text index of requests, and what was found about their jobs.

The index is the database's own, FTS5 or tsvector, and triggers keep it. SQLite drops a table's triggers where a later
migration copies the table: that migration calls `triggers_for_sqlite` of this one again (a test notices).
"""

import sqlalchemy as sa
from alembic import op

from bot.store.types import UtcDateTime

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

WORDS = r"'[\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u007f]+', ' ', 'g'"
"""PostgreSQL reads addresses and paths as one word; between gaps for all ASCII signs there are only words."""
FIELDS = {"request": {"text": "A", "job": "B", "cause": "C", "fix": "D"}, "request_message": {"text": "A"}}
"""Table → its columns that are found, and their weight."""
INDEX = {"request": "fulltext_request", "request_message": "fulltext_message"}


def upgrade() -> None:
    op.create_table(
        "request_finding",
        sa.Column("request", sa.Integer(), nullable=False),
        sa.Column("signature", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("settled", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["request"], ["request.id"], name=op.f("fk_request_finding_request")),
        sa.PrimaryKeyConstraint("request", name=op.f("pk_request_finding")),
    )
    with op.batch_alter_table("request_finding", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_request_finding_signature"), ["signature"], unique=False)
    make = _sqlite if op.get_bind().dialect.name == "sqlite" else _postgresql
    for table in FIELDS:
        make(table)


def downgrade() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    for table, index in INDEX.items():
        for when in ("insert", "update", "delete") if sqlite else ():
            op.execute(f"DROP TRIGGER {index}_{when}")
        if not sqlite:
            op.execute(f"DROP TRIGGER {index}_put ON {table}")
            op.execute(f"DROP FUNCTION {index}_put")
        op.execute(f"DROP TABLE {index}")
    op.drop_table("request_finding")


def _sqlite(table: str) -> None:
    index, columns = INDEX[table], ", ".join(FIELDS[table])
    kept = "tokenize = \"unicode61 remove_diacritics 2 categories 'L* N* Co M*'\""
    op.execute(f"CREATE VIRTUAL TABLE {index} USING fts5({columns}, {kept})")
    op.execute(f"INSERT INTO {index} (rowid, {columns}) SELECT id, {columns} FROM {table}")  # noqa: S608
    triggers_for_sqlite(table)


def triggers_for_sqlite(table: str) -> None:
    index, columns = INDEX[table], ", ".join(FIELDS[table])
    new = ", ".join(f"new.{name}" for name in FIELDS[table])
    put = f"INSERT INTO {index} (rowid, {columns}) VALUES (new.id, {new})"  # noqa: S608
    drop = f"DELETE FROM {index} WHERE rowid = old.id"  # noqa: S608
    for when, does in (
        ("insert", f"AFTER INSERT ON {table} BEGIN {put};"),
        ("update", f"AFTER UPDATE OF {columns} ON {table} BEGIN {drop}; {put};"),
        ("delete", f"AFTER DELETE ON {table} BEGIN {drop};"),
    ):
        op.execute(sa.text(f"CREATE TRIGGER {index}_{when} {does} END"))


def _postgresql(table: str) -> None:
    index, fields = INDEX[table], FIELDS[table]
    key = f"id integer PRIMARY KEY REFERENCES {table} (id) ON DELETE CASCADE"
    op.execute(f"CREATE TABLE {index} ({key}, words tsvector NOT NULL)")
    op.execute(f"INSERT INTO {index} (id, words) SELECT id, {_vector('', fields)} FROM {table}")  # noqa: S608
    op.execute(f"CREATE INDEX ix_{index}_words ON {index} USING gin (words)")
    put = f"INSERT INTO {index} (id, words) VALUES (NEW.id, {_vector('NEW.', fields)})"  # noqa: S608
    op.execute(
        f"CREATE FUNCTION {index}_put() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {put} "
        "ON CONFLICT (id) DO UPDATE SET words = EXCLUDED.words; RETURN NEW; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {index}_put AFTER INSERT OR UPDATE OF {', '.join(fields)} ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION {index}_put()"
    )


def _vector(row: str, fields: dict[str, str]) -> str:
    return " || ".join(
        f"setweight(to_tsvector('simple', regexp_replace({row}{name}, {WORDS})), '{weight}')"
        for name, weight in fields.items()
    )
