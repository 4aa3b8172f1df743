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


#: What a field of a kind is called in a sentence.
KINDS: Final[Mapping[Kind, str]] = {
    Kind.TEXT: "a text",
    Kind.NUMBER: "a number",
    Kind.MONEY: "an amount",
    Kind.DATE: "a day",
    Kind.MOMENT: "a day and time",
    Kind.CHOICE: "one of a few words",
    Kind.PERSON: "a person",
}


@dataclass(frozen=True, kw_only=True)
class FieldWord:
    """A field of a record, and what must be readable in the CRM for it."""

    name: str
    kind: Kind
    doc: str
    reads: frozenset[str]  # "stream.column"; hidden ones make a rule not evaluable
    choices: tuple[str, ...] = ()  # empty for `stage`: an org's stages come from its configuration
    sql: str = ""  # over a row `{t}` of the subject's table; empty: the column of this name
    own: bool = False  # an org's own field

    def column(self, table: str) -> str:
        """Return the SQL that reads it from a row of the subject's table."""
        return (self.sql or f"{{t}}.{self.name}").replace("{t}", table)

    @property
    def ours(self) -> bool:
        """Whether its values are words of this language, and no text of the CRM's."""
        return bool(self.choices) and not self.own

    @property
    def streams(self) -> frozenset[str]:
        """The streams it needs."""
        return frozenset(column.partition(".")[0] for column in self.reads)


_CHANGED_AT: Final = (
    "deals.stage",
    *(f"stage_changes.{one}" for one in ("deal_id", "stage", "at")),
)


def word(
    name: str, kind: Kind, doc: str, *reads: str, choices: tuple[str, ...] = (), sql: str = ""
) -> FieldWord:
    """Make the word for a field; `reads` are what must be readable in the CRM for it."""
    return FieldWord(
        name=name, kind=kind, doc=doc, reads=frozenset(reads), choices=choices, sql=sql
    )


_DEAL: Final = (
    word("name", Kind.TEXT, "What the deal is called in the CRM.", "deals.name"),
    word(
        "account",
        Kind.TEXT,
        "The name of the client's company.",
        "deals.account_id",
        "accounts.name",
        sql="{t}.account_name",
    ),
    word(
        "owner",
        Kind.PERSON,
        "Who of us the deal belongs to.",
        "deals.owner_id",
        "owners.name",
        sql="{t}.owner_name",
    ),
    word(
        "stage",
        Kind.CHOICE,
        "Where the deal stands in the sales process.",
        "deals.stage",
        sql="{t}.stage_word",
    ),
    word(
        "state",
        Kind.CHOICE,
        "Whether the deal is open, won or lost.",
        "deals.state",
        choices=tuple(DealState),
    ),
    word("amount", Kind.MONEY, "What the deal is worth, in its own currency.", "deals.amount"),
    word("currency", Kind.TEXT, "The currency of the amount, such as EUR.", "deals.currency"),
    word("probability", Kind.NUMBER, "The chance to win, 0 to 100.", "deals.probability"),
    word("close_date", Kind.DATE, "The day somebody expects it to close.", "deals.close_date"),
    word("next_step", Kind.TEXT, "What the owner wrote as the next step.", "deals.next_step"),
    word("created_at", Kind.MOMENT, "When the deal was created.", "deals.created_at"),
    word(
        "won_at",
        Kind.MOMENT,
        "When the deal was won, by its change of stage; empty while it is not won.",
        "deals.state",
        *_CHANGED_AT,
    ),
    word(
        "closed_at",
        Kind.MOMENT,
        "When the deal was won or lost, by its change of stage; empty while it is open.",
        "deals.state",
        *_CHANGED_AT,
    ),
    word(
        "stage_entered_at",
        Kind.MOMENT,
        "When the deal came into the stage it is in.",
        *_CHANGED_AT,
    ),
    word(
        "pipeline",
        Kind.TEXT,
        "Which sales process it is in: the pipeline on HubSpot, the record type on Salesforce.",
        "deals.pipeline",
        sql="{t}.pipeline_word",
    ),
    word("type", Kind.TEXT, "What kind of deal it is, in the org's own words.", "deals.type"),
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
    "manager": "The manager of the owner; in rules for accounts, also who stands in for them.",
    "anyone": "Anyone of us.",
}

#: What the newest message of an activity can be found to say, in several languages.
SIGNALS: Final[Mapping[str, str]] = {
    "check_in": 'A phrase that names no reason, such as "just checking in" or "touching base".',
    "purpose": "Beside such a phrase, what it is for: a question, a decision, a document, a date.",
    "promise": 'We promise a proposal, a quote or a contract: "you will have our offer by Friday".',
    "promise.offer": "The same of a proposal or a quote.",
    "promise.contract": "The same of a contract.",
    "delivery": "That document is brought, went out, or is spoken of by the client as received.",
    "withdrawal": 'Nobody wants that document any more: "no need for a quote any more".',
    "withdrawal.offer": "The same of a proposal or a quote.",
    "withdrawal.contract": "The same of a contract.",
    "asks_for_document": 'The client asks for it: "where is the proposal?", "send us the quote".',
    "asks_for_something": 'The client, or our note of it, asks us for anything: "wants a sample".',
    "note.discussed": "A note that says what was talked about.",
    "note.proposed": "A note that says what was proposed; that nothing was proposed counts, too.",
    "note.next_purpose": 'A note that says what the next contact is for, not just "follow up".',
    "praise": "The client praises us, without a but.",
    "complaint": 'The client complains of missing follow-up, such as "nobody called me back".',
    "auto_reply": "A machine answered for the client, such as a notice of absence.",
    "closes_conversation": 'A few words of the client that need no answer: "Thanks, perfect".',
}

