"""The parser against a third-party corpus of SOQL, and against any text at all."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.simulator.salesforce.soql import SoqlError, parse

CORPUS = (
    Path(__file__).resolve().parents[3]
    / ".."
    / "shared"
    / "data"
    / "soql"
    / "tree_sitter_sfapex.json"
)
SHARE = 0.95

#: Marked valid in the corpus, which tests an editor's highlighting; REST would refuse them.
NOT_FOR_REST = {
    "highlight_partial_from.soql": "ends after FROM: half a query, to test highlighting",
    "relationship-with-aggregate.soql": "two statements in one text",
    "parent-to-child.soql": "ends with a semicolon, which is Apex's or a script's",
    "relationship-polymorphic-key_3.soql": "ends with a semicolon, which is Apex's or a script's",
}

Entry = dict[str, object]


@pytest.fixture(scope="module")
def corpus() -> list[Entry]:
    if not CORPUS.exists():
        pytest.skip(f"the SOQL corpus lies beside the checkout and is absent: {CORPUS.name}")
    entries: list[Entry] = json.loads(CORPUS.read_text(encoding="utf-8"))
    return entries


def file_of(entry: Entry) -> str:
    return str(entry["src"]).rsplit("/", 1)[-1]


def parses(text: str) -> bool:
    return code_of(text) is None


@pytest.mark.shared
def test_the_share_of_valid_queries_that_parse(corpus: list[Entry]) -> None:
    """At least 95 % of the valid queries that REST could be sent are read."""
    meant = [one for one in corpus if one["valid"] and file_of(one) not in NOT_FOR_REST]
    missed = [f"{file_of(one)}: {one['name']}" for one in meant if not parses(str(one["soql"]))]
    share = 1 - len(missed) / len(meant)
    print(f"SOQL corpus: {len(meant) - len(missed)} of {len(meant)} valid queries, {share:.1%}")
    assert share >= SHARE, missed


@pytest.mark.shared
def test_every_invalid_query_is_refused(corpus: list[Entry]) -> None:
    """Bind variables and ALL ROWS are Apex's: refused, with the code of a malformed query."""
    invalid = [one for one in corpus if not one["valid"]]
    assert len(invalid) == 6
    for one in invalid:
        with pytest.raises(SoqlError) as caught:
            parse(str(one["soql"]))
        assert caught.value.code == "MALFORMED_QUERY"


@pytest.mark.shared
def test_the_excluded_queries_are_refused_for_their_reason(corpus: list[Entry]) -> None:
    """What is left out of the count is left out because REST refuses it, and so do we."""
    excluded = [one for one in corpus if file_of(one) in NOT_FOR_REST]
    assert len(excluded) == len(NOT_FOR_REST)
    assert not [file_of(one) for one in excluded if parses(str(one["soql"]))]


WORDS = [
    *("SELECT", "FROM", "WHERE", "AND", "OR", "NOT", "IN", "LIKE", "NULL", "TYPEOF", "WHEN"),
    *("THEN", "ELSE", "END", "GROUP", "BY", "HAVING", "ORDER", "ASC", "DESC", "NULLS", "FIRST"),
    *("LIMIT", "OFFSET", "WITH", "USING", "FOR", "Id", "Name", "Account.Name", "COUNT()"),
    *("MAX(Amount)", "TODAY", "LAST_N_DAYS:3", "LAST_N_DAYS", "(", ")", ",", "=", "!=", "<>"),
    *("<=", ".", ":", ";", "'", "'x'", "'it\\'s'", "'\\q'", "'%'", "1", "-1", "1.5", "1e999"),
    *("USD5", "99999999999999999999", "2026-11-12", "2026-13-01", "2026-11-12T09:30:00Z"),
    *("0001-01-01T00:00:00+14:00", "true", "null", "// c\n", "/* c */", "/*", "\ud800"),
    *("\x00", "ſelect", "\u2028"),
]


def code_of(text: str) -> str | None:
    """The code a text is refused with, or None where it parses."""
    try:
        parse(text)
    except SoqlError as error:
        return error.code if error.message else "no message"
    return None


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.text(max_size=60), st.lists(st.sampled_from(WORDS)).map(" ".join)))
def test_any_text_parses_or_is_refused(text: str) -> None:
    """Whatever arrives, the answer is a tree or a SoqlError, never another exception."""
    assert code_of(text) in (None, "MALFORMED_QUERY")


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join))
def test_any_condition_parses_or_is_refused(text: str) -> None:
    """The same behind a WHERE, where most of the grammar lies."""
    soql = f"SELECT Id FROM Task WHERE Name = 'x' AND {text}"
    assert code_of(soql) in (None, "MALFORMED_QUERY")
