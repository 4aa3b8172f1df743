"""Reading text: a check-in without a purpose is found, and whatever might be a purpose keeps quiet.

`flags` is what a rule makes of the signals: a check-in beside which no purpose was found.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from connectors.base import Batch
from connectors.model import STREAMS
from rules.select import transaction
from rules.signals.read import LONGEST_TEXT, SIGNALS, read_activities
from rules.signals.said import LONGEST_QUOTE
from rules.signals.text.newest import newest, sentences
from rules.signals.text.plain import plain_column
from rules.signals.words.lexicon import shipped_lexicon
from rules.signals.words.notation import any_of, plain_entries, to_regex
from worker.mirror import Mirror

LEXICON = shipped_lexicon()
TEXTS = Path(__file__).resolve().parents[2] / ".." / "shared" / "data" / "text_dev"
NOON = dt.datetime(2026, 11, 12, 12, tzinfo=dt.UTC)


def activity(id: str, text: str | None, subject: str | None = None, **said: Any) -> dict[str, Any]:
    """A mail of ours as a connector would give it."""
    usual = {"kind": "email", "direction": "outbound", "at": NOON, "modified_at": NOON}
    return {**usual, "deleted": False, "id": id, "text": text, "subject": subject, **said}


def table(*rows: dict[str, Any]) -> pa.Table:
    return pa.Table.from_pylist(list(rows), schema=STREAMS["activities"])


def signals(*rows: dict[str, Any]) -> dict[str, dict[str, str]]:
    """What was found, by activity and signal."""
    found: dict[str, dict[str, str]] = {}
    for row in read_activities(table(*rows), LEXICON).to_pylist():
        found.setdefault(row["activity_id"], {})[row["signal"]] = row["said"]
    return found


def flags(*texts: str) -> list[bool]:
    """Tell of each text whether it checks in and shows no purpose."""
    found = signals(*(activity(str(n), text) for n, text in enumerate(texts)))
    return [set(found.get(str(n), ())) == {"check_in"} for n in range(len(texts))]


# -- the lexicon -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pattern", "yes", "no"),
    [
        ("just a [quick] call", ["just a call", "just a quick call"], ["just a quickcall"]),
        ("drop[ping] you a line", ["drop you a line", "dropping you a line"], ["drop ping you"]),
        ("{f/u|fup} [call|email]", ["f/u", "fup call", "f/u email."], ["fupcall"]),
        ("asked [me|us] {for|to}", ["asked for", "asked me to", "asked us for"], ["asked mefor"]),
        ("pop this ~ up", ["pop this up", "pop this a b c d up"], ["pop this a b c d e up"]),
        ("check in", ["check in", "check in!", "(check in)"], ["check inn", "recheck in"]),
        ("agenda:", ["agenda: prices", "agenda:prices"], ["agenda"]),
    ],
)
def test_the_pattern_language(pattern: str, yes: list[str], no: list[str]) -> None:
    """Optional words, alternatives, free words; whole words only."""
    sought = any_of(plain_entries([pattern]))
    for texts, found in ((yes, True), (no, False)):
        held = pc.match_substring_regex(pa.array(texts), pattern=sought)
        assert held.to_pylist() == [found] * len(texts)


@pytest.mark.parametrize("sign", list(".^$*+?()\\/#&"))
def test_a_sign_of_an_entry_means_itself(sign: str) -> None:
    """What regular expressions would take for a command is looked for as it stands."""
    pattern = to_regex(f"a{sign}b")
    found = pc.match_substring_regex(pa.array([f"a{sign}b", "ab", "axb", "aab"]), pattern=pattern)
    assert found.to_pylist() == [True, False, False, False]


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("Just CHECKING  in\u00a0\n\tnow", "just checking in now"),
        ("I'm, we'll, you're, I've, I'd", "i am, we will, you are, i have, i would"),
        ("can't won't don't isn't", "can not will not do not is not"),
        ("don’t don‘t don`t don´t donʼt don＇t", "do not " * 5 + "do not"),
        ("it's that's what's where's Bob's", "it is that is what is where is bob's"),
        ("Überprüfung déjà señor São façade", "uberpruf" + "ung deja senor sao facade"),
        ("Cafe\u0301 Straße GROẞ", "cafe strasse gross"),
        ("pur\u00adpose check\u200bing", "purpose checking"),
        ("a\x00b\x1bc\u2028d", "a b c d"),
        ("", ""),
        (None, None),
    ],
)
def test_texts_are_made_plain(written: str | None, plain: str | None) -> None:
    """Case, blanks, accents, contractions in every form of the apostrophe, what nobody sees."""
    assert plain_column(pa.array([written], pa.string())).to_pylist() == [plain]


# -- fires and stays quiet -------------------------------------------------------------------

PAIRS = [
    ("en", "Just checking in to see how things are going.", "Just checking in on the certificate."),
    ("de", "Wollte mich nur mal kurz melden.", "Kurz nachgefragt: liegt das Gutachten vor?"),
    ("fr", "Petite relance, où en êtes-vous ?", "Petite relance concernant le certificat."),
    ("es", "Solo quería saber cómo va todo.", "¿Alguna novedad sobre el certificado?"),
    (
        "nl",
        "Even bellen om te horen hoe het gaat.",
        "Vriendelijke herinnering over het certificaat.",
    ),
    ("pt", "Só passando para saber como estão as coisas.", "Alguma novidade sobre o certificado?"),
]


@pytest.mark.parametrize(("language", "empty", "named"), PAIRS, ids=[row[0] for row in PAIRS])
def test_six_languages(language: str, empty: str, named: str) -> None:
    """A check-in about nothing is flagged; the same phrase about a thing that is named is not."""
    found = signals(activity("empty", empty), activity("named", named))
    assert found["empty"] == {"check_in": empty}, language
    assert {"check_in", "purpose"} == set(found["named"]), language


@pytest.mark.parametrize(
    "text",
    [
        "Called to touch base.",
        "Any update?",
        "Hi John, I just wanted to touch base and see where you're at.",
        "Hi Ann,\njust checking in.\nBest regards\nSam Ortiz",
        "Dear Mr. Novotny,\n\nI wanted to check in with you.\n\nKind regards,\nSam",
        "Hope you're well. Did you get a chance to look?",
        "Weekly touchpoint",
    ],
)
def test_check_ins_about_nothing(text: str) -> None:
    """Greetings, names and signatures are no purpose."""
    assert flags(text) == [True]


@pytest.mark.parametrize(
    "text",
    [
        "Just checking in. The purpose of my call is to go through the offer.",
        "The purpose of my call is the offer. Just checking in.",
        "Just checking in. Could you sign the contract?",
        "Just checking in. New prices attached.",
        "Just checking in. Is Bruno still blocked?",
        "Just checking in about the\nnew shipping schedule",
        "Just checking in, and I am calling\nbecause of the audit",
        "Just checking in on the proposal.",
        "Checking in ahead of the board meeting",
        "Touching base: which option do you want?",
        "Just checking in. One quick question: is the gate locked?",
        "Just checking in.\n\nP.S. You asked us for the drawings.",
        "Just checking in.\n> Can you send the pump curve?\nDone, and the seal kit, too.",
        "On Mon, 2 Nov 2026 Ann wrote:\n> Just checking in.\n\nYes, the oven may stay on.",
        "Just touching base about 4000 euros",
        "Kurz nachgefragt. Anbei das Angebot.",
        "Juste un coucou. Ci-joint le devis.",
        "Juste un coucou pour présenter l'offre",
    ],
)
def test_a_purpose_anywhere_keeps_quiet(text: str) -> None:
    """Before it, after it, in the same sentence, over a broken line, between quotes."""
    assert flags(text) == [False]


@pytest.mark.parametrize(
    "text",
    [
        "Not just checking in: your contract ends in May.",
        "I'm not just checking in.",
        "This isn't a courtesy call.",
        "Nicht nur ein Routineanruf.",
        "Pas juste un coucou.",
        "No solo quería saludar.",
        "Niet zomaar even bellen.",
        "Não é só passando.",
    ],
)
def test_a_denial_keeps_quiet(text: str) -> None:
    """Who says that it is no check-in is believed."""
    assert flags(text) == [False]


@pytest.mark.parametrize("text", ["", "Here is the key.", "Checkingin", "touchbase", "n/a"])
def test_no_phrase_no_signal(text: str) -> None:
    """Nothing is kept of a text that does not check in: neither a signal nor a word of it."""
    assert signals(activity("a", text)) == {}


def test_subjects_are_read_and_empty_ones_are_not() -> None:
    """A check-in in the subject counts, and so does a purpose; a null is an empty text."""
    found = signals(
        activity("subject", None, "Touching base"),
        activity("both", "Here is the key.", "Touching base"),
        activity("purpose", "Touching base", "Your decision on the offer"),
        activity("none", None, None),
    )
    assert found["subject"] == {"check_in": "Touching base"}
    assert set(found["both"]) == set(found["purpose"]) == {"check_in", "purpose"}
    assert "none" not in found


# -- the newest message ----------------------------------------------------------------------

HEADERS = {
    "Gmail": "On Mon, Nov 2, 2026 at 10:00 AM Ann Lee <ann@northwind.example> wrote:",
    "Gmail, broken": "On Mon, Nov 2, 2026 at 10:00 AM Ann Lee\n<ann@northwind.example> wrote:",
    "Gmail, German": "Am Mo., 2. Nov. 2026 um 10:00 Uhr schrieb Ann Lee <ann@nw.example>:",
    "Gmail, French": "Le lun. 2 nov. 2026 à 10:00, Ann Lee <ann@nw.example> a écrit\u00a0:",
    "Gmail, Spanish": "El lun, 2 nov 2026 a las 10:00, Ann Lee (<ann@nw.example>) escribió:",
    "Gmail, Dutch": "Op ma 2 nov 2026 om 10:00 schreef Ann Lee <ann@nw.example>:",
    "Gmail, Portuguese": "Em seg., 2 de nov. de 2026 às 10:00, Ann <a@nw.example> escreveu:",
    "Apple Mail": "On 2 Nov 2026, at 10:00, Ann Lee <ann@northwind.example> wrote:",
    "Apple Mail, forwarded": "Begin forwarded message:",
    "Outlook": "From: Ann Lee <ann@nw.example>\nSent: Monday, November 2, 2026 10:00 AM",
    "Outlook, names only": "From: Ann Lee\nSent: Monday, November 2, 2026 10:00 AM\nTo: Sam",
    "Outlook, German": "Von: Ann Lee\nGesendet: Montag, 2. November 2026 10:00\nAn: Sam",
    "Outlook, French": "De : Ann Lee\nEnvoyé : lundi 2 novembre 2026 10:00\nÀ : Sam",
    "Outlook, bold": "*From:* Ann Lee <ann@nw.example>\n*Sent:* Monday",
    "Outlook, line": "________________________________\nFrom: Ann Lee",
    "Outlook, old": "-----Original Message-----\nFrom: Ann",
    "German, old": "-----Ursprüngliche Nachricht-----\nVon: Ann",
    "forwarded": "---------- Forwarded message ---------\nFrom: Ann",
    "quoted": "> Dear Sam,",
    "signature": "-- \nSam Ortiz, +1 555 0100",
}


@pytest.mark.parametrize("header", HEADERS.values(), ids=HEADERS)
@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["LF", "CRLF"])
def test_only_the_newest_message_is_read(header: str, end: str) -> None:
    """An older check-in is not said again, and an older purpose does not serve."""
    mark = "> " if header.startswith(("On", "Am", "Le", "El", "Op", "Em", ">")) else ""
    check = f"Just checking in.\n\n{header}\n{mark}Please review the contract."
    answer = f"Thank you.\n\n{header}\n{mark}Just checking in."
    assert flags(check.replace("\n", end), answer.replace("\n", end)) == [True, False]
    assert newest(check.replace("\n", end)).strip() == "Just checking in."


@pytest.mark.parametrize(
    "line",
    [
        "On Monday my colleague wrote to you about it.",
        "Am Montag schrieb ich Ihnen wegen des Angebots.",
        "From: now on we answer faster.",
        "From Monday on: new prices.",
        "- a point of a list",
        "--- a line of dashes inside",
    ],
)
def test_a_line_of_ones_own_is_no_header(line: str) -> None:
    """What only looks like one belongs to the message."""
    text = f"Just checking in.\n{line}\nThe end"
    assert newest(text) == text


def test_a_text_that_begins_with_a_quote() -> None:
    """What stands below is the message, and an answer to it."""
    text = "> Please sign the contract.\n\nJust touching base."
    assert newest(text) == "Just touching base."
    assert flags(text, text.replace("touching base", "sign here")) == [True, False]


def test_sentences() -> None:
    """Broken lines are joined, a greeting is not; no blank stays."""
    text = "Hi Ann,\njust checking in! Is it\nall right?\n\n  Sam  \n"
    assert sentences(text) == ["Hi Ann,", "just checking in!", "Is it all right?", "Sam"]


# -- what is kept ----------------------------------------------------------------------------


def test_a_quote_has_at_most_200_characters() -> None:
    """Counted as characters, of the check-in and of the purpose."""
    found = signals(activity("a", "Just checking in" + " 😀é" * 300 + ". Décision" + "!é" * 300))
    assert {len(said) for said in found["a"].values()} == {LONGEST_QUOTE}


def test_a_sentence_of_each_signal_is_kept_and_no_other_text() -> None:
    """The first that decides, with the lexicon's version; another activity leaves no trace."""
    rows = read_activities(
        table(
            activity("a", "Hello Zebulon. Just checking in. Touching base. Sign here. Pay there."),
            activity("b", "Hello Zebulon. The contract is signed by the purpose of my call."),
        ),
        LEXICON,
    )
    assert rows.schema == SIGNALS
    assert rows.to_pylist() == [
        {
            "activity_id": "a",
            "signal": s,
            "said": said,
            "due_at": None,
            "lexicon": LEXICON.version,
        }
        for s, said in (("check_in", "Just checking in."), ("purpose", "Sign here."))
    ]


