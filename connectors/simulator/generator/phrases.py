"""What people say in sales life, in six languages: sentences by language and purpose.

A file of `said/` for each language; whoever adds a sentence adds it there. What each list is for,
the first lines of `said/en.yaml` say. Knows no rule, no lexicon and no CRM.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Final

import yaml

LANGUAGES: Final = ("en", "de", "fr", "es", "nl", "pt")
#: Lists that no text is taken from.
PARTS: Final = frozenset({"products", "forms", "cities", "titles", "subject", "check_in_subject"})
Phrases = Mapping[str, Sequence[str]]


@cache
def phrases() -> Mapping[str, Phrases]:
    """Return the sentences by language and purpose; `{contact}`, `{rep}`, `{product}` are open."""
    folder = resources.files(__package__) / "said"
    return {language: _read(folder / f"{language}.yaml") for language in LANGUAGES}


def _read(file: Traversable) -> Phrases:
    read: Phrases = yaml.safe_load(file.read_text(encoding="utf-8"))
    return read
