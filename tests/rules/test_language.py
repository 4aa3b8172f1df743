"""The words of the language: typed reading, the vocabulary, and the JSON Schema for editors."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from connectors.model import STREAMS
from rules import scalars
from rules.case_words import CaseDeal, case_model
from rules.language import json_schema
from rules.strict_yaml import Entries, Items, Node, Scalar, Source, read
from rules.subjects import FIELDS
from rules.vocabulary import (
    DEAL_FIELDS,
    GRADES,
    MANAGER_READS,
    OWNER_READS,
    PLANNED_READS,
    QUOTE_READS,
    SIGNALS,
    STAGE_ENTRY_READS,
    SUBJECT_READS,
    TEXT_READS,
    TOUCH_READS,
    TOUCH_STREAMS,
    placeholder_names,
)
from rules.where_words import FORMULA, GROUPS, RELATED, where_model

ROOT = Path(__file__).resolve().parents[2]
RULE_FILES = sorted([*ROOT.glob("rules/shipped/*.yaml"), *ROOT.glob("config/rules/*.yaml")])


@pytest.mark.parametrize(
    ("text", "value"), [("yes", True), ("no", False), ("true", True), ("False", False)]
)
def test_yes_and_no_are_words(text: str, value: bool) -> None:
    """Yes and no, true and false, in any case; nothing else."""
    assert scalars.yes_no(text) is value


@pytest.mark.parametrize("text", ["on", "off", "1", "0", "y", ""])
def test_other_words_are_neither_yes_nor_no(text: str) -> None:
    """What YAML takes for booleans is refused."""
    with pytest.raises(ValueError, match='neither "yes" nor "no"'):
        scalars.yes_no(text)


@pytest.mark.parametrize(
    ("text", "value"), [("0", 0), ("-12.5", -12.5), ("50000", 50000), ("0.0001", "0.0001")]
)
def test_numbers_are_plain_decimal(text: str, value: object) -> None:
    """Digits, one point, a minus; read as exact decimals."""
    assert scalars.number(text) == Decimal(str(value))


@pytest.mark.parametrize(
    "text",
    ["014", "1e3", "0x1F", "1_000", "50,000", "NaN", "inf", "٣", ".5", "5.", "1" * 16, "", "18:00"],
)
def test_other_ways_to_write_numbers_are_refused(text: str) -> None:
    """No octal, no exponent, no sexagesimal, no separators, nothing without end."""
    with pytest.raises(ValueError, match="is not a number"):
        scalars.number(text)


def test_whole_numbers() -> None:
    """A whole number has no point."""
    assert scalars.whole_number("14") == 14
    with pytest.raises(ValueError, match="not a whole number"):
        scalars.whole_number("14.0")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2026-11-12", dt.date(2026, 11, 12)),
        ("2026-11-12 10:00", dt.datetime.fromisoformat("2026-11-12T10:00:00")),
        ("2026-11-12 10:00:30", dt.datetime.fromisoformat("2026-11-12T10:00:30")),
        ("2024-02-29  00:00", dt.datetime.fromisoformat("2024-02-29T00:00:00")),
    ],
)
def test_days_and_moments(text: str, value: dt.date) -> None:
    """Year, month and day; a time of day with or without seconds."""
    assert scalars.day_or_moment(text) == value


@pytest.mark.parametrize(
    "text",
    [
        "12.11.2026",
        "20261112",
        "2026-13-01",
        "2026-02-30",
        "0001-01-01",
        "9999-12-31",
        "2026-11-12T10:00",
        "2026-11-12 24:00",
        "2026-11-12 10",
        "2026-11-12 10:00Z",
        "2026-11-12 1:0",
    ],
)
def test_what_is_no_day_is_refused(text: str) -> None:
    """A day that no calendar has, another notation, or a zone is told."""
    with pytest.raises(ValueError, match=r"is not a day"):
        scalars.day_or_moment(text)


@given(st.text(), st.sampled_from([scalars.number, scalars.day_or_moment, scalars.yes_no_unknown]))
def test_typed_reading_says_what_is_wrong(text: str, read_it: Callable[[str], Any]) -> None:
    """Any text has a value or a sentence that ends like one."""
    try:
        read_it(text)
        said = "."
    except ValueError as wrong:
        said = str(wrong)
    assert said.endswith((".", '"'))


def test_where_and_cases_know_the_same_fields_as_the_vocabulary() -> None:
    """A field that is in one list and not in the other would be half a field."""
    for subject, fields in FIELDS.items():
        words = {
            field.alias or name for name, field in where_model(subject, {}).model_fields.items()
        }
        assert words - {*GROUPS, FORMULA, *RELATED} == set(fields)
    assert list(CaseDeal.model_fields) == list(DEAL_FIELDS)
    assert list(case_model("deal", {}).model_fields) == list(DEAL_FIELDS)


def test_what_rules_read_exists_in_the_canonical_streams() -> None:
    """Every column that can make a rule unknowable is a column of a stream."""
    columns = {f"{stream}.{name}" for stream, schema in STREAMS.items() for name in schema.names}
    reads = TOUCH_READS | TEXT_READS | OWNER_READS | MANAGER_READS
    reads |= {column for words in FIELDS.values() for one in words.values() for column in one.reads}
    reads |= {column for needed in SUBJECT_READS.values() for column in needed}
    reads |= PLANNED_READS | QUOTE_READS | STAGE_ENTRY_READS
    assert reads <= columns
    assert set(STREAMS) >= TOUCH_STREAMS


def test_every_field_has_a_sentence() -> None:
    """The documentation of a field is a sentence; the editor shows it."""
    words = [word for fields in FIELDS.values() for word in fields.values()]
    assert all(re.fullmatch(r"[A-Z].*\.", word.doc) for word in words)


def test_days_and_times_can_be_placeholders() -> None:
    """A moment has a day and a time, a day has no time."""
    names = placeholder_names()
    assert {"anchor", "anchor:time", "won_at:day", "close_date:day", "account"} <= names
    assert "close_date:time" not in names
    assert "account:day" not in names


def test_a_sentence_that_was_found_is_a_placeholder_on_demand() -> None:
    """Only a rule that looks for something said can quote it."""
    assert "said" not in placeholder_names()
    assert placeholder_names(said=True) - placeholder_names() == {"said"}


def as_an_editor_reads(node: Node) -> Any:
    """The plain tree with numbers and booleans, as YAML 1.2 reads plain scalars."""
    if isinstance(node, Entries):
        return {key.text: as_an_editor_reads(value) for key, value in node.entries}
    if isinstance(node, Items):
        return [as_an_editor_reads(item) for item in node.items]
    assert isinstance(node, Scalar)
    if not node.quoted and re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", node.text):
        return float(node.text)
    return (
        {"true": True, "false": False}.get(node.text, node.text) if not node.quoted else node.text
    )


def complaints_of_the_editor(text: str) -> list[str]:
    node, _ = read(Source(path="a.yaml", text=text))
    assert node is not None
    return [one.message for one in editor().iter_errors(as_an_editor_reads(node))]


@cache
def editor() -> Draft202012Validator:
    """What an editor checks a file with; made once."""
    return Draft202012Validator(json_schema())


def test_the_schema_is_one() -> None:
    """The JSON Schema follows the specification of JSON Schema."""
    Draft202012Validator.check_schema(json_schema())


@pytest.mark.parametrize("path", RULE_FILES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_the_editor_accepts_the_rules_we_ship(path: Path) -> None:
    """What the loader takes, the editor does not underline."""
    assert complaints_of_the_editor(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "change",
    [
        ("severity: medium", "severity: hihg"),
        ("state: won\n", "stat: won\n"),
        ("within: 5 business days", "within: a month"),
        ("by: [owner, team, manager]", "by: [owner, boss]"),
        ("for: deal\n", ""),
        ("fires: yes", "fires: maybe"),
    ],
    ids=lambda change: change[1].strip() or "for left out",
)
def test_the_editor_underlines_mistakes(change: tuple[str, str]) -> None:
    """A mistake in a rule is one in the editor too."""
    text = (ROOT / "rules/shipped/won-no-follow-up.yaml").read_text(encoding="utf-8")
    assert change[0] in text
    assert complaints_of_the_editor(text.replace(*change, 1)) != []


@pytest.mark.parametrize(
    "change",
    [
        ("says: check_in", "says: checkin"),
        ("at_least: 1\n", "at_least: 51\n"),
        ("at_least: 1\n", "at_least: 0\n"),
        ("in_last: 5 business days", "in_last: {by_stage: {Won: 1 week}}"),
        ("    activity:\n", "    touch:\n"),
        ("count:\n", "counts:\n"),
        ("tests:\n", "escalate: [{after: 1 day, to: manager}]\ntests:\n"),
        ("tests:\n", "escalate: [{after: 1 day, to: boss, alert: A}]\ntests:\n"),
    ],
    ids=lambda change: change[1].strip(),
)
def test_the_editor_underlines_mistakes_in_a_count(change: tuple[str, str]) -> None:
    """So it does where activities are counted and where somebody is told later."""
    text = (Path(__file__).parent / "check-in.yaml").read_text(encoding="utf-8")
    assert change[0] in text
    assert complaints_of_the_editor(text.replace(*change, 1)) != []


def test_the_editor_explains_the_signals() -> None:
    """What a word finds is said where it is written."""
    text = str(json_schema())
    assert all(doc in text.replace("\\'", "'") for doc in SIGNALS.values())
    assert all(re.fullmatch(r"[A-Z].*\.", doc) for doc in (*SIGNALS.values(), *GRADES.values()))


def test_the_schema_has_the_stages_of_the_org() -> None:
    """The editor offers the org's own stages, and no others."""
    text = str(json_schema(stages=["Pilot", "Roll-out"]))
    assert "'Roll-out'" in text
    assert "'Negotiation'" not in text
