"""Rows of a Salesforce org from a seeded generator of columns, as CSV and as JSON.

Any rows of any object can be made by their numbers, the same ones each time, without keeping what
came before: a million deals need no more memory than a page of them. Texts are put together from
what people say in the generated company, each with numbers of its own, so that no two are alike.
Serves nothing; `prepared_org.py` does.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from connectors.simulator.generator.phrases import PARTS, phrases

OWNERS: Final = 40
#: Rows of an object for each deal.
SHARES: Final[Mapping[str, float]] = {
    "Account": 0.25,
    "Contact": 0.25,
    "Opportunity": 1,
    "OpportunityHistory": 1,
    "OpportunityContactRole": 0.5,
    "Task": 5,
    "Event": 2,
    "EmailMessage": 3,
}
#: Objects whose rows are activities: ten for each deal.
ACTIVITIES: Final = ("Task", "Event", "EmailMessage")
#: A short column beside text and numbers: what JSON and CSV write differently.
_MOMENT: Final = "%Y-%m-%dT%H:%M:%S"


def _id(prefix: str, number: str) -> str:
    return f"'{prefix}' || lpad(({number})::VARCHAR, 12, '0') || 'AAA'"


def _some(salt: int, size: str) -> str:
    return f"(hash(n, {salt}) % greatest({size}, 1))::BIGINT"


def _word(salt: int, *words: str) -> str:
    listed = ", ".join(f"'{word}'" for word in words)
    return f"([{listed}])[1 + {_some(salt, str(len(words)))}]"


def _moment(salt: int) -> str:
    return f"TIMESTAMP '2024-12-01' + to_seconds({_some(salt, '61000000')})"


def _text(salt: int, sentences: int) -> str:
    said = " || ' ' || ".join(
        f"said[1 + {_some(salt + place, 'len(said)')}]" for place in range(sentences)
    )
    return (
        f"{said} || ' Ref. ' || (n * 7 + {salt}) || ', ' || {_some(salt + 9, '90000')} || ' EUR.'"
    )


_DEAL: Final = _id("006", _some(1, "deals"))
_ACCOUNT: Final = _id("001", _some(2, "deals // 4"))
_CONTACT: Final = _id("003", _some(3, "deals // 4"))
_OWNER: Final = _id("005", f"1000 + {_some(4, str(OWNERS))}")
_DAY: Final = f"strftime({_moment(5)}, '%Y-%m-%d')"
_STAGE: Final = _word(6, "Qualification", "Proposal/Price Quote", "Closed Won", "Closed Lost")
_COMMON: Final = {"IsDeleted": "false", "SystemModstamp": _moment(5), "CreatedDate": _moment(5)}
_TALK: Final = _COMMON | {"WhatId": _DEAL, "WhoId": _CONTACT, "OwnerId": _OWNER}

#: Object -> field -> how its values are made of the row's number `n`; a field without is null.
_COLUMNS: Final[Mapping[str, Mapping[str, str]]] = {
    "Account": _COMMON | {"Id": _id("001", "n"), "Name": "'Account ' || n", "OwnerId": _OWNER},
    "Contact": _COMMON
    | {
        "Id": _id("003", "n"),
        "Name": "'Contact ' || n",
        "AccountId": _ACCOUNT,
        "Email": "'contact' || n || '@client.example'",
    },
    "Opportunity": _COMMON
    | {
        "Id": _id("006", "n"),
        "Name": "'Deal ' || n",
        "AccountId": _ACCOUNT,
        "OwnerId": _OWNER,
        "StageName": _STAGE,
        "IsClosed": f"starts_with({_STAGE}, 'Closed')",
        "IsWon": f"{_STAGE} = 'Closed Won'",
        "Amount": f"({_some(7, '9000000')} / 100)::DOUBLE",
        "Probability": f"({_some(8, '100')})::DOUBLE",
        "CloseDate": _DAY,
        "NextStep": "said[1 + (n % len(said))]",
        "LastStageChangeDate": _moment(5),
        "Type": _word(9, "New Business", "Existing Business"),
    },
    "OpportunityHistory": _COMMON
    | {"Id": _id("008", "n"), "OpportunityId": _id("006", "n"), "StageName": _STAGE},
    "OpportunityContactRole": _COMMON
    | {
        "Id": _id("00K", "n"),
        "OpportunityId": _id("006", "n"),
        "ContactId": _CONTACT,
        "Role": _word(10, "Decision Maker", "Evaluator", "Other"),
        "IsPrimary": "true",
    },
    "Task": _TALK
    | {
        "Id": _id("00T", "n"),
        "TaskSubtype": _word(11, "Call", "Email", "Task"),
        "CallType": _word(12, "Inbound", "Outbound"),
        "CallDisposition": _word(13, "Connected", "No Answer", "Left voicemail"),
        "CallDurationInSeconds": f"({_some(14, '1800')})::INTEGER",
        "ActivityDate": _DAY,
        "CompletedDateTime": _moment(5),
        "IsClosed": f"{_some(15, '8')} > 0",
        "Subject": "'Talk ' || n",
        "Description": _text(20, 2),
        "AccountId": _ACCOUNT,
        "IsRecurrence": "false",
    },
    "Event": _TALK
    | {
        "Id": _id("00U", "n"),
        "StartDateTime": _moment(5),
        "EndDateTime": f"{_moment(5)} + INTERVAL 1 HOUR",
        "ActivityDate": _DAY,
        "IsAllDayEvent": "false",
        "DurationInMinutes": "60::INTEGER",
        "Subject": "'Meeting ' || n",
        "Description": _text(40, 2),
        "AccountId": _ACCOUNT,
        "WhoCount": f"({_some(16, '5')})::INTEGER",
        "IsChild": "false",
        "IsRecurrence": "false",
    },
    "EmailMessage": _COMMON
    | {
        "Id": _id("02s", "n"),
        "RelatedToId": _DEAL,
        "Incoming": f"{_some(17, '2')} = 1",
        "Status": _word(18, "3", "1", "0"),
        "MessageDate": _moment(5),
        "FromAddress": f"'rep' || {_some(4, str(OWNERS))} || '@bench.example'",
        "ToAddress": f"'contact' || {_some(3, 'deals // 4')} || '@client.example'",
        "Subject": "'Offer ' || n",
        "TextBody": _text(60, 4),
        "CreatedById": _OWNER,
        "IsBounced": "false",
    },
}


def rows_of(name: str, deals: int) -> int | None:
    """How many rows an object has in a company of so many deals; None where nothing is made."""
    share = SHARES.get(name)
    return None if share is None else int(deals * share)


@dataclass(kw_only=True)
class Rows:
    """The rows of one company by object and number."""

    deals: int
    _connection: Any = field(default_factory=lambda: duckdb.connect(config={"threads": "1"}))

    def __post_init__(self) -> None:
        said = [sentence for words in phrases().values() for sentence in _sentences(words)]
        self._connection.execute("SET TimeZone = 'UTC'")
        self._connection.execute("CREATE TABLE spoken AS SELECT $1::VARCHAR[] AS said", [said])

    def table(self, name: str, fields: Sequence[str], start: int, end: int) -> pa.Table:
        """The rows from number `start` to before `end`, with these fields in this order."""
        made = _COLUMNS[name]
        shown = ", ".join(f'{made.get(one, "NULL::VARCHAR")} AS "{one}"' for one in fields)
        found = self._connection.cursor().sql(
            f"SELECT {shown} FROM range({start}, {end}) t(n), spoken, "
            f"(SELECT {self.deals} AS deals)"
        )
        table: pa.Table = found.to_arrow_table()
        return table


def as_csv(table: pa.Table, *, head: bool = True) -> bytes:
    """Rows as Bulk API 2.0 writes them: all in quotes, empty for null, moments with `Z`."""
    columns = [pc.fill_null(_told(column, ".000Z"), "") for column in table.columns]
    written = io.BytesIO()
    csv.write_csv(
        pa.table(columns, names=table.column_names),
        written,
        csv.WriteOptions(include_header=head, quoting_style="all_valid"),
    )
    return written.getvalue()


def as_records(table: pa.Table, name: str, base: str) -> list[dict[str, Any]]:
    """Rows as REST tells them: each with its attributes, moments with `+0000`."""
    columns = [
        _told(column, ".000+0000") if pa.types.is_timestamp(column.type) else column
        for column in table.columns
    ]
    told = pa.table(columns, names=table.column_names).to_pylist()
    return [
        {"attributes": {"type": name, "url": f"{base}/sobjects/{name}/{row['Id']}"}, **row}
        for row in told
    ]


def as_json(value: object) -> bytes:
    """A body as Salesforce sends it: without blanks."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _sentences(words: Mapping[str, Sequence[str]]) -> Iterator[str]:
    for kind, sentences in words.items():
        if kind not in PARTS:
            names = {"contact": "Maria", "rep": "Jonas", "product": words["products"][0]}
            yield from (one.format(**names) for one in sentences)


def _told(column: Any, ending: str) -> Any:
    for is_kind, write in _WRITTEN:
        if is_kind(column.type):
            return write(column, ending)
    return column.cast(pa.string())


def _of_moment(column: Any, ending: str) -> Any:
    seconds = pc.strftime(column.cast(pa.timestamp("s")), _MOMENT)
    return pc.binary_join_element_wise(seconds, ending, "")


def _of_tick(column: Any, _: str) -> Any:
    return pc.if_else(column, "true", "false")


_WRITTEN: Final[tuple[tuple[Callable[[Any], bool], Callable[[Any, str], Any]], ...]] = (
    (pa.types.is_timestamp, _of_moment),
    (pa.types.is_boolean, _of_tick),
)
