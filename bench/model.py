"""Messages a second of the sentence model, on one core, and the share of texts left to it.

Run with the extra `[model]`: `OPENBLAS_NUM_THREADS=1 python -m bench.model`.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from rules.signals.purpose.judged import Contact
from rules.signals.purpose.judging import counted_purposes
from rules.signals.purpose.model import LEFT_TO_MODEL, SentenceModel, load_model, why_no_model
from rules.signals.purpose.model_features import message_of
from rules.signals.purpose.weighing import shipped_scorecard
from rules.signals.text.automatic import is_automatic
from rules.signals.words.lexicon import shipped_lexicon

TEXTS: Final = Path(__file__).resolve().parents[1] / "tests" / "texts"
PARTS: Final = ("open", "more")
SHIPPED: Final = TEXTS.parents[1] / "rules" / "signals" / "purpose" / "model.json"


def main() -> None:
    """Print what the extra costs and how often it is asked."""
    model = load_model()
    if not isinstance(model, SentenceModel):
        sys.exit(why_no_model())
    contacts = list(_contacts())
    messages = [message_of(one) for one in contacts]
    model.purposeless(["The encoder reads its weights at the first message."])
    for name, batch in (("in one go", len(messages)), ("one by one", 1)):
        rate, again = _rates(messages, batch, name)
        print(f"{name:12} {rate:8.0f} messages a second, {again:10.0f} when known already")
    for part in PARTS:
        of = [one for one in contacts if one.id.startswith(part)]
        left = _left(of)
        print(f"{part:12} {left} of {len(of)} left to the model ({left / len(of):.0%})")
    print("on texts left out:", json.dumps(json.loads(SHIPPED.read_text("utf-8"))["figures"]))


def _contacts() -> Iterable[Contact]:
    """Yield the labelled contacts that are judged: not what came in, nor what a machine sent."""
    for part in PARTS:
        for line in (TEXTS / part / "checkins.jsonl").read_text("utf-8").splitlines():
            row: dict[str, Any] = json.loads(line)
            if row["direction"] != "inbound" and is_automatic(row["text"]) is None:
                yield Contact(
                    id=f"{part}-{row['id']}", kind="email", direction="outbound", subject="",
                    text=row["text"], automated=None, planned=False,
                )  # fmt: skip


def _rates(messages: list[str], batch: int, name: str) -> tuple[float, float]:
    """Return messages a second of processor time, at first and at the second time."""
    model = load_model()
    assert model is not None
    marked = [f"{one} {name}" for one in messages]  # no other run has judged these
    rates = []
    for _ in range(2):
        began = time.process_time()
        for first in range(0, len(marked), batch):
            model.purposeless(marked[first : first + batch])
        rates.append(len(marked) / max(1e-9, time.process_time() - began))
    return rates[0], rates[1]


def _left(contacts: list[Contact]) -> int:
    """Return for how many the lexicon is not sure."""
    low, high = LEFT_TO_MODEL
    card = shipped_scorecard()
    chances = [card.chance(counted) for counted in counted_purposes(contacts, shipped_lexicon())]
    return sum(low <= chance <= high for chance in chances)


if __name__ == "__main__":
    main()
