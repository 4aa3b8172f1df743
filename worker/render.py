"""What a person sees in a terminal: tables and sentences, made from a pass. Decides nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from rich.console import Console, Group, RenderableType
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from connectors.model import OPTIONAL_STREAMS
from rules.explain import Explanation
from rules.finding import Finding
from rules.load import RuleSet
from worker.cycle import Pass
from worker.decision import Decision, Reason
from worker.evaluating import Judged
from worker.explaining import Told
from worker.known import IntentState
from worker.pull import Pulled
from worker.report import degraded, record_of


def pulled_page(pulled: Pulled) -> RenderableType:
    """Say what was pulled, feed by feed, and what could not be seen."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name, justify in (
        ("read", "left"),
        ("records", "right"),
        ("new or changed", "right"),
        ("calls", "right"),
    ):
        table.add_column(name, justify=justify)  # type: ignore[arg-type]
    for feed in pulled.feeds:
        name = f"{feed.feed}, texts read again" if feed.again else feed.feed
        table.add_row(name, f"{feed.rows:,}", f"{feed.changed:,}", f"{feed.calls:,}")
    hidden = [b.why for b in pulled.blind_spots if b.stream not in OPTIONAL_STREAMS]
    said = [f"cannot see: {why}" for why in hidden]
    said += [f"left: {one.what}: {one.why}" for one in pulled.left]
    return Group(table, *(Text(one, style="yellow") for one in said))


def findings_page(done: Pass) -> RenderableType:
    """Say which rules found what, and what becomes of each finding."""
    table = Table(box=None, pad_edge=False, header_style="dim", expand=True)
    table.add_column("rule", max_width=_RULE, overflow="fold")
    for name, ratio in (("record", 4), ("evidence", 8), ("task", 7)):
        table.add_column(name, ratio=ratio, overflow="fold")
    for decision in done.plan.decisions:
        if decision.finding is not None and decision.draft is not None:
            table.add_row(*(escape(cell) for cell in _cells(decision)))
            table.add_row()
    return table if table.row_count else Text("No rule asks for a new task.")


def _cells(decision: Decision) -> tuple[str, ...]:
    finding, draft = decision.finding, decision.draft
    assert finding is not None
    assert draft is not None
    return (
        decision.rule,
        "\n".join(record_of(finding)),
        "\n".join(finding.evidence),
        f"{draft.subject}\nto {decision.to}\ndue {draft.due:%a} {draft.due.day} {draft.due:%b}",
    )


def quiet_page(done: Pass) -> RenderableType:
    """Say why findings led to no task."""
    by_reason: dict[Reason, list[Decision]] = defaultdict(list)
    for decision in done.plan.decisions:
        written = decision.draft or decision.close or decision.alert
        if written is None and decision.reason is not Reason.LINE:
            by_reason[decision.reason].append(decision)
    lines: list[RenderableType] = []
    for reason, decisions in sorted(by_reason.items(), key=lambda pair: pair[0].name):
        named = [_named(d, d.finding) for d in decisions if d.finding]
        shown = ", ".join(named[:5]) + (f" and {len(named) - 5} more" if len(named) > 5 else "")
        lines.append(Text(f"{len(decisions)} without a new task: {reason}: {shown}"))
    lines += [
        Text(f"{one.number:,} more of {one.rule} without a new task: {one.reason}")
        for one in done.plan.counted
    ]
    return Group(*lines)


def _named(decision: Decision, finding: Finding) -> str:
    """A record, its rule, and what the reason does not say; whom we cannot see is told apart."""
    note = "" if decision.reason is Reason.CANNOT_SEE else decision.note
    return f"{record_of(finding)[0]} ({', '.join(part for part in (decision.rule, note) if part)})"


def tasks_page(done: Pass) -> RenderableType:
    """Show every task as it would read."""
    pages: list[RenderableType] = []
    for decision in done.plan.creates:
        assert decision.draft is not None
        draft = decision.draft
        pages.append(Text(f"{draft.subject}  →  {decision.to}, due {draft.due}", style="bold"))
        pages.append(Padding(Text(draft.body), (0, 0, 1, 4)))
    for decision in done.plan.alerts:
        assert decision.alert is not None
        pages.append(Text(f"tell {decision.to}: {decision.alert.title}"))
    for decision in done.plan.closes:
        assert decision.close is not None
        verb = "close" if decision.deletes is None else "delete"
        pages.append(Text(f"{verb} {decision.close.task_id}: {decision.close.line}"))
    return Group(*pages)


