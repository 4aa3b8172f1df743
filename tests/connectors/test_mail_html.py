"""The HTML of a mail as text: what is quoted, and who signed, stays told apart."""

from __future__ import annotations

import pytest

from connectors.mail_html import mail_text
from connectors.plain_text import LONGEST, to_text


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        (
            "<div>Six.</div><div class='gmail_quote'><div>On Monday Ann wrote:</div>"
            "<blockquote class='gmail_quote'><div>How many?</div><p>Ann</p></blockquote></div>",
            "Six.\nOn Monday Ann wrote:\n> How many?\n> Ann",
        ),
        (
            "<blockquote type='cite'>one<blockquote>two</blockquote>three</blockquote>four",
            "> one\n> two\n> three\nfour",
        ),
        (
            "<p>Six.</p><div class='hs-signature'><p>Perry</p></div>",
            "Six.\n--\nPerry",
        ),
        (
            "<p>See:</p><blockquote style='margin:0 0 0 40px;border:none'>set in</blockquote>ok",
            "See:\nset in\nok",
        ),
        ("<blockquote>never closed<br>and on", "> never closed\n> and on"),
        ("</blockquote>closed twice</blockquote><p>on", "closed twice\non"),
        ("\x02\x03<p class>plain</p>", "plain"),
    ],
)
def test_quotes_and_signatures_stay_known(markup: str, text: str) -> None:
    """By the marks that plain mails use; what is only set in is no quote."""
    assert [line for line in mail_text(markup).split("\n") if line] == text.split("\n")


@pytest.mark.parametrize("markup", ["<p>a</p><p>b</p>", "a<br>b &amp; c", "<b>x", "plain", ""])
def test_a_mail_without_quotes_is_read_like_any_markup(markup: str) -> None:
    """Nothing is added where nothing is quoted or signed."""
    assert mail_text(markup) == to_text(markup)


def test_a_huge_mail_is_cut_before_it_is_read() -> None:
    """Only its first part is looked at."""
    assert len(mail_text("x" * 10 * LONGEST)) == LONGEST
