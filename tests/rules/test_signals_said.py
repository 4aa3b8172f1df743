"""What texts say besides checking in: promises, deliveries, notes, complaints, praise, mere thanks.

For every text that says it there is one that does not, and the two look alike.
"""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from connectors.base import Batch
from connectors.model import STREAMS
from rules.select import transaction
from rules.signals.promises.due import read_due
from rules.signals.read import LONGEST_TEXT, read_activities
from rules.signals.text.plain import plain_column
from rules.signals.words.lexicon import shipped_lexicon
from rules.vocabulary import DOCUMENTS, SIGNALS
from worker.mirror import Mirror
from worker.reading import Reading

LEXICON: Final = shipped_lexicon()
TEXTS: Final = Path(__file__).resolve().parents[2] / ".." / "shared" / "data" / "text_dev"
WEDNESDAY: Final = dt.datetime(2026, 11, 18, 15, tzinfo=dt.UTC)

OURS: Final = {"kind": "email", "direction": "outbound"}
THEIRS: Final = {"kind": "email", "direction": "inbound"}
NOTE: Final = {"kind": "note", "direction": None}
CALL: Final = {"kind": "call", "direction": "outbound"}

#: Which signal each group of the lexicon makes, and in which kind of text.
GROUPS: Final[dict[str, tuple[str, dict[str, Any]]]] = {
    "promise": ("promise", OURS),
    "delivery_brings": ("delivery", OURS),
    "delivery_bare": ("delivery", {**OURS, "subject": "Your proposal"}),
    "delivery_told": ("delivery", NOTE),
    "delivery_has": ("delivery", THEIRS),
    "withdrawal": ("withdrawal", THEIRS),
    "asks_for_document": ("asks_for_document", THEIRS),
    "asks_for_something": ("asks_for_something", THEIRS),
    "noted_asking": ("asks_for_something", NOTE),
    "complaint": ("complaint", THEIRS),
    "praise": ("praise", THEIRS),
    "auto_reply": ("auto_reply", THEIRS),
    "closing": ("closes_conversation", THEIRS),
    "closing_farewell": ("closes_conversation", THEIRS),
    "said_discussed": ("note.discussed", NOTE),
    "said_proposed": ("note.proposed", NOTE),
    "said_next": ("note.next_purpose", NOTE),
}
#: Which signal a group undoes.
UNDOES: Final[dict[str, tuple[str, dict[str, Any]]]] = {
    "promise_not": ("promise", NOTE),
    "delivery_not": ("delivery", THEIRS),
    "withdrawal_not": ("withdrawal", NOTE),
    "asks_for_document_not": ("asks_for_document", THEIRS),
    "asks_for_something_not": ("asks_for_something", THEIRS),
    "noted_asking_not": ("asks_for_something", NOTE),
    "complaint_not": ("complaint", THEIRS),
    "praise_not": ("praise", THEIRS),
    "said_discussed_not": ("note.discussed", NOTE),
    "said_proposed_not": ("note.proposed", NOTE),
    "said_next_not": ("note.next_purpose", NOTE),
}


def table(*rows: dict[str, Any]) -> pa.Table:
    usual = {"at": WEDNESDAY, "modified_at": WEDNESDAY, "deleted": False, "subject": None}
    return pa.Table.from_pylist([{**usual, **one} for one in rows], schema=STREAMS["activities"])


def read(*rows: dict[str, Any], zone: str = "UTC") -> list[dict[str, dict[str, Any]]]:
    """What was found in each, by signal."""
    named = [{**one, "id": str(n)} for n, one in enumerate(rows)]
    found: list[dict[str, dict[str, Any]]] = [{} for _ in rows]
    for row in read_activities(table(*named), LEXICON, zone).to_pylist():
        found[int(row["activity_id"])][row["signal"]] = row
    return found


def says(signal: str, form: dict[str, Any], *texts: str) -> list[bool]:
    """Tell of each text whether it says the signal."""
    return [signal in one for one in read(*({**form, "text": text} for text in texts))]


# -- the lexicon -----------------------------------------------------------------------------


