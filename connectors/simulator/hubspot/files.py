"""Files of a portal, as far as readers of the CRM meet them: names by id, and an upload.

What is in a file is not kept. Source: HubSpot: Files guide.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from connectors.simulator.hubspot.store import Store
from connectors.simulator.hubspot.times import iso

Json = dict[str, object]
FAMILY: Final = "file"


def add(store: Store, name: str, now: int, *, size: int = 0, folder: str = "") -> str:
    """Keep a file's name, in the place of one of the same folder and name; its id."""
    stem, _, extension = name.rpartition(".")
    kept = {"name": stem or extension, "extension": extension if stem else "", "at": now}
    place = f"{folder}/{name}"
    same = (one for one, old in store.kept(FAMILY).items() if folder and old["place"] == place)
    record_id = next(same, None) or str(store.mint())
    store.keep(FAMILY, record_id, {**kept, "size": size, "place": place})
    return record_id


def some(store: Store, ids: Sequence[str]) -> list[Json]:
    """The files with these ids; without any, all. Those nobody has are left out."""
    kept = store.kept(FAMILY)
    wanted = [one for one in ids if one in kept] if ids else list(kept)
    return [shown(one, kept[one]) for one in sorted(set(wanted), key=int)]


def shown(record_id: str, kept: Mapping[str, object]) -> Json:
    """A file as the API shows it."""
    stamp = iso(int(str(kept["at"])))
    return {
        "id": record_id,
        "createdAt": stamp,
        "updatedAt": stamp,
        "archived": False,
        "name": kept["name"],
        "extension": kept["extension"],
        "path": kept["place"],
        "size": kept["size"],
        "access": "PRIVATE",
    }
