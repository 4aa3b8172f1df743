"""The commands that take back, list and recover what was written: undo, uninstall, ledger."""

from __future__ import annotations

import datetime as dt
from contextlib import closing
from typing import Annotated, Any

import typer

from worker.cli_desk import open_the_desk
from worker.cli_shell import DEGRADED, MISTAKE, console, fail, load, options, print_json, told

ledger_app = typer.Typer(no_args_is_help=True, help="Look after the ledger.")


def add_undo_commands(app: typer.Typer) -> None:
    """Put the commands on the program."""
    app.command()(undo)
    app.command()(uninstall)
    app.add_typer(ledger_app, name="ledger")


def undo(
    run: Annotated[
        str | None, typer.Argument(help="The number of a run, or when it began: 2026-11-23T06:00.")
    ] = None,
    rule: Annotated[
        str | None, typer.Option(help="Instead of a run: what this rule wrote.")
    ] = None,
    since: Annotated[
        str | None, typer.Option(help="With --rule: from this day or moment, UTC.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do it; without this it is shown.")] = False,
) -> None:
    """Take back what a run or a rule wrote and nobody has touched since. Shows first."""
    from worker.render_life import undo_page
    from worker.undo_pass import run_undo
    from worker.undoing import Wanted

    if (run is None) == (rule is None) or (since is not None and rule is None):
        fail(MISTAKE, "say which: `undo RUN`, or `undo --rule RULE --since 2026-11-20`.")
    with open_the_desk() as desk:
        wanted = Wanted(run_id=_run_id(desk.ledger, run), rule=rule, since=_moment(since))
        done = run_undo(desk, wanted, write=yes)
        if options.as_json:
            print_json(done.as_json())
        else:
            console().print(undo_page(done))
    raise typer.Exit(DEGRADED if done.trouble else 0)


def _run_id(ledger: Any, said: str | None) -> int | None:
    if said is None or said.isdecimal():
        return None if said is None else int(said)
    moment = _moment(said)
    assert moment is not None
    found: int | None = ledger.run_begun(moment)
    if found is None:
        fail(MISTAKE, f"no run began at {said} UTC. Every run and its number is in the log.")
    return found


def _moment(said: str | None) -> dt.datetime | None:
    if said is None:
        return None
    try:
        moment = dt.datetime.fromisoformat(said)
    except ValueError:
        fail(MISTAKE, f'"{said}" is no day or moment. Write 2026-11-20, or 2026-11-20T06:00.')
    return moment.replace(tzinfo=dt.UTC) if moment.tzinfo is None else moment.astimezone(dt.UTC)


def uninstall(
    plan: Annotated[bool, typer.Option("--plan", help="List; nothing is removed.")] = False,
) -> None:
    """List everything that was ever written to the CRM, and what lies on this machine."""
    from worker.render_life import uninstall_page
    from worker.store import open_ledger
    from worker.uninstalling import inventory

    if not plan:
        fail(MISTAKE, "say `uninstall --plan`: it lists what was written. Nothing is removed here.")
    with told():
        settings, _ = load()
        ledger = open_ledger(settings.state, settings.database)
        try:
            found = inventory(ledger, settings.state)
        finally:
            ledger.close()
    if options.as_json:
        print_json(found.as_json())
    else:
        console().print(uninstall_page(found))


@ledger_app.command()
def dead(
    key: Annotated[str | None, typer.Argument(help="The key of one; without it, all.")] = None,
    again: Annotated[
        bool, typer.Option("--again", help="It is not in the CRM: write it once more.")
    ] = False,
    let_go: Annotated[
        bool, typer.Option("--let-go", help="It is not to be written, nor told of any more.")
    ] = False,
) -> None:
    """List the tasks that were sent twice without an answer, and say what becomes of one.

    Look in the CRM first: a second task of the same key would be one too many.
    """
    from worker.ledger import LET_GO
    from worker.lock import held
    from worker.render_life import dead_page
    from worker.store import leased, open_ledger

    if (key is not None) is not (again ^ let_go) or (again and let_go):
        fail(MISTAKE, "say `ledger dead`, `ledger dead KEY --again` or `ledger dead KEY --let-go`.")
    with told():
        settings, _ = load()
        with held(settings.state), closing(open_ledger(settings.state, settings.database)) as kept:
            found = kept.dead()
            mine = [one for one in found if one.key == key]
            if key is not None and not mine:
                fail(MISTAKE, f"{key} is none of them. All: `followthrough ledger dead`.")
            if key is not None:
                with leased(kept):
                    kept.write_again(mine) if again else kept.bury(mine, LET_GO)
    if options.as_json:
        print_json([{"key": o.key, "rule": o.rule, "record": o.about.record_id} for o in found])
    elif key is None:
        console().print(dead_page(found))
    else:
        console().print("The next run writes it." if again else "It is not told of any more.")


@ledger_app.command()
def rebuild(
    anew: Annotated[
        bool, typer.Option("--anew", help="Move the present file away first: it is damaged.")
    ] = False,
) -> None:
    """Bring the ledger in line with all of our tasks in the CRM, by their keys. Writes nothing."""
    from worker.clock import utc_now
    from worker.rebuilding import move_away, rebuild_ledger
    from worker.store import LEDGER_FILE

    if anew:
        with told():
            settings, _ = load()
            if settings.database:
                fail(MISTAKE, "--anew moves a file. Point FOLLOWTHROUGH_DATABASE to a new schema.")
            moved = move_away(settings.state, LEDGER_FILE, utc_now())
        if moved is not None:
            console().print(f"The former ledger is {moved.name} now.")
    with open_the_desk() as desk:
        done = rebuild_ledger(desk)
    if options.as_json:
        print_json(done.as_json())
    else:
        console().print(done.said)
