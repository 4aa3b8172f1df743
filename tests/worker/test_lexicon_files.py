"""config/lexicon: what an admin adds, changes and switches off, proven before it reads a mail."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from rules.signals.comments.judging import CommentText, judge_comments
from rules.signals.notes.finding import NoteText, judge_notes
from rules.signals.promises.finding import PromiseText, judge_promises
from rules.signals.purpose.judged import MAYBE, PURPOSELESS, Contact, Judgement
from rules.signals.purpose.judging import judge_purposes
from rules.signals.words.lexicon import Lexicon, shipped_lexicon
from rules.signals.words.own_lexicon import OwnEntry, known_entries
from rules.signals.words.proving import prove
from worker.lexicon_files import lexicon_of, read_lexicon_files

BAD = sorted((Path(__file__).parent / "bad_lexicon").glob("*.yaml"))
ADDED = """\
language: en
add:
  check_in:
    en-flonk:
      find: '{flonk|flonking} by'
      says: Just flonking by.
      quiet: The flonk stands in the hall.
"""
SAYS = "Just flonking by, as ever."


def told(config: Path, text: str) -> list[str]:
    """What is said of a file: its mistakes, then its warnings."""
    write(config, text)
    read = read_lexicon_files(config)
    assert all(isinstance(one, str) or one.path.endswith("own.yaml") for one in read.problems)
    return [
        *(f"# expect: {str(one).partition('own.yaml:')[2]}" for one in read.problems),
        *(f"# warn: {str(one).partition('own.yaml:')[2]}" for one in read.warnings),
    ]


def write(config: Path, text: str) -> None:
    (config / "lexicon").mkdir(exist_ok=True)
    (config / "lexicon" / "own.yaml").write_text(text, encoding="utf-8")


def judge(text: str, lexicon: Lexicon) -> Judgement:
    contact = Contact(
        id="1",
        kind="email",
        direction="outbound",
        subject="",
        text=text,
        automated=None,
        planned=False,
    )
    return judge_purposes([contact], lexicon)[0]


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_each_kind_of_mistake_has_its_sentence(path: Path, tmp_path: Path) -> None:
    """What is said of a file is exactly what its first lines say, with line and column."""
    text = path.read_text(encoding="utf-8")
    expected = [line for line in text.splitlines() if line.startswith(("# expect:", "# warn:"))]
    assert expected
    assert told(tmp_path, text) == expected


def test_what_is_added_is_found(tmp_path: Path) -> None:
    """A phrase of the admin's decides, and is named as the entry; without it nobody knows it."""
    assert told(tmp_path, ADDED) == []
    lexicon = lexicon_of(tmp_path)
    one = judge(SAYS, lexicon)
    assert (one.verdict, one.entry) == (PURPOSELESS, "en-flonk")
    assert judge(SAYS, shipped_lexicon()).entry is None
    assert lexicon.version != shipped_lexicon().version


def test_what_is_off_is_not_found_any_more(tmp_path: Path) -> None:
    """A shipped entry that is switched off decides nothing; the others still do."""
    text = "Just touching base."
    entry = judge(text, shipped_lexicon()).entry
    assert told(tmp_path, f"off: [{entry}]\n") == []
    assert judge(text, lexicon_of(tmp_path)).entry != entry
    assert judge("Just checking in.", lexicon_of(tmp_path)).verdict == PURPOSELESS


def test_what_is_changed_takes_the_place_of_what_was(tmp_path: Path) -> None:
    """The shipped phrases of the entry are gone, the admin's are there; its name stays."""
    entry = judge("Just touching base.", shipped_lexicon()).entry
    change = f"change:\n  {entry}: {{find: flonk by, says: Flonk by., quiet: Hello.}}\n"
    assert told(tmp_path, change) == []
    lexicon = lexicon_of(tmp_path)
    assert judge("Just flonk by.", lexicon).entry == entry
    assert judge("Just touching base.", lexicon).entry != entry


def test_groups_of_phrases_can_be_added_to_as_well(tmp_path: Path) -> None:
    """A complaint in the admin's words is one, beside the shipped ones, with lists of words."""
    phrases = shipped_lexicon().phrases
    added = """\
add:
  complaint:
    en-flonked-off: {find: flonked off by <you>, says: Flonked off by your team!, quiet: Hello.}
"""
    assert told(tmp_path, added) == []
    mine = lexicon_of(tmp_path).phrases
    texts = ["We were flonked off by your team.", "Nobody has called me back.", "Hello."]
    assert mine.find("complaint", texts) == [True, True, False]
    assert phrases.find("complaint", texts) == [False, True, False]


LISTS = """\
language: en
add:
  comment.bad:
    en-flonked: {find: '{flonked|flonking} [us] about', says: Flonked us about., quiet: A flonk.}
  comment.praise:
    en-glimmer: {find: 'glimmer*', says: A glimmering job!, quiet: Glim over there.}
  note.offer:
    en-sproing: {find: sproinged, says: We sproinged it., quiet: A sproing.}
off: [en.comment.praise/superb]
"""


