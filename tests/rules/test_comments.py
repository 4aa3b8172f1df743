"""What clients say of us: praise, displeasure, both, neither; for every label its double."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.signals.comments.judging import CommentText, judge_comments
from rules.signals.comments.spelled import marks_of, shipped_spelling

_TEXTS: Final = Path(__file__).parents[1] / "texts" / "open"
OPEN: Final = (_TEXTS / "comments.jsonl", _TEXTS / "comments2.jsonl")
SHARED: Final = Path(__file__).parents[2] / ".." / "shared" / "data" / "text_dev"
LABELS: Final = ("positive", "negative", "neutral", "mixed")


def labels(*texts: str) -> list[str]:
    return [
        one.label
        for one in judge_comments([CommentText(id=str(n), text=t) for n, t in enumerate(texts)])
    ]


COMMENTS: Final = (
    ("positive", "Couldn't be happier with the new windows."),
    ("negative", "Not happy with the new windows."),
    ("mixed", "Great product, shame about the packaging."),
    ("neutral", "Please leave the packaging at the gate."),
    ("negative", "Oh great, the same fault again."),
    ("positive", "No complaints whatsoever."),
    ("neutral", "I am happy to meet on Tuesday."),
    ("positive", "Das Team hat hervorragend gearbeitet."),
    ("negative", "Super, schon wieder die falsche Größe."),
    ("mixed", "Der Service ist freundlich, aber viel zu langsam."),
    ("neutral", "Wir brauchen noch zwei Schlüssel."),
    ("positive", "Votre technicien a été très aimable."),
    ("negative", "La machine est encore en panne."),
    ("mixed", "Le produit est bon mais la livraison est trop lente."),
    ("positive", "Muy contentos con el trato."),
    ("negative", "Nadie responde al teléfono."),
    ("mixed", "Buen servicio, aunque un poco caro."),
    ("positive", "Heel tevreden over de samenwerking."),
    ("negative", "De levering was weer te laat."),
    ("mixed", "Goede kwaliteit, maar te duur."),
    ("positive", "Ótimo atendimento, parabéns."),
    ("negative", "O produto veio com defeito."),
    ("neutral", "Precisamos de mais duas chaves."),
)

#: What turns an opinion, and its double that does not.
TURNED: Final = (
    # "not" behind its verb, and a litotes
    ("negative", "Das neue Portal gefällt uns nicht."),
    ("positive", "Das neue Portal gefällt uns sehr gut."),
    ("positive", "Niets op aan te merken, keurig gedaan."),
    # an elliptic "not" parts, a plain one does not
    ("mixed", "The rooms are charming, the wifi is not."),
    ("positive", "The rooms are charming, the garden a dream."),
    # somebody else's fault, and ours
    ("neutral", "Unsere Bank hat die Überweisung verschlampt, das hat nichts mit Ihnen zu tun."),
    ("negative", "Ihr Innendienst hat unsere Bestellung verschlampt."),
    # once and now
    ("negative", "You used to be so reliable."),
    ("positive", "You are always so reliable."),
    # marks that were given
    ("positive", "5 sur 5, excellent accueil."),
    ("negative", "2 van de 10, en dat is nog ruim."),
    # politeness, and praise in the same words
    ("neutral", "Any feedback by Friday would be appreciated."),
    ("positive", "We really appreciated how patiently Kim explained it."),
    ("neutral", "Quedamos a la espera de su oferta, un cordial saludo."),
    ("negative", "Seguimos esperando y nadie contesta."),
    # a fear that did not come true, and one that did
    ("positive", "I was worried about the move but your team made it easy."),
    ("negative", "I am worried, your team makes the move hard for us."),
    # somebody's misfortune, and our doing
    ("neutral", "Told me they had a terrible harvest and won't invest before next year."),
    ("negative", "Told me they had terrible service from us."),
    # agreement and thanks for a paper, and praise in the same words
    ("neutral", "Great, see you at nine then."),
    ("positive", "Great job on the stand, thank you."),
    ("neutral", "Danke für die Unterlagen, ich melde mich nächste Woche."),
    ("positive", "Danke für die schnelle Hilfe, alles läuft wieder bestens."),
    # what was promised, and what came
    (
        "negative",
        "We were told it would be ready on Friday. It's Wednesday and we've heard nothing.",
    ),
    # put right
    ("positive", "The trouble with the pump is history, your man fixed it in no time."),
)


@pytest.mark.parametrize(("label", "text"), TURNED, ids=[one[1] for one in TURNED])
def test_what_turns_an_opinion(label: str, text: str) -> None:
    """Negation, ellipsis, another's fault, the past, marks, politeness, and what was mended."""
    assert labels(text) == [label]


