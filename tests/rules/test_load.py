"""Rule files are read into rules, or into every problem they have, each at its place."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.case_nouns import Case
from rules.checked import (
    Absence,
    ByWord,
    Clock,
    Mode,
    Op,
    Rule,
    Severity,
    Start,
    StartFrom,
    TouchPattern,
)
from rules.language import RuleWords
from rules.lengths import Length, Unit
from rules.load import RuleSet, Source, load
from rules.org import CustomField
from rules.problems import Problem
from rules.vocabulary import DEAL_FIELDS, STAGES

ROOT = Path(__file__).resolve().parents[2]
BAD = sorted((Path(__file__).parent / "bad").glob("*.yaml"))


def sources(folder: str) -> list[Source]:
    return [
        Source(path=str(path.relative_to(ROOT)), text=path.read_text(encoding="utf-8"))
        for path in sorted((ROOT / folder).glob("*.yaml"))
    ]


SHIPPED = sources("rules/shipped")
#: A field of the org's own that a comment speaks of.
OWN = {
    "deal": {
        "stalled_until": CustomField(
            word="stalled_until", source="stalled_until", kind="date", doc="On hold until then."
        )
    }
}
WON = [one for one in SHIPPED if "won-no" in one.path]
RULE = (Path(__file__).parent / "call-back.yaml").read_text(encoding="utf-8").split("\n", 1)[1]


def loaded(*texts: str, stages: frozenset[str] = STAGES) -> tuple[RuleSet, list[Problem]]:
    files = [Source(path=f"{number}.yaml", text=text) for number, text in enumerate(texts)]
    return load(files, shipped=WON, stages=stages)


def rule(*texts: str) -> Rule:
    rules, problems = loaded(*texts)
    assert problems == []
    return rules.active[0]


def changed(*changes: tuple[str, str]) -> str:
    text = RULE
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    return text


def where(text: str) -> dict[tuple[str, Op], object]:
    tests = rule(changed(("  state: won\n", text), ("after: won_at", "after: created_at"))).where
    return {(test.field, test.op): test.value for test in tests}


def absence(text: str) -> Absence:
    (found,) = rule(re.sub("missing:\n(  .*\n)+", text, RULE, count=1)).absences
    return found


def case(text: str) -> Case:
    return rule(RULE + text).cases[-1]


# -- what is wrong -------------------------------------------------------------------------


def expected_lines(text: str) -> list[str]:
    return re.findall(r"^# expect: (.*)$", text, flags=re.MULTILINE)


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_each_kind_of_mistake_has_its_sentence(path: Path) -> None:
    """The problems of a file are exactly those that its first lines say."""
    text = path.read_text(encoding="utf-8")
    shipped = WON if "shipped" in text else []
    _, problems = load([Source(path="bad.yaml", text=text)], shipped=shipped)
    assert [f"{one.line}:{one.column}: {one.message}" for one in problems] == expected_lines(text)


def test_a_pack_is_read_again_when_anything_about_it_is_another() -> None:
    """Its text, the org's stages, the org's fields; and the same gives the same."""
    text = WON[0].text.replace("\nwhere:\n", "\nwhere:\n  stage: {is_not: Pilot}\n")
    assert text != WON[0].text
    pack = [Source(path="a.yaml", text=text)]
    assert [len(load([], shipped=pack)[1]) for _ in range(2)] == [1, 1]
    assert load([], shipped=pack, stages=frozenset({"Pilot"}))[1] == []
    text = WON[0].text.replace("\nwhere:\n", "\nwhere:\n  stalled_until: {is_empty: yes}\n")
    pack = [Source(path="a.yaml", text=text)]
    assert [len(load([], shipped=pack, fields=own)[1]) for own in ({}, OWN, {})] == [1, 0, 1]


def test_there_are_many_kinds_of_mistakes() -> None:
    """The corpus is there and each of its files says what is wrong with it."""
    assert len(BAD) >= 250
    assert all(expected_lines(path.read_text(encoding="utf-8")) for path in BAD)


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_sentences_are_for_people(path: Path) -> None:
    """No sentence speaks of Python, the validator or YAML's grammar."""
    words = r"pydantic|valid|dict|tuple|string|input|instance|NoneType|flow|scalar|node|token"
    for line in expected_lines(path.read_text(encoding="utf-8")):
        assert not re.search(rf"\b({words})\b", line), line
        assert line.endswith((".", "?", '"')), line


