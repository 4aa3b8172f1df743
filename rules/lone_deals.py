"""The same rule for deals without an account: each of them is a client of its own.

A rule for accounts sees clients with an account. With `lone_deals: yes` a second rule stands beside
it, under a name of its own, whose words for an account mean the one deal: `open_deals` is 1 while
it is open. What reached the client is what belongs to the deal, its contacts' mails with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any, Final

from rules.case_story import NO_ACCOUNT
from rules.checked import Formula, Op, Rule, Test
from rules.derived import clauses_of, heeded_streams, meaning, needed_fields, needed_streams
from rules.subjects import OwnFields, fields_of
from rules.vocabulary import FieldWord, Kind, word

SUFFIX: Final = "-lone-deals"
LONGEST: Final = 60  # characters of a name


def _counted(state: str) -> FieldWord:
    doc = f"1 where the deal is {state}, else 0."
    sql = f"CAST({{t}}.state = '{state}' AS INTEGER)"
    return word(f"{state}_deals", Kind.NUMBER, doc, "deals.state", sql=sql)


#: A word of accounts -> what it means of the one deal, where no word of deals is called so.
_COUNTED: Final = {f"{state}_deals": _counted(state) for state in ("open", "won", "lost")}
_WON_AMOUNT: Final = word(
    "won_amount",
    Kind.MONEY,
    "What the deal is worth, where it is won.",
    "deals.state",
    "deals.amount",
    sql="CASE WHEN {t}.state = 'won' THEN {t}.amount END",
)
_MOMENTS: Final = {
    "first_won_at": "won_at",
    "last_won_at": "won_at",
    "first_deal_at": "created_at",
}


def why_not(rule: Rule) -> str | None:
    """Return why a rule cannot be said of deals without an account, for the admin; else None."""
    if rule.subject != "account":
        return '"lone_deals" goes with "for: account": other rules see deals without an account.'
    if len(rule.id + SUFFIX) > LONGEST:
        return f'"lone_deals" makes a rule "{rule.id}{SUFFIX}": that name is too long. Shorten it.'
    if any(_holds_formula(one) for one in (*rule.where, *rule.resolve.when)):
        return '"lone_deals" knows no formula. Write the condition in words, or a rule for deals.'
    return None


def of_lone_deals(rule: Rule, own: OwnFields) -> Rule:
    """Return the rule for deals without an account that stands beside a rule for accounts.

    The cases whose deal has no account are its own.
    """
    words = _words(own)
    alone = Test(word=words["account"], op=Op.IS_EMPTY, value=None, place=rule.place)
    resolve = replace(rule.resolve, when=_said(rule.resolve.when, words))
    twin = replace(
        rule,
        id=f"{rule.id}{SUFFIX}",
        was=f"{rule.was}{SUFFIX}" if rule.was else None,
        title=f"{rule.title} (deals without an account)",
        subject="deal",
        where=(alone, *_said(rule.where, words)),
        absences=_said(rule.absences, words),
        presences=_said(rule.presences, words),
        resolve=resolve,
        cases=tuple(one for one in rule.cases if _is_alone(one.deal)),
    )
    clauses = clauses_of(twin)
    return replace(
        twin,
        meaning=meaning(clauses),
        needs_streams=needed_streams(clauses),
        needs_fields=needed_fields(clauses),
        heeds_streams=heeded_streams(clauses),
    )


def of_accounts(rule: Rule) -> Rule:
    """Return the rule for accounts without the cases that are those of its lone deals."""
    return replace(rule, cases=tuple(one for one in rule.cases if not _is_alone(one.deal)))


def _is_alone(deal: Mapping[str, object]) -> bool:
    return deal.get("account") == NO_ACCOUNT


def _words(own: OwnFields) -> Mapping[str, FieldWord]:
    """Each word of accounts with the word that says it of a deal; an own field is empty there."""
    deal = fields_of("deal", own)
    named = {name: deal[meant] for name, meant in _MOMENTS.items()}
    mine = {
        name: deal[f"account.{name}"]
        for name in fields_of("account", own)
        if f"account.{name}" in deal
    }
    return {**deal, **mine, **named, **_COUNTED, "won_amount": _WON_AMOUNT}


def _said(value: Any, words: Mapping[str, FieldWord]) -> Any:
    """Put the words of deals in the place of those of accounts, wherever one is named."""
    if isinstance(value, FieldWord):
        return words[value.name]
    if isinstance(value, tuple):
        return tuple(_said(one, words) for one in value)
    if is_dataclass(value) and not isinstance(value, type):
        parts = {one.name: getattr(value, one.name) for one in fields(value)}
        new = {name: _said(part, words) for name, part in parts.items()}
        return replace(value, **{name: part for name, part in new.items() if part != parts[name]})
    return value


def _holds_formula(one: object) -> bool:
    return isinstance(one, Formula) or any(
        _holds_formula(part) for part in getattr(one, "conditions", ())
    )
