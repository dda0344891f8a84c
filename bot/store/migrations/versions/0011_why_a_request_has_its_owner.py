"""Why a request has its owner.

Without a batch, which would copy the table and lose the triggers of the text index.
"""

import sqlalchemy as sa
from alembic import op

from bot.store.types import UtcDateTime

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Of requests that are there already the line in `because` is all that is known.
    op.add_column("request", sa.Column("why", sa.JSON(), nullable=False, server_default="[]"))
    op.add_column("request", sa.Column("owner_since", UtcDateTime(), nullable=True))
    op.create_index("ix_request_load", "request", ["owner", "state", "snoozed"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_request_load", "request")
    op.drop_column("request", "owner_since")
    op.drop_column("request", "why")
