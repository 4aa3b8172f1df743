"""Promises of a document: what, when, in which sentence; for every promise a text that is none.

The pairs are of our own writing; floors are measured on the texts in `tests/texts/open`.
"""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.model import Direction
from rules.signals.promises.finding import PromiseJudgement, PromiseText, judge_promises

OPEN: Final = Path(__file__).parents[1] / "texts" / "open" / "promises.jsonl"
SHARED: Final = Path(__file__).parents[2] / ".." / "shared" / "data" / "text_dev"
WEDNESDAY: Final = dt.datetime(2026, 11, 18, 15, tzinfo=dt.UTC)
UTC: Final = ZoneInfo("UTC")


def judge(
    *texts: str, direction: str = Direction.OUTBOUND, noted: bool = True
) -> list[PromiseJudgement]:
    return judge_promises(
        [
            PromiseText(
                id=str(n), text=text, direction=direction, at=WEDNESDAY, zone=UTC, noted=noted
            )
            for n, text in enumerate(texts)
        ]
    )


#: What is promised, for which day, and a text of the same words that promises nothing.
PAIRS: Final = (
    ("quote", 20, "I'll have that quote over to you by Friday.", "I had that quote on Friday."),
    ("other", 23, "The drawings will be emailed to you on Monday.", "Your drawings came Monday."),
    ("deck", 19, "Slides to follow tomorrow.", "The slides were fine."),
    ("contract", None, "Once legal signs off I'll send the lease.", "Please sign the lease."),
    ("proposal", None, "We're working on the proposal.", "We're still reading the proposal."),
    ("quote", 19, "Den Kostenvoranschlag bekommen Sie morgen.", "Morgen bekommen Sie Besuch."),
    (
        "contract",
        20,
        "Unser Büro mailt Ihnen den Vertrag am Freitag.",
        "Der Vertrag gilt bis Freitag.",
    ),
    ("proposal", None, "Sobald die Maße da sind, folgt das Angebot.", "Das Angebot kam gut an."),
    ("quote", 20, "Vous aurez le devis vendredi.", "Avez-vous lu le devis de vendredi ?"),
    (
        "other",
        23,
        "On vous transmet le rapport lundi.",
        "Le client nous transmet le rapport lundi.",
    ),
    ("contract", 19, "Demain ma collègue vous envoie le contrat.", "Le contrat a été signé hier."),
    ("quote", 20, "Te paso el presupuesto el viernes.", "Te pasé el presupuesto el viernes."),
    ("proposal", 23, "El lunes tendrán nuestra oferta.", "El lunes tendrán que leer la oferta."),
    ("other", 19, "Mañana le hago llegar el informe.", "¿Me hará llegar el informe mañana?"),
    ("quote", 20, "Vrijdag stuur ik u de offerte.", "Vrijdag bel ik u over de offerte."),
    ("other", 19, "U krijgt morgen ons verslag.", "De klant stuurt ons morgen het verslag."),
    ("quote", 20, "Até sexta envio o orçamento.", "Enviei o orçamento na sexta."),
    ("other", 20, "Leave the survey with me: the report, Friday.", "Leave the report with Ann."),
    ("quote", 24, "Draft quote? With you Tuesday.", "Draft quote? Yours or ours?"),
    (
        "contract",
        20,
        "The NDA, redlined as agreed, goes out on Friday.",
        "The NDA went out on Friday.",
    ),
    (
        "deck",
        19,
        "Priya will send you the slides tomorrow.",
        "Your office will send us the slides.",
    ),
    (
        "quote",
        20,
        "Not Thursday but Friday, you'll get the price.",
        "The price is no longer valid Friday.",
    ),
    (
        "proposal",
        27,
        "Wanting to be sure, our bid comes next week.",
        "Our bid has been with you since May.",
    ),
    (
        "other",
        20,
        "I've asked Jo to mail you the plan by Friday.",
        "I've asked Jo to read the plan by Friday.",
    ),
    (
        "contract",
        None,
        "Sobald er da ist schicken wir den Vertrag.",
        "Er liegt dort, seit der Vertrag da ist.",
    ),
    ("other", 20, "L'attestation vous est adressée, ce sera vendredi.", "L'attestation est du 20."),
    (
        "quote",
        20,
        "De offertetjes krijg je vrijdag.",
        "De offertetjes liggen sinds vrijdag bij je.",
    ),
    (
        "contract",
        23,
        "Segunda-feira o senhor recebe o contrato.",
        "O senhor já recebeu o contrato.",
    ),
)


@pytest.mark.parametrize(("artefact", "day", "yes", "no"), PAIRS, ids=[one[2] for one in PAIRS])
def test_a_promise_and_its_double(artefact: str, day: int | None, yes: str, no: str) -> None:
    """What is promised and the day that is named; the same words without a promise are quiet."""
    promised, quiet = judge(yes, no)
    due = None if day is None else dt.date(2026, 11, day)
    assert (promised.found, promised.artefact, promised.due_said) == (True, artefact, due)
    assert not quiet.found
    assert promised.entry is not None


NONE: Final = (
    "If you'd like, I'll send a quote.",
    "We won't be sending a quote this week.",
    "I would have sent the quote by now.",
    "They will send us the contract next week.",
    "Attached is the contract.",
    "Every quote within 24 hours, always.",
    "You will receive a quote within 48 hours. This is an automated message, do not reply.",
    "Thanks!\n\nOn Mon, 16 Nov 2026, Uma <uma@north.example> wrote:\n> I'll send the quote.",
    "Falls gewünscht, erstelle ich Ihnen ein Angebot.",
    "Si vous voulez, je vous fais un devis.",
    "Si quiere, le preparo una oferta.",
    "Desgewenst maak ik een offerte.",
    "Se quiser, preparo uma proposta.",
)


