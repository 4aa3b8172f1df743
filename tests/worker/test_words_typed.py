"""Words typed into a task: which lines are words, in which language, and until when."""

from __future__ import annotations

import datetime as dt

import pytest

from worker.words_typed import Snooze, Word, snooze_of, words_in

SAID = [
    ("#snooze 14d", Word.SNOOZE, "14d"),
    (
        "  #SNOOZE   until 2027-01-10   champion on leave",
        None,
        "until 2027-01-10 champion on leave",
    ),
    ("#Später 2 Wochen", Word.SNOOZE, "2 Wochen"),
    ("#spaeter 3 tage", Word.SNOOZE, "3 tage"),
    ("#plus-tard 3j", Word.SNOOZE, "3j"),
    ("#aplazar 1 semana", Word.SNOOZE, "1 semana"),
    ("#uitstellen 1w", Word.SNOOZE, "1w"),
    ("#adiar 10 dias", Word.SNOOZE, "10 dias"),
    ("#elsewhere phone", Word.ELSEWHERE, "phone"),
    ("#woanders", Word.ELSEWHERE, ""),
    ("#ailleurs: par sms", Word.ELSEWHERE, "par sms"),
    ("#not_needed reason", Word.NOT_NEEDED, "reason"),
    ("#nicht-nötig, erledigt", Word.NOT_NEEDED, "erledigt"),
    ("#desnecessário", Word.NOT_NEEDED, ""),
    ("#wrong client is ours", Word.WRONG, "client is ours"),
    ("#FALSCH", Word.WRONG, ""),
    ("#fout", Word.WRONG, ""),
    ("#pourquoi", Word.WHY, ""),
    ("#porquê", Word.WHY, ""),
    ("#hilfe!", Word.HELP, ""),
    ("#hulp", Word.HELP, ""),
    ("#tomorrow", Word.UNKNOWN, ""),
]


@pytest.mark.parametrize(("line", "word", "argument"), SAID, ids=[row[0] for row in SAID])
def test_a_line_that_is_a_word(line: str, word: Word | None, argument: str) -> None:
    """In any case, with or without accents, among other lines."""
    (typed,) = words_in(f"Purpose: to win\r\n{line}\r\nref: rule · ft_x")
    assert (typed.word, typed.argument) == (word or Word.SNOOZE, argument)


@pytest.mark.parametrize(
    "line",
    [
        "Not right? #snooze 14d · #elsewhere · #notneeded · #wrong",
        "- #wrong",
        "# wrong",
        "#1 priority",
        "##wrong",
        "see #wrong",
        "#",
    ],
)
def test_a_line_that_is_none(line: str) -> None:
    """Only a word that begins its line is one."""
    assert list(words_in(line)) == []


def test_the_same_word_twice_is_two_words() -> None:
    """Each line is told apart, and an earlier one keeps its mark when another is added."""
    (first,) = words_in("#snooze 14d")
    again = list(words_in("#snooze 14d\n#snooze 14d"))
    assert [one.mark == first.mark for one in again] == [True, False]


UNTIL = [
    ("14d", Snooze(days=14)),
    ("14 d", Snooze(days=14)),
    ("2 weeks, on leave", Snooze(days=14, reason="on leave")),
    ("für 3 Tage Urlaub", Snooze(days=3, reason="Urlaub")),
    ("pendant 1 mois", Snooze(days=30)),
    ("6 months", Snooze(days=180)),
    ("until 2027-01-10 Budget Freeze", Snooze(until=dt.date(2027, 1, 10), reason="Budget Freeze")),
    ("2027-01-10", Snooze(until=dt.date(2027, 1, 10))),
    ("bis 10.1.2027", Snooze(until=dt.date(2027, 1, 10))),
    ("jusqu'au 24/12/2026", Snooze(until=dt.date(2026, 12, 24))),
    ("tot 5/5/2027", Snooze(until=dt.date(2027, 5, 5))),
    ("até 10.01.2027: férias", Snooze(until=dt.date(2027, 1, 10), reason="férias")),
]


@pytest.mark.parametrize(("said", "means"), UNTIL, ids=[row[0] for row in UNTIL])
def test_how_long_a_snooze_is(said: str, means: Snooze) -> None:
    """A number with a unit, or a day; the rest is the reason, letter by letter."""
    assert snooze_of(said) == means


@pytest.mark.parametrize(
    "said", ["", "soon", "14", "0d", "14 parsecs", "until Friday", "3/4/2027", "2027-13-01", "900d"]
)
def test_a_snooze_without_a_clear_end_is_not_understood(said: str) -> None:
    """Nobody guesses which of two days was meant."""
    assert snooze_of(said) is None
