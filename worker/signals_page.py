"""Figures and near misses as pages for a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from worker.mining import Mined
from worker.scoring import Figure


def figures_page(kind: str, figures: Sequence[Figure]) -> RenderableType:
    """Return the figures of labelled texts, one line a label and part."""
    table = Table(box=None, pad_edge=False, header_style="dim", title_justify="left", title=kind)
    table.add_column("texts of")
    table.add_column("label")
    for name in ("texts", "precision", "recall", "F1", "right"):
        table.add_column(name, justify="right")
    before = ""
    for one in figures:
        shares = (one.precision, one.recall, one.f1, one.right)
        table.add_row(
            "" if one.part == before else one.part,
            one.label,
            str(one.texts),
            *("" if share is None else f"{share:.3f}" for share in shares),
        )
        before = one.part
    return table


def misses_page(found: Mined) -> RenderableType:
    """Return the near misses, and how many phrases follow."""
    if not found.misses:
        return Text("Nothing was left open, and nothing nearly so.")
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("text", "language", "verdict", "confidence", "sentence"):
        table.add_column(name, overflow="fold")
    for one in found.misses:
        table.add_row(
            one.id, one.language, one.verdict, f"{one.confidence:.2f}", Text(one.said or "")
        )
    after = "No phrase stands in several of them that the lexicon does not know."
    if found.phrases:
        after = (
            "Phrases that several of them hold. Keep what is general, and say what is not meant:"
        )
    return Group(table, Text(""), Text(after))
