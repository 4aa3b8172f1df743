"""Pages about what waits, what was confirmed, and what is taken back. Decides nothing."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from worker.cycle import Pass
from worker.known import Intent, IntentState, KnownTask
from worker.render import trouble_page, written_page
from worker.undo_pass import Undone
from worker.uninstalling import Inventory
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


def undo_page(done: Undone) -> RenderableType:
    """Say what is, or would be, removed, and what is left and why."""
    undoing, applied = done.undoing, done.applied
    count = len(undoing.removed)
    lines: list[RenderableType] = []
    if applied is None:
        lines += [Text(f"would remove {_of(one)}") for one in undoing.removed]
        lines += [Text(f"would open again {_of(one)}") for one in undoing.opened]
        more = f", {len(undoing.opened)} opened again" if undoing.opened else ""
        lines.append(Text(f"{count} would be removed{more}. Say it again with --yes to do it."))
    else:
        lines.append(Text(f"{applied.count(IntentState.ACKED, 'remove')} removed."))
        if undoing.opened:
            lines.append(Text(f"{applied.count(IntentState.ACKED, 'note')} opened again."))
        lines += [
            Text(f"not taken back: {w.task_id or w.key}: {w.reason}", style="yellow")
            for w in applied.written
            if w.state is not IntentState.ACKED
        ]
    lines += [Text(f"left {_of(one.task)}: {one.why}") for one in undoing.left]
    if undoing.alerts:
        lines.append(Text(f"{undoing.alerts} notifications were read or may have been; they stay."))
    return Group(*lines)


def _of(task: KnownTask) -> str:
    return f"{task.task_id} ({task.rule}, {task.about.subject} {task.about.record_id})"


def dead_page(found: Sequence[Intent]) -> RenderableType:
    """List the tasks that were sent twice without an answer."""
    if not found:
        return Text("None.")
    lines = [
        Text(
            f"{one.key}  {one.payload.get('subject', '')}  ({one.rule}, {one.about.subject} "
            f"{one.about.record_id}), last sent until {one.ended_at:%Y-%m-%d %H:%M} UTC"
        )
        for one in found
    ]
    then = "Look for each in the CRM by its key. Then: `ledger dead KEY --again`, or `--let-go`."
    return Group(*lines, Text(then))


def uninstall_page(found: Inventory) -> RenderableType:
    """List every task, how many notifications went out, and every file."""
    lines: list[RenderableType] = [
        Text(f"{one.written_at:%Y-%m-%d %H:%M} UTC  {one.kind}  {one.state}  {_of(one)}")
        for one in found.tasks
    ]
    lines.append(Text(f"{len(found.tasks)} tasks, {found.alerts} notifications."))
    lines += [Text(f"file {path}") for path in found.files]
    lines.append(Text("In the CRM there are, too, the key field and what was set up with it."))
    return Group(*lines)
