"""What an org derives around opportunities: stage facts, fiscal facts, history, quotes.

Sources: Object Reference, pages Opportunity, OpportunityStage, OpportunityHistory, Quote.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Final

from connectors.simulator.salesforce.consequence import Consequence
from connectors.simulator.salesforce.scene import Change, Scene
from connectors.simulator.salesforce.store import Row

FORECAST_NAMES: Final[Mapping[str, str]] = {
    "Omitted": "Omitted",
    "Pipeline": "Pipeline",
    "BestCase": "Best Case",
    "MostLikely": "Most Likely",
    "Forecast": "Commit",
    "Closed": "Closed",
}
_FIELD_HISTORY: Final = "OpportunityFieldHistory"
_WATCHED: Final = ("StageName", "Amount", "CloseDate", "Probability")


def complete(scene: Scene, change: Change) -> None:
    """Derive stage, fiscal and money facts; a new stage brings its probability."""
    new = change.new
    if change.touched("StageName"):
        _enter_stage(scene, change)
    if new["Amount"] is not None and new["Probability"] is not None:
        new["ExpectedRevenue"] = round(float(new["Amount"]) * float(new["Probability"]) / 100, 2)
    else:
        new["ExpectedRevenue"] = None
    if new["CloseDate"]:
        _fiscal(new)
        _pushed(change)


def _enter_stage(scene: Scene, change: Change) -> None:
    new = change.new
    stages = scene.store.where("OpportunityStage", "ApiName", new["StageName"])
    stage: Row = stages[0] if stages else {}
    category = stage.get("ForecastCategory") or "Pipeline"
    derived: Row = {
        "Probability": stage.get("DefaultProbability") or 0.0,
        "ForecastCategoryName": FORECAST_NAMES[str(category)],
    }
    new.update({name: value for name, value in derived.items() if name not in change.given})
    new["ForecastCategory"] = category
    new["IsClosed"] = stage.get("IsClosed") or 0
    new["IsWon"] = stage.get("IsWon") or 0
    if change.old:
        new["LastStageChangeDate"] = scene.stamp


def _fiscal(new: Row) -> None:
    closes = dt.date.fromisoformat(str(new["CloseDate"]))
    quarter = (closes.month - 1) // 3 + 1
    new.update(FiscalYear=closes.year, FiscalQuarter=quarter, Fiscal=f"{closes.year} {quarter}")


def _pushed(change: Change) -> None:
    new, old = change.new, change.old
    new["PushCount"] = new.get("PushCount") or 0
    if old and old["CloseDate"] and str(new["CloseDate"])[:7] > str(old["CloseDate"])[:7]:
        new["PushCount"] = int(new["PushCount"] or 0) + 1


def history(scene: Scene, change: Change) -> Iterator[Consequence]:
    """Write a history row on create and whenever stage, amount, date or probability changes."""
    new, old = change.new, change.old
    if old and not any(change.touched(field) for field in _WATCHED):
        return
    row = {
        name: new[name]
        for name in (*_WATCHED, "ExpectedRevenue", "ForecastCategory", "SystemModstamp")
    }
    row["OpportunityId"] = new["Id"]
    row["CreatedDate"] = new["LastModifiedDate"] if old else new["CreatedDate"]
    row["CreatedById"] = new["LastModifiedById"] if old else new["CreatedById"]
    noted = []
    if old:
        row.update(PrevAmount=old["Amount"], PrevCloseDate=old["CloseDate"])
        noted = [
            f"Last{name}ChangedHistoryId"
            for name in ("Amount", "CloseDate")
            if change.touched(name)
        ]
    yield Consequence(entity="OpportunityHistory", row=row, noted_in=tuple(noted))


def one_primary(scene: Scene, change: Change) -> Iterator[Consequence]:
    """Keep at most one primary contact role: a new one takes the mark from the others."""
    if change.new["IsPrimary"] and not change.new["IsDeleted"]:
        deal = change.new["OpportunityId"]
        for role in scene.store.alive("OpportunityContactRole", "OpportunityId", deal):
            if role["IsPrimary"] and role["Id"] != change.new["Id"]:
                marks: Row = {"IsPrimary": 0, "SystemModstamp": scene.stamp}
                scene.store.update("OpportunityContactRole", str(role["Id"]), marks)
    yield from ()


def quote(scene: Scene, change: Change) -> None:
    """Number a quote and copy its account; without line items its totals are its tax."""
    new = change.new
    if change.old is None:
        new["QuoteNumber"] = f"{scene.store.made('Quote') + 1:08d}"
        deals = scene.store.where("Opportunity", "Id", new["OpportunityId"])
        new["AccountId"] = deals[0]["AccountId"] if deals else None
    new.update(Subtotal=0.0, TotalPrice=0.0, GrandTotal=float(new["Tax"] or 0))


def field_history(scene: Scene, change: Change) -> Iterator[Consequence]:
    """Write down what a tracked field was and became; on create, that the deal was created."""
    new, old = change.new, change.old
    row: Row = {"OpportunityId": new["Id"], "CreatedDate": new["LastModifiedDate"]}
    row["CreatedById"] = new["LastModifiedById"]
    if old is None:
        yield Consequence(entity=_FIELD_HISTORY, row={**row, "Field": "created"})
        return
    for name in sorted(change.entity.fields[key].name for key in change.entity.fields):
        if f"Opportunity.{name}" in scene.tracked and change.touched(name):
            values: Row = {
                "Field": name,
                "OldValue": _said(old[name]),
                "NewValue": _said(new[name]),
            }
            yield Consequence(entity=_FIELD_HISTORY, row={**row, **values})


def _said(value: object) -> str | None:
    return None if value is None else str(value)