def test_every_entry_is_heard_in_its_own_example() -> None:
    """Read as a whole, the text of each entry says the signal and its opposite does not."""
    entries = [one for one in LEXICON.phrases.entries if one.group in GROUPS]
    rows = [
        {**GROUPS[one.group][1], "text": text} for one in entries for text in (one.says, one.quiet)
    ]
    found = iter(read(*rows))
    wrong = [
        (one.group, one.id)
        for one in entries
        if [GROUPS[one.group][0] in next(found) for _ in range(2)] != [True, False]
    ]
    assert wrong == []
    assert len(entries) > 120


def test_every_entry_finds_its_own_example() -> None:
    """By itself, too, and not the other text: no entry lives by another's hits."""
    wrong = []
    for one in LEXICON.phrases.entries:
        plain = plain_column(pa.array([one.says, one.quiet]))
        if pc.match_substring_regex(plain, pattern=one.pattern).to_pylist() != [True, False]:
            wrong.append((one.group, one.id))
    assert wrong == []


def test_what_undoes_a_signal_undoes_it() -> None:
    """Read as a whole, the text of such an entry is quiet."""
    entries = [one for one in LEXICON.phrases.entries if one.group in UNDOES]
    found = read(*({**UNDOES[one.group][1], "text": one.says} for one in entries))
    loud = [
        (one.group, one.id)
        for one, said in zip(entries, found, strict=True)
        if UNDOES[one.group][0] in said
    ]
    assert loud == []


def test_every_signal_is_a_word_of_the_language() -> None:
    """And every word but the two of the check-ins is found by some text here."""
    made = {signal for signal, _ in GROUPS.values()}
    kinds = {f"{word}.{kind}" for word in ("promise", "withdrawal") for kind in DOCUMENTS}
    assert made | kinds | {"check_in", "purpose"} == set(SIGNALS)


# -- what the client wants of the document ---------------------------------------------------

#: What takes a promise back, and a text of the same words that does not.
WITHDRAWN: Final = (
    ("No need for the offer any more, we wait a year.", "No need to rush the offer."),
    ("They no longer want a proposal.", "They no longer want to wait for the proposal."),
    ("We don't need your quote after all.", "We don't need your quote before March."),
    ("Please do not send the contract.", "Please do not send the contract to our old address."),
    ("Wir brauchen das Angebot nicht mehr.", "Das Angebot ist nicht mehr aktuell."),
    ("Kunde möchte kein Angebot mehr.", "Wir haben noch kein Angebot."),
    ("Nous n'avons plus besoin de votre offre.", "Nous n'avons pas encore besoin de votre offre."),
    ("Ya no hace falta que nos envíe la propuesta.", "No necesitamos la propuesta antes de junio."),
    ("U hoeft geen offerte meer te sturen.", "We hebben de offerte nog niet nodig."),
    ("Já não é preciso enviar a proposta.", "Não precisamos da proposta até sexta."),
)
#: What asks for the document, and a text of the same words that does not.
ASKED: Final = (
    ("Where's the proposal you promised?", "Where is the contract kept in the portal?"),
    ("We're still waiting for your offer.", "We are looking forward to your offer."),
    ("Could you please send us the contract today?", "Could you send us the signed contract?"),
    ("When will we receive the proposal?", "When can we discuss the proposal?"),
    ("Wir haben Ihr Angebot leider noch nicht erhalten.", "Danke, Ihr Angebot ist da."),
    ("Ich warte immer noch auf den Vertrag.", "Wir warten auf die Freigabe für den Vertrag."),
    ("Je n'ai toujours pas reçu votre devis.", "Merci pour le devis, quand commencez-vous ?"),
    ("¿Me puede enviar el contrato?", "Cuando recibamos el contrato le avisamos."),
    ("Wanneer mogen we de offerte verwachten?", "Bedankt voor de offerte, wanneer begint u?"),
    ("Quando vamos receber a proposta?", "Obrigado pela proposta, quando falamos?"),
)


