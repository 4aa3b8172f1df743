"""How fast mails are judged on one core, the lexicon alone: each share of a usual mailbox apart.

The texts are made here, of invented people. Run with `python -m bench.signals`.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from typing import Final

from rules.signals.purpose.judged import Contact
from rules.signals.purpose.judging import judge_purposes
from rules.signals.words.lexicon import Lexicon, shipped_lexicon

MAILS: Final = 4_000
_LONGEST: Final = 1_000_000

_GREETINGS: Final = ("Hi Ann,", "Hallo Frau Roth,", "Bonjour Monsieur Petit,", "Hola Marta:")
_EMPTY: Final = (
    "I just wanted to check in and hear how things are going on your side.",
    "ich wollte mich nur mal wieder melden und hören, wie es bei Ihnen so läuft.",
    "je prends simplement de vos nouvelles, tout va bien chez vous ?",
    "te escribo para saber cómo va todo por ahí.",
)
_MEANT: Final = (
    "The second pump leaks at the upper seal, so please keep line {n} switched off until Thursday.",
    "die Muster {n} sind heute verschickt worden; bitte prüfen Sie den Rand an der Innenseite.",
    "la plaque {n} est arrivée avec un trou de travers, faut-il la remplacer avant la pose ?",
    "el palé {n} llegó mojado; ¿prefiere que repongamos las cajas o que hagamos un abono?",
)
_BELOW: Final = (
    "\n\nKind regards\nSam Ortiz\nNorthwind Traders Ltd\nPhone +44 20 5550 0142\n\n"
    "On Mon, 2 Nov 2026 at 10:00, Ann Lee <ann@nw.example> wrote:\n"
    "> Thank you for the visit on Tuesday. We will look at the drawings of hall 3 this week\n"
    "> and come back to you about the doors.\n> Ann"
)


def personal(n: int) -> Contact:
    """A mail that one of ours wrote: every other one says something."""
    said = (_EMPTY, _MEANT)[n % 2][n // 2 % 4].format(n=n)
    more = " ".join(_MEANT[n // 2 % 4].format(n=n + k) for k in range(n % 4) if n % 2)
    return _mail(f"{_GREETINGS[n // 2 % 4]}\n\n{said} {more}{_BELOW if n % 3 == 0 else ''}", n)


def automatic(n: int) -> Contact:
    """A newsletter, an absence or a notice: half of them the CRM knows to be automatic."""
    some = (
        f"Newsletter {n}: what is new this spring.\n\nView in browser | Unsubscribe",
        f"Automatic reply: I am away until the {n % 28 + 1}th and will answer when I am back.",
    )
    return _mail(some[n % 2], n, automated=True if n % 4 < 2 else None)


def inbound(n: int) -> Contact:
    """A mail of a client."""
    return _mail(f"Hello, any news on order {n}? Best, Ann", n, direction="inbound")


def _mail(
    text: str, n: int, *, direction: str = "outbound", automated: bool | None = None
) -> Contact:
    return Contact(
        id=str(n),
        kind="email",
        direction=direction,
        subject="",
        text=text,
        automated=automated,
        planned=False,
    )


SHARES: Final[dict[str, tuple[Callable[[int], Contact], float]]] = {
    "automatic": (automatic, 0.4),
    "inbound": (inbound, 0.2),
    "personal outbound": (personal, 0.4),
}


def rate(contacts: Sequence[Contact], lexicon: Lexicon) -> float:
    """Return how many of these are judged in a second of one core."""
    begun = time.process_time()
    judge_purposes(contacts, lexicon)
    return len(contacts) / (time.process_time() - begun)


def hostile() -> dict[str, Contact]:
    """Texts made to be slow, of a million characters each."""
    triggers = "just checking in to touch base, any news? "
    return {
        "triggers": _mail(triggers * (_LONGEST // len(triggers)), 0),
        "nested quotes": _mail("".join(f"{'>' * (n % 60)} any news?\n" for n in range(30_000)), 0),
        "one word": _mail("x" * _LONGEST, 0),
        "lines": _mail("On\n" * (_LONGEST // 3), 0),
    }


def main() -> None:
    """Measure every share, the mix, and the texts made to be slow."""
    lexicon = shipped_lexicon()
    judge_purposes([personal(n) for n in range(50)], lexicon)
    lines = []
    for name, (make, _) in SHARES.items():
        lines.append(f"{name}: {rate([make(n) for n in range(MAILS)], lexicon):,.0f} mails/s")
    mix = [make(n) for make, share in SHARES.values() for n in range(round(MAILS * share))]
    lines.append(f"mix of 40/20/40: {rate(mix, lexicon):,.0f} mails/s")
    for name, contact in hostile().items():
        lines.append(f"hostile, {name}: {1_000 / rate([contact], lexicon):,.1f} ms")
    sys.stdout.write("\n".join([*lines, ""]))


if __name__ == "__main__":
    main()
