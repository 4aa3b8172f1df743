"""A SOQL tree and a Schema -> one SQLite statement and the shape of its records. Runs nothing.

Values of the query travel as SQL parameters and names come from the Schema, quoted; nothing of
the query's text stands in the SQL. What is not known here is refused, never guessed.

The SQL leans on what `query.py` registers: the collation SOQL_TEXT and the functions soql_like,
soql_includes and soql_date_part.
"""

from __future__ import annotations

from connectors.simulator.salesforce.soql_clauses import (
    check_clauses,
    filters,
    page_clause,
    sorted_by,
)
from connectors.simulator.salesforce.soql_column import Column
from connectors.simulator.salesforce.soql_errors import malformed, unknown
from connectors.simulator.salesforce.soql_operands import is_aggregate, operand
from connectors.simulator.salesforce.soql_records import record_statement
from connectors.simulator.salesforce.soql_scope import Org, Scope, entity_of
from connectors.simulator.salesforce.soql_statement import Leaf, Statement
from connectors.simulator.salesforce.soql_tree import Call, Item, Operand, Path, Query
from connectors.simulator.salesforce.soql_where import condition, where_clause


def compile_query(query: Query, org: Org) -> Statement:
    """Write the SQL of a query of the root. Raises SoqlError."""
    check_clauses(query)
    scope = Scope(org, entity_of(org, query.entity), {})
    scope.name(query)
    if _is_plain_count(query):
        return _count_statement(scope, query)
    if query.group_by or any(is_aggregate(item.value) for item in query.select):
        return _aggregate_statement(scope, query)
    return record_statement(scope, query)


def _is_plain_count(query: Query) -> bool:
    def bare(item: Item) -> bool:
        call = item.value
        return isinstance(call, Call) and call.name == "COUNT" and not call.arguments

    counts = [item for item in query.select if bare(item)]
    alone = len(query.select) == 1 and not (
        query.group_by or query.order_by or query.select[0].alias
    )
    if counts and not alone:
        raise malformed(
            "COUNT() must stand alone in the SELECT list, without GROUP BY, ORDER BY or an alias"
        )
    return bool(counts)


def _count_statement(scope: Scope, query: Query) -> Statement:
    where = where_clause(filters(scope, query))
    rows = f"SELECT 1 {scope.tables()} {where} {page_clause(scope, query)}"
    sql = f"SELECT COUNT(*) FROM ({rows})"  # noqa: S608  # names are the Schema's, values bound
    return Statement(entity=scope.entity.name, sql=sql, parameters=scope.parameters, count=True)


def _aggregate_statement(scope: Scope, query: Query) -> Statement:
    if not query.group_by and query.limit is not None:
        raise malformed(
            "Non-grouped query that uses overall aggregate functions cannot also use LIMIT"
        )
    keys = [_group_key(scope, key) for key in query.group_by]
    scope.grouped = frozenset(key.sql for key in keys)
    leaves, columns = _aggregate_leaves(scope, query)
    where = where_clause(filters(scope, query))
    group = f"GROUP BY {', '.join(key.collated for key in keys)}" if keys else ""
    having = f"HAVING {condition(scope, query.having, 'having')}" if query.having else ""
    order = sorted_by(scope, query.order_by)
    page = page_clause(scope, query)
    sql = f"SELECT {', '.join(columns)} {scope.tables()} {where} {group} {having} {order} {page}"
    return Statement(
        entity="AggregateResult", sql=sql, parameters=scope.parameters, members=tuple(leaves)
    )


def _group_key(scope: Scope, node: Operand) -> Column:
    if isinstance(node, Call) and node.name in ("ROLLUP", "CUBE"):
        raise unknown(f"GROUP BY {node.name}", node.place)
    return operand(scope, node, "group")


def _aggregate_leaves(scope: Scope, query: Query) -> tuple[list[Leaf], list[str]]:
    leaves: list[Leaf] = []
    columns: list[str] = []
    unnamed = 0
    for item in query.select:
        if not isinstance(item.value, Path | Call):
            raise malformed("A grouped query selects fields and functions only")
        column = operand(scope, item.value, "select")
        key = item.alias or (column.keys[-1] if column.keys else f"expr{unnamed}")
        unnamed += not (item.alias or column.keys)
        if any(leaf.key.lower() == key.lower() for leaf in leaves):
            raise malformed(f"duplicate alias: {key}", item.value.place)
        leaves.append(Leaf(key=key, column=len(columns), type=column.field.type))
        columns.append(column.sql)
    return leaves, columns