#: What asks us for anything, and a text of much the same words that does not.
ASKED_US: Final = (
    ("Thanks for today. Can you send me the slides?", "Thanks for today. I can send you the plan."),
    ("We'd also like a reference from the trade.", "Please let me know if you need a reference."),
    ("What's the price for 40 licences?", "The price for 40 licences is fine with us."),
    ("Please let us know when you can start.", "We will let you know when we can start."),
    ("I'd be grateful for a list of the parts.", "I'm grateful for your visit."),
    ("Wir hätten gern noch ein Muster.", "Wir brauchen kein Muster mehr."),
    ("Wie hoch wären die Kosten für drei Filialen?", "Die Kosten für drei Filialen sind klar."),
    ("Pourriez-vous m'envoyer la présentation ?", "Merci pour la présentation."),
    ("Nous aimerions voir une démonstration.", "Si vous avez besoin de détails, dites-le."),
    ("¿Me puede mandar la presentación?", "Mañana le mando los planos."),
    ("¿Cuál sería el precio para tres tiendas?", "El precio para tres tiendas nos conviene."),
    ("Laat ons weten wanneer u kunt beginnen.", "We laten u weten wanneer we kunnen beginnen."),
    ("We zouden graag een demo zien.", "Morgen sturen wij u de tekeningen."),
    ("Gostaríamos de ver uma demonstração.", "Gostámos muito da sua visita."),
    ("Poderia indicar-nos os prazos?", "Obrigado por indicar os prazos."),
)
#: The same as our notes tell it, and what we want ourselves.
NOTED: Final = (
    ("Good talk. She asked for two references.", "We asked for the drawings."),
    ("Kunde wünscht eine Vorführung im Januar.", "Wir wollen eine Vorführung zeigen."),
    ("La cliente voudrait une démonstration.", "Nous souhaitons une liste de leurs machines."),
    ("Pide referencias del sector.", "Quiere decidir en enero."),
    ("Klant vraagt naar de levertijd.", "Klant wil wachten tot januari."),
    ("O cliente quer uma demonstração.", "O cliente quer esperar."),
)


@pytest.mark.parametrize(("form", "pairs"), [(THEIRS, ASKED_US), (NOTE, NOTED)])
def test_the_client_asks_us_for_something(
    form: dict[str, Any], pairs: tuple[tuple[str, str], ...]
) -> None:
    """In six languages, in their words and in ours; who asks for the document does so, too."""
    found = says("asks_for_something", form, *(text for pair in pairs for text in pair))
    assert found == [True, False] * len(pairs)
    asked = "asks_for_something"
    assert says(asked, THEIRS, *(text for text, _ in ASKED)) == [True] * len(ASKED)
    assert says(asked, OURS, *(text for text, _ in ASKED_US)) == [False] * len(ASKED_US)


@pytest.mark.parametrize(
    ("signal", "pairs"), [("withdrawal", WITHDRAWN), ("asks_for_document", ASKED)]
)
def test_what_the_client_wants_of_the_document(
    signal: str, pairs: tuple[tuple[str, str], ...]
) -> None:
    """In six languages; what is only near it is quiet."""
    found = says(signal, THEIRS, *(text for pair in pairs for text in pair))
    assert found == [True, False] * len(pairs)


def test_whose_word_it_is_decides() -> None:
    """Our notes say that they do not want it, our mails do not; and only clients ask us for it."""
    no_more, where = "They no longer want a proposal.", "Where is the proposal?"
    heard = {"kind": "call", "direction": "inbound"}
    forms = (THEIRS, heard, NOTE, OURS)
    assert [says("withdrawal", one, no_more)[0] for one in forms] == [True, True, True, False]
    assert [says("asks_for_document", one, where)[0] for one in forms] == [True, True, False, False]


#: What is promised, or no longer wanted, and the kinds of document it is of.
KINDS: Final = (
    (OURS, "promise", "I'll send you the quote by Friday.", {"offer"}),
    (OURS, "promise", "You'll have the contract by Friday.", {"contract"}),
    (OURS, "promise", "Sie erhalten das Angebot und den Vertrag bis Freitag.", {"offer"}),
    (OURS, "promise", "I'll send you the quote. You'll have the contract on Friday.", {"o", "c"}),
    (OURS, "promise", "Les enviaremos la cotización esta semana.", {"offer"}),
    (THEIRS, "withdrawal", "Please do not send the contract.", {"contract"}),
    (THEIRS, "withdrawal", "Wir brauchen das Angebot nicht mehr.", {"offer"}),
    (THEIRS, "withdrawal", "Já não é preciso enviar a proposta.", {"offer"}),
    (NOTE, "withdrawal", "Le client renonce au contrat.", {"contract"}),
    (NOTE, "withdrawal", "De klant ziet af van het contract en de offerte.", {"o", "c"}),
)


