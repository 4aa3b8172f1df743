"""HTML <-> the text a person reads, and what no text should hold. Standard library only.

Knows no CRM, and never fails on broken markup.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from html.parser import HTMLParser
from typing import Final

LONGEST: Final = 65_536  # characters of a body that are looked at (reliability F58)

#: How a task or a text shows that Followthrough wrote it: the last line of every body we write.
_MARK: Final = re.compile(r"(?m)^ref: .{0,200}\bft_[A-Za-z2-7]{26}\b|\[ft:[A-Za-z0-9_-]{8,64}\]")

_BREAKS: Final = frozenset({"br", "p", "div", "li", "tr", "h1", "h2", "h3", "h4", "blockquote"})
_SILENT: Final = frozenset({"script", "style", "head", "title"})
_SPACES: Final = re.compile(r"[ \t\r\f\v\xa0]+")
_GAPS: Final = re.compile(r"\n{3,}")
_INNER_BREAK: Final = re.compile(r"\s*\n\s*")


class MarkupReader(HTMLParser):
    """Collects what is read in `parts`; a block begins and ends with a new line."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._silent: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SILENT:
            self._silent.append(tag)
        if tag in _BREAKS:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in self._silent:
            self._silent.remove(tag)
        if tag in _BREAKS and tag != "br":
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.parts.append(_INNER_BREAK.sub(" ", data))


def cut(text: str) -> str:
    """The part of a body that is looked at at all."""
    return text[:LONGEST]


def to_text(markup: str) -> str:
    """Keep what is read, one line a block; scripts, styles and tags go. Cut at LONGEST first."""
    reader = MarkupReader()
    reader.feed(cut(markup))
    reader.close()
    return "\n".join(read_lines(reader.parts)).strip()


def read_lines(parts: Iterable[str]) -> list[str]:
    """The lines of what a reader has collected, single blanks, never two empty ones together."""
    lines = "".join(parts).split("\n")
    text = "\n".join(_SPACES.sub(" ", line).strip() for line in lines)
    return _GAPS.sub("\n\n", text).split("\n")


def to_html(text: str) -> str:
    """Plain text as HTML that shows it letter by letter: what looks like a tag stays text."""
    return html.escape(text, quote=False).replace("\n", "<br>")


def is_marked(text: str) -> bool:
    """Tell whether Followthrough's mark stands in a plain text."""
    return _MARK.search(text) is not None


def clean(text: str) -> str:
    """Remove what no text should hold: NUL goes, half a surrogate pair becomes U+FFFD (F57)."""
    if text.isascii():
        return text.replace("\x00", "")
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return whole.replace("\x00", "")
