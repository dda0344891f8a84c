"""Who works what arrives.

What was received before has no owner: whichever process starts next works what of it is not finished, as ever.
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("incoming", sa.Column("owner", sa.String(), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("incoming", "owner")
