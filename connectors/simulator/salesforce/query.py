"""Run a SOQL query over the simulator's tables and give records as Salesforce's JSON has them.

The public door of SOQL. Reads only; adds no urls and makes no pages, that is the dialect's work.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Final

from connectors.simulator.salesforce.schema import Schema
from connectors.simulator.salesforce.soql import parse
from connectors.simulator.salesforce.soql_dates import date_part
from connectors.simulator.salesforce.soql_errors import SoqlError
from connectors.simulator.salesforce.soql_scope import Org
from connectors.simulator.salesforce.soql_statement import (
    Children,
    Leaf,
    Member,
    Parent,
    Statement,
)
from connectors.simulator.salesforce.soql_to_sql import compile_query
from connectors.simulator.salesforce.soql_tree import Call, Query, TypeOf

__all__ = ["QueryResult", "Record", "SoqlError", "check_bulk", "run", "table"]

MOST_AGGREGATES: Final = 2_000
#: What SQLite says of a query that is too deep or joins too much; then it is the query's fault.
_TOO_MUCH: Final = re.compile(
    r"too large|stack overflow|at most \d+ tables|too many|string or blob too big", re.IGNORECASE
)

Row = Sequence[object]


class Record(dict[str, object]):
    """A record's JSON, which also tells its object and Id for the dialect to make a url of."""

    entity: str
    id: str | None


@dataclass(frozen=True, kw_only=True)
class QueryResult:
    """All records of a query. For COUNT() there are none and `total_size` is the answer."""

    entity: str
    records: list[dict[str, object]]
    total_size: int


def run(
    connection: sqlite3.Connection,
    schema: Schema,
    soql: str,
    *,
    now: datetime,
    zone: str = "UTC",
    all_rows: bool = False,
) -> QueryResult:
    """Answer a SOQL query as the user who sees `schema` and lives in `zone`.

    `now` (aware) and `zone` give date literals their meaning; `all_rows` is queryAll, which shows
    deleted and archived rows. Raises SoqlError, never a wrong answer.
    """
    reader = _Reader(connection)
    org = Org(schema=schema, now=now, zone=zone, all_rows=all_rows, has_column=reader.has_column)
    query = parse(soql)
    try:
        return _answer(reader, compile_query(query, org))
    except SoqlError as error:
        raise error.shown_in(soql) from None
    except RecursionError:
        raise _too_complicated() from None


def table(
    connection: sqlite3.Connection,
    schema: Schema,
    soql: str,
    *,
    now: datetime,
    zone: str = "UTC",
    all_rows: bool = False,
) -> tuple[Statement, Iterator[Row]]:
    """Answer a query with bare rows, one by one, and the statement that says what they hold.

    For who makes something else of rows than records; the caller holds the lock until the last
    row. Parameters and errors as `run`.
    """
    reader = _Reader(connection)
    org = Org(schema=schema, now=now, zone=zone, all_rows=all_rows, has_column=reader.has_column)
    try:
        statement = compile_query(parse(soql), org)
    except RecursionError:
        raise _too_complicated() from None
    return statement, reader.each(statement.sql, statement.parameters)


def check_bulk(soql: str) -> str:
    """Name the object of a query that Bulk API can run. Raises SoqlError for one it cannot."""
    query = parse(soql)
    calls = any(isinstance(item.value, Call) for item in query.select)
    if query.group_by or query.offset is not None or calls:
        raise SoqlError(
            "MALFORMED_QUERY", "GROUP BY, OFFSET and functions are not supported by the Bulk API"
        )
    if any(isinstance(item.value, Query | TypeOf) for item in query.select):
        raise SoqlError("MALFORMED_QUERY", "Nested queries and TYPEOF are not supported")
    return str(query.entity)


def _too_complicated() -> SoqlError:
    return SoqlError("QUERY_TOO_COMPLICATED", "Query is too complicated, simplify it and try again")


def _answer(reader: _Reader, statement: Statement) -> QueryResult:
    rows = reader.rows(statement.sql, statement.parameters)
    if statement.count:
        total = rows[0][0]
        assert isinstance(total, int)
        return QueryResult(entity=statement.entity, records=[], total_size=total)
    if statement.id_column is None and len(rows) > MOST_AGGREGATES:
        raise SoqlError(
            "EXCEEDED_ID_LIMIT",
            "Aggregate query does not support queryMore(), use LIMIT to restrict the results "
            "to a single batch",
        )
    records = _records(reader, statement, rows)
    return QueryResult(entity=statement.entity, records=[*records], total_size=len(records))


