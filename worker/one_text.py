"""Read one text the way a pass does, and say everything that is found in it. No I/O."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final
from zoneinfo import ZoneInfo

import pyarrow as pa

from connectors.model import STREAMS, ActivityKind, Direction
from rules.problems import listed
from rules.signals.comments.judging import CommentJudgement, CommentText, judge_comments
from rules.signals.notes.finding import NoteJudgement, NoteText, judge_notes
from rules.signals.promises.finding import PromiseJudgement, PromiseText, judge_promises
from rules.signals.purpose.judged import MAYBE, PURPOSELESS, Contact, Judgement, is_flag
from rules.signals.purpose.judging import FLAG_AT, judge_purposes
from rules.signals.read import read_activities
from rules.signals.text.automatic import is_automatic
from rules.signals.text.newest import zone
from worker.predicting import By

_LETTERS: Final = (ActivityKind.EMAIL, ActivityKind.MESSAGE)
_NOTED: Final = (ActivityKind.CALL, ActivityKind.MEETING, ActivityKind.NOTE)
_NOTE_PARTS: Final = ("discussed", "proposed", "next_purpose")


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A text, and what is known of the activity that it belongs to."""

    text: str
    subject: str = ""
    kind: str = str(ActivityKind.EMAIL)
    direction: str | None = str(Direction.OUTBOUND)
    at: dt.datetime  # aware
    zone: str = "UTC"  # an IANA name: in which people mean "tomorrow"
    automated: bool | None = None  # what the CRM says
    planned: bool = False


@dataclass(frozen=True, kw_only=True)
class Signal:
    """What rules see, with the sentence that made it so."""

    name: str
    said: str
    due_at: dt.datetime | None


@dataclass(frozen=True, kw_only=True)
class Read:
    """Everything that was found in a text."""

    asked: Asked
    purpose: Judgement
    automatic: str | None  # why no person wrote it
    promise: PromiseJudgement
    note: NoteJudgement | None  # of a call, a meeting, a note
    comment: CommentJudgement | None  # of what came in
    signals: tuple[Signal, ...]
    cut: tuple[str, ...]  # what was left out as not of the newest message
    lexicon: str
    model: bool  # whether the sentence model was asked, too

    @property
    def is_flag(self) -> bool:
        """Whether it counts against somebody."""
        return is_flag(self.purpose, FLAG_AT)

    def as_json(self) -> dict[str, Any]:
        """Return it as plain data; moments in ISO, UTC."""
        return {
            "purpose": _purpose_json(self),
            "automatic": self.automatic,
            "promise": _promise_json(self.promise),
            "note": _note_json(self.note),
            "comment": asdict(self.comment) if self.comment else None,
            "signals": [
                {
                    "signal": one.name,
                    "said": one.said,
                    "due_at": one.due_at.isoformat() if one.due_at else None,
                }
                for one in self.signals
            ],
            "left_out": list(self.cut),
            "lexicon": self.lexicon,
            "model": self.model,
        }


def asked_of(row: Mapping[str, Any], zone: str, now: dt.datetime) -> Asked:
    """Return an activity, as the CRM has it, as what is asked."""
    return Asked(
        text=row["text"] or "",
        subject=row["subject"] or "",
        kind=row["kind"],
        direction=row["direction"],
        at=row["at"] or now,
        zone=zone,
        automated=row["automated"],
        planned=row["done"] is False,
    )


def read_text(asked: Asked, by: By) -> Read:
    """Judge one text by everything that is known of texts."""
    automatic = is_automatic(asked.text, subject=asked.subject)
    contact = Contact(
        id="",
        kind=asked.kind,
        direction=asked.direction,
        subject=asked.subject,
        text=asked.text,
        automated=True if automatic else asked.automated,
        planned=asked.planned,
    )
    (purpose,) = judge_purposes([contact], by.lexicon, by.model)
    (promise,) = judge_promises([_promise_text(asked)], by.lexicon.phrases)
    (note,) = judge_notes([NoteText(id="", text=asked.text)], by.lexicon, by.model)
    (comment,) = judge_comments([CommentText(id="", text=asked.text)], by.model, by.lexicon.own)
    return Read(
        asked=asked,
        purpose=purpose,
        automatic=automatic,
        promise=promise,
        note=note if asked.kind in _NOTED else None,
        comment=comment if asked.direction == Direction.INBOUND else None,
        signals=tuple(_signals(asked, by)),
        cut=tuple(dict.fromkeys(cut.why for cut in zone(asked.text).cuts)),
        lexicon=by.lexicon.version,
        model=by.model is not None,
    )


