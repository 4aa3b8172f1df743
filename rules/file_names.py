"""Which document a file is by its name: an offer, a contract, or neither. Patterns only.

Whoever names a file writes `Angebot_Northwind_v2.pdf`, `NorthwindOffer.docx`, `contrat-signe.pdf`:
small words apart, compounds of German and Dutch as they are. What asks us for one is none, nor is
a template. `vocabulary.DOCUMENTS` says what each word means.
"""

from __future__ import annotations

from typing import Final

_OFFER: Final = (
    "proposals?|quotes?|quotations?|estimates?|offers?|bid|pricing|"  # English
    "[a-z]*angebote?|[a-z]*angebots[a-z]*|[a-z]*kostenvoranschl[a-z]*|offerten?|"  # German
    "devis|offres?|propositions?|chiffrage|"  # French
    "propuestas?|cotizacion(?:es)?|presupuestos?|ofertas?|"  # Spanish
    "[a-z]*offertes?|[a-z]*voorstel|prijsopgave|"  # Dutch
    "propostas?|orcamentos?|cotac(?:ao|oes)"  # Portuguese
)
_CONTRACT: Final = (
    "contracts?|agreements?|order ?forms?|msa|sow|"
    "[a-z]*vertrag|[a-z]*vertrags[a-z]*|[a-z]*vereinbarung|"
    "contrats?|contratos?|acuerdos?|acordos?|"
    "[a-z]*contract|[a-z]*overeenkomst"
)
_NEITHER: Final = (
    "rf[pqi]|requests?|templates?|samples?|[a-z]*anfrage|vorlage|muster|ausschreibung|"
    "cahier des charges|appel d.offres?|modele|solicitud|pedido|plantilla|aanvraag|sjabloon|modelo"
)

#: A name in small plain words: `NorthwindOffer_v2.pdf` is `northwind offer v2 pdf`.
_WORDS: Final = (
    "regexp_replace(lower(strip_accents(regexp_replace(coalesce(name, ''), "
    r"'([a-z])([A-Z])', '\1 \2', 'g'))), '[^a-z]+', ' ', 'g')"
)


def _named(words: str) -> str:
    return f"regexp_matches({_WORDS}, '(^| )({words})( |$)')"


def _is(words: str) -> str:
    return f"({_named(words)} AND NOT {_named(_NEITHER)})"


#: Word of `vocabulary.DOCUMENTS` -> SQL over the `name` of a file.
NAMED_AS: Final = {"offer": _is(_OFFER), "contract": _is(_CONTRACT)}
