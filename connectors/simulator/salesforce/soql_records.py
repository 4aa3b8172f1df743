"""Statements that give records: those of the root, and those of child subqueries.

A child subquery is one statement for the children of all parents. Nothing is aggregated here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from connectors.simulator.salesforce.schema import Field, SObject
from connectors.simulator.salesforce.soql_clauses import (
    check_clauses,
    filters,
    page_clause,
    sorted_by,
)
from connectors.simulator.salesforce.soql_column import Column, quoted
from connectors.simulator.salesforce.soql_errors import SoqlError, malformed, no_relationship
from connectors.simulator.salesforce.soql_operands import is_aggregate, only_path, operand
from connectors.simulator.salesforce.soql_scope import ROOT, Scope
from connectors.simulator.salesforce.soql_shape import Selection, nested, typeof
from connectors.simulator.salesforce.soql_statement import Children, Member, Statement
from connectors.simulator.salesforce.soql_tree import Call, Item, Operand, Path, Query, TypeOf
from connectors.simulator.salesforce.soql_where import where_clause

MOST_FIELDS_ROWS: Final = 200
MOST_SUBQUERIES: Final = 20


def record_statement(scope: Scope, query: Query) -> Statement:
    """Write the statement of the root's records, subqueries included."""
    selection = Selection(scope)
    id_column = selection.add(f'{ROOT}."Id"')
    members = _members(selection, query)
    where = where_clause(filters(scope, query))
    order = sorted_by(scope, query.order_by)
    page = page_clause(scope, query)
    sql = f"SELECT {selection.sql()} {scope.tables()} {where} {order} {page}"
    return Statement(
        entity=scope.entity.name,
        sql=sql,
        parameters=scope.parameters,
        members=members,
        id_column=id_column,
    )


def _members(selection: Selection, query: Query) -> tuple[Member, ...]:
    scope = selection.scope
    columns: list[Column] = []
    others: list[Member] = []
    for item in _spelled_out(scope.entity, query):
        if item.alias:
            raise malformed("only aggregate expressions use field aliasing")
        if isinstance(item.value, Path | Call):
            columns.append(_selected(scope, columns, item.value))
        elif isinstance(item.value, TypeOf):
            others.append(typeof(selection, item.value))
        else:
            others.append(_children(scope, query, item.value))
    found = (*nested(selection, columns), *others)
    keys = [member.key.lower() for member in found]
    twice = next((member.key for member in found if keys.count(member.key.lower()) > 1), None)
    if twice:
        raise SoqlError("INVALID_FIELD", f"duplicate field selected: {twice}")
    return found


def _selected(scope: Scope, before: Sequence[Column], node: Operand) -> Column:
    column = operand(scope, node, "select")
    if len(column.keys) == 1 and any(one.keys == column.keys for one in before):
        raise SoqlError(
            "INVALID_FIELD", f"duplicate field selected: {column.field.name}", node.place
        )
    return column


def _spelled_out(entity: SObject, query: Query) -> list[Item]:
    """Put the fields in the place of FIELDS(...); what is also named explicitly comes once."""
    named = {str(item.value).lower() for item in query.select if isinstance(item.value, Path)}
    items: list[Item] = []
    for item in query.select:
        if not isinstance(item.value, Call) or item.value.name != "FIELDS":
            items.append(item)
            continue
        for one in _fields(entity, item.value, query.limit):
            if one.name.lower() not in named:
                named.add(one.name.lower())
                items.append(Item(value=Path(parts=(one.name,), place=item.value.place)))
    return items


def _fields(entity: SObject, call: Call, limit: int | None) -> list[Field]:
    word = str(only_path(call)).upper()
    wanted: Mapping[str, Callable[[Field], bool]] = {
        "ALL": lambda one: True,
        "CUSTOM": lambda one: one.custom,
        "STANDARD": lambda one: not one.custom,
    }
    if word not in wanted:
        raise malformed(f"Unknown FIELDS group: {word}", call.place)
    if word != "STANDARD" and (limit is None or limit > MOST_FIELDS_ROWS):
        raise malformed(
            f"The SOQL FIELDS function must have a LIMIT of at most {MOST_FIELDS_ROWS}", call.place
        )
    return [one for one in entity.fields.values() if wanted[word](one)]


def _children(scope: Scope, above: Query, inner: Query) -> Children:
    _check_child(above, inner)
    name = inner.entity.parts[-1].lower()
    found = next((one for one in scope.entity.children if (one.name or "").lower() == name), None)
    child = scope.org.schema.object(found.child) if found else None
    own = {scope.entity.name.lower(), *scope.aliases}
    prefixed = len(inner.entity.parts) < 2 or inner.entity.parts[0].lower() in own
    if found is None or child is None or not prefixed or len(inner.entity.parts) > 2:
        raise no_relationship(str(inner.entity), inner.entity.place, "INVALID_TYPE")
    below = Scope(scope.org, child, {})
    below.name(inner)
    return Children(key=found.name, statement=_child_statement(inner, below, found.field))


def _check_child(above: Query, inner: Query) -> None:
    check_clauses(inner)
    if inner.group_by or any(is_aggregate(item.value) for item in inner.select):
        raise malformed("Only root queries support aggregate expressions", inner.entity.place)
    if inner.offset and above.limit != 1:
        raise malformed(
            "OFFSET in a subquery needs LIMIT 1 in the query around it", inner.entity.place
        )
    if sum(isinstance(item.value, Query) for item in above.select) > MOST_SUBQUERIES:
        raise malformed(f"A query may have {MOST_SUBQUERIES} subqueries at most")


def _child_statement(query: Query, scope: Scope, link: str) -> Statement:
    """Write a child subquery for many parents at once; LIMIT then counts within each parent."""
    selection = Selection(scope)
    id_column = selection.add(f'{ROOT}."Id"')
    parent = f"{ROOT}.{quoted(link)}"
    parent_column = selection.add(parent)
    members = _members(selection, query)
    parents = "(SELECT value FROM json_each(:parents))"
    conditions = [*filters(scope, query), f"{parent} IN {parents}"]
    order = sorted_by(scope, query.order_by)
    number = f"ROW_NUMBER() OVER (PARTITION BY {parent} {order}) AS n"
    rows = f"SELECT {selection.sql()}, {number} {scope.tables()} {where_clause(conditions)}"
    first = query.offset or 0
    page = [f"n > {scope.bind(first)}"]
    page += [] if query.limit is None else [f"n <= {scope.bind(first + query.limit)}"]
    sql = f"SELECT * FROM ({rows}) {where_clause(page)} ORDER BY n"  # noqa: S608  # names are the Schema's, values bound
    return Statement(
        entity=scope.entity.name,
        sql=sql,
        parameters=scope.parameters,
        members=members,
        id_column=id_column,
        parent_column=parent_column,
    )
