"""Three rules of the pack, as other engines would be told them: a plain loop, zen, business-rules.

All three judge the nested dicts of `records`. Business time is not theirs: the loop and
business-rules call `worktime`, zen compares with moments worked out beforehand. Absence is in zen's
own words; business-rules has none, so it is coded in Python as one of its variables.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any, Final

from bench.records import Row
from bench.worktime import DAY, days_later, due, first_within, latest_start

#: What an engine is: from (rule, now) to a test of one record.
Engine = Callable[[str, int], Callable[[Row], bool]]
RULES: Final = ("won-no-follow-up", "client-waiting", "stale-proposal")
_OURS: Final = ("owner", "team", "manager")
#: Business days of silence that a stage bears.
_STAGES: Final = {"Prospecting": 14, "Qualification": 10, "Proposal": 7, "Negotiation": 5}
_SUBJECTS: Final = {"client-waiting": "account"}


def findings(engine: Engine, rule: str, rows: Mapping[str, Sequence[Row]], now: int) -> set[str]:
    """Return the ids of the deals or accounts for which `rule` holds."""
    holds = engine(rule, now)
    return {row["id"] for row in rows[_SUBJECTS.get(rule, "deal")] if holds(row)}


# -- a plain loop ----------------------------------------------------------------------------


def _no_follow_up(row: Row, now: int) -> bool:
    if row["state"] != "won":
        return False
    won, zone = row["entered"], row["zone"]
    if now >= days_later(won, zone, 60) or now < due(won, zone, 5 * DAY):
        return False
    return not any(
        won < t["at"] <= now and t["grade"] >= 3 and t["who"] in _OURS for t in row["touches"]
    )


def _client_waiting(row: Row, now: int) -> bool:
    asked = _oldest_unanswered(row, now) if row["open"] or row["won"] else None
    return asked is not None and now >= due(asked, row["zone"], DAY)


def _oldest_unanswered(row: Row, now: int) -> int | None:
    since = _cuts(now, row["zone"])["days_30"]
    past = [t for t in row["touches"] if t["at"] <= now]
    answered = max((t["at"] for t in past if _answers(t)), default=0)
    asked = (t["at"] for t in past if _asks(t) and since <= t["at"] and t["at"] > answered)
    return min(asked, default=None)


def _answers(touch: Row) -> bool:
    if touch["kind"] == "note":
        return bool(touch["grade"] >= 3)
    return touch["grade"] >= 4 and (not touch["inbound"] or touch["kind"] == "call")


def _asks(touch: Row) -> bool:
    """A mail or message of a person, or a call that nobody took."""
    if not touch["inbound"] or touch["automated"]:
        return False
    if touch["kind"] == "call":
        return bool(touch["grade"] == 1)
    return touch["kind"] in ("email", "message") and touch["grade"] >= 4


def _stale(row: Row, now: int) -> bool:
    if row["state"] != "open" or row["stage"] not in _STAGES:
        return False
    heard = tried = row["entered"]
    for touch in row["touches"]:
        if touch["at"] <= now and touch["at"] > row["entered"]:
            if touch["two_way"] and touch["grade"] >= 3:
                heard = max(heard, touch["at"])
            if not touch["inbound"] and touch["grade"] >= 1:
                tried = max(tried, touch["at"])
    if any(now < at <= now + 14 * 86400 for at in row["meetings"]):
        return False
    zone, bears = row["zone"], _STAGES[row["stage"]] * DAY
    return now >= due(heard, zone, bears) and now >= due(tried, zone, 3 * DAY)


_PLAIN: Final[Mapping[str, Callable[[Row, int], bool]]] = {
    "won-no-follow-up": _no_follow_up,
    "client-waiting": _client_waiting,
    "stale-proposal": _stale,
}


def plain(rule: str, now: int) -> Callable[[Row], bool]:
    """Judge by a function of a dozen lines."""
    test = _PLAIN[rule]
    return lambda row: test(row, now)


# -- zen-engine ------------------------------------------------------------------------------

#: `cut` holds, per zone, the last moment that is so long ago. `t.at <= now` is true of all touches
#: that happened; planned ones are left out by `t.at <= cut.now`.
_ZEN: Final = {
    "won-no-follow-up": """state == 'won' and entered >= cut.days_60 and entered <= cut.work_5
        and none(touches as t, t.at > entered and t.at <= cut.now and t.grade >= 3
            and t.who in ['owner', 'team', 'manager'])""",
    "client-waiting": """(open > 0 or won > 0)
        and some(touches as ask, ask.inbound and not ask.automated and ask.at <= cut.work_1
            and ask.at >= cut.days_30
            and (ask.kind == 'call' ? ask.grade == 1
                : ask.kind in ['email', 'message'] and ask.grade >= 4)
            and none(touches as t, t.at >= ask.at and t.at <= cut.now
                and (t.kind == 'note' ? t.grade >= 3
                    : t.grade >= 4 and (not t.inbound or t.kind == 'call'))))""",
    "stale-proposal": """state == 'open'
        and stage in ['Prospecting', 'Qualification', 'Proposal', 'Negotiation']
        and entered <= bears and entered <= cut.work_3
        and none(touches as t, t.at > bears and t.at <= cut.now and t.two_way and t.grade >= 3)
        and none(meetings as m, m > cut.now and m <= cut.now + 1209600)
        and none(touches as t, t.at > cut.work_3 and t.at <= cut.now and not t.inbound
            and t.grade >= 1)""",
}


def zen(rule: str, now: int) -> Callable[[Row], bool]:
    """Judge by a compiled expression; the record travels into it whole."""
    expression = import_module("zen").compile_expression(_ZEN[rule])

    def holds(row: Row) -> bool:
        cut = _cuts(now, row["zone"])
        bears = cut[f"work_{_STAGES.get(row.get('stage', ''), 1)}"]
        return bool(expression.evaluate(row | {"cut": cut, "bears": bears}))

    return holds


_CUTS: Final[dict[tuple[int, str], dict[str, int]]] = {}


def _cuts(now: int, zone: str) -> dict[str, int]:
    if (now, zone) not in _CUTS:
        lengths = {1, 3, 5, *_STAGES.values()}
        work = {f"work_{days}": latest_start(now, zone, days * DAY) for days in lengths}
        past = {f"days_{days}": first_within(now, zone, days) for days in (30, 60)}
        _CUTS[now, zone] = {"now": now, **past, **work}
    return _CUTS[now, zone]


# -- business-rules --------------------------------------------------------------------------


def business_rules(rule: str, now: int) -> Callable[[Row], bool]:
    """Judge by the engine's conditions over variables, two of which are Python of ours."""
    engine = import_module("business_rules.engine")
    variables = _variables(rule, now)
    conditions = {"all": [_said(*one) for one in _CONDITIONS[rule]]}

    def holds(row: Row) -> bool:
        return bool(engine.check_conditions_recursively(conditions, variables(row)))

    return holds


