"""JSON from a server, read strictly: what the standard library lets pass quietly is an error.

Numbers with a point become Decimal, so that money keeps its cents. No CRM is known here.
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any, Final, NoReturn

DEPTH: Final = 64


def loads(body: bytes) -> Any:
    """Parse one JSON document.

    Raises ValueError, with a reason that quotes nothing of the body, for NaN and infinities, a key
    written twice, nesting deeper than `DEPTH`, and anything that is not JSON in UTF-8.
    """
    try:
        value = json.loads(
            body.decode("utf-8-sig"),
            parse_float=Decimal,
            parse_constant=_no_constant,
            object_pairs_hook=_once_each,
        )
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    except UnicodeDecodeError:
        raise ValueError("it is not UTF-8") from None
    except json.JSONDecodeError:
        raise ValueError("it is not JSON, or was cut short") from None
    if isinstance(value, (dict, list)) and _deeper_than(value, DEPTH):
        raise ValueError("it is nested too deeply")
    return value


def _no_constant(_: str) -> NoReturn:
    raise ValueError("it holds a number that JSON does not have")


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("it holds the same key twice")
    return made


def _deeper_than(value: Any, limit: int) -> bool:
    level = [value]
    for _ in range(limit):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, (dict, list))
        ]
        if not level:
            return False
    return True
