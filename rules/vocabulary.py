"""The closed words of the rule language: fields, activities, people, stages, placeholders.

Every word has one sentence that the documentation, the editor and the error messages use. Only data
in here: what a word does, `touches` and `compile` know.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from connectors.model import ActivityKind, DealState, Direction, Outcome


class Kind(StrEnum):
    """What kind of value a field holds; it decides which tests fit."""

    TEXT = "text"
    NUMBER = "number"
    MONEY = "money"
    DATE = "date"
    MOMENT = "moment"
    CHOICE = "choice"
    PERSON = "person"


@dataclass(frozen=True, kw_only=True)
class FieldWord:
    """A field of a deal, and what must be readable in the CRM for it."""

    name: str
    kind: Kind
    doc: str
    reads: frozenset[str]  # "stream.column"; hidden ones make a rule not evaluable
    choices: tuple[str, ...] = ()  # empty for `stage`: an org's stages come from its configuration

    @property
    def streams(self) -> frozenset[str]:
        """The streams it needs."""
        return frozenset(column.partition(".")[0] for column in self.reads)


_CHANGED_AT: Final = (
    "deals.stage",
    *(f"stage_changes.{one}" for one in ("deal_id", "stage", "at")),
)


def _field(
    name: str, kind: Kind, doc: str, *reads: str, choices: tuple[str, ...] = ()
) -> FieldWord:
    return FieldWord(name=name, kind=kind, doc=doc, reads=frozenset(reads), choices=choices)


_DEAL: Final = (
    _field("name", Kind.TEXT, "What the deal is called in the CRM.", "deals.name"),
    _field(
        "account",
        Kind.TEXT,
        "The name of the client's company.",
        "deals.account_id",
        "accounts.name",
    ),
    _field("owner", Kind.PERSON, "Who of us the deal belongs to.", "deals.owner_id", "owners.name"),
    _field("stage", Kind.CHOICE, "Where the deal stands in the sales process.", "deals.stage"),
    _field(
        "state",
        Kind.CHOICE,
        "Whether the deal is open, won or lost.",
        "deals.state",
        choices=tuple(DealState),
    ),
    _field("amount", Kind.MONEY, "What the deal is worth, in its own currency.", "deals.amount"),
    _field("currency", Kind.TEXT, "The currency of the amount, such as EUR.", "deals.currency"),
    _field("probability", Kind.NUMBER, "The chance to win, 0 to 100.", "deals.probability"),
    _field("close_date", Kind.DATE, "The day somebody expects it to close.", "deals.close_date"),
    _field("next_step", Kind.TEXT, "What the owner wrote as the next step.", "deals.next_step"),
    _field("created_at", Kind.MOMENT, "When the deal was created.", "deals.created_at"),
    _field(
        "won_at",
        Kind.MOMENT,
        "When the deal was won, by its change of stage; empty while it is not won.",
        "deals.state",
        *_CHANGED_AT,
    ),
    _field(
        "closed_at",
        Kind.MOMENT,
        "When the deal was won or lost, by its change of stage; empty while it is open.",
        "deals.state",
        *_CHANGED_AT,
    ),
    _field(
        "stage_entered_at",
        Kind.MOMENT,
        "When the deal came into the stage it is in.",
        *_CHANGED_AT,
    ),
)

#: Every field of a deal that a rule may name.
DEAL_FIELDS: Final[Mapping[str, FieldWord]] = {word.name: word for word in _DEAL}

#: The fields a clock can start at.
MOMENTS: Final = tuple(word.name for word in _DEAL if word.kind is Kind.MOMENT)

#: A moment field is empty unless the deal is in one of these states.
STATES_OF_MOMENT: Final[Mapping[str, frozenset[str]]] = {
    "won_at": frozenset({"won"}),
    "closed_at": frozenset({"won", "lost"}),
}

#: The stages everybody has; an org maps its own labels onto them, and may add some.
STAGES: Final = frozenset(
    {"Prospecting", "Qualification", "Proposal", "Negotiation", "Won", "Lost"}
)

#: The state of a deal in a stage; every other stage is open.
STATE_OF_STAGE: Final[Mapping[str, str]] = {"Won": "won", "Lost": "lost"}

ACTIVITY_KINDS: Final = tuple(ActivityKind)
ACTIVITY_DIRECTIONS: Final = tuple(Direction)
OUTCOMES: Final = tuple(Outcome)

#: Which way a touch may go.
DIRECTIONS: Final[Mapping[str, str]] = {
    "inbound": "The client reached out to us.",
    "outbound": "We reached out to the client.",
    "two-way": "The client answered or took part: inbound mail, connected call, held meeting.",
    "any": "Whoever reached out.",
}

#: How certain it is that a touch reached the client.
GRADES: Final[Mapping[str, str]] = {
    "A": "Certain: a connected call, a held meeting, a personal mail or message.",
    "B": "Probable: a call with notes, a past meeting, a mail of unknown origin.",
    "C": "Weak: a finished call or meeting without text, a note that says we met.",
    "D": "Only claimed: a task ticked done with nothing else.",
    "attempt": "We tried and reached nobody: no answer, busy, voicemail.",
}

#: Who of us a touch may come from.
WHO: Final[Mapping[str, str]] = {
    "owner": "The owner of the deal.",
    "team": "Anyone who has the same manager as the owner.",
    "manager": "The manager of the owner.",
    "anyone": "Anyone of us.",
}

#: What the newest message of an activity can be found to say, in several languages.
SIGNALS: Final[Mapping[str, str]] = {
    "check_in": 'A phrase that names no reason, such as "just checking in" or "touching base".',
    "purpose": "Beside such a phrase, what it is for: a question, a decision, a document, a date.",
}

#: Who may get a task, or be told of one that stays open.
RECEIVERS: Final[Mapping[str, str]] = {
    "owner": "The owner of the deal.",
    "manager": "The manager of the owner.",
}

#: What a text of a task may name in braces, `{account}`. A day or a moment also takes `:day` or
#: `:time`, as in `{won_at:day}`.
PLACEHOLDERS: Final[Mapping[str, str]] = {
    "account": "The name of the client's company.",
    "deal": "What the deal is called.",
    "contact": "The client's main contact.",
    "owner": "The owner of the deal.",
    "manager": "The manager of the owner.",
    "amount": "The amount with its currency.",
    "stage": "The stage of the deal.",
    "next_step": "What the owner wrote as the next step.",
    "days_since_anchor": "How long the clock has run, such as `6 business days`.",
}

#: What may be written as a day, `{won_at:day}`, or a time of day, `{won_at:time}`.
DATED_PLACEHOLDERS: Final[Mapping[str, str]] = {
    "anchor": "The moment that started the clock.",
    "close_date": DEAL_FIELDS["close_date"].doc,
    **{name: DEAL_FIELDS[name].doc for name in MOMENTS},
}


#: The sentence in which a `count` found what it `says`; only such a rule has this placeholder.
SAID: Final = "said"


def placeholder_names(*, said: bool = False) -> frozenset[str]:
    """Every placeholder a text may hold, with its `:day` and `:time` forms; `{said}` on demand."""
    dated = {f"{name}{form}" for name in DATED_PLACEHOLDERS for form in ("", ":day", ":time")}
    quoted = {SAID} if said else set()
    return frozenset(PLACEHOLDERS) | quoted | frozenset(dated - {"close_date:time"})


#: What a `touch` reads, and what a rule reads to find who shall get its task.
TOUCH_READS: Final = frozenset(
    {"deals.account_id", "deals.owner_id"}
    | {
        f"activities.{column}"
        for column in (
            "kind",
            "direction",
            "outcome",
            "at",
            "done",
            "duration_seconds",
            "owner_id",
            "automated",
            "outsiders",
            "deal_ids",
            "account_ids",
            "contact_ids",
        )
    }
)
TOUCH_STREAMS: Final = frozenset({"deals", "activities", "links", "contacts", "owners"})
#: What a rule reads beside that to know what an activity says.
TEXT_READS: Final = frozenset({"activities.subject", "activities.text"})
OWNER_READS: Final = frozenset({"deals.owner_id", "owners.active"})
MANAGER_READS: Final = frozenset({"owners.manager_id"})
