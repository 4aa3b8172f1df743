"""Properties of an object that hold ratings or answers, by what the admin says of them. Pure.

A company, a contact, a deal, a ticket, an answer to a survey or a record of an object of the
account's own may carry what a client thinks of us. A record whose properties say nothing of it
holds no rating, nor does an archived one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from connectors.categories import category_of
from connectors.hubspot.mapping import Linked, main_company
from connectors.hubspot.values import Columns, Page, moment
from connectors.plain_text import to_text

#: HubSpot's own objects that can hold some.
HOLDERS: Final = ("companies", "contacts", "deals", "tickets", "feedback_submissions")
OWNER: Final = "hubspot_owner_id"
COMMENT: Final = "comment"
_COMPANY: Final = "associatedcompanyid"

#: Without any of these there is no answer.
_ANSWERS: Final = ("category", "score", COMMENT)


@dataclass(frozen=True, kw_only=True)
class Mapped:
    """A stream that is filled from properties of an object."""

    stream: str  # ratings, survey_answers
    object: str
    fields: Mapping[str, str]  # column -> internal name of the property

    def seen(self, hidden: Sequence[str], *, texts: bool) -> Mapped:
        """Return it without what may not be seen, and without comments where texts are off."""
        kept = {
            column: name
            for column, name in self.fields.items()
            if name not in hidden and (texts or column != COMMENT)
        }
        return Mapped(stream=self.stream, object=self.object, fields=kept)


def columns(page: Page, one: Mapped, linked: Linked, modified: Sequence[dt.datetime]) -> Columns:
    """Return the rows of the stream, one a record; whoever says nothing has a deleted one."""
    found: Columns = {column: _read(page, column, name) for column, name in one.fields.items()}
    said = [any(found[column][n] is not None for column in _answers(one)) for n in range(len(page))]
    archived = [record.get("archived") is True for record in page.records]
    usual: Columns = {
        "account_id": _accounts(page, one.object, linked),
        "contact_id": _contacts(page, one.object, linked),
        "deal_id": _deals(page, one.object, linked),
        "owner_id": page[OWNER],
    }
    return {
        **usual,
        "id": page.ids,
        "modified_at": modified,
        "deleted": [gone or not yes for gone, yes in zip(archived, said, strict=True)],
        **found,
    }


def _answers(one: Mapped) -> list[str]:
    return [column for column in _ANSWERS if column in one.fields]


def _read(page: Page, column: str, name: str) -> Sequence[Any]:
    reader = _READERS.get(column)
    return page.read(name, reader) if reader else page[name]


def _category(text: str) -> str | None:
    return category_of(text.strip().lower())


_READERS: Final[Mapping[str, Callable[[str], Any]]] = {
    "category": _category,
    "comment": to_text,
    "score": float,
    "at": moment,
}


def _accounts(page: Page, name: str, linked: Linked) -> Sequence[str | None]:
    if name == "companies":
        return page.ids
    if name == "contacts":
        return page[_COMPANY]
    return [main_company(linked.of("companies", one)) for one in page.ids]


def _contacts(page: Page, name: str, linked: Linked) -> Sequence[str | None]:
    return page.ids if name == "contacts" else _first(page, "contacts", linked)


def _deals(page: Page, name: str, linked: Linked) -> Sequence[str | None]:
    return page.ids if name == "deals" else _first(page, "deals", linked)


def _first(page: Page, kind: str, linked: Linked) -> Sequence[str | None]:
    links = (linked.of(kind, one) for one in page.ids)
    return [some[0].id if some else None for some in links]
