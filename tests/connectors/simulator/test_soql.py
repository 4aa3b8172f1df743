"""SOQL through its public door: a query in, Salesforce's JSON or its error out."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.simulator.salesforce.query import QueryResult, SoqlError, run
from connectors.simulator.salesforce.schema import (
    AFFINITY,
    ChildRelationship,
    Field,
    Schema,
    SObject,
)

NOW = datetime(2026, 11, 12, 3, 30, tzinfo=UTC)  # a Thursday; still Wednesday in New York

ANN, BOB, QUEUE = "005000000000001AAA", "005000000000002AAA", "00G000000000001AAA"
ACME, AELPHA = "001000000000001AAA", "001000000000002AAA"
BIG, SMALL, LOST, GONE = (f"00600000000000{n}AAA" for n in "1234")


def text(name: str, **more: object) -> Field:
    return Field(name=name, type="string", **more)  # type: ignore[arg-type]


def link(name: str, *targets: str) -> Field:
    return Field(
        name=name,
        type="reference",
        reference_to=targets,
        relationship_name=name.removesuffix("Id"),
    )


def checkbox(name: str) -> Field:
    return Field(name=name, type="boolean")


CREATED = Field(name="CreatedDate", type="datetime", groupable=False)
SECRET = Field(
    name="Description", type="textarea", filterable=False, sortable=False, groupable=False
)


def thing(name: str, *fields: Field, children: tuple[ChildRelationship, ...] = ()) -> SObject:
    all_fields = (Field(name="Id", type="id"), checkbox("IsDeleted"), *fields)
    return SObject(
        name=name,
        label=name,
        label_plural=name + "s",
        key_prefix=None,
        fields={one.name.lower(): one for one in all_fields},
        children=children,
    )


def child(name: str, of: str, field: str) -> ChildRelationship:
    return ChildRelationship(name=name, child=of, field=field)


SCHEMA = Schema(
    {
        one.name.lower(): one
        for one in (
            thing("User", text("Name"), text("FirstName"), checkbox("IsActive")),
            thing("Group", text("Name"), text("Type")),
            thing(
                "Account",
                text("Name"),
                Field(name="Industry", type="picklist"),
                text("Key__c", case_sensitive=True),
                Field(name="Tags__c", type="multipicklist"),
                link("OwnerId", "User"),
                children=(child("Opportunities", "Opportunity", "AccountId"),),
            ),
            thing(
                "Opportunity",
                text("Name"),
                Field(name="StageName", type="picklist"),
                Field(name="Amount", type="currency"),
                Field(name="CloseDate", type="date"),
                checkbox("IsClosed"),
                CREATED,
                link("AccountId", "Account"),
                children=(child("Tasks", "Task", "WhatId"),),
            ),
            thing(
                "Task",
                text("Subject"),
                SECRET,
                Field(name="Minutes__c", type="int"),
                checkbox("IsArchived"),
                CREATED,
                link("WhatId", "Account", "Opportunity"),
                link("OwnerId", "User", "Group"),
            ),
        )
    }
)

ROWS: dict[str, list[dict[str, object]]] = {
    "User": [
        {"Id": ANN, "Name": "Ann Lee", "FirstName": "Ann", "IsActive": 1},
        {"Id": BOB, "Name": "Bob Ray", "FirstName": "Bob", "IsActive": 0},
    ],
    "Group": [{"Id": QUEUE, "Name": "Inbound", "Type": "Queue"}],
    "Account": [
        {
            "Id": ACME,
            "Name": "Acme",
            "Industry": "Media",
            "OwnerId": ANN,
            "Key__c": "aB",
            "Tags__c": "red;Green",
        },
        {"Id": AELPHA, "Name": "Älpha 100%", "OwnerId": BOB, "Key__c": "ab", "Tags__c": "blue"},
    ],
    "Opportunity": [
        {
            "Id": BIG,
            "Name": "Big",
            "StageName": "Open",
            "Amount": 100.0,
            "CloseDate": "2026-11-12",
            "IsClosed": 0,
            "CreatedDate": "2026-11-12T02:00:00Z",
            "AccountId": ACME,
        },
        {
            "Id": SMALL,
            "Name": "small",
            "StageName": "open",
            "Amount": 5.0,
            "CloseDate": "2026-11-11",
            "IsClosed": 0,
            "CreatedDate": "2026-11-11T23:59:59Z",
            "AccountId": AELPHA,
        },
        {
            "Id": LOST,
            "Name": "Lost",
            "StageName": "Lost",
            "CloseDate": "2026-08-31",
            "IsClosed": 1,
            "CreatedDate": "2026-08-01T00:00:00Z",
        },
        {
            "Id": GONE,
            "Name": "Gone",
            "StageName": "Open",
            "IsDeleted": 1,
            "IsClosed": 0,
            "CreatedDate": "2026-11-12T02:00:00Z",
            "AccountId": ACME,
        },
    ],
    "Task": [
        {
            "Id": f"00T00000000000{n}AAA",
            "Subject": subject,
            "Description": "long",
            "Minutes__c": n * 10,
            "IsArchived": int(subject == "old"),
            "CreatedDate": f"2026-11-0{n}T00:00:00Z",
            "WhatId": what,
            "OwnerId": owner,
        }
        for n, subject, what, owner in (
            (1, "call", BIG, ANN),
            (2, "Mail", BIG, QUEUE),
            (3, "meet", ACME, BOB),
            (4, None, None, ANN),
            (5, "old", BIG, ANN),
        )
    ],
}


@pytest.fixture(scope="module")
def base() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:")
    connection.row_factory = sqlite3.Row  # the caller's own setting must not matter
    for one in SCHEMA:
        names = [f'"{f.name}" {AFFINITY.get(f.type, "TEXT")}' for f in one.fields.values()]
        connection.execute(f'CREATE TABLE "{one.name}" ({", ".join(names)})')
        for row in ROWS[one.name]:
            full = {"IsDeleted": 0, **row}
            marks = ", ".join("?" for _ in full)
            columns = ", ".join(full)
            connection.execute(
                f'INSERT INTO "{one.name}" ({columns}) VALUES ({marks})', [*full.values()]
            )
    return connection


Ask = Callable[..., QueryResult]


@pytest.fixture(scope="module")
def ask(base: sqlite3.Connection) -> Ask:
    def one(soql: str, *, zone: str = "UTC", all_rows: bool = False) -> QueryResult:
        return run(base, SCHEMA, soql, now=NOW, zone=zone, all_rows=all_rows)

    return one


def names(result: QueryResult) -> list[object]:
    """The one selected field of each record."""
    return [next(v for k, v in one.items() if k != "attributes") for one in result.records]


def refusal(ask: Ask, soql: str) -> SoqlError:
    with pytest.raises(SoqlError) as caught:
        ask(soql)
    return caught.value


# What a record looks like.


def test_a_record_has_its_type_and_the_schemas_spelling(ask: Ask) -> None:
    """Field names leave as the schema spells them, whatever the query's case."""
    result = ask("select ID, NAME from OPPORTUNITY where id = '006000000000001AAA'")
    assert result.entity == "Opportunity"
    assert result.total_size == 1
    assert result.records == [{"attributes": {"type": "Opportunity"}, "Id": BIG, "Name": "Big"}]


