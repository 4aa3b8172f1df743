"""Read the texts of arriving records: what they say goes into the mirror, they are let go.

Works on the table `b` of rows that `mirror` is about to store, inside its transaction. What may be
kept of a text, `texts` says.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import pyarrow as pa
import pyarrow.compute as pc

from rules import select
from rules.select import Connection, key_of
from rules.signals.purpose.judged import PurposeModel
from rules.signals.purpose.model import load_model
from rules.signals.read import read_activities, read_with
from rules.signals.words.lexicon import Lexicon, shipped_lexicon
from worker.lexicon_files import lexicon_of
from worker.texts import ORDER, Keep, TextKept

if TYPE_CHECKING:
    from worker.settings import Settings


@dataclass(frozen=True, kw_only=True)
class Texts:
    """How the rows of a stream are read like those of activities."""

    stream: str
    columns: str  # SQL: kind, direction, at, subject, text, automated, done
    moment: str  # SQL: by when a text that is kept is let go

    @property
    def of_activities(self) -> bool:
        """Whether what they say stands in the tables of activities."""
        return self.stream == "activities"


ACTIVITY_TEXTS: Final = Texts(
    stream="activities",
    columns="CASE kind WHEN 'case' THEN 'email' ELSE kind END AS kind, direction, "
    '"at", subject, text, automated, done',
    moment='coalesce("at", created_at, modified_at)',
)


@dataclass(frozen=True, kw_only=True)
class Reading:
    """How texts are read, and what is kept of them."""

    lexicon: Lexicon = field(default_factory=shipped_lexicon)
    kept: TextKept = field(default_factory=TextKept)
    model: PurposeModel | None = None  # without the extra the lexicon judges alone
    zone: str = "UTC"  # the org's, an IANA name: in which a promised day ends
    now: dt.datetime | None = None  # without it no whole text is kept
    hushed: frozenset[str] = frozenset()  # ids of records whose words are not kept: `forgotten`

    @property
    def mark(self) -> str:
        """What a feed is remembered to have been read with."""
        return f"{read_with(self.lexicon, self.model)} {self.kept.keep}"

    def differs_from(self, mark: str | None) -> bool:
        """Tell whether what was read under `mark` may say more, or other, things now."""
        if self.kept.keep is Keep.OFF or mark == self.mark:
            return False
        version, _, keep = (mark or "").partition(" ")
        less = keep not in ORDER or ORDER.index(Keep(keep)) < ORDER.index(self.kept.keep)
        return version != read_with(self.lexicon, self.model) or less


def reading_of(settings: Settings, now: dt.datetime) -> Reading:
    """Return how an org's texts are read."""
    return Reading(
        lexicon=lexicon_of(settings.config),
        model=load_model(),
        kept=settings.text,
        zone=settings.file.time_zone,
        now=now,
    )


def keep_what_they_say(
    connection: Connection, reading: Reading, texts: Texts = ACTIVITY_TEXTS
) -> None:
    """Store the signals of the rows in `b`, and what else of their texts may be kept."""
    if reading.kept.keep is Keep.OFF:
        return
    rows = select.arrow(connection, f"SELECT id, deleted, {texts.columns} FROM b")
    said = read_activities(rows, reading.lexicon, reading.zone, reading.model)
    if said.num_rows:
        _keep_signals(connection, said, reading, texts)
    horizon = None if reading.now is None else reading.kept.horizon(reading.now)
    if horizon is not None:
        _keep_texts(connection, texts, horizon, reading.hushed)


def add_signals(connection: Connection, said: pa.Table) -> None:
    """Store what activities say that was not read from their own texts."""
    connection.register("read_rows", said)
    connection.execute(
        "INSERT INTO signals BY NAME SELECT "
        f"{key_of('activity_id')} AS activity_key, signal, said, lexicon FROM read_rows"
    )
    connection.unregister("read_rows")


def _keep_texts(
    connection: Connection, texts: Texts, horizon: dt.datetime, hushed: frozenset[str]
) -> None:
    table = "texts" if texts.of_activities else "record_texts"
    stream = "" if texts.of_activities else f"'{texts.stream}', "
    connection.execute(
        f"INSERT INTO {table} SELECT {stream}b_key, moment, subject, text FROM "
        f"(SELECT b_key, id, deleted, {texts.moment} AS moment, {texts.columns} FROM b) "
        "WHERE NOT deleted AND moment >= ? AND coalesce(text, '') <> '' "
        "AND NOT list_contains(?, id)",
        [horizon, sorted(hushed)],
    )


def _without_quotes(said: pa.Table, which: pa.Array | pa.ChunkedArray) -> pa.Table:
    left = pc.if_else(which, pa.scalar(None, pa.string()), said["said"])
    return said.set_column(said.schema.get_field_index("said"), "said", left)


def _keep_signals(connection: Connection, said: pa.Table, reading: Reading, texts: Texts) -> None:
    if reading.kept.keep is Keep.VERDICTS_ONLY:
        said = _without_quotes(said, pa.array([True] * said.num_rows))
    elif reading.hushed:
        mine = pc.is_in(said["activity_id"], value_set=pa.array(sorted(reading.hushed)))
        said = _without_quotes(said, mine)
    table, key, stream = "signals", "activity_key", ""
    if not texts.of_activities:
        table, key, stream = "record_signals", "record_key", f"'{texts.stream}' AS stream, "
    connection.register("read_rows", said)
    connection.execute(
        f"INSERT INTO {table} BY NAME SELECT {stream}"
        f"{key_of('activity_id')} AS {key}, signal, said, due_at, lexicon FROM read_rows"
    )
    connection.unregister("read_rows")
