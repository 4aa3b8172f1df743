"""What speaks for each label in what was heard: named counts, and a card of points for each.

The points are data (`comments/scorecard.yaml`), fitted to labelled texts by
`tools/fit_comments.py`.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from rules.signals.comments.hearing import Heard, Hit
from rules.signals.comments.opinion_words import AWFUL, BAD, GOOD, PRAISE
from rules.signals.words.word_files import shipped_words

POSITIVE: Final = "positive"
NEGATIVE: Final = "negative"
NEUTRAL: Final = "neutral"
MIXED: Final = "mixed"
LABELS: Final = (POSITIVE, NEGATIVE, NEUTRAL, MIXED)
_LEAST: Final = 1e-4  # no chance is nearer to nought when two are put together
Chances = Mapping[str, float]
#: The count of a comment in which something was heard that is no good word.
DOUBTED: Final = "doubted"
#: The count of a comment with a word of praise, and with nothing beside it that might turn it.
CLEAR: Final = "clear_praise"
#: From this chance on clear praise is praise, whatever is asked of other comments.
CLEAR_FROM: Final = 0.6
_MORE: Final = 0.4  # what the second and further of a kind add
_MOST: Final = 5
_SHORT: Final = 16  # words
_LONG: Final = 7  # words without an opinion


def _some(count: int) -> float:
    """Return how much a number of the same says: the first most."""
    return 0.0 if not count else 1 + _MORE * (min(count, _MOST) - 1)


def counts(heard: Heard) -> dict[str, float]:
    """Return the named counts that the points are given for."""
    ours = [hit for hit in heard.hits if not hit.about and not hit.asked]
    good = [hit for hit in ours if hit.good and not hit.past]
    bad = [hit for hit in ours if not hit.good and not hit.past]
    weight = (
        sum(2 if h.kind == PRAISE else 1 for h in good),
        sum(2 if h.kind == AWFUL else 1 for h in bad),
    )
    counted = {name: _some(sum(map(is_so, ours))) for name, is_so in _KINDS.items()}
    counted |= {name: _some(sum(map(is_so, heard.hits))) for name, is_so in _ASIDE.items()}
    themes = Counter(f"{hit.kind}.{hit.theme}" for hit in ours if not hit.turned)
    counted |= {name: _some(themes[name]) for name in _THEMES}
    said = Counter(heard.kinds)
    counted |= {f"said_{name}": _some(said[name]) for name in _SAID}
    counted |= {
        "only_good": float(bool(good) and not bad),
        "only_bad": float(bool(bad) and not good),
        "both": float(bool(good) and bool(bad)),
        "both_parted": float(bool(good and bad) and heard.parted),
        "both_apart": float(bool(good and bad) and _are_apart(good, bad)),
        "balance": (weight[0] - weight[1]) / (sum(weight) + 1),
        "even": 1 - abs(weight[0] - weight[1]) / sum(weight) if good and bad else 0.0,
        "both_short": float(bool(good and bad) and heard.words <= _SHORT),
        "good_then_but": float(bool(good) and not bad and "but" in heard.kinds),
        "bad_then_but": float(bool(bad) and not good and "but" in heard.kinds),
        "last": _side(ours[-1:]),
        "cheered": float(_is_cheered(good)),
        "cheered_at": float(_is_cheered(good) and bool(bad or {"again"} & set(heard.kinds))),
        "colon": float(any(hit.colon for hit in good)),
        "bad_solved": float(bool(bad) and "solved" in heard.kinds),
        "good_solved": float(bool(good) and "solved" in heard.kinds),
        "loose": _some(heard.loose),
        "cut": _some(heard.cut),
        "good_then_cut": float(bool(good) and not bad and heard.cut > 0),
        "good_then_not": float(bool(good) and not bad and heard.begun > 0),
        "questions": heard.questions,
        "quoted": float(heard.quoted),
        "nothing": float(not heard.hits),
        "length": math.log2(1 + heard.words) / 5,
    }
    return counted | _told_of(heard, good, bad)


def _told_of(heard: Heard, good: Sequence[Hit], bad: Sequence[Hit]) -> dict[str, float]:
    """Return the counts of whom the words are about, and of plans and agreement."""
    kinds = set(heard.kinds)
    planned = bool(kinds & {"plan", "ask", "idle"})
    nothing = not heard.hits
    agreed = bool(good) and not bad and good[0].alone and good[0].clause == 0
    return {
        "own_good": _some(sum(hit.own and not hit.us for hit in good)),
        "own_bad": _some(sum(hit.own and not hit.us for hit in bad)),
        "us_good": _some(sum(hit.us for hit in good)),
        "us_bad": _some(sum(hit.us for hit in bad)),
        "denied_own": _some(heard.denied.count("own")),
        "denied_us": _some(heard.denied.count("us")),
        "denied_it": _some(heard.denied.count("it")),
        "nothing_own": float(nothing and "own" in kinds),
        "nothing_us": float(nothing and "us" in kinds),
        "nothing_planned": float(nothing and planned),
        "nothing_denied": float(nothing and heard.loose > 0),
        "nothing_denied_own": float(nothing and "own" in heard.denied),
        "good_planned": float(bool(good) and not bad and planned),
        "bad_planned": float(bool(bad) and not good and planned),
        "good_plan": float(bool(good) and not bad and "plan" in kinds),
        "bad_plan": float(bool(bad) and not good and "plan" in kinds),
        "agreed": float(agreed and "plan" in kinds),
        "good_then_denied": float(bool(good) and not bad and heard.loose > 0),
        "bad_us": float(bool(bad) and not good and "us" in kinds),
        "good_us": float(bool(good) and not bad and "us" in kinds),
        "good_asked": float(bool(good) and heard.questions > 0),
        "one_good": float(len(good) == 1 and not bad),
        "feared_good": float("feared" in kinds and not bad),
        "feared_then_but": float("feared" in kinds and "but" in kinds),
        "thanked_only": float("thanked" in kinds and not bad),
        "thanked_bad": float("thanked" in kinds and bool(bad)),
        "thanked_planned": float("thanked" in kinds and planned and not good),
        "thanks_good": float("thanks" in kinds and bool(good) and not bad),
        "thanks_bad": float("thanks" in kinds and bool(bad)),
        "nothing_thanks": float(nothing and "thanks" in kinds),
        "told_only": float("told" in kinds and not good),
        "told_good": float("told" in kinds and bool(good) and not bad),
        "forced_only": float("forced" in kinds and not good),
        "forced_good": float("forced" in kinds and bool(good) and not bad),
        "nothing_idle": float(nothing and "idle" in kinds),
        "good_idle": float(bool(good) and not bad and "idle" in kinds),
        "bad_idle": float(bool(bad) and not good and "idle" in kinds),
        **_clear(heard, good, bad),
        **_silent(heard, good, bad),
        "only_was": float(bool(heard.hits) and not good and not bad and "past" in kinds),
        "one_bad": float(len(bad) == 1 and not good),
    }


#: What makes one doubt that good words are meant as they stand.
_DOUBTS: Final = frozenset(
    {
        "but",
        "again",
        "faint",
        "past",
        "wish",
        "others",
        "rival",
        "apart",
        "told",
        "forced",
        "missed",
    }
)


def _clear(heard: Heard, good: Sequence[Hit], bad: Sequence[Hit]) -> dict[str, float]:
    """Return the counts of what is said without anything beside it that might turn it."""
    clear = not (_DOUBTS & set(heard.kinds) or heard.loose or heard.questions or heard.quoted)
    only_good = clear and bool(good) and not bad
    praised = only_good and any(hit.kind == PRAISE for hit in good)
    short = heard.words <= _SHORT
    return {
        DOUBTED: float(not clear or any(not hit.good for hit in heard.hits)),
        "clear_good": float(only_good),
        CLEAR: float(praised),
        "clear_good_short": float(only_good and short),
        "clear_praise_short": float(praised and short),
        "clear_good_more": float(only_good and len(good) > 1),
        "clear_good_unplanned": float(only_good and not {"plan", "ask", "idle"} & set(heard.kinds)),
        "clear_bad": float(clear and bool(bad) and not good),
    }


def _silent(heard: Heard, good: Sequence[Hit], bad: Sequence[Hit]) -> dict[str, float]:
    """Return how much stands beside the good words in which none is: often what is wrong."""
    only_good = bool(good) and not bad
    with_good = {hit.clause for hit in good}
    last = max(with_good, default=0)
    behind = sum(heard.clauses[last + 1 :])
    before = sum(heard.clauses[: min(with_good, default=0)])
    silent = sum(n for at, n in enumerate(heard.clauses) if at not in with_good)
    return {
        "tail": only_good * math.log2(1 + behind) / 5,
        "long_tail": float(only_good and behind > _LONG),
        "tail_own": float(only_good and behind > _LONG and "own" in heard.kinds),
        "head": only_good * math.log2(1 + before) / 5,
        "silent": only_good * silent / max(1, heard.words),
        "filled": float(only_good and not silent),
        "many_good": only_good * min(len(good), 4) / 2,
    }


_KINDS: Final[Mapping[str, Callable[[Hit], bool]]] = {
    "praise": lambda hit: hit.kind == PRAISE and not hit.past,
    "good": lambda hit: hit.kind == GOOD and not hit.turned and not hit.past,
    "bad": lambda hit: hit.kind == BAD and not hit.turned and not hit.past,
    "awful": lambda hit: hit.kind == AWFUL and not hit.past,
    "not_bad": lambda hit: hit.good and hit.turned,
    "not_good": lambda hit: not hit.good and hit.turned,
    "was_good": lambda hit: hit.good and hit.past,
    "was_bad": lambda hit: not hit.good and hit.past,
    "wished": lambda hit: hit.wished,
}
_ASIDE: Final[Mapping[str, Callable[[Hit], bool]]] = {
    "asked_good": lambda hit: hit.asked and hit.good,
    "asked_bad": lambda hit: hit.asked and not hit.good,
    "others_good": lambda hit: hit.about == "others" and hit.good,
    "others_bad": lambda hit: hit.about == "others" and not hit.good,
    "rival_good": lambda hit: hit.about == "rival" and hit.good,
    "rival_bad": lambda hit: hit.about == "rival" and not hit.good,
}
#: Parts of the lists that say more, or less, than the rest of them.
_THEMES: Final = (
    "praise.people", "praise.judgement", "praise.feelings", "praise.loyalty", "praise.litotes",
    "good.people", "good.service", "good.quality", "good.money", "good.results",
    "bad.people", "bad.time", "bad.quality", "bad.money", "bad.reports", "bad.leaving",
)  # fmt: skip
_SAID: Final = (
    "but",
    "again",
    "solved",
    "faint",
    "past",
    "wish",
    "others",
    "rival",
    "ask",
    "idle",
    "us",
    "apart",
    "plan",
    "own",
    "feared",
    "thanked",
    "told",
    "forced",
    "fate",
    "thanks",
    "liked",
    "missed",
)


def _are_apart(good: Iterable[Hit], bad: Iterable[Hit]) -> bool:
    return {hit.clause for hit in good}.isdisjoint({hit.clause for hit in bad})


def _side(last: Iterable[Hit]) -> float:
    return sum(1.0 if hit.good else -1.0 for hit in last)


def _is_cheered(good: list[Hit]) -> bool:
    """Tell whether all that is good are cheers with nothing beside them."""
    return bool(good) and all(hit.cheer and (hit.alone or hit.colon) for hit in good)


@dataclass(frozen=True, kw_only=True)
class Scorecard:
    """For each label its base and the points of each count."""

    base: Mapping[str, float]
    points: Mapping[str, Mapping[str, float]]

    def scores(self, counted: Mapping[str, float]) -> dict[str, float]:
        """Return the score of each label."""
        told = [(self.points[name], count) for name, count in counted.items() if count]
        return {
            label: self.base[label] + sum(points.get(label, 0.0) * count for points, count in told)
            for label in LABELS
        }


def chances_of(scores: Mapping[str, float]) -> Chances:
    """Return how likely each label is; together 1."""
    most = max(scores.values())
    raised = {label: math.exp(score - most) for label, score in scores.items()}
    whole = sum(raised.values())
    return {label: one / whole for label, one in raised.items()}


def together(one: Chances, other: Chances, share: float) -> Chances:
    """Return the chances of two together: a sum of their logarithms, of the other's a share."""
    return chances_of(
        {
            label: math.log(max(_LEAST, one[label])) + share * math.log(max(_LEAST, other[label]))
            for label in LABELS
        }
    )


def likeliest(chances: Chances, praise_from: float, counted: Mapping[str, float]) -> str:
    """Return the label with the best chance; praise that is not clear needs a chance of its own.

    Where it has none, a comment in which nothing was heard but good words is neither.
    """
    best = max(LABELS, key=lambda label: chances[label])
    needed = min(CLEAR_FROM, praise_from) if counted[CLEAR] else praise_from
    if best != POSITIVE or chances[best] >= needed:
        return best
    others = [label for label in LABELS if label != POSITIVE]
    return max(others, key=lambda label: chances[label]) if counted[DOUBTED] else NEUTRAL


@cache
def shipped_scorecard() -> Scorecard:
    """Return the points that the package holds as data."""
    said = shipped_words("comments/scorecard.yaml")
    return Scorecard(base=said["base"], points=said["points"])
