from tests.fixtures_postgres import database_url, db, postgres_server, postgres_url

__all__ = ["database_url", "db", "postgres_server", "postgres_url"]
