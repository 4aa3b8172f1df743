"""The HTML of a mail -> plain text in which quotes and the signature stay told apart.

Marks them as plain mails do, a quoted line with ">" and a signature with "--", for without the
tags nobody could tell them any more. Knows no CRM, and never fails on broken markup.
"""

from __future__ import annotations

import re
from typing import Final

from connectors.plain_text import MarkupReader, cut, read_lines

_BEGINS: Final = "\x02"  # a quote, at the beginning of a line
_ENDS: Final = "\x03"
#: The classes and ids of signatures: Gmail, HubSpot, Thunderbird, Outlook, Proton.
_SIGNATURE: Final = re.compile(
    r"gmail_signature|hs[-_]signature|hs_cos_signature|moz-signature|outlook-signature"
    r"|ms-outlook-mobile-signature|protonmail_signature_block|^(?:x_)?(?:email-)?signature$",
    re.IGNORECASE,
)
#: A quotation that is only set in, as the indent button of Gmail does.
_INDENT: Final = re.compile(r"border(?:-left)?: ?(?:none|0)", re.IGNORECASE)


class _Reader(MarkupReader):
    def __init__(self) -> None:
        super().__init__()
        self._quotes: list[bool] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        super().handle_starttag(tag, attrs)
        said = dict(attrs)
        if tag == "blockquote":
            self._quotes.append(_INDENT.search(said.get("style") or "") is None)
            self.parts.append(_BEGINS if self._quotes[-1] else "")
        elif any(_SIGNATURE.search(said.get(name) or "") for name in ("class", "id")):
            self.parts.append("\n--\n")

    def handle_endtag(self, tag: str) -> None:
        super().handle_endtag(tag)
        if tag == "blockquote" and self._quotes and self._quotes.pop():
            self.parts.append(_ENDS)

    def handle_data(self, data: str) -> None:
        super().handle_data(data.replace(_BEGINS, "").replace(_ENDS, ""))


def mail_text(markup: str) -> str:
    """Keep what is read of a mail, one line a block, quotes and signature marked."""
    reader = _Reader()
    reader.feed(cut(markup))
    reader.close()
    lines, depth = [], 0
    for line in read_lines(reader.parts):
        depth += line.count(_BEGINS) - line.count(_ENDS)
        said = line.replace(_BEGINS, "").replace(_ENDS, "").strip()
        lines.append(f"> {said}" if said and depth > 0 else said)
    return "\n".join(lines).strip()