def test_a_problem_reads_as_the_documentation_says() -> None:
    """Place, rule, what is wrong, what to do."""
    source = Source(
        path="config/rules/won.yaml", text=changed(("  state: won", "  amuont: {below: 5}"))
    )
    _, problems = load([source])
    assert [str(one) for one in problems] == [
        'config/rules/won.yaml:5:3: call-back: a deal has no field "amuont". Did you mean "amount"?'
    ]


def test_all_problems_of_all_files_come_at_once() -> None:
    """One reading tells everything, sorted by file and line; a bad file hides no other."""
    rules, problems = loaded(
        "rule: [",
        changed(("won_at", "won_on"), ("title: ", "titel: ")),
        RULE,
        changed(("call-back", "call-again"), ("due: 1", "due: one")),
    )
    assert [(one.path, one.line) for one in problems] == [
        ("0.yaml", 1),
        ("1.yaml", 2),
        ("1.yaml", 8),
        ("2.yaml", 1),
        ("3.yaml", 17),
    ]
    assert [one.id for one in rules.active] == []


def test_rules_that_are_right_load_beside_those_that_are_not() -> None:
    """A problem in one file leaves the rules of the others readable."""
    rules, problems = loaded(RULE, "rule: Call Back\n")
    assert [one.id for one in rules.active] == ["call-back"]
    assert {one.path for one in problems} == {"1.yaml"}


# -- what is right -------------------------------------------------------------------------


def test_a_whole_rule() -> None:
    """Every clause of the page's first example becomes what the compiler reads."""
    (won,) = [one for one in load([], shipped=SHIPPED)[0].shipped if one.id == "won-no-follow-up"]
    assert (won.severity, won.mode, won.tags) == (Severity.MEDIUM, Mode.SHADOW, ("after-sale",))
    assert won.start_from == StartFrom(start=Start.AGE, length=Length(14, Unit.DAYS))
    assert [(one.field, one.op, one.value) for one in won.where] == [
        ("state", Op.IS_ONE_OF, ("won",)),
        ("won_at", Op.NEWER_THAN, Length(60, Unit.DAYS)),
    ]
    (missing,) = won.absences
    assert (missing.clock, missing.start) == (Clock.AFTER, DEAL_FIELDS["won_at"])
    assert missing.limit == Length(5, Unit.BUSINESS_DAYS)
    (touch,) = missing.events
    assert isinstance(touch, TouchPattern)
    assert touch.by == {"owner", "team", "manager"}
    assert (touch.at_least, touch.direction) == ("C", None)
    assert won.task.to == ("owner", "manager")
    assert won.task.due == Length(1, Unit.BUSINESS_DAYS)


def test_a_touch_is_anyones_of_any_kind_unless_said() -> None:
    """Defaults: anyone, grade C, any direction, every kind of activity."""
    (pattern,) = absence("missing: {touch: {}, after: won_at, within: 5 days}\n").touches
    assert pattern.by == {"anyone"}
    assert (pattern.at_least, pattern.direction) == ("C", None)
    assert pattern.kinds == {"call", "email", "meeting", "message", "note", "task", "case"}


def test_a_limit_can_differ_by_stage() -> None:
    """The second clock counts from the last touch, with a length for each stage."""
    found = absence(
        "missing: {touch: {direction: two-way, type: call}, counting_from: created_at, "
        "in_last: {by_stage: {Won: 2 weeks}}}\n"
    )
    assert (found.clock, found.start) == (Clock.IN_LAST, DEAL_FIELDS["created_at"])
    assert found.limit == ByWord(word=DEAL_FIELDS["stage"], rows={"Won": Length(2, Unit.WEEKS)})
    (touch,) = found.touches
    assert (touch.kinds, touch.direction) == ({"call"}, "two-way")


