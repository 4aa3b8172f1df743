"""The hand-over: the mirror's tables as Parquet, and what an engine must know of the org beside.

One directory per hand-over: a directory of Parquet files per table, activities by month, and
`manifest.json`, which is written last: without it the hand-over is not whole and is refused. No
text of an activity is in it, as none is in the mirror.

Parquet knows no unsigned keys that Spark would read as numbers of 64 bits, so keys are written as
the same 64 bits with a sign (`rules.dialects`).
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import TypeAdapter, ValidationError

from connectors.model import BlindSpot
from rules import select
from rules.evaluate import prepare
from rules.org import Org
from worker.mirror import SCHEMA_VERSION, Mirror

MANIFEST: Final = "manifest.json"
_HALF: Final = f"{MANIFEST}.half"  # stands while a hand-over is being written
VERSION: Final = 1
_ROWS: Final = 100_000  # of a batch: what is in memory at a time


class HandoverError(Exception):
    """A hand-over cannot be written or read; the message says what to do."""


@dataclass(frozen=True, kw_only=True)
class Handover:
    """A whole hand-over: where its tables are, and what `prepare` and `evaluate` need beside."""

    directory: Path
    org_id: str
    made_at: dt.datetime  # the CRM's clock, UTC
    complete_until: Mapping[str, dt.datetime]
    blind_spots: tuple[BlindSpot, ...]
    org: Org
    rows: Mapping[str, int]

    @property
    def tables(self) -> tuple[str, ...]:
        """The names of the tables; each is a directory of Parquet files."""
        return tuple(self.rows)


def write_handover(mirror: Mirror, org: Org, directory: Path, now: dt.datetime) -> Handover:
    """Write the mirror as a hand-over. `now` is the CRM's clock, UTC.

    The mirror must be open for writing: what it keeps for rules is brought up to date first.
    A former hand-over in `directory` is replaced; anything else there is left alone and refused.
    The files are the operator's alone. Raises HandoverError.
    """
    org_id = mirror.org_id()
    if org_id is None:
        raise HandoverError("the mirror is empty. Pull first.")
    _clear(directory)
    prepare(mirror.connection, org, now, ())
    tables = _tables(mirror.connection)
    rows = {table: _write_table(mirror.connection, table, directory) for table in tables}
    done = Handover(
        directory=directory,
        org_id=org_id,
        made_at=now,
        complete_until=mirror.complete_until(),
        blind_spots=mirror.blind_spots(),
        org=org,
        rows=rows,
    )
    _write_manifest(done)
    return done


def read_handover(directory: Path) -> Handover:
    """Read what a hand-over says of itself. Raises HandoverError."""
    path = directory / MANIFEST
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise HandoverError(
            f"{path} is missing: this is no hand-over, or one that was not finished. "
            "Write it again."
        ) from None
    except (OSError, ValueError) as error:
        raise HandoverError(
            f"{path} cannot be read ({error}). Write the hand-over again."
        ) from None
    _check_version(path, said)
    try:
        known = {name: part.validate_python(said.get(name)) for name, part in _PARTS.items()}
        return Handover(directory=directory, **known)
    except ValidationError as error:
        place = ".".join(str(part) for part in error.errors()[0]["loc"])
        raise HandoverError(
            f"{path} is not what this program writes (at {place or 'the top'}). "
            "Write the hand-over again."
        ) from None


_PARTS: Final[Mapping[str, TypeAdapter[Any]]] = {
    "org_id": TypeAdapter(str),
    "made_at": TypeAdapter(dt.datetime),
    "complete_until": TypeAdapter(dict[str, dt.datetime]),
    "blind_spots": TypeAdapter(tuple[BlindSpot, ...]),
    "org": TypeAdapter(Org),
    "rows": TypeAdapter(dict[str, int]),
}


def _check_version(path: Path, said: Any) -> None:
    found = (said.get("version"), said.get("schema_version")) if isinstance(said, dict) else None
    if found != (VERSION, SCHEMA_VERSION):
        raise HandoverError(
            f"{path} is of another version of this program. Write the hand-over again."
        )


def _write_manifest(done: Handover) -> None:
    """Put the manifest in place in one step, after everything it speaks of is on disk."""
    said = {n: t.dump_python(getattr(done, n), mode="json") for n, t in _PARTS.items()}
    said |= {"version": VERSION, "schema_version": SCHEMA_VERSION}
    half = done.directory / _HALF
    half.write_text(json.dumps(said, indent=1, sort_keys=True), encoding="utf-8")
    half.replace(done.directory / MANIFEST)


def _clear(directory: Path) -> None:
    """Make an empty directory, private to the operator; take away a former hand-over."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = {entry.name for entry in directory.iterdir()}
    if found and not found & {MANIFEST, _HALF}:
        raise HandoverError(f"{directory} holds something else. Name an empty directory.")
    (directory / _HALF).touch()
    (directory / MANIFEST).unlink(missing_ok=True)  # from here on it is not whole
    for file in directory.glob("*/*.parquet"):
        file.unlink()


# -- tables ----------------------------------------------------------------------------------

#: The mirror's own book-keeping, of which the manifest says what is needed; and what people wrote.
_KEPT_BACK: Final = frozenset(
    {"meta", "feeds", "spent", "verdicts", "judged", "texts", "record_texts"}
    | {"work", "deal_facts", "recent_activities"}
)


def _tables(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Name the mirror's tables, whatever they are: rules say which of them they read."""
    found = select.rows(
        connection,
        "SELECT table_name FROM duckdb_tables() WHERE NOT temporary AND NOT internal ORDER BY 1",
    )
    return [row["table_name"] for row in found if row["table_name"] not in _KEPT_BACK]


def _write_table(connection: duckdb.DuckDBPyConnection, table: str, directory: Path) -> int:
    folder = directory / table
    folder.mkdir(exist_ok=True)
    parts = _months(connection) if table == "activities" else {"all": "TRUE"}
    return sum(
        _write_file(connection, f"SELECT * FROM {table} WHERE {held}", folder / f"{name}.parquet")
        for name, held in parts.items()
    )


def _months(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Name the files of activities, and what is in each: a month in UTC, or no moment at all."""
    month = "strftime(timezone('UTC', happened_at), '%Y-%m')"
    found = select.rows(
        connection,
        f"SELECT DISTINCT {month} AS month FROM activities "
        "WHERE happened_at IS NOT NULL ORDER BY month",
    )
    named = {row["month"]: f"{month} = '{row['month']}'" for row in found}
    return {"undated": "happened_at IS NULL"} | named


def _write_file(connection: duckdb.DuckDBPyConnection, query: str, path: Path) -> int:
    """Write what `query` answers, a batch at a time; return the number of rows."""
    reader = connection.sql(query).to_arrow_reader(_ROWS)
    rows = 0
    with pq.ParquetWriter(path, signed(reader.schema.empty_table()).schema) as writer:
        for batch in reader:
            writer.write_table(signed(pa.Table.from_batches([batch])))
            rows += batch.num_rows
    return rows


def signed(table: pa.Table) -> pa.Table:
    """Return a table whose 64 bits without a sign are the same 64 bits with one."""
    for place, column in enumerate(table.schema):
        if pa.types.is_uint64(column.type):
            chunks = [chunk.view(pa.int64()) for chunk in table[place].chunks]
            keys = pa.chunked_array(chunks, pa.int64())
            table = table.set_column(place, pa.field(column.name, pa.int64()), keys)
    return table
