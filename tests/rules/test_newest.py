"""The newest message of a mail: what was written last, as programs of six languages send it.

The mails in `mails/*.txt` are marked line by line: "=" stands before the message, "|" before what
is none of it. The heading names the case and, behind its last colon, why something is cut.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.signals.text.automatic import is_automatic
from rules.signals.text.html_text import readable
from rules.signals.text.newest import (
    LONGEST_TEXT,
    MOST_LINES,
    Zones,
    newest,
    sentences,
    sentences_in,
    zone,
)

MAILS = Path(__file__).parent / "mails"
REASONS = {
    *("quote", "forward", "header", "signature", "device"),
    *("disclaimer", "footer", "banner", "reference"),
}
_GAPS = re.compile(r"\n{2,}")


@dataclass(frozen=True, kw_only=True)
class Mail:
    """A mail with what of it is the newest message."""

    case: str
    raw: str
    message: str
    why: frozenset[str]


def mails() -> Iterator[Mail]:
    """Every mail of the files."""
    for path in sorted(MAILS.glob("*.txt")):
        for block in path.read_text("utf-8").split("\n\n"):
            heading, *lines = block.strip("\n").split("\n")
            case, _, why = heading.removeprefix("# ").rpartition(":")
            reasons = frozenset(why.split())
            if not reasons <= REASONS or not case:
                case, reasons = heading, frozenset()
            yield Mail(
                case=f"{path.stem}, {case}",
                raw="\n".join(line[2:] for line in lines),
                message="\n".join(line[2:] if line[0] == "=" else "" for line in lines),
                why=reasons,
            )


def bare(text: str) -> str:
    """A text with single line ends and no blanks around it."""
    return _GAPS.sub("\n", text).strip()


@pytest.mark.parametrize("mail", list(mails()), ids=lambda mail: mail.case)
@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["LF", "CRLF"])
def test_of_a_mail_only_the_newest_message_is_kept(mail: Mail, end: str) -> None:
    """Whatever the program and the language; and why the rest is cut is told."""
    zones = zone(mail.raw.replace("\n", end))
    assert bare(zones.message) == bare(mail.message)
    assert {cut.why for cut in zones.cuts} == mail.why
    assert zone(zones.message).message == zones.message


def test_every_language_has_every_program() -> None:
    """At least sixty mails; a program that is missing in one language would hide a hole."""
    cases = [mail.case for mail in mails()]
    assert len(cases) >= 60
    assert len(set(cases)) == len(cases)
    for language in ("en", "de", "fr", "es", "nl", "pt"):
        own = [case for case in cases if case.startswith(language)]
        for program in ("Outlook", "Gmail", "Apple Mail", "Thunderbird", "Salesforce", "HubSpot"):
            assert any(program in case for case in own), (language, program)


def covered(zones: Zones) -> bool:
    """Whether the spans lie inside the text, in order, none over another."""
    spans = sorted((one.start, one.end) for one in (*zones.kept, *zones.cuts))
    ends = [0, *(end for _, end in spans)]
    inside = all(0 <= start <= end <= len(zones.text) for start, end in spans)
    return inside and all(end <= start for end, (start, _) in zip(ends, spans, strict=False))


PIECES = [
    *(line for mail in mails() for line in mail.raw.split("\n") if len(line) < 100),
    *(
        "",
        "",
        " ",
        "> ",
        ">> x",
        "--",
        "-- ",
        "_" * 32,
        "-----",
        "Body:",
        "x",
        "?",
        "wrote:",
        "\x85",
    ),
]


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=12)), max_size=25),
    st.sampled_from(["\n", "\r\n", "\r"]),
)
def test_whatever_is_put_together_is_told_apart(lines: list[str], end: str) -> None:
    """Never fails, every place lies in the text, and the message is not cut any further."""
    zones = zone(end.join(lines))
    assert covered(zones)
    assert {cut.why for cut in zones.cuts} <= REASONS
    assert newest(zones.message) == zones.message
    for said in sentences_in(zones):
        there = zones.text[said.start : said.end]
        assert re.sub(r"\s+", "", there) == re.sub(r"\s+", "", said.sentence)
    assert [one.sentence for one in sentences_in(zones)] == [
        said for part in zones.kept for said in sentences(zones.text[part.start : part.end])
    ]


def test_a_sentence_is_found_in_the_text_it_came_from() -> None:
    """Also a broken one, behind a quote, with line ends of two signs."""
    text = "> old\r\n\r\n  The crate, which you\r\nordered, is packed. It weighs 3.5 t.\r\n"
    zones = zone(text)
    assert [(one.sentence, text[one.start : one.end]) for one in sentences_in(zones)] == [
        ("The crate, which you ordered, is packed.", "The crate, which you\r\nordered, is packed."),
        ("It weighs 3.5 t.", "It weighs 3.5 t."),
    ]


def test_answers_between_quotes() -> None:
    """They are of the message."""
    text = "Hello,\n> How many?\nSix.\n> Where to?\nLeeds.\n"
    assert newest(text) == "Hello,\n\nSix.\n\nLeeds."


def test_only_the_beginning_of_a_huge_text_is_read() -> None:
    """By signs and by lines."""
    assert zone("x" * (2 * LONGEST_TEXT)).text == "x" * LONGEST_TEXT
    assert newest("x\n" * (2 * MOST_LINES)).count("x") == MOST_LINES


HOSTILE = [
    *("> ", ">\n", "wrote:\n", "On 1 2020 x wrote:\n>\n", "--------\n\n", "Best,\nSam\n\n"),
    *("From: x\n", "<div>", "<!--", "<blockquote>", "<p><", "a.", "ref:_00D"),
    "confidential recipient delete\n\n",
]


@pytest.mark.parametrize("line", HOSTILE)
def test_a_hostile_text_is_read_to_its_end(line: str) -> None:
    """A megabyte of one trigger: told apart like any other text."""
    zones = zone(line * (1_000_000 // len(line)))
    assert covered(zones)
    assert sentences_in(zones) is not None


# -- markup ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("markup", "message"),
    [
        (
            "<div dir=ltr>The crate is packed.</div><br><div class=gmail_quote><div>On Mon, Nov 2,"
            " 2026 at 10:00 AM Wanda &lt;<a href=x>w@birch.example</a>&gt; wrote:<br></div>"
            "<blockquote class=gmail_quote>Is it packed?</blockquote></div>",
            "The crate is packed.",
        ),
        (
            "<p class=MsoNormal>It is packed.<o:p></o:p></p><div style='border-top:solid #E1E1E1'>"
            "<p><b>Von:</b> Hilde Kranz &lt;h@kranz.example&gt;<br><b>Gesendet:</b> Montag<br>"
            "<b>An:</b> Jost</p></div><p>Gepackt?</p>",
            "It is packed.",
        ),
        (
            "<p>It is packed.</p><div class='hs-signature'><p>Perry</p><p>Toolhouse</p></div>",
            "It is packed.",
        ),
        (
            "<style>p{}</style><!-- x --><p>One&nbsp;&amp; two</p><ul><li>a</li><li>b</li></ul>",
            "One & two\n\na\nb",
        ),
        (
            "<div>See:</div><blockquote style='margin:0 0 0 40px;border:none'>set in</blockquote>",
            "See:\n\nset in",
        ),
        ("<blockquote type=cite>How many?</blockquote><p>Six.</p>", "Six."),
        ("&lt;p&gt;told twice&lt;/p&gt;<br>", "told twice"),
        ("<p>never closed <b", "never closed <b"),
        ("write to <ann@nw.example> if 1 < 2", "write to <ann@nw.example> if 1 < 2"),
    ],
)
def test_markup_is_read_as_a_person_reads_it(markup: str, message: str) -> None:
    """Blocks on lines of their own, quotes and signatures known by their tags."""
    assert newest(markup) == message


SIGNS = [
    *(
        "<",
        ">",
        "/",
        "&",
        ";",
        "<p>",
        "</p>",
        "<blockquote>",
        "</blockquote>",
        "<br>",
        "<!--",
        "-->",
    ),
    *("a b", "<style>", "&lt;", "\n", "<div class='hs-signature'>"),
]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(SIGNS), max_size=30))
def test_no_markup_is_too_broken(parts: list[str]) -> None:
    """Whatever it is, it is read, and read once it stays."""
    text = readable("".join(parts))
    assert covered(zone(text))


# -- automatic mails -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("why", "text"),
    [
        ("automatic answer", "Automatic reply: gate\n\nBack on Monday."),
        ("automatic answer", "Automatische Antwort: Tor"),
        ("automatic answer", "Réponse automatique : portail"),
        ("automatic answer", "Respuesta automática: puerta"),
        ("automatic answer", "Automatisch antwoord: hek"),
        ("automatic answer", "Resposta automática: portão"),
        ("out of office", "Thank you for your mail. I am out of the office and return on Monday."),
        ("out of office", "Ich bin bis Montag nicht im Büro. In dringenden Fällen: Zentrale."),
        ("out of office", "Je suis absent jusqu'à lundi. En cas d'urgence, appelez l'accueil."),
        ("out of office", "Estoy de vacaciones. Para algo urgente, llame a la oficina."),
        ("out of office", "Ik ben op vakantie. Bij dringende zaken: bel kantoor."),
        ("out of office", "Bedankt voor uw bericht. Wij zijn met vakantie tot de 9e."),
        ("out of office", "Estou de férias e responderei na volta."),
        ("bounce", "Your message could not be delivered to w@birch.example."),
        ("bounce", "Ihre Nachricht konnte nicht zugestellt werden."),
        ("bounce", "Votre message n'a pas pu être remis à s@huret.example."),
        ("bounce", "No se pudo entregar el mensaje a n@rubial.example."),
        ("bounce", "Uw bericht kan niet worden bezorgd."),
        ("bounce", "Não foi possível entregar a mensagem."),
        ("survey", "How did we do? Click a star, it takes one minute."),
        ("survey", "Nehmen Sie an unserer Umfrage teil."),
        ("survey", "Répondez à notre enquête."),
        ("survey", "Responda a nuestra encuesta."),
        ("survey", "Vul onze enquête in."),
        ("survey", "Responda à nossa pesquisa."),
        ("newsletter", "Spring at Toolhouse\n\nView in browser | Unsubscribe"),
        ("newsletter", "Frühling bei uns\n\nIm Browser ansehen | Abmelden"),
        ("newsletter", "Printemps\n\nVoir dans le navigateur | Se désabonner"),
        ("newsletter", "Primavera\n\nVer en el navegador | Darse de baja"),
        ("newsletter", "Lente\n\nBekijk in browser | Uitschrijven"),
        ("newsletter", "Primavera\n\nVer no navegador | Cancelar inscrição"),
        ("notification", "Your order has left. Please do not reply to this message."),
        ("notification", "Diese E-Mail wurde automatisch erstellt."),
        ("notification", "Ceci est un message automatique."),
        ("notification", "Danke! Dies ist eine automatisierte Antwort, wir sind ab acht Uhr da."),
        ("notification", "Merci de votre message. Ceci est une réponse automatique."),
        ("notification", "Gracias por escribir. Esta es una respuesta automática."),
        ("notification", "Bedankt! Dit is een automatisch antwoord, morgen zijn wij er weer."),
        ("notification", "Obrigado pelo contato! Esta é uma resposta automática."),
        ("notification", "Este es un mensaje automático."),
        ("notification", "Dit is een automatisch bericht."),
        ("notification", "Esta é uma mensagem automática."),
    ],
)
def test_an_automatic_mail_is_known(why: str, text: str) -> None:
    """By its subject, by one phrase of a machine, or by two that no person writes together."""
    assert is_automatic(text) == why
    assert is_automatic("Hello", subject=text.split("\n")[0]) in (why, None)


@pytest.mark.parametrize(
    "text",
    [
        "I am out of the office on Monday, can you call before?",
        "I am out of the office until Monday. Is it urgent?",
        "Re: crate\n\nI was out of the office, and it is urgent now.",
        "Is it urgent?\n\n> This is an automated message, please do not reply.",
        "Packed.\n\n---------- Forwarded message ---------\nDo not reply to this message.",
        "The door closes automatically, and the ramp is gone.",
        "Die Anlage schaltet automatisch ab.",
        "Das ist eine automatische Schranke, vier Meter breit.",
        "Dit is een automatisch hek, en het staat open.",
        "The parcel could not be delivered, the yard was shut. I bring it on Monday.",
        "We accepted your offer: the crate leaves tonight.",
        "The survey of the roof is done, nine tiles are loose.",
        "Your price holds until June.\n\nPerry\n\nDon't want to hear from me? Unsubscribe here",
        "Re: Automatic reply: gate\n\nThe gate is mended.",
        "Uitnodiging: wie mag in het rooster schrijven",
        "I was on holiday until Friday. The crate is packed now.",
        "",
    ],
)
def test_a_letter_is_not_automatic(text: str) -> None:
    """The same words in the mouth of a person, and a letter with the footer of a CRM."""
    assert is_automatic(text) is None


@pytest.mark.parametrize(
    ("headers", "why"),
    [
        ({"Auto-Submitted": "auto-replied"}, "header Auto-Submitted"),
        ({"auto-submitted": "no"}, None),
        ({"Precedence": " Bulk "}, "header Precedence"),
        ({"PRECEDENCE": "normal"}, None),
        ({"List-Unsubscribe": "<mailto:x@y.example>"}, "header List-Unsubscribe"),
        ({"Return-Path": "<>"}, "header Return-Path"),
        ({"Return-Path": "<a@b.example>"}, None),
        ({"Subject": "hello"}, None),
    ],
)
def test_headers_decide_first(headers: dict[str, str], why: str | None) -> None:
    """What the mail says of itself, in any case of letters."""
    assert is_automatic("The crate is packed.", headers) == why


def test_a_subject_tells_an_answer_of_a_calendar() -> None:
    """An answer is automatic, an invitation was written by a person."""
    assert is_automatic("", subject="Zugesagt: Abnahme") == "calendar answer"
    assert is_automatic("", subject="Einladung: Abnahme") is None