def test_values_leave_in_salesforces_json(ask: Ask) -> None:
    """Datetimes carry +0000, checkboxes are booleans, dates and numbers stay as they are."""
    soql = f"SELECT CreatedDate, IsClosed, CloseDate, Amount FROM Opportunity WHERE Id = '{LOST}'"
    assert ask(soql).records == [
        {
            "attributes": {"type": "Opportunity"},
            "CreatedDate": "2026-08-01T00:00:00.000+0000",
            "IsClosed": True,
            "CloseDate": "2026-08-31",
            "Amount": None,
        }
    ]


def test_parents_nest_and_a_missing_parent_is_null(ask: Ask) -> None:
    """A walk of two relationships nests twice; without an account there is nothing to nest."""
    soql = "SELECT Account.Owner.FirstName, Account.Name FROM Opportunity ORDER BY Name"
    acme = {
        "attributes": {"type": "Account"},
        "Owner": {"attributes": {"type": "User"}, "FirstName": "Ann"},
        "Name": "Acme",
    }
    records = ask(soql).records
    assert records[0]["Account"] == acme
    assert records[1]["Account"] is None


def test_a_polymorphic_parent_answers_as_name(ask: Ask) -> None:
    """What and Owner answer with the Name object; Type is the object's name, not its Type field."""
    soql = "SELECT What.Name, What.Type, Owner.Name, Owner.Type FROM Task ORDER BY Minutes__c"
    records = ask(soql).records
    name = {"type": "Name"}
    assert records[1]["What"] == {"attributes": name, "Name": "Big", "Type": "Opportunity"}
    assert records[1]["Owner"] == {"attributes": name, "Name": "Inbound", "Type": "Group"}
    assert records[2]["What"] == {"attributes": name, "Name": "Acme", "Type": "Account"}
    assert records[3]["What"] is None


def test_typeof_answers_with_each_objects_own_fields(ask: Ask) -> None:
    """WHEN gives the object's fields and type, ELSE the Name object's, no parent gives null."""
    soql = """SELECT TYPEOF What WHEN Opportunity THEN Amount, Account.Name ELSE Name END
              FROM Task ORDER BY Minutes__c"""
    found = [one["What"] for one in ask(soql).records]
    account = {"attributes": {"type": "Account"}, "Name": "Acme"}
    big = {"attributes": {"type": "Opportunity"}, "Amount": 100.0, "Account": account}
    assert found == [big, big, {"attributes": {"type": "Name"}, "Name": "Acme"}, None]


def test_typeof_without_a_branch_is_null(ask: Ask) -> None:
    """An object that no WHEN names gives null where there is no ELSE."""
    soql = "SELECT TYPEOF What WHEN Opportunity THEN Amount END FROM Task WHERE What.Type='Account'"
    assert ask(soql).records == [{"attributes": {"type": "Task"}, "What": None}]


def test_children_come_as_a_result_of_their_own(ask: Ask) -> None:
    """Order and limit count within each parent; archived children are hidden; none is null."""
    soql = "SELECT Name, (SELECT Subject FROM Tasks ORDER BY Subject DESC) FROM Opportunity"
    by_name = {one["Name"]: one["Tasks"] for one in ask(soql).records}
    kind = {"type": "Task"}
    assert by_name["Big"] == {
        "totalSize": 2,
        "done": True,
        "records": [
            {"attributes": kind, "Subject": "Mail"},
            {"attributes": kind, "Subject": "call"},
        ],
    }
    assert by_name["Lost"] is None
    limited = ask("SELECT (SELECT Subject FROM Tasks ORDER BY Subject LIMIT 1) FROM Opportunity")
    assert "call" in json.dumps(limited.records)
    assert "Mail" not in json.dumps(limited.records)
    each = ask("SELECT (SELECT Name FROM Opportunities LIMIT 1) FROM Account ORDER BY Name")
    assert '"Big"' in json.dumps(each.records[0])
    assert '"small"' in json.dumps(each.records[1])


def test_a_subquery_may_skip_children_of_a_single_parent(ask: Ask) -> None:
    """OFFSET works where the query around it has LIMIT 1, and is refused elsewhere."""
    inner = "SELECT (SELECT Subject FROM Tasks ORDER BY Subject OFFSET 1) FROM Opportunity"
    found = json.dumps(ask(f"{inner} WHERE Name = 'Big' LIMIT 1").records)
    assert "Mail" in found
    assert "call" not in found
    assert refusal(ask, inner).code == "MALFORMED_QUERY"