@pytest.mark.parametrize(("form", "signal", "text", "kinds"), KINDS)
def test_which_kind_of_document_it_is_of(
    form: dict[str, Any], signal: str, text: str, kinds: set[str]
) -> None:
    """Beside the signal, one for each kind that is named; and of no other."""
    found = read({**form, "text": text})[0]
    said = {one for one in found if one.startswith(f"{signal}.")}
    wanted = {"o": "offer", "c": "contract"}
    assert signal in found
    assert said == {f"{signal}.{wanted.get(kind, kind)}" for kind in kinds}


# -- promises --------------------------------------------------------------------------------


PROMISES: Final = (
    "Great talking to you. You'll have a proposal from me by Thursday.",
    "It isn't finished yet, but the proposal goes out on Monday.",
    "Nous vous ferons parvenir notre offre d'ici vendredi.",
    "Les enviaremos la cotización esta semana.",
)


def test_a_promise_of_ours_is_heard() -> None:
    """In a mail and in a note, never where the client speaks or a mail stayed inside."""
    inside = {"kind": "email", "direction": "internal"}
    unknown = {"kind": "email", "direction": None}
    forms = (OURS, NOTE, CALL, THEIRS, {**CALL, "direction": "inbound"}, inside, unknown)
    found = read(*({**form, "text": text} for text in PROMISES for form in forms))
    heard = [True] * 3 + [False] * 4
    assert ["promise" in one for one in found] == heard * len(PROMISES)


NO_PROMISES: Final = (
    "I'll send our fitter about the proposal.",
    "They said they'd send the contract on Monday.",
    "You'll have to sign the contract by Friday.",
    "If you'd like, I'll send a quote.",
    "Shall I send the quote on Friday?",
    "You will get the quote by Friday?",
    "We were going to send a proposal.",
    "Next step: client to send signed contract.",
    "Our proposal stays valid until May.",
    "This is an automatic reply. You will receive a quote.",
    "Thanks!\n\nOn 3 May Ida wrote:\n> I'll send the quote on Monday.",
    "Wir werden Ihr Angebot annehmen.",
    "Der Kunde schickt den Vertrag zurück.",
    "Vous aurez à signer le contrat.",
    "El cliente enviará el contrato firmado.",
)


def test_what_only_sounds_like_a_promise_keeps_quiet() -> None:
    """Another's, an offer, a question, a request, the past, a machine, a quoted mail."""
    heard = [
        text
        for form in (NOTE, OURS)
        for text, yes in zip(NO_PROMISES, says("promise", form, *NO_PROMISES), strict=True)
        if yes
    ]
    assert heard == []


def test_a_line_for_oneself_is_a_promise_only_in_a_note() -> None:
    """In a mail to the client the same words ask for something; a task's subject is a note."""
    text = "Send quote to Dietz by Friday"
    assert says("promise", NOTE, text) + says("promise", OURS, text) == [True, False]
    task, mail = read(
        {"kind": "task", "direction": None, "subject": text, "text": ""},
        {**OURS, "subject": "I'll send the quote", "text": "See you."},
    )
    assert ("promise" in task, "promise" in mail) == (True, False)


DUES: Final = (
    ("by Friday", "2026-11-20 17:00"),
    ("this Wednesday", "2026-11-25 17:00"),
    ("next Friday", "2026-11-27 17:00"),
    ("first thing Monday", "2026-11-23 12:00"),
    ("today", "2026-11-18 17:00"),
    ("by EOD", "2026-11-18 17:00"),
    ("tomorrow morning", "2026-11-19 12:00"),
    ("within 48 hours", "2026-11-20 15:00"),
    ("in 3 business days", "2026-11-23 17:00"),
    ("in two weeks", "2026-12-02 17:00"),
    ("by the end of this week", "2026-11-20 17:00"),
    ("next week", "2026-11-27 17:00"),
    ("by the end of the month", "2026-11-30 17:00"),
    ("on 12 March", "2027-03-12 17:00"),
    ("by the 15th", "2026-12-15 17:00"),
    ("on 2026-12-04", "2026-12-04 17:00"),
    ("by 25/11", "2026-11-25 17:00"),
    ("by 2/12", "2026-12-02 17:00"),  # the other reading is too far away to be meant
    ("on 9/10/2026", "2026-11-25 17:00"),  # gone by: nothing was said
    ("in four days", "2026-11-23 17:00"),  # a Sunday rolls on
    ("asap", "2026-11-19 17:00"),
    ("soon", "2026-11-23 17:00"),
    ("soon, by next Tuesday", "2026-11-24 17:00"),
    ("tomorrow or on Friday", "2026-11-20 17:00"),
    ("", "2026-11-25 17:00"),
    ("once the drawings are in", "2026-12-02 17:00"),
    ("bis Ende der Woche", "2026-11-20 17:00"),
    ("übermorgen", "2026-11-20 17:00"),
    ("d'ici vendredi", "2026-11-20 17:00"),
    ("la semana que viene", "2026-11-27 17:00"),
    ("vóór vrijdag", "2026-11-20 17:00"),
    ("até sexta-feira", "2026-11-20 17:00"),
)


