"""The plots of deals: what happens in each, and which practice it breaks, if any.

A line is `day time what purpose`: `in` and `out` are mails, `call` and `met` last so many minutes,
`manager` is a short call by the owner's manager, `gone` a meeting to which nobody came, `plan` one
that lies ahead, `list` a mail no person wrote. Every plot that breaks a practice has a quiet twin.
Names rules by their ids and knows nothing else of them. Days keep clear of every deadline by a
business day at least, so that a truth stays true all day long.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypedDict, Unpack

#: Who the owner is: most are plain, one writes without a purpose, one takes no notes.
PLAIN, CHECKS_IN, NO_NOTES = "plain", "checks in", "no notes"


@dataclass(frozen=True, kw_only=True)
class Break:
    """A practice that a plot breaks: since which of its lines, and why, in a sentence."""

    rule: str
    why: str
    line: int | None = None  # None: since the deal was closed, or no single moment
    lasting: int = 0  # minutes of a meeting with whose end it begins
    subject: str = "deal"  # whom the rule is about: deal, account, activity or owner


@dataclass(frozen=True, kw_only=True)
class Plot:
    """One way a deal goes."""

    name: str
    lines: tuple[str, ...] = ()
    breaks: tuple[Break, ...] = ()
    stage: str = "Qualification"
    entered: str = "-14bd"  # when the deal came into its stage
    closes: str = "+40d"  # of an open deal
    next_step: bool = True
    owner: str = PLAIN
    share: int = 2  # how often, against the others
    old: bool = False  # all of it happened half a year ago


class _Said(TypedDict, total=False):
    breaks: tuple[Break, ...]
    stage: str
    entered: str
    closes: str
    next_step: bool
    owner: str
    share: int
    old: bool


def _plot(name: str, *lines: str, **said: Unpack[_Said]) -> Plot:
    return Plot(name=name, lines=lines, **said)


_ASKED: Final = ("-9bd 09:30 in question", "-9bd 12:30 out answer")
_WON: Final = ("-28bd 11:00 call 3",)  # the contact that every won deal should have

PLOTS: Final[tuple[Plot, ...]] = (
    # -- after the sale
    _plot(
        "won and silent",
        stage="Won",
        entered="-9bd",
        breaks=(Break(rule="won-no-follow-up", why="won, and nobody has called or written since"),),
    ),
    _plot("won and cared for", "-7bd 11:00 call 3", stage="Won", entered="-9bd", share=6),
    _plot("won long ago", stage="Won", entered="-100bd", old=True, share=24),
    _plot("lost", stage="Lost", entered="-20bd", share=10),
    _plot("lost long ago", stage="Lost", entered="-100bd", old=True, share=24),
    _plot(
        "complaint unanswered",
        *_WON,
        "-4bd 09:30 in complaint",
        "-4bd 11:30 out answer",
        stage="Won",
        entered="-30bd",
        breaks=(
            Break(
                rule="follow-up-complaint",
                why="they complained, and no manager has called",
                line=1,
                subject="account",
            ),
        ),
    ),
    _plot(
        "complaint taken up",
        *_WON,
        "-4bd 09:30 in complaint",
        "-4bd 11:30 manager 3",
        stage="Won",
        entered="-30bd",
    ),
    _plot(
        "talk without notes",
        *_WON,
        "-4bd 10:00 call 12 note_bare",
        stage="Won",
        entered="-30bd",
        owner=NO_NOTES,
        breaks=(
            Break(
                rule="three-category-note",
                why="a long talk, and no notes on all three questions",
                subject="owner",
            ),
        ),
    ),
    _plot(
        "talk with notes",
        *_WON,
        "-4bd 10:00 call 12 note_full",
        stage="Won",
        entered="-30bd",
        share=4,
    ),
    # -- promises
    _plot(
        "broken promise",
        *_ASKED,
        "-8bd 10:00 out promise_friday",
        breaks=(
            Break(
                rule="promised-proposal",
                why="promised by Friday, and not sent",
                line=2,
                subject="account",
            ),
            Break(
                rule="open-promises",
                why="a promise that is still open",
                line=2,
                subject="account",
            ),
        ),
    ),
    _plot(
        "kept promise",
        *_ASKED,
        "-8bd 10:00 out promise_friday",
        "-8bd 15:00 out delivery",
        share=4,
    ),
    _plot(
        "promise on its way",
        *_ASKED,
        "-2bd 10:00 out promise",
        breaks=(
            Break(
                rule="open-promises",
                why="promised, and not due yet",
                line=2,
                subject="account",
            ),
        ),
    ),
    _plot(
        "document asked again",
        "-3bd 10:00 out promise",
        "-2bd 09:30 in asks_again",
        breaks=(
            Break(
                rule="document-asked-again",
                why="they ask for what they were promised",
                line=1,
                subject="account",
            ),
            Break(
                rule="open-promises",
                why="a promise that is still open",
                line=0,
                subject="account",
            ),
            Break(
                rule="client-waiting",
                why="their mail has no answer",
                line=1,
                subject="account",
            ),
        ),
    ),
    _plot(
        "document asked again and sent",
        "-3bd 10:00 out promise",
        "-2bd 09:30 in asks_again",
        "-2bd 11:30 out delivery",
    ),
    # -- answers
    _plot(
        "client waiting",
        "-3bd 10:00 in question",
        breaks=(
            Break(rule="client-waiting", why="their mail has no answer", line=0, subject="account"),
        ),
    ),
    _plot("client answered", "-3bd 10:00 in question", "-3bd 14:00 out answer", share=8),
    _plot("client said thanks", *_ASKED, "-3bd 10:00 in thanks", share=4),
    # -- open deals
    _plot(
        "stale proposal",
        "-14bd 10:00 in question",
        "-14bd 14:00 out answer",
        "-6bd 10:00 out answer",
        stage="Proposal",
        entered="-15bd",
        breaks=(Break(rule="stale-proposal", why="no word about the proposal for ten days"),),
    ),
    _plot(
        "lively proposal",
        "-14bd 10:00 in question",
        "-14bd 14:00 out answer",
        "-4bd 10:00 in question",
        "-4bd 13:00 out answer",
        stage="Proposal",
        entered="-15bd",
        share=8,
    ),
    _plot(
        "overdue close date",
        *_ASKED,
        closes="-8bd",
        breaks=(Break(rule="overdue-close-date", why="open, though its close date has passed"),),
    ),
    _plot("close date ahead", *_ASKED, closes="+12bd", share=6),
    _plot(
        "no next step",
        *_ASKED,
        next_step=False,
        breaks=(
            Break(rule="no-next-step", why="nothing is written and nothing is planned", line=1),
        ),
    ),
    _plot("next step planned", *_ASKED, "+6bd 10:00 plan 45", next_step=False, share=4),
    _plot(
        "talk without a purpose for the next",
        "-6bd 10:00 call 3 note_bare",
        breaks=(
            Break(rule="next-purpose", why="nobody knows what the next contact is for", line=0),
        ),
    ),
    _plot(
        "talk with a purpose for the next",
        "-6bd 10:00 call 3 note_full",
        "+5bd 10:00 plan 45",
        share=4,
    ),
    # -- meetings
    _plot(
        "first meeting without a recap",
        "-5bd 10:00 met 45 note_full",
        "+5bd 10:00 plan 45",
        breaks=(
            Break(
                rule="first-meeting",
                why="a first meeting, and no recap went out",
                line=0,
                lasting=45,
                subject="activity",
            ),
        ),
    ),
    _plot(
        "first meeting with a recap",
        "-5bd 10:00 met 45 note_full",
        "-5bd 16:00 out answer",
        "+5bd 10:00 plan 45",
        share=4,
    ),
    _plot(
        "missed meeting",
        *_ASKED,
        "-6bd 10:00 gone 45",
        breaks=(
            Break(
                rule="missed-meeting",
                why="nobody came, and there is no new date",
                line=2,
                subject="activity",
            ),
        ),
    ),
    _plot("missed meeting, new date", *_ASKED, "-6bd 10:00 gone 45", "+4bd 10:00 plan 45"),
    # -- mails that say nothing
    _plot(
        "purposeless check-ins",
        "-9bd 09:30 in question",
        "-9bd 12:30 out answer",
        "-7bd 11:00 out check_in",
        "-5bd 11:00 out check_in",
        "-2bd 11:00 out check_in",
        owner=CHECKS_IN,
        breaks=(
            Break(
                rule="purposeless-check-in",
                why="three mails in two weeks that name no purpose",
                subject="owner",
            ),
        ),
    ),
    _plot(
        "mails with a purpose",
        *_ASKED,
        "-7bd 11:00 out answer",
        "-5bd 11:00 out answer",
        "-2bd 11:00 out answer",
    ),
)

#: Rules of the pack that no plot breaks, and why. (None at present.)
NOT_COVERED: Final[dict[str, str]] = {}
