"""Lengths of texts in UTF-16 units, as Salesforce may count them; an emoji has two (F84)."""

from __future__ import annotations


def units(text: str) -> int:
    """How long a text is in UTF-16 units."""
    return len(text.encode("utf-16-le", "replace")) // 2


def cut_units(text: str, limit: int) -> str:
    """Cut to `limit` units, the last of them being an ellipsis; no sign is cut in half."""
    if len(text) <= limit // 2 or units(text) <= limit:
        return text
    kept = text.encode("utf-16-le", "replace")[: (limit - 1) * 2]
    return kept.decode("utf-16-le", "ignore") + "…"
