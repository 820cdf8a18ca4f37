"""The database: enums, models, the engine, queries, migrations, seeds and the embedded server."""
