"""Files of the outbox."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "outgoing_file",
        sa.Column("outbox_id", sa.String(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("slack_id", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("outbox_id", name=op.f("pk_outgoing_file")),
    )


def downgrade() -> None:
    op.drop_table("outgoing_file")
