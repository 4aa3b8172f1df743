"""The command line. Prints and exits; what is done, other modules do.

Exit codes, for supervisors and scripts:

    0    done, nothing to look at
    1    done, and something wants a look: it is printed, and stands in `status`
    2    a mistake in rules, settings or arguments; nothing was done
    3    the CRM cannot be used: address, credentials, permission, network, allowance
    4    the state directory cannot be used: another run holds it, another org's, damaged
    70   the scheduler stalled, or a fault of ours
    130  interrupted
"""

from __future__ import annotations

import resource
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from worker.cli_desk import open_the_desk
from worker.cli_doctor import doctor, init
from worker.cli_forget import add_forget
from worker.cli_life import add_commands
from worker.cli_provision import provision
from worker.cli_shell import (
    CRM_UNUSABLE,
    DEGRADED,
    FAULT,
    INTERRUPTED,
    MISTAKE,
    STATE_UNUSABLE,
    console,
    fail,
    load,
    options,
    print_json,
    told,
)
from worker.cli_signals import signals_app
from worker.cli_undo import add_undo_commands
from worker.log import configure, logger
from worker.memory import OF_THE_PROCESS, is_short

__all__ = [
    "CRM_UNUSABLE",
    "DEGRADED",
    "FAULT",
    "INTERRUPTED",
    "MISTAKE",
    "STATE_UNUSABLE",
    "app",
    "main",
]

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="The worker that keeps salespeople's word to their clients.",
)
rules_app = typer.Typer(no_args_is_help=True, help="Check, test and list the rules.")
app.add_typer(rules_app, name="rules")
app.add_typer(signals_app, name="signals")
app.command()(provision)
app.command()(init)
app.command()(doctor)
add_commands(app)
add_undo_commands(app)
add_forget(app)


Write = Annotated[
    bool, typer.Option("--write", help="Write to the CRM, whatever `writes:` in the settings says.")
]


@app.callback()
def _main(
    config: Annotated[
        Path, typer.Option(envvar="FOLLOWTHROUGH_CONFIG", help="Where rules and settings stand.")
    ] = Path("config"),
    state: Annotated[
        Path, typer.Option(envvar="FOLLOWTHROUGH_STATE", help="Where mirror and ledger stand.")
    ] = Path(".followthrough"),
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
    log_level: Annotated[str, typer.Option(help="debug, info, warning or error.")] = "info",
) -> None:
    options.config, options.state, options.as_json = config, state, as_json
    configure(level=log_level)


# -- commands --------------------------------------------------------------------------------


@app.command()
def demo(
    crm: Annotated[str, typer.Option(help="Whose API the embedded CRM speaks.")] = "salesforce",
    keep: Annotated[
        bool | None,
        typer.Option("--keep/--end", help="Keep the CRM's page open. Default: on a terminal."),
    ] = None,
) -> None:
    """Show one full pass, with writing on, over a small company in the embedded CRM."""
    from worker.demo.show import show

    _embedded(crm)
    configure(level="warning")  # the page says what the log would say
    show(console(), crm, keep=sys.stdout.isatty() if keep is None else keep)


@app.command()
def simulator(
    crm: Annotated[str, typer.Option(help="Whose API it speaks.")] = "salesforce",
    port: Annotated[int, typer.Option(min=1, max=65535, help="On 127.0.0.1.")] = 8080,
    file: Annotated[Path | None, typer.Option(help="Keep the records in this file.")] = None,
    empty: Annotated[
        bool, typer.Option("--empty", help="Start without the demo's company.")
    ] = False,
    faults: Annotated[
        Path | None,
        typer.Option(help="A script in YAML of what shall go wrong; docs/operations.md has all."),
    ] = None,
    size: Annotated[
        int, typer.Option(min=0, help="Make up a company of so many deals instead.")
    ] = 0,
    seed: Annotated[int, typer.Option(help="With --size: which company.")] = 1,
    truth: Annotated[
        Path | None,
        typer.Option(help="With --size: a directory for what is wrong in it, and who leads whom."),
    ] = None,
) -> None:
    """Run the embedded CRM by itself, until Ctrl-C.

    While it runs, GET /-/requests tells what it was asked, and POST /-/faults lets things go wrong.
    """
    from connectors.simulator.fault_script import ScriptError
    from connectors.simulator.server import PortTaken
    from worker.demo.show import Invented, serve_simulator

    _embedded(crm)
    try:
        script = faults.read_text(encoding="utf-8") if faults else ""
    except (OSError, UnicodeDecodeError) as error:
        fail(MISTAKE, f"{faults} cannot be read ({type(error).__name__}).")
    try:
        if truth is not None:
            truth.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        fail(MISTAKE, f"{truth} cannot be written to ({type(error).__name__}).")
    if truth is not None and not size:
        fail(MISTAKE, "--truth tells of a made-up company; say how large: --size 20000.")
    filled = Invented(size=size, seed=seed, truth=truth) if size else not empty
    try:
        serve_simulator(console(), crm, port=port, file=file, filled=filled, faults=script)
    except ScriptError as error:
        fail(MISTAKE, str(error))
    except PortTaken as error:
        fail(MISTAKE, f"{error}. Choose another one: --port 8090.")