def written_page(done: Pass) -> RenderableType:
    """Say what was written."""
    applied = done.applied
    if not applied.written:
        return Text("Nothing was written to the CRM.")
    created = applied.count(IntentState.ACKED, "create")
    closed = applied.count(IntentState.ACKED, "close")
    told = applied.count(IntentState.ACKED, "alert")
    more = applied.count(IntentState.ACKED, "note")
    said = [
        f"{created} {_tasks(created)} written",
        f"{closed} {_tasks(closed)} closed",
        f"{told} {'alert' if told == 1 else 'alerts'} sent",
        f"{more} {_tasks(more)} answered or added to",
    ]
    some = [part for part in said if not part.startswith("0 ")]
    return Text(f"{', '.join(some) or 'Nothing was written to the CRM'}.")


def trouble_page(done: Pass) -> RenderableType:
    """Say what a person should look at; empty when all is well."""
    return Group(*(Text(f"look at: {one}", style="yellow") for one in degraded(done)))


def print_plan(console: Console, done: Pass) -> None:
    """Print a plan whole: every task as it would read, every reason why not."""
    console.print(findings_page(done))
    console.print(tasks_page(done))
    console.print(quiet_page(done))
    console.print(trouble_page(done))


def print_pass(console: Console, done: Pass) -> None:
    """Print what a pass found and did."""
    console.print(findings_page(done))
    console.print(quiet_page(done))
    console.print(written_page(done))
    console.print(trouble_page(done))


def _tasks(number: int) -> str:
    return "task" if number == 1 else "tasks"


def judged_page(judged: Judged) -> RenderableType:
    """Say for each rule how many records it looked at, and how many it holds for."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("rule", "in scope", "holds for", "records"):
        table.add_column(heading, justify="right" if heading != "rule" else "left")
    for said in judged.said:
        some = ", ".join(one.record_id for one in said.firing[:_FEW])
        more = f" and {len(said.firing) - _FEW} more" if len(said.firing) > _FEW else ""
        table.add_row(said.rule, f"{said.population:,}", f"{len(said.firing):,}", f"{some}{more}")
    mute = [Text(f"{rule}: not evaluable: {why}") for rule, why in judged.not_evaluable.items()]
    return Group(table, *mute)


_FEW: Final = 3
_RULE: Final = 20  # columns for the id of a rule: those of the pack stay on one line


def explanation_page(told: Sequence[Told]) -> RenderableType:
    """Say rule by rule which conditions of a deal hold, and which fails first."""
    pages: list[RenderableType] = []
    for one in told:
        pages.append(Text(f"{one.rule}: {one.verdict}", style="bold"))
        if one.explanation is not None:
            pages.append(Padding(_conditions(one.explanation), (0, 0, 1, 2)))
    return Group(*pages)


_HELD = {True: "yes", False: "no", None: "unknown"}


def _conditions(explanation: Explanation) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("holds", "condition", "seen", "from", "until or due"):
        table.add_column(name, overflow="fold")
    for one in explanation.conditions:
        turns = f"{one.turns:%Y-%m-%d %H:%M} UTC" if one.turns else ""
        cells = (_HELD[one.held], one.said, one.seen, one.source, turns)
        table.add_row(*(escape(cell) for cell in cells))
    return table


def rules_page(loaded: RuleSet) -> RenderableType:
    """List the rules: active ones with their mode, shipped ones that nobody uses."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("rule", "mode", "cases", "title"):
        table.add_column(name)
    active = {rule.id for rule in loaded.active}
    for rule in loaded.active:
        table.add_row(rule.id, str(rule.mode), str(len(rule.cases)), escape(rule.title))
    for rule in loaded.shipped:
        if rule.id not in active and rule.id not in {r.extends for r in loaded.active}:
            table.add_row(rule.id, "not used", str(len(rule.cases)), escape(rule.title))
    return table
