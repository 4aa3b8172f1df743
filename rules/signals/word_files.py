"""Read the shipped files of words. They are ours and checked by tests; an admin's own go through
`strict_yaml`, which tells every mistake.
"""

from __future__ import annotations

from typing import Any, Final

import yaml

#: The same values either way; libyaml, where it is there, is ten times as fast.
_LOADER: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def parsed(text: str) -> Any:
    """Return what a YAML text holds, as dicts, lists and plain values."""
    loader = _LOADER(text)
    try:
        return loader.get_single_data()
    finally:
        loader.dispose()
