"""The words by which mail programs and people mark what is not the message, in six languages.

Words only: what follows from them stands in `newest`, `older`, `signature` and `automatic`. All in
small letters. Sources: the reply and forward texts of Outlook, Gmail, Apple Mail, Thunderbird,
Salesforce and HubSpot in English, German, French, Spanish, Dutch and Portuguese.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

FROM: Final = "from"
SENT: Final = "sent"
SUBJECT: Final = "subject"

_FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    FROM: ("from", "von", "de", "van"),
    SENT: (
        *("sent", "date", "gesendet", "gesendet am", "datum", "envoyé", "envoyé le", "enviado"),
        *("enviado el", "enviado em", "fecha", "verzonden", "verzonden op", "enviada", "data"),
        *("enviada em", "date d'envoi"),
    ),
    "to": ("to", "an", "à", "a", "para", "aan", "pour", "additional to"),
    "copy": ("cc", "bcc", "kopie", "copie", "copie à", "copia", "cópia", "cci", "cco"),
    SUBJECT: ("subject", "betreff", "objet", "asunto", "onderwerp", "assunto", "sujet"),
    "attached": (
        *("attachment", "attachments", "anlage", "anlagen", "anhänge", "pièces jointes"),
        *("datos adjuntos", "adjuntos", "bijlage", "bijlagen", "anexos"),
    ),
    "reply": ("reply-to", "antwort an", "répondre à", "responder a", "antwoord aan"),
    "importance": ("importance", "wichtigkeit", "priorität", "importancia", "urgentie"),
}
#: A word before a colon -> the field of a mail's header that it names.
FIELDS: Final = {word: field for field, words in _FIELDS.items() for word in words}

#: With these a line ends, or begins, that says who wrote what is quoted below it.
WROTE: Final = (
    *("wrote", "schrieb", "geschrieben", "écrit", "escribió", "ha escrito", "schreef"),
    *("geschreven", "escreveu"),
)

#: In a line between dashes they begin an older message.
OLDER: Final = (
    *("original", "forwarded", "ursprüngliche", "weitergeleitete", "message", "origine"),
    *("transféré", "mensaje", "reenviado", "mensagem", "encaminhada", "oorspronkelijk"),
    *("doorgestuurd", "nachricht"),
)
#: Of these, the ones that pass on what somebody else wrote.
FORWARDED: Final = (
    *("forwarded", "weitergeleitete", "transféré", "réexpédié", "reenviado", "encaminhada"),
    *("reencaminhada", "doorgestuurd"),
)
#: Lines that Apple Mail puts above a mail that is passed on.
FORWARD_LINES: Final = frozenset(
    {
        *("begin forwarded message", "anfang der weitergeleiteten nachricht"),
        *("anfang der weitergeleiteten e-mail", "début du message transféré"),
        *("début du message réexpédié", "inicio del mensaje reenviado"),
        *("begin doorgestuurd bericht", "início da mensagem reencaminhada"),
        *("início da mensagem encaminhada",),
    }
)

#: One of these makes a closing line of words of which all the others are `CLOSING_BESIDE`.
CLOSING: Final = frozenset(
    {
        *("regards", "rgds", "wishes", "best", "sincerely", "faithfully", "truly", "yours"),
        *("cheers", "cordially", "respectfully", "warmly", "br", "kr"),
        *("grüße", "grüßen", "gruß", "grüsse", "grüssen", "gruss", "gruesse", "gruessen"),
        *("mfg", "vg", "lg", "hg", "bg", "hochachtungsvoll"),
        *("herzlichst", "gr", "sds", "bjs", "beijos", "abç"),
        *("cordialement", "salutations", "amicalement", "cdt", "cdlt", "sincèrement", "bàv"),
        *("saludos", "saludo", "atentamente", "cordialmente", "atte", "abrazo", "abrazos"),
        *("groet", "groeten", "groetjes", "mvg", "hoogachtend", "vrgr"),
        *("atenciosamente", "att", "cumprimentos", "abraço", "abraços", "abs", "saudações"),
    }
)
CLOSING_BESIDE: Final = frozenset(
    {
        *("with", "kind", "kindest", "warm", "warmest", "best", "very", "my", "many", "and"),
        *("thanks", "thank", "you", "&", "all", "the", "good"),
        *("mit", "freundlichen", "freundlichem", "freundliche", "freundlicher", "besten", "beste"),
        *("viele", "vielen", "dank", "und", "liebe", "lieben", "herzliche", "herzlichen"),
        *("schöne", "sonnige", "kollegiale", "winterliche", "ganz"),
        *("ihr", "ihre", "dein", "deine", "euer", "eure"),
        *("bien", "très", "avec", "mes", "nos", "sincères", "meilleures", "cordiales", "merci"),
        *(
            "et",
            "un",
            "una",
            "reciba",
            "recibe",
            "afectuoso",
            "cordial",
            "muy",
            "muchas",
            "gracias",
            "y",
            "le",
            "saluda",
            "fuerte",
        ),
        *("met", "vriendelijke", "hartelijke", "vr", "gr", "bedankt", "en", "warme", "zonnige"),
        *("com", "os", "melhores", "meus", "um", "forte", "grande", "obrigado", "obrigada", "e"),
    }
)
#: Whole closing lines in other words.
CLOSING_LINES: Final = frozenset(
    {
        *("all the best", "as ever", "take care", "talk soon", "speak soon", "with love"),
        *("bis bald", "bis dann", "es grüßt", "es grüßt sie", "schönen tag noch"),
        *("bien à vous", "bien à toi", "à bientôt", "hasta pronto", "hasta luego"),
        *("tot snel", "tot gauw", "até breve", "até logo"),
    }
)
#: How the long French closing begins, and what it wishes.
CLOSING_SENTENCE: Final = ("je vous prie d'", "je vous prie de", "veuillez agréer", "veuillez rece")
CLOSING_WISH: Final = ("salutations", "considération", "sentiments", "respects")
#: A closing that also says something to the reader: the line stays, the card below it goes.
THANKING: Final = frozenset(
    {
        *("thanks", "thank you", "many thanks", "thx", "ty", "thanks a lot", "thanks so much"),
        *("thanks in advance", "thank you very much", "thank you so much", "ta"),
        *("danke", "vielen dank", "danke schön", "dankeschön", "besten dank", "herzlichen dank"),
        *("danke im voraus", "vielen dank im voraus"),
        *("merci", "merci beaucoup", "merci d'avance", "merci par avance", "un grand merci"),
        *("gracias", "muchas gracias", "mil gracias", "gracias de antemano"),
        *("bedankt", "dank je wel", "dank u wel", "hartelijk dank", "alvast bedankt", "dank"),
        *("obrigado", "obrigada", "muito obrigado", "muito obrigada", "grato", "grata"),
    }
)

#: What a telephone or a program writes below a mail: beginnings of such a line that name it,
SENT_FROM: Final = (
    *("sent from my ", "sent from mail", "sent from outlook", "sent from yahoo", "sent from gmail"),
    *("get outlook for ", "get bluemail", "diese nachricht wurde von meinem "),
    *("outlook für ", "holen sie sich outlook", "laden sie outlook"),
    *("envoyé de mon ", "obtenir outlook ", "télécharger outlook", "provenance : ", "provenance: "),
    *("obtener outlook ", "obtenga outlook ", "descargar outlook", "enviado desde mi "),
    *("verzonden vanaf mijn ", "verstuurd vanaf mijn ", "download outlook", "outlook voor "),
    *("ontvang outlook", "enviado do meu ", "enviado a partir do meu "),
    *("obter o outlook ", "obter outlook", "baixar o outlook", "baixe o outlook"),
)
#: beginnings behind which a name must stand,
SENT_BY: Final = (
    *("sent via ", "sent with ", "sent using ", "sent from ", "gesendet von ", "gesendet mit "),
    *("gesendet über ", "envoyé depuis ", "envoyé à partir de ", "envoyé avec ", "enviado desde "),
    *("enviado con ", "verzonden vanaf ", "verstuurd vanaf ", "verzonden met ", "verzonden via "),
    *("verstuurd met ", "enviado do ", "enviado pelo ", "enviado através do ", "enviado via "),
)
#: and the end and the beginning of its German form.
SENT_FROM_AROUND: Final = (("von mein", "gesendet"), ("von unterwegs", "gesendet"))
#: or one of these words,
SENT_FROM_SMALL: Final = frozenset(
    {"der", "meinem", "meiner", "l'application", "la", "mi", "mijn", "meu", "mon", "iphone", "ipad"}
)
#: and one of these somewhere in the line.
DEVICES: Final = (
    *(
        "phone",
        "ipad",
        "android",
        "galaxy",
        "mobil",
        "móvil",
        "movil",
        "celular",
        "telef",
        "téléph",
    ),
    *("outlook", "windows", "mail", "gmail", "salesforce", "hubspot", "samsung", "huawei", "pixel"),
    *("blackberry", "tablet", "handy", "smartphone", "app", "ios", "apparaat", "proton", "orange"),
)
