"""One block of a company: a few hundred deals with their clients and people, from a seed.

Names stand as marks (`Qa0017x`), which `printing` replaces when a block is printed many times.
The result is a story in the simulator's own nouns, and what in it breaks which practice. Reads no
clock.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from connectors.simulator.generator.phrases import LANGUAGES, Phrases, phrases
from connectors.simulator.generator.plots import CHECKS_IN, NO_NOTES, PLOTS, Break, Plot
from connectors.simulator.moments import read_day, read_moment
from connectors.simulator.story_nouns import (
    Account,
    Activity,
    Call,
    Contact,
    Deal,
    Entry,
    Mail,
    Meeting,
    Note,
    Person,
    Story,
    ToDo,
)

#: Deals of one rep, and reps of one manager, about.
DEALS_A_REP: Final = 40
_MANAGERS: Final = 2
_BEGAN, _BEGAN_OLD = 90, 220  # business days ago
_HISTORY: Final = 50  # business days in which a deal's earlier talks lie


@dataclass(frozen=True, kw_only=True)
class Broken:
    """A practice that is broken in a block: on which deal, whose, since when (of the story)."""

    deal: str
    account: str
    owner: str
    plot: str
    what: Break
    since: str | None  # a moment of the story


@dataclass(frozen=True, kw_only=True)
class Block:
    """A story, and what is wrong in it."""

    story: Story
    broken: tuple[Broken, ...]


class Chance(random.Random):
    """Dice that a seed decides: they invent a company and guard nothing."""


def mark(kind: str, number: int) -> str:
    """Return what stands for a name: `a` a client, `f` a first name, `l` a last name."""
    return f"Q{kind}{number:04d}x"


def block(seed: str, deals: int) -> Block:
    """Make a block of `deals`; the same seed makes the same block."""
    chance = Chance(seed)
    people = _people(max(2, deals // DEALS_A_REP))
    plots = _plots(chance, deals)
    casts = [_cast(chance, number, plot, people) for number, plot in enumerate(plots)]
    story = Story(
        company="Generated company",
        time_zone="UTC",
        currency="EUR",
        people=tuple(people),
        accounts=tuple(one.account for one in casts),
        deals=tuple(one.deal() for one in casts),
    )
    return Block(story=story, broken=tuple(found for one in casts for found in one.broken()))


def _plots(chance: Chance, deals: int) -> list[Plot]:
    """Every plot at least once where there is room, then by its share; in any order."""
    shares = [plot.share for plot in PLOTS]
    chosen = [*PLOTS, *chance.choices(PLOTS, shares, k=max(0, deals - len(PLOTS)))]
    chance.shuffle(chosen)
    return chosen[:deals]


def _people(reps: int) -> list[Person]:
    """Two managers; then who checks in, who takes no notes, and the plain ones."""
    return [_person(n, None) for n in range(_MANAGERS)] + [
        _person(_MANAGERS + n, n % _MANAGERS) for n in range(2 + reps)
    ]


def _person(number: int, manager: int | None) -> Person:
    first, last = mark("f", number), mark("l", number)
    return Person(
        line=0,
        name=f"{first} {last}",
        role="rep" if manager is not None else "manager",
        email=f"{first}.{last}.{mark('n', 0)}@generated.example".lower(),
        manager=None if manager is None else f"{mark('f', manager)} {mark('l', manager)}",
    )


def _cast(chance: Chance, number: int, plot: Plot, people: Sequence[Person]) -> _Cast:
    odd = {CHECKS_IN: people[_MANAGERS], NO_NOTES: people[_MANAGERS + 1]}
    owner = odd.get(plot.owner) or chance.choice(people[_MANAGERS + 2 :])
    words = phrases()[chance.choice(LANGUAGES)]
    person = 1000 + number
    contact = Contact(
        line=0,
        name=f"{mark('f', person)} {mark('l', person)}",
        email=f"{mark('f', person)}.{mark('l', person)}@{mark('a', number)}.example".lower(),
        title=chance.choice(words["titles"]),
    )
    account = Account(
        line=0,
        name=f"{mark('a', number)} {chance.choice(words['forms'])}",
        owner=owner.name,
        since=read_moment(f"-{_ago(plot) + 20}bd 09:00"),
        contacts=(contact,),
        city=chance.choice(words["cities"]),
    )
    return _Cast(chance, plot, account, owner, words)


def _ago(plot: Plot) -> int:
    return _BEGAN_OLD if plot.old else _BEGAN


class _Cast:
    """One deal with whom it is about, while it is being told."""

    def __init__(
        self,
        chance: Chance,
        plot: Plot,
        account: Account,
        owner: Person,
        words: Phrases,
    ) -> None:
        self._chance, self._plot, self.account = chance, plot, account
        self._owner, self._words = owner, words
        self._decks: dict[str, list[str]] = {}
        self._product = chance.choice(words["products"])
        self._lines = [self._timed(line) for line in plot.lines]
        self._history = list(self._earlier())
        self._name = f"{account.name}, {self._product}"
        self._began = f"-{_ago(plot)}bd {self._clock(9)}"
        self._entered = f"{plot.entered} {self._clock(9)}"

    def deal(self) -> Deal:
        """Return the deal."""
        plot = self._plot
        closed = plot.stage in ("Won", "Lost")
        activities = [one for line in (*self._history, *self._lines) for one in self._told(line)]
        return Deal(
            line=0,
            name=self._name,
            account=self.account.name,
            owner=self._owner.name,
            contact=self.account.contacts[0].name,
            amount=Decimal(self._chance.randint(4, 45) * 1000),
            stages=(
                Entry(at=read_moment(self._began), stage="Prospecting"),
                Entry(at=read_moment(self._entered), stage=plot.stage),
            ),
            closes=None if closed else read_day(plot.closes),
            next_step=self._text("next_step") if plot.next_step else "",
            activities=tuple(activities),
        )

    def broken(self) -> list[Broken]:
        """Return what is wrong with it."""
        return [
            Broken(
                deal=self._name,
                account=self.account.name,
                owner=self._owner.name,
                plot=self._plot.name,
                what=one,
                since=self._since(one),
            )
            for one in self._plot.breaks
        ]

    def _since(self, one: Break) -> str | None:
        if one.line is not None:
            return " ".join(self._lines[one.line].split()[:2])
        return self._entered if one.rule == "won-no-follow-up" else None

    # -- lines ----------------------------------------------------------------------------------

    def _clock(self, hour: int) -> str:
        return f"{hour:02d}:{self._chance.randrange(60):02d}"

    def _timed(self, line: str) -> str:
        """Move a line by some minutes; at most to the end of the half hour after it."""
        day, clock, rest = line.split(" ", 2)
        hour, minute = clock.split(":")
        return f"{day} {hour}:{int(minute) + self._chance.randrange(30):02d} {rest}"

    def _earlier(self) -> list[str]:
        """What was said before the plot begins: mails, all answered, a note, a list mail."""
        lines = []
        for _ in range(self._chance.randint(1, 6)):
            day = f"-{_ago(self._plot) - 1 - self._chance.randrange(_HISTORY)}bd"
            lines.append(f"{day} {self._clock(10)} in question")
            lines.append(f"{day} {self._clock(14)} out answer")
        day = f"-{_ago(self._plot) - 1 - self._chance.randrange(_HISTORY)}bd"
        lines.append(f"{day} {self._clock(11)} {self._chance.choice(('note', 'list', 'task'))}")
        return lines

    def _text(self, purpose: str) -> str:
        contact, rep = self.account.contacts[0].name.split()[0], self._owner.name.split()[0]
        if not self._decks.get(purpose):  # nothing is said twice before all of it was said once
            some = self._words[purpose]
            self._decks[purpose] = self._chance.sample(some, len(some))
        text = self._decks[purpose].pop()
        return text.format(contact=contact, rep=rep, product=self._product)

    def _subject(self, purpose: str = "") -> str:
        own = f"{purpose}_subject"
        text = self._text(own if own in self._words else "subject")
        return text[0].upper() + text[1:]

    def _told(self, line: str) -> list[Activity]:
        day, clock, what, *more = line.split()
        return [_TOLD[what](self, f"{day} {clock}", more)]

    def _in(self, at: str, more: Sequence[str]) -> Activity:
        return self._mail(at, "in", more[0])

    def _out(self, at: str, more: Sequence[str]) -> Activity:
        return self._mail(at, "out", more[0])

    def _mail(self, at: str, direction: str, purpose: str) -> Activity:
        return Mail(
            line=0,
            at=read_moment(at),
            direction=direction,
            subject=self._subject(purpose),
            text=self._text(purpose),
        )

    def _list(self, at: str, more: Sequence[str]) -> Activity:
        return Mail(
            line=0,
            at=read_moment(at),
            direction="out",
            subject=self._subject(),
            text=self._text("newsletter"),
            automated=True,
        )

    def _call(self, at: str, more: Sequence[str]) -> Activity:
        return Call(
            line=0,
            at=read_moment(at),
            direction="out",
            outcome="connected",
            minutes=Decimal(more[0]),
            subject=self._subject(),
            text=self._text(more[1]) if more[1:] else "",
        )

    def _manager(self, at: str, more: Sequence[str]) -> Activity:
        return Call(
            line=0,
            at=read_moment(at),
            by=self._owner.manager,
            direction="out",
            outcome="connected",
            minutes=Decimal(more[0]),
            subject=self._subject(),
        )

    def _met(self, at: str, more: Sequence[str]) -> Activity:
        return self._meeting(at, more, "held")

    def _gone(self, at: str, more: Sequence[str]) -> Activity:
        return self._meeting(at, more, "no_show")

    def _plan(self, at: str, more: Sequence[str]) -> Activity:
        return self._meeting(at, more, None)

    def _meeting(self, at: str, more: Sequence[str], outcome: str | None) -> Activity:
        moment = read_moment(at)
        return Meeting(
            line=0,
            at=moment,
            subject=self._subject(),
            minutes=Decimal(more[0]),
            outcome=outcome,
            booked=None if moment.day.is_past else read_moment("-3bd 09:00"),
            text=self._text(more[1]) if more[1:] else "",
        )

    def _note(self, at: str, more: Sequence[str]) -> Activity:
        return Note(
            line=0,
            at=read_moment(at),
            subject=self._subject(),
            text=self._text("internal"),
        )

    def _task(self, at: str, more: Sequence[str]) -> Activity:
        moment = read_moment(at)
        return ToDo(
            line=0,
            at=moment,
            subject=self._text("next_step"),
            due=moment.day,
            done=read_moment(f"{at.split()[0]} 17:00"),
        )


_TOLD: Final = {
    "in": _Cast._in,
    "out": _Cast._out,
    "list": _Cast._list,
    "call": _Cast._call,
    "manager": _Cast._manager,
    "met": _Cast._met,
    "gone": _Cast._gone,
    "plan": _Cast._plan,
    "note": _Cast._note,
    "task": _Cast._task,
}
