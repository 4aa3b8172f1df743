"""The words by which automatic mails are known, in six languages; words only.

What follows from them stands in `automatic`. All in small letters; an apostrophe is straight.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

OUT_OF_OFFICE: Final = "out of office"
CALENDAR: Final = "calendar answer"
BOUNCE: Final = "bounce"
SURVEY: Final = "survey"
NEWSLETTER: Final = "newsletter"
NOTIFICATION: Final = "notification"
ANSWER: Final = "automatic answer"


@dataclass(frozen=True, kw_only=True)
class Pair:
    """One of `these` and one of `those` together say what a mail is."""

    why: str
    these: tuple[str, ...]
    those: tuple[str, ...]


#: How the subject, or the first line, of such a mail begins. An invitation is no such mail: a
#: person wrote it.
SUBJECTS: Final[tuple[tuple[str, tuple[str, ...]], ...]] = (
    (
        ANSWER,
        (
            *("automatic reply", "auto reply", "auto-reply", "autoreply", "automated reply"),
            *("automatic response", "autosvar", "auto response", "autoresponse"),
            *("automatische antwort", "automatische rückmeldung", "réponse automatique"),
            *("respuesta automática", "contestación automática", "automatisch antwoord"),
            *("automatische reactie", "resposta automática"),
        ),
    ),
    (
        OUT_OF_OFFICE,
        (
            *("out of office:", "out of the office:", "out-of-office", "ooo:", "on leave:"),
            *("abwesenheitsnotiz", "abwesenheit:", "abwesend:", "absence du bureau", "absent(e)"),
            *("message d'absence", "fuera de la oficina:", "ausencia:", "afwezigheid"),
            *("afwezig:", "niet aanwezig:", "fora do escritório", "ausência:", "ausente:"),
        ),
    ),
    (
        CALENDAR,
        (
            *("accepted: ", "declined: ", "tentative: ", "tentatively accepted: ", "canceled: "),
            *(
                "canceled event",
                "cancelled: ",
                "new time pro",
            ),
            *("zugesagt: ", "abgelehnt: ", "mit vorbehalt", "abgesagt: "),
            *("accepté : ", "accepté: ", "refusé : ", "refusé: ", "provisoire : ", "annulé : "),
            *("aceptado: ", "aceptada: ", "rechazado: ", "rechazada: "),
            *("cancelado: ", "provisional: ", "geaccepteerd: ", "geweigerd: "),
            *("afgewezen: ", "voorlopig: ", "geannuleerd: ", "aceite: "),
            *("aceito: ", "recusado: ", "recusada: ", "cancelada: "),
        ),
    ),
    (
        BOUNCE,
        (
            *("undeliverable", "delivery status notification", "mail delivery", "failure notice"),
            *(
                "returned mail",
                "delivery failure",
                "unzustellbar",
                "non remis",
                "no se puede entre",
            ),
            *("no entregable", "onbestelbaar", "não entregue", "nicht zustellbar", "non délivré"),
        ),
    ),
)

#: Each alone is enough, wherever it stands.
ALONE: Final[tuple[tuple[str, tuple[str, ...]], ...]] = (
    (
        BOUNCE,
        (
            *("mailer-daemon", "delivery has failed to these recipients", "address not found"),
            *("your message wasn't delivered", "your message could not be delivered"),
            *("your message couldn't be delivered", "message was not delivered to"),
            *("ihre nachricht konnte nicht zugestellt werden", "nachricht an die folgenden empf"),
            *("nachricht wurde nicht zugestellt", "votre message n'a pas pu être remis"),
            *("votre message n'a pas été remis", "échec de la remise", "échec de remise"),
            *("no se pudo entregar el mensaje", "no se ha podido entregar el mensaje"),
            *("el mensaje no se ha entregado", "error en la entrega a estos"),
            *("uw bericht kan niet worden bezorgd", "bericht kon niet worden bezorgd"),
            *("bericht kon niet worden afgeleverd", "bericht is niet bezorgd"),
            *("não foi possível entregar a sua mensagem", "não foi possível entregar a mensagem"),
            *("sua mensagem não foi entregue", "falha na entrega"),
        ),
    ),
    (
        NOTIFICATION,
        (
            *(
                "this is an automated",
                "this is an automatic",
                "sent automatically",
                "automatically generated",
                "generated automatically",
                "auto-generated",
            ),
            *("do not reply to this", "don't reply to this", "please do not respond to this"),
            *("replies to this email are not", "this mailbox is not monitored", "no-reply@"),
            *("this inbox is not monitored", "noreply@", "do-not-reply@"),
            *("automatisch erstellt", "automatisch generiert", "automatisch versendet"),
            *("automatisch erzeugt", "automatisch verschickt", "bitte nicht auf diese"),
            *("antworten sie nicht auf diese", "antworten sie bitte nicht auf diese"),
            *("auf diese e-mail kann nicht geantwortet", "dies ist eine automatische"),
            *("automatisierte antwort", "das ist eine automatische antwort"),
            *("ceci est une réponse automatique", "il s'agit d'une réponse automatique"),
            *("c'est une réponse automatique", "réponse automatisée"),
            *("esta es una respuesta automática", "se trata de una respuesta automática"),
            *("respuesta automatizada", "dit is een automatisch antwoord"),
            *("dit is een automatische reactie", "dit is een automatische mail"),
            *("geautomatiseerd antwoord", "geautomatiseerde reactie"),
            *("esta é uma resposta automática", "trata-se de uma resposta automática"),
            *("resposta automatizada",),
            *("message automatique", "courriel automatique", "e-mail automatique"),
            *("envoyé automatiquement", "généré automatiquement", "merci de ne pas y répondre"),
            *("merci de ne pas répondre", "ne pas répondre à ce", "ne répondez pas à ce"),
            *("mensaje automático", "correo automático", "generado automáticamente"),
            *("enviado automáticamente", "se generó automáticamente", "no responda a este"),
            *("no conteste a este", "por favor, no responda", "no respondas a este"),
            *("automatisch bericht", "automatisch verzonden", "automatisch gegenereerd"),
            *("automatisch aangemaakt", "niet op deze e-mail antwoorden", "reageer niet op deze"),
            *(
                "niet op dit bericht antwoorden",
                "niet op deze mail reageren",
                "geautomatiseerd ber",
            ),
            *("niet reageren op deze", "beantwoord deze e-mail niet"),
            *("mensagem automática", "e-mail automático", "email automático", "gerada automatica"),
            *("gerado automaticamente", "enviado automaticamente", "enviada automaticamente"),
            *("não responda a est", "não responda este", "por favor, não responda"),
            *("favor não responder",),
        ),
    ),
    (
        CALENDAR,
        (
            *(
                "has accepted your invitation",
                "has accepted this invitation",
                "has declined your inv",
            ),
            *(
                "has declined this invitation",
                "join with google meet",
            ),
            *(
                "hat ihre einladung angenommen",
                "hat die einladung angenommen",
                "hat diese einladung",
            ),
            *("a accepté votre invitation", "a accepté cette invitation", "a refusé votre invit"),
            *(
                "a refusé cette invitation",
                "ha aceptado tu invitación",
                "ha aceptado su invitación",
            ),
            *(
                "ha aceptado esta invitación",
                "ha rechazado tu",
                "heeft uw uitnodiging",
                "heeft je uit",
            ),
            *("heeft deze uitnodiging", "aceitou o seu convite", "aceitou seu convite"),
            *("aceitou este convite", "recusou o seu convite", "recusou este convite"),
        ),
    ),
)


_UNSUBSCRIBE: Final = (
    *("unsubscribe", "manage preferences", "manage your preferences", "abbestellen", "abmelden"),
    *("désabonn", "désinscri", "darse de baja", "darte de baja", "cancelar la suscripción"),
    *("cancelar suscripción", "uitschrijven", "afmelden", "cancele a inscrição"),
    *("cancelar inscrição", "cancelar a inscrição", "cancelar a subscrição", "descadastr"),
)
PAIRS: Final = (
    Pair(
        why=NOTIFICATION,
        these=(
            *(
                "automatic message",
                "automated message",
                "automatic notification",
                "automatic e-mail",
            ),
            *("automated email", "automated e-mail", "system message", "automatische nachricht"),
            *(
                "automatisierte nachricht",
                "message généré",
                "mensaje automático",
                "correo automático",
            ),
            *("automatisch bericht", "geautomatiseerd bericht", "mensagem automática"),
        ),
        those=(
            *("do not reply", "don't reply", "no reply", "not monitored", "nicht antworten"),
            *("nicht auf diese", "ne pas répondre", "no responda", "no responder", "no contestar"),
            *(
                "niet antwoorden",
                "niet beantwoorden",
                "niet reageren",
                "não responda",
                "não responder",
            ),
        ),
    ),
    Pair(
        why=NEWSLETTER,
        these=_UNSUBSCRIBE,
        those=(
            *("in browser", "in your browser", "view online", "newsletter", "you subscribed"),
            *("you are receiving this", "you're receiving this", "you received this"),
            *("im browser", "sie erhalten diese", "dans le navigateur", "dans votre navigateur"),
            *("vous recevez ce", "version en ligne", "infolettre", "en el navegador"),
            *("en tu navegador", "boletín", "porque está suscrito", "porque estás suscrito"),
            *("recibe este correo", "bekijk in", "nieuwsbrief", "je ontvangt deze"),
            *("u ontvangt deze", "no navegador", "boletim", "está recebendo este", "recebeu este"),
        ),
    ),
    Pair(
        why=SURVEY,
        these=("survey", "umfrage", "sondage", "enquête", "encuesta", "pesquisa", "inquérito"),
        those=(
            *("how did we do", "minute survey", "take our", "take a minute", "take part"),
            *("minute für unsere", "minuten für unsere", "nehmen sie an unserer", "teilnehmen"),
            *("répondez à notre", "participez", "deux minutes pour", "quelques minutes pour"),
            *("responda a nuestra", "responde nuestra", "nuestra encuesta", "vul onze", "doe mee"),
            *("onze enquête", "responda à nossa", "responda ao nosso", "nossa pesquisa"),
        ),
    ),
    Pair(
        why=SURVEY,
        these=(
            *("how did we do?", "how was your experience", "rate your experience"),
            *("wie zufrieden waren sie", "wie war ihre erfahrung", "êtes-vous satisfait"),
            *("votre avis nous intéresse", "tu opinión nos importa", "su opinión nos importa"),
            *("hoe hebben wij het gedaan", "geef je mening", "geef uw mening"),
            *("como foi o seu atendimento", "avalie o nosso", "sua opinião é muito importante"),
        ),
        those=(
            *("click", "minute", "0 to 10", "1 to 5", "stars", "klick", "minuten", "0 bis 10"),
            *("cliquez", "sur 10", "haga clic", "haz clic", "minutos", "klik", "clique", "0 a 10"),
        ),
    ),
)
AWAY: Final = Pair(
    why=OUT_OF_OFFICE,
    these=(
        *(
            "out of the office",
            "out of office",
            "away from my desk",
            "on annual leave",
            "i am away",
        ),
        *(
            "i'm away",
            "on vacation until",
            "on holiday until",
            "travelling until",
            "on leave until",
        ),
        *("on parental leave", "on maternity leave", "on sick leave"),
        *("nicht im büro", "nicht im haus", "außer haus", "abwesend", "im urlaub", "in elternzeit"),
        *("absent du bureau", "absente du bureau", "absent jusqu", "absente jusqu", "en congé"),
        *("je suis absent", "fuera de la oficina", "estoy de vacaciones", "estaré ausente"),
        *("me encuentro ausente", "encontro-me ausente", "estarei ausente", "estou de férias"),
        *("fora do escritório", "ausente do escritório", "estou ausente", "met verlof"),
        *("niet op kantoor", "op vakantie", "met vakantie", "mijn verlof", "afwezig"),
        *("buiten kantoor", "je suis en vacances"),
    ),
    those=(
        *("return", "limited access", "no access", "will answer", "will reply", "urgent"),
        *("thank you for your m", "thanks for your m", "thank you for your e", "only now and then"),
        *("dringend", "wieder erreichbar", "wieder im büro", "nicht weitergeleitet", "beantworte"),
        *("vielen dank für ihre nachricht", "vielen dank für ihre e-mail", "ab dem", "rückkehr"),
        *("à mon retour", "de retour", "urgence", "merci pour votre m", "je répondrai"),
        *("urgente", "a mi vuelta", "a mi regreso", "responderé", "gracias por su mensaje"),
        *("acceso limitado", "dringende", "terug op", "bij terugkomst", "bedankt voor uw"),
        *("bedankt voor je", "lees mijn mail", "beperkt", "responderei", "no meu regresso"),
        *("quando voltar", "no meu retorno", "obrigado pela sua mensagem", "acesso limitado"),
        *("obrigado pela compreensão", "obrigada pela sua mensagem"),
    ),
)
