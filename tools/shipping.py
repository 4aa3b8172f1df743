"""How trained numbers become a file of the package: JSON in one line; their figures are printed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def ship(held: Mapping[str, Any], target: Path) -> None:
    """Write what was trained, and print its `figures`."""
    target.write_text(json.dumps(held, separators=(",", ":")) + "\n", encoding="utf-8")
    print(json.dumps(held["figures"], indent=1))