def test_children_may_have_children(ask: Ask) -> None:
    """A subquery inside a subquery nests, as since API 58."""
    soql = "SELECT (SELECT Name, (SELECT Subject FROM Tasks) FROM Opportunities) FROM Account"
    assert "Mail" in json.dumps(ask(soql).records)


def test_a_record_knows_its_object_and_id(ask: Ask) -> None:
    """The dialect can make a url though neither Id nor the object was asked for."""
    record = ask("SELECT What.Name FROM Task WHERE Subject = 'call'").records[0]
    assert (getattr(record, "entity", None), getattr(record, "id", None)) == (
        "Task",
        "00T000000000001AAA",
    )
    what = record["What"]
    assert (getattr(what, "entity", None), getattr(what, "id", None)) == ("Opportunity", BIG)


# Conditions. Each row: condition on Opportunity, the names found, in any order.

EVERY = {"Big", "small", "Lost"}
CONDITIONS = [
    # text: case and empty values
    ("Name = 'BIG'", {"Big"}),
    ("Name != 'BIG'", {"small", "Lost"}),
    ("StageName = 'OPEN' AND Amount > 5", {"Big"}),
    ("Name > 'lost'", {"small"}),
    ("Name IN ('big', 'LOST')", {"Big", "Lost"}),
    ("Name NOT IN ('big', 'LOST')", {"small"}),
    ("Name LIKE 's%'", {"small"}),
    ("Name LIKE '_IG'", {"Big"}),
    ("Name LIKE '_ig_'", set()),
    ("(NOT Name LIKE '%l%')", {"Big"}),
    ("Account.Name LIKE 'äLPHA%'", {"small"}),
    ("Account.Name LIKE '%100\\%'", {"small"}),
    ("Account.Name LIKE '%10\\%'", set()),
    ("Account.Key__c = 'ab'", {"small"}),
    ("Account.Key__c = 'AB'", set()),
    # null
    ("AccountId = null", {"Lost"}),
    ("Account.Industry = null", {"small", "Lost"}),
    ("Account.Industry = ''", {"small", "Lost"}),
    ("Account.Industry != null", {"Big"}),
    ("Account.Industry != 'Media'", {"small", "Lost"}),
    ("Account.Industry NOT IN ('Media')", {"small", "Lost"}),
    ("Account.Industry IN ('Media', null)", EVERY),
    ("Account.Industry NOT IN ('x', null)", {"Big"}),
    ("(NOT Account.Industry = 'Media')", {"small", "Lost"}),
    ("(NOT Amount > 50)", {"small", "Lost"}),
    ("Amount < 50", {"small"}),
    # numbers, checkboxes, ids
    ("Amount >= 5.0 AND Amount <= +1e2", {"Big", "small"}),
    ("Amount IN (5, 7)", {"small"}),
    ("IsClosed = TRUE", {"Lost"}),
    ("IsClosed != true", {"Big", "small"}),
    ("IsClosed = null", {"Big", "small"}),
    ("Account.Owner.IsActive = false", {"small", "Lost"}),
    ("Id = '006000000000001'", {"Big"}),
    ("Id = '006000000000001aaa'", set()),
    ("Id IN ('006000000000001', '006000000000003AAA')", {"Big", "Lost"}),
    ("Id > '006000000000001AAA'", {"small", "Lost"}),
    # logic
    ("Name = 'Big' OR (Name = 'small' AND IsClosed = false)", {"Big", "small"}),
    ("Name = 'Big' AND (NOT (IsClosed = true OR Amount = 5))", {"Big"}),
    # names
    ("Opportunity.Name = 'big'", {"Big"}),
    ("toLabel(StageName) = 'lost'", {"Lost"}),
    # dates and datetimes
    ("CloseDate = 2026-11-12", {"Big"}),
    ("CloseDate != 2026-11-12", {"small", "Lost"}),
    ("CloseDate IN (2026-11-12, 2026-08-31)", {"Big", "Lost"}),
    ("CloseDate IN (YESTERDAY, 2026-08-31)", {"small", "Lost"}),
    ("CloseDate NOT IN (TODAY, YESTERDAY)", {"Lost"}),
    ("CreatedDate = 2026-11-12T03:00:00+01:00", {"Big"}),
    ("CreatedDate >= 2026-11-11T23:59:59.000Z", {"Big", "small"}),
    ("CreatedDate > 2026-11-11T23:59:59Z", {"Big"}),
    ("CreatedDate >= 2026-11-11T23:59:59.500Z", {"Big"}),
    ("CreatedDate <= 2026-11-11T23:59:58.500Z", {"Lost"}),
    ("CreatedDate = 2026-11-11T23:59:59.500Z", set()),
    ("CALENDAR_MONTH(CreatedDate) = 8", {"Lost"}),
    ("DAY_ONLY(CreatedDate) = 2026-11-11", {"small"}),
    ("HOUR_IN_DAY(CreatedDate) IN (2, 0)", {"Big", "Lost"}),
    # semi- and anti-joins
    ("Id IN (SELECT WhatId FROM Task)", {"Big"}),
    ("Id NOT IN (SELECT WhatId FROM Task)", {"small", "Lost"}),
    ("Id IN (SELECT WhatId FROM Task WHERE Owner.Type = 'User')", {"Big"}),
    ("AccountId IN (SELECT Id FROM Account WHERE Owner.Name LIKE 'bob%')", {"small"}),
    ("AccountId NOT IN (SELECT Id FROM Account WHERE Name = 'acme')", {"small", "Lost"}),
    ("Account.Id IN (SELECT Id FROM Account WHERE Name = 'acme')", {"Big"}),
    ("Id IN (SELECT WhatId FROM Task) AND (NOT Id IN (SELECT WhatId FROM Task))", set()),
]


