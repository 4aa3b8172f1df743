"""The words of the language: each has its sentence, and the pages made from them are fresh."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, get_args

import pytest
from jsonschema import Draft202012Validator
from pydantic import BaseModel

from rules import vocabulary
from rules.case_words import RECORDS, case_model
from rules.glossary import find, glossary, markdown
from rules.language import MODES, SEVERITIES, RuleWords, json_schema
from rules.org import CustomField
from rules.strict_yaml import Entries, Items, Node, Scalar, Source, read
from rules.subjects import FIELDS
from rules.where_words import GROUPS, RELATED, where_model

ROOT = Path(__file__).resolve().parents[1]
RULE_FILES = sorted([*ROOT.glob("rules/shipped/*.yaml"), *ROOT.glob("config/rules/*.yaml")])
SCHEMA = json_schema()
WORDS = {entry.word for section in glossary() for entry in section.entries}


def test_the_page_of_words_is_fresh() -> None:
    """docs/words.md is what `followthrough rules words --markdown` says."""
    page = (ROOT / "docs/words.md").read_text(encoding="utf-8")
    assert page == markdown(glossary()), "followthrough rules words --markdown > docs/words.md"


def test_the_schema_is_fresh() -> None:
    """config/schema/rules.json is what `followthrough rules words --schema` says."""
    text = (ROOT / "config/schema/rules.json").read_text(encoding="utf-8")
    fresh = json.dumps(SCHEMA, indent=2, ensure_ascii=False) + "\n"
    assert text == fresh, "followthrough rules words --schema > config/schema/rules.json"


# -- every word ------------------------------------------------------------------------------


def _models(kind: Any, found: set[type[BaseModel]]) -> set[type[BaseModel]]:
    """Every model that a type leads to."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        if kind not in found:
            found.add(kind)
            for field in kind.model_fields.values():
                _models(field.annotation, found)
        return found
    for part in get_args(kind):
        _models(part, found)
    return found


MODELS = sorted(_models(RuleWords, set()), key=lambda model: model.__name__)


def test_every_word_of_a_rule_has_a_description() -> None:
    """Whatever may be written in a rule, the editor, `rules words` and the page explain."""
    assert len(MODELS) > 20
    bare = [
        f"{model.__name__}.{field.alias or name}"
        for model in MODELS
        for name, field in model.model_fields.items()
        if not field.description
    ]
    assert bare == []


def test_every_word_of_a_rule_stands_on_the_page() -> None:
    """No word can be written that `rules words` does not know."""
    written = {
        field.alias or name for model in MODELS for name, field in model.model_fields.items()
    }
    assert written - WORDS == set()


def test_every_field_stands_on_the_page() -> None:
    """The fields of each subject, the groups and the other records are words, too."""
    fields = {name for of_subject in FIELDS.values() for name in of_subject}
    assert (fields | GROUPS.keys() | RELATED.keys()) - WORDS == set()


LISTS = {
    "subjects": vocabulary.SUBJECTS,
    "who": vocabulary.WHO,
    "directions": vocabulary.DIRECTIONS,
    "grades": vocabulary.GRADES,
    "signals": vocabulary.SIGNALS,
    "receivers": {**vocabulary.RECEIVERS, **vocabulary.NAMED_RECEIVERS},
    "placeholders": {**vocabulary.PLACEHOLDERS, **vocabulary.DATED_PLACEHOLDERS},
    "modes": MODES,
    "severities": SEVERITIES,
    "groups": {**GROUPS, **RELATED},
    **{f"fields of {one}": {n: w.doc for n, w in words.items()} for one, words in FIELDS.items()},
}


@pytest.mark.parametrize("name", LISTS)
def test_every_word_of_a_list_has_one_sentence(name: str) -> None:
    """A capital letter, one full stop at the end, nothing that needs another page."""
    bad = {w: doc for w, doc in LISTS[name].items() if not re.fullmatch(r"[A-Z][^\n]*\.", doc)}
    assert bad == {}


def test_a_word_is_found_with_all_its_meanings() -> None:
    """`at_least` is a number of times, a test and a grade; a heading brings what it holds."""
    titles = {section.title for section in find("at_least", glossary())}
    assert {"Tests", "count", "touch and activity", "at_least"} <= titles
    (placeholders,) = find("placeholders", glossary())
    assert {entry.word for entry in placeholders.entries} >= {"account", "won_at:day"}
    assert find("nonsense", glossary()) == []


def test_the_words_of_the_org_are_among_them() -> None:
    """Own fields and stages stand where the built-in ones do; without them they do not."""
    renewal = CustomField(
        word="renewal_on", source="Renewal__c", kind="date", doc="The day the contract ends."
    )
    own = {"deal": {"renewal_on": renewal}}
    page = markdown(glossary(own, ["Pilot", "Roll-out"]))
    assert "| `renewal_on` | The day the contract ends. (date) |" in page
    assert "(Pilot, Roll-out)" in page
    assert "renewal_on" not in markdown(glossary())


