"""Fill an empty embedded CRM with a company of any size, and say what is wrong in it.

A company is a few different blocks, told once each and printed in turn. Same seed, size and moment:
same rows and same truth, byte for byte. Every copy of a block has people and clients of its own.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from connectors.simulator.company import DIALECTS
from connectors.simulator.generator import hubspot, salesforce
from connectors.simulator.generator.block import Block, Broken, block
from connectors.simulator.generator.names import MARK, name_of
from connectors.simulator.generator.printing import without_indexes
from connectors.simulator.hubspot.portal import Portal
from connectors.simulator.moments import read_moment
from connectors.simulator.salesforce.org import Org

#: Deals of one block, and different blocks of one company, at most.
DEALS: Final = 300
KINDS: Final = 4


@dataclass(frozen=True, kw_only=True)
class Truth:
    """A practice that is broken: `record` is the id of whom the rule is about."""

    rule: str
    why: str
    story: str
    subject: str
    record: str | None  # None: an activity, found by its deal and moment
    deal: str
    deal_name: str
    account: str
    owner: str
    since: str | None  # ISO, UTC


@dataclass(frozen=True, kw_only=True)
class Page:
    """One copy of a block, written: what is wrong in it, and who leads whom, by e-mail."""

    truths: tuple[Truth, ...]
    people: Mapping[str, str | None]


@dataclass(frozen=True, kw_only=True)
class _Told:
    """A block in type: what to print, and what is wrong in it by the block's own ids."""

    block: Block
    printing: Any
    ids: Any  # of the telling, by the names of the block
    marks: frozenset[str]


def fill(crm: Any, *, seed: int, size: int, now: dt.datetime) -> Iterator[Page]:
    """Write `size` deals and what belongs to them into an empty Org or Portal, page by page.

    Nothing is written before somebody iterates, and it is one transaction to the end.
    """
    last: dict[str, int] = {}
    accounts = 0
    types: dict[tuple[int, int], _Told] = {}
    with crm.store.transaction(), without_indexes(crm.store.connection):
        for copy, deals in enumerate(_sizes(size)):
            key = (copy % KINDS, deals)
            if key not in types:
                types[key] = _tell(crm, f"{seed}/{key[0]}/{deals}", now)
            told = types[key]
            replaced = told.printing.replaced(last)
            for mark in told.marks:
                replaced[mark] = name_of(mark, str(seed), copy, accounts)
            for one in told.printing.types:
                one.print(crm.store.connection, replaced)
            if isinstance(crm, Portal):
                hubspot.keep_owners(crm, told.printing.owners(replaced))
            accounts += deals
            yield _page(told, replaced, now)
    _finish(crm, last)


def _sizes(size: int) -> Iterator[int]:
    yield from [DEALS] * (size // DEALS)
    if size % DEALS:
        yield size % DEALS


def _tell(crm: Any, seed: str, now: dt.datetime) -> _Told:
    """Tell a block to a company of its own, with every check there is."""
    name = "hubspot" if isinstance(crm, Portal) else "salesforce"
    made = block(seed, int(seed.rpartition("/")[2]))
    scratch = DIALECTS[name].make(lambda: now, None)
    before = salesforce.founded(scratch) if isinstance(scratch, Org) else {}
    ids = DIALECTS[name].tell(made.story, scratch, now)
    if isinstance(scratch, Org):
        printing: Any = salesforce.Printing(scratch, before)
    else:
        printing = hubspot.Printing(scratch)
    scratch.close()
    names = [one.name for one in made.story.people]
    names += [one.name for one in made.story.accounts]
    names += [contact.name for one in made.story.accounts for contact in one.contacts]
    marks = {mark for one in [*names, "Qn0000x"] for mark in MARK.findall(one)}
    marks |= {mark.lower() for mark in marks}
    return _Told(block=made, printing=printing, ids=ids, marks=frozenset(marks))


def _page(told: _Told, replaced: Mapping[object, object], now: dt.datetime) -> Page:
    people = {one.name: one for one in told.block.story.people}
    return Page(
        truths=tuple(_truth(told, one, replaced, now) for one in told.block.broken),
        people={
            _named(one.email, replaced): (
                _named(people[one.manager].email, replaced) if one.manager else None
            )
            for one in people.values()
        },
    )


def _truth(told: _Told, one: Broken, replaced: Mapping[object, object], now: dt.datetime) -> Truth:
    ids = told.ids
    deal, account, owner = (
        _copied(found, replaced)
        for found in (ids.deals[one.deal], ids.accounts[one.account], ids.people[one.owner])
    )
    records = {"deal": deal, "account": account, "owner": owner}
    since = ""
    if one.since:
        began = read_moment(one.since).of(now, told.block.story.zone)
        since = (began + dt.timedelta(minutes=one.what.lasting)).isoformat()
    return Truth(
        rule=one.what.rule,
        why=one.what.why,
        story=one.plot,
        subject=one.what.subject,
        record=records.get(one.what.subject),
        deal=deal,
        deal_name=_named(one.deal, replaced),
        account=account,
        owner=owner,
        since=since or None,
    )


def _copied(record: str, replaced: Mapping[object, object]) -> str:
    return str(replaced[record])


def _named(text: str, replaced: Mapping[object, object]) -> str:
    return "".join(str(replaced.get(piece, piece)) for piece in MARK.split(text))


def _finish(crm: Any, last: Mapping[str, int]) -> None:
    if isinstance(crm, Org):
        salesforce.finish(crm, last)
    else:
        crm.store.resume()


def write(pages: Iterator[Page], directory: Path) -> int:
    """Write what is wrong, and who leads whom, while the company is written; count the findings.

    `truth.jsonl` has a line for each; `people.yaml` is what the worker reads where the CRM does
    not know managers. The directory is made where it is missing.
    """
    directory.mkdir(parents=True, exist_ok=True)
    count = 0
    with (
        (directory / "truth.jsonl").open("w", encoding="utf-8") as truths,
        (directory / "people.yaml").open("w", encoding="utf-8") as people,
    ):
        people.write("people:\n")
        for page in pages:
            for one in page.truths:
                truths.write(json.dumps(vars(one), ensure_ascii=False) + "\n")
            for email, manager in page.people.items():
                leads = f", manager: {manager}" if manager else ""
                people.write(f"  - {{email: {email}{leads}}}\n")
            count += len(page.truths)
    return count