@app.command()
def pull() -> None:
    """Read what changed in the CRM into the mirror. Writes nothing to the CRM."""
    from worker.cycle import pull_alone
    from worker.render import pulled_page

    with open_the_desk() as desk:
        pulled = pull_alone(desk)
    if options.as_json:
        counts = ("rows", "changed", "calls")
        print_json({f.feed: {name: getattr(f, name) for name in counts} for f in pulled.feeds})
    else:
        console().print(pulled_page(pulled))
    raise typer.Exit(DEGRADED if pulled.left else 0)


@app.command()
def plan(
    no_pull: Annotated[bool, typer.Option("--no-pull", help="Judge the mirror as it is.")] = False,
) -> None:
    """Show every task as it would read, and every reason why not. Writes nothing to the CRM."""
    from worker.render import print_plan

    done, code = _pass("plan", read=not no_pull, write=False)
    if not options.as_json:
        print_plan(console(), done)
        console().print(
            f"plan {done.plan.hash}: {len(done.plan.creates)} to write, "
            f"{len(done.plan.closes)} to close. Nothing was written."
        )
    raise typer.Exit(code)


@app.command()
def apply(
    plan_hash: Annotated[
        str | None, typer.Argument(help="Write only if the plan still has this hash.")
    ] = None,
    write: Write = False,
) -> None:
    """Write the plan that the mirror gives now, without what something new has made needless."""
    _writing_pass("apply", read=False, write=write, wanted=plan_hash)


@app.command()
def once(
    write: Write = False,
    scheduled: Annotated[bool, typer.Option("--scheduled", hidden=True)] = False,
) -> None:
    """Run one whole pass: pull, evaluate, plan, apply. For an outside scheduler."""
    if scheduled:
        _let_rules_rest()
    _writing_pass("run" if scheduled else "once", read=True, write=write)


@app.command()
def run() -> None:
    """Run a pass every `every:` of the settings, until told to stop. The worker process."""
    from worker.schedule import become, pass_command
    from worker.store import open_ledger

    with told():
        settings, _ = load()
        settings.crm_settings()
        open_ledger(settings.state, settings.database).close()
        command = pass_command(options.arguments())
        become(settings.state, settings.every, command)


@app.command()
def evaluate(
    engine: Annotated[str, typer.Option(help="duckdb, or spark for who outgrew one machine.")] = (
        "duckdb"
    ),
    master: Annotated[str, typer.Option(help="The address of the Spark cluster.")] = "local[2]",
    handover: Annotated[
        Path | None, typer.Option(help="Directory for the mirror as Parquet; Spark reads it.")
    ] = None,
) -> None:
    """Say which records the rules hold for, from the mirror as it is. Reads no CRM."""
    from worker.evaluating import ENGINES, NothingRead, hand_over, judge_mirror, judge_on_spark
    from worker.handover import HandoverError
    from worker.render import judged_page

    if engine not in ENGINES:
        fail(MISTAKE, f'there is no engine "{engine}". Known: duckdb and spark.')
    if engine == "spark" and handover is None:
        fail(MISTAKE, "Spark reads Parquet: say where with --handover DIR, a directory it sees.")
    with told():
        settings, loaded = load()
        try:
            if handover is not None:
                hand_over(settings, handover)
            if engine == "spark" and handover is not None:
                judged = judge_on_spark(loaded.active, handover, master)
            else:
                judged = judge_mirror(settings, loaded.active)
        except (NothingRead, HandoverError) as error:
            fail(MISTAKE, str(error))
    if options.as_json:
        rules = [one.as_json() for one in judged.said]
        print_json({"rules": rules, "not_evaluable": dict(judged.not_evaluable)})
    else:
        console().print(judged_page(judged))


