"""The commands about texts: read one, measure on labelled ones, find what is missing."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from tests.conftest import Clock
from tests.worker.world import Company
from worker import cli

MAIL = "Hi Dana,\n\nJust touching base to see how things are going.\n\nBest,\nSam\n"
QUOTED = "\nOn Tue, Nov 3, 2026 at 9:00 AM Dana wrote:\n> Where is the quote for the six presses?\n"
TEXT_DEV = Path(__file__).resolve().parents[3] / "shared" / "data" / "text_dev"

Say = Callable[..., Result]


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A config directory that says nothing."""
    (tmp_path / "rules").mkdir()
    return tmp_path


@pytest.fixture
def say(config: Path) -> Say:
    """Run a command of the program on that directory."""

    def run(*words: str, text: str = "", **env: str) -> Result:
        where = ("--config", str(config), "--state", str(config / "s"))
        runner = CliRunner(env={"COLUMNS": "120", **env})
        return runner.invoke(cli.app, [*where, *words], input=text.encode())

    return run


def as_json(result: Result) -> Any:
    assert result.exit_code == 0, result.output
    return json.loads(result.output)


def lines(path: Path, *rows: dict[str, Any]) -> str:
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    return str(path)


# -- read ----------------------------------------------------------------------------------------


def test_a_text_is_read_with_the_sentence_that_decided(say: Say) -> None:
    """The verdict counts, the sentence stands where the offsets say, quotes decide nothing."""
    text = MAIL + QUOTED
    told = as_json(say("signals", "read", "--json", text=text))
    purpose = told["purpose"]
    assert (purpose["verdict"], purpose["flag"]) == ("purposeless", True)
    assert text[purpose["start"] : purpose["end"]] == purpose["said"]
    assert purpose["said"].startswith("Just touching base")
    assert purpose["looked_for"]
    assert "quote" in told["left_out"]
    assert [one["signal"] for one in told["signals"]] == ["check_in"]


def test_the_same_words_with_a_purpose_are_let_pass(say: Say, config: Path) -> None:
    """From a file; nothing is held against anybody, and no entry is named."""
    path = config / "mail.txt"
    path.write_text(MAIL.replace("how things are going", "whether the six presses may ship"))
    told = as_json(say("--json", "signals", "read", str(path)))
    assert told["purpose"]["flag"] is False
    signals = {one["signal"] for one in told["signals"]}
    assert "check_in" not in signals or "purpose" in signals


def test_a_page_for_people(say: Say) -> None:
    """One line a finding, in words."""
    said = say("signals", "read", text=MAIL)
    told = dict(line.split(maxsplit=1) for line in said.output.splitlines())
    assert said.exit_code == 0
    assert told["purpose"].startswith("purposeless (0.9")
    assert told["purpose"].endswith("counts)")
    assert "(characters 10 to 57)" in told["sentence"]
    assert told["entry"].startswith("en.")
    assert told["promise"] == "none"


def test_a_note_with_a_promise(say: Say) -> None:
    """Its three parts, what was promised, and both dates, reckoned from the moment that is said."""
    text = (
        "Discussed: the two dryers that stop at night\nProposed: a new board\n"
        "Next: call Tuesday to fix the slot. I will send them the quote tomorrow."
    )
    told = as_json(
        say("signals", "read", "--kind", "note", "--at", "2026-11-18T15:00", "--json", text=text)
    )
    assert all(told["note"].values())
    promise = told["promise"]
    assert (promise["artefact"], promise["due_said"]) == ("quote", "2026-11-19")
    assert promise["due_at"] == "2026-11-19T17:00:00+00:00"


def test_what_came_in_is_a_comment_and_no_check_in(say: Say) -> None:
    """Words of the client are never judged for a purpose."""
    told = as_json(say("signals", "read", "--direction", "inbound", "--json", text=MAIL))
    assert (told["purpose"]["verdict"], told["purpose"]["flag"]) == ("purposeful", False)
    assert told["comment"]["label"] == "neutral"
    said = say("signals", "read", "--direction", "inbound", text=MAIL).output
    assert "not judged: it came in" in said