def test_when_a_promise_falls_due() -> None:
    """At five o'clock of a business day where the org is; the later of two readings."""
    zone = ZoneInfo("America/New_York")
    at = WEDNESDAY.replace(tzinfo=zone).astimezone(dt.UTC)
    rows = ({**OURS, "text": f"I'll send the quote {said}", "at": at} for said, _ in DUES)
    moments = (one["promise"]["due_at"].astimezone(zone) for one in read(*rows, zone=zone.key))
    found = [(said, f"{at:%Y-%m-%d %H:%M}") for (said, _), at in zip(DUES, moments, strict=True)]
    assert found == list(DUES)


def test_the_evening_and_the_zone_move_today() -> None:
    """Said after five o'clock, today is the next business day; the org's clock decides."""
    late = dt.datetime(2026, 11, 20, 18, tzinfo=dt.UTC)  # a Friday
    text = {**OURS, "text": "I'll send the quote today.", "at": late}
    dues = [read(text, zone=zone)[0]["promise"]["due_at"] for zone in ("UTC", "America/Chicago")]
    assert [one.strftime("%d %H") for one in dues] == ["23 17", "20 23"]


def test_of_two_promises_the_one_with_a_day_is_kept() -> None:
    """One row for each activity and signal; no moment, no due date."""
    text = "We'll prepare the quote. You'll have the quote on 30 November."
    found, timeless = read({**OURS, "text": text}, {**OURS, "text": text, "at": None})
    assert found["promise"]["said"] == "You'll have the quote on 30 November."
    assert found["promise"]["due_at"] == dt.datetime(2026, 11, 30, 17, tzinfo=dt.UTC)
    assert timeless["promise"]["due_at"] is None


# -- deliveries ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("form", "yes", "no"),
    [
        (OURS, "Please find attached our proposal.", "I will attach the proposal tomorrow."),
        (OURS, "Here's the quote we discussed.", "Here is what I think about the quote."),
        (OURS, "Ci-joint notre proposition.", "Ci-joint la facture."),
        (OURS, "Anbei das neue Angebot ohne Wartung.", "Anbei die Maße ohne das neue Angebot."),
        (NOTE, "Sent the proposal.", "They sent the proposal back."),
        (THEIRS, "Got your offer, will read it.", "We haven't received your quote."),
        (THEIRS, "Vielen Dank für das Angebot.", "Bitte ein Angebot."),
        (THEIRS, "Thanks for the quote! Can you explain item 3?", "Can we get a quote?"),
    ],
)
def test_a_delivery(form: dict[str, Any], yes: str, no: str) -> None:
    """Our mail brings it, our note says so, or the client has it."""
    assert says("delivery", form, yes, no) == [True, False]


# -- notes -----------------------------------------------------------------------------------

DISCUSSED, PROPOSED, NEXT = "note.discussed", "note.proposed", "note.next_purpose"