def test_what_is_offered_negated_gone_by_or_anothers_is_no_promise() -> None:
    """Nor what a machine wrote, a slogan says, or an older mail said."""
    assert [one.said for one in judge(*NONE) if one.found] == []


def test_what_comes_in_promises_nothing_of_ours() -> None:
    """The same words are a promise when they go out."""
    text = "I'll send you the quote on Friday."
    assert [judge(text, direction=one)[0].found for one in Direction] == [
        one != Direction.INBOUND for one in Direction
    ]


def test_a_pronoun_stands_for_the_document_named_before() -> None:
    """Across a clause and across a sentence; without one it promises nothing."""
    found = judge(
        "About the drawings: you'll have them tomorrow.",
        "No contract this week. On Monday you have it.",
        "About the weather: you'll have it tomorrow.",
    )
    assert [one.artefact for one in found] == ["other", "contract", None]


def test_two_dates() -> None:
    """What the words say may be a Sunday; the duty falls due on a business day."""
    (one,) = judge("I'll send the contract by 29 November.")
    assert one.due_said == dt.date(2026, 11, 29)
    assert one.due_at == dt.datetime(2026, 11, 30, 17, tzinfo=dt.UTC)
    (vague,) = judge("I'll send the contract soon.")
    assert (vague.due_said, vague.due_at) == (None, dt.datetime(2026, 11, 23, 17, tzinfo=dt.UTC))


def test_the_date_of_the_delivery_counts() -> None:
    """Another day in the same sentence does not."""
    (one,) = judge("We meet again on 3 December, the quote will be with you on Friday.")
    assert one.due_said == dt.date(2026, 11, 20)


def test_the_sentence_stands_where_it_is_said_to_stand() -> None:
    """Offsets are those of the text as it came, line breaks and all."""
    text = (
        "Hello Dana,\r\n\r\n  good to meet you.\r\nI'll send you the quote\r\nby Friday.\r\n\r\nSam"
    )
    (one,) = judge(text)
    assert one.said == "I'll send you the quote by Friday."
    assert " ".join(text[one.start : one.end].split()) == one.said


def test_a_line_for_oneself_is_a_promise_in_a_note_only() -> None:
    """In a letter the same words ask for something."""
    text = "Send quote to Dietz by Friday"
    assert [judge(text, noted=noted)[0].found for noted in (True, False)] == [True, False]


def scores(rows: list[dict[str, Any]]) -> tuple[float, float]:
    """F1 of promises, and the share of them of which everything is right."""
    texts = [
        PromiseText(
            id=row["id"],
            text=row["text"],
            direction=row["direction"],
            at=dt.datetime.fromisoformat(f"{row['sent_at']}T12:00:00+00:00"),
            zone=UTC,
        )
        for row in rows
    ]
    pairs = list(zip(rows, judge_promises(texts), strict=True))
    true = [(row, one) for row, one in pairs if row["label"] == "promise" and one.found]
    wrong = sum((row["label"] == "promise") != one.found for row, one in pairs)
    right = sum(
        (row["artefact"], row["due"]) == (one.artefact, one.due_said and str(one.due_said))
        for row, one in true
    )
    return 2 * len(true) / (2 * len(true) + wrong), right / sum(
        row["label"] == "promise" for row in rows
    )


def test_the_open_texts() -> None:
    """Floors below what was reached: found in six languages, with document and day."""
    f1, whole = scores([json.loads(line) for line in OPEN.read_text("utf-8").splitlines()])
    assert f1 >= 0.96
    assert whole >= 0.94


@pytest.mark.parametrize(
    ("said", "day"),
    [
        ("on the twentieth of November", dt.date(2026, 11, 20)),
        ("in the week commencing 23 November", dt.date(2026, 11, 27)),
        ("in KW 50", dt.date(2026, 12, 11)),
        ("before the month is out", dt.date(2026, 11, 30)),
        ("a week on Friday", dt.date(2026, 11, 27)),
        ("by noon", dt.date(2026, 11, 18)),
        ("at a better price", None),
    ],
)
def test_days_in_every_written_form(said: str, day: dt.date | None) -> None:
    """Ordinals in words, weeks by number, ends of months, an hour of today; none where none is."""
    assert judge(f"I'll send the contract {said}.")[0].due_said == day


@pytest.mark.shared
def test_the_development_texts() -> None:
    """Those of others; nobody is held to what was not promised."""
    path = SHARED / "promises.jsonl"
    if not path.exists():
        pytest.skip("the development texts do not lie beside this checkout")
    f1, whole = scores([json.loads(line) for line in path.read_text("utf-8").splitlines()])
    assert f1 >= 0.92
    assert whole >= 0.87


WORDS: Final = (
    *("I'll", "will", "send", "the", "quote", "by", "Friday", "31/2", "99/99", "in", "weeks"),
    *("Angebot", "schicke", "ich", "nous", "vous", "enverrons", "devis", "le", "2026-13-45"),
    *(".", ",", ";", "?", "(", "-", "\n", ">", "I'd", "they", "it", "proposta", "até", "999"),
)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from(WORDS), max_size=60))
def test_whatever_is_written_is_judged(words: list[str]) -> None:
    """No text fails, and what is found stands in the text."""
    text = " ".join(words)
    (one,) = judge(text)
    assert one.found == (one.said is not None)
    if one.start >= 0 and one.said is not None:
        assert " ".join(text[one.start : one.end].split()) == " ".join(one.said.split())
