"""Kinds of associations: numbers, names and labels, each with its way back.

Sources: facts 4.6; HubSpot: Associate records, "Association type ID values". Numbers that the facts
sheet does not have are marked in COVERAGE.md. Knows no records.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

HUBSPOT, USER = "HUBSPOT_DEFINED", "USER_DEFINED"


@dataclass(frozen=True, kw_only=True)
class LinkType:
    """A kind of association in one direction."""

    source: str  # deals
    target: str  # contacts
    id: int
    back: int  # the id in the other direction
    name: str  # deal_to_contact, the name in v3
    label: str | None = None
    category: str = HUBSPOT

    @property
    def key(self) -> tuple[str, int]:
        """What makes it one of its own: ids are unique within a category."""
        return self.category, self.id


@dataclass(frozen=True, eq=False)
class LinkTypes:
    """Every kind of association that an account has, found by what names it."""

    every: Sequence[LinkType]

    def __iter__(self) -> Iterator[LinkType]:
        return iter(self.every)

    @cached_property
    def by_key(self) -> Mapping[tuple[str, int], LinkType]:
        """Each by its category and number; of two the later one."""
        return {one.key: one for one in self.every}

    @cached_property
    def _backs(self) -> Mapping[tuple[tuple[str, int], str], LinkType]:
        return {(one.key, one.source): one for one in reversed(self.every)}

    @cached_property
    def _pairs(self) -> Mapping[tuple[str, str], list[LinkType]]:
        found: dict[tuple[str, str], list[LinkType]] = {}
        for one in sorted(self.every, key=lambda one: one.label is not None):
            found.setdefault((one.source, one.target), []).append(one)
        return found

    def between(self, source: str, target: str) -> Sequence[LinkType]:
        """List the kinds from one object type to another, the plain one first."""
        return self._pairs.get((source, target), [])

    def back(self, one: LinkType) -> LinkType:
        """Find the way back of a kind."""
        return self._backs[(one.category, one.back), one.target]


_PLAIN: Final = "_unlabeled"

#: from, to, id, id of the way back, v3 name, v3 name of the way back, label.
_ROWS: Final[tuple[tuple[str, str, int, int, str, str, str | None], ...]] = (
    ("deals", "contacts", 3, 4, "deal_to_contact", "contact_to_deal", None),
    ("deals", "companies", 341, 342, "deal_to_company" + _PLAIN, "company_to_deal" + _PLAIN, None),
    ("deals", "companies", 5, 6, "deal_to_company", "company_to_deal", "Primary"),
    ("contacts", "companies", 279, 280, "contact_to_company" + _PLAIN,
     "company_to_contact" + _PLAIN, None),
    ("contacts", "companies", 1, 2, "contact_to_company", "company_to_contact", "Primary"),
    ("deals", "quotes", 63, 64, "deal_to_quote", "quote_to_deal", None),
    ("deals", "tickets", 27, 28, "deal_to_ticket", "ticket_to_deal", None),
    ("tickets", "contacts", 16, 15, "ticket_to_contact", "contact_to_ticket", None),
    ("tickets", "companies", 339, 340, "ticket_to_company" + _PLAIN,
     "company_to_ticket" + _PLAIN, None),
    ("tickets", "companies", 26, 25, "ticket_to_company", "company_to_ticket", "Primary"),
    ("leads", "contacts", 578, 579, "lead_to_contact", "contact_to_lead", None),
    ("leads", "companies", 610, 611, "lead_to_company", "company_to_lead", None),
    ("leads", "deals", 584, 585, "lead_to_deal", "deal_to_lead", None),
    ("feedback_submissions", "contacts", 98, 97, "feedback_submission_to_contact",
     "contact_to_feedback_submission", None),
    ("deals", "feedback_submissions", 985, 986, "deal_to_feedback_submission",
     "feedback_submission_to_deal", None),
)  # fmt: skip

#: An activity's ids to deal, contact and company; the way back is one less, or one more.
_ACTIVITIES: Final[tuple[tuple[str, str, int, tuple[int, int, int]], ...]] = (
    ("tasks", "task", -1, (216, 204, 192)),
    ("notes", "note", -1, (214, 202, 190)),
    ("calls", "call", -1, (206, 194, 182)),
    ("emails", "email", -1, (210, 198, 186)),
    ("meetings", "meeting_event", -1, (212, 200, 188)),
    ("communications", "communication", 1, (85, 81, 87)),
)
_CLIENTS: Final = (("deals", "deal"), ("contacts", "contact"), ("companies", "company"))

#: The labels that a client's one main company gets, and the plain kind that comes with them.
PRIMARY: Final = frozenset({1, 2, 5, 6, 25, 26})

#: What `batch/create` calls the primary kinds (recorded).
CREATED_LABELS: Final = {2: "Primary Company", 1: "Primary Company"}


def standard() -> list[LinkType]:
    """List HubSpot's own kinds, both directions."""
    return [one for pair in _pairs() for one in pair]


def pair(one: LinkType, name: str, label: str | None) -> tuple[LinkType, LinkType]:
    """Give a kind with its way back."""
    back = LinkType(
        source=one.target,
        target=one.source,
        id=one.back,
        back=one.id,
        name=name,
        label=label,
        category=one.category,
    )
    return one, back


def _pairs() -> Iterator[tuple[LinkType, LinkType]]:
    for source, target, id_, back, name, name_back, label in _ROWS:
        one = LinkType(source=source, target=target, id=id_, back=back, name=name, label=label)
        yield pair(one, name_back, label)
    for source, word, apart, ids in _ACTIVITIES:
        for (target, target_word), id_ in zip(_CLIENTS, ids, strict=True):
            one = LinkType(
                source=source,
                target=target,
                id=id_,
                back=id_ + apart,
                name=f"{word}_to_{target_word}",
            )
            yield pair(one, f"{target_word}_to_{word}", None)