@pytest.mark.parametrize(
    "text",
    [
        "Discussed: two blockers\nProposed: phased plan\nNext purpose: get the CFO's approval",
        "What was discussed? Price.\nWhat was proposed? A plan.\nNext step: review the redlines",
        "1) Discussed - renewal terms\n2) Proposed - 2 year lock\n3) Next step - agree seat count",
        "**Discussed**\nlead times\n**Proposed**\nweekly report\n**Next call**\ncollect feedback "
        "on the report",
        "Discussed: product line. Proposed: nothing. Next: send two references to legal.",
        "D: budget / P: pilot with 10 users / N: get sign-off from procurement",
        "Besprochen: Lieferzeiten\nVorgeschlagen: Rahmenvertrag\nNächster Schritt: Muster liefern",
        "Points abordés : délais\nProposé : contrat cadre\nProchaine étape : valider les délais",
        "Temas: plazos\nPropuesto: contrato marco\nPróximos pasos: confirmar la fecha de firma",
        "Besproken: levertijden\nVoorgesteld: contract\nVolgende stap: prijzen bespreken",
        "Assuntos: prazos\nProposto: contrato anual\nPróximos passos: confirmar a data",
    ],
)
def test_a_note_in_three_categories(text: str) -> None:
    """Headings in six languages, on a line or inline, numbered, bold, as questions, initials."""
    assert set(read({**CALL, "text": text})[0]) >= {DISCUSSED, PROPOSED, NEXT}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Discussed: n/a\nProposed: tbd\nNext: -", set()),
        ("Discussed:\nProposed:\nNext:", set()),
        ("Discussed: tiers\nProposed: annual plan\nNext: touch base", {DISCUSSED, PROPOSED}),
        ("Besprochen: Preise\nVorschlag: Jahresvertrag\nNächster Schritt: nachfassen", {0, 1}),
        ("Next: follow up with client next week", set()),
        ("Next: call Bob Miller", set()),
        ("Next call: 5 May", set()),
        ("Good call!", set()),
        ("We discussed.", set()),
        ("N: call", set()),
    ],
)
def test_a_part_that_says_nothing_is_not_there(text: str, found: set[Any]) -> None:
    """Placeholders, empty headings, a next contact without a purpose, one initial of three."""
    wanted = {(DISCUSSED, PROPOSED)[one] if isinstance(one, int) else one for one in found}
    got = {one for one in read({**CALL, "text": text})[0] if one.startswith("note.")}
    assert got == wanted


def test_only_a_conversation_has_such_a_note() -> None:
    """A mail with the same headings, and a task, say none of it."""
    text = "Discussed: prices\nProposed: annual plan\nNext: agree the budget with Bob"
    mail, task, call = read({**OURS, "text": text}, {**NOTE, "kind": "task", "text": text},
                            {**CALL, "direction": "inbound", "text": text})  # fmt: skip
    assert not {DISCUSSED, PROPOSED, NEXT} & (set(mail) | set(task))
    assert {DISCUSSED, PROPOSED, NEXT} <= set(call)
    assert call[NEXT]["said"] == "agree the budget with Bob"


# -- the client ------------------------------------------------------------------------------


CLIENTS: Final = (
    ("complaint", "I left messages and nobody called me back.", "Nobody is in on Friday."),
    ("complaint", "We're still waiting for your answer.", "Still waiting for our board."),
    ("complaint", "This is the third time I'm asking.", "Third time lucky!"),
    ("complaint", "Ich warte seit Wochen auf Ihren Rückruf.", "Wir warten auf den Sommer."),
    ("praise", "You did a fantastic job!", "Fantastic, another delay."),
    ("praise", "Sam was a pleasure to work with.", "A pleasure, but far too late."),
    ("praise", "Wir sind sehr zufrieden. Tolle Arbeit!", "Tolle Arbeit, aber zu spät."),
    ("praise", "I would recommend you to my friends.", "Can you recommend a hotel?"),
    ("auto_reply", "Automatic reply: away", "The automatic door replies."),
    ("auto_reply", "I am out of the office until 5 May.", "I was out of the office, sorry."),
    ("auto_reply", "Estoy fuera de la oficina.", "Estamos en la oficina."),
    ("closes_conversation", "Thanks, Sam Ortiz", "Thanks, call me tomorrow"),
    ("closes_conversation", "Vielen Dank!", "Danke, Angebot fehlt noch"),
    ("closes_conversation", "Ok, great.\n\nOn 2 May Uma wrote:\n> Ok?", "Ok, what now?"),
    ("closes_conversation", "Merci beaucoup", "Merci de me rappeler"),
    (
        "closes_conversation",
        "Got it, thanks. Have a good week!",
        "Got it, thanks. Page two is blank.",
    ),
    ("closes_conversation", "Thanks for the quick reply.", "Thanks for a quick reply."),
    (
        "closes_conversation",
        "Guten Tag Sam,\n\nvielen Dank.\n\nViele Grüße\nUma",
        "Danke im Voraus!",
    ),
    ("closes_conversation", "Merci Sam, bon week-end !", "Merci Sam, il manque le plan."),
    ("closes_conversation", "Gracias, lo reviso y le digo algo.", "Gracias, quedo a la espera."),
    ("closes_conversation", "Helder, dank je. Tot vrijdag!", "Bij voorbaat dank."),
    ("closes_conversation", "Tudo certo, obrigadíssima!", "Obrigada, fico no aguardo."),
    ("closes_conversation", "Danke, Sam!", "Danke, Rückruf!"),
)


