"""A story: YAML in plain words -> people, clients, deals and what was said, checked.

    story = read_story()
    tell(story, org, now)  # `salesforce/tell.py`; each dialect tells it in its own words

A story knows no CRM: the same one is told to every dialect, and gives the same findings.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from connectors.simulator.moments import read_day, read_moment
from connectors.simulator.story_checks import problems_of
from connectors.simulator.story_nouns import (
    CALL_OUTCOMES,
    CONTACT_ROLES,
    DIRECTIONS,
    LINKS,
    MEETING_OUTCOMES,
    ROLES,
    STAGES,
    Account,
    Activity,
    Call,
    Change,
    Contact,
    Deal,
    Entry,
    Mail,
    Meeting,
    Note,
    Person,
    Story,
    ToDo,
)
from connectors.simulator.story_text import (
    Page,
    Reader,
    StoryError,
    Table,
    address,
    compose,
    line_of,
    many,
    mapped,
    number,
    parsed,
    text,
    word,
    yes_no,
    zone,
)

#: The story of the demo.
STORY: Final = Path(__file__).parent / "stories" / "brackenfell.yaml"

__all__ = ["STORY", "Story", "StoryError", "parse_story", "read_story"]


def read_story(path: Path = STORY) -> Story:
    """Read and check the story in a file. Raises StoryError with every problem found."""
    try:
        written = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise StoryError(
            [f"{path}: the story cannot be read ({type(error).__name__}); name another file."]
        ) from None
    return parse_story(written, path.name)


def parse_story(written: str, place: str) -> Story:
    """Read and check a story; `place` names it in problems. Raises StoryError with all of them."""
    page = Page(path=place)
    node = compose(written, page)
    if node is None and not page.problems:
        page.complain(1, "the story is empty; write at least company, people, accounts and deals")
    values = page.fields(node, _STORY) if node is not None else None
    if page.problems or values is None:
        raise StoryError(page.problems)
    story = Story(**values)
    for line, problem in sorted(problems_of(story)):
        page.complain(line, problem)
    if page.problems:
        raise StoryError(page.problems)
    return story


# -- tables: what each kind of thing is made of --------------------------------------------------

_moment: Final = parsed(read_moment)
_day: Final = parsed(read_day)


def _noun(make: Callable[..., Any], table: Table) -> Reader:
    """Make a reader of one thing that knows its line; an unusable one is None, and noted."""

    def read(page: Page, node: Any) -> Any:
        values = page.fields(node, table)
        return None if values is None else make(line=line_of(node), **values)

    return read


def _table(kind: str, needed: str, fields: Mapping[str, Reader]) -> Table:
    return Table(kind=kind, fields=fields, needed=frozenset(needed.split()))


def _entry(page: Page, node: Any) -> Entry:
    day, clock, stage = (*text(page, node).split(" ", 2), "", "")[:3]
    at = read_moment(f"{day} {clock}".strip())
    if stage not in STAGES:
        raise ValueError(f"“{stage}” is no stage; write one of: {', '.join(STAGES)}")
    return Entry(at=at, stage=stage)


_PERSON: Final = _table(
    "a person",
    "name role email",
    {
        "name": text,
        "role": word(ROLES),
        "title": text,
        "email": address,
        "manager": text,
        "time_zone": zone,
        "left": _moment,
    },
)
_CONTACT: Final = _table(
    "a contact",
    "name email",
    {"name": text, "email": address, "title": text, "phone": text},
)
_ACCOUNT: Final = _table(
    "an account",
    "name owner since contacts",
    {
        "name": text,
        "owner": text,
        "since": _moment,
        "industry": text,
        "city": text,
        "country": text,
        "contacts": many(_noun(Contact, _CONTACT)),
    },
)
_CHANGE: Final = _table("a change", "at", {"at": _moment, "amount": number, "closes": _day})

_COMMON: Final[Mapping[str, Reader]] = {
    "at": _moment,
    "by": text,
    "with": text,
    "linked": word(LINKS),
    "text": text,
}


def _activity(make: type[Activity], table: Table, renamed: Mapping[str, str]) -> Reader:
    """Make a reader of one kind of activity; some fields stand under another word in the file."""
    names = {"with": "contact", **renamed}

    def read(page: Page, node: Any) -> Any:
        values = page.fields(node, table)
        if values is None:
            return None
        return make(line=line_of(node), **{names.get(k, k): v for k, v in values.items()})

    return read


#: By the field that says what kind of activity it is.
_ACTIVITIES: Final[Mapping[str, Reader]] = {
    "call": _activity(
        Call,
        _table(
            "a call",
            "at call",
            {
                **_COMMON,
                "call": word(DIRECTIONS),
                "outcome": word(CALL_OUTCOMES),
                "minutes": number,
                "subject": text,
            },
        ),
        {"call": "direction"},
    ),
    "mail": _activity(
        Mail,
        _table(
            "a mail",
            "at mail subject",
            {**_COMMON, "mail": word(DIRECTIONS), "subject": text, "automated": yes_no},
        ),
        {"mail": "direction"},
    ),
    "meeting": _activity(
        Meeting,
        _table(
            "a meeting",
            "at meeting minutes",
            {
                **_COMMON,
                "meeting": text,
                "minutes": number,
                "outcome": word(MEETING_OUTCOMES),
                "place": text,
                "booked": _moment,
                "invited": many(text),
                "internal": yes_no,
            },
        ),
        {"meeting": "subject"},
    ),
    "note": _activity(
        Note, _table("a note", "at note text", {**_COMMON, "note": text}), {"note": "subject"}
    ),
    "task": _activity(
        ToDo,
        _table("a task", "at task due", {**_COMMON, "task": text, "due": _day, "done": _moment}),
        {"task": "subject"},
    ),
}


def _any_activity(page: Page, node: Any) -> Any:
    pairs = getattr(node, "value", ())
    keys = [pair[0].value for pair in pairs if isinstance(pair, tuple)]
    kinds = [kind for kind in _ACTIVITIES if kind in keys]
    if len(kinds) != 1:
        raise ValueError(f"an activity has exactly one of the fields {', '.join(_ACTIVITIES)}")
    return _ACTIVITIES[kinds[0]](page, node)


_DEAL: Final = _table(
    "a deal",
    "name account owner contact amount stages",
    {
        "name": text,
        "account": text,
        "owner": text,
        "contact": text,
        "amount": number,
        "currency": text,
        "source": text,
        "next_step": text,
        "stages": many(_entry),
        "closes": _day,
        "roles": mapped(word(CONTACT_ROLES)),
        "changes": many(_noun(Change, _CHANGE)),
        "activities": many(_any_activity),
    },
)
_STORY: Final = _table(
    "the story",
    "company time_zone currency people accounts deals",
    {
        "company": text,
        "time_zone": zone,
        "currency": text,
        "people": many(_noun(Person, _PERSON)),
        "accounts": many(_noun(Account, _ACCOUNT)),
        "deals": many(_noun(Deal, _DEAL)),
    },
)
