"""Operands: fields and functions, in the clause that uses them.

Refuses a field where the describe says it may not be filtered, sorted or grouped by.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from connectors.simulator.salesforce.soql_column import Column, quoted_text
from connectors.simulator.salesforce.soql_dates import PARTS
from connectors.simulator.salesforce.soql_errors import SoqlError, malformed, unknown
from connectors.simulator.salesforce.soql_scope import Scope
from connectors.simulator.salesforce.soql_tree import Call, Operand, Path

_MINMAX: Final = frozenset({"text", "id", "number", "date", "datetime"})
#: Aggregate -> (SQL, kinds it takes); page "Support for Field Types in Aggregate Functions".
_AGGREGATES: Final[Mapping[str, tuple[str, frozenset[str]]]] = {
    "COUNT": ("COUNT({})", _MINMAX),
    "COUNT_DISTINCT": ("COUNT(DISTINCT {})", _MINMAX),
    "MIN": ("MIN({})", _MINMAX),
    "MAX": ("MAX({})", _MINMAX),
    "SUM": ("SUM({})", frozenset({"number"})),
    "AVG": ("AVG({})", frozenset({"number"})),
}
#: Use of a field -> the flag of its description that allows it, and the word of the refusal.
_USES: Final[Mapping[str, tuple[str, str]]] = {
    "filter": ("filterable", "filtered"),
    "sort": ("sortable", "sorted"),
    "group": ("groupable", "grouped"),
}


def operand(scope: Scope, node: Operand, use: str) -> Column:
    """Resolve a field or a function for a clause: select, filter, group, sort or having.

    Raises SoqlError INVALID_FIELD where the field may not be used so.
    """
    column = scope.column(node) if isinstance(node, Path) else _call(scope, node, use)
    if column.aggregate or (use == "having" and column.sql in (scope.grouped or ())):
        return column
    if scope.grouped is not None and use in ("select", "sort", "having"):
        _must_be_grouped(scope, column, node)
    if use in _USES and not getattr(column.field, _USES[use][0]):
        verb = _USES[use][1]
        message = f"field '{column.field.name}' can not be {verb} in a query call"
        raise SoqlError("INVALID_FIELD", message, node.place)
    return column


def _must_be_grouped(scope: Scope, column: Column, node: Operand) -> None:
    if scope.grouped is None or column.sql not in scope.grouped:
        name = node if isinstance(node, Path) else node.name
        raise malformed(f"Field must be grouped or aggregated: {name}", node.place)


def _call(scope: Scope, call: Call, use: str) -> Column:
    if call.name in _AGGREGATES:
        return _aggregate(scope, call, use)
    if call.name in PARTS:
        return _date_function(scope, call, use)
    if call.name == "TOLABEL":
        # The Schema has no translations: a value is its own label.
        return scope.column(only_path(call))
    raise unknown(f"the function {call.name}", call.place)


def only_path(call: Call) -> Path:
    """Give the one field a function was called with, or refuse the call."""
    if len(call.arguments) != 1 or not isinstance(call.arguments[0], Path):
        raise malformed(f"{call.name} takes exactly one field", call.place)
    return call.arguments[0]


def is_aggregate(value: object) -> bool:
    """Tell whether a selected thing is COUNT(field), SUM and their like."""
    return isinstance(value, Call) and value.name in _AGGREGATES


def _aggregate(scope: Scope, call: Call, use: str) -> Column:
    if use in ("filter", "group") or scope.grouped is None:
        raise malformed(f"Aggregate function {call.name} is not allowed here", call.place)
    column = scope.column(only_path(call))
    template, kinds = _AGGREGATES[call.name]
    if column.kind not in kinds or column.field.type == "textarea":
        name = column.field.name
        raise malformed(f"field {name} does not support aggregate operator {call.name}", call.place)
    types = {"COUNT": "int", "COUNT_DISTINCT": "int", "AVG": "double"}
    result = replace(column.field, type=types.get(call.name, column.field.type))
    sql = template.format(column.collated)
    return Column(sql=sql, field=result, keys=(), aggregate=True)


def _date_function(scope: Scope, call: Call, use: str) -> Column:
    inner = call.arguments[0] if len(call.arguments) == 1 else None
    local = isinstance(inner, Call) and inner.name == "CONVERTTIMEZONE"
    column = scope.column(only_path(inner if local and isinstance(inner, Call) else call))
    if column.kind not in (("datetime",) if local else ("date", "datetime")):
        raise malformed(f"{call.name} takes a date or a dateTime field", call.place)
    if use in ("select", "sort") and scope.grouped is None:
        raise malformed(f"Field must be grouped or aggregated: {call.name}", call.place)
    zone = quoted_text(scope.org.zone if local else "UTC")
    sql = f"soql_date_part({quoted_text(call.name)}, {column.sql}, {zone})"
    result = replace(
        column.field, type="date" if call.name == "DAY_ONLY" else "int", groupable=True
    )
    return Column(sql=sql, field=result, keys=())
