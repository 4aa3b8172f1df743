"""What an admin adds to the lists of words that readers of comments and notes load themselves, or
takes out of them. Kinds are named after the list: `comment.praise`, `note.offer`.

Nothing in here reads a text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

COMMENT: Final = "comment"
NOTE: Final = "note"
PARTS: Final = (COMMENT, NOTE)


@dataclass(frozen=True, kw_only=True)
class ListWords:
    """A phrase that is put into a list, or taken out of it."""

    part: str  # COMMENT or NOTE
    language: str
    list: str  # of the part: "praise", "offer"
    phrase: str  # `*` stands for any ending
    name: str  # of the entry it is from
    off: bool = False

    @property
    def kind(self) -> str:
        """The name of its list, as entries name it."""
        return f"{self.part}.{self.list}"

    @property
    def id(self) -> str:
        """How the phrase is named where it is changed or switched off."""
        return f"{self.language}.{self.kind}/{self.phrase}"


@dataclass(frozen=True)
class OwnLists:
    """All of an admin's phrases of lists."""

    every: tuple[ListWords, ...] = ()

    def of(self, part: str, language: str) -> tuple[ListWords, ...]:
        """Return those of the lists of one reader in one language."""
        return tuple(one for one in self.every if (one.part, one.language) == (part, language))

    def added(self, part: str, name: str) -> tuple[str, ...]:
        """Return the phrases that are put into a list, in whichever language."""
        some = (one for one in self.every if (one.part, one.list) == (part, name))
        return tuple(one.phrase for one in some if not one.off)


NONE: Final = OwnLists()


def of_list(kind: str) -> bool:
    """Tell whether entries of this kind are words of a list."""
    return kind.partition(".")[0] in PARTS and "." in kind


def words_named(id: str, languages: Sequence[str]) -> ListWords | None:
    """Return what is named by `en.comment.praise/very happy`; nothing for any other name."""
    name, _, phrase = id.partition("/")
    language, _, kind = name.partition(".")
    part, _, which = kind.partition(".")
    if language not in languages or not of_list(kind) or not phrase.strip():
        return None
    return ListWords(
        part=part, language=language, list=which, phrase=phrase.strip(), name=id, off=True
    )