@app.command()
def explain(
    record: Annotated[
        str, typer.Argument(help="The CRM's id of a deal, account, contact, person or activity.")
    ],
) -> None:
    """Say what each rule sees in a deal: every condition, held or not. Reads the mirror only."""
    from worker.explaining import NoSuchRecord, explain_record
    from worker.render import explanation_page

    with told():
        settings, loaded = load()
        try:
            said = explain_record(settings, loaded.active, record)
        except NoSuchRecord as error:
            fail(MISTAKE, str(error))
    if options.as_json:
        print_json([one.as_json() for one in said])
    else:
        console().print(explanation_page(said))


@app.command()
def status() -> None:
    """Say when the last pass ended, and what wants a look."""
    from worker.status import read_status, status_page

    with told():
        settings, _ = load()
        seen = read_status(settings)
    if options.as_json:
        print_json(seen.as_json())
    else:
        console().print(status_page(seen))
    raise typer.Exit(seen.code)


@rules_app.command("check")
def rules_check() -> None:
    """Find every mistake in every rule file, in the settings and in the lexicon.

    What the lexicon says in vain is printed, too, and makes the exit code 1.
    """
    from worker.loading import lexicon_warnings

    with told():
        settings, loaded = load(say_ok=True)
    active, shipped = len(loaded.active), len(loaded.shipped)
    warnings = [str(warning) for warning in lexicon_warnings(settings.config)]
    if options.as_json:
        counted = {"active": active, "shipped": shipped}
        print_json({"problems": [], "warnings": warnings, **counted})
    else:
        for warning in warnings:
            print(warning)
        console().print(
            f"{_rules(active)} active in {settings.config}, {shipped} shipped: no mistakes."
        )
    raise typer.Exit(DEGRADED if warnings else 0)


@rules_app.command("test")
def rules_test(
    rules: Annotated[
        list[str] | None, typer.Argument(help="Only these rules; else all, active and shipped.")
    ] = None,
    coverage: Annotated[
        bool, typer.Option("--coverage", help="Name each condition that no case makes false.")
    ] = False,
) -> None:
    """Run the test cases that stand beside the rules, shipped and your own."""
    from rules.case_coverage import never_false
    from rules.testing import bench, run_cases
    from worker.lexicon_files import lexicon_of
    from worker.mirror import Mirror
    from worker.reading import Reading

    with told():
        settings, loaded = load()
    reading = Reading(lexicon=lexicon_of(settings.config))
    on = bench(
        lambda streams: Mirror.of(streams, reading).connection,
        settings.org(()).hours,
        settings.fields,
    )
    named = [one for name in rules or () for one in _family(loaded, name)]
    chosen = named if rules else [*_known(loaded).values()]
    results = [result for rule in chosen for result in run_cases(rule, on)]
    differences = [str(d) for result in results for d in result.differences]
    untried = [str(p) for rule in chosen for p in never_false(rule, on)] if coverage else []
    if options.as_json:
        print_json({"cases": len(results), "differences": differences, "never_false": untried})
    else:
        for line in (*differences, *untried):
            print(line)
        good = sum(not result.differences for result in results)
        console().print(f"{good} of {len(results)} cases of {_rules(len(chosen))} hold.")
    raise typer.Exit(MISTAKE if differences else 0)


@rules_app.command("show")
def rules_show(
    rule: Annotated[str, typer.Argument(help="The id of a rule, active or shipped.")],
) -> None:
    """Say a rule in sentences: what it looks for, what it writes and to whom, what it reads."""
    from worker.rule_page import rule_text

    with told():
        _, loaded = load()
    found = _rule(loaded, rule)
    if options.as_json:
        print_json({"rule": found.id, "text": rule_text(found), "meaning": found.meaning})
    else:
        print(rule_text(found))


