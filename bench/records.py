"""The mirror's rows as nested Python dicts, with their touches: what record engines need.

Grades, association and who did it are worked out here by hand, from `practices: C0`, without the
program's own statements: where both find the same deals, both have read the practices alike.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any, Final

import duckdb

Row = dict[str, Any]
WEEKS_2: Final = 14 * 86400
_TRIED: Final = {"no_answer", "busy", "voicemail", "left_message"}
_NEVER: Final = {"wrong_number", "canceled", "no_show", "bounced"}


def records(connection: duckdb.DuckDBPyConnection, zone: str) -> dict[str, list[Row]]:
    """Return every deal and every account as {id, …, zone, touches: [{at, grade, who, …}]}.

    A deal has its state, stage and `meetings`, the moments of those in the calendar; an account the
    numbers of its deals. Moments are seconds since 1970; `zone` is that of people who have none.
    Deals without a history of stages, and deleted rows, are beyond this program: the company of the
    bench has none.
    """
    people = {row["key"]: row for row in _rows(connection, _PEOPLE)}
    deals = {row["key"]: row for row in _rows(connection, _DEALS)}
    accounts = {row["key"]: row for row in _rows(connection, _ACCOUNTS)}
    for one in (*deals.values(), *accounts.values()):
        owner = people.get(one["owner"], {})
        one |= {"zone": owner.get("zone") or zone, "manager": owner.get("manager"), "touches": []}
    for deal in deals.values():
        deal |= {"entered": deal["created"], "meetings": []}
        accounts[deal["account"]][deal["state"]] += 1
    _enter_stages(deals, connection)
    found = _Found(deals, accounts, connection)
    for row, links in _happened(connection):
        _place(row, found.deals_of(links, row["at"]), found.accounts_of(links), people)
    return {"deal": list(deals.values()), "account": list(accounts.values())}


def _happened(
    connection: duckdb.DuckDBPyConnection,
) -> Iterator[tuple[Row, set[tuple[str, int]]]]:
    """Yield activities with their links; of two of one event, one with the links of both."""
    rows = {row["key"]: row for row in _rows(connection, _ACTIVITIES)}
    links = _links(connection)
    for row in list(rows.values()):
        if row["same_as"] is not None:
            links[row["key"]] |= links[row["same_as"]]
            rows.pop(row["same_as"], None)
    return ((row, links[key]) for key, row in rows.items())


def _place(row: Row, deals: Iterable[Row], accounts: Iterable[Row], people: dict[int, Row]) -> None:
    known = list(deals)
    if row["kind"] == "meeting" and row["outcome"] != "canceled":
        for deal in known:
            deal["meetings"].append(row["at"])
    if row["done"] and row["kind"] != "task":
        for one in (*known, *accounts):
            one["touches"].append(_touch(row, one, people))


_ACCOUNTS: Final = """SELECT key, id, owner_key AS owner, 0 AS open, 0 AS won, 0 AS lost
    FROM accounts ORDER BY id"""
_PEOPLE: Final = "SELECT key, manager_key AS manager, time_zone AS zone FROM owners"
_DEALS: Final = """SELECT key, id, state, stage, owner_key AS owner, account_key AS account,
    CAST(epoch(created_at) AS BIGINT) AS created FROM deals ORDER BY id"""
_CONTACTS: Final = "SELECT key, account_key AS account FROM contacts"
_STAGES: Final = """SELECT deal_key AS deal, stage, CAST(epoch(happened_at) AS BIGINT) AS at
    FROM stage_changes ORDER BY happened_at, id"""
_ACTIVITIES: Final = """SELECT key, kind, direction, outcome, done, duration_seconds AS seconds,
    owner_key AS by, automated, outsiders, same_as_key AS same_as, text_length AS text,
    claims_contact AS claims, CAST(epoch(happened_at) AS BIGINT) AS at FROM activities"""


def _rows(connection: duckdb.DuckDBPyConnection, sql: str) -> Iterator[Row]:
    for batch in connection.sql(sql).to_arrow_table().to_batches():
        yield from batch.to_pylist()


def _enter_stages(deals: dict[int, Row], connection: duckdb.DuckDBPyConnection) -> None:
    """Note when each deal entered the stage it is in; a row that names it again changes nothing."""
    last: dict[int, str] = {}
    for row in _rows(connection, _STAGES):
        if last.get(row["deal"]) != row["stage"]:
            last[row["deal"]] = row["stage"]
            deals[row["deal"]]["entered"] = row["at"]


def _links(connection: duckdb.DuckDBPyConnection) -> defaultdict[int, set[tuple[str, int]]]:
    links: defaultdict[int, set[tuple[str, int]]] = defaultdict(set)
    for row in _rows(connection, "SELECT * FROM activity_links"):
        links[row["activity_key"]].add((row["target"], row["target_key"]))
    return links


class _Found:
    """Deals by what an activity may hang on."""

    def __init__(
        self,
        deals: dict[int, Row],
        accounts: dict[int, Row],
        connection: duckdb.DuckDBPyConnection,
    ) -> None:
        self._deals, self._accounts = deals, accounts
        self._homes = {row["key"]: row["account"] for row in _rows(connection, _CONTACTS)}
        self._near: defaultdict[tuple[str, int], list[Row]] = defaultdict(list)
        for deal in deals.values():
            self._near["account", deal["account"]].append(deal)
        for link in _rows(connection, "SELECT deal_key, contact_key FROM links"):
            self._near["contact", link["contact_key"]].append(deals[link["deal_key"]])

    def accounts_of(self, links: Iterable[tuple[str, int]]) -> Iterable[Row]:
        """Return the accounts of everything an activity is linked to."""
        named = {self._account(target, key) for target, key in links}
        return [self._accounts[one] for one in named if one in self._accounts]

    def _account(self, target: str, key: int) -> int | None:
        if target == "account":
            return key
        if target == "contact":
            return self._homes.get(key)
        return self._deals[key]["account"] if key in self._deals else None

    def deals_of(self, links: Iterable[tuple[str, int]], at: int) -> Iterable[Row]:
        """Return the deals an activity belongs to: those it names, then those that are near."""
        found = {key: self._deals[key] for target, key in links if target == "deal"}
        named = bool(found)
        for link in links:
            for deal in self._near.get(link, ()):
                if _is_near(deal, at, named):
                    found[deal["key"]] = deal
        return found.values()


def _is_near(deal: Row, at: int, named: bool) -> bool:
    if at < deal["created"] - WEEKS_2 or (named and deal["state"] != "won"):
        return False
    return bool(deal["state"] != "lost" or at <= deal["entered"] + WEEKS_2)


def _touch(row: Row, deal: Row, people: dict[int, Row]) -> Row:
    inbound = row["direction"] == "inbound"
    return {
        "at": row["at"],
        "kind": row["kind"],
        "inbound": inbound,
        "two_way": row["direction"] in (None, "inbound")
        or row["kind"] in ("call", "meeting", "note"),
        "automated": bool(row["automated"]),
        "grade": _grade(row),
        "who": "" if inbound and row["kind"] in ("email", "message") else _who(row, deal, people),
    }


def _who(row: Row, deal: Row, people: dict[int, Row]) -> str:
    if row["by"] is None:
        return ""
    if row["by"] == deal["owner"]:
        return "owner"
    if row["by"] == deal["manager"]:
        return "manager"
    leads = people[row["by"]]["manager"]
    return "team" if leads is not None and leads == deal["manager"] else "other"


def _grade(row: Row) -> int:
    """Return 5 for A, 4 for B, 3 for C, 1 for an attempt, 0 for no touch."""
    if row["direction"] == "internal" or row["outcome"] in _NEVER:
        return 0
    if row["outcome"] in _TRIED:
        return 1
    return 0 if row["automated"] else _GRADES[row["kind"]](row)


def _call(row: Row) -> int:
    seconds = row["seconds"] or 0
    if row["outcome"] == "connected" or seconds >= 60:
        return 5
    return 1 if seconds > 0 else 4 if row["text"] else 3


def _meeting(row: Row) -> int:
    if not row["outsiders"]:
        return 3
    return 5 if row["outcome"] == "held" or row["text"] else 4


def _mail(row: Row) -> int:
    if row["automated"] is False:
        return 5
    return 4 if row["text"] else 3


_GRADES: Final = {
    "call": _call,
    "meeting": _meeting,
    "email": _mail,
    "message": lambda row: 5,
    "note": lambda row: 3 if row["claims"] else 0,
}
