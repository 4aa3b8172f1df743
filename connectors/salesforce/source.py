"""What is wanted of one object: the stream it fills, its fields, and which rows. A noun only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Source:
    """One object: the stream it fills, and each wanted field with the columns it decides.

    A field with no column is a help or an extra: when it is hidden, nothing is reported.
    """

    stream: str
    fields: Mapping[str, tuple[str, ...]]
    where: Mapping[str, str] = field(default_factory=dict)  # field -> condition, if it is visible
