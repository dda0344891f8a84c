"""What people do with pages: a timeline, and a version against two clicks at once."""

import sqlalchemy as sa
from alembic import op

from bot.store.types import UtcDateTime

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("page", sa.Column("version", sa.Integer(), nullable=False, server_default="0"))
    op.create_table(
        "page_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("page", sa.Integer(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("detail", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["page"], ["page.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("source"),
    )
    op.create_index("ix_page_event_page", "page_event", ["page"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_page_event_page", "page_event")
    op.drop_table("page_event")
    op.drop_column("page", "version")