_CONDITIONS: Final = {
    "won-no-follow-up": [
        ("state", "equal_to", "won"),
        ("days_since_entered_is_below_60", "is_true", True),
        ("clock_has_run_out", "is_true", True),
    ],
    "client-waiting": [
        ("deals_count", "is_true", True),
        ("clock_has_run_out", "is_true", True),
    ],
    "stale-proposal": [
        ("state", "equal_to", "open"),
        ("stage", "matches_regex", f"^({'|'.join(_STAGES)})$"),
        ("clock_has_run_out", "is_true", True),
    ],
}


def _said(name: str, operator: str, value: object) -> dict[str, object]:
    return {"name": name, "operator": operator, "value": value}


def _variables(rule: str, now: int) -> Callable[[Row], Any]:
    """Return the class of variables; it is made here because its base may not be installed."""
    base = import_module("business_rules.variables")

    class Variables(base.BaseVariables):
        def __init__(self, row: Row) -> None:
            self.row = row

        @base.string_rule_variable
        def state(self) -> str:
            return str(self.row["state"])

        @base.boolean_rule_variable
        def deals_count(self) -> bool:
            return bool(self.row["open"] or self.row["won"])

        @base.string_rule_variable
        def stage(self) -> str:
            return str(self.row["stage"])

        @base.boolean_rule_variable
        def days_since_entered_is_below_60(self) -> bool:
            return self.row["entered"] >= _cuts(now, self.row["zone"])["days_60"]

        @base.boolean_rule_variable
        def clock_has_run_out(self) -> bool:
            return _PLAIN[rule](self.row, now)

    return Variables


ENGINES: Final[Mapping[str, Engine]] = {
    "plain Python loop": plain,
    "business-rules": business_rules,
    "zen-engine": zen,
}
