"""Search: filter groups to SQL over what the index knows, which may be less than there is.

A change reaches the index `lag` after it was written; until then the index has what was before.
Archived records are never found. Sources: facts 4.4; HubSpot: Search the CRM.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from connectors.simulator.hubspot import errors
from connectors.simulator.hubspot.schema import Kind, Record
from connectors.simulator.hubspot.search_filters import Sql, column, condition
from connectors.simulator.hubspot.store import Store, Value, records

GROUPS, FILTERS, ALL_FILTERS = 5, 6, 18
LARGEST_PAGE: Final = 200
_DIRECTIONS: Final = {"ASCENDING": "ASC", "DESCENDING": "DESC"}

#: What the index holds at a moment: what was written long enough ago, and what was before that.
_INDEX: Final = (
    "(SELECT id, kind, created, updated, archived, properties FROM record WHERE written <= :seen "
    "UNION ALL SELECT id, kind, created, updated, archived, properties FROM former "
    "WHERE until > :seen AND written <= :seen)"
)


@dataclass(frozen=True, kw_only=True)
class Search:
    """A question as it was asked, its limits checked."""

    groups: Sequence[Sequence[Mapping[str, object]]]
    sort: tuple[str, str] | None
    limit: int
    after: int


@dataclass(frozen=True, kw_only=True)
class Found:
    """A page of an answer."""

    total: int
    records: list[Record]


def read(body: Mapping[str, object], ceiling: int) -> Search:
    """Read a search body and refuse what is above HubSpot's limits."""
    if body.get("query"):
        raise errors.NotSimulated("searching by text (`query`)")
    groups = _groups(body)
    limit, after = _number(body, "limit", 10), _number(body, "after", 0)
    if not 0 <= limit <= LARGEST_PAGE:
        raise errors.validation(f"limit must be between 0 and {LARGEST_PAGE}, was {limit}")
    if after < 0 or after + limit > ceiling:
        raise errors.validation(
            f"The requested page ({after} + {limit}) goes beyond the {ceiling} results a search "
            "can give."
        )
    return Search(groups=groups, sort=_sort(body.get("sorts")), limit=limit, after=after)


def run(store: Store, kind: Kind, search: Search, seen: int) -> Found:
    """Answer a search with what the index has `seen` up to a moment (epoch milliseconds)."""
    wanted = Sql(values={"kind": kind.name, "seen": seen})
    groups = [" AND ".join(condition(kind, one, wanted) for one in g) for g in search.groups if g]
    where = "kind = :kind AND archived IS NULL"
    if groups:
        where += " AND (" + " OR ".join(f"({group})" for group in groups) + ")"
    source = f"FROM {_INDEX} AS record WHERE {where}"
    page = (
        f"ORDER BY {_order(kind, search.sort, wanted)} LIMIT {search.limit} OFFSET {search.after}"
    )
    with store.lock:
        total = _rows(store, f"SELECT count(*) AS n {source}", wanted.values)
        found = _rows(store, f"SELECT * {source} {page}", wanted.values)
    return Found(total=int(total[0]["n"] or 0), records=records(found))


def _rows(store: Store, sql: str, values: Mapping[str, Value]) -> list[dict[str, Value]]:
    cursor = store.connection.execute(sql, dict(values))
    names = [one[0] for one in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor]


def _groups(body: Mapping[str, object]) -> list[list[Mapping[str, object]]]:
    given = body.get("filterGroups")
    if given is None and "filters" in body:  # the older form, still answered (recorded)
        given = [{"filters": body["filters"]}]
    groups = [_filters(group) for group in _list(given, "filterGroups")]
    if len(groups) > GROUPS:
        raise errors.validation(f"Search supports at most {GROUPS} filterGroups")
    if any(len(group) > FILTERS for group in groups):
        raise errors.validation(f"Search supports at most {FILTERS} filters in a group")
    if sum(map(len, groups)) > ALL_FILTERS:
        raise errors.validation(f"Search supports at most {ALL_FILTERS} filters in all")
    return groups


def _filters(group: object) -> list[Mapping[str, object]]:
    given = group.get("filters") if isinstance(group, dict) else None
    found = _list(given, "filters")
    if not all(isinstance(one, dict) for one in found):
        raise errors.bad_json("a filter is an object")
    return [one for one in found if isinstance(one, dict)]


def _list(given: object, name: str) -> list[object]:
    if given is None:
        return []
    if not isinstance(given, list):
        raise errors.bad_json(f"{name} is a list")
    return given


def _number(body: Mapping[str, object], name: str, default: int) -> int:
    given = body.get(name)
    if given is None or given == "":
        return default
    if isinstance(given, bool) or not str(given).isdigit():
        raise errors.validation(f"{name} is not a number: {given}")
    return int(str(given))


def _sort(given: object) -> tuple[str, str] | None:
    """Read the one sort: an object, or a name that `-` turns round."""
    sorts = _list(given, "sorts")
    if len(sorts) > 1:
        raise errors.validation("Search supports one sort")
    if not sorts:
        return None
    one = sorts[0]
    if isinstance(one, str):
        return one.lstrip("-"), "DESC" if one.startswith("-") else "ASC"
    spec = one if isinstance(one, dict) else {}
    direction = str(spec.get("direction", "ASCENDING"))
    if direction not in _DIRECTIONS or not isinstance(spec.get("propertyName"), str):
        raise errors.validation("a sort is {propertyName, direction: ASCENDING or DESCENDING}")
    return str(spec["propertyName"]), _DIRECTIONS[direction]


def _order(kind: Kind, sort: tuple[str, str] | None, wanted: Sql) -> str:
    if sort is None:
        return "created, id"
    name, direction = sort
    return f"{column(kind, name, wanted)} {direction}, id {direction}"
