"""Policy, severity and client of a page, and whom who raised it asked for.

Of pages that are there already the first policy that fits counts: theirs was the only one.
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

COLUMNS = ("severity", "client", "policy", "asked")


def upgrade() -> None:
    for name in COLUMNS:
        op.add_column("page", sa.Column(name, sa.String(), nullable=False, server_default=""))


def downgrade() -> None:
    for name in reversed(COLUMNS):
        op.drop_column("page", name)
