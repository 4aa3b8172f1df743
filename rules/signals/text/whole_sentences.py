"""Sentences of the newest message that a full stop behind a short form has not torn apart.

Nothing in here judges. Places are those of the zones.
"""

from __future__ import annotations

import re
from typing import Final

from rules.signals.text.newest import Said, Zones, sentences_in

#: Titles and short forms, in six languages, behind which a sentence goes on.
_SHORT: Final = re.compile(
    r"(?:^|[\s(])(?:mr|mrs|ms|dr|drs|prof|st|no|nr|ca|approx|incl|excl|resp|tel|attn|inc|hr|hrn|fr|bzgl"
    r"|ggf|zzgl|inkl|evtl|mme|mlle|env|sr|sra|srta|dña|ud|uds|dhr|mevr|mw|ir|ing|bv|exmo|eng|av"
    r"|art|pag|vs|p\.ex|z\.b|d\.h|bijv|[A-ZÉ])\.$",
    re.IGNORECASE,
)
#: A German day of the month: "am 14. geht es raus".
_DAY: Final = re.compile(r"\b(?:am|zum|den|dem|der|vom|ab|bis) \d\d?\.$", re.IGNORECASE)
#: Short days of the week, behind which a note goes on in small letters.
_WEEKDAY: Final = re.compile(
    r"(?:^|\s)(?:mo|di|mi|do|fr|sa|so|ma|wo|vr|za|zo|lun|mar|mer|jeu|ven|mié|jue|vie|seg|ter|qua|qui|sex"
    r"|mon|tue|tues|wed|thu|thur|thurs|fri|afspr|vb|bv|mgl)\.$",
    re.IGNORECASE,
)
_MOST: Final = 150  # no message has more


def whole_sentences(zones: Zones) -> list[Said]:
    """Return the sentences of the newest message, in order."""
    whole: list[Said] = []
    for one in sentences_in(zones)[:_MOST]:
        before = whole[-1] if whole else None
        if before is not None and _goes_on(before, one, zones):
            joined = f"{before.sentence} {one.sentence}"
            whole[-1] = Said(start=before.start, end=one.end, sentence=joined)
        else:
            whole.append(one)
    return whole


def _goes_on(before: Said, one: Said, zones: Zones) -> bool:
    same_line = "\n" not in zones.text[before.end : one.start]
    if one.sentence[0].islower() and _WEEKDAY.search(before.sentence[-8:]):
        return same_line
    short = _SHORT.search(before.sentence[-8:]) or _DAY.search(before.sentence[-8:])
    return same_line and short is not None
