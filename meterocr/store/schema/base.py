"""What the tables are made of: their metadata, and columns and indexes that many have."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, MetaData, text

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)
_ID = BigInteger().with_variant(Integer, "sqlite")  # SQLite counts up only what is an INTEGER


def own_id() -> Column[int]:
    """A number that the database gives."""
    return Column("id", _ID, primary_key=True)


def unique_while(name: str, table_columns: list[Column[str]], condition: str) -> Index:
    """An index that keeps rows apart only while ``condition`` holds."""
    return Index(name, *table_columns, unique=True, sqlite_where=text(condition), postgresql_where=text(condition))


def of_connection(*, index: bool = True) -> Column[str]:
    """The connection that a row is about."""
    return Column("consumer_number", ForeignKey("connections.consumer_number"), nullable=False, index=index)
