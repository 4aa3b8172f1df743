"""The purpose of a contact: empty ones are told from those that say something, in six languages.

The texts here are our own; accuracy is measured on the open part of `tests/texts`.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.signals.purpose.judged import (
    MAYBE,
    NO_TEXT,
    PURPOSEFUL,
    PURPOSELESS,
    TOPIC_ONLY,
    VERDICTS,
    Contact,
    Judgement,
    is_flag,
)
from rules.signals.purpose.judging import FLAG_AT, counted_purposes, judge_purposes
from rules.signals.purpose.purpose_words import CLASSES, LANGUAGES, Entry, phrase_pattern
from rules.signals.purpose.weighing import shipped_scorecard
from rules.signals.text.plain import plain_column
from rules.signals.words.expansion import expansions, parse
from rules.signals.words.lexicon import shipped_lexicon
from rules.signals.words.word_files import shipped_words

LEXICON = shipped_lexicon()
TEXTS = Path(__file__).resolve().parents[1] / "texts" / "open" / "checkins.jsonl"
KINDS = {"email": "email", "call": "call", "meeting": "meeting", "task": "task"}
#: What each phrase stands for, as far as it is tried.
EXPANDED = 60
ENTRIES = [one for tongue in LEXICON.tongues.known.values() for one in tongue.entries]

PATTERNS = {one.id: one.pattern for one in ENTRIES}
PHRASES = [one for name in LANGUAGES for one in shipped_words(f"purpose/{name}.yaml")["phrases"]]


def contact(text: str, **said: Any) -> Contact:
    """A mail of ours, unless something else is said."""
    usual = {"id": "a", "kind": "email", "direction": "outbound", "subject": "", "text": text}
    return Contact(**{**usual, "automated": None, "planned": False, **said})


def judge(text: str, **said: Any) -> Judgement:
    """What is decided about one contact."""
    (judged,) = judge_purposes([contact(text, **said)], LEXICON)
    return judged


def flagged(judged: Judgement) -> bool:
    """Whether it counts against somebody."""
    return is_flag(judged, FLAG_AT)


# -- counter-pairs: the same opening, once with nothing behind it --------------------------------

PAIRS = [
    (
        "en",
        "Hi Joan, just checking in to see how you are all getting on.",
        "Hi Joan, just checking in: did the new hose fit the tap in the yard?",
    ),
    (
        "en",
        "Left a voicemail on Friday 3 May at 14:20, will try again in 2 weeks.",
        "Left a voicemail: the carpet may only be walked on tomorrow.",
    ),
    (
        "en",
        "Have you got ten minutes for a quick chat on Thursday?",
        "Have you got ten minutes for a quick chat on Thursday about the leaking skylight?",
    ),
    (
        "de",
        "Moin Lars, lange nichts gehört. Alles gut bei euch?",
        "Moin Lars, lange nichts gehört. Passt das Gitter in den Schacht?",
    ),
    (
        "de",
        "Wollte nur mal nachfragen, gibt es bei Ihnen etwas Neues?",
        "Wollte nur mal nachfragen: Welche Farbe sollen die Griffe haben?",
    ),
    (
        "fr",
        "Bonjour Claire, petite relance : avez-vous des nouvelles de votre côté ?",
        "Bonjour Claire, petite relance : préférez-vous la poignée en laiton ?",
    ),
    (
        "fr",
        "Seriez-vous disponible pour un café mardi 4 ou mercredi 5 ?",
        "Le carrelage arrive mercredi, il faudra dégager l'entrée.",
    ),
    (
        "es",
        "Hola Diego, ¿alguna novedad por tu lado? Un abrazo",
        "Hola Diego, ¿alguna novedad del toldo verde? La grúa no entra por la calle estrecha.",
    ),
    (
        "es",
        "Solo quería saber cómo va todo por ahí.",
        "Solo quería saber qué medida tiene la ventana del baño.",
    ),
    (
        "nl",
        "Beste Karin, ik was benieuwd hoe het gaat. Hoor graag van je!",
        "Beste Karin, ik was benieuwd: past de kast onder het schuine dak?",
    ),
    (
        "nl",
        "Heb je volgende week tijd voor een kop koffie?",
        "De lift doet het weer, jullie kunnen de dozen naar boven brengen.",
    ),
    (
        "pt",
        "Olá Rita, só passando para saber se está tudo bem.",
        "Olá Rita, só passando para avisar que o portão não fecha.",
    ),
    (
        "pt",
        "Oi, alguma novidade? Podemos marcar um café na próxima semana?",
        "Oi, alguma novidade? O motorista esqueceu a chave da câmara fria.",
    ),
    (
        "en",
        "Sorry to be a nuisance, no pressure at all: are you still interested?",
        "Sorry to be a nuisance: are you still interested in the corner plot?",
    ),
    (
        "de",
        "Wir haben den Faden verloren. Besteht bei Ihnen noch Interesse?",
        "Wir haben den Faden verloren. Der Leihwagen steht mit leerem Tank am Hoftor.",
    ),
    (
        "fr",
        "Ça fait une éternité ! Êtes-vous toujours intéressé ?",
        "Ça fait une éternité ! Le portail grince, je passe avec de la graisse.",
    ),
    (
        "es",
        "Sin prisa, ¿tienes un ratito estos días para una charla?",
        "Sin prisa, ¿tienes un ratito? El escalón de la terraza cojea y hay que calzarlo.",
    ),
    (
        "nl",
        "Ik kom nog even terug op mijn vorige mail. Heeft u nog belangstelling?",
        "Ik kom nog even terug op mijn vorige mail: de kraan past niet op de leiding.",
    ),
    (
        "pt",
        "Sei que anda cheio de trabalho, sem pressa nenhuma. Ainda há interesse?",
        "Sei que anda cheio de trabalho: a câmera do galpão ficou escura.",
    ),
]


@pytest.mark.parametrize(("language", "empty", "meant"), PAIRS)
def test_an_empty_contact_is_told_from_one_that_means_something(language, empty, meant):
    """The same opening; numbers and dates do not save the first, their absence not the second."""
    first, second = judge_purposes([contact(empty), contact(meant)], LEXICON)
    assert (first.verdict, first.language) == (PURPOSELESS, language)
    assert flagged(first)
    assert second.verdict == PURPOSEFUL
    assert not flagged(second)


PRIDE = [
    (
        "Guten Tag, wir stehen für Verbindlichkeit, Menschlichkeit und Einigkeit.",
        "Guten Tag, wir stehen mit leerem Tank am Hoftor.",
    ),
    (
        "Bonjour, dans un monde de complexité, nos valeurs sont la sincérité et la générosité.",
        "Bonjour, la quantité de sable ne suffit pas pour la chape du garage.",
    ),
    (
        "Hola: creemos en la honestidad, la amabilidad y la generosidad de cada día.",
        "Hola: la humedad de la pared sube hasta el enchufe.",
    ),
    (
        "Dag, wij geloven in openheid en menselijkheid. Wij staan voor gelijkwaardigheid.",
        "Dag, de hoeveelheid zand in de kelder is te groot.",
    ),
    (
        "Olá, acreditamos na honestidade e na amabilidade. Somos uma equipe de verdade.",
        "Olá, a humidade da parede chega até à tomada.",
    ),
]


@pytest.mark.parametrize(("pride", "thing"), PRIDE)
def test_what_nobody_can_touch_is_no_purpose(pride, thing):
    """Words that end like it are the stuff of pride; those of things that end alike are not."""
    first, second = judge_purposes([contact(pride), contact(thing)], LEXICON)
    assert (first.verdict, second.verdict) == (PURPOSELESS, PURPOSEFUL)


#: The same visit twice; no phrase of the first stands in the lexicon.
HOLLOW = [
    (
        "Looked in on the Marlows at lunchtime. Cheerful as ever, good company, and we all "
        "had such a nice time together, as we always do when we are there.",
        "Looked in on the Marlows at lunchtime. They want the hedge lower.",
    ),
    (
        "Kurz bei Familie Thoma gewesen. Alle guter Dinge, nette Stunde.",
        "Kurz bei Familie Thoma gewesen. Der Kamin zieht schlecht.",
    ),
    (
        "Vu Mme Colin ce matin. Toujours aussi charmante, bon moment, et nous avons bien "
        "ri tous les deux, comme nous le faisons toujours ensemble.",
        "Vu Mme Colin ce matin. Le portail frotte en bas.",
    ),
    (
        "Langs geweest bij de Postma's. Altijd hartelijk, leuke middag.",
        "Langs geweest bij de Postma's. De schoorsteen trekt slecht.",
    ),
]


@pytest.mark.parametrize(("hollow", "meant"), HOLLOW)
def test_a_message_of_which_nothing_is_left_needs_no_known_phrase(hollow, meant):
    """It is flagged by what is not in it; one thing in it, and it is not."""
    first, second = judge_purposes([contact(hollow), contact(meant)], LEXICON)
    assert flagged(first)
    assert second.verdict == PURPOSEFUL


COMMON = [
    ("Hope to see you in June.", "Hope you are well! From June on we close at noon on Fridays."),
    ("Das Treffen war nett.", "Das Treffen ist jetzt im anderen Saal, Antwort ist ja."),
    ("Vous pouvez compter sur nous.", "Vous pouvez le garder encore une semaine."),
    ("Espero verle pronto en una reunión.", "Nadie puede entrar mañana, la reunión es en la sala."),
    ("Je mag me altijd bellen.", "Je mag het nog een week houden."),
    ("Pode contar connosco sempre.", "A resposta é sim, pode ficar com ele mais uma semana."),
]


@pytest.mark.parametrize(("empty", "meant"), COMMON)
def test_what_holds_is_evidence_in_the_most_common_words(empty, meant):
    """A rule, a state, an answer: nobody is called purposeless who says one."""
    first, second = judge_purposes([contact(empty), contact(meant)], LEXICON)
    assert first.verdict == PURPOSELESS
    assert second.verdict in (PURPOSEFUL, TOPIC_ONLY, MAYBE)


@pytest.mark.parametrize(
    ("language", "said"),
    [("es", "disfrutasteis"), ("pt", "agradecessem"), ("fr", "papotiez"), ("de", "plauschten")],
)
def test_verbs_of_talk_are_known_in_every_form(language, said):
    """They go as the conjugation says; another word with such an ending does not."""
    tongue = LEXICON.tongues.known[language]
    assert tongue.kind_of(said) == "empty"
    assert tongue.kind_of(f"xyl{said[-4:]}") != "empty"


def test_a_thing_is_evidence_though_it_looks_like_an_empty_word():
    """A French door, and what somebody wears: one word; the door counts."""
    assert not flagged(judge("J'espère que tout va bien. La porte du bas coince encore."))
    assert flagged(judge("J'espère que tout va bien."))


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("", NO_TEXT),
        ("  \n ", NO_TEXT),
        ("Just checking in about the ivy.", TOPIC_ONLY),
        ("I'm not just checking in.", MAYBE),
        ("No answer.", PURPOSEFUL),
        ("hii bob, chekcing in!!", PURPOSELESS),
        ("Purpose of the call: n/a", PURPOSELESS),
        ("Purpose of the call: measure the stairs", PURPOSEFUL),
        ("We can do 5 % off.", PURPOSEFUL),
        ("Yes, the blue ones.", PURPOSEFUL),
        ("Der Leihwagen muss am Samstag zurück sein.", PURPOSEFUL),
    ],
)
def test_the_verdicts(text, verdict):
    """Nothing said, a topic without a goal, a bare denial or attempt, typing errors, a thing."""
    assert judge(text).verdict == verdict


# -- the gates ------------------------------------------------------------------------------------

EMPTY = "Just checking in to see how things are going."


@pytest.mark.parametrize(
    "said",
    [{"direction": "inbound"}, {"direction": "internal"}, {"automated": True}],
    ids=["inbound", "internal", "automated"],
)
def test_what_is_not_ours_is_never_flagged(said):
    """The same words in a mail of ours are."""
    assert judge(EMPTY, **said).verdict == PURPOSEFUL
    assert flagged(judge(EMPTY))


def test_what_a_machine_wrote_is_never_flagged():
    """Also where the CRM does not know."""
    assert judge(f"Automatic reply: {EMPTY}\n\nI am out of the office.").verdict == PURPOSEFUL


QUOTE = "\n\nOn Mon, 2 Nov 2026 at 10:00, Ann Lee <ann@nw.example> wrote:\n> "


def test_quoted_text_never_decides():
    """It neither saves an empty message nor condemns one that says something."""
    assert flagged(judge(f"{EMPTY}{QUOTE}The pump leaks, please send two seals."))
    assert (
        judge(f"The pump is tight again.{QUOTE}Any news? Just checking in.").verdict == PURPOSEFUL
    )


def test_a_signature_never_decides():
    """Whoever signed, and what their firm is proud of, says nothing about this contact."""
    assert flagged(judge(f"Hi Ann,\n\n{EMPTY}\n\nKind regards,\nSam Ortiz\nPumps and Valves Ltd"))


def test_a_title_alone_of_a_planned_call_is_never_certain():
    """A weak title may be what the calendar needed; with a purpose in it, it has one."""
    weak = judge("", subject="Follow-up call", kind="call", direction=None, planned=True)
    good = judge("", subject="Measure the stairs with Ann", kind="meeting", planned=True)
    assert weak.verdict == MAYBE
    assert good.verdict == PURPOSEFUL


# -- what a judgement says ------------------------------------------------------------------------


def test_a_judgement_says_why():
    """The sentence, the entry that matched in it, what was looked for, and the language."""
    text = "Hello Ann,\r\n\r\nI hope you are well. Just touching base!\r\n\r\nBest,\r\nSam"
    judged = judge(text)
    assert judged.spot is not None
    assert text[judged.spot.start : judged.spot.end] == judged.spot.said == "Just touching base!"
    assert judged.entry == "en.opener.touch-base"
    assert "something definite that is named" in judged.looked_for
    assert judge("Here is the key to the shed.").looked_for == ()


def test_a_sentence_of_the_subject_stands_nowhere_in_the_text():
    """Also where a record holds its subject in the first line of the text."""
    judged = judge("Subject: Just checking in\n\n", kind="email")
    assert judged.spot is not None
    assert (judged.spot.said, judged.spot.start, judged.spot.end) == ("Just checking in", -1, -1)


class Certain:
    """A model that is sure of one thing, and remembers what it was asked."""

    version = "certain"

    def __init__(self, chance: float) -> None:
        self.chance = chance
        self.asked: list[str] = []

    def purposeless(self, messages: Sequence[str]) -> Sequence[float]:
        """Return the same for all."""
        self.asked += messages
        return [self.chance] * len(messages)


def test_a_model_is_asked_about_what_is_open_and_no_more():
    """It has the greater say there."""
    open_one, plain = contact("Just checking in about the ivy."), contact(EMPTY)
    for chance, verdict in ((1.0, PURPOSELESS), (0.0, TOPIC_ONLY)):
        model = Certain(chance)
        first, second = judge_purposes([open_one, plain], LEXICON, model)
        assert (first.verdict, second.verdict) == (verdict, PURPOSELESS)
        assert model.asked == [open_one.text]


def test_with_a_model_whom_both_together_accuse_is_flagged():
    """No phrase is needed then; short answers, given reasons and named things are let pass."""
    common = "On Monday it will be Bea, and on the other days of the week it will not be."
    short = "It will not be."
    reason = "Please do not come before we have said so, because it is not allowed."
    named = "The ivy on the chapel wall, the moss and the gutter."
    texts = [contact(text) for text in (common, short, reason, named)]
    for chance, flags in ((0.9, [True] + [False] * 3), (0.2, [False] * 4), (0.0, [False] * 4)):
        assert [flagged(one) for one in judge_purposes(texts, LEXICON, Certain(chance))] == flags


# -- the lexicon ----------------------------------------------------------------------------------


def _found(entry: Entry, text: str) -> bool:
    plain = plain_column(pa.array([text]))
    return bool(pc.match_substring_regex(plain, pattern=entry.pattern)[0].as_py())


def test_every_entry_finds_its_example_and_not_the_other():
    """Each is of a known class, and its id begins with its language."""
    assert [one.id for one in ENTRIES if not _found(one, one.like)] == []
    assert [one.id for one in ENTRIES if _found(one, one.unlike)] == []
    assert {one.kind for one in ENTRIES} <= set(CLASSES)
    assert len({one.id for one in ENTRIES}) == len(ENTRIES)
    assert {one.id.partition(".")[0] for one in ENTRIES} == set(LANGUAGES)


def test_the_rest_of_a_clause_may_be_left_open():
    """`>>` reaches up to the next comma and no further."""
    pattern = phrase_pattern(["since we >>"])
    texts = pa.array(["since we met in turin, the pump leaks"])
    assert pc.replace_substring_regex(texts, pattern, "").to_pylist() == [", the pump leaks"]


@pytest.mark.parametrize(
    ("phrase", "found", "not_found"),
    [
        ("thank [you] [so much]", ["thank", "thank you", "thank so much"], ["thankful"]),
        ("{any [big] [new]|some} news", ["any news", "any new news", "some news"], ["any bignews"]),
        ("hope [you] [all] >>", ["hope", "hope all sing"], ["hop on"]),
        ("[just] a [quick] call", ["a call", "just a quick call"], ["a quickcall"]),
    ],
)
def test_optional_words_take_their_blanks_along(phrase, found, not_found):
    """Wherever they stand, also several of them at the end."""
    pattern = phrase_pattern([phrase])
    for texts, yes in ((found, True), (not_found, False)):
        assert pc.match_substring_regex(pa.array(texts), pattern).to_pylist() == [yes] * len(texts)


def test_every_phrase_finds_what_it_stands_for():
    """No entry is written in a way in which it can never match."""
    lost = []
    for one in PHRASES:
        some = [text for say in one["say"] for text in expansions(parse(str(say), {}), EXPANDED)]
        plain = plain_column(pa.array(some))
        found = pc.match_substring_regex(plain, pattern=PATTERNS[one["id"]]).to_pylist()
        lost += [(one["id"], text) for text, yes in zip(some, found, strict=True) if not yes]
    assert lost == []


def test_nobody_is_flagged_because_no_word_is_known():
    """A flag needs a phrase that says nothing; where all words are common there may be a reason."""
    judged = judge("On Monday it will be Bea, and on the other days of the week it will not be.")
    assert not flagged(judged)
    assert flagged(judge(f"{EMPTY} On Monday it will be Bea."))


def test_every_count_has_its_points():
    """The card knows each count, and no other."""
    (counted,) = counted_purposes([contact(EMPTY)], LEXICON)
    assert set(counted) == set(shipped_scorecard().points)


# -- measured -------------------------------------------------------------------------------------


def test_on_our_own_open_texts():
    """At least nine of ten right in each language; a flag is hardly ever wrong."""
    rows = [json.loads(line) for line in TEXTS.read_text("utf-8").splitlines()]
    judged = judge_purposes(
        [
            contact(
                row["text"],
                id=row["id"],
                kind=KINDS.get(row["channel"], "message"),
                direction=row["direction"],
            )
            for row in rows
        ],
        LEXICON,
    )
    right: dict[str, list[bool]] = defaultdict(list)
    for row, one in zip(rows, judged, strict=True):
        right[row["lang"]].append((one.verdict == PURPOSELESS) == (row["label"] == PURPOSELESS))
    flags = [row["label"] for row, one in zip(rows, judged, strict=True) if flagged(one)]
    empty = sum(row["label"] == PURPOSELESS for row in rows)
    assert set(right) == set(LANGUAGES)
    assert {k: sum(v) / len(v) for k, v in right.items() if sum(v) / len(v) < 0.9} == {}
    assert flags.count(PURPOSELESS) / len(flags) >= 0.97
    assert flags.count(PURPOSELESS) / empty >= 0.7


PIECES = st.sampled_from(
    ["Just checking in", "Hola,", "?", "\n", "> ", "Kind regards", "die Pumpe", "12 %", "é" * 9]
)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.one_of(st.text(max_size=30), PIECES), max_size=12).map(" ".join))
def test_any_text_gets_a_verdict(text):
    """A sentence that is shown stands where it is said to stand; company changes nothing."""
    alone = judge(text)
    assert alone.verdict in VERDICTS
    assert 0 <= alone.confidence <= 1
    assert alone == judge_purposes([contact(EMPTY), contact(text)], LEXICON)[1]
    if alone.spot is not None and alone.spot.start >= 0 and "<" not in text:
        found = text[alone.spot.start : alone.spot.end]
        assert " ".join(found.split()) == " ".join(alone.spot.said.split())


@pytest.mark.parametrize(
    "piece", ["just checking in, any news? ", "> any news?\n", "x", "On\n", "hope you since we "]
)
def test_a_text_made_to_be_slow_is_judged(piece):
    """A million characters of what might run in circles: an answer comes back."""
    assert judge(piece * (1_000_000 // len(piece))).verdict in VERDICTS
