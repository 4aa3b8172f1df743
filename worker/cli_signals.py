"""The commands about what texts say: read one, measure on labelled ones, find what is missing."""

from __future__ import annotations

import datetime as dt
import json
import sys
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from worker.cli_shell import MISTAKE, console, fail, options, print_json, told

signals_app = typer.Typer(
    no_args_is_help=True, help="Read texts as a pass does, and measure how well that goes."
)
_STDIN: Final = "-"
_LONGEST_FILE: Final = 64 << 20
_Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
_NoModel = Annotated[
    bool, typer.Option("--no-model", help="Judge by the lexicon alone, also where the model is.")
]
_Texts = Annotated[str, typer.Argument(help="Texts, one JSON object a line; - is standard input.")]


@signals_app.command("read")
def signals_read(
    what: Annotated[
        str, typer.Argument(help="A file, the CRM's id of an activity, or - for standard input.")
    ] = _STDIN,
    kind: Annotated[str, typer.Option(help="email, message, call, meeting, note or task.")] = (
        "email"
    ),
    direction: Annotated[str, typer.Option(help="outbound, inbound or internal.")] = "outbound",
    at: Annotated[str | None, typer.Option(help="When it was: 2026-11-19T10:00. Default: now.")] = (
        None
    ),
    subject: Annotated[str, typer.Option(help="Its subject.")] = "",
    no_model: _NoModel = False,
    as_json: _Json = False,
) -> None:
    """Say everything that is found in one text, with the sentence that made it so."""
    from worker.one_text import Asked, lines_of, read_text

    with told():
        settings = _settings()
        if _is_record(what):
            asked = _from_crm(settings, what)
        else:
            asked = Asked(
                text=_content(what),
                subject=subject,
                kind=_one_of("--kind", kind, _kinds()),
                direction=_one_of("--direction", direction, _directions()),
                at=_moment(at),
                zone=settings.file.time_zone,
            )
        found = read_text(asked, _by(no_model, settings))
    if as_json or options.as_json:
        print_json(found.as_json())
        return
    for heading, sentence in lines_of(found):
        print(f"{heading:<14}{sentence}")


@signals_app.command("eval")
def signals_eval(
    texts: _Texts,
    kind: Annotated[
        str | None, typer.Option(help="checkins, promises, notes or comments. Default: by fields.")
    ] = None,
    predictions: Annotated[
        Path | None, typer.Option(help="Write what is judged of each text here, one a line.")
    ] = None,
    no_model: _NoModel = False,
    as_json: _Json = False,
) -> None:
    """Measure the reading on labelled texts, such as mails of your own."""
    from worker.predicting import predict
    from worker.scoring import score
    from worker.signals_page import figures_page

    with told():
        by = _by(no_model)
    labelled = _labelled(texts, kind)
    judged = predict(labelled.kind, labelled.rows, by)
    figures = score(labelled.kind, labelled.rows, {one["id"]: one for one in judged})
    if predictions is not None:
        _write(predictions, judged)
    if as_json or options.as_json:
        shown = [one.as_json() for one in figures]
        print_json({"kind": labelled.kind, "model": by.model is not None, "figures": shown})
    else:
        console().print(figures_page(labelled.kind, figures))


@signals_app.command("mine")
def signals_mine(texts: _Texts, no_model: _NoModel = False, as_json: _Json = False) -> None:
    """List texts that the lexicon left open or let pass, and phrases that it does not know.

    Of labelled texts: what is purposeless and was not found. Of others: what was nearly so.
    """
    from worker.labelled import LabelKind
    from worker.mining import mine, stub
    from worker.predicting import judged
    from worker.signals_page import misses_page

    with told():
        by = _by(no_model)
    labelled = _labelled(texts, LabelKind.CHECKINS, bare=True)
    found = mine(labelled.rows, judged(labelled.rows, by), by.lexicon.tongues.known)
    if as_json or options.as_json:
        print_json({**found.as_json(), "stub": stub(found.phrases)})
        return
    console().print(misses_page(found))
    if found.phrases:
        print(stub(found.phrases))


