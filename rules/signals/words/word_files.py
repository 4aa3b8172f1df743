"""Read the shipped files of words. They are ours and checked by tests; an admin's own go through
`strict_yaml`, which tells every mistake.
"""

from __future__ import annotations

from importlib import resources
from typing import Any, Final

import yaml

#: The same values either way; libyaml, where it is there, is ten times as fast.
_LOADER: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def shipped_text(name: str) -> str:
    """Return a data file of this package, named from the package's folder: `text/tongue.yaml`."""
    return (resources.files("rules.signals") / name).read_text("utf-8")


def shipped_words(name: str) -> Any:
    """Return what a shipped YAML file holds, as dicts, lists and plain values, each time anew."""
    return parsed(shipped_text(name))


def parsed(text: str) -> Any:
    """Return what a YAML text holds, as dicts, lists and plain values."""
    loader = _LOADER(text)
    try:
        return loader.get_single_data()
    finally:
        loader.dispose()
