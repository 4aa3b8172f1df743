"""Paragraphs that no person wrote to the reader: disclaimers, footers, banners, marks of a CRM.

One paragraph at a time, cut to a bounded length, each judged by words alone: several together for
what a person might say, one where no person says it. Never judges the message itself.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

DISCLAIMER: Final = "disclaimer"
FOOTER: Final = "footer"
BANNER: Final = "banner"
REFERENCE: Final = "reference"

_LONGEST: Final = 1_500  # characters of a paragraph that are looked at
_SHORT: Final = 70  # words of a footer; a longer paragraph says more than that
_ENOUGH: Final = 3  # kinds of words that only a disclaimer brings together
_READER: Final = 1  # places in `_LEGAL`
_FORBIDDEN: Final = 4

#: A disclaimer brings several of these lines together; alone each may be said to a reader.
_LEGAL: Final = (
    ("confidential", "privileged", "vertraulich", "confidentiel", "confidencial", "vertrouwelijk"),
    (
        *("intended recipient", "intended solely", "intended only", "addressee", "addressed"),
        *("adressat", "empfänger", "destinataire", "destinatari", "destinatário", "geadresseerde"),
        *("bestemd voor", "uitsluitend bestemd", "dirigid"),
    ),
    (
        *("in error", "by mistake", "irrtümlich", "nicht der richtige", "par erreur", "por error"),
        *(
            "abusivamente",
            "ten onrechte",
            "por engano",
            "per abuis",
            "por erro",
            "not the intended",
        ),
    ),
    (
        *(
            "delete",
            "destroy",
            "lösch",
            "vernicht",
            "supprim",
            "détrui",
            "elimin",
            "destru",
            "bórr",
        ),
        *("verwijder", "vernietig", "apag", "borrar"),
    ),
    (
        *("prohibited", "unauthori", "disclos", "unbefugt", "nicht gestattet", "unzulässig"),
        *("interdit", "prohibid", "verboden", "niet toegestaan", "proibid", "não autorizad"),
    ),
    ("liab", "haftung", "responsab", "aansprakelijk", "représent the views", "opinions"),
)
_MAIL: Final = (
    *("e-mail", "email", "message", "nachricht", "courriel", "correo", "mensaje", "bericht"),
    *("mensagem", "transmission"),
)
#: Each alone marks a footer; a person does not write it.
_MARKS: Final = (
    *("view in browser", "view this email in your browser", "manage your preferences"),
    *("update your preferences", "unsubscribe here", "click to unsubscribe", "unsubscribe |"),
    *("| unsubscribe", "unsubscribe at any time", "hubspot, inc", "powered by hubspot"),
    *("im browser ansehen", "im browser anzeigen", "newsletter abbestellen", "| abmelden"),
    *("abmelden |", "hier abmelden", "hier abbestellen", "voir dans le navigateur"),
    *("lien de désabonnement", "désabonnez-vous", "ver en el navegador", "ver no navegador"),
    *("bekijk in browser", "bekijk in je browser", "hier afmelden", "afmelden voor deze mail"),
    *("denk aan het milieu", "pense no meio ambiente", "virus-free", "scanned for viruses"),
    *("auf viren geprüft", "auf viren überprüft", "libre de virus", "virusvrij", "avast.com"),
    *("livre de vírus", "sent via salesforce"),
)
#: Two of these together mark a footer, or one with a word of `_BESIDE`; each may be meant.
_HINTS: Final = (
    *("unsubscribe", "you received this", "you are receiving this", "you're receiving this"),
    *("view online", "before printing", "before you print", "manage preferences"),
    *("abmelden", "abbestellen", "sie erhalten diese", "vor dem ausdrucken", "bevor sie diese"),
    *("désabonner", "désinscri", "vous recevez ce", "version en ligne", "avant d'imprimer"),
    *("darse de baja", "darte de baja", "cancelar la suscripción", "cancelar suscripción"),
    *("recibe este", "recibes este", "ha recibido este", "antes de imprimir"),
    *("uitschrijven", "afmelden", "u ontvangt d", "je ontvangt d", "voordat u deze"),
    *("cancelar inscrição", "cancelar a inscrição", "cancelar a subscrição", "descadastr"),
    *("está recebendo este", "recebeu este"),
)
_BESIDE: Final = (
    *("subscribed", "mailing list", "your preferences", "click here", "the environment"),
    *("angemeldet haben", "newsletter", "klicken sie hier", "umwelt", "notwendig"),
    *("liste de diffusion", "êtes inscrit", "êtes abonné", "cliquez ici", "environnement"),
    *("está suscrito", "nuestra lista", "haga clic", "haz clic", "medio ambiente"),
    *("ingeschreven", "nieuwsbrief", "klik hier", "milieu", "clique aqui", "meio ambiente"),
    *("nossa lista", "está inscrito"),
)
#: A firewall puts these above a mail; "extern" is said of the sender.
_WARNS: Final = re.compile(
    r"\W{0,4}(?:caution|external|extern|warning|achtung|vorsicht|attention|prudence|atención"
    r"|precaución|let op|cuidado|atenção|be careful|you don't often get|"
    r"sie erhalten nicht (?:oft|häufig)|some people who received)\b",
    re.IGNORECASE,
)
_OUTSIDE: Final = (
    *("outside", "external", "extern", "extérieur", "fuera de", "externo", "buiten de"),
    *("fora da", "don't often get", "nicht oft", "nicht häufig", "some people who received"),
)
_OF_MAIL: Final = (
    *("mail", "message", "sender", "nachricht", "absender", "expéditeur", "courriel", "correo"),
    *("remitente", "mensaje", "bericht", "afzender", "mensagem", "remetente", "organi"),
)
#: Salesforce finds the thread of a case by it.
_THREAD: Final = re.compile(
    r"\[? ?(?:ref:(?:_|!)00D\w{4,60}\.(?:_|!)?\w{4,60}:ref|thread::[\w-]{10,80}::) ?\]?$"
)
_GATES: Final = (
    *("confiden", "vertrauli", "vertrouwelijk", "privileged", "recipient", "empfänger", "destinat"),
    *("brows", "navegador", "navigateur", "unsub", "prefer", "abmeld", "abbestell", "désab"),
    *("désinscri", "baja", "suscri", "uitschr", "afmeld", "inscri", "subscri", "descadastr"),
    *("receiv", "erhalten", "recevez", "recib", "ontvang", "receb", "print", "druck", "imprim"),
    *("virus", "viren", "vírus", "avast", "hubspot", "salesforce", "extern", "outside", "ref:"),
    *("thread::", "milieu", "meio ambiente", "geadresseerde", "version en ligne", "analysé"),
)


def may_have_footer(lines: Sequence[str]) -> bool:
    """Tell fast whether a paragraph of these lines can be a footer at all."""
    small = "\n".join(lines).lower()
    return any(map(small.__contains__, _GATES))  # no generator: every letter comes by here


def footer_of(paragraph: Sequence[str], *, first: bool) -> str | None:
    """Return why these lines are no words to the reader; `first`: nothing stands above them."""
    said = " ".join(paragraph)[:_LONGEST]
    small = said.lower()
    if _THREAD.match(said):
        return REFERENCE
    if _is_legal(small):
        return DISCLAIMER
    if len(small.split()) > _SHORT:
        return None
    if _WARNS.match(said) and _has(small, _OUTSIDE) and _has(small, _OF_MAIL):
        return BANNER
    return FOOTER if not first and _is_footer(small) else None


def _is_footer(small: str) -> bool:
    if _has(small, _MARKS):
        return True
    hints = sum(map(small.__contains__, _HINTS))
    return hints > 1 or (hints == 1 and _has(small, _BESIDE))


def _has(small: str, words: Sequence[str]) -> bool:
    return any(map(small.__contains__, words))


def _is_legal(small: str) -> bool:
    """Tell a disclaimer: it speaks of a mail, of who may read it or may not, and of more."""
    kinds = [_has(small, words) for words in _LEGAL]
    if not _has(small, _MAIL) or not (kinds[_READER] or kinds[_FORBIDDEN]):
        return False
    return sum(kinds) >= _ENOUGH or (kinds[0] and kinds[_READER])
