"""The nouns of judging a contact: what goes in, what is decided, and the words that decided it.

Nothing in here judges; whoever reads a verdict imports this and no more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

PURPOSEFUL: Final = "purposeful"
TOPIC_ONLY: Final = "topic_only"
PURPOSELESS: Final = "purposeless"
MAYBE: Final = "maybe"
NO_TEXT: Final = "no_text"
VERDICTS: Final = (PURPOSEFUL, TOPIC_ONLY, PURPOSELESS, MAYBE, NO_TEXT)


@dataclass(frozen=True, kw_only=True)
class Contact:
    """An activity whose purpose is asked for."""

    id: str
    kind: str  # a value of `ActivityKind`
    direction: str | None  # a value of `Direction`
    subject: str
    text: str
    automated: bool | None  # what the CRM says; None: it does not say
    planned: bool  # it has not taken place yet


@dataclass(frozen=True, kw_only=True)
class Spot:
    """A sentence that decided something, and where it stands in the text as it came.

    In a subject both offsets are -1.
    """

    said: str
    start: int
    end: int


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """What is decided about a contact, how sure that is, and why."""

    verdict: str  # one of `VERDICTS`
    confidence: float  # 0 to 1, of this verdict
    spot: Spot | None  # the deciding sentence
    entry: str | None  # the entry of the lexicon that matched in it
    looked_for: tuple[str, ...]  # evidence of a purpose that was looked for and not found
    language: str  # two letters; "und" where nobody can tell


class PurposeModel(Protocol):
    """Whoever is asked about what the lexicon leaves open."""

    @property
    def version(self) -> str:
        """A few letters that are others where it may judge otherwise."""
        ...

    def purposeless(self, messages: Sequence[str]) -> Sequence[float]:
        """Return for each message how likely it has no purpose, 0 to 1."""
        ...


def is_flag(judged: Judgement, flag_at: float) -> bool:
    """Tell whether a judgement counts against somebody: purposeless, and surely so."""
    return judged.verdict == PURPOSELESS and judged.confidence >= flag_at
