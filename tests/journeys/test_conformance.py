"""One story, told in every dialect, leads to the same findings, byte by byte, and the same tasks.

What differs by nature is mapped before comparing, and nothing else: ids, addresses, and the words
each CRM has for its stages.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from connectors.simulator.company import DIALECTS, company
from connectors.simulator.server import Simulator
from connectors.simulator.story import read_story
from rules.load import load
from worker import rule_files
from worker.cycle import Pass
from worker.demo.show import CONFIG
from worker.desk import open_desk
from worker.environment import Environment
from worker.loading import load_all
from worker.passes import run_pass
from worker.settings import load_settings

MOMENTS = {"a Wednesday noon": dt.datetime(2026, 11, 18, 12, 0, tzinfo=dt.UTC)}
#: `make prove` tells the demo's story at all of these: each journey takes seconds.
MORE_MOMENTS = {
    "a Monday morning": dt.datetime(2026, 11, 16, 8, 0, tzinfo=dt.UTC),
    "a Sunday night": dt.datetime(2026, 11, 22, 23, 0, tzinfo=dt.UTC),
    "the day the clocks change": dt.datetime(2026, 10, 25, 1, 30, tzinfo=dt.UTC),
    "New Year": dt.datetime(2027, 1, 1, 9, 0, tzinfo=dt.UTC),
}
#: The org's words for its stages -> the rules' words; settings say the same to the worker.
STAGES = {
    "Appointment Scheduled": "Prospecting",
    "Qualified To Buy": "Qualification",
    "Proposal/Price Quote": "Proposal",
    "Presentation Scheduled": "Proposal",
    "Negotiation/Review": "Negotiation",
    "Contract Sent": "Negotiation",
}


#: A story in which every rule of the pack that the demo's story leaves quiet has a reason.
PACK = Path(__file__).with_name("pack.yaml")


def pack_config(folder: Path) -> Path:
    """Write a configuration in which every shipped rule is live."""
    settings = (CONFIG / "followthrough.yaml").read_text(encoding="utf-8")
    (folder / "followthrough.yaml").write_text(settings, encoding="utf-8")
    people = "people: [{email: dana.ferrow@hollins.example, manager: mia.sandwell@hollins.example}]"
    (folder / "people.yaml").write_text(people + "\n", encoding="utf-8")
    rules, _ = load([], shipped=rule_files.shipped())
    live = "".join(f"- extends: shipped/{one.id}\n  mode: live\n" for one in rules.shipped)
    (folder / "rules").mkdir()
    (folder / "rules" / "pack.yaml").write_text(live, encoding="utf-8")
    return folder


def told_pack(crm: str, now: dt.datetime) -> Any:
    """Make a company of that story in one dialect."""
    made = company(crm, lambda: now, story=False)
    DIALECTS[crm].tell(read_story(PACK), made, now)
    return made


class Journey:
    """Two passes over one company in one dialect."""

    def __init__(self, crm: str, now: dt.datetime, made: Any = None, config: Path = CONFIG) -> None:
        made = made or company(crm, lambda: now)
        with Simulator(made) as simulator, TemporaryDirectory() as state:
            variables = DIALECTS[crm].variables(made, simulator.base_url)
            told = {name.lower(): value for name, value in variables.items()}
            environment = Environment.model_validate({"followthrough_crm": crm, **told})
            settings = load_settings(config, Path(state), environment)
            _, loaded, problems = load_all(settings.config, settings.state)
            assert loaded is not None, problems
            rules = {rule.id: rule for rule in loaded.active}
            with open_desk(settings, rules, clock=lambda: now) as desk:
                self.first: Pass = run_pass(desk, "once", read=True, write=True)
                before = len(simulator.requests)
                self.second: Pass = run_pass(desk, "once", read=True, write=True)
            self.written_again = [
                f"{r.method} {r.path}" for r in simulator.requests[before:] if _writes(r)
            ]


def _writes(request: Any) -> bool:
    """Tell a write from a read that is a POST: logins, searches and batch reads change nothing."""
    if request.method == "GET":
        return False
    return not re.search(r"/(search|batch/read)$|oauth", request.path)


@cache
def journey(crm: str, moment: str) -> Journey:
    return Journey(crm, (MOMENTS | MORE_MOMENTS)[moment])


def _common(text: str) -> str:
    """Write what one CRM calls its own as every CRM would."""
    for label, word in STAGES.items():
        text = text.replace(label, word)
    text = re.sub(r"https?://\S+", "<address>", text)
    text = re.sub(r"ft_[a-z2-7]{26}", "<key>", text)
    text = re.sub(r"(· (?:account|contact|owner|activity)) \w+", r"\1 <id>", text)
    return re.sub(r" \(([0-9,.]+) [A-Z]{3}\)", r" (\1)", text)  # not every org names its currency


def findings(done: Pass) -> bytes:
    """Return every decision of a pass, without what only one CRM could have said."""
    rows = [row for d in done.plan.decisions if (row := _row(d)) is not None]
    said = sorted(_common(json.dumps(row, indent=1, ensure_ascii=False)) for row in rows)
    return "\n".join(said).encode()


def _row(decision: Any) -> Mapping[str, object] | None:
    finding, draft = decision.finding, decision.draft
    if finding is None:
        return None
    return {
        "rule": decision.rule,
        "deal": finding.values["deal"],
        "account": finding.account,
        "anchor": finding.anchor.isoformat(),
        "deadline": finding.deadline.isoformat(),
        "evidence": finding.evidence,
        "reason": decision.reason.name,
        "to": decision.to,
        "subject": draft.subject if draft else None,
        "body": draft.body if draft else None,
        "due": draft.due.isoformat() if draft else None,
    }


def _crms() -> Iterator[str]:
    yield from DIALECTS


def same_findings(moment: str) -> None:
    """Rule, deal, anchor, deadline, evidence, receiver, words and due date: byte by byte."""
    told = {crm: findings(journey(crm, moment).first) for crm in _crms()}
    assert len(told) >= 2
    assert len(set(told.values())) == 1, _difference(*told.values())


def the_whole_pack(moment: str, folder: Path) -> None:
    """Every rule of the pack holds for somebody, the same in both, and only once."""
    now = (MOMENTS | MORE_MOMENTS)[moment]
    config = pack_config(folder)
    done = [Journey(crm, now, told_pack(crm, now), config) for crm in _crms()]
    one, other = (findings(journey.first) for journey in done)
    assert one == other, _difference(one, other)
    assert {d.rule for d in done[0].first.plan.decisions} == {
        "client-waiting",
        "document-asked-again",
        "first-meeting",
        "follow-up-complaint",
        "missed-meeting",
        "next-purpose",
        "no-next-step",
        "open-promises",
        "overdue-close-date",
        "promised-proposal",
        "purposeless-check-in",
        "stale-proposal",
        "three-category-note",
        "weekly-list",
    }
    assert [journey.written_again for journey in done] == [[], []]


def _difference(one: bytes, other: bytes) -> str:
    lines = zip(one.decode().splitlines(), other.decode().splitlines(), strict=False)
    return "\n".join(f"{a}\n{b}" for a, b in lines if a != b)


#: What the author of the story wrote beside its deals: whom each rule is about.
TASKS = {
    "won-no-follow-up": {
        "Autoclaves, sterile services",
        "HPLC line, building 2",
        "Turbidity meters for six sites",
    },
    "stale-proposal": {
        "Cold storage monitoring",
        "NIR grain analysers, phase two",
        "Online TOC analyser",
        "Prüfmaschine für Faserverbund",
    },
    "promised-proposal": {"Kinnaird Veterinary Diagnostics"},
    "purposeless-check-in": {"Jonas Ahlgrimm"},
    "three-category-note": {"Tobias Wrenfield"},
}

#: What the bodies of tasks say of texts, line by line, without the days.
QUOTED = {
    "promised-proposal": [
        'call connected by Dilys Penhallow: "I\'ll send him the quote within two business days."'
    ],
    "purposeless-check-in": [
        'mail to Institut Hohenwalde: "ich wollte nur kurz hören, wie der Stand der Dinge ist."',
        'mail to Chemiewerk Aldenau: "ich wollte mich nur kurz wieder einmal melden."',
        'mail to Institut Hohenwalde: "ich wollte nur mal hören, wie es so läuft."',
    ],
    "three-category-note": [
        "meeting with Rosmark Analytics, to add: what the next contact is for; "
        'so far: "a way out after two years"'
    ],
}


def ten_tasks_then_none(crm: str, moment: str) -> None:
    """What the story's author wrote beside each deal comes true, and only once."""
    done = journey(crm, moment)
    wanted = [(rule, name) for rule, names in TASKS.items() for name in names]
    assert sorted((d.rule, _about(d)) for d in done.first.plan.creates) == sorted(wanted)
    assert {str(w.state) for w in done.first.applied.written} == {"acked"}
    assert len(done.first.applied.written) == len(wanted)
    assert done.second.applied.written == ()
    assert done.written_again == []


def _about(decision: Any) -> str:
    """The deal of a task; without one its client, or the person it is for."""
    if decision.finding.subject == "account":
        return str(decision.finding.account)
    return str(decision.finding.values["deal"] or decision.to)


def texts_are_quoted(crm: str, moment: str) -> None:
    """The body of a task quotes the texts it rests on, and no other text.

    Nor do the rules that read texts hold for anybody else, with or without a task.
    """
    plan = journey(crm, moment).first.plan
    found = {(d.rule, _about(d)) for d in plan.decisions if d.finding and d.rule in QUOTED}
    assert found == {(rule, name) for rule in QUOTED for name in TASKS[rule]}
    bodies = {d.rule: d.draft.body for d in plan.creates if d.draft}
    quoted = {
        rule: re.findall(r"^- \d+ \w+(?: \d\d:\d\d)?: (.*\".*\")$", bodies[rule], re.MULTILINE)
        for rule in QUOTED
    }
    assert quoted == QUOTED