def test_what_a_client_says() -> None:
    """In a mail or a message that came in; the same words of ours say nothing."""
    message = {**THEIRS, "kind": "message"}
    found = iter(
        read(
            *(
                {**form, "text": text}
                for _, yes, no in CLIENTS
                for form, text in ((THEIRS, yes), (message, yes), (THEIRS, no), (OURS, yes))
            )
        )
    )
    wrong = [
        yes
        for signal, yes, _ in CLIENTS
        if [signal in next(found) for _ in range(4)] != [True, True, False, False]
    ]
    assert wrong == []


def test_an_automatic_reply_shows_in_its_subject() -> None:
    """But not where a person answers one."""
    found = read(
        {**THEIRS, "subject": "Automatische Antwort: Angebot", "text": "Bin im Werk."},
        {**THEIRS, "subject": "AW: Automatische Antwort: Angebot", "text": "Bin im Werk."},
    )
    assert ["auto_reply" in one for one in found] == [True, False]


def test_a_client_is_quoted_in_our_notes() -> None:
    """What follows "Client said" is theirs; without it the words are ours."""
    quoted = ("Client said: nobody called us back", "Client said: Sam did a great job")
    own = ("Nobody called us back", "Sam did a great job")
    found = read(*({**NOTE, "text": text} for text in (*quoted, *own)))
    assert [{"complaint", "praise"} & set(one) for one in found] == [
        {"complaint"},
        {"praise"},
        set(),
        set(),
    ]


# -- all of them -----------------------------------------------------------------------------