def _promise_text(asked: Asked) -> PromiseText:
    return PromiseText(
        id="",
        text=asked.text,
        direction=asked.direction,
        at=asked.at,
        zone=ZoneInfo(asked.zone),
        noted=asked.kind not in _LETTERS,
        subject="" if asked.kind in _LETTERS else asked.subject,
    )


def _signals(asked: Asked, by: By) -> Iterator[Signal]:
    row = {
        "id": "this",
        "kind": asked.kind,
        "direction": asked.direction,
        "at": asked.at,
        "subject": asked.subject,
        "text": asked.text,
        "automated": asked.automated,
        "done": not asked.planned,
        "deleted": False,
    }
    fields = [field for field in STREAMS["activities"] if field.name in row]
    table = pa.Table.from_pylist([row], schema=pa.schema(fields))
    found = read_activities(table, by.lexicon, asked.zone, by.model)
    for one in found.to_pylist():
        yield Signal(name=one["signal"], said=one["said"], due_at=one["due_at"])


def _note_json(note: NoteJudgement | None) -> dict[str, str | None] | None:
    return None if note is None else {part: getattr(note, part) for part in _NOTE_PARTS}


def _purpose_json(read: Read) -> dict[str, Any]:
    one = read.purpose
    return {
        "verdict": one.verdict,
        "confidence": one.confidence,
        "flag": read.is_flag,
        "said": one.spot.said if one.spot else None,
        "start": one.spot.start if one.spot else None,
        "end": one.spot.end if one.spot else None,
        "entry": one.entry,
        "looked_for": list(one.looked_for),
        "language": one.language,
    }


def _promise_json(one: PromiseJudgement) -> dict[str, Any] | None:
    if not one.found:
        return None
    return {
        "artefact": one.artefact,
        "due_said": one.due_said.isoformat() if one.due_said else None,
        "due_at": one.due_at.isoformat() if one.due_at else None,
        "said": one.said,
        "start": one.start,
        "end": one.end,
        "entry": one.entry,
    }


# -- for people ----------------------------------------------------------------------------------


def lines_of(read: Read) -> Iterator[tuple[str, str]]:
    """Yield what was found, a heading and a sentence each."""
    yield "purpose", _verdict(read)
    yield from _why(read.purpose)
    yield "promise", _promise(read.promise)
    for part, said in (_note_json(read.note) or {}).items():
        yield part.replace("_", " "), f'"{said}"' if said else "none"
    if read.comment is not None:
        yield "comment", _comment(read.comment)
    yield "rules see", listed([one.name for one in read.signals], "and") or "nothing"
    if read.cut:
        yield "left out", listed(read.cut, "and")
    yield "lexicon", f"{read.lexicon}, {'with' if read.model else 'without'} the sentence model"


def _verdict(read: Read) -> str:
    if read.automatic:
        return f"not judged: no person wrote it ({read.automatic})"
    if read.asked.direction == Direction.INBOUND:
        return "not judged: it came in"
    one = read.purpose
    counts = {
        PURPOSELESS: ", counts" if read.is_flag else ", not sure enough to count",
        MAYBE: ", counts against nobody",
    }
    return f"{one.verdict} ({one.confidence:.2f}{counts.get(one.verdict, '')})"


def _why(one: Judgement) -> Iterator[tuple[str, str]]:
    if one.spot is not None:
        place = "in the subject"
        if one.spot.start >= 0:
            place = f"characters {one.spot.start} to {one.spot.end}"
        yield "sentence", f'"{one.spot.said}" ({place})'
    if one.entry is not None:
        yield "entry", one.entry
    if one.looked_for:
        yield "not found", "; ".join(one.looked_for)


def _promise(one: PromiseJudgement) -> str:
    if not one.found:
        return "none"
    said = f"{one.artefact}, {one.due_said or 'no day said'}"
    due = f", due {one.due_at:%Y-%m-%d %H:%M} UTC" if one.due_at else ""
    return f'{said}{due}: "{one.said}"'


def _comment(one: CommentJudgement) -> str:
    return one.label + (f': "{one.said}" ({one.entry})' if one.said else "")
