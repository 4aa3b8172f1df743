"""A company from a seed: its truth is what the engine finds, in both dialects, and nothing else."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from typer.testing import CliRunner

from connectors.model import STREAMS
from connectors.simulator.company import DIALECTS, company
from connectors.simulator.generator.filling import Truth, fill, write
from connectors.simulator.generator.phrases import PARTS, phrases
from connectors.simulator.generator.plots import NOT_COVERED, PLOTS
from connectors.simulator.server import Simulator
from rules.load import load
from rules.signals.read import read_activities
from rules.signals.words.lexicon import shipped_lexicon
from rules.strict_yaml import Source
from worker import cli, rule_files
from worker.cycle import judge, pull_alone
from worker.desk import Desk, open_desk
from worker.environment import Environment
from worker.settings import load_settings

NOON = dt.datetime(2026, 11, 19, 12, tzinfo=dt.UTC)  # a Thursday
RULES = sorted(Path(one.path).stem for one in rule_files.shipped())
SETTINGS = """\
quiet_hours: no
coverage: off
quotes: no
stages:
  Prospecting: [Prospecting, Appointment Scheduled]
  Qualification: [Qualification, Qualified To Buy]
  Proposal: [Proposal/Price Quote, Presentation Scheduled]
  Negotiation: [Negotiation/Review, Contract Sent]
"""
DEAL_OF = """
    SELECT a.id, d.id FROM activities a
    JOIN activity_links l ON l.activity_key = a.key AND l.target = 'deal'
    JOIN deals d ON d.key = l.target_key
"""
KINDS = {"promise.offer", "promise.contract"}
ASKS = {"asks_for_something"}
TALKED = {"note.discussed", "note.proposed"}
EMPTY = {"check_in"}
MEANT = {"check_in", "purpose"}  # it begins with an empty phrase, and goes on
#: Purpose -> kind, direction, what is heard in it; what else may be heard.
HEARD: dict[str, tuple[str, str | None, set[str], set[str]]] = {
    "question": ("email", "inbound", set(), ASKS),
    "answer": ("email", "outbound", set(), MEANT),
    "promise": ("email", "outbound", {"promise"}, KINDS | MEANT),
    "promise_friday": ("email", "outbound", {"promise"}, KINDS | MEANT),
    "delivery": ("email", "outbound", {"delivery"}, MEANT),
    "asks_again": ("email", "inbound", {"asks_for_document"}, ASKS),
    "complaint": ("email", "inbound", {"complaint"}, ASKS),
    "thanks": ("email", "inbound", {"closes_conversation"}, {"praise"}),
    "check_in": ("email", "outbound", EMPTY, set()),
    "note_full": ("call", "outbound", TALKED | {"note.next_purpose"}, MEANT),
    "note_bare": ("call", "outbound", set(), TALKED | MEANT),
    "internal": ("note", None, set(), {"note.discussed"} | MEANT),
    "newsletter": ("email", "outbound", set(), MEANT),
    "next_step": ("task", None, set(), MEANT),
}
#: Purpose -> days in which the promise falls due: when the plots speak again, and when they end.
DUE = {"promise": (4, 60), "promise_friday": (0, 8)}


@pytest.mark.proof
def test_every_sentence_says_what_its_purpose_says() -> None:
    """In six languages, with every product and subject, by the engine's own readers."""
    spoken = list(_spoken())
    usual = {"at": NOON, "modified_at": NOON, "deleted": False}
    rows = [
        {"id": str(n), "kind": HEARD[purpose][0], "direction": HEARD[purpose][1]}
        | {"automated": purpose == "newsletter", "subject": subject, "text": text}
        | usual
        for n, (purpose, subject, text) in enumerate(spoken)
    ]
    table = pa.Table.from_pylist(rows, schema=STREAMS["activities"])
    said: dict[int, dict[str, dt.datetime | None]] = {n: {} for n in range(len(spoken))}
    for row in read_activities(table, shipped_lexicon()).to_pylist():
        said[int(row["activity_id"])][row["signal"]] = row["due_at"]
    wrong = [(*spoken[n], *found) for n, found in said.items() if not _is_meant(spoken[n], found)]
    assert wrong == []


def _spoken() -> Iterator[tuple[str, str, str]]:
    """Purpose, subject and text; what is sold takes turns where a text does not name it."""
    for words in phrases().values():
        assert set(HEARD) | PARTS == set(words)
        for purpose in HEARD:
            subjects = words.get(f"{purpose}_subject", words["subject"])
            for n, text in enumerate(words[purpose]):
                turns = len(words["products"]) if "{product}" in text else 1
                if purpose == "check_in":
                    turns = len(subjects)
                for turn in range(n, n + turns):
                    named = {
                        "contact": "Ada",
                        "rep": "Tomas",
                        "product": _at(words["products"], turn),
                    }
                    subject, one = _at(subjects, turn).format(**named), text.format(**named)
                    yield (purpose, one, "") if purpose == "next_step" else (purpose, subject, one)


