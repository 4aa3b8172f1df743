"""Pages about what waits, what was confirmed, and what is taken back. Decides nothing."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from worker.cycle import Pass
from worker.render import trouble_page, written_page
from worker.waiting import Item, Waiting


def waiting_page(plans: Sequence[Waiting]) -> RenderableType:
    """Show every write that waits, as it would read, and why it was stopped."""
    if not plans:
        return Text("No plan waits.")
    pages: list[RenderableType] = []
    for plan in plans:
        pages.append(
            Text(
                f"plan {plan.hash}, made {plan.made_at:%Y-%m-%d %H:%M} UTC, waits until "
                f"{plan.ends_at:%Y-%m-%d %H:%M} UTC: {len(plan.items)} writes",
                style="bold",
            )
        )
        for why in dict.fromkeys(item.why for item in plan.items):
            pages.append(Text(f"stopped: {why}", style="yellow"))
            pages += [_item(one) for one in plan.items if one.why == why]
        pages.append(Text(f"To write it: followthrough confirm {plan.hash}"))
    return Group(*pages)


def _item(item: Item) -> RenderableType:
    to = f"  →  {item.to}" if item.to else ""
    head = Text(f"{item.action} · {item.rule} · {item.said}{to}")
    body = item.payload.get("body")
    return Group(head, Padding(Text(str(body)), (0, 0, 1, 4))) if body else head


def confirmed_page(done: Pass) -> RenderableType:
    """Say what was written of a plan that was confirmed, and what no longer stood."""
    lines: list[RenderableType] = [written_page(done)]
    if done.confirmed is not None:
        lines += [Text(f"gone: {one.rule}: {one.said}") for one in done.confirmed.gone]
        lines += [Text(f"changed: {one.rule}: {one.said}") for one in done.confirmed.changed]
    return Group(*lines, trouble_page(done))