@pytest.mark.parametrize(("label", "text"), COMMENTS, ids=[one[1] for one in COMMENTS])
def test_a_comment(label: str, text: str) -> None:
    """Negation, contrast and plain irony in six languages; wishes and facts are neutral."""
    assert labels(text) == [label]


def test_kindness_is_no_praise_worth_collecting() -> None:
    """Nor is praise with a "but", or faint praise; the sentence that decided is given."""
    texts = ("Superb work by Sam. See you.", "Nice, thanks.", "Superb work, but late again.")
    judged = judge_comments([CommentText(id=text, text=text) for text in texts])
    assert [one.worth_collecting for one in judged] == [True, False, False]
    assert judged[0].said == "Superb work by Sam."


def test_what_no_list_knows_is_told_by_its_spelling() -> None:
    """An unknown word that stands in a told complaint turns nothing that is praised plainly."""
    assert shipped_spelling().chances("Nobody has called me back.")["negative"] > 0.5
    assert shipped_spelling().chances("Please send the invoice to Leeds.")["neutral"] > 0.5
    assert labels("Superb work, they called me back at once.") == ["positive"]


def test_which_number_is_written_and_half_a_character_make_no_difference() -> None:
    """Digits are all one; what an exporter cut in the middle is read like the rest."""
    size = len(shipped_spelling().weights[0])
    assert marks_of("Call 17 now", size) == marks_of("Call 42 now", size)
    assert marks_of("Call 17 now", size) != marks_of("Call me now", size)
    assert labels("Superb work, thank you \ud83d") == ["positive"]


def macro(rows: list[dict[str, str]]) -> tuple[float, float]:
    """Macro F1 of the labels, and the precision of praise."""
    judged = judge_comments([CommentText(id=row["id"], text=row["text"]) for row in rows])
    pairs = [(row["label"], one.label) for row, one in zip(rows, judged, strict=True)]
    f1 = [
        2
        * sum(a == b == label for a, b in pairs)
        / sum((a == label) + (b == label) for a, b in pairs)
        for label in LABELS
    ]
    praised = [row["label"] for row, one in zip(rows, judged, strict=True) if one.worth_collecting]
    return sum(f1) / len(f1), praised.count("positive") / len(praised)


def test_the_open_texts() -> None:
    """A floor below what was reached; praise errs seldom."""
    rows = [json.loads(line) for one in OPEN for line in one.read_text("utf-8").splitlines()]
    f1, precision = macro(rows)
    assert len(rows) > 500
    assert f1 >= 0.74
    assert precision >= 0.9


@pytest.mark.shared
def test_the_development_texts() -> None:
    """Those of others."""
    path = SHARED / "comments.jsonl"
    if not path.exists():
        pytest.skip("the development texts do not lie beside this checkout")
    f1, precision = macro([json.loads(line) for line in path.read_text("utf-8").splitlines()])
    assert f1 >= 0.85
    assert precision >= 0.9


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=200))
def test_whatever_is_written_is_judged(text: str) -> None:
    """No text fails."""
    assert labels(text)[0] in LABELS
