"""What is judged of labelled texts, in the form in which they are labelled. No I/O."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from zoneinfo import ZoneInfo

from connectors.model import ActivityKind, Direction
from rules.signals.comments.judging import CommentText, judge_comments
from rules.signals.notes.finding import NoteText, judge_notes
from rules.signals.promises.finding import PromiseText, judge_promises
from rules.signals.purpose.judged import PURPOSELESS, Contact, Judgement, is_flag
from rules.signals.purpose.judging import FLAG_AT, judge_purposes
from rules.signals.purpose.model import PurposeModel
from rules.signals.text.automatic import is_automatic
from rules.signals.words.lexicon import Lexicon
from worker.labelled import NOTE_LABELS, LabelKind, Row

#: A channel of the guidelines -> what such an activity is; every other one is a message.
_KINDS: Final = {
    "email": ActivityKind.EMAIL,
    "call": ActivityKind.CALL,
    "call_note": ActivityKind.CALL,
    "meeting": ActivityKind.MEETING,
    "meeting_note": ActivityKind.MEETING,
    "note": ActivityKind.NOTE,
    "task": ActivityKind.TASK,
}
_UTC: Final = ZoneInfo("UTC")


@dataclass(frozen=True, kw_only=True)
class By:
    """What texts are judged by."""

    lexicon: Lexicon
    model: PurposeModel | None = None


def predict(kind: LabelKind, rows: Sequence[Row], by: By) -> list[dict[str, Any]]:
    """Return for each text what is judged of it, with its id, in their order."""
    return _JUDGES[kind](rows, by)


def contact_of(row: Row) -> Contact:
    """Return a labelled check-in as the activity that it is; what is not said, a mail of ours."""
    automatic = is_automatic(row["text"]) is not None
    return Contact(
        id=row["id"],
        kind=str(_KINDS.get(row.get("channel", "email"), ActivityKind.MESSAGE)),
        direction=row.get("direction", str(Direction.OUTBOUND)),
        subject="",
        text=row["text"],
        automated=True if automatic else None,
        planned=False,
    )


def _check_ins(rows: Sequence[Row], by: By) -> list[dict[str, Any]]:
    return [
        {"id": row["id"], **_check_in(one)} for row, one in zip(rows, judged(rows, by), strict=True)
    ]


def judged(rows: Sequence[Row], by: By) -> list[Judgement]:
    """Return the judgements of labelled check-ins, in their order."""
    return judge_purposes([contact_of(row) for row in rows], by.lexicon, by.model)


def _check_in(one: Judgement) -> dict[str, Any]:
    return {
        "label": "purposeless" if one.verdict == PURPOSELESS else "purposeful",
        "verdict": one.verdict,
        "confidence": one.confidence,
        "flag": is_flag(one, FLAG_AT),
        "said": one.spot.said if one.spot else None,
        "entry": one.entry,
    }


def _promises(rows: Sequence[Row], by: By) -> list[dict[str, Any]]:
    texts = [
        PromiseText(
            id=row["id"],
            text=row["text"],
            direction=row["direction"],
            at=_noon(row["sent_at"]),
            zone=_UTC,
        )
        for row in rows
    ]
    return [
        {
            "id": one.id,
            "label": "promise" if one.found else "no_promise",
            "artefact": one.artefact,
            "due": one.due_said.isoformat() if one.due_said else None,
            "said": one.said,
            "entry": one.entry,
        }
        for one in judge_promises(texts, by.lexicon.phrases)
    ]


def _noon(sent_at: str) -> dt.datetime:
    """The guidelines count in days, so that the hour of a moment says nothing."""
    return dt.datetime.combine(dt.datetime.fromisoformat(sent_at).date(), dt.time(12), dt.UTC)


def _notes(rows: Sequence[Row], by: By) -> list[dict[str, Any]]:
    texts = [NoteText(id=row["id"], text=row["text"]) for row in rows]
    return [
        {"id": one.id, **{name: getattr(one, name) is not None for name in NOTE_LABELS}}
        for one in judge_notes(texts, by.lexicon, by.model)
    ]


def _comments(rows: Sequence[Row], by: By) -> list[dict[str, Any]]:
    texts = [CommentText(id=row["id"], text=row["text"]) for row in rows]
    return [
        {"id": one.id, "label": one.label, "said": one.said, "entry": one.entry}
        for one in judge_comments(texts, by.model, by.lexicon.own)
    ]


_JUDGES: Final[Mapping[LabelKind, Callable[[Sequence[Row], By], list[dict[str, Any]]]]] = {
    LabelKind.CHECKINS: _check_ins,
    LabelKind.PROMISES: _promises,
    LabelKind.NOTES: _notes,
    LabelKind.COMMENTS: _comments,
}
