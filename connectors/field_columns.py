"""How a connector's table says which canonical columns a field of the CRM decides."""

from __future__ import annotations


def one(**columns: str) -> dict[str, tuple[str, ...]]:
    """Fields that decide one column each: `one(OwnerId="owner_id")`."""
    return {name: (column,) for name, column in columns.items()}


def extra(*names: str) -> dict[str, tuple[str, ...]]:
    """Fields that help or that some lack: when one is hidden, no column goes blind."""
    return dict.fromkeys(names, ())
