"""HTML mail -> the text a person reads. Standard library only; never fails on broken markup."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Final

LONGEST: Final = 65_536  # characters of a body that are looked at (reliability F58)

_BREAKS: Final = frozenset({"br", "p", "div", "li", "tr", "h1", "h2", "h3", "h4", "blockquote"})
_SILENT: Final = frozenset({"script", "style", "head", "title"})
_SPACES: Final = re.compile(r"[ \t\r\f\v\xa0]+")
_GAPS: Final = re.compile(r" ?\n ?(?:\n ?)+")


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._silent: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag in _SILENT:
            self._silent.append(tag)
        if tag in _BREAKS:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in self._silent:
            self._silent.remove(tag)
        if tag in _BREAKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.parts.append(data.replace("\n", " "))


def html_to_text(html: str) -> str:
    """Keep what is read, one line a block; scripts, styles and tags go. Cut at LONGEST first."""
    reader = _Reader()
    reader.feed(html[:LONGEST])
    reader.close()
    text = _SPACES.sub(" ", "".join(reader.parts))
    return _GAPS.sub("\n\n", text.replace(" \n", "\n").replace("\n ", "\n")).strip()
