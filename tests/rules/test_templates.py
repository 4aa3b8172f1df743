"""Texts of tasks: placeholders are filled once, from a flat dict, and subjects stay readable."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.templates import (
    UnknownPlaceholderError,
    fill,
    one_line,
    placeholders,
    plain,
    stray_braces,
)

VALUES = {"account": "Northwind", "won_at:day": "12 Nov", "owner": "Dana"}


def test_placeholders_are_filled() -> None:
    """Every name in braces is replaced by its value."""
    text = fill("Follow up with {account} after their {won_at:day} purchase", VALUES)
    assert text == "Follow up with Northwind after their 12 Nov purchase"


def test_doubled_braces_are_braces() -> None:
    """A brace that is meant as such is written twice."""
    assert fill("{{account}} is {account}", VALUES) == "{account} is Northwind"


@pytest.mark.parametrize(
    "name",
    [
        "{owner}",
        "{{owner}}",
        "{0.__class__}",
        "{{7*7}}",
        "${x.y}",
        "%n%s",
        "\\g<0>",
        "\\1",
        "{",
        "}}",
    ],
)
def test_what_clients_are_called_is_never_read(name: str) -> None:
    """A value is inserted as it is, whatever it looks like."""
    assert fill("Call {account} ({owner})", VALUES | {"account": name}) == f"Call {name} (Dana)"


@pytest.mark.parametrize(
    "name", ["acount", "owner.name", "7*7", "", "account!r", "account:>10", "0"]
)
def test_a_name_without_a_value_is_an_error(name: str) -> None:
    """There are no expressions: what is not in the dict is not there."""
    with pytest.raises(UnknownPlaceholderError) as unknown:
        fill(f"Call {{{name}}}", VALUES)
    assert str(unknown.value) == f"there is no value for the placeholder {{{name}}}"


def test_placeholders_are_listed_with_their_offset() -> None:
    """The names come in order, with the place of their brace."""
    assert placeholders("{{x}} {account}, {won_at:day} {account}") == [
        ("account", 6),
        ("won_at:day", 17),
        ("account", 30),
    ]


@pytest.mark.parametrize(
    ("text", "at"), [("a } b", [2]), ("{ b", [0]), ("{a{b}", [0]), ("{a}}", [3])]
)
def test_stray_braces_are_found(text: str, at: list[int]) -> None:
    """A brace that encloses nothing is told before a task is written."""
    assert stray_braces(text) == at


@pytest.mark.parametrize("text", ["", "{a}", "{{ }}", "{a} {b}", "{{{a}}}"])
def test_whole_braces_are_not_stray(text: str) -> None:
    """Pairs and doubled braces are fine."""
    assert stray_braces(text) == []


@given(st.text())
def test_any_text_is_filled(text: str) -> None:
    """No text raises as long as every name in it has a value."""
    values = {name: "x" for name, _ in placeholders(text)}
    assert fill(text, values).count("{") == text.count("{{") + stray_opening(text)


def stray_opening(text: str) -> int:
    return sum(text[at] == "{" for at in stray_braces(text))


def test_plain_removes_what_nobody_sees() -> None:
    """Control characters, marks that reorder text and zero-width spaces go; the words stay."""
    assert plain("A\u202eB\x00C\u200bD\ufeff\x1b[31mE\ud800") == "ABCD[31mE"


def test_plain_keeps_lines_and_emoji() -> None:
    """Line ends become newlines, tabs spaces; joiners inside an emoji are part of it."""
    assert plain("a\r\nb\rc\u2028d\te 👩\u200d💻") == "a\nb\nc\nd\te 👩\u200d💻".replace("\t", " ")


def test_a_subject_is_one_line() -> None:
    """Newlines and runs of spaces become single spaces."""
    assert one_line("  Call\r\nNorthwind \t now\n", 80) == "Call Northwind now"


@pytest.mark.parametrize(
    ("text", "limit", "cut"),
    [
        ("Northwind", 9, "Northwind"),
        ("Northwind", 8, "Northwi…"),
        ("North wind", 7, "North…"),
        ("abc", 1, "…"),
        ("abc", 0, ""),
        ("😀😀😀", 6, "😀😀😀"),
        ("😀😀😀", 5, "😀😀…"),
        ("😀😀😀", 4, "😀…"),
        ("ae\u0301x", 3, "a…"),
        ("a👩\u200d💻b", 5, "a…"),
        ("a👍🏽b", 5, "a…"),
        ("🇩🇪🇫🇷🇮🇹", 9, "🇩🇪🇫🇷…"),
        ("🇩🇪🇫🇷🇮🇹", 8, "🇩🇪…"),
    ],
)
def test_a_subject_is_cut_between_characters(text: str, limit: int, cut: str) -> None:
    """The limit counts UTF-16 units; letters with accents, emoji and flags stay whole."""
    assert one_line(text, limit) == cut


@given(st.text(), st.integers(0, 40))
def test_a_subject_keeps_its_limit(text: str, limit: int) -> None:
    """Whatever the text, the line fits, and has no line end in it."""
    line = one_line(text, limit)
    assert len(line.encode("utf-16-le")) // 2 <= limit
    assert "\n" not in line