def test_words_for_comments_are_heard(tmp_path: Path) -> None:
    """What is added decides and is named; what is off is silent; nobody else knows them."""
    assert told(tmp_path, LISTS) == []
    bad, good, off = (
        CommentText(id=one, text=one)
        for one in (
            "You flonked us about.",
            "You did a glimmering job, thank you so much.",
            "We think your work is superb.",
        )
    )
    mine = judge_comments([bad, good, off], own=lexicon_of(tmp_path).own)
    assert [one.entry for one in mine] == ["en-flonked", "en-glimmer", None]
    assert [one.label for one in mine[:2]] == ["negative", "positive"]
    assert mine[1].worth_collecting
    shipped = judge_comments([bad, good, off])
    assert [one.entry for one in shipped] == [None, None, "en.comment.praise/superb"]


def test_words_for_notes_are_heard(tmp_path: Path) -> None:
    """An offer in the admin's words is one; the same note offers nothing without them."""
    assert told(tmp_path, LISTS) == []
    text = [NoteText(id="1", text="Talked about the noise. I sproinged the quieter model.")]
    (mine,), (shipped,) = judge_notes(text, lexicon_of(tmp_path)), judge_notes(text)
    assert mine.proposed == "I sproinged the quieter model."
    assert shipped.proposed is None


def test_a_changed_word_of_a_list_gives_way(tmp_path: Path) -> None:
    """`superb` praises nobody any more, the admin's phrase does, under the same name."""
    id = "en.comment.praise/superb"
    change = f"change:\n  {id}: {{find: very flonked, says: Very flonked., quiet: Superb.}}\n"
    assert told(tmp_path, change) == []
    texts = [
        CommentText(id=one, text=f"We think your work is {one}.")
        for one in ("very flonked", "superb")
    ]
    mine = judge_comments(texts, own=lexicon_of(tmp_path).own)
    assert [one.entry for one in mine] == [id, None]


def test_own_words_count(tmp_path: Path) -> None:
    """A word of the trade that is called empty says no purpose any more."""
    text = "Just checking in about the flonk."
    known, own = judge(text, shipped_lexicon()), "language: en\nwords: {empty: [flonk]}\n"
    assert told(tmp_path, own) == []
    assert judge(text, lexicon_of(tmp_path)).confidence != known.confidence


@pytest.mark.parametrize(
    ("own", "text", "empty"),
    [
        ("goods: [coffee]", "Just checking in about the coffee and the agenda.", False),
        ("strong: ['agend*']", "Just checking in about the coffee and the agenda.", False),
        ("verbs: [flonk]", "Just checking in, we flonked last week.", True),
        ("titles: [squire]", "Squire flonk, just checking in.", True),
        ("about: [around]", "Just checking in around the ivy.", False),
        ("answers: [aye]", "Aye, Wednesday is good, whenever you like.", False),
    ],
)
def test_own_words_of_every_list_reach_the_reader(
    tmp_path: Path, own: str, text: str, empty: bool
) -> None:
    """Each moves the chance to its side, also where the shipped lists say otherwise."""
    known = judge(text, shipped_lexicon())
    assert told(tmp_path, f"language: en\nwords: {{{own}}}\n") == []
    judged = judge(text, lexicon_of(tmp_path))
    assert _chance(judged) > _chance(known) if empty else _chance(judged) < _chance(known)


def _chance(judged: Judgement) -> float:
    """How likely it has no purpose."""
    against = judged.verdict in (PURPOSELESS, MAYBE)
    return judged.confidence if against else 1 - judged.confidence


def test_without_own_entries_the_shipped_lexicon_is_used(tmp_path: Path) -> None:
    """No directory, an empty file, and a file of comments change nothing, not even the version."""
    assert lexicon_of(tmp_path) is shipped_lexicon()
    assert told(tmp_path, "# nothing yet\n") == []
    assert lexicon_of(tmp_path) is shipped_lexicon()


def test_the_same_name_twice_is_told(tmp_path: Path) -> None:
    """In two files as in one; the second place names the first."""
    write(tmp_path, ADDED)
    (tmp_path / "lexicon" / "z.yaml").write_text(ADDED, encoding="utf-8")
    (problem,) = read_lexicon_files(tmp_path).problems
    assert "z.yaml:4:5" in str(problem)
    assert "own.yaml:4:5 already" in str(problem)


@pytest.mark.parametrize(
    "find",
    [("say ~ hello",) * 13, tuple(f"{{{'|'.join('hello' * 30)}}}" for _ in range(40))],
    ids=["too many free words", "too large"],
)
def test_an_entry_that_is_too_much_is_refused(find: tuple[str, ...]) -> None:
    """Every phrase is small; together they would cost each text too much time."""
    entry = OwnEntry(
        id="big", kind="check_in", language="en", find=find, says="say hello", quiet="a"
    )
    (remark,) = prove(entry, shipped_lexicon(), known_entries(shipped_lexicon()))
    assert "too much to look for" in remark.sentence
    assert not prove(replace(entry, find=("say ~ hello",)), shipped_lexicon(), {})


def test_a_promise_in_own_words_is_one(tmp_path: Path) -> None:
    """The reader of promises asks the admin's entries, too; without them nothing was promised."""
    added = """\
add:
  promise:
    en-flonk-over: {find: we flonk over the <doc>, says: We flonk over the quote., quiet: Hello.}
"""
    assert told(tmp_path, added) == []
    text = PromiseText(
        id="1", text="We flonk over the quote.", direction="outbound", at=None, zone=ZoneInfo("UTC")
    )
    found = [
        judge_promises([text], lexicon.phrases)[0].found
        for lexicon in (lexicon_of(tmp_path), shipped_lexicon())
    ]
    assert found == [True, False]