def test_a_deleted_activity_says_nothing() -> None:
    """Its words are not kept, even where the CRM still shows them."""
    assert signals(activity("a", "Just checking in.", deleted=True)) == {}
    assert signals() == {}


HOSTILE = [
    "\n" * LONGEST_TEXT,
    " " * LONGEST_TEXT + "x",
    "On " * (LONGEST_TEXT // 3),
    "On " + "a" * LONGEST_TEXT,
    "--\n\n" * 9000 + "x",
    "from: " + "@" * LONGEST_TEXT + "\n",
    "from: a\n" * 8000,
    ">\n" * (LONGEST_TEXT // 2),
    "just " * (LONGEST_TEXT // 5),
    "check in. " * (LONGEST_TEXT // 10),
    "a" * LONGEST_TEXT,
    "'" * LONGEST_TEXT,
    "é\u0301" * (LONGEST_TEXT // 2),
]


@pytest.mark.parametrize("text", HOSTILE, ids=[repr(text[:8]) for text in HOSTILE])
def test_a_text_made_to_be_slow_is_read(text: str) -> None:
    """64 KiB of what makes patterns run in circles: an answer comes back."""
    assert flags(f"Just checking in.\n{text}", f"{text}\nJust checking in.") != []


def test_what_lies_beyond_64_ki_characters_is_not_read() -> None:
    """The cut is the same for everyone."""
    filler = "la " * (LONGEST_TEXT // 3)
    assert signals(activity("a", filler + ". Just checking in.")) == {}
    assert signals(activity("a", "Just checking in.\n" + filler)) != {}


@pytest.mark.parametrize(
    "text",
    [
        "\x00\x01\x02",
        "}{][",
        "{a|b",
        "(x)+",
        "\\Q\\E",
        "*+?",
        "[[alpha]]",
        "~",
        "\ufeff",
        "\u202e",
    ],
)
def test_hostile_text_is_only_text(text: str) -> None:
    """Control characters, braces, the specials of patterns: neither a fault nor a purpose."""
    assert flags(text, f"{text}\nJust checking in.\n{text}") == [False, True]


# -- in the mirror ---------------------------------------------------------------------------


def kept(mirror: Mirror) -> list[Any]:
    return mirror.connection.execute(
        "SELECT a.id, s.signal, s.said, s.lexicon FROM signals s "
        "LEFT JOIN activities a ON a.key = s.activity_key ORDER BY ALL"
    ).fetchall()


def store(mirror: Mirror, *rows: dict[str, Any]) -> None:
    with transaction(mirror.connection):
        for batch in table(*rows).to_batches():
            mirror.store(Batch("activities", batch))


def test_the_mirror_keeps_the_signals_of_the_newest_version() -> None:
    """Replaced when the text changes, untouched by an older version, gone with the activity; the
    lexicon's version stands beside each."""
    mirror = Mirror.of({})
    version = LEXICON.version
    first = ("a", "check_in", "Just checking in.", version)
    other = ("b", "check_in", "Any update?", version)
    store(mirror, activity("a", "Just checking in."), activity("b", "Any update?"))
    assert kept(mirror) == [first, other]
    store(mirror, activity("a", "Touching base. Sign here.", modified_at=_later(2)))
    second = [
        ("a", "check_in", "Touching base.", version),
        ("a", "purpose", "Sign here.", version),
    ]
    assert kept(mirror) == [*second, other]
    store(mirror, activity("a", "Just checking in.", modified_at=_later(1)))
    assert kept(mirror) == [*second, other]
    store(mirror, activity("a", "Here is the key.", modified_at=_later(3)))
    assert kept(mirror) == [other]
    store(mirror, activity("b", "Any update?", deleted=True, modified_at=_later(1)))
    assert kept(mirror) == []
    mirror.close()


def _later(minutes: int) -> dt.datetime:
    return NOON + dt.timedelta(minutes=minutes)


# -- texts by others -------------------------------------------------------------------------


@pytest.mark.shared
def test_nobody_is_accused_by_mistake() -> None:
    """On the development texts every flag is right; how many are missed is printed."""
    path = TEXTS / "checkins.jsonl"
    if not path.exists():
        pytest.skip(f"{path.name} does not lie beside this checkout")
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    judged = [row for row in rows if row["direction"] == "outbound" and not row["borderline"]]
    flagged = dict(zip((r["id"] for r in judged), flags(*(r["text"] for r in judged)), strict=True))
    wanted = {row["id"] for row in judged if row["label"] == "purposeless"}
    hit = {id for id, yes in flagged.items() if yes}
    print(f"recall {len(hit & wanted)} of {len(wanted)}")
    assert hit - wanted == set(), _texts(judged, hit - wanted)
    assert hit


def _texts(rows: Sequence[dict[str, Any]], ids: set[str]) -> list[str]:
    return [row["text"] for row in rows if row["id"] in ids]
