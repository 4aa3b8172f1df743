"""Signals of activities: columns in, one row for each activity and what it says; no I/O.

Two steps for every reader: which texts may hold what it looks for, over whole columns; the
sentences of those few, newest message only. What a reader finds, its own module knows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc

from connectors.model import MOMENT, ActivityKind
from rules.signals.comments.client_says import (
    find_auto_replies,
    find_complaints,
    find_praise,
)
from rules.signals.comments.closings import CLOSING, find_closings
from rules.signals.comments.judging import praise_gate
from rules.signals.comments.opinion_words import PRAISE
from rules.signals.notes.finding import find_notes, find_outright
from rules.signals.promises.asking import find_asking, find_told
from rules.signals.promises.bringing import bringing_gate
from rules.signals.promises.delivery import find_deliveries
from rules.signals.promises.finding import document_gate, find_promises
from rules.signals.promises.wanted import find_requests, find_withdrawals
from rules.signals.purpose.check_in import find_check_ins
from rules.signals.purpose.judged import PurposeModel
from rules.signals.said import LONGEST_QUOTE, Author, Found, Written, authors
from rules.signals.text.plain import plain_column
from rules.signals.words.lexicon import Lexicon
from rules.signals.words.own_lists import COMMENT
from rules.signals.words.phrases import holds_any

LONGEST_TEXT: Final = 64 * 1024  # characters; what follows is not read (rulings: Text)
_OF_WRITTEN: Final = ("id", "kind", "author", "at", "subject", "text")
_HEAD: Final = 120  # characters in which a mere "thanks" says so

SIGNALS: Final = pa.schema(
    [
        ("activity_id", pa.string()),
        ("signal", pa.string()),  # a word of `vocabulary.SIGNALS`
        ("said", pa.string()),  # the deciding sentence, at most 200 characters
        ("due_at", MOMENT),  # of a promise or a next purpose; else null
        ("lexicon", pa.string()),  # the version it was read with
    ]
)

_NOUNS: Final = ("doc", "figures", "angebot", "devis", "propuesta", "offerte", "proposta")
_NOTES: Final = (ActivityKind.CALL, ActivityKind.MEETING, ActivityKind.NOTE)
_CONVERSATIONS: Final = frozenset(str(kind) for kind in _NOTES)


@dataclass(frozen=True, kw_only=True)
class _Call:
    """What a reader works with."""

    lexicon: Lexicon
    zone: ZoneInfo
    model: PurposeModel | None


#: One of the patterns of each gate must be in the plain text.
_Gates = Sequence[Sequence[str]]


@dataclass(frozen=True, kw_only=True)
class _Reader:
    """Whose texts are read, what must stand in them, and who reads them then."""

    authors: frozenset[str]
    gates: Callable[[Lexicon], _Gates]
    find: Callable[[Sequence[Written], _Call], Iterable[Found]]
    kinds: frozenset[str] = frozenset(str(kind) for kind in ActivityKind)
    head: bool = False  # only the beginning of the text is looked at
    by_hand: bool = False  # what the CRM says a machine sent is left out


def _groups(*names: str) -> Callable[[Lexicon], _Gates]:
    """A gate: a phrase of one of these groups."""
    return lambda lexicon: [[one for name in names for one in lexicon.phrases.groups[name]]]


def _praise(lexicon: Lexicon) -> _Gates:
    return [[*lexicon.phrases.groups["praise"], *praise_gate(lexicon.own.added(COMMENT, PRAISE))]]


def _both(*gates: Callable[[Lexicon], _Gates]) -> Callable[[Lexicon], _Gates]:
    """One gate after the other; what is looked up fast goes first."""
    return lambda lexicon: [gate for each in gates for gate in each(lexicon)]


def _documents(*names: str) -> Callable[[Lexicon], _Gates]:
    return _both(_nouns, _groups(*names))


def _deliveries(lexicon: Lexicon) -> _Gates:
    said = ("delivery_brings", "delivery_bare", "delivery_told", "delivery_has")
    named = [*_nouns(lexicon)[0], *document_gate()]
    return [named, [*_groups(*said)(lexicon)[0], *bringing_gate()]]


def _nouns(lexicon: Lexicon) -> _Gates:
    return [["|".join(one for name in _NOUNS for one in lexicon.phrases.groups[f"word.{name}"])]]


def _anything(lexicon: Lexicon) -> _Gates:
    return [[r"\w\w"]]


def _authors(*some: Author) -> frozenset[str]:
    return frozenset(str(one) for one in some)


_EVERYBODY: Final = frozenset(str(one) for one in Author)
_OURS: Final = _authors(Author.MAIL, Author.PAPER)
_CLIENTS: Final = _authors(Author.CLIENT)
_HEARD: Final = _authors(Author.CLIENT, Author.HEARD)
_QUOTING: Final = _authors(Author.PAPER, Author.HEARD)

_READERS: Final[tuple[_Reader, ...]] = (
    _Reader(
        authors=_OURS,
        gates=lambda lexicon: [],  # whatever says nothing at all is a check-in, too
        find=lambda some, call: find_check_ins(some, call.lexicon, call.model),
        by_hand=True,
    ),
    _Reader(
        authors=_OURS,
        gates=lambda lexicon: [document_gate()],
        find=lambda some, call: find_promises(some, call.lexicon.phrases, call.zone),
    ),
    _Reader(
        authors=_OURS | _CLIENTS,
        gates=_deliveries,
        find=lambda some, call: find_deliveries(some, call.lexicon.phrases),
    ),
    _Reader(
        authors=_CLIENTS | _QUOTING,
        gates=_documents("withdrawal"),
        find=lambda some, call: find_withdrawals(some, call.lexicon.phrases),
    ),
    _Reader(
        authors=_HEARD,
        gates=_documents("asks_for_document"),
        find=lambda some, call: find_requests(some, call.lexicon.phrases),
    ),
    _Reader(
        authors=_CLIENTS,
        gates=_groups("asks_for_something"),
        find=lambda some, call: find_asking(some, call.lexicon.phrases),
    ),
    _Reader(
        authors=_QUOTING,
        gates=_groups("noted_asking"),
        find=lambda some, call: find_told(some, call.lexicon.phrases),
    ),
    _Reader(
        authors=_EVERYBODY,
        kinds=_CONVERSATIONS,
        gates=_anything,
        find=lambda some, call: find_notes(some, call.lexicon, call.zone, call.model),
    ),
    _Reader(
        authors=_EVERYBODY,
        kinds=_CONVERSATIONS,
        gates=_groups("said_discussed", "said_proposed", "said_next"),
        find=lambda some, call: find_outright(some, call.lexicon, call.zone),
    ),
    *(
        _Reader(authors=whose, gates=gates, find=find)
        for said, find in (
            (_groups("complaint"), lambda some, call: find_complaints(some, call.lexicon.phrases)),
            (_praise, lambda some, call: find_praise(some, call.lexicon, call.model)),
        )
        for whose, gates in (
            (_CLIENTS, said),
            (_QUOTING, _both(_groups("client_said"), said)),
        )
    ),
    _Reader(
        authors=_CLIENTS,
        gates=_groups("auto_reply"),
        find=lambda some, call: find_auto_replies(some, call.lexicon.phrases),
    ),
    _Reader(
        authors=_CLIENTS,
        gates=_groups(*CLOSING),
        find=lambda some, call: find_closings(some, call.lexicon.phrases),
        head=True,
    ),
)


def read_activities(
    activities: pa.Table, lexicon: Lexicon, zone: str = "UTC", model: PurposeModel | None = None
) -> pa.Table:
    """Return the signals of canonical activities, in `SIGNALS`, one row for each and activity.

    Reads the columns `id`, `kind`, `direction`, `at`, `subject`, `text`, `automated` and
    `deleted`. A deleted activity says nothing, and `purpose` is looked for only beside a check-in.
    `zone` is the IANA name of the time zone in which people mean "tomorrow"; `model` decides what
    the lexicon leaves open.
    """
    living = activities.filter(pc.invert(pc.fill_null(activities["deleted"], False)))
    columns = {name: living[name].combine_chunks() for name in ("id", "kind", "direction", "at")}
    columns |= {name: _cut(living[name]) for name in ("subject", "text")}
    columns["automated"] = pc.fill_null(living["automated"].combine_chunks(), False)
    columns["author"] = authors(columns["kind"], columns.pop("direction"))
    call = _Call(lexicon=lexicon, zone=ZoneInfo(zone), model=model)
    found: dict[tuple[str, str], Found] = {}
    for one in _found(columns, call):
        found.setdefault((one.activity, one.signal), one)
    version = read_with(lexicon, model)
    return pa.Table.from_pylist([_row(one, version) for one in found.values()], schema=SIGNALS)


def read_with(lexicon: Lexicon, model: PurposeModel | None) -> str:
    """Return the version of what texts are read with; another one may say other things."""
    return lexicon.version if model is None else f"{lexicon.version}+{model.version}"


def _cut(column: pa.ChunkedArray) -> pa.Array:
    whole = pc.fill_null(column.combine_chunks(), "")
    return pc.utf8_slice_codeunits(whole, 0, LONGEST_TEXT)


def _row(one: Found, version: str) -> dict[str, Any]:
    return {
        "activity_id": one.activity,
        "signal": one.signal,
        "said": one.said[:LONGEST_QUOTE],
        "due_at": one.due_at,
        "lexicon": version,
    }


def _found(columns: Mapping[str, pa.Array], call: _Call) -> Iterable[Found]:
    subjects, texts = columns["subject"], columns["text"]
    whole = plain_column(pc.binary_join_element_wise(subjects, texts, ".\n"))
    heads = plain_column(pc.utf8_slice_codeunits(texts, 0, _HEAD))
    known: dict[int, Written] = {}
    for reader in _READERS:
        rows = _rows(columns, reader)
        plain = heads if reader.head else whole
        for gate in reader.gates(call.lexicon):
            if len(rows):
                rows = rows.filter(holds_any(plain.take(rows), gate))
        new = [n for n in rows.to_pylist() if n not in known]
        known.update(zip(new, _written(columns, new), strict=True))
        if len(rows):
            yield from reader.find([known[n] for n in rows.to_pylist()], call)


def _rows(columns: Mapping[str, pa.Array], reader: _Reader) -> pa.Array:
    """Return the places of the activities that the reader looks at."""
    theirs = pc.is_in(columns["author"], value_set=pa.array(sorted(reader.authors)))
    kinds = pc.is_in(columns["kind"], value_set=pa.array(sorted(reader.kinds)))
    if reader.by_hand:
        kinds = pc.and_not(kinds, columns["automated"])
    return pc.indices_nonzero(pc.and_(theirs, kinds))


def _written(columns: Mapping[str, pa.Array], rows: Sequence[int]) -> Iterable[Written]:
    places = pa.array(rows, pa.int64())
    some = pa.table({name: columns[name].take(places) for name in _OF_WRITTEN})
    return (Written(**row) for row in some.to_pylist())
