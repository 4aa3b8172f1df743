"""Check-ins as signals: which contacts say nothing but "just touching base"; what plans are for.

A contact that checks in has a purpose, too, unless it is surely purposeless; how that is judged,
`purpose` knows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from connectors.model import Direction
from rules.signals.promises.finding import said_promise
from rules.signals.purpose.judged import Contact, PurposeModel, is_flag
from rules.signals.purpose.judging import FLAG_AT, judge_contacts
from rules.signals.said import Author, Found, Written
from rules.signals.words.lexicon import Lexicon

CHECK_IN: Final = "check_in"
PURPOSE: Final = "purpose"


def find_check_ins(
    some: Sequence[Written], lexicon: Lexicon, model: PurposeModel | None = None
) -> Iterator[Found]:
    """Yield the check-ins, and beside each of them a purpose unless it surely has none.

    What the lexicon leaves open, the model decides with it, where there is one.
    """
    contacts = [_contact(one) for one in some]
    for one, judged in zip(some, judge_contacts(contacts, lexicon, model), strict=True):
        found = judged.judgement
        spot = judged.check_in or found.spot
        if is_flag(found, FLAG_AT) and spot is not None:
            yield Found(activity=one.id, signal=CHECK_IN, said=spot.said)
            promised = said_promise(one, lexicon.phrases)
            if promised is not None:  # whoever says when the offer comes says something
                yield Found(activity=one.id, signal=PURPOSE, said=promised)
        elif judged.check_in is not None:
            yield Found(activity=one.id, signal=CHECK_IN, said=judged.check_in.said)
            yield Found(
                activity=one.id, signal=PURPOSE, said=(judged.definite or judged.check_in).said
            )


def _contact(written: Written) -> Contact:
    return Contact(
        id=written.id,
        kind=written.kind,
        direction=str(Direction.OUTBOUND) if written.author == Author.MAIL else None,
        subject=written.subject,
        text=written.text,
        automated=None,
        planned=False,
    )
