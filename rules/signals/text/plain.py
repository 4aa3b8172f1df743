"""Make texts plain before phrases are looked for: the same words always look the same."""

from __future__ import annotations

from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

#: Before accents are taken apart: an acute accent that serves as an apostrophe is none.
_APOSTROPHES: Final = "[’‘ʼ＇`´]"

#: (RE2 pattern, replacement), in order, on small letters.
_STEPS: Final = (
    (r"[\p{Mn}\p{Cf}]", ""),  # accents, and what nobody sees
    ("ß", "ss"),
    (r"\bcan't\b", "can not"),
    (r"\bwon't\b", "will not"),
    ("n't\\b", " not"),
    ("'m\\b", " am"),
    ("'ll\\b", " will"),
    ("'re\\b", " are"),
    ("'ve\\b", " have"),
    ("'d\\b", " would"),
    (r"\b(it|that|there|here|what|how|where)'s\b", r"\1 is"),
    (r"[\s\p{Z}\p{Cc}]+", " "),
)


def plain_column(texts: pa.Array) -> pa.Array:
    """Return the texts in small letters, without accents and contractions, single blanks."""
    column: Any = pc.replace_substring_regex(texts, pattern=_APOSTROPHES, replacement="'")
    column = pc.utf8_lower(pc.utf8_normalize(column, form="NFKD"))
    for pattern, by in _STEPS:
        column = pc.replace_substring_regex(column, pattern=pattern, replacement=by)
    return pc.utf8_trim_whitespace(column)