# -- what is asked -------------------------------------------------------------------------------


def _settings() -> Any:
    from worker.settings import load_settings

    return load_settings(options.config, options.state)


def _lexicon(settings: Any) -> Any:
    from worker.environment import SettingsError
    from worker.lexicon_files import lexicon_of, read_lexicon_files

    problems = read_lexicon_files(settings.config).problems
    if problems:
        raise SettingsError(list(problems))
    return lexicon_of(settings.config)


def _by(no_model: bool, settings: Any = None) -> Any:
    from rules.signals.purpose.model import load_model
    from worker.predicting import By

    lexicon = _lexicon(settings or _settings())
    return By(lexicon=lexicon, model=None if no_model else load_model())


def _labelled(texts: str, kind: str | None, *, bare: bool = False) -> Any:
    from worker.labelled import LabelKind, read_labelled

    known = [str(one) for one in LabelKind]
    wanted = None if kind is None else LabelKind(_one_of("--kind", kind, known))
    labelled = read_labelled(texts, _content(texts), wanted, bare=bare)
    if labelled.problems:
        fail(MISTAKE, "\n".join(str(problem) for problem in labelled.problems))
    return labelled


def _is_record(what: str) -> bool:
    """Tell an id of the CRM's from the name of a file, which goes before it."""
    looks_so = what.isalnum() and any(sign.isdigit() for sign in what)
    return looks_so and not Path(what).exists()


def _from_crm(settings: Any, record: str) -> Any:
    from connectors.open import open_connector
    from connectors.texts_off import TEXTS_OFF
    from worker.clock import utc_now
    from worker.one_text import asked_of
    from worker.texts import Keep

    if settings.text.keep is Keep.OFF:
        fail(MISTAKE, TEXTS_OFF.why)
    connector = open_connector(settings.crm_settings())
    try:
        batch = connector.activity(record)
    finally:
        connector.close()
    if batch is None:
        fail(MISTAKE, f"there is no file {record}, and the CRM shows no activity of this id.")
    return asked_of(batch.rows.to_pylist()[0], settings.file.time_zone, utc_now())


def _content(what: str) -> str:
    try:
        if what == _STDIN:
            raw = sys.stdin.buffer.read(_LONGEST_FILE)
        else:
            with Path(what).open("rb") as file:
                raw = file.read(_LONGEST_FILE)
    except OSError as error:
        fail(MISTAKE, f"{what} cannot be read ({error.strerror}).")
    return raw.decode("utf-8-sig", errors="replace")


def _kinds() -> list[str]:
    from connectors.model import ActivityKind

    return [str(one) for one in ActivityKind]


def _directions() -> list[str]:
    from connectors.model import Direction

    return [str(one) for one in Direction]


def _one_of(option: str, said: str, known: list[str]) -> str:
    from rules.problems import did_you_mean, listed, shown

    if said not in known:
        guess = did_you_mean(said, known)
        fail(
            MISTAKE, f"{option}: {shown(said)} is not known.{guess} Known: {listed(known, 'and')}."
        )
    return said


def _moment(said: str | None) -> dt.datetime:
    from worker.clock import utc_now

    if said is None:
        return utc_now()
    try:
        at = dt.datetime.fromisoformat(said)
    except ValueError:
        fail(MISTAKE, f'--at: "{said}" is not a moment. Write one like 2026-11-19T10:00.')
    return at if at.tzinfo else at.replace(tzinfo=dt.UTC)


def _write(path: Path, judged: list[dict[str, Any]]) -> None:
    lines = "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in judged)
    try:
        path.write_text(lines, encoding="utf-8")
    except OSError as error:
        fail(MISTAKE, f"{path} cannot be written ({error.strerror}).")