@pytest.mark.parametrize(("condition", "found"), CONDITIONS)
def test_a_condition_finds(ask: Ask, condition: str, found: set[str]) -> None:
    """Each operator finds what Salesforce would find, and leaves the rest."""
    assert set(names(ask(f"SELECT Name FROM Opportunity WHERE {condition}"))) == found


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ("Tags__c INCLUDES ('red')", ["Acme"]),
        ("Tags__c INCLUDES ('red;green')", ["Acme"]),
        ("Tags__c INCLUDES ('red;blue')", []),
        ("Tags__c INCLUDES ('red', 'BLUE')", ["Acme", "Älpha 100%"]),
        ("Tags__c EXCLUDES ('red')", ["Älpha 100%"]),
    ],
)
def test_multi_select_picklists(ask: Ask, condition: str, found: list[str]) -> None:
    """A semicolon asks for all of its values, a comma for one of them."""
    assert names(ask(f"SELECT Name FROM Account WHERE {condition} ORDER BY Name")) == found


# Date literals. NOW is Thursday 12 November 2026, 03:30 UTC.

RANGES = [
    ("TODAY", "2026-11-12", "2026-11-12"),
    ("YESTERDAY", "2026-11-11", "2026-11-11"),
    ("TOMORROW", "2026-11-13", "2026-11-13"),
    ("LAST_WEEK", "2026-11-01", "2026-11-07"),
    ("THIS_WEEK", "2026-11-08", "2026-11-14"),
    ("NEXT_WEEK", "2026-11-15", "2026-11-21"),
    ("LAST_MONTH", "2026-10-01", "2026-10-31"),
    ("THIS_MONTH", "2026-11-01", "2026-11-30"),
    ("NEXT_MONTH", "2026-12-01", "2026-12-31"),
    ("LAST_90_DAYS", "2026-08-14", "2026-11-12"),
    ("NEXT_90_DAYS", "2026-11-13", "2027-02-10"),
    ("LAST_N_DAYS:1", "2026-11-11", "2026-11-12"),
    ("NEXT_N_DAYS:2", "2026-11-13", "2026-11-14"),
    ("N_DAYS_AGO:3", "2026-11-09", "2026-11-09"),
    ("LAST_N_WEEKS:2", "2026-10-25", "2026-11-07"),
    ("NEXT_N_WEEKS:1", "2026-11-15", "2026-11-21"),
    ("N_WEEKS_AGO:1", "2026-11-01", "2026-11-07"),
    ("LAST_N_MONTHS:11", "2025-12-01", "2026-10-31"),
    ("NEXT_N_MONTHS:2", "2026-12-01", "2027-01-31"),
    ("N_MONTHS_AGO:12", "2025-11-01", "2025-11-30"),
    ("THIS_QUARTER", "2026-10-01", "2026-12-31"),
    ("LAST_QUARTER", "2026-07-01", "2026-09-30"),
    ("NEXT_QUARTER", "2027-01-01", "2027-03-31"),
    ("LAST_N_QUARTERS:2", "2026-04-01", "2026-09-30"),
    ("NEXT_N_QUARTERS:1", "2027-01-01", "2027-03-31"),
    ("N_QUARTERS_AGO:4", "2025-10-01", "2025-12-31"),
    ("THIS_YEAR", "2026-01-01", "2026-12-31"),
    ("LAST_N_YEARS:2", "2024-01-01", "2025-12-31"),
    ("NEXT_YEAR", "2027-01-01", "2027-12-31"),
    ("N_YEARS_AGO:1", "2025-01-01", "2025-12-31"),
    ("THIS_FISCAL_QUARTER", "2026-10-01", "2026-12-31"),
    ("LAST_N_FISCAL_YEARS:1", "2025-01-01", "2025-12-31"),
    ("N_FISCAL_QUARTERS_AGO:1", "2026-07-01", "2026-09-30"),
]


def days(*close_dates: str) -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE Opportunity (Id TEXT, CloseDate TEXT, CreatedDate TEXT)")
    for number, day in enumerate(close_dates):
        row = (f"006{number:012d}AAA", day, f"{day}T12:00:00Z")
        connection.execute("INSERT INTO Opportunity VALUES (?, ?, ?)", row)
    return connection


@pytest.mark.parametrize("column", ["CloseDate", "CreatedDate"])
@pytest.mark.parametrize(("literal", "first", "last"), RANGES)
def test_a_date_literal_means_its_days(literal: str, first: str, last: str, column: str) -> None:
    """Both ends are in, the days beside them out; < and > leave the whole range."""
    before = datetime.fromisoformat(first).toordinal() - 1
    after = datetime.fromisoformat(last).toordinal() + 1
    outside = [datetime.fromordinal(day).date().isoformat() for day in (before, after)]
    connection = days(first, last, *outside)

    def found(operator: str) -> list[str]:
        soql = f"SELECT CloseDate FROM Opportunity WHERE {column} {operator} {literal}"
        return sorted(str(day) for day in names(run(connection, SCHEMA, soql, now=NOW)))

    assert found("=") == sorted([first, last])
    assert found("!=") == sorted(outside)
    assert found("<") == outside[:1]
    assert found("<=") == sorted([outside[0], first, last])
    assert found(">") == outside[1:]
    assert found(">=") == sorted([first, last, outside[1]])


def test_a_day_is_the_askers_day(ask: Ask) -> None:
    """At 03:30 UTC it is still yesterday in New York, where the day begins at 05:00 UTC."""
    soql = "SELECT Name FROM Opportunity WHERE CreatedDate = TODAY"
    assert names(ask(soql)) == ["Big"]
    assert sorted(map(str, names(ask(soql, zone="America/New_York")))) == ["Big", "small"]
    assert names(ask("SELECT Name FROM Opportunity WHERE CloseDate = TODAY")) == ["Big"]
    there = ask("SELECT Name FROM Opportunity WHERE CloseDate = TODAY", zone="America/New_York")
    assert names(there) == ["small"]