def test_an_activity_of_the_crm_is_read_by_its_id(
    say: Say, config: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Its own subject, kind and text; with texts off nobody asks for it."""
    company = Company(tmp_path_factory.mktemp("crm"), Clock())
    try:
        call = company.org.insert(
            "Task",
            {
                "Subject": "Call",
                "TaskSubtype": "Call",
                "Status": "Completed",
                "Description": "Called to touch base.",
                "OwnerId": company.people["Sam Ortiz"],
            },
        )
        login = {
            "SALESFORCE_URL": company.sim.base_url,
            "SALESFORCE_CLIENT_ID": company.org.client_id,
            "SALESFORCE_CLIENT_SECRET": company.org.client_secret,
        }
        told = as_json(say("signals", "read", call, "--json", **login))
        assert told["purpose"]["verdict"] == "purposeless"
        nobody = say("signals", "read", call[:-3][:-1] + "9", **login)
        assert (nobody.exit_code, "no activity of this id" in nobody.output) == (cli.MISTAKE, True)
        (config / "followthrough.yaml").write_text("text: off\n")
        off = say("signals", "read", call, **login)
        assert (off.exit_code, "text: off" in off.output) == (cli.MISTAKE, True)
    finally:
        company.close()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("read", "no-such-file.txt"), "no-such-file.txt cannot be read (No such file"),
        (("read", "--kind", "fax"), '--kind: "fax" is not known. Known: call, email'),
        (("read", "--direction", "outbond"), 'Did you mean "outbound"?'),
        (("read", "--at", "yesterday"), "is not a moment. Write one like 2026-11-19T10:00."),
        (("eval", "-", "--kind", "note"), 'Did you mean "notes"?'),
        (("eval", "-"), "-:1:1: there is no text in this file."),
    ],
)
def test_a_mistake_is_told_in_a_sentence(say: Say, words: tuple[str, ...], sentence: str) -> None:
    """No traceback, exit code 2, and what to write instead."""
    said = say("signals", *words)
    assert said.exit_code == cli.MISTAKE
    assert sentence in said.output


def test_a_wrong_lexicon_is_told_before_anything_is_read(say: Say, config: Path) -> None:
    """With the place of the mistake; `rules check` says the same, and warns by its exit code."""
    (config / "lexicon").mkdir()
    own = config / "lexicon" / "en.yaml"
    own.write_text("off: [en.nothing]\n")
    for words in (("signals", "read"), ("rules", "check")):
        said = say(*words, text=MAIL)
        assert said.exit_code == cli.MISTAKE
        assert 'en.yaml:1:7: the lexicon has no entry "en.nothing".' in said.output
    own.write_text(
        "language: en\nadd:\n  check_in:\n"
        "    en-mine: {find: touching base, says: Touching base., quiet: Hello.}\n"
    )
    warned = say("rules", "check")
    assert (warned.exit_code, "is found already, by" in warned.output) == (cli.DEGRADED, True)
    assert "no mistakes" in warned.output


# -- eval ----------------------------------------------------------------------------------------


def check_in(id: str, text: str, label: str, **more: Any) -> dict[str, Any]:
    row = {"id": id, "channel": "email", "direction": "outbound", "lang": "en", "text": text}
    return {**row, "label": label, "phenomenon": "plain", "borderline": False, **more}


def test_figures_by_label_language_and_phenomenon(say: Say, config: Path) -> None:
    """One of two is found, nothing is called so wrongly; a borderline text counts on one line."""
    ship = "The six presses ship on Friday, please tell us which gate to use."
    path = lines(
        config / "own.jsonl",
        check_in("1", "Just touching base.", "purposeless"),
        check_in("2", ship, "purposeless", borderline=True, lang="de", phenomenon="odd"),
        check_in("3", ship, "purposeful"),
    )
    out = config / "said.jsonl"
    told = as_json(say("signals", "eval", path, "--predictions", str(out), "--json"))
    figures = {(one["part"], one["label"]): one for one in told["figures"]}
    everything = figures["all", "purposeless"]
    assert (everything["precision"], everything["recall"]) == (1.0, 0.5)
    assert figures["without borderline", "purposeless"]["f1"] == 1.0
    assert figures["lang de", "purposeless"]["right"] == 0.0
    assert figures["phenomenon plain", "purposeless"]["right"] == 1.0
    written = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert [(one["id"], one["label"]) for one in written] == [
        ("1", "purposeless"),
        ("2", "purposeful"),
        ("3", "purposeful"),
    ]
    assert "without borderline" in say("signals", "eval", path).output


BAD = """\
{"id": "1", "channel": "email", "direction": "sideways", "text": 5, "label": "purposless"}
not json
[1, 2]
{"id": "1", "chanel": "email", "direction": "outbound", "text": "Hi", "label": "purposeful"}
"""


def test_every_mistake_of_a_file_of_labels_has_its_line(say: Say) -> None:
    """All at once; nothing is measured."""
    said = say("signals", "eval", "-", text=BAD)
    assert said.exit_code == cli.MISTAKE
    assert said.output.splitlines() == [
        '-:1:1: "direction" is "sideways", not outbound, inbound or internal.',
        '-:1:1: "label" is "purposless", not purposeless or purposeful.',
        '-:1:1: "text" is "5", not a text.',
        "-:2:1: this is not JSON. Write one object a line, in double quotes.",
        '-:3:1: this is no object. Write {"id": …, "text": …, "label": …}.',
        '-:4:1: "channel" is missing. Did you mean "chanel"?',
        '-:4:1: the id "1" stands on line 1 already.',
    ]


def _scored(kind: str, predictions: Path) -> list[str]:
    said = subprocess.run(
        [sys.executable, TEXT_DEV / "score.py", kind, TEXT_DEV / f"{kind}.jsonl", predictions],
        capture_output=True,
        text=True,
        check=True,
    )
    return said.stdout.splitlines()


def _share(one: dict[str, Any], name: str) -> str:
    return f"{one[name]:.3f}"


def _expected(kind: str, all_of: dict[str, dict[str, Any]]) -> list[str]:
    """What score.py prints, made of our figures over all texts."""

    def whole(name: str) -> str:
        one = all_of[name]
        return " ".join(f"{k} {_share(one, w)}" for k, w in _SHARES)

    if kind == "checkins":
        return [f"all {all_of['purposeless']['texts']} {whole('purposeless')}"]
    if kind == "promises":
        right = {k: _share(one, "right") for k, one in all_of.items()}
        return [
            f"promise {all_of['promise']['texts']} {whole('promise')}",
            f"of found: artefact {right['artefact, of found']} due {right['due, of found']}",
            f"all right of all promises {right['found, artefact and due']}",
        ]
    macro, last = all_of.pop("macro"), all_of.pop("any complaint", None)
    total = "macro F1 {}  all three right {}" if last is None else "macro F1 {} accuracy {}"
    said = [f"{name} {whole(name)}" for name in all_of]
    said.append(total.format(_share(macro, "f1"), _share(macro, "right")))
    if last is not None:
        shares = " ".join(f"{k} {_share(last, w)}" for k, w in _SHARES)
        said.append(f"any complaint (negative|mixed) {shares}")
    return said


_SHARES = (("P", "precision"), ("R", "recall"), ("F1", "f1"))


@pytest.mark.shared
@pytest.mark.parametrize("kind", ["checkins", "promises", "notes", "comments"])
def test_the_figures_are_those_of_the_common_score(say: Say, config: Path, kind: str) -> None:
    """Of the same predictions the common script says the same, to the third digit."""
    if not TEXT_DEV.is_dir():
        pytest.skip(f"{TEXT_DEV} is not there: labelled texts that are not ours")
    out = config / "said.jsonl"
    source = str(TEXT_DEV / f"{kind}.jsonl")
    told = as_json(say("signals", "eval", source, "--predictions", str(out), "--json"))
    assert told["kind"] == kind  # told by the fields
    all_of = {one["label"]: one for one in told["figures"] if one["part"] == "all"}
    scored = _scored(kind, out)
    assert set(_expected(kind, all_of)) <= set(scored)
    languages = {one["part"]: one for one in told["figures"] if one["label"] == "purposeless"}
    for part, one in languages.items():
        if part.startswith("lang "):
            right = f"'{part[5:]}': '{round(one['right'] * one['texts'])}/{one['texts']}'"
            assert any(right in line for line in scored)


def test_a_moment_is_as_good_as_a_day(say: Say, config: Path) -> None:
    """Its day counts; what is neither is told with both."""
    row = {
        "id": "1",
        "lang": "en",
        "text": "I'll send you the quote by Friday.",
        "due": "2026-11-20",
    }
    row |= {"direction": "outbound", "label": "promise", "artefact": "quote"}
    path = lines(config / "own.jsonl", row | {"sent_at": "2026-11-17T23:30:00"})
    told = as_json(say("signals", "eval", path, "--json"))
    figures = {(one["part"], one["label"]): one for one in told["figures"]}
    assert figures["all", "found, artefact and due"]["right"] == 1.0
    wrong = say("signals", "eval", lines(config / "own.jsonl", row | {"sent_at": "Friday"}))
    assert 'not a day or a moment such as "2026-11-19"' in wrong.stderr


# -- mine ----------------------------------------------------------------------------------------

MISSED = "They flonk the zorbel of {} and all."


def test_phrases_that_several_misses_hold_become_a_stub(say: Say, config: Path) -> None:
    """What was labelled purposeless and not found so is listed; the stub needs one line more."""
    rows = [
        check_in(str(n), MISSED.format(name), "purposeless")
        for n, name in enumerate(("Roz", "Tim", "Una"))
    ]
    path = lines(config / "own.jsonl", *rows, check_in("9", "Just touching base.", "purposeless"))
    told = as_json(say("signals", "mine", path, "--json"))
    assert [one["id"] for one in told["misses"]] == ["0", "1", "2"]
    best = told["phrases"][0]
    assert "flonk the zorbel" in best["words"]
    assert (best["texts"], best["language"]) == (3, "en")
    (config / "lexicon").mkdir()
    filled = told["stub"].replace("quiet: #", "quiet: Nobody is here. #")
    (config / "lexicon" / "en.yaml").write_text(filled)
    assert say("rules", "check").exit_code in (0, cli.DEGRADED)
    found = say("signals", "eval", path, "--json")
    assert as_json(found)["figures"][0]["recall"] > 0.25


def test_where_nothing_was_missed_nothing_is_mined(say: Say) -> None:
    """Texts without labels are enough; what is clear either way is no near miss."""
    rows = [
        {"id": "1", "text": "Just touching base."},
        {"id": "2", "text": "Invoice 4711 is paid."},
    ]
    said = say("signals", "mine", "-", text="".join(json.dumps(row) + "\n" for row in rows))
    assert said.exit_code == 0
    assert said.output == "Nothing was left open, and nothing nearly so.\n"


# -- the page ------------------------------------------------------------------------------------

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "signals.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r'```console\n\$ echo "(.*)" \| followthrough (.*)\n((?:.*\n)*?)```', PAGE)


@pytest.mark.parametrize(("text", "command", "answer"), EXAMPLES)
def test_the_page_answers_as_the_program_does(
    say: Say, text: str, command: str, answer: str
) -> None:
    """Confidence and version of the lexicon may be others; "…" stands for anything."""
    said = say(*command.split(), text=f"{text}\n").output
    like = re.sub(r"0\\\.\d\d", r"[01]\\.\\d\\d", re.escape(answer))
    like = re.sub(r"(?<=\s)0{12}(?=,)", "[0-9a-f]{12}", like).replace("…", r"[\s\S]*?")
    assert re.fullmatch(like, said), said


def test_the_lexicon_of_the_page_holds(say: Say, config: Path) -> None:
    """Who copies the example gets neither a mistake nor a warning."""
    assert len(EXAMPLES) == 2
    examples = re.findall(r"```yaml lexicon\n(.*?)```", PAGE, re.DOTALL)
    assert len(examples) == 2
    (config / "lexicon").mkdir()
    for number, example in enumerate(examples):
        (config / "lexicon" / f"en{number}.yaml").write_text(example, encoding="utf-8")
    checked = say("rules", "check")
    assert (checked.exit_code, checked.output) == (0, checked.output)
    told = as_json(say("signals", "read", "--json", text="Just swinging back around."))
    assert told["purpose"]["entry"] == "en-swing-back"
