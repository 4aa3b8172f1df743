"""Progress of long work, on a terminal only."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TaskID, TextColumn

from worker.desk import silent
from worker.pull import Progress as Report


@contextmanager
def feed_progress(console: Console) -> Iterator[Report]:
    """Show the feed being read and its rows so far; say nothing where nobody looks."""
    if not console.is_terminal:
        yield silent
        return
    columns = (
        SpinnerColumn(),
        TextColumn("reading {task.description}: {task.completed:,} records"),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        tasks: dict[str, TaskID] = {}

        def report(feed: str, rows: int) -> None:
            if feed not in tasks:
                tasks[feed] = bar.add_task(feed, total=None)
            bar.update(tasks[feed], completed=rows)

        yield report