# Order, limit, offset, deleted rows.


@pytest.mark.parametrize(
    ("tail", "found"),
    [
        ("ORDER BY Name", ["Big", "Lost", "small"]),
        ("ORDER BY Name DESC", ["small", "Lost", "Big"]),
        ("ORDER BY Amount", ["Lost", "small", "Big"]),
        ("ORDER BY Amount DESC", ["Lost", "Big", "small"]),
        ("ORDER BY Amount DESC NULLS LAST", ["Big", "small", "Lost"]),
        ("ORDER BY Account.Name NULLS LAST, Id", ["Big", "small", "Lost"]),
        ("ORDER BY StageName DESC, Name DESC", ["small", "Big", "Lost"]),
        ("ORDER BY Name LIMIT 1 OFFSET 1", ["Lost"]),
        ("ORDER BY Name OFFSET 2", ["small"]),
        ("ORDER BY Name LIMIT 0", []),
    ],
)
def test_order_limit_and_offset(ask: Ask, tail: str, found: list[str]) -> None:
    """Nulls come first unless asked otherwise; case does not count in the order."""
    assert names(ask(f"SELECT Name FROM Opportunity {tail}")) == found


def test_deleted_and_archived_rows_show_in_query_all_only(ask: Ask) -> None:
    """`query` hides both, also inside subqueries and joins; `queryAll` shows them."""
    assert ask("SELECT COUNT() FROM Opportunity").total_size == 3
    assert ask("SELECT COUNT() FROM Opportunity", all_rows=True).total_size == 4
    assert ask("SELECT COUNT() FROM Task").total_size == 4
    assert ask("SELECT COUNT() FROM Task", all_rows=True).total_size == 5
    soql = "SELECT (SELECT Subject FROM Tasks) FROM Opportunity WHERE Name = 'Big'"
    assert '"old"' not in json.dumps(ask(soql).records)
    assert '"old"' in json.dumps(ask(soql, all_rows=True).records)
    joined = "SELECT COUNT() FROM Account WHERE Id IN (SELECT AccountId FROM Opportunity"
    assert ask(f"{joined} WHERE Name = 'Gone')").total_size == 0
    assert ask(f"{joined} WHERE Name = 'Gone')", all_rows=True).total_size == 1


def test_archived_rows_are_hidden_though_the_user_cannot_see_the_field(
    base: sqlite3.Connection,
) -> None:
    """Field-level security hides a field, it does not bring archived tasks back."""
    schema = SCHEMA.without(frozenset({"Task.IsArchived"}))
    assert run(base, schema, "SELECT COUNT() FROM Task", now=NOW).total_size == 4


# Aggregates.


def test_count_answers_total_size_only(ask: Ask) -> None:
    """COUNT() has no records; LIMIT caps the count."""
    result = ask("SELECT COUNT() FROM Opportunity WHERE Account.Name != null LIMIT 1")
    assert (result.records, result.total_size) == ([], 1)


@pytest.mark.parametrize(
    ("soql", "rows"),
    [
        (
            "SELECT COUNT(Id), MAX(CreatedDate) latest, AVG(Amount), MIN(Name) FROM Opportunity",
            [
                {
                    "expr0": 3,
                    "latest": "2026-11-12T02:00:00.000+0000",
                    "expr1": 52.5,
                    "expr2": "Big",
                }
            ],
        ),
        ("SELECT COUNT(Amount) n FROM Opportunity", [{"n": 2}]),
        ("SELECT COUNT_DISTINCT(StageName) n FROM Opportunity", [{"n": 2}]),
        ("SELECT SUM(Amount) FROM Opportunity WHERE Name = 'x'", [{"expr0": None}]),
        ("SELECT SUM(Minutes__c) FROM Task", [{"expr0": 100}]),
        (
            "SELECT Account.Name, COUNT(Id) FROM Opportunity GROUP BY Account.Name "
            "ORDER BY Account.Name NULLS LAST",
            [
                {"Name": "Acme", "expr0": 1},
                {"Name": "Älpha 100%", "expr0": 1},
                {"Name": None, "expr0": 1},
            ],
        ),
        (
            "SELECT IsClosed c, SUM(Amount) s FROM Opportunity GROUP BY IsClosed "
            "ORDER BY COUNT(Id) DESC",
            [{"c": False, "s": 105.0}, {"c": True, "s": None}],
        ),
        (
            "SELECT IsClosed FROM Opportunity GROUP BY IsClosed HAVING COUNT(Id) > 1",
            [{"IsClosed": False}],
        ),
        (
            "SELECT StageName s FROM Opportunity GROUP BY StageName "
            "HAVING (COUNT(Id) > 5 OR StageName LIKE 'lo%') AND MAX(CloseDate) < TODAY",
            [{"s": "Lost"}],
        ),
        (
            "SELECT CALENDAR_MONTH(CreatedDate) m, COUNT(Id) n FROM Opportunity "
            "GROUP BY CALENDAR_MONTH(CreatedDate) ORDER BY CALENDAR_MONTH(CreatedDate)",
            [{"m": 8, "n": 1}, {"m": 11, "n": 2}],
        ),
        (
            "SELECT DAY_ONLY(CreatedDate) FROM Opportunity GROUP BY DAY_ONLY(CreatedDate) "
            "ORDER BY DAY_ONLY(CreatedDate) DESC LIMIT 1",
            [{"expr0": "2026-11-12"}],
        ),
    ],
)
def test_aggregates(ask: Ask, soql: str, rows: list[dict[str, object]]) -> None:
    """Aggregates count what is not null; unnamed expressions are numbered from expr0."""
    kind = {"attributes": {"type": "AggregateResult"}}
    assert ask(soql).records == [kind | row for row in rows]


def test_groups_do_not_tell_case_apart(ask: Ask) -> None:
    """`Open` and `open` are one stage, as they are equal in a condition."""
    soql = "SELECT COUNT(Id) n FROM Opportunity GROUP BY StageName ORDER BY COUNT(Id)"
    assert names(ask(soql)) == [1, 2]