def test_two_absences_must_both_hold() -> None:
    """A list under `missing` becomes two absences, in its order."""
    text = (
        "missing:\n"
        "  - {touch: {direction: two-way}, after: won_at, within: 5 days}\n"
        "  - {touch: {direction: outbound}, in_last: 3 days, counting_from: won_at}\n"
    )
    found = rule(re.sub("missing:\n(  .*\n)+", text, RULE, count=1))
    assert [[touch.direction for touch in one.touches] for one in found.absences] == [
        ["two-way"],
        ["outbound"],
    ]
    assert [one.clock for one in found.absences] == [Clock.AFTER, Clock.IN_LAST]


@pytest.mark.parametrize(
    ("text", "field", "op", "value"),
    [
        ("account: Northwind", "account", Op.IS_ONE_OF, ("Northwind",)),
        ("account: [A, 'B', A]", "account", Op.IS_ONE_OF, ("A", "B")),
        ("account: 2026", "account", Op.IS_ONE_OF, ("2026",)),
        ("account: no", "account", Op.IS_ONE_OF, ("no",)),
        ("stage: {is_not: Lost}", "stage", Op.IS_NONE_OF, ("Lost",)),
        ("name: {contains: renewal}", "name", Op.CONTAINS, "renewal"),
        ("name: {starts_with: EMEA}", "name", Op.STARTS_WITH, "EMEA"),
        ("next_step: {is_empty: yes}", "next_step", Op.IS_EMPTY, None),
        ("next_step: {is_empty: no}", "next_step", Op.IS_NOT_EMPTY, None),
        ("amount: {more_than: 12.5}", "amount", Op.MORE_THAN, Decimal("12.5")),
        ("amount: {below: '100'}", "amount", Op.BELOW, Decimal(100)),
        ("close_date: {older_than: 1 week}", "close_date", Op.OLDER_THAN, Length(1, Unit.WEEKS)),
    ],
)
def test_tests_of_fields(text: str, field: str, op: Op, value: object) -> None:
    """A bare value means *is*, a list means *is one of*, the rest says what it is."""
    assert where(f"  {text}\n") == {(field, op): value}


def test_a_bare_number_means_exactly_this() -> None:
    """A number alone is a lower and an upper bound."""
    assert where("  probability: 50\n") == {
        ("probability", Op.AT_LEAST): Decimal(50),
        ("probability", Op.AT_MOST): Decimal(50),
    }


def test_no_where_means_every_deal() -> None:
    """A rule without conditions is about all deals."""
    text = changed(("where:\n  state: won\n", ""), ("after: won_at", "after: created_at"))
    assert rule(text).where == ()


@pytest.mark.parametrize(
    ("text", "start", "length"),
    [
        ("30 days", Start.AGE, Length(30, Unit.DAYS)),
        ("enabled", Start.ENABLED, None),
        ("{backfill: 90 days}", Start.BACKFILL, Length(90, Unit.DAYS)),
    ],
)
def test_where_a_rule_starts(text: str, start: Start, length: Length | None) -> None:
    """Switching a rule on reaches back as far as it says."""
    found = rule(changed(("for: deal", f"for: deal\nstart_from: {text}"))).start_from
    assert found == StartFrom(start=start, length=length)


def test_a_file_may_hold_several_rules() -> None:
    """A list of rules in one file is read like several files."""
    one = "- " + RULE.replace("\n", "\n  ").rstrip() + "\n"
    rules, problems = loaded(one + one.replace("call-back", "call-again"))
    assert problems == []
    assert [found.id for found in rules.active] == ["call-back", "call-again"]


def test_a_file_of_comments_holds_no_rule() -> None:
    """A rule that is commented out is not there, and no mistake."""
    assert loaded("# rule: call-back\n")[1] == []


