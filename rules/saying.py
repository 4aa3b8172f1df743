"""How a card, a touch, an amount and a day are said to people. Words only; decides nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, Final

from rules.calendars import Calendar
from rules.touches import GRADES
from rules.vocabulary import MOMENTS

_KINDS: Final = {"email": "mail", "call": "call", "meeting": "meeting", "message": "message"}


def said(touch: Mapping[str, Any]) -> str:
    """Say what an activity was, and by whom."""
    kind = _KINDS.get(touch["kind"], touch["kind"])
    if touch["direction"] == "inbound":
        missed = "missed " if touch["grade"] == GRADES["attempt"] else ""
        return f"{missed}{kind} from {sender_of(touch)}"
    if touch["grade"] == GRADES["attempt"]:
        kind = f"{kind} without an answer"
    elif touch["kind"] == "call" and touch["outcome"] == "connected":
        kind = "call connected"
    how = "with" if touch["kind"] == "meeting" else "by"
    return f"{kind} {how} {touch['by_name']}" if touch["by_name"] else kind


def sender_of(touch: Mapping[str, Any]) -> str:
    """Name who of the client reached out; of several nobody knows who it was."""
    people = list(touch.get("people") or [])
    return str(people[0]) if len(people) == 1 and people[0] else "the client"


def people_of(people: Sequence[str | None] | None) -> str:
    """Name who of the client took part: one or two by name."""
    named = [one for one in people or () if one]
    return " and ".join(named) if 0 < len(named) < 3 else "the client"


def client_of(card: Mapping[str, Any]) -> str:
    """Name the client of a record."""
    return card["account_name"] or card["name"] or "the client"


def values_of(
    calendar: Calendar,
    anchor: dt.datetime,
    deadline: dt.datetime,
    card: Mapping[str, Any],
    as_of: dt.datetime,
) -> dict[str, str]:
    """Return the values of the placeholders that a card fills."""
    days = calendar.working_days_between(anchor, as_of)
    values = {
        "account": client_of(card),
        "deal": card["name"] or "",
        "contact": card["contact_name"] or "the client",
        "owner": card["owner_name"] or "",
        "manager": card["manager_name"] or "",
        "amount": amount_of(card),
        "stage": card["stage"] or "",
        "next_step": card["next_step"] or "",
        "days_since_anchor": f"{days} business {'day' if days == 1 else 'days'}",
    }
    moments = {"anchor": anchor, "deadline": deadline, **{m: card[m] for m in MOMENTS}}
    for name, moment in moments.items():
        day = day_of(calendar, moment, as_of) if moment else ""
        time = time_of(calendar, moment) if moment else ""
        values |= {name: f"{day} {time}".strip(), f"{name}:day": day, f"{name}:time": time}
    close = day_of(calendar, card["close_date"], as_of) if card["close_date"] else ""
    return values | {"close_date": close, "close_date:day": close}


def amount_of(card: Mapping[str, Any]) -> str:
    """Say what a deal is worth; empty where nobody knows."""
    if card["amount"] is None:
        return ""
    amount = f"{card['amount']:,.2f}".removesuffix(".00")
    return f"{amount} {card['currency']}" if card["currency"] else amount


def time_of(calendar: Calendar, moment: dt.datetime) -> str:
    """Say the time of day on a calendar."""
    return f"{calendar.local(moment):%H:%M}"


def day_of(calendar: Calendar, moment: dt.datetime | dt.date, as_of: dt.datetime) -> str:
    """Say a day, with its year only where it is far from `as_of`."""
    today = calendar.local(as_of).date()
    day = calendar.local(moment).date() if isinstance(moment, dt.datetime) else moment
    said = f"{day.day} {MONTHS[day.month - 1]}"  # strftime would speak the machine's language
    return said if abs((today - day).days) < 300 else f"{said} {day.year}"


MONTHS: Final = (
    "Jan",
    "Feb",
    "Mar",
    "Apr",
    "May",
    "Jun",
    "Jul",
    "Aug",
    "Sep",
    "Oct",
    "Nov",
    "Dec",
)