def _at(some: Sequence[str], turn: int) -> str:
    return some[turn % len(some)]


def _is_meant(spoken: tuple[str, str, str], found: dict[str, dt.datetime | None]) -> bool:
    purpose = spoken[0]
    wanted, allowed = HEARD[purpose][2:]
    is_empty = "check_in" in found and "purpose" not in found
    due = found.get("promise")
    soonest, latest = (NOON + dt.timedelta(days=n) for n in DUE.get(purpose, (0, 0)))
    return (
        wanted <= set(found) <= wanted | allowed
        and is_empty == (purpose == "check_in")
        and (soonest <= due <= latest if due else purpose != "promise_friday")
    )


def test_every_rule_of_the_pack_has_a_plot_that_breaks_it() -> None:
    """Or a reason why not."""
    broken = {one.rule for plot in PLOTS for one in plot.breaks}
    assert sorted(broken | set(NOT_COVERED)) == RULES
    assert broken.isdisjoint(NOT_COVERED)


@pytest.mark.proof
@pytest.mark.parametrize("crm", sorted(DIALECTS))
def test_the_engine_finds_the_truth_and_nothing_else(crm: str, tmp_path: Path) -> None:
    """By rule and record, with the moment it began, for all rules of the pack."""
    made = company(crm, lambda: NOON, story=False)
    if crm == "hubspot":
        made.burst = made.association_burst = made.search_rate = 10_000
    (tmp_path / "rules").mkdir()
    (tmp_path / "followthrough.yaml").write_text(SETTINGS, encoding="utf-8")
    pages = list(fill(made, seed=7, size=SIZE, now=NOON))
    write(iter(pages), tmp_path)
    (tmp_path / "truth.jsonl").unlink()
    truths = [one for page in pages for one in page.truths]
    with Simulator(made) as sim:
        told = DIALECTS[crm].variables(made, sim.base_url)
        said = {"followthrough_crm": crm} | {name.lower(): one for name, one in told.items()}
        settings = load_settings(tmp_path, tmp_path / "state", Environment.model_validate(said))
        with open_desk(settings, _rules(), clock=lambda: NOON) as desk:
            pull_alone(desk)
            found = _found(desk)
    made.close()
    assert found == {rule: _wanted(truths, rule) for rule in RULES}


SIZE = 320  # a whole block, and a small one beside it


def _rules() -> dict[str, Any]:
    text = "".join(f"- {{extends: shipped/{name}}}\n" for name in RULES)
    loaded, problems = load([Source(path="r.yaml", text=text)], shipped=rule_files.shipped())
    assert not problems, problems
    return {rule.id: rule for rule in loaded.active}


Found = Counter[tuple[str, dt.datetime | None]]


def _found(desk: Desk) -> dict[str, Found]:
    """Whom each rule found, since when; an activity by its deal."""
    evaluation = judge(desk, desk.settings.org(desk.mirror.stages()), NOON)
    deals = dict(desk.mirror.connection.execute(DEAL_OF).fetchall())
    dated = {one.rule for plot in PLOTS for one in plot.breaks if _is_dated(one)}
    return {
        rule: Counter(
            (deals.get(one.record_id, one.record_id), one.anchor if rule in dated else None)
            for one in evaluation.verdicts(rule, "fires")
        )
        for rule in RULES
        if rule in evaluation.judged
    }


def _is_dated(one: Any) -> bool:
    return one.line is not None or one.rule == "won-no-follow-up"


def _wanted(truths: list[Truth], rule: str) -> Found:
    """What is wrong by a rule; an owner is told once, however many deals show it."""
    return Counter(
        {
            (one.record or one.deal, dt.datetime.fromisoformat(one.since) if one.since else None)
            for one in truths
            if one.rule == rule
        }
    )


@pytest.mark.proof
@pytest.mark.parametrize("crm", sorted(DIALECTS))
def test_a_seed_is_a_company(crm: str, tmp_path: Path) -> None:
    """Byte for byte the same again, and another one from another seed."""
    same = [_printed(crm, tmp_path / str(n), seed=7) for n in range(2)]
    assert same[0] == same[1] != _printed(crm, tmp_path / "other", seed=8)


def _printed(crm: str, directory: Path, *, seed: int) -> str:
    made = company(crm, lambda: NOON, story=False)
    write(fill(made, seed=seed, size=40, now=NOON), directory)
    digest = hashlib.sha256()
    for line in made.store.connection.iterdump():
        digest.update(line.encode())
    for name in ("truth.jsonl", "people.yaml"):
        digest.update((directory / name).read_bytes())
    made.close()
    return digest.hexdigest()


def test_a_truth_needs_a_company(tmp_path: Path) -> None:
    """Said before anything is served, with what to do."""
    said = CliRunner().invoke(cli.app, ["simulator", "--truth", str(tmp_path)])
    assert said.exit_code == 2
    assert "--size" in said.stderr