def test_the_stages_are_the_orgs() -> None:
    """A stage is known when the org has it, and only then."""
    text = changed(("  state: won\n", "  stage: Pilot\n"), ("after: won_at", "after: created_at"))
    assert loaded(text)[1][0].message.startswith('there is no stage "Pilot".')
    rules, problems = loaded(text, stages=frozenset({"Pilot", "Won"}))
    assert problems == []
    assert [one.id for one in rules.active] == ["call-back"]


def test_shipped_rules_may_use_the_common_stages_in_any_org() -> None:
    """An org without a stage of that name has no problem with rules it does not use."""
    rules, problems = load([], shipped=SHIPPED, stages=frozenset({"Pilot"}))
    assert problems == []
    assert len(rules.shipped) == len(SHIPPED)


# -- cases -----------------------------------------------------------------------------------


def test_a_case_has_what_its_words_say() -> None:
    """Times, people, activities and expectations of a case are read by their kind."""
    found = case(
        "  - name: all of it\n"
        "    calendar: berlin\n"
        "    people: {dana: {manager: mia, time_zone: Europe/Berlin}, mia: {active: no}}\n"
        "    deal: {owner: dana, stage: Proposal, amount: 100, close_date: 2026-12-01}\n"
        "    activities:\n"
        "      - {on: 2026-11-13 09:00, call: outbound, outcome: connected, duration: 5 minutes}\n"
        "      - {on: 2026-11-13 10:00, note: met Ann, by: mia, automated: unknown}\n"
        "      - {on: 2026-11-13 11:00, meeting: Kick-off, with_client: no, linked_to: account}\n"
        "    expect: [{at: 2026-11-14 09:00, fires: no, next_check: 2026-11-16 09:00}]\n"
    )
    call, note, meeting = found.activities
    assert found.calendar == "berlin"
    assert [(one.name, one.active) for one in found.people] == [("dana", True), ("mia", False)]
    assert (found.deal["state"], found.deal["amount"]) == ("open", Decimal(100))
    assert (call.kind, call.direction, call.duration_seconds) == ("call", "outbound", 300)
    assert (call.by, call.automated, call.with_client, call.done) == ("owner", False, True, True)
    assert (note.text, note.subject, note.by, note.automated) == ("met Ann", None, "mia", None)
    assert (meeting.subject, meeting.with_client, meeting.linked_to) == (
        "Kick-off",
        False,
        "account",
    )
    assert str(found.expect[0].next_check) == "2026-11-16 09:00:00"


def test_a_won_deal_is_in_the_stage_won() -> None:
    """State and stage of a case complete each other."""
    assert rule(RULE).cases[0].deal["stage"] == "Won"
    assert "stage" not in rule(RULE).cases[1].deal


# -- shipped and configured rules ------------------------------------------------------------


def test_the_shipped_rules_have_no_problem() -> None:
    """Every shipped file is right, named after its rule, and well tested."""
    rules, problems = load([], shipped=SHIPPED)
    assert problems == []
    assert [one.id for one in rules.shipped] == [Path(one.path).stem for one in SHIPPED]
    for one in rules.shipped:
        said = [expected.fires for found in one.cases for expected in found.expect]
        assert said.count(True) >= 4
        assert said.count(False) >= 4


def test_the_configured_rules_are_shadows_of_the_shipped_ones() -> None:
    """Out of the box every shipped rule is there and none writes anything."""
    rules, problems = load(sources("config/rules"), shipped=SHIPPED)
    assert problems == []
    assert sorted(one.id for one in rules.active) == sorted(one.id for one in rules.shipped)
    assert {one.mode for one in rules.active} == {Mode.SHADOW}
    assert {one.mode for one in rules.shipped} == {Mode.SHADOW}


@pytest.mark.parametrize("source", sources("config/rules"), ids=lambda source: source.path)
def test_what_the_comments_offer_works(source: Source) -> None:
    """Whoever takes the comment signs away has a rule without problems."""
    offered = re.sub(r"^# (?=\s|[a-z_]+:( |$))", "", source.text, flags=re.MULTILINE)
    kept = [
        line
        for line in offered.splitlines()
        if line.startswith(("#", " ", "extends:", "where:", "missing:", "count:", "then:"))
        or not line
    ]
    rules, problems = load(
        [Source(path=source.path, text="\n".join(kept))],
        shipped=[one for one in SHIPPED if Path(one.path).name == Path(source.path).name],
        fields=OWN,
    )
    assert problems == []
    (found,) = rules.active
    (shipped,) = [one for one in rules.shipped if one.id == found.extends]
    assert (found.meaning, said_by(found)) != (shipped.meaning, said_by(shipped))


