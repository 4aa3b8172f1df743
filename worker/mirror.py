"""The mirror: what the CRM said, as columns, in one DuckDB file that can be rebuilt at any time.

Laws of this file: a batch and the watermark that covers it commit in one transaction, the
watermark never before the rows; an older version of a record never replaces a newer one; of the
text of an activity no more is stored than `text:` allows (`texts`, `rulings: Text`).

Layout (evidence: `architecture.md`, choices): no primary keys, BIGINT keys, DELETE + INSERT. A key
is 64 bits of the MD5 of the CRM id, so that a reference needs no look-up and no order of loading;
`check_keys` proves that no two ids of the mirror share one (decision 0002).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Final

import duckdb
import pyarrow as pa
import tenacity

from connectors.base import Batch, Feed, Identity, Window
from connectors.errors import CrmError
from connectors.model import EVERY_STREAM, BlindSpot, Stage
from rules.select import key_of, transaction
from worker import feeds
from worker.beside import WRITTEN, put_beside
from worker.changes import noting
from worker.complaining import complaints_among
from worker.dangling import note_merged
from worker.feeds import Marked, Read
from worker.forgotten import without_words
from worker.layout import arriving, layout
from worker.reading import Reading, add_signals
from worker.whole import with_ended

SCHEMA_VERSION: Final = 7
#: What DuckDB may use where the settings say nothing.
MEMORY: Final = "400MB"
#: Bytes of a file up to which one thread is quicker than two, and takes a seventh less of them.
SMALL: Final = 64 * 2**20

#: How the texts of a feed were read stands in `meta` under this and the feed's name.
READ_WITH: Final = "read_with:"
_WHOLE: Final = "whole"
#: The digest of the tables that were made stands under this: a new one may be missing.
_LAID: Final = "laid"
#: Why rules must not trust a stream stands under this and the stream's name.
_WITHHELD: Final = "withheld:"

_Config = dict[str, str | bool | int | float | list[str]]


class MirrorError(Exception):
    """The mirror cannot be used; the message says what to do."""


@cache
def _filling(stream: str) -> str:
    """Return the statement that puts the rows of `b` into the table of a stream."""
    return f"INSERT INTO {stream} SELECT {arriving(stream)} FROM b"


class Mirror:
    """One org's mirror, opened for the length of a cycle. Not safe for several threads."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, memory: str = MEMORY, path: Path | None = None
    ) -> None:
        self.connection, self.memory, self._path = connection, memory, path
        self.reading = Reading()
        self.forgets = False  # whether somebody is to be kept out of what arrives

    @classmethod
    def open(
        cls,
        path: Path | None,
        *,
        read_only: bool = False,
        memory: str = MEMORY,
        patience: float = 10.0,
    ) -> Mirror:
        """Open the mirror at `path` (None: in memory), creating it if it is not there.

        Waits up to `patience` seconds while another process has it open. Raises MirrorError.
        """
        if path is not None and not read_only:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.umask(0o077)  # DuckDB makes files beside its own whenever it likes: all are private
        connection = _connect(path, read_only, memory, patience)
        if path is not None and not read_only:
            path.chmod(0o600)
        mirror = cls(connection, memory, path)
        if not read_only:
            mirror._create_tables()
        return mirror

    @classmethod
    def of(cls, streams: Mapping[str, pa.Table], reading: Reading | None = None) -> Mirror:
        """Return a mirror in memory that holds these streams."""
        mirror = cls.open(None)
        mirror.reading = reading or mirror.reading
        with transaction(mirror.connection):
            for stream, table in streams.items():
                for rows in (batch for batch in table.to_batches() if batch.num_rows):
                    mirror.store(Batch(stream, rows))
        return mirror

    def close(self) -> None:
        """Let go of the file."""
        self.connection.close()

    def widen(self) -> None:
        """Use as many threads as what is stored by now is worth."""
        self.connection.execute(f"SET threads = {_threads(self._path)}")

    # -- whose data this is ------------------------------------------------------------------

    def belongs_to(self, identity: Identity, crm: str) -> None:
        """Bind the mirror to its org, or refuse another one's. Raises MirrorError."""
        stored = self._meta().get("org_id")
        if stored is None:
            self._remember({"org_id": identity.org_id, "crm": crm, "org_name": identity.org_name})
        elif stored != identity.org_id:
            raise MirrorError(
                f"this state belongs to org {stored}, but the CRM says it is {identity.org_id} "
                f"({identity.org_name}). Point the settings back to the first org, or use another "
                "state directory for the second."
            )

    def remember_org(self, stages: tuple[Stage, ...], blind: tuple[BlindSpot, ...]) -> None:
        """Store what the org looks like, so that `plan` can be read without asking the CRM."""
        self._remember(
            {
                "stages": json.dumps([[s.label, s.is_closed, s.is_won] for s in stages]),
                "blind_spots": json.dumps([[b.stream, b.field, b.why] for b in blind]),
            }
        )

    def org_id(self) -> str | None:
        """Return the id of the org this mirror was filled from, or None while it is empty."""
        return self._meta().get("org_id")

    def stages(self) -> tuple[Stage, ...]:
        """Return the org's stages as they were at the last pull."""
        rows = json.loads(self._meta().get("stages", "[]"))
        return tuple(Stage(label=a, is_closed=b, is_won=c) for a, b, c in rows)

    def blind_spots(self) -> tuple[BlindSpot, ...]:
        """Return what the account could not see at the last pull."""
        rows = json.loads(self._meta().get("blind_spots", "[]"))
        return tuple(BlindSpot(stream=a, field=b, why=c) for a, b, c in rows)

    def withheld(self) -> tuple[BlindSpot, ...]:
        """Return the streams of which a sweep found too much hidden at once."""
        found = [json.loads(v) for n, v in sorted(self._meta().items()) if n.startswith(_WITHHELD)]
        return tuple(BlindSpot(stream=one[0], field=None, why=one[1]) for one in found)

    def hidden(self) -> dict[str, int]:
        """Return how many records of these streams a sweep found hidden."""
        found = [json.loads(v) for n, v in self._meta().items() if n.startswith(_WITHHELD)]
        return {one[0]: one[2] for one in found if len(one) > 2}

    def withhold(self, stream: str, spot: BlindSpot | None, hidden: int = 0) -> None:
        """Let rules that read a stream wait, of which so many are hidden; or wait no longer."""
        name = _WITHHELD + stream
        if spot is not None:
            self._remember({name: json.dumps([spot.stream, spot.why, hidden])})
        else:
            self.connection.execute("DELETE FROM meta WHERE name = ?", [name])

    def is_whole(self) -> bool:
        """Tell whether all there is to read was once read to its end."""
        return _WHOLE in self._meta()

    def became_whole(self) -> None:
        """Remember that all there is to read was read."""
        self._remember({_WHOLE: "yes"})

    # -- watermarks --------------------------------------------------------------------------

    def window(self, feed: Feed, until: dt.datetime) -> Window:
        """Return what is to be read of `feed`: all of it, or what changed since its watermark."""
        return feeds.window(self.connection, feed, until)

    def windows(self, wanted: Sequence[tuple[Feed, dt.datetime]]) -> list[Window]:
        """Return what is to be read of several feeds, each up to its own moment; in order."""
        return feeds.windows(self.connection, wanted)

    def wants_reading_again(self, feed: Feed) -> bool:
        """Tell whether texts of this feed were read with another lexicon, or less of them kept."""
        read_with = self._meta().get(_read_with(feed))
        return _is_written(feed) and self.reading.differs_from(read_with)

    def was_read(self, feed: Feed) -> None:
        """Remember how the texts of this feed were read; the caller holds the transaction."""
        if _is_written(feed):
            name = _read_with(feed)
            self.connection.execute("DELETE FROM meta WHERE name = ?", [name])
            self.connection.execute("INSERT INTO meta VALUES (?, ?)", [name, self.reading.mark])

    def complete_until(self) -> dict[str, dt.datetime]:
        """Return per stream the moment up to which every feed that fills it has been read."""
        return feeds.complete_until(self.connection)

    def expect(self, expected: Sequence[Feed], now: dt.datetime) -> None:
        """Hold streams back whose feeds are new, or are to be read from the beginning."""
        feeds.expect(self.connection, expected, now)

    def forget_feeds_but(self, names: Sequence[str]) -> None:
        """Drop watermarks of feeds that are no longer read, so that they hold nothing back."""
        feeds.forget_but(self.connection, names)

    @contextmanager
    def storing(
        self, feed: Feed, window: Window, *, again: bool = False, later: list[Read] | None = None
    ) -> Iterator[Storing]:
        """Store the batches of one window; its watermark moves with the last of them, or not.

        `again`: the window goes back as far as texts must be read with a changed lexicon. `later`
        takes the window instead where it held nothing; `nothing_new` moves such watermarks.
        """
        storing = Storing(self, again=again, later=later)
        try:
            yield storing
        except CrmError:
            storing.keep()
            raise
        storing.finish(feed, window)

    def nothing_new(self, read: Sequence[Read]) -> None:
        """Move the watermarks of windows that held no row, all at once."""
        if read:
            with transaction(self.connection):
                feeds.mark(self.connection, read)

    # -- reading -----------------------------------------------------------------------------

    def count(self, stream: str) -> int:
        """Return how many live records of `stream` the mirror holds."""
        row = self.connection.execute(
            f"SELECT count(*) FROM {_known(stream)} WHERE NOT deleted"
        ).fetchall()[0]
        assert row is not None
        return int(row[0])

    def check_keys(self) -> None:
        """Prove that no two ids share a key. Raises MirrorError."""
        for stream in EVERY_STREAM:
            row = self.connection.execute(
                f"SELECT count(DISTINCT id), count(DISTINCT key), count(*) FROM {_known(stream)}"
            ).fetchall()[0]
            if not row[0] == row[1] == row[2]:
                raise MirrorError(
                    f"the mirror's {stream} are inconsistent (ids, keys, rows: {row}). "
                    "Delete mirror.duckdb; the next run rebuilds it from the CRM."
                )

    # -- inside ------------------------------------------------------------------------------

    def store(self, batch: Batch) -> int:
        """Put the rows of a batch in place, newest version winning; the caller holds the
        transaction. Return the number of rows that were new or newer."""
        if batch.rows.schema != EVERY_STREAM[batch.stream]:
            raise MirrorError(f"a batch of {batch.stream} does not have its canonical schema")
        if batch.merged is not None:
            note_merged(self.connection, batch.stream, batch.merged)
        table, reading = with_ended(self.connection, batch), self.reading
        if self.forgets:
            table, hushed = without_words(self.connection, batch.stream, table)
            reading = replace(reading, hushed=frozenset(hushed))
        changed = _upsert(self.connection, batch.stream, table, reading)
        if batch.stream == "cases":
            complaints, said = complaints_among(self.connection, table)
            if complaints.num_rows:
                _upsert(self.connection, "activities", complaints, self.reading, said)
        return changed

    def _create_tables(self) -> None:
        """Make the tables, unless those of this very layout are there."""
        known = self._meta_if_any()
        version = known.get("schema_version", str(SCHEMA_VERSION))
        if version != str(SCHEMA_VERSION):
            raise MirrorError(
                f"the mirror has layout {version}, this program needs {SCHEMA_VERSION}. "
                "Delete mirror.duckdb; the next run rebuilds it from the CRM."
            )
        script = layout()
        laid = hashlib.sha256(script.encode()).hexdigest()
        if known.get(_LAID) != laid:
            with transaction(self.connection):
                self.connection.execute(script)
            self._remember({"schema_version": version, _LAID: laid})

    def _meta_if_any(self) -> dict[str, str]:
        try:
            return self._meta()
        except duckdb.CatalogException:  # a new file; to look for the table first reads all others
            return {}

    def _meta(self) -> dict[str, str]:
        return dict(self.connection.execute("SELECT name, value FROM meta").fetchall())

    def _remember(self, values: Mapping[str, str]) -> None:
        known = self._meta()
        values = {name: value for name, value in values.items() if known.get(name) != value}
        if not values:
            return
        with transaction(self.connection):
            self.connection.execute("DELETE FROM meta WHERE list_contains(?, name)", [[*values]])
            self.connection.execute(
                "INSERT INTO meta SELECT unnest(?), unnest(?)", [[*values], [*values.values()]]
            )


