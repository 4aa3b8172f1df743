"""The words for activities: which contact with the client counts, and what else can be missing."""

from __future__ import annotations

from typing import Annotated

from pydantic import Discriminator, Field, Tag

from rules import vocabulary
from rules.words import (
    Closed,
    Duration,
    LengthOfTime,
    OneOrMany,
    StageWord,
    Words,
    YesNo,
    shape,
)

Who = Annotated[str, Closed("someone of us a touch can come from", vocabulary.WHO)]
ActivityWord = Annotated[str, Closed("a kind of activity", vocabulary.ACTIVITY_KINDS)]
SignalWord = Annotated[str, Closed("a signal that is looked for in texts", vocabulary.SIGNALS)]
ClientWord = Annotated[str, Closed("something a client has", vocabulary.CLIENT_HAS)]
DocumentWord = Annotated[str, Closed("a kind of document", vocabulary.DOCUMENTS)]
Grade = Annotated[str, Closed("a grade of evidence", vocabulary.GRADES)]
Lasting = Annotated[
    Annotated[Duration, Tag("text")] | Annotated[dict[ActivityWord, Duration], Tag("entries")],
    Discriminator(shape),
]
Signals = Annotated[tuple[SignalWord, ...], OneOrMany()]


class Touch(Words):
    """Which contact with the client counts."""

    by: Annotated[tuple[Who, ...], OneOrMany()] = Field(("anyone",), description="Whose it may be.")
    at_least: Grade = Field("C", description="The weakest grade that counts.")
    direction: Annotated[str, Closed("a direction", vocabulary.DIRECTIONS)] = Field(
        "any", description="Who reached out."
    )
    type: Annotated[tuple[ActivityWord, ...], OneOrMany()] = Field(
        vocabulary.ACTIVITY_KINDS, description="What it was."
    )
    automated: YesNo | None = Field(None, description="Sent by a machine or not; else both.")
    lasting: Lasting | None = Field(
        None, description="At least so long, such as 5 minutes; or by kind, call: 5 minutes."
    )


class CountedActivity(Touch):
    """Which activities count, by what they are and by what their text says."""

    at_least: Grade | None = Field(  # type: ignore[assignment]
        None, description="The weakest grade that counts; without it any activity does."
    )
    says: Signals = Field((), description="Its text says one of these.")
    does_not_say: Signals = Field((), description="Its text says none of these.")
    lacks: Signals = Field((), description="Its text does not say all of these.")
    picked_up: YesNo | None = Field(
        None,
        description="no: of calls only those that nobody took count, with whatever grade.",
    )
    closes_conversation: YesNo | None = Field(
        None, description="no: a short thanks, after which nobody waits, does not count."
    )


Same = Annotated[
    str,
    Closed(
        "something it has in common with what began the clock",
        {"document": "An offer or a contract, as was promised."},
    ),
]


class EventActivity(CountedActivity):
    """An activity that can be missing, or begin a clock."""

    same: Same | None = Field(
        None,
        description="document: only if it speaks of the kind of document that was promised, an "
        "offer or a contract.",
    )


class OwnActivity(CountedActivity):
    """Which activities of people count: also by the client they were with."""

    answers: YesNo | None = Field(
        None,
        description="Of people. no: what follows within two hours on a mail, message or call of "
        "the client does not count.",
    )
    client_has: Annotated[tuple[ClientWord, ...], OneOrMany()] = Field(
        (), description="Of people. Only with clients who have one of these."
    )


class PlannedWords(Words):
    """Something that lies ahead, still to be done."""

    type: Annotated[tuple[ActivityWord, ...], OneOrMany()] = Field(
        vocabulary.ACTIVITY_KINDS, description="What it is."
    )
    in_next: LengthOfTime = Field(description="How far ahead.")
    or_by: Annotated[str, Closed("a day that was named", vocabulary.NAMED_DAYS)] | None = Field(
        None, description="note.due: or by the day that the note names for the next contact."
    )


class QuoteWords(Words):
    """A quote of the deal."""

    presented: YesNo = Field(True, description="Whether the client must have it.")


class FileWords(Words):
    """A file on the deal, by its name."""

    named: Annotated[tuple[DocumentWord, ...], OneOrMany()] = Field(
        tuple(vocabulary.DOCUMENTS), description="What its name calls it."
    )
    mailed: YesNo = Field(
        True, description="Whether a mail of ours must have gone out within a working day of it."
    )
    same: Same | None = Field(None, description="document: only of the kind that was promised.")


class StageEntryWords(Words):
    """The deal came into one of these stages."""

    stage: Annotated[tuple[StageWord, ...], OneOrMany()] = Field(description="One of these stages.")


class EventWords(Words):
    """One thing that can be missing: exactly one of these words."""

    touch: Touch | None = Field(
        None, description="A contact that reached the client, by its grade."
    )
    activity: EventActivity | None = Field(
        None, description="An activity, by what it is and what it says."
    )
    planned: PlannedWords | None = Field(
        None, description="Something that lies ahead, still to be done."
    )
    quote: QuoteWords | None = Field(None, description="A quote of the deal.")
    file: FileWords | None = Field(
        None, description="A file on the deal that is named like a document."
    )
    stage_entry: StageEntryWords | None = Field(None, description="The deal coming into a stage.")