def said_by(one: Rule) -> list[str]:
    """Every text of what a rule writes."""
    texts = [one.task.subject, one.task.purpose, one.task.opening] if one.task else []
    return texts + [line.text for line in (one.alert, one.digest) if line]


def test_task_texts_keep_the_house_style() -> None:
    """The subject has room for the client's name, the purpose is a sentence, no alert blames."""
    for one in load([], shipped=SHIPPED)[0].shipped:
        assert said_by(one)
        if one.task is not None:
            assert len(one.task.subject) <= 80
            assert re.search(r"[.?!}][\"”]?$", one.task.purpose), one.id
        alerts = [step.alert or "" for step in one.escalate] + [one.alert.text if one.alert else ""]
        assert not re.search(r"\b(not|failed|forgot|late|overdue)\b", " ".join(alerts)), one.id


# -- whatever comes ----------------------------------------------------------------------------


def rules_or_problems(text: str, shipped: Sequence[Source] = ()) -> None:
    rules, problems = load([Source(path="a.yaml", text=text)], shipped=shipped)
    assert all(str(one) for one in problems)
    for one in rules.active:
        assert one.where or one.absences or one.presences or one.ratios
        assert one.meaning


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=200))
def test_any_text_gives_rules_or_problems(text: str) -> None:
    """Bad input never gives a traceback."""
    rules_or_problems(text)


LINES = RULE.splitlines()
CLAUSES = sorted(field.alias or name for name, field in RuleWords.model_fields.items())
FORMS = " ".join(
    path.read_text(encoding="utf-8").partition("tests:")[0]
    for path in sorted((Path(__file__).parent / "forms").glob("*.yaml"))
)
TOKENS = sorted(
    {*re.findall(r"[\w.-]+|[{}\[\]:,]", RULE + FORMS), "~", "''", "{}", "[]", "shipped/x", "-"}
)


@settings(max_examples=200, deadline=None)
@given(
    st.integers(0, len(LINES) - 1),
    st.sampled_from(["delete", "twice", "word"]),
    st.integers(0, 12),
    st.sampled_from(TOKENS),
)
def test_any_slip_gives_rules_or_problems(at: int, slip: str, nth: int, token: str) -> None:
    """A line left out, written twice or with another word in it never gives a traceback."""
    line = LINES[at]
    words = re.split(r"([\w-]+|[{}\[\]:,])", line)
    words[min(nth, len(words) - 1)] = token
    new = {"delete": [], "twice": [line, line], "word": ["".join(words)]}[slip]
    rules_or_problems("\n".join([*LINES[:at], *new, *LINES[at + 1 :]]))


@settings(max_examples=50, deadline=None)
@given(
    st.recursive(
        st.sampled_from(TOKENS),
        lambda inner: (
            st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]")
            | st.dictionaries(st.sampled_from(TOKENS), inner, max_size=3).map(
                lambda entries: "{" + ", ".join(f"{k}: {v}" for k, v in entries.items()) + "}"
            )
        ),
        max_leaves=8,
    ),
    st.sampled_from(CLAUSES),
)
def test_any_clause_gives_rules_or_problems(value: str, clause: str) -> None:
    """A clause of any shape never gives a traceback, alone or over a shipped rule."""
    rules_or_problems(f"rule: a\n{clause}: {value}\n")
    rules_or_problems(f"extends: shipped/won-no-follow-up\n{clause}: {value}\n", WON)
    kept = [line for line in LINES if line[0] in " -" or line.split(":")[0] != clause]
    rules_or_problems("\n".join(kept) + f"\n{clause}: {value}\n")
