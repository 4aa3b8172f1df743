"""What people say in sales life, in six languages: sentences by language and purpose.

Whoever adds a sentence adds it to `phrases.yaml`. Knows no rule, no lexicon and no CRM.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Final

import yaml

LANGUAGES: Final = ("en", "de", "fr", "es", "nl", "pt")
Phrases = Mapping[str, Sequence[str]]


@cache
def phrases() -> Mapping[str, Phrases]:
    """Return the sentences by language and purpose; `{contact}`, `{rep}`, `{product}` are open."""
    text = (resources.files(__package__) / "phrases.yaml").read_text(encoding="utf-8")
    read: dict[str, Phrases] = yaml.safe_load(text)
    return read