@pytest.mark.parametrize(
    ("function", "value"),
    [
        ("CALENDAR_QUARTER(CreatedDate)", 4),
        ("CALENDAR_YEAR(CreatedDate)", 2026),
        ("DAY_IN_MONTH(CreatedDate)", 12),
        ("DAY_IN_MONTH(CloseDate)", 12),
        ("DAY_IN_MONTH(convertTimezone(CreatedDate))", 11),
        ("DAY_IN_WEEK(CreatedDate)", 5),
        ("DAY_IN_YEAR(CreatedDate)", 316),
        ("FISCAL_MONTH(CreatedDate)", 11),
        ("FISCAL_QUARTER(CreatedDate)", 4),
        ("FISCAL_YEAR(CreatedDate)", 2026),
        ("HOUR_IN_DAY(CreatedDate)", 2),
        ("HOUR_IN_DAY(convertTimezone(CreatedDate))", 21),
        ("WEEK_IN_MONTH(CreatedDate)", 2),
        ("WEEK_IN_YEAR(CreatedDate)", 46),
    ],
)
def test_date_functions(ask: Ask, function: str, value: int) -> None:
    """Date functions read UTC, and the asker's zone inside convertTimezone()."""
    soql = f"SELECT {function} FROM Opportunity WHERE Name = 'Big' GROUP BY {function}"
    assert names(ask(soql, zone="America/New_York")) == [value]


# FIELDS(), aliases, names.


def test_fields_spells_out_the_schema(ask: Ask) -> None:
    """ALL, CUSTOM and STANDARD; a field also named explicitly comes once."""
    all_of = ask("SELECT FIELDS(ALL) FROM Account LIMIT 200").records[0]
    assert [*all_of][1:] == ["Id", "IsDeleted", "Name", "Industry", "Key__c", "Tags__c", "OwnerId"]
    custom = ask("SELECT Name, Key__c, FIELDS(CUSTOM) FROM Account LIMIT 1").records[0]
    assert [*custom][1:] == ["Name", "Key__c", "Tags__c"]
    assert "Key__c" not in ask("SELECT FIELDS(STANDARD) FROM Account").records[0]


def test_aliases_of_objects(ask: Ask) -> None:
    """FROM may name the object and its parents; the record keeps the relationship's name."""
    soql = "SELECT o.Name, a.Name FROM Opportunity o, o.Account a WHERE a.Owner.FirstName = 'Ann'"
    record = ask(soql).records[0]
    assert record["Name"] == "Big"
    assert record["Account"] == {"attributes": {"type": "Account"}, "Name": "Acme"}


def test_strings_undo_their_escapes() -> None:
    """Every escape of the facts sheet means its character, once it reaches the data."""
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE User (Id TEXT, Name TEXT)")
    connection.execute("INSERT INTO User VALUES (?, ?)", (ANN, "a'\\\"\n\r\t\b\f’😀"))
    soql = r"SELECT COUNT() FROM User WHERE Name = 'a\'\\\"\n\R\t\b\f\u2019\ud83d\ude00'"
    assert run(connection, SCHEMA, soql, now=NOW).total_size == 1


# Refusals.

MALFORMED, FIELD, TYPE = "MALFORMED_QUERY", "INVALID_FIELD", "INVALID_TYPE"
OPERATOR = "INVALID_QUERY_FILTER_OPERATOR"

