"""The layout of the mirror: its tables, their columns, and what fills a column. Opens nothing.

Types are written down rather than asked of DuckDB, so that an empty mirror is one script.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

import pyarrow as pa

from connectors.model import EVERY_STREAM
from rules.file_names import NAMED_AS
from rules.select import key_of
from rules.touches import CLAIMS_CONTACT
from rules.upkeep import TABLES as KEPT

#: AT is a reserved word in SQL.
_RENAMED: Final = {"at": "happened_at"}


KEY: Final = "UBIGINT"
#: What DuckDB makes of the kinds of columns that a canonical stream has.
_SQL_TYPES: Final[Mapping[pa.DataType, str]] = {
    pa.string(): "VARCHAR",
    pa.bool_(): "BOOLEAN",
    pa.int64(): "BIGINT",
    pa.float64(): "DOUBLE",
    pa.date32(): "DATE",
    pa.timestamp("us", tz="UTC"): "TIMESTAMPTZ",
    pa.decimal128(20, 4): "DECIMAL(20,4)",
    pa.map_(pa.string(), pa.string()): "MAP(VARCHAR, VARCHAR)",
    pa.list_(pa.string()): "VARCHAR[]",
}


@dataclass(frozen=True)
class Column:
    """A column of the mirror: its name, its type, and what fills it from an incoming row."""

    name: str
    type: str
    expression: str


@dataclass(frozen=True)
class Table:
    """How a canonical stream is stored: extra columns, columns left out, references as keys."""

    references: tuple[str, ...] = ()  # account_id -> account_key beside it
    left_out: frozenset[str] = frozenset()
    derived: tuple[Column, ...] = ()

    def columns(self, stream: str) -> Iterator[Column]:
        """Yield the columns in their order."""
        yield Column("key", KEY, key_of("id"))
        for column in EVERY_STREAM[stream]:
            name = column.name
            if name not in self.left_out:
                yield Column(_RENAMED.get(name, name), _SQL_TYPES[column.type], f'"{name}"')
            if name in self.references:
                yield Column(f"{name.removesuffix('_id')}_key", KEY, key_of(name))
        yield from self.derived


TABLES: Final[Mapping[str, Table]] = {
    "deals": Table(references=("account_id", "owner_id")),
    "stage_changes": Table(references=("deal_id",), left_out=frozenset({"deal_id"})),
    "activities": Table(
        references=("owner_id",),
        left_out=frozenset({"subject", "text", "deal_ids", "account_ids", "contact_ids"}),
        derived=(
            Column("same_as_key", KEY, key_of("same_as")),
            Column("text_length", "BIGINT", "length(coalesce(text, ''))"),
            Column(
                "claims_contact",
                "BOOLEAN",
                "regexp_matches(coalesce(subject, '') || ' ' || coalesce(text, ''), "
                f"'{CLAIMS_CONTACT}', 'i')",
            ),
        ),
    ),
    "accounts": Table(references=("owner_id",), left_out=frozenset({"owner_id"})),
    "contacts": Table(references=("account_id",), left_out=frozenset({"account_id", "email"})),
    "links": Table(
        references=("deal_id", "contact_id"), left_out=frozenset({"deal_id", "contact_id"})
    ),
    "owners": Table(references=("manager_id",)),
    "proposals": Table(references=("deal_id",), left_out=frozenset({"deal_id"})),
    "ratings": Table(references=("account_id", "contact_id", "owner_id")),
    "cases": Table(
        references=("account_id", "contact_id", "owner_id"),
        left_out=frozenset({"subject", "text", "deal_ids"}),
        derived=(Column("text_length", "BIGINT", "length(coalesce(text, ''))"),),
    ),
    "leads": Table(
        references=(
            "owner_id",
            "converted_deal_id",
            "converted_account_id",
            "converted_contact_id",
        ),
        left_out=frozenset({"email"}),
    ),
    "attendees": Table(references=("activity_id", "contact_id", "user_id")),
    "files": Table(
        references=("deal_id", "owner_id"),
        derived=tuple(Column(f"is_{kind}", "BOOLEAN", sql) for kind, sql in NAMED_AS.items()),
    ),
    "quotas": Table(references=("owner_id",)),
    "survey_answers": Table(
        references=("account_id", "contact_id", "deal_id", "owner_id"),
        left_out=frozenset({"comment"}),
        derived=(Column("text_length", "BIGINT", "length(coalesce(comment, ''))"),),
    ),
}


def arriving(stream: str) -> str:
    """Return the columns of a stream's table as SQL over the rows that arrive."""
    columns = TABLES[stream].columns(stream)
    return ", ".join(f"{one.expression} AS {one.name}" for one in columns)


#: What is not a stream: whose data this is, how far it was read, what belongs to an activity.
_BESIDE: Final[Mapping[str, str]] = {
    "meta": "name VARCHAR, value VARCHAR",
    #: until NULL: it is to be read from the beginning. `overlap` in seconds; `calls` and `rows` of
    #: the last window, `all_…` of the last reading from the beginning.
    "feeds": (
        "name VARCHAR, streams VARCHAR[], fields_hash VARCHAR, until TIMESTAMPTZ, rows BIGINT, "
        "repairs BOOLEAN, floor TIMESTAMPTZ, swept_at TIMESTAMPTZ, overlap BIGINT, "
        "calls BIGINT, span DOUBLE, all_rows BIGINT, all_calls BIGINT"
    ),
    "forgotten": f"stream VARCHAR, id VARCHAR, key {KEY}",
    "spent": "made_at TIMESTAMPTZ, calls BIGINT",
    "activity_links": f"activity_key {KEY}, target VARCHAR, target_key {KEY}",
    "signals": (
        f"activity_key {KEY}, signal VARCHAR, said VARCHAR, due_at TIMESTAMPTZ, lexicon VARCHAR"
    ),
    "texts": f"activity_key {KEY}, happened_at TIMESTAMPTZ, subject VARCHAR, text VARCHAR",
    "case_deals": f"case_key {KEY}, deal_key {KEY}",
    #: What was merged away, and who was asked already about which lost name (`dangling`).
    "merged": f"stream VARCHAR, key {KEY}",
    "inquiries": (
        f"stream VARCHAR, key {KEY}, id VARCHAR, gone {KEY}, times BIGINT, asked_at TIMESTAMPTZ"
    ),
    #: As signals and texts, of what clients write that is no activity.
    "record_signals": (
        f"stream VARCHAR, record_key {KEY}, signal VARCHAR, said VARCHAR, due_at TIMESTAMPTZ, "
        "lexicon VARCHAR"
    ),
    "record_texts": (
        f"stream VARCHAR, record_key {KEY}, happened_at TIMESTAMPTZ, subject VARCHAR, text VARCHAR"
    ),
}


@cache
def layout() -> str:
    """Return the script that makes every table which is not there yet."""
    streams = {
        stream: ", ".join(f"{one.name} {one.type}" for one in table.columns(stream))
        for stream, table in TABLES.items()
    }
    tables = {**_BESIDE, **streams, **KEPT}
    return "; ".join(
        f"CREATE TABLE IF NOT EXISTS {name} ({columns})" for name, columns in tables.items()
    )