#: The kinds of document that are told apart: what ends the wish for one ends no other's.
DOCUMENTS: Final[Mapping[str, str]] = {
    "offer": "A proposal, a quote, a bid: what something costs, and how it would be done.",
    "contract": "A contract, an agreement, a statement of work, an order form.",
}

#: What says for which day the next contact may be planned, and the word for that day.
NEXT_PURPOSE: Final = "note.next_purpose"
NAMED_DAYS: Final[Mapping[str, str]] = {
    "note.due": "The day that the note names for the next contact.",
}

#: What a client can have with whom somebody of us was in contact.
CLIENT_HAS: Final[Mapping[str, str]] = {
    "open_deals": "The client has an open deal.",
    "won_deals": "The client has bought before.",
    "lost_deals": "The client once decided against us.",
}

#: Who may get a task, or be told of one that stays open. The first in a list who is there gets it:
#: who has left or is on leave is passed over.
RECEIVERS: Final[Mapping[str, str]] = {
    "owner": "The owner of the record; of a rule for owners, the person themselves.",
    "manager": "The manager of the owner.",
    "director": "The manager of that manager.",
    "delegate": "Who stands in for the owner, by people.yaml.",
    "account_owner": "The owner of the client's account.",
    "by": "Who made the activity that began it.",
    "promise.by": "Who made the promise; the same as `by`.",
    "meeting.by": "Who held the meeting; the same as `by`.",
    "support_pool": "Whoever of the support pool in people.yaml has the fewest of our tasks open.",
}

#: Receivers that are named: `queue:Name`, `person:Name`.
NAMED_RECEIVERS: Final[Mapping[str, str]] = {
    "queue": "A queue of the CRM, by its name.",
    "person": "Someone of ours, by name, alias or e-mail.",
}

#: What a rule can be for.
SUBJECTS: Final[Mapping[str, str]] = {
    "deal": "A deal: an opportunity of Salesforce, a deal of HubSpot.",
    "activity": "A call, mail, meeting, message or note that took place.",
    "account": "A client's company.",
    "contact": "A person of the client.",
    "owner": "Someone of us: what they did, counted over all their clients.",
    "rating": "A client's answer to how well we did.",
}

#: What a client's answer can be, from the worst.
CATEGORIES: Final = ("poor", "fair", "average", "good", "excellent")

#: What a text of a task may name in braces, `{account}`. A day or a moment also takes `:day` or
#: `:time`, as in `{won_at:day}`.
PLACEHOLDERS: Final[Mapping[str, str]] = {
    "account": "The name of the client's company.",
    "deal": "What the deal is called.",
    "contact": "Who of the client wrote or took part; else the main contact.",
    "owner": "The owner of the deal.",
    "manager": "The manager of the owner.",
    "amount": "The amount with its currency.",
    "stage": "The stage of the deal.",
    "next_step": "What the owner wrote as the next step.",
    "days_since_anchor": "How long the clock has run, such as `6 business days`.",
    "count": "How many activities were counted; empty where nothing is.",
    "share": "What part of them, such as `30 %`; empty where no `ratio` is asked for.",
    "subject": "What the activity was about that began it, such as `meeting` or `mail`.",
}

#: What may be written as a day, `{won_at:day}`, or a time of day, `{won_at:time}`.
DATED_PLACEHOLDERS: Final[Mapping[str, str]] = {
    "anchor": "The moment that started the clock.",
    "deadline": "The moment it was due.",
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

#: What a rule reads beside touches to know whose deals the client of one has.
CLIENT_READS: Final = frozenset({"deals.state"})

#: What the table of each subject is built from, beside the fields a rule names.
SUBJECT_READS: Final[Mapping[str, frozenset[str]]] = {
    "deal": frozenset(),
    "activity": frozenset({"activities.at", "activities.deal_ids", "activities.account_ids"}),
    "account": frozenset({"accounts.name", "accounts.owner_id", "deals.account_id"}),
    "contact": frozenset({"contacts.name", "contacts.account_id", "accounts.owner_id"}),
    "owner": frozenset({"owners.name", "activities.owner_id"}),
    "rating": frozenset({"ratings.category", "ratings.at"}),
}
PLANNED_READS: Final = frozenset(
    {"activities.at", "activities.done", "activities.kind", "activities.deal_ids"}
)
QUOTE_READS: Final = frozenset({"proposals.deal_id", "proposals.presented", "proposals.at"})
#: Streams that are heeded where they are read: an org without them is judged by the rest.
FILE_STREAMS: Final = frozenset({"files"})
STAGE_ENTRY_READS: Final = frozenset(
    {"stage_changes.deal_id", "stage_changes.stage", "stage_changes.at"}
)