class _Reader:
    """A connection with SOQL's functions on it; the caller's row factory is left alone."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        # Once only: SQLite refuses to replace a function while any cursor is still open.
        if not self.rows("SELECT 1 FROM pragma_function_list WHERE name = 'soql_like'", {}):
            connection.create_collation("SOQL_TEXT", _compare)
            connection.create_function("soql_like", 2, _like, deterministic=True)
            connection.create_function("soql_includes", 2, _includes, deterministic=True)
            connection.create_function("soql_date_part", 3, date_part, deterministic=True)

    def has_column(self, table: str, column: str) -> bool:
        """Tell whether a table has a column, whatever the Schema shows of it."""
        sql = "SELECT 1 FROM pragma_table_info(:table) WHERE name = :column"
        return bool(self.rows(sql, {"table": table, "column": column}))

    def rows(self, sql: str, parameters: Mapping[str, object]) -> list[Row]:
        """Fetch all rows as plain tuples. Raises SoqlError for a query too large for SQLite."""
        return [*self.each(sql, parameters)]

    def each(self, sql: str, parameters: Mapping[str, object]) -> Iterator[Row]:
        """Fetch the rows one by one."""
        cursor = self._connection.cursor()
        cursor.row_factory = None
        try:
            yield from cursor.execute(sql, dict(parameters))
        except sqlite3.OperationalError as error:
            if _TOO_MUCH.search(str(error)):
                raise _too_complicated() from None
            raise
        finally:
            cursor.close()


def _compare(one: str, other: str) -> int:
    left, right = one.casefold(), other.casefold()
    return (left > right) - (left < right)


def _like(pattern: str, value: object) -> int:
    return int(isinstance(value, str) and _pattern(pattern).fullmatch(value) is not None)


@lru_cache(maxsize=256)
def _pattern(pattern: str) -> re.Pattern[str]:
    wild = {"%": ".*", "_": "."}
    pieces = re.findall(r"\\.|.", pattern, re.DOTALL)
    source = "".join(wild.get(piece, re.escape(piece[-1])) for piece in pieces)
    return re.compile(source, re.IGNORECASE | re.DOTALL)


def _includes(value: object, wanted: str) -> int:
    """Tell whether a multi-select picklist holds all of `A;B` for one of the wanted values."""
    chosen = {part.casefold() for part in str(value or "").split(";")} - {""}
    return int(
        any({part.casefold() for part in one.split(";")} <= chosen for one in json.loads(wanted))
    )


_Kin = Mapping[int, Mapping[object, list[Record]]]


def _records(reader: _Reader, statement: Statement, rows: Sequence[Row]) -> list[Record]:
    kin = {
        id(member): _by_parent(reader, member, [row[statement.id_column or 0] for row in rows])
        for member in statement.members
        if isinstance(member, Children)
    }
    return [_record(statement, row, kin) for row in rows]


def _by_parent(
    reader: _Reader, member: Children, parents: Sequence[object]
) -> dict[object, list[Record]]:
    statement = member.statement
    assert statement.parent_column is not None
    parameters = {**statement.parameters, "parents": json.dumps(parents)}
    rows = reader.rows(statement.sql, parameters)
    found: dict[object, list[Record]] = {}
    for row, record in zip(rows, _records(reader, statement, rows), strict=True):
        found.setdefault(row[statement.parent_column], []).append(record)
    return found


def _record(statement: Statement, row: Row, kin: _Kin) -> Record:
    own = None if statement.id_column is None else row[statement.id_column]
    record = _start(statement.entity, statement.entity, own)
    for member in statement.members:
        if isinstance(member, Children):
            record[member.key] = _family(kin[id(member)].get(own, []))
        else:
            record[member.key] = _value(member, row)
    return record


def _start(label: str, entity: str, own: object) -> Record:
    record = Record(attributes={"type": label})
    record.entity = entity
    record.id = own if isinstance(own, str) else None
    return record


def _family(records: list[Record]) -> dict[str, object] | None:
    if not records:
        return None
    return {"totalSize": len(records), "done": True, "records": records}


def _value(member: Member, row: Row) -> object:
    if isinstance(member, Leaf):
        return _json(member.type, row[member.column])
    assert isinstance(member, Parent)
    kind = row[member.kind]
    if not isinstance(kind, str):
        return None
    branch = member.branches.get(kind)
    members = member.members if branch is None else branch
    if not members:
        return None  # TYPEOF without a branch for this object
    label = member.label if branch is None else kind
    record = _start(label or kind, kind, row[member.id])
    return _filled(record, members, row)


def _filled(record: Record, members: Sequence[Member], row: Row) -> Record:
    for member in members:
        record[member.key] = _value(member, row)
    return record


def _json(kind: str, value: object) -> object:
    """Bring a stored value to its JSON form; an empty checkbox is false."""
    if kind == "boolean":
        return bool(value)
    if kind == "base64":
        return None  # contents are kept and never shown
    if kind == "datetime" and isinstance(value, str):
        return value.removesuffix("Z") + ".000+0000"
    return value
