"""Show one full pass over the embedded CRM, then one that writes nothing."""

from __future__ import annotations

import contextlib
import tempfile
import threading
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.rule import Rule as Line
from rich.text import Text

from connectors.simulator.company import DIALECTS, company
from connectors.simulator.generator.filling import fill, write
from connectors.simulator.server import PortTaken, Simulator, serve
from worker.clock import utc_now
from worker.cycle import Pass
from worker.desk import open_desk
from worker.environment import Environment
from worker.loading import load_all
from worker.passes import run_pass
from worker.render import findings_page, pulled_page, quiet_page, written_page
from worker.settings import Settings, load_settings

CONFIG: Final = Path(str(resources.files("worker.demo") / "config"))
#: The demo's port, so that the page has the same address every time; any other if it is taken.
PORT: Final = 8765


def show(console: Console, crm: str, *, keep: bool) -> None:
    """Tell the story to the embedded CRM, run two passes and print what happened.

    `keep` leaves the CRM's page open until Ctrl-C.
    """
    told = company(crm, utc_now)
    with _simulator(told) as simulator, tempfile.TemporaryDirectory() as state:
        settings = _settings(crm, told, simulator.base_url, Path(state))
        console.print(Text.assemble("The embedded CRM runs at ", (simulator.base_url, "bold")))
        _print_first(console, _pass(settings))
        _print_second(console, _pass(settings))
        console.print(
            Text.assemble("\nLook at the tasks in the CRM: ", (simulator.base_url, "bold"))
        )
        if keep:
            console.print("Ctrl-C ends the demo.")
            with contextlib.suppress(KeyboardInterrupt):
                threading.Event().wait()


@dataclass(frozen=True, kw_only=True)
class Invented:
    """A made-up company: how many deals, which one, and where its truth is written."""

    size: int
    seed: int
    truth: Path | None


def serve_simulator(
    console: Console,
    crm: str,
    *,
    port: int,
    file: Path | None,
    filled: bool | Invented = True,
    faults: str = "",
) -> None:
    """Run the embedded CRM in the foreground, with the demo's company or a made-up one, or empty.

    `faults`: a script in YAML. Raises ScriptError.
    """
    made = company(crm, utc_now, path=file, story=filled is True)
    if isinstance(filled, Invented):
        _invent(console, crm, made, filled)

    def announce(url: str) -> None:
        console.print(f"The embedded CRM runs at {url}. Its page is there, too; Ctrl-C ends it.")
        for name, value in {"FOLLOWTHROUGH_CRM": crm, **DIALECTS[crm].variables(made, url)}.items():
            console.print(f"export {name}={value}")
        console.file.flush()  # whoever writes it to a file reads it there at once

    serve(made, port=port, announce=announce, faults=faults)


def _invent(console: Console, crm: str, made: Any, said: Invented) -> None:
    """Fill an empty company; one that a file already holds stays as it is."""
    if not DIALECTS[crm].is_empty(made):
        console.print("The file holds a company already; it stays as it is.")
        return
    pages = fill(made, seed=said.seed, size=said.size, now=made.now())
    if said.truth is None:
        wrong = sum(len(page.truths) for page in pages)
    else:
        wrong = write(pages, said.truth)
    console.print(f"{said.size} deals made up; what is wrong in them: {wrong} findings.")
    if said.truth is not None:
        console.print(f"Which, and why: {said.truth / 'truth.jsonl'}")


def _simulator(made: Any) -> Simulator:
    try:
        return Simulator(made, port=PORT)
    except PortTaken:
        return Simulator(made)


def _settings(crm: str, made: Any, url: str, state: Path) -> Settings:
    variables = DIALECTS[crm].variables(made, url)
    told = {name.lower(): value for name, value in variables.items()}
    environment = Environment.model_validate({"followthrough_crm": crm, **told})
    return load_settings(CONFIG, state, environment)


def _pass(settings: Settings) -> Pass:
    _, loaded, problems = load_all(settings.config, settings.state)
    assert loaded is not None
    assert not problems, problems
    rules = {rule.id: rule for rule in loaded.active}
    with open_desk(settings, rules) as desk:
        return run_pass(desk, "demo", read=True, write=True)


def _print_first(console: Console, done: Pass) -> None:
    assert done.pulled is not None
    console.print(Line("1 · pull: what was read from the CRM", align="left"))
    console.print(pulled_page(done.pulled))
    console.print(Line("2 · evaluate and plan: what the rules found", align="left"))
    console.print(findings_page(done))
    console.print(quiet_page(done))
    console.print(Line("3 · apply: what was written", align="left"))
    console.print(written_page(done))


def _print_second(console: Console, done: Pass) -> None:
    console.print(Line("and once more", align="left"))
    wrote = len(done.applied.written)
    console.print(
        "The second pass found the same and wrote nothing."
        if not wrote
        else f"The second pass wrote {wrote}: that is a fault, please report it."
    )
