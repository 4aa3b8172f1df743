"""The sentence model: what it tells apart, what it was trained on, and that it asks once."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from rules.signals.notes.finding import NoteText, judge_notes
from rules.signals.purpose.judged import Contact, is_flag
from rules.signals.purpose.judging import FLAG_AT, judge_purposes
from rules.signals.purpose.model import (
    SentenceModel,
    load_model,
    open_encoder,
    read_numbers,
    why_no_model,
)
from rules.signals.purpose.model_features import LONGEST_MESSAGE, message_of
from rules.signals.words.lexicon import shipped_lexicon
from tools import fit_notes, train_notes
from tools.fit_purpose import SOURCES, check_ins, digest_of
from tools.train_purpose import TARGET, train

SHIPPED: dict[str, Any] = json.loads(TARGET.read_text("utf-8"))

PAIRS = [
    ("Just wanted to say hi and see how it is all going over there.",
     "Just wanted to say the plumber cannot come, the valve he ordered was the wrong size."),
    ("Ich wollte mal wieder von mir hören lassen. Wie geht es Ihnen denn so?",
     "Ich wollte fragen, ob der Maler den Flur in Weiß oder in Creme streichen soll."),
    ("Je prends juste de vos nouvelles, tout se passe bien chez vous ?",
     "Je vous préviens juste que le camion a crevé, vos chaises arrivent demain."),
    ("Solo paso a saludar y a ver cómo sigue todo por allá.",
     "Solo paso a avisar que la nevera nueva no cabe por la puerta de la cocina."),
    ("Ik wilde gewoon even horen of alles goed gaat bij jullie.",
     "Ik wilde even doorgeven dat de schilder de verkeerde kleur heeft gebruikt."),
    ("Passei só para dar um alô e saber como estão as coisas.",
     "Passei só para avisar que o eletricista achou um fio queimado no forro."),
]  # fmt: skip

#: Short, in common words alone, and yet somebody can act on each.
SHORT = [
    # en
    "The oven may stay on overnight.",
    "Yes, go ahead.",
    "No, we will not come.",
    "It works again.",
    "You were right, it was ours.",
    "We did it yesterday.",
    "He said yes to both.",
    "Please do not use it until we come.",
    "They want it smaller.",
    "It is done, all of it.",
    "Same again as last time, please.",
    "Call off the one for Monday.",
    "She will take the other one.",
    "We can do it for less.",
    "Two of them are still missing.",
    # de
    "Der Ofen darf über Nacht anbleiben.",
    "Ja, machen Sie das so.",
    "Nein, wir kommen nicht.",
    "Es geht wieder.",
    "Sie hatten recht, es lag an uns.",
    "Haben wir gestern gemacht.",
    "Er sagt zu beidem ja.",
    "Bitte nicht benutzen, bis wir da sind.",
    "Sie wollen es kleiner.",
    "Ist alles erledigt.",
    "Bitte noch einmal dasselbe wie letztes Mal.",
    "Sie nimmt doch den anderen.",
    # fr
    "Le four peut rester allumé cette nuit.",
    "Oui, allez-y.",
    "Non, nous ne viendrons pas.",
    "Ça marche de nouveau.",
    "Vous aviez raison, c'était chez nous.",
    "Nous l'avons fait hier.",
    "Il dit oui aux deux.",
    "Ne vous en servez pas avant notre passage.",
    "Ils le veulent plus petit.",
    "La même chose que la dernière fois, s'il vous plaît.",
    "Elle prend finalement l'autre.",
    # es
    "El horno puede quedarse encendido.",
    "Sí, adelante.",
    "No, no vamos a ir.",
    "Ya funciona otra vez.",
    "Tenía usted razón, era cosa nuestra.",
    "Lo hicimos ayer.",
    "Dice que sí a los dos.",
    "No lo usen hasta que lleguemos.",
    "Lo quieren más pequeño.",
    "Lo mismo que la última vez, por favor.",
    "Al final se queda con el otro.",
    # nl
    "De oven mag vannacht aan blijven.",
    "Ja, doe maar.",
    "Nee, wij komen niet.",
    "Het werkt weer.",
    "U had gelijk, het lag aan ons.",
    "Dat hebben we gisteren gedaan.",
    "Hij zegt op allebei ja.",
    "Graag niet gebruiken tot wij er zijn.",
    "Ze willen het kleiner.",
    "Graag hetzelfde als de vorige keer.",
    "Ze neemt toch de andere.",
    # pt
    "O forno pode ficar ligado esta noite.",
    "Sim, pode avançar.",
    "Não, não vamos.",
    "Já funciona outra vez.",
    "Tinha razão, era do nosso lado.",
    "Fizemos isso ontem.",
    "Ele diz que sim aos dois.",
    "Não usem até nós chegarmos.",
    "Querem mais pequeno.",
    "O mesmo da última vez, por favor.",
    "Afinal ela fica com o outro.",
]


def contact(text: str) -> Contact:
    """Return a mail of ours."""
    return Contact(
        id="1", kind="email", direction="outbound", subject="", text=text,
        automated=None, planned=False,
    )  # fmt: skip


class Counting:
    """An encoder that counts the texts it was given."""

    def __init__(self) -> None:
        self.inner, self.asked = open_encoder(), 0

    def encode(self, texts: list[str]) -> Any:
        """Return what the encoder inside returns."""
        self.asked += len(texts)
        return self.inner.encode(texts)


def test_it_is_there_and_made_once():
    """With the extra there is a model, and no reason against it."""
    assert why_no_model() is None
    assert load_model() is load_model() is not None


@pytest.mark.parametrize(("empty", "full"), PAIRS)
def test_it_tells_an_empty_message_from_one_with_a_purpose(empty, full):
    """The same opening, and something said behind it or not; none of these was trained on."""
    without, with_ = load_model().purposeless([message_of(contact(one)) for one in (empty, full)])
    assert without >= 0.5 > with_


def test_nobody_is_flagged_for_a_short_answer_order_or_report():
    """In six languages, none of these trained on; of as many empty ones most are."""
    lexicon, model = shipped_lexicon(), load_model()
    short = judge_purposes([contact(one) for one in SHORT], lexicon, model)
    empty = judge_purposes([contact(one) for one, _ in PAIRS], lexicon, model)
    accused = [text for text, one in zip(SHORT, short, strict=True) if is_flag(one, FLAG_AT)]
    assert accused == []
    assert sum(is_flag(one, FLAG_AT) for one in empty) >= len(empty) / 2


def test_what_is_quoted_does_not_reach_it():
    """Its message is the newest part alone."""
    below = "\n\nOn 3 May 2026 at 10:00, Ann Roe <ann@north.example> wrote:\n> Please sign page 3."
    assert message_of(contact("Any news?" + below)) == message_of(contact("Any news?"))


def test_it_was_trained_on_these_texts_and_on_none_kept_aside():
    """Whoever changes a text trains anew; `make test-model` says so."""
    digest = digest_of(check_ins())
    assert SHIPPED["texts"]["sha256"] == digest, "run: python -m tools.train_purpose"
    assert SOURCES == ("open", "more", "spent")


def test_training_anew_gives_the_shipped_numbers():
    """The numbers come from the script and the texts, from nothing else."""
    anew = train()
    texts = [message_of(contact(one)) for pair in PAIRS for one in pair]
    encoder = open_encoder()
    first, second = (
        SentenceModel(encoder, read_numbers(held)).purposeless(texts) for held in (SHIPPED, anew)
    )
    assert second == pytest.approx(first, abs=0.02)
    assert _f1s(anew) == pytest.approx(_f1s(SHIPPED), abs=0.01)


def _f1s(held):
    return {name: one["f1"] for name, one in held["figures"].items()}


def test_it_is_as_good_as_it_must_be_on_texts_left_out():
    """With the card, each hand by numbers fitted to the others; two hands wrote to be hard."""
    figures, hard = SHIPPED["figures"]["usual"], SHIPPED["figures"]["hard"]
    assert figures["f1"] >= 0.92
    assert figures["held against somebody"]["precision"] >= 0.97
    assert figures["held against somebody"]["recall"] >= 0.7
    assert set(figures["accuracy"]) == {"de", "en", "es", "fr", "nl", "pt"}
    assert min(figures["accuracy"].values()) >= 0.9
    assert hard["held against somebody"]["precision"] >= 0.97
    assert hard["f1"] >= 0.82


def test_a_message_is_judged_once():
    """What stands in many records costs once; another message costs again."""
    encoder = Counting()
    model = SentenceModel(encoder, read_numbers(SHIPPED))
    first = model.purposeless(["Any news?", "Any news?"])
    asked = encoder.asked
    assert model.purposeless(["Any news?"]) == first[:1]
    assert encoder.asked == asked
    model.purposeless(["Any news of the kiln?"])
    assert encoder.asked > asked


def test_a_message_is_the_same_in_any_company():
    """What else is judged with it makes no difference."""
    model = SentenceModel(open_encoder(), read_numbers(SHIPPED))
    alone = [SentenceModel(open_encoder(), read_numbers(SHIPPED)).purposeless([PAIRS[0][0]])[0]]
    assert model.purposeless([one for pair in PAIRS for one in pair])[:1] == pytest.approx(
        alone, abs=1e-4
    )


def test_a_very_long_message_is_cut_first():
    """Of a million characters the first ones decide; no text at all is judged too."""
    model = load_model()
    long = ("any news " * 120_000) + "\n>" * 1_000
    assert model.purposeless([long]) == pytest.approx(model.purposeless([long[:LONGEST_MESSAGE]]))
    assert 0 <= model.purposeless([""])[0] <= 1
    assert list(model.purposeless([])) == []


def test_the_shipped_file_is_small():
    """A few hundred kilobytes at most: it is data of the package."""
    assert Path(TARGET).stat().st_size < 300_000


# -- notes -----------------------------------------------------------------------------------

NOTES: dict[str, Any] = json.loads(train_notes.TARGET.read_text("utf-8"))


def test_notes_are_read_with_numbers_trained_on_the_texts_that_are_there():
    """Whoever changes a text or the script trains anew, and gets the same."""
    digest = hashlib.sha256(
        b"".join((fit_notes.TEXTS / one).read_bytes() for one in fit_notes.SOURCES)
    )
    assert NOTES["texts"]["sha256"] == digest.hexdigest(), "run: python -m tools.train_notes"
    assert all(not one.startswith("kept") for one in fit_notes.SOURCES)


def test_a_note_that_the_lexicon_leaves_open_is_judged_by_both():
    """What the model says counts beside the lexicon; what headings decide, it never changes."""
    headed = NoteText(id="1", text="Discussed: late trucks\nProposed: nothing\nNext: follow up")
    lines = (fit_notes.TEXTS / "open/notes2.jsonl").read_text("utf-8").splitlines()
    prose = [json.loads(line) for line in lines]
    texts = [headed, *(NoteText(id=row["id"], text=row["text"]) for row in prose[:80])]
    alone, both = judge_notes(texts), judge_notes(texts, model=load_model())
    assert alone[0] == both[0]
    assert alone != both