class Storing:
    """The window being stored: each batch in a transaction, the last one with the watermark."""

    def __init__(
        self, mirror: Mirror, *, again: bool = False, later: list[Read] | None = None
    ) -> None:
        self._mirror = mirror
        self._again, self._later = again, later
        self._held: Batch | None = None
        self.rows = 0
        self.changed = 0
        self.calls = 0  # told by the caller, as is:
        self.covered: dt.datetime | None = None  # up to when the CRM vouches for the window

    def add(self, batch: Batch) -> None:
        """Take one batch; it is stored when the next one, or the end, arrives."""
        self.keep()
        self._held = batch
        self.rows += batch.rows.num_rows

    def keep(self) -> None:
        """Store what is held, and leave the watermark where it is."""
        if self._held is not None:
            with transaction(self._mirror.connection):
                self.changed += self._mirror.store(self._held)
        self._held = None

    def finish(self, feed: Feed, window: Window) -> None:
        """Store the last batch and move the watermark, together."""
        connection = self._mirror.connection
        read = (feed, window, Marked(rows=self.rows, calls=self.calls, covered=self.covered))
        anew = self._again or window.since is None
        if self._later is not None and not (self.rows or anew):
            self._later.append(read)
            return
        with transaction(connection):
            if self._held is not None:
                self.changed += self._mirror.store(self._held)
            feeds.mark(connection, [read])
            if anew:
                self._mirror.was_read(feed)


