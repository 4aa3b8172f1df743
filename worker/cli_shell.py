"""What every command of the program shares: its options, its exit codes, its ways to print.

Nothing in here does a command's work.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NoReturn

import typer
from rich.console import Console

from worker.log import keep_out

DONE: Final = 0
DEGRADED: Final = 1
MISTAKE: Final = 2
CRM_UNUSABLE: Final = 3
STATE_UNUSABLE: Final = 4
FAULT: Final = 70
INTERRUPTED: Final = 130


class Options:
    """What was said before the command."""

    config: Path = Path("config")
    state: Path = Path(".followthrough")
    as_json: bool = False

    def arguments(self) -> list[str]:
        """Return these options as another process would be given them."""
        return ["--config", str(self.config), "--state", str(self.state)]


#: What was said before the command; set once, by the program itself.
options: Final = Options()


def load(*, say_ok: bool = False) -> tuple[Any, Any]:
    """Return settings and rules, or end the program with every mistake of both."""
    from worker.loading import load_all

    settings, loaded, problems = load_all(options.config, options.state)
    if problems or settings is None or loaded is None:
        if options.as_json and say_ok:
            print_json({"problems": [str(problem) for problem in problems]})
        for problem in problems:
            print(problem, file=sys.stderr)
        raise typer.Exit(MISTAKE)
    keep_out(*settings.secrets())
    return settings, loaded


@contextmanager
def told() -> Iterator[None]:
    """Turn what can go wrong into one sentence and an exit code."""
    from connectors.errors import CrmError
    from worker.environment import SettingsError
    from worker.ledger import LedgerError
    from worker.lock import Busy
    from worker.memory import enough
    from worker.mirror import MirrorError
    from worker.passes import PlanMoved
    from worker.standby import StoodBy
    from worker.waiting import NotConfirmable

    try:
        with enough():
            yield
    except SettingsError as error:
        fail(MISTAKE, str(error))
    except CrmError as error:
        fail(CRM_UNUSABLE, error.message)
    except (PlanMoved, NotConfirmable) as error:
        fail(MISTAKE, str(error))
    except StoodBy as error:
        fail(DONE, str(error))
    except (Busy, MirrorError, LedgerError) as error:
        fail(STATE_UNUSABLE, str(error))


def fail(code: int, message: str) -> NoReturn:
    print(message, file=sys.stderr)
    raise typer.Exit(code)


def print_json(value: Any) -> None:
    print(json.dumps(value, indent=2, ensure_ascii=False, default=str))


def console() -> Console:
    width = None if sys.stdout.isatty() else int(os.environ.get("COLUMNS", "120"))
    return Console(width=width, highlight=False, soft_wrap=False)


def console_err() -> Console:
    return Console(stderr=True, highlight=False)
