"""The Alembic environment. `gateway.db.migrate` passes the connection."""

from alembic import context

from gateway.db.models import Base

context.configure(connection=context.config.attributes["connection"], target_metadata=Base.metadata)
with context.begin_transaction():
    context.run_migrations()