def _is_written(feed: Feed) -> bool:
    """Tell whether a feed brings texts that people wrote."""
    return any(stream in WRITTEN for stream in feed.streams)


def _read_with(feed: Feed) -> str:
    return f"{READ_WITH}{feed.name}"


def _upsert(
    connection: duckdb.DuckDBPyConnection,
    stream: str,
    table: pa.Table,
    reading: Reading,
    said: pa.Table | None = None,
) -> int:
    run = connection.execute
    newest = _newest(table)
    first = not run(f"SELECT 1 FROM {stream} LIMIT 1").fetchall()
    b = "VIEW" if first and not newest else "TABLE"  # nothing is left out: no copy is needed
    connection.register("arriving", table)
    run(f"CREATE OR REPLACE TEMP {b} b AS SELECT *, {key_of('id')} AS b_key FROM arriving {newest}")
    if not first:
        run(f"DELETE FROM b USING {stream} s WHERE s.key = b_key AND s.modified_at > b.modified_at")
    standing = not first and _lay_standing(connection, stream)
    with noting(connection, stream, standing=standing):
        _put(connection, stream, reading, standing=standing)
        if said is not None:
            add_signals(connection, said)
    stored = run("SELECT count(*) FROM b").fetchall()[0][0]
    run(f"DROP {b} b")
    connection.unregister("arriving")
    return int(stored)


