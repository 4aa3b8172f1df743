"""HTML to the text a person reads, and back; and how our own texts are known."""

from __future__ import annotations

import pytest

from connectors.plain_text import LONGEST, clean, is_marked, to_html, to_text


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>a</p><p>b</p>", "a\n\nb"),
        ("a<br>b<br/>c", "a\nb\nc"),
        ("<div>a\n  b</div>", "a b"),
        ("x &lt;b&gt; &amp; &nbsp;y", "x <b> & y"),
        ("<style>p{}</style><script>1</script>seen", "seen"),
        ("<p></p>", ""),
        ("<b>never closed", "never closed"),
        ("plain", "plain"),
        ("<ul><li>one</li><li>two</li></ul>", "one\n\ntwo"),
    ],
)
def test_markup_becomes_what_is_read(markup: str, text: str) -> None:
    """Blocks on lines of their own; what nobody sees is gone."""
    assert to_text(markup) == text


@pytest.mark.parametrize("text", ["a\nb", "1 < 2 & 3 > 2", "<b>bold</b>", 'say "hi"', "a\n\nb"])
def test_a_text_survives_the_way_there_and_back(text: str) -> None:
    """What looks like a tag stays text."""
    assert to_text(to_html(text)) == text


def test_a_huge_body_is_cut_before_it_is_read() -> None:
    """Only its first part is looked at."""
    assert len(to_text("x" * 10 * LONGEST)) == LONGEST


@pytest.mark.parametrize(
    ("text", "ours"),
    [
        ("Purpose: x\nref: r@1 · ft_" + "a" * 26 + " · 7", True),
        ("hello [ft:abcdefgh] there", True),
        ("see ref: r@1 · ft_" + "a" * 26, False),
        ("ref: our contract of May", False),
        ("", False),
    ],
)
def test_our_mark_is_a_line_of_its_own(text: str, ours: bool) -> None:
    """A person who quotes a reference has still written the task."""
    assert is_marked(text) is ours


def test_what_no_text_should_hold_goes() -> None:
    """NUL, and half a surrogate pair; whole ones stay."""
    assert clean("a\x00b") == "ab"
    assert clean("ä\x00\ud83d 😀") == "ä\ufffd 😀"
