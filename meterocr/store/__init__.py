"""SQLAlchemy behind the ports of workflow: SQLite (default) and PostgreSQL; photos in a folder."""
