"""The commands about what was written, or waits to be: confirm, pause. Print and exit."""

from __future__ import annotations

from typing import Annotated

import typer

from worker.cli_desk import open_the_desk
from worker.cli_shell import DEGRADED, console, load, options, print_json, told

Hash = Annotated[str | None, typer.Argument(help="The hash of the plan; without it, what waits.")]


def add_commands(app: typer.Typer) -> None:
    """Put the commands on the program."""
    for command in (confirm, pause):
        app.command()(command)


def confirm(plan_hash: Hash = None) -> None:
    """Show whole what a brake has stopped; with its hash, write what of it still stands. Once."""
    if plan_hash is None:
        _show_waiting()
        return
    from worker.passes import run_pass
    from worker.render_life import confirmed_page
    from worker.report import degraded, full

    with open_the_desk() as desk:
        done = run_pass(desk, "confirm", read=True, write=True, confirm=plan_hash)
        if options.as_json:
            print_json(full(done, desk.connector.usage()))
        else:
            console().print(confirmed_page(done))
    raise typer.Exit(DEGRADED if degraded(done) else 0)


def _show_waiting() -> None:
    from worker.render_life import waiting_page
    from worker.store import open_ledger
    from worker.waiting import waiting

    with told():
        settings, _ = load()
        ledger = open_ledger(settings.state, settings.database)
        try:
            plans = waiting(ledger)
        finally:
            ledger.close()
    if options.as_json:
        print_json([one.as_json() for one in plans])
    else:
        console().print(waiting_page(plans))


def pause(
    why: Annotated[list[str] | None, typer.Argument(help="Why; whoever looks reads it.")] = None,
    end: Annotated[bool, typer.Option("--end", help="Allow writing again.")] = False,
) -> None:
    """Stop all writing to the CRM, also of a run that is under way, until `pause --end`."""
    from worker.pausing import end_pause
    from worker.pausing import pause as begin
    from worker.store import open_ledger

    with told():
        settings, _ = load()
        shared = open_ledger(settings.state, settings.database) if settings.database else None
        if end:
            was = end_pause(settings.state, shared)
            console().print("Writing goes on." if was else "There was no pause.")
        else:
            begin(settings.state, " ".join(why or ()), shared)
            console().print("Paused: nothing is written until `followthrough pause --end`.")
