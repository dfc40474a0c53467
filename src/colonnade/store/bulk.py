"""Many rows are inserted by one prepared statement: building each through the query language would cost more than writing it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import Connection, Dialect, Table, insert


def insert_all(connection: Connection, table: Table, rows: Sequence[tuple[Any, ...]]) -> None:
    """Insert `rows`, each with a value for every column in the table's order; types are those of the driver."""
    if not rows:
        return
    statement, positional = _prepared(connection.dialect, table)
    if positional:
        connection.exec_driver_sql(statement, list(rows))
    else:
        names = [column.key for column in table.columns]
        connection.exec_driver_sql(statement, [dict(zip(names, row, strict=True)) for row in rows])


@cache
def _prepared(dialect: Dialect, table: Table) -> tuple[str, bool]:
    compiled = insert(table).values({column.key: None for column in table.columns}).compile(dialect=dialect)
    return str(compiled), bool(compiled.positional)
