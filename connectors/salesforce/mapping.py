"""A page of Salesforce records -> one Arrow batch in the canonical schema. Pure: no I/O, no clock.

One function an object says what each column is made of, as lists of the values that came; `batch`
casts them all at once. Activities, the longest part, stand in `activities.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any, Final

import pyarrow as pa

from connectors.errors import Refused
from connectors.model import IDS, MOMENT, MONEY, STREAMS, DealState
from connectors.money import to_money
from connectors.plain_text import clean
from connectors.salesforce.words import PRESENTED, plain

Columns = dict[str, Sequence[Any]]

_NO_RECORD_TYPE: Final = "012000000000000"


class Page:
    """Records of one answer, read by field; a field that was not asked for is null throughout."""

    def __init__(self, records: Sequence[Mapping[str, Any]]) -> None:
        self.records = records

    def __len__(self) -> int:
        return len(self.records)

    def __getitem__(self, name: str) -> list[Any]:
        return [record.get(name) for record in self.records]

    def has(self, name: str) -> bool:
        """Tell whether the field was asked for at all."""
        return any(name in record for record in self.records[:1])


@dataclass(frozen=True, kw_only=True)
class Known:
    """What the rest of the org says about values in a page. Empty: nothing is known."""

    stage_labels: Mapping[str, str] = field(default_factory=dict)  # API name -> label
    record_types: Mapping[str, str] = field(default_factory=dict)  # id -> label, of one object
    user_by_email: Mapping[str, str] = field(default_factory=dict)  # address, small -> user id
    domains: frozenset[str] = frozenset()  # of our users' addresses, free mail left out


def deals(page: Page, known: Known) -> Columns:
    """Opportunity."""
    return {
        "name": page["Name"],
        "account_id": page["AccountId"],
        "owner_id": page["OwnerId"],
        "stage": _labels(page["StageName"], known),
        "state": [
            _state(closed, won) for closed, won in zip(page["IsClosed"], page["IsWon"], strict=True)
        ],
        "amount": page["Amount"],
        "currency": page["CurrencyIsoCode"],
        "probability": page["Probability"],
        "close_date": page["CloseDate"],
        "next_step": page["NextStep"],
        "created_at": page["CreatedDate"],
        "stage_changed_at": page["LastStageChangeDate"],
        "pipeline": [_pipeline(one, known) for one in page["RecordTypeId"]],
        "type": page["Type"],
    }


def _state(closed: Any, won: Any) -> DealState | None:
    if closed is None or (closed and won is None):
        return None
    if not closed:
        return DealState.OPEN
    return DealState.WON if won else DealState.LOST


def _pipeline(record_type: Any, known: Known) -> Any:
    """The label of a record type; null for the one that stands for having none."""
    if isinstance(record_type, str) and record_type.startswith(_NO_RECORD_TYPE):
        return None
    return known.record_types.get(record_type, record_type)


def _labels(stages: Sequence[Any], known: Known) -> list[Any]:
    return [known.stage_labels.get(stage, stage) for stage in stages]


def stage_changes(page: Page, known: Known) -> Columns:
    """OpportunityHistory: a row also when only amount or date changed, with the stage repeated."""
    return {
        "deal_id": page["OpportunityId"],
        "stage": _labels(page["StageName"], known),
        "at": page["CreatedDate"],
    }


def links(page: Page, _: Known) -> Columns:
    """OpportunityContactRole."""
    return {
        "deal_id": page["OpportunityId"],
        "contact_id": page["ContactId"],
        "role": page["Role"],
        "is_primary": page["IsPrimary"],
    }


def accounts(page: Page, _: Known) -> Columns:
    """Account."""
    return {"name": page["Name"], "owner_id": page["OwnerId"]}


def contacts(page: Page, _: Known) -> Columns:
    """Contact."""
    return {"name": page["Name"], "account_id": page["AccountId"], "email": page["Email"]}


def users(page: Page, _: Known) -> Columns:
    """User. Salesforce never deletes one; it becomes inactive."""
    return {
        "name": page["Name"],
        "email": page["Email"],
        "manager_id": page["ManagerId"],
        "active": page["IsActive"],
        "is_queue": [False] * len(page),
        "time_zone": page["TimeZoneSidKey"],
    }


def queues(page: Page, _: Known) -> Columns:
    """Group of type Queue: an owner without a person."""
    return {
        "name": page["Name"],
        "email": page["Email"],
        "active": [True] * len(page),
        "is_queue": [True] * len(page),
    }


def proposals(page: Page, _: Known) -> Columns:
    """Quote. Salesforce keeps no moment of presenting: `at` is its creation, which cannot move."""
    return {
        "deal_id": page["OpportunityId"],
        "status": page["Status"],
        "presented": [PRESENTED.get(plain(status)) for status in page["Status"]],
        "at": page["CreatedDate"],
    }


def batch(stream: str, page: Page, columns: Mapping[str, Sequence[Any]], cursor: str) -> Any:
    """Cast a page's columns to the stream's schema; a column nobody filled is null.

    Raises Refused when Salesforce sent a value that cannot be what its field is.
    """
    schema = STREAMS[stream]
    every: Columns = {
        "id": page["Id"],
        "modified_at": page[cursor],
        "deleted": [value is True for value in page["IsDeleted"]],
    }
    values = every | dict(columns)
    nothing = [None] * len(page)
    arrays = [_column(stream, one, values.get(one.name, nothing)) for one in schema]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _column(stream: str, wanted: Any, values: Sequence[Any]) -> Any:
    try:
        return _casts(wanted.type)(values)
    except (pa.ArrowException, ValueError, TypeError, OverflowError, InvalidOperation):
        raise Refused(
            f"Salesforce sent a value for {stream}.{wanted.name} that is no {wanted.type}. The "
            "page was not stored; see which record changed last, or report this.",
            code="BAD_VALUE",
        ) from None


def _casts(kind: Any) -> Callable[[Sequence[Any]], Any]:
    for known, cast in _CASTS:
        if kind == known:
            return cast
    return lambda values: pa.array(values, kind)


def _text(values: Sequence[Any]) -> Any:
    return pa.array([None if value is None else _clean(value) for value in values], pa.string())


def _clean(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return clean(value)


def _money(values: Sequence[Any]) -> Any:
    return pa.array(
        [None if value is None else to_money(Decimal(value)) for value in values], MONEY
    )


def _from_text(kind: Any) -> Callable[[Sequence[Any]], Any]:
    return lambda values: pa.array(values, pa.string()).cast(kind)


def _float(values: Sequence[Any]) -> Any:
    return pa.array([None if value is None else float(value) for value in values], pa.float64())


def _int(values: Sequence[Any]) -> Any:
    return pa.array([None if value is None else int(value) for value in values], pa.int64())


_CASTS: Final[tuple[tuple[Any, Callable[[Sequence[Any]], Any]], ...]] = (
    (pa.string(), _text),
    (MOMENT, _from_text(MOMENT)),
    (pa.date32(), _from_text(pa.date32())),
    (MONEY, _money),
    (pa.float64(), _float),
    (pa.int64(), _int),
    (IDS, lambda values: pa.array(values, IDS)),
)
