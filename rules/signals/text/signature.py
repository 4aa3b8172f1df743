"""What stands below, or around, the words of a message: closings, cards, device lines, footers.

Works on the lines of one message without its quotes. A line is cut only for its form or for words
that nobody writes to a reader; when in doubt it stays, for a purpose may stand in it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from rules.signals.text.footers import footer_of, may_have_footer
from rules.signals.text.mail_words import (
    CLOSING,
    CLOSING_BESIDE,
    CLOSING_LINES,
    CLOSING_SENTENCE,
    CLOSING_WISH,
    DEVICES,
    SENT_BY,
    SENT_FROM,
    SENT_FROM_AROUND,
    SENT_FROM_SMALL,
    THANKING,
)

SIGNATURE: Final = "signature"
DEVICE: Final = "device"
THANKS: Final = "thanks"
REGARDS: Final = "regards"

_LONGEST_CLOSING: Final = 60  # characters of a closing line; the French sentence is longer
_LONGEST_SENTENCE: Final = 200
_LONGEST_CARD: Final = 120  # characters of a line of a card
_CARD_WORDS: Final = 9
_NAME_WORDS: Final = 4
_NAME_LINES: Final = 4  # of a card that names no telephone and the like
_CARD_LINES: Final = 14
_LONGER: Final = 4  # signs of a word that is great in a name or an office
_LONGEST_DEVICE: Final = 120
_PUNCTUATION: Final = " ,.!;:-–—…*_"
_DASHES: Final = frozenset({"--", "—", "– –"})

#: What only a card holds: a telephone, an address in the net, a register, a seat.
_REACHES: Final = re.compile(
    r"(?:\+|\b00|\(0|\b0)[\d(][\d ()./-]{5,24}\d|@[\w-]|\bwww\.|https?://"
    r"|^(?:t|m|e|f|p|w|tel|phone|mobile?|mob|fax|telefon|telefone|telefoon|teléfono|tél|móvil)"
    r"\b\.? ?[:.+|]"
    r"|\b(?:amtsgericht|geschäftsführer|handelsregister|hrb|siret|rcs|kvk|cnpj|vat no|ust-id"
    r"|registered in|company no|registro mercantil|btw[- ]nr)\b",
    re.IGNORECASE,
)
_ON_BEHALF: Final = re.compile(r"i\. ?[av]\.|ppa?\.|p\. ?[opa]\.|im auftrag", re.IGNORECASE)
_FROM_PLACE: Final = frozenset({"aus", "from", "de", "uit", "vom", "von", "desde"})
_POSTSCRIPT: Final = re.compile(
    r"(?:p\.? ?s\b\.?|p\.? ?d\.|pd:|n\.? ?b\.|nb:)[\s:,.–-]"
    r"|(?:one more thing|by the way|btw|übrigens|nachtrag|au fait|por cierto|trouwens)\b"
    r"|a propósito\b",
    re.IGNORECASE,
)
_IMAGE: Final = re.compile(r"(?:\[(?:image|cid|bild|logo)\b[^\]]{0,200}\]\s*)+$", re.IGNORECASE)
_ENDS: Final = ".!?"
_FIRM: Final = re.compile(
    r"\b(?:ltd|inc|co|corp|llc|plc|gmbh|kg|ag|b\.v|n\.v|s\.a|s\.l|lda|ltda|sarl|jr|sr|dr)\.$",
    re.IGNORECASE,
)
_DIVIDER: Final = re.compile(r"[-_=*~—–]{3,}$")
_DRAWN: Final = frozenset("-_=*~—–")
_AROUND: Final = tuple(start for start, _ in SENT_FROM_AROUND)


def mark_rest(lines: Sequence[str], first: int, last: int, why: list[str | None]) -> None:
    """Write into `why` what of the lines from `first` up to `last` is no part of the message."""
    if may_have_footer(lines[first:last]):
        _mark_footers(lines, first, last, why)
    place, own = first, False
    while place < last:
        line = lines[place]
        if not line or why[place] is not None:
            place += 1
            continue
        end = _cut(lines, place, last, why, own)
        own = own or why[place] is None
        place = max(end, place + 1)


def _mark_footers(lines: Sequence[str], first: int, last: int, why: list[str | None]) -> None:
    """Mark whole paragraphs; the first can only be a notice, for others may be meant there."""
    place, begun = first, False
    while place < last:
        end = place
        while end < last and lines[end]:
            end += 1
        if end > place:
            reason = footer_of(lines[place:end], first=not begun)
            if reason:
                why[place:end] = [reason] * (end - place)
            begun = begun or reason is None
        place = end + 1


def _cut(lines: Sequence[str], place: int, last: int, why: list[str | None], own: bool) -> int:
    """Mark what begins at this line, if it is none of the message; return where to go on."""
    line = lines[place]
    if line in _DASHES:
        end = _postscript(lines, place, last)
    elif _is_device(line) and not any(lines[place + 1 : min(last, place + 2)]):
        return _mark(why, place, place + 1, DEVICE)
    elif line[0] == "[" and _IMAGE.match(line):
        return _mark(why, place, place + 1, SIGNATURE)
    elif own and (closing := _closing(line)) is not None:
        end = _card_end(lines, place + 1, last)
        return _mark(why, place + (closing == THANKS), end, SIGNATURE)
    elif own and line[0] in _DRAWN and _DIVIDER.match(line) and _has_card(lines, place + 1, last):
        end = _postscript(lines, place, last)
    elif own and _is_bare_card(lines, place, last):
        end = _card_end(lines, place, last)
    else:
        return place + 1
    return _mark(why, place, end, SIGNATURE)


def _mark(why: list[str | None], start: int, end: int, reason: str) -> int:
    for place in range(start, end):
        why[place] = why[place] or reason
    return end


def _closing(line: str) -> str | None:
    """Tell whether a line closes a letter, and whether it thanks; a name may stand behind."""
    small = line.lower()
    if len(line) > _LONGEST_CLOSING:
        return REGARDS if _is_long_closing(small) else None
    bare = small.strip(_PUNCTUATION)
    if bare in THANKING:
        return THANKS
    if bare in CLOSING_LINES or _is_long_closing(small):
        return REGARDS
    head, comma, behind = bare.partition(",")
    if head in THANKING or head in CLOSING_LINES:
        named = _is_name(line.partition(",")[2], by_comma=bool(comma))
        return (THANKS if head in THANKING else REGARDS) if named and behind else None
    return REGARDS if _is_closing(line, small) else None


def _is_long_closing(small: str) -> bool:
    return (
        len(small) <= _LONGEST_SENTENCE
        and small.startswith(CLOSING_SENTENCE)
        and any(wish in small for wish in CLOSING_WISH)
    )


def _is_closing(line: str, small: str) -> bool:
    """Tell "Kind regards, Sam" from a sentence: words of closings only, then a name."""
    words = small.split()
    bare = [word.strip(_PUNCTUATION) for word in words]
    end = next((n for n, word in enumerate(bare) if not _is_of_closing(word)), len(words))
    if CLOSING.isdisjoint(bare[:end]):
        return False
    if end == len(words):
        return True
    by_comma = words[end - 1].endswith((",", ".", "!"))
    return _is_name(" ".join(line.split()[end:]), by_comma=by_comma)


def _is_of_closing(word: str) -> bool:
    return word in CLOSING or word in CLOSING_BESIDE or not any(map(str.isalnum, word))


def _is_name(said: str, *, by_comma: bool) -> bool:
    """Tell a name, or "from Bremen", from the rest of a sentence."""
    words = said.split()
    if not words or len(words) > _NAME_WORDS or said[-1] in "?:":
        return False
    if by_comma and len(words) == 1:
        return words[0][0].isalpha()
    if words[0].lower() in _FROM_PLACE:
        words = words[1:]
    named = bool(words) and all(word[0].isupper() for word in words)
    return named and not _REACHES.search(said)


def _card_end(lines: Sequence[str], start: int, last: int) -> int:
    """Return where the card ends that begins at `start`: name, office, telephones, then anything.

    Below a telephone or an address only a postscript is of the message again. Without one the card
    is the lines that stand together, at most four, with the offices that may end the text; what
    else follows belongs to the message.
    """
    place, names, blanks, reached = start, 0, 0, False
    end = start
    while place < last and place - start < _CARD_LINES + blanks:
        line = lines[place]
        if not line:
            blanks += 1
            place += 1
            continue
        if _POSTSCRIPT.match(line) or not _is_card(line) or _is_said(line, first=not names):
            break
        if _REACHES.search(line):
            reached, end = True, place + 1
        elif names < _NAME_LINES and (place == end or end == start) and blanks <= 1:
            end = place + 1
        names += 1
        place += 1
    if reached:
        return _postscript(lines, place, last)
    below = [line for line in lines[end : min(last, end + _CARD_LINES)] if line]
    offices = last - end <= _CARD_LINES and 0 < len(below) <= _NAME_LINES
    offices = offices and all(map(_is_office, below))
    return last if end > start and offices else end


def _is_office(line: str) -> bool:
    """Tell "Head of Sales" or the name of a firm: every longer word is great, and no full stop."""
    longer = [word for word in line.split() if len(word) >= _LONGER]
    return _is_card(line) and bool(longer) and all(word[0].isupper() for word in longer)


def _postscript(lines: Sequence[str], place: int, last: int) -> int:
    """Return where a postscript begins, or the end."""
    return next((n for n in range(place, last) if _POSTSCRIPT.match(lines[n])), last)


def _is_card(line: str) -> bool:
    if len(line) > _LONGEST_CARD or line in _DASHES:
        return False
    if _REACHES.search(line):
        return line[-1] not in "?!" and len(line.split()) <= 2 * _CARD_WORDS
    if line[-1] in _ENDS + ":" and not _FIRM.search(line):
        return False
    return len(line.split()) <= _CARD_WORDS and not _DIVIDER.match(line)


def _is_said(line: str, *, first: bool) -> bool:
    """Tell a sentence without its full stop from a name or an office."""
    if not line[0].islower() or _REACHES.search(line) or _ON_BEHALF.match(line):
        return False
    return not first or len(line.split()) > _NAME_WORDS // 2


def _has_card(lines: Sequence[str], start: int, last: int) -> bool:
    """Tell whether a card stands below a line that is drawn, with a telephone and the like."""
    below = [line for line in lines[start : min(last, start + _CARD_LINES)] if line]
    reach = next((n for n, line in enumerate(below) if _REACHES.search(line)), None)
    return reach is not None and all(map(_is_card, below[: reach + 1]))


def _is_bare_card(lines: Sequence[str], place: int, last: int) -> bool:
    """Tell a card without a closing above it: a name, then lines of a card to the very end."""
    line, above = lines[place], lines[place - 1] if place else ""
    if above or not _is_name(line, by_comma=False) or line[-1] in _ENDS:
        return False
    before = next((lines[n] for n in range(place - 1, max(-1, place - 3), -1) if lines[n]), "")
    return not before.endswith(":") and _card_reaches(lines, place, last)


def _card_reaches(lines: Sequence[str], start: int, last: int) -> bool:
    """Tell whether lines of a card go down to the end, and one of them reaches somebody."""
    some = [line for line in lines[start : min(last, start + _CARD_LINES)] if line]
    return any(_REACHES.search(one) for one in some[1:]) and all(_is_card(one) for one in some)


def _is_device(line: str) -> bool:
    """Tell what a telephone or a program has written: "Sent from my iPhone"."""
    if len(line) > _LONGEST_DEVICE:
        return False
    bare = line.strip("_-*<[( ")
    small = bare.lower()
    if small.startswith(_AROUND):
        return any(small.startswith(start) and end in small for start, end in SENT_FROM_AROUND)
    if small.startswith(SENT_FROM):
        return _has_device(small)
    if not small.startswith(SENT_BY) or not _has_device(small):
        return False
    start = next(one for one in SENT_BY if small.startswith(one))
    following = bare[len(start) :].split(" ", 1)[0]
    return following[:1].isupper() or following.lower() in SENT_FROM_SMALL


def _has_device(small: str) -> bool:
    return any(map(small.__contains__, DEVICES))
