"""YAML text becomes a tree that knows its places, or sentences about what is wrong with it."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, ValidationError

from rules.strict_yaml import Entries, Items, Node, Scalar, Source, blanks, find, read, to_plain


def tree(text: str) -> Node:
    node, problems = read(Source(path="a.yaml", text=text))
    assert problems == []
    assert node is not None
    return node


def problems(text: str) -> list[str]:
    return [str(one) for one in read(Source(path="a.yaml", text=text))[1]]


def place(node: Node) -> tuple[int, int]:
    return node.place.line, node.place.column


def test_the_same_text_again_is_read_the_same() -> None:
    """Whatever a caller does with the problems; and another file's places are its own."""
    source = Source(path="a.yaml", text="a: &b 1\n")
    first, told = read(source)
    told.clear()
    assert (read(source)[0], len(read(source)[1])) == (first, 1)
    assert read(Source(path="b.yaml", text=source.text))[1][0].path == "b.yaml"


def test_values_stay_texts() -> None:
    """Nothing is guessed: what YAML takes for booleans, numbers or times is the text as written."""
    words = ["no", "on", "014", "1e3", "18:00", "2026-11-12", "0x1F", "null", ".inf", "1_000"]
    node = tree("\n".join(f"- {word}" for word in words))
    assert to_plain(node) == words


def test_a_key_named_on_stays_on() -> None:
    """YAML 1.1 reads the key `on` as true; here it is a word."""
    assert to_plain(tree("on: 1\nyes: 2\n")) == {"on": "1", "yes": "2"}


@pytest.mark.parametrize("text", ["Won", '"Won"', "'Won'", "|-\n  Won", ">-\n  Won"])
def test_quotes_do_not_change_a_text(text: str) -> None:
    """A text means the same however it is quoted."""
    assert to_plain(tree(f"state: {text}\n")) == {"state": "Won"}


def test_nodes_know_their_place() -> None:
    """Lines and columns start at 1 and count characters, not bytes."""
    node = tree('title: 😀\n"ünder":\n  - a\n  - {b: c}\n')
    assert isinstance(node, Entries)
    under = node.get("ünder")
    assert isinstance(under, Items)
    assert place(node) == (1, 1)
    assert place(under) == (3, 3)
    braces = under.items[1]
    assert isinstance(braces, Entries)
    value = braces.get("b")
    assert value is not None
    assert place(value) == (4, 9)


@pytest.mark.parametrize("text", ["\ufeffa: 1\n", "a: 1\r\n", "# said\n\na: 1", "---\na: 1\n...\n"])
def test_what_editors_leave_behind_is_tolerated(text: str) -> None:
    """A byte order mark, Windows line ends, comments and one document's marks change nothing."""
    assert to_plain(tree(text)) == {"a": "1"}


@pytest.mark.parametrize("text", ["", "\n\n", "# everything is commented out\n"])
def test_an_empty_file_is_no_mistake(text: str) -> None:
    """A file in which nothing is written has no tree and no problem."""
    assert read(Source(path="a.yaml", text=text)) == (None, [])


def test_windows_line_ends_keep_the_line_numbers() -> None:
    """A line that ends with two characters is still one line."""
    assert problems("a: 1\r\nb: 2\r\na: 3\r\n") == [
        'a.yaml:3:1: "a" is written twice; the first is on line 1.'
    ]


def test_every_double_key_is_told() -> None:
    """All double keys are found in one reading, at every depth."""
    found = problems("a: 1\na: 2\nb: {c: 1, c: 2}\n")
    assert found == [
        'a.yaml:3:11: "c" is written twice; the first is on line 3.',
        'a.yaml:2:1: "a" is written twice; the first is on line 1.',
    ]


def test_equal_keys_of_different_mappings_are_fine() -> None:
    """A key may come again in another mapping."""
    assert to_plain(tree("a: {x: 1}\nb: {x: 1}\n")) == {"a": {"x": "1"}, "b": {"x": "1"}}


def bomb() -> str:
    lines = ["a: &a [x, x, x, x, x, x, x, x, x]"]
    lines += [f"{b}: &{b} [{', '.join(['*' + a] * 9)}]" for a, b in pairwise("abcdefghi")]
    return "\n".join(lines)


HOSTILE = {
    "alias bomb": (bomb(), "anchors (&)"),
    "self reference": ("a: &a [*a]", "anchors (&)"),
    "merge of a reference": ("a: &a {x: 1}\nb: {<<: *a}", "anchors (&)"),
    "python tag": ("a: !!python/object/apply:os.system [ls]", "tags (!)"),
    "include": ("a: !include /etc/passwd", "tags (!)"),
    "tag on a mapping": ("!!map {a: 1}", "tags (!)"),
    "deep list": ("[" * 100_000, "more than 20 levels"),
    "deep mapping": ("{a: " * 100_000, "more than 20 levels"),
    "deep block": ("- " * 100_000 + "x", "more than 20 levels"),
    "too many entries": ("\n".join(f"k{n}: 1" for n in range(12_000)), "holds too much"),
    "too large": ("a: " + "x" * (1 << 20), "larger than 1 MiB"),
    "too large in bytes": ("a: " + "é" * (1 << 19), "larger than 1 MiB"),
    "nul": ("a: \0", "invisible character here (U+0000)"),
    "half a character": ("a: \ud800", "invisible character here (U+D800)"),
    "right-to-left override": ("a: \u202eb", "invisible character here (U+202E)"),
    "escaped control character": ('a: "\\x07"', "stands for an invisible character"),
    "other line ends": ("a: 1\u2028b: 2", "invisible character here (U+2028)"),
}


