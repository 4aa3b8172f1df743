"""HTML in a text -> the lines a person reads, quotes marked with ">" and signatures with "--".

A CRM gives plain text; but people paste markup into notes, and some programs file it as text. One
pass over bounded markup, no parser that could be led astray; broken markup never fails.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Final

#: A tag that a person does not type by chance.
_MARKUP: Final = re.compile(
    r"<(?:/(?:p|div|span|a|b|i|u|em|strong|ul|ol|li|table|td|tr|h[1-6]|font|html|body|blockquote)"
    r"|br ?/?|(?:p|div|ul|ol|li|table|html|body|blockquote|h[1-6])(?: [^<>]{0,400})?"
    r"|!doctype[^<>]{0,200})>",
    re.IGNORECASE,
)
_TAG: Final = re.compile(r"<(/?)([a-zA-Z][\w:-]{0,30})([^<>]*)>|<!--|<[!?][^<>]*>")
_BLANKS: Final = re.compile(r"[\s\xa0]+")
_GAPS: Final = re.compile(r"\n{3,}")
_HIDDEN: Final = frozenset({"script", "style", "head", "title", "noscript"})
_LINES: Final = frozenset({"div", "li", "tr", "table", "ul", "ol", "hr", "body", "section"})
_PARAGRAPHS: Final = frozenset({"p", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre"})
#: Marks of a signature: Gmail, HubSpot, Thunderbird, Outlook, Salesforce, Proton.
_SIGNATURE: Final = re.compile(
    r"(?:class|id)=[\"']?[^\"'<>]{0,80}(?:gmail_signature|hs[-_]signature|hs_cos_signature"
    r"|moz-signature|ms-outlook-mobile-signature|outlook-signature|protonmail_signature_block"
    r"|x_signature\b|email-signature|\bsignature[\"' ])",
    re.IGNORECASE,
)
#: A quotation that is only set in, as the indent button of Gmail does.
_INDENT: Final = re.compile(r"border(?:-left)?: ?(?:none|0)", re.IGNORECASE)
_TIMES: Final = 3  # markup that was escaped, and escaped again


def readable(text: str) -> str:
    """Return markup as the text that is read, and any other text as it is."""
    for _ in range(_TIMES):
        if "<" not in text or not _MARKUP.search(text):
            break
        text = _text(text)
    return text


def _text(markup: str) -> str:
    page = _Page()
    for said, tag in _tokens(markup):
        if said:
            page.say(said)
        if tag is not None:
            page.tag(tag[1].lower(), tag[2] if not tag[0] else "", closes=bool(tag[0]))
    return page.read()


def _tokens(markup: str) -> Iterator[tuple[str, tuple[str, str, str] | None]]:
    """Yield what stands before a tag, and the tag; comments and what is hidden are left out."""
    place, end = 0, len(markup)
    while place < end:
        found = _TAG.search(markup, place)
        if found is None:
            yield markup[place:], None
            return
        said = markup[place : found.start()]
        name = (found[2] or "").lower()
        place = found.end()
        if found[0] == "<!--":
            place = _behind(markup, "-->", place)
        elif name in _HIDDEN and not found[1]:
            place = _behind(markup, f"</{name}>", place)
        yield said, ((found[1], name, found[3]) if name and name not in _HIDDEN else None)


def _behind(markup: str, sign: str, place: int) -> int:
    """Return the place behind a sign; without it everything is hidden."""
    found = markup.lower().find(sign, place) if sign != "-->" else markup.find(sign, place)
    return len(markup) if found < 0 else found + len(sign)


class _Page:
    """The lines so far, and in how many quotes the next one stands."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._line: list[str] = []
        self._quotes: list[bool] = []

    def say(self, said: str) -> None:
        self._line.append(said)

    def tag(self, name: str, attributes: str, *, closes: bool) -> None:
        if name == "br":
            self._break(always=True)
        elif name in _PARAGRAPHS:
            self._break()
            if self._lines and self._lines[-1]:
                self._lines.append("")
        elif name in _LINES:
            self._break()
        elif name in {"td", "th"}:
            self._line.append(" ")
        if name == "blockquote":
            self._quote(attributes, closes=closes)
        elif attributes and not closes and _SIGNATURE.search(attributes[:400]):
            self._break()
            self._lines.append("--")

    def _quote(self, attributes: str, *, closes: bool) -> None:
        if not closes:
            self._quotes.append(_INDENT.search(attributes[:400]) is None)
        elif self._quotes:
            self._quotes.pop()

    def _break(self, *, always: bool = False) -> None:
        said = _BLANKS.sub(" ", html.unescape("".join(self._line))).strip()
        self._line.clear()
        if said and any(self._quotes):
            said = f"> {said}"
        if said or always:
            self._lines.append(said)

    def read(self) -> str:
        self._break()
        return _GAPS.sub("\n\n", "\n".join(self._lines)).strip()
