"""Conditions as SQL: AND, OR, NOT, and the sub-selects of semi-joins and anti-joins.

A single comparison with literals is written by `soql_compare.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from connectors.simulator.salesforce.soql_column import Column
from connectors.simulator.salesforce.soql_compare import check_operator, compare
from connectors.simulator.salesforce.soql_errors import malformed, unknown
from connectors.simulator.salesforce.soql_operands import operand
from connectors.simulator.salesforce.soql_scope import Scope, entity_of
from connectors.simulator.salesforce.soql_tree import Comparison, Condition, Logical, Path, Query

MOST_SEMI_JOINS: Final = 2


def condition(scope: Scope, node: Condition, use: str = "filter") -> str:
    """Write a condition. NULL counts as false, so that NOT turns it into true."""
    if isinstance(node, Comparison):
        return _comparison(scope, node, use)
    parts = [condition(scope, part, use) for part in node.parts]
    if node.operator == "NOT":
        return f"NOT COALESCE({parts[0]}, 0)"
    return f"({f' {node.operator} '.join(parts)})"


def where_clause(conditions: Sequence[str]) -> str:
    """Join conditions that are already SQL into a WHERE clause, or into nothing."""
    return f"WHERE {' AND '.join(conditions)}" if conditions else ""


def _comparison(scope: Scope, node: Comparison, use: str) -> str:
    column = operand(scope, node.left, use)
    check_operator(column, node.operator, node.left.place)
    if isinstance(node.right, Query):
        if use == "having":
            raise unknown("a sub-select in HAVING", node.left.place)
        return _semi_join(scope, column, node, node.right)
    values = node.right if isinstance(node.right, tuple) else (node.right,)
    return compare(scope, column, node.operator, values, node.left.place)


def _semi_join(scope: Scope, column: Column, node: Comparison, inner: Query) -> str:
    """`Id IN (SELECT AccountId FROM ...)`; page "Comparison Operators", semi-joins."""
    path = _semi_join_field(inner)
    entity = entity_of(scope.org, inner.entity)
    if entity.name == scope.entity.name:
        raise malformed(
            "The inner and outer selects should not be on the same object type", inner.entity.place
        )
    below = Scope(scope.org, entity, scope.parameters)
    below.name(inner)
    selected = below.column(path)
    if selected.kind != "id" or column.kind != "id":
        name = path if selected.kind != "id" else column.field.name
        raise malformed(
            f"semi join sub-selects can only query id fields, cannot use: '{name}'", path.place
        )
    if not selected.leads_to & column.leads_to:
        raise malformed(
            f"The selected field '{path}' in the subquery and the left operand field in the where "
            f"expression in the outer query '{node.left}' should point to the same object type",
            path.place,
        )
    where = [*below.visible(), f"{selected.sql} IS NOT NULL"]
    where += [condition(below, inner.where)] if inner.where else []
    ids = f"SELECT {selected.sql} {below.tables()} {where_clause(where)}"
    sql = f"{column.sql} {node.operator} ({ids})"
    return sql if node.operator == "IN" else f"({column.sql} IS NULL OR {sql})"


def _semi_join_field(inner: Query) -> Path:
    if inner.group_by or inner.order_by or inner.limit or inner.offset or inner.extras:
        raise malformed(
            "A semi join sub-select may have a WHERE clause and nothing else", inner.entity.place
        )
    if _semi_joins(inner.where):
        raise malformed("Nested semi join sub-selects are not supported", inner.entity.place)
    value = inner.select[0].value
    if len(inner.select) > 1 or not isinstance(value, Path) or inner.select[0].alias:
        raise malformed("A semi join sub-select must select one id field", inner.entity.place)
    return value


def _semi_joins(node: Condition | None) -> list[Query]:
    if isinstance(node, Comparison):
        return [node.right] if isinstance(node.right, Query) else []
    return [one for part in node.parts for one in _semi_joins(part)] if node else []


def check_semi_joins(node: Condition | None, *, top: bool = True) -> None:
    """Refuse sub-selects below an OR, and more than two of them. `top` is the whole WHERE."""
    found = _semi_joins(node)
    if top and len(found) > MOST_SEMI_JOINS:
        raise malformed(
            f"Maximum {MOST_SEMI_JOINS} semi join sub-selects are allowed", found[2].entity.place
        )
    if not isinstance(node, Logical) or not found:
        return
    if node.operator == "OR":
        raise malformed(
            "Semi join sub-selects are only allowed at the top level WHERE expressions "
            "and not in nested WHERE expressions.",
            found[0].entity.place,
        )
    for part in node.parts:
        check_semi_joins(part, top=False)