# -- the schema ------------------------------------------------------------------------------


def plain(node: Node) -> Any:
    """Return a tree as an editor reads it: numbers and booleans are none of ours, texts are."""
    if isinstance(node, Entries):
        return {key.text: plain(value) for key, value in node.entries}
    if isinstance(node, Items):
        return [plain(item) for item in node.items]
    assert isinstance(node, Scalar)
    number = not node.quoted and re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", node.text)
    return float(node.text) if number else node.text


def refused(text: str) -> bool:
    node, problems = read(Source(path="a.yaml", text=text))
    assert node is not None
    assert problems == []
    return not Draft202012Validator(SCHEMA).is_valid(plain(node))


def test_the_schema_takes_every_rule_we_ship() -> None:
    """Nothing is underlined in the shipped rules and in the examples of `config/`."""
    assert len(RULE_FILES) > 5
    assert [path.name for path in RULE_FILES if refused(path.read_text(encoding="utf-8"))] == []


RULE = """\
rule: two-mails
title: Two mails wait
for: deal
where: {stage: Negotiation, amount: {more_than: 50000}}
count:
  of: {activity: {type: email, direction: inbound}}
  after: {last: {touch: {direction: outbound}}}
  at_least: 2
then:
  task:
    to: [owner, manager]
    subject: S
    purpose: P
    opening: O
    done_when: D
    due: end of today
escalate: [{after: 2 business days, to: manager, alert: A}]
limits: {repeat: after 14 days}
tests:
  - name: two
    deal: {stage: Negotiation, amount: 60000}
    people: {dana: {leave: 2026-11-16..2026-11-20}}
    expect: [{at: 2026-11-04 11:00, fires: yes}]
"""
MISTAKES = [
    ("for: deal", "for: deals"),
    ("stage: Negotiation, amount", "stage: Negociation, amount"),
    ("amount: {more_than", "amuont: {more_than"),
    ("{more_than: 50000}", "{over: 50000}"),
    ("{more_than: 50000}", "{at_least: {by_stag: {Proposal: 1}}}"),
    ("type: email", "type: mail"),
    ("direction: inbound", "direction: in"),
    ("{last: {touch", "{latest: {touch"),
    ("at_least: 2", "at_least: many"),
    ("count:\n", "counts:\n"),
    ("to: [owner, manager]", "to: [owner, boss]"),
    ("due: end of today", "due: soon"),
    ("    due: end of today\n", "    prio: high\n    due: end of today\n"),
    ("after: 2 business days", "after: two days"),
    ("alert: A", "alarm: A"),
    ("fires: yes", "fires: maybe"),
    ("deal: {stage: Negotiation", "deal: {stag: Negotiation"),
    ("expect:", "expects:"),
    ("{leave: ", "{holidays: "),
    ("tests:\n", "mode: on\ntests:\n"),
    ("title: Two mails wait\n", ""),
]


@pytest.mark.parametrize("change", MISTAKES, ids=lambda change: change[1].strip() or "no title")
def test_the_schema_refuses_what_people_mistype(change: tuple[str, str]) -> None:
    """A misspelt key or word is underlined while it is typed; the rule without it is not."""
    assert change[0] in RULE
    assert not refused(RULE)
    assert refused(RULE.replace(*change, 1))


def test_a_thin_rule_may_use_any_subjects_words() -> None:
    """A rule that extends another need not say what it is for; a word of nobody is refused."""
    thin = "extends: shipped/won-no-follow-up\nwhere: {%s: 1}\n"
    assert not refused(thin % "amount")
    assert not refused(thin % "open_deals")
    assert refused(thin % "amuont")


def test_the_schema_explains_each_word_where_it_is_typed() -> None:
    """The editor shows a sentence for every word, of records in a case and of `where`, too."""
    parts = SCHEMA["$defs"]
    names = [case_model(record, {}).__name__ for record in RECORDS]
    names += [where_model(subject, {}).__name__ for subject in vocabulary.SUBJECTS]
    bare = [
        f"{name}.{word}"
        for name in (*names, "Rule", "CaseWords", "Missing", "Count", "Task", "StepWords")
        for word, form in parts[name]["properties"].items()
        if "description" not in form
    ]
    assert bare == []


# -- the first line of every rule file -------------------------------------------------------


@pytest.mark.parametrize(
    "path", RULE_FILES, ids=lambda path: f"{path.parent.parent.name}-{path.stem}"
)
def test_every_rule_file_names_the_schema(path: Path) -> None:
    """An editor that opens a rule finds the schema by the first line, relative to the file."""
    first = path.read_text(encoding="utf-8").partition("\n")[0]
    named = re.fullmatch(r"# yaml-language-server: \$schema=(\S+)", first)
    assert named, first
    assert (path.parent / named[1]).resolve() == ROOT / "config/schema/rules.json"
