"""The command that forgets a record, and its page. Prints and exits; `forgetting` does it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Annotated, Any

import typer

from worker.cli_shell import MISTAKE, console, fail, load, options, print_json, told


def add_forget(app: typer.Typer) -> None:
    """Put the command on the program."""
    app.command()(forget)


def forget(
    record: Annotated[
        str | None,
        typer.Argument(
            help="The CRM's id of a contact, account, deal, lead, activity, case, rating or user; "
            "of a user who has left the e-mail will do. Without it: all who are forgotten."
        ),
    ] = None,
    kind: Annotated[
        str | None,
        typer.Option(help="What the id is of, where that is not clear or nothing is held of it."),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do it; without this it is shown.")] = False,
    end: Annotated[
        bool, typer.Option("--end", help="Let it be read again; what was erased stays erased.")
    ] = False,
) -> None:
    """Erase what is held here of a person or record, for good, and read none of it again.

    Shows first. Ids and times stay: they keep a task from being written twice. Asks no CRM and
    changes nothing there.
    """
    from worker.clock import utc_now
    from worker.erasing import forgotten
    from worker.forgetting import NotForgettable, no_longer
    from worker.forgetting import forget as do_forget

    if (record is None and (yes or end or kind)) or (yes and end):
        fail(MISTAKE, "say `forget`, `forget ID`, `forget ID --yes` or `forget ID --end`.")
    with told(), _stores() as stores:
        try:
            if record is None:
                _list(forgotten(stores.ledger))
            elif end:
                _back(no_longer(stores, record))
            else:
                found = do_forget(stores, record, kind, utc_now(), yes=yes)
                print_json(found.as_json()) if options.as_json else console().print(_page(found))
        except NotForgettable as error:
            fail(MISTAKE, str(error))


@contextmanager
def _stores() -> Iterator[Any]:
    """Hold the state directory, and nobody else's run beside us."""
    from worker.desk import MIRROR_FILE
    from worker.forgetting import Stores
    from worker.lock import held
    from worker.store import leased, open_ledger

    settings, _ = load()
    with (
        held(settings.state),
        closing(open_ledger(settings.state, settings.database)) as ledger,
        leased(ledger),
    ):
        yield Stores(
            state=settings.state,
            mirror_file=settings.state / MIRROR_FILE,
            ledger=ledger,
            kept=settings.text,
            memory=settings.memory,
        )


def _list(known: Any) -> None:
    now = {one: since for one, since in known.items() if since is not None}
    if options.as_json:
        print_json([{"stream": s, "id": i, "since": t.isoformat()} for (s, i), t in now.items()])
        return
    for (stream, record_id), since in now.items():
        console().print(f"{since:%Y-%m-%d %H:%M} UTC  {stream}  {record_id}")
    console().print(f"{_count(len(now), 'record')} forgotten.")


def _back(records: Any) -> None:
    if options.as_json:
        print_json([{"stream": stream, "id": record_id} for stream, record_id in records])
        return
    for _, record_id in records:
        console().print(f"{record_id} is read again, from the next daily comparison on.")


def _page(found: Any) -> str:
    return "\n".join(_lines(found))


def _lines(found: Any) -> Iterator[str]:
    told, done = found.erased, found.done
    stream, record_id = found.records[0]
    yield f"{stream} {record_id}" + (f": {', '.join(found.names)}" if found.names else "")
    for other, other_id in found.records[1:]:
        yield f"  with it {other} {other_id}"
    yield f"  mirror: {_count(found.quoted, 'sentence')}, {_count(found.texts, 'whole text')}"
    yield (
        f"  ledger: {_count(told.payloads, 'text')} of writes, {_count(told.reasons, 'reason')} "
        f"people gave, {_count(told.plans, 'waiting plan')}, {_count(told.runs, 'run')} naming them"
    )
    if told.given_up:
        yield f"  {_count(told.given_up, 'write')} under way: not sent (again)"
    for name in found.copies:
        yield f"  former ledger {name}: deleted whole"
    for task in told.tasks:
        yield f"  in the CRM, yours to delete: task {task.task_id} ({task.rule}, {task.state})"
    for other, other_id, field in found.elsewhere:
        yield f"  still named by the CRM: {other} {other_id}, {field}. Change it there."
    if done:
        yield "Erased. Ids and times stay; nothing of it is read again."
    else:
        yield "Nothing was erased yet. Say it again with --yes to do it; it cannot be undone."


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
