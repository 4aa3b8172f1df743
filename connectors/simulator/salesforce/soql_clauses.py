"""What every kind of SELECT shares: its filters, its order, its page, and the clauses refused."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from connectors.simulator.salesforce.soql_errors import SoqlError, unknown
from connectors.simulator.salesforce.soql_operands import operand
from connectors.simulator.salesforce.soql_scope import Scope
from connectors.simulator.salesforce.soql_tree import Order, Query
from connectors.simulator.salesforce.soql_where import check_semi_joins, condition

LARGEST_OFFSET: Final = 2_000


def check_clauses(query: Query) -> None:
    """Refuse the clauses the simulator does not know, and those beyond a limit."""
    for extra in query.extras:
        if extra.upper() != "USING SCOPE EVERYTHING":
            raise unknown(f"the clause {extra}")
    if (query.offset or 0) > LARGEST_OFFSET:
        raise SoqlError(
            "NUMBER_OUTSIDE_VALID_RANGE", f"Maximum SOQL offset allowed is {LARGEST_OFFSET}"
        )
    check_semi_joins(query.where)


def filters(scope: Scope, query: Query) -> list[str]:
    """Write all conditions on the rows: the query's own and the hiding of deleted ones."""
    return [*scope.visible(), *([condition(scope, query.where)] if query.where else [])]


def sorted_by(scope: Scope, keys: Sequence[Order]) -> str:
    """Write ORDER BY, or nothing."""
    if not keys:
        return ""
    words = [
        f"{operand(scope, key.by, 'sort').collated} {'DESC' if key.descending else 'ASC'} "
        f"NULLS {'LAST' if key.nulls_last else 'FIRST'}"
        for key in keys
    ]
    return f"ORDER BY {', '.join(words)}"


def page_clause(scope: Scope, query: Query) -> str:
    """Write LIMIT and OFFSET, or nothing. SQLite knows no OFFSET without a LIMIT."""
    if query.limit is None and query.offset is None:
        return ""
    limit = -1 if query.limit is None else query.limit
    return f"LIMIT {scope.bind(limit)} OFFSET {scope.bind(query.offset or 0)}"