@rules_app.command("words")
def rules_words(
    word: Annotated[str | None, typer.Argument(help="One word; else all of them.")] = None,
    markdown: Annotated[
        bool, typer.Option("--markdown", help="As the page of the documentation.")
    ] = False,
    schema: Annotated[
        bool, typer.Option("--schema", help="As the JSON Schema that editors read.")
    ] = False,
) -> None:
    """Say every word of the rule language and what it means, with your own fields and stages."""
    from rules import glossary
    from rules.language import json_schema
    from rules.problems import did_you_mean
    from worker.rule_page import words_page
    from worker.settings import field_words, stage_words

    with told():  # also while a rule or a setting is wrong: whoever corrects it looks words up
        stages, own = stage_words(options.config), field_words(options.config)
    if schema:
        print_json(json_schema(stages, own))
        return
    sections = glossary.glossary(own, stages)
    if word is not None:
        known = {name for one in sections for name in (one.title, *(e.word for e in one.entries))}
        sections = glossary.find(word, sections)
        if not sections:
            near = did_you_mean(word, sorted(known))
            fail(MISTAKE, f'"{word}" is not a word of the language.{near} All: `rules words`.')
    if options.as_json:
        entries = ((s.title, e) for s in sections for e in s.entries)
        print_json([{"section": t, "word": e.word, "means": e.doc} for t, e in entries])
    elif markdown:
        print(glossary.markdown(sections), end="")
    else:
        console().print(words_page(sections))


@rules_app.command("list")
def rules_list() -> None:
    """List active and shipped rules."""
    from worker.render import rules_page

    with told():
        _, loaded = load()
    if options.as_json:
        print_json(
            [
                {"rule": rule.id, "title": rule.title, "mode": str(rule.mode), "active": active}
                for active, rules in ((True, loaded.active), (False, loaded.shipped))
                for rule in rules
            ]
        )
    else:
        console().print(rules_page(loaded))


def _rules(number: int) -> str:
    return "1 rule" if number == 1 else f"{number} rules"


def _known(loaded: Any) -> dict[str, Any]:
    """Every rule by its id; a file of the admin's goes before the shipped one."""
    return {rule.id: rule for rule in (*loaded.shipped, *loaded.active)}


def _family(loaded: Any, name: str) -> list[Any]:
    """A rule, and the one beside it for deals without an account, if there is one."""
    from rules.lone_deals import SUFFIX

    rule = _rule(loaded, name)
    beside = _known(loaded).get(f"{rule.id}{SUFFIX}")
    return [rule] if beside is None else [rule, beside]


def _rule(loaded: Any, name: str) -> Any:
    """Return the rule of this id, or end the program with the name that was meant."""
    from rules.problems import did_you_mean

    known = _known(loaded)
    found = known.get(name.removeprefix("shipped/"))
    if found is None:
        fail(MISTAKE, f'there is no rule "{name}".{did_you_mean(name, known)} All: `rules list`.')
    return found


# -- a pass ----------------------------------------------------------------------------------


def _let_rules_rest() -> None:
    """Nobody looks at a pass of the worker process: it does not read what is half written."""
    from threading import Event

    from worker.clock import utc_now
    from worker.rule_files import let_rest

    if not let_rest(options.config, utc_now, Event().wait):
        fail(MISTAKE, "somebody keeps writing at the rule files; the next pass looks again.")


def _writing_pass(command: str, *, read: bool, write: bool, wanted: str | None = None) -> NoReturn:
    from worker.render import print_pass

    done, code = _pass(command, read=read, write=write or None, wanted=wanted)
    if not options.as_json and command != "run":
        print_pass(console(), done)
    raise typer.Exit(code)


def _pass(
    command: str, *, read: bool, write: bool | None, wanted: str | None = None
) -> tuple[Any, int]:
    """Run one recorded pass and return its exit code too; `write=None`: as the settings say."""
    from worker.passes import run_pass
    from worker.report import degraded, full

    with open_the_desk(waits=command == "run") as desk:
        allowed = desk.settings.writes if write is None else write
        done = run_pass(desk, command, read=read, write=allowed, wanted=wanted)
        if options.as_json:
            print_json(full(done, desk.connector.usage()))
    return done, DEGRADED if degraded(done) else 0


def _embedded(crm: str) -> None:
    from connectors.simulator.company import DIALECTS

    if crm not in DIALECTS:
        fail(MISTAKE, f"the embedded CRM speaks {' and '.join(DIALECTS)}, not {crm!r}.")


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the program. The only catch-all there is stands here."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a dump of memory would hold tokens
    try:
        app(args=None if arguments is None else list(arguments), standalone_mode=True)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except Exception as error:  # noqa: BLE001 - the last resort: a fault of ours, told as one
        if is_short(error):
            print(OF_THE_PROCESS, file=sys.stderr)
            sys.exit(STATE_UNUSABLE)
        logger().error("fault", kind=type(error).__name__, exc_info=error)
        print(
            f"a fault of Followthrough itself ({type(error).__name__}). The log line above has the "
            "details; please report it.",
            file=sys.stderr,
        )
        sys.exit(FAULT)
    sys.exit(0)
