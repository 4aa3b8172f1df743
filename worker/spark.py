"""The same evaluation on Apache Spark, for those who outgrow one machine.

`SparkConnection` offers what rules use of DuckDB's connection and translates each statement on the
way (`rules.dialects`), so that `prepare` and `evaluate` are the same code on both engines. It only
reads: the tables come from a hand-over (`worker.handover`), the answer is an `Evaluation`; nothing
is written to the CRM from here.

PySpark is an extra (`pip install followthrough[spark]`) and needs Java 17 or later.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from rules.checked import Rule
from rules.dialects import Translated, spark_sql
from rules.evaluate import Evaluation, evaluate, prepare
from worker.handover import Handover, read_handover, signed

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

_HERE: Final = "127.0.0.1"

#: What the translation relies on: UTC, DuckDB's strictness, Parquet's moments as moments.
_AGREED: Final[Mapping[str, str]] = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "true",
    "spark.sql.caseSensitive": "false",
    "spark.sql.timestampType": "TIMESTAMP_LTZ",
    "spark.sql.parquet.inferTimestampNTZ.enabled": "false",
    "spark.sql.execution.arrow.pyspark.enabled": "true",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
}

#: In local mode nothing listens beyond this machine; a cluster has to reach the driver.
_LOCAL: Final[Mapping[str, str]] = {
    "spark.driver.host": _HERE,
    "spark.driver.bindAddress": _HERE,
    "spark.sql.shuffle.partitions": "4",
    "spark.driver.memory": "4g",
}


class SparkError(Exception):
    """Spark cannot be used; the message says what to do."""


@contextmanager
def spark_session(master: str, settings: Mapping[str, str] | None = None) -> Iterator[SparkSession]:
    """Open a session on the cluster at `master` (`local[2]`, `spark://host:7077`, `yarn`).

    `settings` are Spark's own and win over ours. Raises SparkError where PySpark or Java is
    missing.
    """
    builder = _builder().appName("followthrough").master(master)
    ours = dict(_AGREED) | (dict(_LOCAL) if master.startswith("local") else {})
    for name, value in (ours | dict(settings or {})).items():
        builder = builder.config(name, value)
    if master.startswith("local"):
        os.environ.setdefault("SPARK_LOCAL_IP", _HERE)
    try:
        session = builder.getOrCreate()
    except _failures() as error:
        raise SparkError(_why_no_session(master, error)) from None
    session.sparkContext.setLogLevel("ERROR")
    try:
        yield session
    finally:
        session.stop()


def _builder() -> Any:
    try:
        from pyspark.sql import SparkSession
    except ImportError:
        raise SparkError(
            'PySpark is not installed. Install the extra: pip install "followthrough[spark]".'
        ) from None
    return SparkSession.builder


def _failures() -> tuple[type[Exception], ...]:
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    return Py4JError, PySparkException


def _why_no_session(master: str, error: Exception) -> str:
    if "JAVA_GATEWAY_EXITED" in str(error):
        return "Java did not start. Spark needs Java 17 (Debian: openjdk-17-jre-headless)."
    first = (str(error).splitlines() or [""])[0]
    return f"Spark at {master} did not answer ({type(error).__name__}: {first[:200]})."


# -- the connection --------------------------------------------------------------------------


class SparkConnection:
    """What rules use of a DuckDB connection, on a Spark session. Not safe for several threads."""

    def __init__(self, session: SparkSession) -> None:
        self._session = session
        self._tables: set[str] = set()

    def register(self, view_name: str, python_object: object, /) -> None:
        """Make an Arrow table readable under a name."""
        assert isinstance(python_object, pa.Table)
        self._session.createDataFrame(signed(python_object)).createOrReplaceTempView(view_name)

    def unregister(self, view_name: str, /) -> None:
        """Forget that name; tables made from it stay."""
        self._session.catalog.dropTempView(view_name)

    def read_parquet(self, name: str, path: str) -> None:
        """Make the Parquet files in the directory `path` readable under `name`."""
        self._session.read.parquet(path).createOrReplaceTempView(name)

    def execute(self, query: str, parameters: Mapping[str, object] | None = None, /) -> None:
        """Make a table or a view: `CREATE OR REPLACE TEMP TABLE … AS SELECT …`."""
        said = spark_sql(query)
        if said.creates is None:
            raise SparkError("only tables are made on Spark; read with sql().")
        with self._shared(said, parameters):
            make = self._made if said.kept else self._query
            make(said.query, parameters).createOrReplaceTempView(said.creates)
        self._tables.add(said.creates)

    def sql(self, query: str, /, *, params: Mapping[str, object] | None = None) -> Answer:
        """Return what a SELECT answers."""
        said = spark_sql(query)
        with self._shared(said, params):
            return Answer(_unsigned(self._query(said.query, params).toArrow()))

    def close(self) -> None:
        """Let go of the tables; the session stays open."""
        for name in self._tables:
            self._session.catalog.dropTempView(name)
        self._tables.clear()

    @contextmanager
    def _shared(self, said: Translated, values: Mapping[str, object] | None) -> Iterator[None]:
        """Let the parts of a query that it reads more than once stand as tables for a while."""
        try:
            for name, query in said.shared.items():
                self._made(query, values, said.reads).createOrReplaceTempView(name)
            yield
        finally:
            for name in said.shared:
                self._session.catalog.dropTempView(name)

    def _made(
        self,
        query: str,
        values: Mapping[str, object] | None,
        columns: Collection[str] | None = None,
    ) -> DataFrame:
        """Work a query out now, of its columns those named, and cut it off from what it is made of.

        Views upon views would grow into one query that takes Spark longer to plan than to run. The
        rows stay in memory and on the disks of the executors: if one is lost, the run fails and is
        to be started again.
        """
        frame = self._query(query, values)
        if columns is not None:
            frame = frame.select([name for name in frame.columns if name.lower() in columns])
        return frame.localCheckpoint(eager=True)

    def _query(self, query: str, values: Mapping[str, object] | None) -> DataFrame:
        return self._session.sql(query, args=dict(values) if values else None)


@dataclass(frozen=True)
class Answer:
    """What Spark answered."""

    table: pa.Table

    def to_arrow_table(self) -> pa.Table:
        """Return the answer as columns; moments are UTC, keys are without a sign again."""
        return self.table


def _unsigned(table: pa.Table) -> pa.Table:
    for place, column in enumerate(table.schema):
        if pa.types.is_int64(column.type) and is_key(column.name):
            keys = pa.chunked_array([c.view(pa.uint64()) for c in table[place].chunks], pa.uint64())
            table = table.set_column(place, pa.field(column.name, pa.uint64()), keys)
    return table


def is_key(name: str) -> bool:
    """Tell by its name whether a column holds keys of the mirror."""
    return name == "key" or name.endswith("_key")


# -- the evaluation --------------------------------------------------------------------------


@contextmanager
def evaluate_on_spark(
    rules: Sequence[Rule],
    directory: Path,
    master: str,
    *,
    now: dt.datetime | None = None,
    settings: Mapping[str, str] | None = None,
) -> Iterator[Evaluation]:
    """Judge a hand-over on the Spark cluster at `master`, exactly as DuckDB would judge the mirror.

    `directory` must be readable under the same path by this process and by every executor. `now`
    is the CRM's clock, UTC; without it, the moment of the hand-over. `settings` are Spark's own.
    The verdicts can be read until the block ends. Raises SparkError, HandoverError.
    """
    handover = read_handover(directory)
    with spark_session(master, settings) as session:
        connection = open_handover(session, handover)
        at = now or handover.made_at
        prepare(connection, handover.org, at, rules, keeps=False)
        yield evaluate(
            connection,
            rules,
            handover.org,
            complete_until=handover.complete_until,
            blind_spots=handover.blind_spots,
            now=at,
        )
        connection.close()


def open_handover(session: SparkSession, handover: Handover) -> SparkConnection:
    """Make the tables of a hand-over readable on a session."""
    connection = SparkConnection(session)
    for table in handover.tables:
        connection.read_parquet(table, str(handover.directory.resolve() / table))
    return connection
