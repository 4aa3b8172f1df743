"""The commands of the first quarter of an hour: make a config, and look whether all is well."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, Final

import typer
from rich.console import Group
from rich.table import Table
from rich.text import Text

from worker.cli_shell import MISTAKE, console, fail, options, print_json

if TYPE_CHECKING:
    from worker.doctor.checks import Check

_COLOURS: Final = {"ok": "green", "note": "dim", "look": "yellow", "stop": "bold red"}
_NAME: Final = 16


def init(
    crm: Annotated[
        str | None, typer.Option(help="Your CRM: salesforce or hubspot. Asked for, if not said.")
    ] = None,
) -> None:
    """Make a first config directory: settings, people, rules, each with its comments.

    Everything begins in shadow: nothing is written to a CRM by what this makes.
    """
    from worker.environment import CREDENTIALS
    from worker.starting import NotEmpty, start

    if crm is None:
        usual = next(iter(CREDENTIALS))
        crm = typer.prompt("Your CRM", default=usual) if sys.stdin.isatty() else usual
    if crm not in CREDENTIALS:
        fail(MISTAKE, f"{crm!r} is no CRM that is known. Known: {' and '.join(CREDENTIALS)}.")
    try:
        written = start(options.config, crm)
    except NotEmpty as error:
        fail(MISTAKE, str(error))
    if options.as_json:
        print_json({"crm": crm, "written": [str(path) for path in written]})
        return
    console().print(f"{len(written)} files for {crm} in {options.config}. Every rule is in shadow.")
    console().print(
        f"Now set the environment as {options.config}/.env.example says, then: followthrough doctor"
    )


def doctor() -> None:
    """Look at settings, CRM, rights, limits and state; say every problem at once, and what to do.

    Nothing is written to the CRM.
    """
    from worker.doctor.checks import exit_code
    from worker.doctor.examine import examine

    checks = []
    for check in examine(options.config, options.state):
        checks.append(check)
        if not options.as_json:
            _print(check)
    code = exit_code(checks)
    if options.as_json:
        print_json({"code": code, "checks": [one.as_json() for one in checks]})
    else:
        console().print(Text(_summary(checks)))
    raise typer.Exit(code)


def _print(check: Check) -> None:
    grid = Table.grid(padding=(0, 1, 0, 0))
    grid.add_column(width=4)
    grid.add_column(width=_NAME)
    grid.add_column(overflow="fold")
    said = Group(Text(check.says), *(Text(f"→ {one}") for one in check.todo))
    grid.add_row(Text(str(check.state), style=_COLOURS[str(check.state)]), Text(check.name), said)
    console().print(grid)


def _summary(checks: Iterable[Check]) -> str:
    from worker.doctor.there import counted

    return f"{counted(checks)}. Nothing was written to the CRM."