REFUSALS = [
    # syntax
    ("", MALFORMED, "cannot be empty"),
    ("SELECT Id FROM Task LIMIT x", MALFORMED, "unexpected token: 'x'"),
    ("SELECT Id FROM Task LIMIT -1", MALFORMED, "unexpected token: '-1'"),
    ("SELECT FROM Task", MALFORMED, "unexpected token: 'FROM'"),
    ("SELECT Id FROM", MALFORMED, "<EOF>"),
    ("SELECT Id FROM Task;", MALFORMED, "unexpected token: ';'"),
    ("SELECT Id FROM Task WHERE WhatId = :id", MALFORMED, "Bind variables"),
    ("SELECT Id FROM Task ALL ROWS", MALFORMED, "unexpected token: 'ROWS'"),
    ("SELECT Id FROM Task WHERE Id = '' AND NOT Id = ''", MALFORMED, "unexpected token: 'NOT'"),
    ("SELECT Id FROM Task WHERE Id = '' AND Id = '' OR Id = ''", MALFORMED, "token: 'OR'"),
    ("SELECT Id FROM Task WHERE Subject = 'a\\d'", MALFORMED, "Illegal character sequence '\\d'"),
    ("SELECT Id FROM Task WHERE Subject = 'a\\%'", MALFORMED, "Illegal character sequence '\\%'"),
    ("SELECT Id FROM Task WHERE Subject = '\\ud83d'", MALFORMED, "surrogate"),
    ("SELECT Id FROM Task WHERE CreatedDate = LAST_N_DAYS", MALFORMED, "LAST_N_DAYS"),
    ("SELECT Id FROM Task WHERE CreatedDate = TODAY:3", MALFORMED, "TODAY"),
    ("SELECT Id FROM Opportunity WHERE CloseDate = 2026-02-30", MALFORMED, "Invalid date"),
    ("SELECT Id FROM Task WHERE CreatedDate > 2026-01-01T00:00:00 00:00", MALFORMED, "token"),
    ("SELECT Id FROM Opportunity WHERE CloseDate = LAST_N_YEARS:900", MALFORMED, "1700-4000"),
    ("SELECT Id FROM Opportunity WHERE CloseDate = NEXT_N_DAYS:2147483647", MALFORMED, "1700"),
    (f"SELECT Id FROM Task WHERE Subject = '{'x' * 4001}'", MALFORMED, "longer than 4000"),
    (f"SELECT Id FROM Task {' ' * 100_000}", MALFORMED, "longer than 100000"),
    ("SELECT Id, Subject s FROM Task", MALFORMED, "only aggregate expressions use field aliasing"),
    # names
    ("SELECT Id FROM Nope__c", TYPE, "sObject type 'Nope__c' is not supported."),
    ("SELECT Nope FROM Task", FIELD, "No such column 'Nope' on entity 'Task'."),
    ("SELECT Account.Nope FROM Opportunity", FIELD, "No such column 'Nope' on entity 'Account'."),
    ("SELECT What.Amount FROM Task", FIELD, "No such column 'Amount' on entity 'Name'."),
    ("SELECT Nope.Id FROM Task", FIELD, "Didn't understand relationship 'Nope' in field path."),
    ("SELECT What.Owner.Name FROM Task", FIELD, "Didn't understand relationship 'Owner'"),
    ("SELECT (SELECT Id FROM Nope) FROM Account", TYPE, "Didn't understand relationship 'Nope'"),
    ("SELECT Id, id FROM Task", FIELD, "duplicate field selected: Id"),
    ("SELECT What.Name, TYPEOF What WHEN Account THEN Id END FROM Task", FIELD, "duplicate"),
    ("SELECT TYPEOF What WHEN User THEN Id END FROM Task", TYPE, "sObject type 'User'"),
    ("SELECT TYPEOF Account WHEN Account THEN Id END FROM Opportunity", MALFORMED, "polymorphic"),
    # what a field may not do
    (
        "SELECT Id FROM Task WHERE Description = 'x'",
        FIELD,
        "field 'Description' can not be filtered in a query call",
    ),
    ("SELECT Id FROM Task ORDER BY Description", FIELD, "can not be sorted in a query call"),
    (
        "SELECT COUNT(Id) FROM Task GROUP BY CreatedDate",
        FIELD,
        "field 'CreatedDate' can not be grouped in a query call",
    ),
    ("SELECT Id FROM Task WHERE Id LIKE '00T%'", OPERATOR, "invalid operator on id field"),
    ("SELECT Id FROM Task WHERE IsArchived > true", OPERATOR, "boolean field"),
    ("SELECT Id FROM Task WHERE Subject INCLUDES ('a')", OPERATOR, "string field"),
    ("SELECT Id FROM Task WHERE WhatId = 'x'", OPERATOR, "invalid ID field: x"),
    # values of the wrong kind
    (
        "SELECT Id FROM Task WHERE Subject = 1",
        FIELD,
        "value of filter criterion for field 'Subject' must be of type string and should be "
        "enclosed in quotes",
    ),
    (
        "SELECT Id FROM Opportunity WHERE Amount > '5'",
        FIELD,
        "must be of type double and should not be enclosed in quotes",
    ),
    ("SELECT Id FROM Opportunity WHERE IsClosed = 'true'", FIELD, "must be of type boolean"),
    ("SELECT Id FROM Opportunity WHERE CloseDate > 2026-01-01T00:00:00Z", FIELD, "type date "),
    ("SELECT Id FROM Task WHERE CreatedDate > 2026-01-01", FIELD, "must be of type dateTime"),
    ("SELECT Id FROM Task WHERE CreatedDate > '2026-01-01T00:00:00Z'", FIELD, "dateTime"),
    # grouping
    ("SELECT Name, COUNT(Id) FROM Account", MALFORMED, "Field must be grouped or aggregated: Name"),
    ("SELECT CALENDAR_YEAR(CreatedDate) FROM Task", MALFORMED, "must be grouped"),
    ("SELECT COUNT(Id) FROM Task LIMIT 1", MALFORMED, "cannot also use LIMIT"),
    ("SELECT SUM(Name) FROM Account", MALFORMED, "does not support aggregate operator SUM"),
    ("SELECT COUNT(Description) FROM Task", MALFORMED, "does not support aggregate operator"),
    ("SELECT COUNT(), Id FROM Task", MALFORMED, "COUNT() must stand alone"),
    ("SELECT Id FROM Task WHERE COUNT(Id) > 1", MALFORMED, "not allowed here"),
    ("SELECT MAX(Id) a, MIN(Id) A FROM Task", MALFORMED, "duplicate alias: A"),
    ("SELECT (SELECT COUNT(Id) FROM Tasks) FROM Opportunity", MALFORMED, "Only root queries"),
    ("SELECT Id FROM Task ORDER BY COUNT(Id)", MALFORMED, "not allowed here"),
    # sub-selects
    ("SELECT Id FROM Task WHERE WhatId IN (SELECT Id FROM User)", MALFORMED, "same object type"),
    ("SELECT Id FROM Task WHERE WhatId IN (SELECT Name FROM Account)", MALFORMED, "only query id"),
    ("SELECT Id FROM Task WHERE WhatId IN (SELECT WhatId FROM Task)", MALFORMED, "inner and outer"),
    (
        "SELECT Id FROM Account WHERE Name = 'x' OR Id IN (SELECT AccountId FROM Opportunity)",
        MALFORMED,
        "only allowed at the top level",
    ),
    (
        "SELECT Id FROM Account WHERE Id IN (SELECT AccountId FROM Opportunity WHERE Id IN "
        "(SELECT WhatId FROM Task))",
        MALFORMED,
        "Nested semi join",
    ),
    (
        "SELECT Id FROM Account WHERE Id IN (SELECT AccountId FROM Opportunity LIMIT 1)",
        MALFORMED,
        "WHERE clause and nothing else",
    ),
    # limits
    ("SELECT Id FROM Task OFFSET 2001", "NUMBER_OUTSIDE_VALID_RANGE", "2000"),
    ("SELECT FIELDS(ALL) FROM Task", MALFORMED, "LIMIT of at most 200"),
    ("SELECT FIELDS(CUSTOM) FROM Task LIMIT 201", MALFORMED, "LIMIT of at most 200"),
    # what the simulator has not learned
    ("SELECT Id FROM Task FOR VIEW", MALFORMED, "does not know the clause FOR VIEW"),
    ("SELECT Id FROM Task WITH USER_MODE", MALFORMED, "does not know the clause WITH USER_MODE"),
    ("SELECT Id FROM Task USING SCOPE mine", MALFORMED, "does not know the clause USING SCOPE"),
    ("SELECT FORMAT(Amount) FROM Opportunity", MALFORMED, "does not know the function FORMAT"),
    ("SELECT Id FROM Opportunity WHERE Amount > USD5", MALFORMED, "does not know currency"),
    (
        "SELECT StageName, COUNT(Id) FROM Opportunity GROUP BY ROLLUP(StageName)",
        MALFORMED,
        "does not know GROUP BY ROLLUP",
    ),
    ("SELECT Id FROM Opportunity WHERE Amount > null", MALFORMED, "does not know the comparison"),
]