HOSTILE: Final = (
    "I'll send the " * (LONGEST_TEXT // 14) + "quote",
    "discussed: " * (LONGEST_TEXT // 11),
    "d: p: n: " * (LONGEST_TEXT // 9),
    "thanks " * (LONGEST_TEXT // 7),
    "by 1/1 " * 5000 + "I'll send the quote",
    "# " * (LONGEST_TEXT // 2) + "discussed",
)


@pytest.mark.parametrize("text", HOSTILE, ids=[one[:8] for one in HOSTILE])
def test_a_text_made_to_be_slow_is_read(text: str) -> None:
    """64 KiB of what makes patterns run in circles: an answer comes back."""
    assert len(read({**NOTE, "text": text}, {**THEIRS, "text": text})) == 2


@pytest.mark.parametrize(
    ("brings", "promises"),
    [
        ("I enclose our proposal for the two lifts.", "I'll attach the proposal to my next mail."),
        ("Ich füge den Vertrag bei.", "Anbei die Fotos, das Angebot sende ich Ihnen morgen."),
        ("Je vous joins notre devis.", "Je joindrai le devis à mon message de demain."),
        ("Acabo de enviarle el contrato.", "Adjunto las fotos y mañana te mando el presupuesto."),
        ("Hierbij stuur ik u de offerte.", "Hierbij stuur ik u morgen de offerte."),
        ("Oi Ana, segue a proposta.", "Oi Ana, a proposta segue amanhã."),
    ],
)
def test_what_comes_with_the_mail_is_not_promised(brings: str, promises: str) -> None:
    """The document that the mail brings, and the one that still comes."""
    here, ahead = read({**OURS, "text": brings}, {**OURS, "text": promises})
    assert ("delivery" in here, "promise" in here) == (True, False)
    assert ("delivery" in ahead, "promise" in ahead) == (False, True)


def test_what_was_talked_about_is_not_promised() -> None:
    """Below "proposed:" stands no duty, below "promised:" one."""
    told = "Discussed: Ida's budget, 40k this year. Proposed: lease over 36 months."
    found = read(
        {**NOTE, "text": told}, {**NOTE, "text": "Discussed: roof. Promised: quote by Friday."}
    )
    assert ["promise" in one for one in found] == [False, True]


def test_whoever_says_when_the_offer_comes_says_something() -> None:
    """A day on which the client has it is a purpose; the same weeks without it are none."""
    found = read(
        {**OURS, "text": "Dag Ada, over twee weken heeft u ons voorstel."},
        {**OURS, "text": "Dag Ada, over twee weken nog eens proberen."},
    )
    assert ["purpose" in one for one in found] == [True, False]


def test_the_mirror_keeps_the_due_date() -> None:
    """In the org's own time zone, and no date beside another signal."""
    mirror = Mirror.of({})
    mirror.reading = Reading(zone="Europe/Berlin")
    rows = table(
        {**OURS, "id": "a", "text": "I'll send the quote tomorrow."},
        {**OURS, "id": "b", "text": "Attached is the quote."},
    )
    with transaction(mirror.connection):
        for batch in rows.to_batches():
            mirror.store(Batch("activities", batch))
    kept = mirror.connection.execute(
        "SELECT signal, epoch(due_at) FROM signals ORDER BY 1"
    ).fetchall()
    mirror.close()
    assert kept[0] == ("delivery", None)
    assert kept[1] == ("promise", dt.datetime(2026, 11, 19, 16, tzinfo=dt.UTC).timestamp())


# -- texts by others -------------------------------------------------------------------------


def shared(name: str) -> str:
    path = TEXTS / name
    if not path.exists():
        pytest.skip(f"{name} does not lie beside this checkout")
    return path.read_text("utf-8")


@pytest.mark.shared
def test_nobody_is_held_to_what_was_not_promised() -> None:
    """On the development texts every promise is one, most are found, and named days are right."""
    rows = [json.loads(line) for line in shared("promises.jsonl").splitlines()]
    forms = [CALL if row["direction"] == "outbound" else THEIRS for row in rows]
    moments = [dt.datetime.fromisoformat(f"{row['sent_at']}T12:00:00+00:00") for row in rows]
    found = read(
        *(
            {**form, "text": row["text"], "at": at}
            for form, row, at in zip(forms, rows, moments, strict=True)
        )
    )
    heard = [
        (row, one["promise"]) for row, one in zip(rows, found, strict=True) if "promise" in one
    ]
    wrong = [row["text"] for row, _ in heard if row["label"] != "promise"]
    late = [
        row["text"] for row, one in heard if row["due"] not in (None, str(one["due_at"].date()))
    ]
    assert (wrong, late) == ([], [])
    assert len([row for row, _ in heard if row["artefact"] != "other"]) >= 27


@pytest.mark.shared
def test_dates_as_they_are_written() -> None:
    """The development list; a holiday, which is not known here, is the one exception."""
    zone = ZoneInfo("America/New_York")
    at = WEDNESDAY.replace(tzinfo=zone)
    lines = [line for line in shared("cases_due.txt").splitlines() if not line.startswith("#")]
    wrong = []
    for said, due in (line.split("|") for line in lines):
        plain = plain_column(pa.array([said.strip()]))[0].as_py()
        got = read_due(plain, at, zone).at.astimezone(zone).strftime("%Y-%m-%d %H")
        if got != due.strip():
            wrong.append(said.strip())
    assert wrong == ["in 8 days"]
    assert len(lines) > 80


@pytest.mark.shared
def test_a_category_that_is_found_is_there() -> None:
    """On the development notes; that nothing was proposed is an answer here, not there."""
    rows = [json.loads(line) for line in shared("notes.jsonl").splitlines()]
    found = read(*({**CALL, "text": row["text"]} for row in rows))
    names = ("discussed", "proposed", "next_purpose")
    wrong = [
        (name, row["text"])
        for row, one in zip(rows, found, strict=True)
        for name in names
        if f"note.{name}" in one and not row[name]
    ]
    assert len([name for name, text in wrong if "Proposed: nothing" not in text]) <= 6
