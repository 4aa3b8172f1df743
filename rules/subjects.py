"""What a rule can be for, and the fields each of these has: the built-in ones and the org's own.

Data only: the tables behind the subjects are built in `relations`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

from connectors.model import ActivityKind, Direction, Outcome
from rules.org import CustomField
from rules.vocabulary import CATEGORIES, DEAL_FIELDS, FieldWord, Kind, word

#: An org's own fields, by subject and word.
OwnFields = Mapping[str, Mapping[str, CustomField]]

_ACCOUNT_NAME: Final = "accounts.name"
_OF_DEALS: Final = ("deals.account_id", "deals.state")
_WON: Final = (
    *_OF_DEALS,
    "deals.stage",
    *(f"stage_changes.{one}" for one in ("deal_id", "stage", "at")),
)


def _owner(doc: str, *reads: str) -> FieldWord:
    """Who of us a record belongs to."""
    return word("owner", Kind.PERSON, doc, *reads, "owners.name", sql="{t}.owner_name")


def _client(doc: str, *reads: str) -> FieldWord:
    """The name of the account a record belongs to."""
    return word("account", Kind.TEXT, doc, *reads, _ACCOUNT_NAME, sql="{t}.account_name")


_COMPANY: Final = "The name of the client's company."

_ACCOUNT: Final = (
    word("name", Kind.TEXT, "What the client is called.", _ACCOUNT_NAME),
    _owner("Who of us the account belongs to.", "accounts.owner_id"),
    word("open_deals", Kind.NUMBER, "How many of its deals are open.", *_OF_DEALS),
    word("won_deals", Kind.NUMBER, "How many of its deals are won.", *_OF_DEALS),
    word("lost_deals", Kind.NUMBER, "How many of its deals are lost.", *_OF_DEALS),
    word(
        "won_amount",
        Kind.MONEY,
        "What its won deals are worth together, in whatever currency.",
        *_OF_DEALS,
        "deals.amount",
    ),
    word("first_won_at", Kind.MOMENT, "When its first deal was won.", *_WON),
    word("last_won_at", Kind.MOMENT, "When its latest deal was won.", *_WON),
    word(
        "first_deal_at",
        Kind.MOMENT,
        "When its first deal was created.",
        *_OF_DEALS,
        "deals.created_at",
    ),
)

_CONTACT: Final = (
    word("name", Kind.TEXT, "What the person is called.", "contacts.name"),
    _client("The name of their company.", "contacts.account_id"),
    _owner("Who of us their account belongs to.", "contacts.account_id", "accounts.owner_id"),
    word(
        "open_deals",
        Kind.NUMBER,
        "How many open deals they take part in.",
        *_OF_DEALS,
        "links.contact_id",
    ),
    word(
        "won_deals",
        Kind.NUMBER,
        "How many won deals they take part in.",
        *_OF_DEALS,
        "links.contact_id",
    ),
    word(
        "last_won_at",
        Kind.MOMENT,
        "When the latest deal they take part in was won.",
        *_WON,
        "links.contact_id",
    ),
    word(
        "first_deal_at",
        Kind.MOMENT,
        "When the first deal they take part in was created.",
        "deals.created_at",
        "links.contact_id",
    ),
)

_OWNER: Final = (
    word("name", Kind.TEXT, "What the person is called.", "owners.name"),
    word(
        "manager",
        Kind.PERSON,
        "The name of their manager.",
        "owners.manager_id",
        sql="{t}.manager_name",
    ),
)

_ACTIVITY: Final = (
    word(
        "type",
        Kind.CHOICE,
        "What it was.",
        "activities.kind",
        choices=tuple(ActivityKind),
        sql="{t}.kind",
    ),
    word(
        "direction",
        Kind.CHOICE,
        "Who reached out.",
        "activities.direction",
        choices=tuple(Direction),
    ),
    word("outcome", Kind.CHOICE, "How it went.", "activities.outcome", choices=tuple(Outcome)),
    word(
        "grade",
        Kind.CHOICE,
        "How certain it is that it reached the client.",
        "activities.kind",
        "activities.outcome",
        choices=("A", "B", "C", "D", "attempt", "none"),
        sql="{t}.grade_word",
    ),
    word(
        "duration",
        Kind.NUMBER,
        "How long it took, in minutes.",
        "activities.duration_seconds",
        sql="({t}.duration_seconds / 60.0)",
    ),
    word("at", Kind.MOMENT, "When it took place.", "activities.at", sql="{t}.happened_at"),
    word(
        "ended_at",
        Kind.MOMENT,
        "When it was over.",
        "activities.at",
        "activities.duration_seconds",
        sql="{t}.ends_at",
    ),
    _owner("Who of us made it.", "activities.owner_id"),
    _client(_COMPANY, "activities.account_ids"),
)

_RATING: Final = (
    word(
        "category",
        Kind.CHOICE,
        "What the client answered.",
        "ratings.category",
        choices=CATEGORIES,
    ),
    word("behaviour", Kind.TEXT, "What was asked about.", "ratings.behaviour"),
    word("comment", Kind.TEXT, "What the client wrote beside it.", "ratings.comment"),
    word("at", Kind.MOMENT, "When the client answered.", "ratings.at", sql="{t}.happened_at"),
    _owner("Who of us it is about.", "ratings.owner_id"),
    _client(_COMPANY, "ratings.account_id"),
)

#: Fields of its deal that an activity has too, as `deal.stage`; columns `deal_stage_word`, ….
_OF_ITS_DEAL: Final = ("name", "stage", "state", "amount", "pipeline", "type")


def _of_the_deal() -> Iterator[FieldWord]:
    for name in _OF_ITS_DEAL:
        field = DEAL_FIELDS[name]
        yield replace(
            field,
            name=f"deal.{name}",
            doc=f"Of its deal: {field.doc[0].lower()}{field.doc[1:]}",
            reads=field.reads | {"activities.deal_ids"},
            sql="{t}.deal_" + field.column("").lstrip("."),
        )


#: The built-in fields of each subject.
FIELDS: Final[Mapping[str, Mapping[str, FieldWord]]] = {
    "deal": DEAL_FIELDS,
    "activity": {one.name: one for one in (*_ACTIVITY, *_of_the_deal())},
    "account": {one.name: one for one in _ACCOUNT},
    "contact": {one.name: one for one in _CONTACT},
    "owner": {one.name: one for one in _OWNER},
    "rating": {one.name: one for one in _RATING},
}

#: Whose own fields a subject has beside its own, as `account.segment`; the map's column.
_REACHES: Final[Mapping[str, Mapping[str, str]]] = {
    "deal": {"deal": "fields", "account": "account_fields"},
    "activity": {"activity": "fields", "deal": "deal_fields", "account": "account_fields"},
    "account": {"account": "fields"},
    "contact": {"contact": "fields", "account": "account_fields"},
    "owner": {},
    "rating": {"account": "account_fields"},
}
_STREAMS: Final[Mapping[str, str]] = {
    "deal": "deals",
    "activity": "activities",
    "account": "accounts",
    "contact": "contacts",
}
_TYPES: Final[Mapping[str, str]] = {
    "number": "DOUBLE",
    "money": "DECIMAL(20, 4)",
    "date": "DATE",
    "moment": "TIMESTAMPTZ",
}


def fields_of(subject: str, own: OwnFields) -> Mapping[str, FieldWord]:
    """Return every field a rule for this subject may name."""
    return {**FIELDS[subject], **{one.name: one for one in _own(subject, own)}}


def _own(subject: str, own: OwnFields) -> Iterator[FieldWord]:
    for reached, column in _REACHES[subject].items():
        for field in own.get(reached, {}).values():
            name = field.word if reached == subject else f"{reached}.{field.word}"
            yield FieldWord(
                name=name,
                kind=Kind(field.kind),
                doc=field.doc,
                reads=frozenset({f"{_STREAMS[reached]}.fields.{field.source}"}),
                choices=field.choices,
                sql=_read(column, field),
                own=True,
            )


def _read(column: str, field: CustomField) -> str:
    name = field.source.replace("'", "''")
    text = f"{{t}}.{column}['{name}']"
    kind = _TYPES.get(field.kind)
    return f"TRY_CAST({text} AS {kind})" if kind else text


def moments_of(subject: str, own: OwnFields) -> Mapping[str, FieldWord]:
    """Return the fields of a subject at which a clock can start."""
    known = fields_of(subject, own)
    return {name: field for name, field in known.items() if field.kind in (Kind.MOMENT, Kind.DATE)}