@pytest.mark.parametrize(("soql", "code", "words"), REFUSALS)
def test_a_refusal_has_salesforces_code_and_words(
    ask: Ask, soql: str, code: str, words: str
) -> None:
    """What Salesforce refuses, or the simulator does not know, is refused by name."""
    error = refusal(ask, soql)
    assert error.code == code
    assert words in error.message


def test_a_refusal_shows_the_place(ask: Ask) -> None:
    """The message has the text around the slip, a caret under it, and its row and column."""
    error = refusal(ask, "SELECT Id\nFROM Task WHERE Nope = 1")
    window, caret, place, reason = error.message.split("\n")[1:]
    assert window[caret.index("^") :].startswith("Nope")
    assert place == "ERROR at Row:2:Column:17"
    assert reason.startswith("No such column 'Nope'")


def test_words_of_the_language_may_name_fields() -> None:
    """`Format`, `Count`, `Limit`, `Order` and `Group` are read as names where a name stands."""
    report = thing("Report", text("Format"), text("Count"), text("Limit"), text("Order"))
    connection = sqlite3.connect(":memory:")
    connection.execute(
        'CREATE TABLE Report (Id, IsDeleted, "Format", "Count", "Limit", "Order", "Type")'
    )
    schema = Schema({"report": report, "group": SCHEMA.objects["group"]})
    soql = "SELECT format, COUNT, Limit, Order FROM Report WHERE Limit = 'x' ORDER BY Order LIMIT 1"
    assert run(connection, schema, soql, now=NOW).records == []
    connection.execute('CREATE TABLE "Group" (Id, Name)')
    assert run(connection, schema, "SELECT Id FROM Group g", now=NOW).records == []


def test_a_hidden_field_or_object_does_not_exist(base: sqlite3.Connection) -> None:
    """Without the right to see it, a field is no column and an object no type."""
    schema = SCHEMA.without(frozenset({"Opportunity.Amount", "Account"}))
    for soql, code in (
        ("SELECT Amount FROM Opportunity", FIELD),
        ("SELECT Account.Name FROM Opportunity", FIELD),
        ("SELECT Id FROM Account", TYPE),
    ):
        with pytest.raises(SoqlError) as caught:
            run(base, schema, soql, now=NOW)
        assert caught.value.code == code
    assert run(base, schema, "SELECT COUNT() FROM Opportunity", now=NOW).total_size == 3


def test_too_deep_a_query_is_refused_not_crashed(ask: Ask) -> None:
    """A thousand nested conditions end in an error a client can read."""
    deep = "(NOT " * 1500 + "Name = 'x'" + ")" * 1500
    assert refusal(ask, f"SELECT Id FROM Account WHERE {deep}").code == "QUERY_TOO_COMPLICATED"
    assert ask("SELECT COUNT() FROM Account WHERE (((((Name = 'acme')))))").total_size == 1


def test_two_thousand_ids_fit_in_one_query(ask: Ask) -> None:
    """A long IN list is an everyday query."""
    ids = ", ".join(f"'006{n:012d}AAA'" for n in range(2000))
    assert ask(f"SELECT COUNT() FROM Opportunity WHERE Id IN ({ids})").total_size == 3


def test_an_open_cursor_does_not_disturb_a_query(base: sqlite3.Connection) -> None:
    """The door may be used again while another statement of the connection is still read."""
    run(base, SCHEMA, "SELECT Id FROM Task", now=NOW)
    with_rows = base.execute('SELECT "Id" FROM "Task"')
    with_rows.fetchone()
    assert run(base, SCHEMA, "SELECT Id FROM Task WHERE Subject LIKE 'c%'", now=NOW).total_size == 1
    assert isinstance(with_rows.fetchone(), sqlite3.Row)


def test_more_than_two_thousand_groups_need_a_limit() -> None:
    """Aggregate results have no pages, so too many of them are an error, and LIMIT the cure."""
    connection = days(*(f"{1900 + n // 12}-{n % 12 + 1:02d}-01" for n in range(2001)))
    soql = "SELECT CloseDate FROM Opportunity GROUP BY CloseDate"
    with pytest.raises(SoqlError) as caught:
        run(connection, SCHEMA, soql, now=NOW)
    assert caught.value.code == "EXCEEDED_ID_LIMIT"
    assert run(connection, SCHEMA, f"{soql} LIMIT 2000", now=NOW).total_size == 2000


@settings(max_examples=60, deadline=None)
@given(st.one_of(st.sampled_from(["aB", "ab", "AB"]), st.text(max_size=20)))
def test_no_text_breaks_out_of_its_quotes(base: sqlite3.Connection, value: str) -> None:
    """Any value, quoted as a client quotes it, stays a value: it finds what equals it, no more."""
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    soql = f"SELECT COUNT() FROM Account WHERE Key__c = '{escaped}'"
    assert run(base, SCHEMA, soql, now=NOW).total_size == int(value in ("aB", "ab"))