def _lay_standing(connection: duckdb.DuckDBPyConnection, stream: str) -> bool:
    """Lay where the rows stand that those of `b` take the place of; tell whether there are any."""
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE standing AS "
        f"SELECT s.rowid AS at FROM {stream} s SEMI JOIN b ON b.b_key = s.key"
    )
    return bool(connection.execute("SELECT 1 FROM standing LIMIT 1").fetchall())


def _newest(table: pa.Table) -> str:
    """Return what leaves the newest version of each record: nothing, where no id comes twice."""
    if len(table["id"].unique()) == len(table):
        return ""
    return "QUALIFY row_number() OVER (PARTITION BY id ORDER BY modified_at DESC) = 1"


def _put(
    connection: duckdb.DuckDBPyConnection, stream: str, reading: Reading, *, standing: bool
) -> None:
    """Put the rows of `b` in the place of those of the same keys, if any are `standing` there."""
    if standing:
        connection.execute(f"DELETE FROM {stream} WHERE key IN (SELECT b_key FROM b)")
    connection.execute(_filling(stream))
    put_beside(connection, stream, reading, first=not standing)


def _known(stream: str) -> str:
    if stream not in EVERY_STREAM:
        raise MirrorError(f"there is no stream {stream!r}")
    return stream


class _Busy(Exception):
    pass


def _attempt(path: Path | None, read_only: bool, config: _Config) -> duckdb.DuckDBPyConnection:
    try:
        return duckdb.connect(
            ":memory:" if path is None else str(path), read_only=read_only, config=config
        )
    except duckdb.IOException as error:
        if "lock" in str(error).lower():
            raise _Busy from error
        raise


def _threads(path: Path | None) -> int:
    """Say how many threads a file of this size is worth: handing over small tables costs more."""
    files = () if path is None else (path, path.with_name(f"{path.name}.wal"))
    return 2 if sum(one.stat().st_size for one in files if one.exists()) > SMALL else 1


def _connect(
    path: Path | None, read_only: bool, memory: str, patience: float
) -> duckdb.DuckDBPyConnection:
    config: _Config = {
        "memory_limit": memory,
        "checkpoint_threshold": "64MB",  # a pass writes a log; at its end the file takes it in
        "threads": str(_threads(path)),
        "enable_external_access": "false",
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
    }
    try:
        connection = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(_Busy),
            wait=tenacity.wait_fixed(0.2),
            stop=tenacity.stop_after_delay(patience),
            reraise=True,
        )(_attempt, path, read_only, config)
    except _Busy:
        raise MirrorError(
            f"{path} has been open in another run for {patience:g} seconds. "
            "Wait until that run has ended."
        ) from None
    except duckdb.Error as error:
        raise MirrorError(
            f"{path} cannot be opened as a mirror ({type(error).__name__}). "
            "Delete it; the next run rebuilds it from the CRM."
        ) from None
    connection.execute("SET TimeZone = 'UTC'")
    return connection