@pytest.mark.parametrize(("text", "said"), HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_is_refused(text: str, said: str) -> None:
    """What could crash, blow up or deceive the reader ends in a sentence."""
    found = problems(text)
    assert found
    assert said in found[0]


def test_twenty_levels_are_allowed() -> None:
    """The limit of depth is far from what people write, and exact."""
    tree("[" * 20 + "]" * 20)
    assert problems("[" * 21 + "]" * 21) == [
        "a.yaml:1:21: this is nested more than 20 levels deep."
    ]


def test_a_second_document_is_refused() -> None:
    """A line of three hyphens in the middle would hide what follows."""
    assert problems("a: 1\n---\nb: 2\n") == [
        'a.yaml:2:1: a second document begins here. Remove the line "---".'
    ]


@pytest.mark.parametrize("word", ["block", "flow", "scalar", "token", "mapping", "stream", "alias"])
@pytest.mark.parametrize(
    "text",
    ["a: [1", "a: {b: 1", "a: 'x", "a: @", "a\nb: 1", "a: 1\n b: 2", "a: ]", "? a\n- b", "a: |x"],
)
def test_no_jargon(text: str, word: str) -> None:
    """An admin never reads the parser's own words."""
    (found,) = problems(text)
    assert word not in found


def test_a_path_leads_to_its_place() -> None:
    """A validator's path finds value and key, also when it names branches the file has not."""
    node = tree("a:\n  - b: {c: 1}\n")
    value, key = find(node, ("a", 0, "function-wrap", "b", "c", "[key]"))
    assert isinstance(value, Scalar)
    assert place(value) == (2, 12)
    assert key is not None
    assert place(key) == (2, 9)


def test_a_path_that_ends_early_leads_to_the_nearest_place() -> None:
    """What is not in the file is told where it belongs."""
    node = tree("a:\n  - b: {c: 1}\n")
    assert place(find(node, ("a", 0, "b", "missing"))[0]) == (2, 8)
    assert place(find(node, ("a", 7))[0]) == (2, 3)


class _Settings(BaseModel):
    model_config = ConfigDict(extra="forbid")
    minutes: int
    orgs: list[str]


def test_a_model_validates_the_plain_tree() -> None:
    """The plain tree suits pydantic, and its locations lead back into the file."""
    node = tree("minutes: soon\norgs:\n  - a\n  - [b]\nmore: 1\n")
    with pytest.raises(ValidationError) as refused:
        _Settings.model_validate(to_plain(node))
    places = {place(find(node, one["loc"])[0]) for one in refused.value.errors()}
    assert places == {(1, 10), (4, 5), (5, 7)}


def test_a_part_of_a_text_is_found_in_the_file() -> None:
    """A word inside a text is told at its own line and column, however the text is written."""
    node = tree('a: "Call {x} or {x}"\nb: >\n  Call\n  {x} now\n')
    assert isinstance(node, Entries)
    quoted, folded = node.get("a"), node.get("b")
    assert isinstance(quoted, Scalar)
    assert isinstance(folded, Scalar)
    assert str(quoted.place_of("{x}")) == "a.yaml:1:10"
    assert str(quoted.place_of("{x}", nth=1)) == "a.yaml:1:17"
    assert str(folded.place_of("{x}")) == "a.yaml:4:3"
    assert quoted.place_of("{y}") == quoted.place


def test_blank_values_are_found() -> None:
    """A key with nothing after it is told by its name; an empty text in quotes is a value."""
    found = [(one.line, key) for one, key in blanks(tree('a:\nb: ""\nc: {d: }\ne: [~]\n'))]
    assert found == [(1, "a"), (3, "d"), (4, "")]


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=200))
@example("? ")
@example("- - - :")
@example('"\\ud800"')
@example("%YAML 9.9\n---\n")
@example("%TAG ! tag:x,2000:\n---\n!a b")
@example("a: \x85b")
def test_any_text_gives_a_tree_or_problems(text: str) -> None:
    """No text raises, and every problem stands in the file."""
    node, found = read(Source(path="a.yaml", text=text))
    if node is not None:
        to_plain(node)
    assert all(one.line >= 1 and one.column >= 1 and one.message for one in found)


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="ab:-[]{}\"'|>#&*!%@ \n\t,?~\\", max_size=60))
def test_any_text_of_signs_gives_a_tree_or_problems(text: str) -> None:
    """Text made of YAML's own signs does not raise either."""
    node, found = read(Source(path="a.yaml", text=text))
    if node is not None:
        to_plain(node)
        list(blanks(node))
    assert all(str(one).endswith((".", '"', "?")) for one in found)
