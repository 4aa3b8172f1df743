"""Every word of the language with its sentence: one text for `rules words`, the docs, the editor.

The sentences stand where the words are defined: in the models, and in the closed lists of
`vocabulary` and `subjects`. Nothing is written here but the headings, so that no page can say
something else than the program does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from pydantic import BaseModel

from rules import case_words, language, touch_words, vocabulary, where_words
from rules.lengths import DueWord, Unit
from rules.subjects import OwnFields, fields_of, moments_of
from rules.vocabulary import CATEGORIES


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One word and what it means."""

    word: str
    doc: str


@dataclass(frozen=True, kw_only=True)
class Section:
    """Words that belong together."""

    title: str
    about: str
    entries: tuple[Entry, ...]


_HEAD: Final = """# The words of the rule language

What every word means that may stand in a rule; [rules.md](rules.md) shows how they go together.
`followthrough rules words` prints the same with your own fields and stages, `rules words WORD` one
of them. This page is made from the sentences the program itself uses for its errors and for
editors. Nobody edits it: `followthrough rules words --markdown > docs/words.md`.

"""
_RULE: Final = ("A rule", "The words of a rule, in the order in which they read best.")
_UNITS: Final[Mapping[Unit, str]] = {
    Unit.HOURS: "Hours that pass, day and night: 48 hours.",
    Unit.DAYS: "Days of the calendar, to the same time of day: 30 days.",
    Unit.WEEKS: "Seven days each: 2 weeks.",
    Unit.BUSINESS_HOURS: "Working hours of the owner: no night, weekend, holiday or leave.",
    Unit.BUSINESS_DAYS: "As many working hours as a working day has, counted in the same way.",
}
_BACKLOGS: Final[Mapping[str, str]] = {
    "14 days": "What began at most so long ago, which is the default; older ones are counted only.",
    "enabled": "What begins from then on, and nothing older.",
    "backfill": "{backfill: 90 days} is as 90 days, and says that the backlog is wanted.",
}
_DUES: Final[Mapping[str, str]] = {
    str(DueWord.END_OF_TODAY): "Today, or the next working day.",
    str(DueWord.END_OF_WEEK): "The last working day of this week.",
    "promise.due": "After `after: each` promise: when the promise falls due.",
    "meeting.end": "After a meeting: when it was over.",
    **vocabulary.NAMED_DAYS,
}


def glossary(
    own: OwnFields | None = None, stages: Iterable[str] = vocabulary.STAGES
) -> list[Section]:
    """Return every word of the language, with the org's own fields and stages."""
    fields = own or {}
    return [
        _of_model(*_RULE, language.RuleWords),
        _of_map("for", "What a rule can be for.", vocabulary.SUBJECTS),
        _of_map("mode", "What becomes of what the rule finds.", language.MODES),
        _of_map("severity", "How grave it is.", language.SEVERITIES),
        *_fields(fields, sorted(stages)),
        *_tests(),
        *_missing(fields),
        *_counts(),
        *_outcomes(),
        *_cases(),
    ]


def find(word: str, sections: Iterable[Section]) -> list[Section]:
    """Return every meaning of a word, each under its heading; of a heading, all that it holds."""
    found = []
    for section in sections:
        if section.title.lower() == word.lower():
            found.append(section)
            continue
        entries = tuple(entry for entry in section.entries if entry.word == word)
        found += [replace(section, about="", entries=entries)] if entries else []
    return found


def markdown(sections: Iterable[Section]) -> str:
    """Return the sections as the page docs/words.md."""
    lines = []
    for section in sections:
        lines += [f"## {section.title}", "", section.about, "", "| Word | Means |", "|---|---|"]
        lines += [f"| `{entry.word}` | {_cell(entry.doc)} |" for entry in section.entries]
        lines.append("")
    return _HEAD + "\n".join(lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


# -- the sections ----------------------------------------------------------------------------


def _fields(own: OwnFields, stages: Sequence[str]) -> Iterator[Section]:
    for subject in vocabulary.SUBJECTS:
        words = fields_of(subject, own).values()
        entries = [Entry(word=one.name, doc=f"{one.doc} ({_kind(one, stages)})") for one in words]
        article = "an" if subject[0] in "aeiou" else "a"
        about = f"What a `where` can test of {article} {subject}."
        yield Section(title=f"Fields of {article} {subject}", about=about, entries=tuple(entries))


def _kind(word: vocabulary.FieldWord, stages: Sequence[str]) -> str:
    if word.kind is vocabulary.Kind.CHOICE:
        return ", ".join(word.choices or stages)
    return str(word.kind)


def _tests() -> Iterator[Section]:
    yield _of_models(
        "Tests",
        "What a field can be compared with. A bare value means `is`, a list means one of these.",
        *where_words.TEST_MODELS,
    )
    related = {**where_words.GROUPS, **where_words.RELATED}
    formula = {where_words.FORMULA: "A comparison of numbers: amount * probability / 100 > 50000."}
    yield _of_map(
        "Groups, other records, formulas", "What else a `where` can hold.", {**related, **formula}
    )
    yield _of_models(
        "Values that depend on the record",
        "In the place of a number or a length.",
        where_words.NumberBy,
        where_words.LengthBy,
    )


def _missing(own: OwnFields) -> Iterator[Section]:
    yield _of_model("missing", "What should have been, and since when.", language.Missing)
    yield _of_model("after", "An activity that starts the clock.", language.FromEvent)
    yield _of_model("sooner", "What makes it due sooner, counted from there.", language.SoonerWords)
    yield _of_map("Moments", "Fields at which a clock can start.", _moments(own))
    yield _of_models(
        "touch and activity",
        "Which activities are meant. A `touch` reached the client, of grade C unless it says more.",
        touch_words.Touch,
        touch_words.EventActivity,
        touch_words.OwnActivity,
    )
    yield _of_models(
        "planned, quote, file, stage_entry",
        "What else can be missing.",
        touch_words.PlannedWords,
        touch_words.QuoteWords,
        touch_words.FileWords,
        touch_words.StageEntryWords,
    )
    yield _of_map("named", "What a file is by its name.", vocabulary.DOCUMENTS)
    yield _of_map("by", "Whose activity it is.", vocabulary.WHO)
    yield _of_map("at_least", "How certain a touch is.", vocabulary.GRADES)
    yield _of_map("direction", "Who reached out.", vocabulary.DIRECTIONS)
    yield _of_map("client_has", "What the client of an activity has.", vocabulary.CLIENT_HAS)
    yield _of_map("says", "What is looked for in texts, in six languages.", vocabulary.SIGNALS)
    yield _of_map(
        "Lengths of time",
        "A whole number and a unit. The end of a length is exclusive; a business clock that starts "
        "on a free day starts at the next opening.",
        {str(unit): doc for unit, doc in _UNITS.items()},
    )


def _moments(own: OwnFields) -> Mapping[str, str]:
    """Return each moment with its sentence, one for each subject where they differ."""
    docs: dict[str, dict[str, list[str]]] = {}
    for subject in vocabulary.SUBJECTS:
        for name, word in moments_of(subject, own).items():
            docs.setdefault(name, {}).setdefault(word.doc, []).append(subject)
    return {
        name: " ".join(
            f"For {' and '.join(subjects)}: {_small(doc)}" for doc, subjects in by.items()
        )
        for name, by in docs.items()
    }


def _small(doc: str) -> str:
    return doc[0].lower() + doc[1:]


def _counts() -> Iterator[Section]:
    yield _of_model("count", "Activities that happened so often, or so seldom.", language.Count)
    about = "What part of a person's activities is of a kind."
    yield _of_model("ratio", about, language.RatioWords)


def _outcomes() -> Iterator[Section]:
    yield _of_model("then", "What to write.", language.Then)
    yield _of_models(
        "task, alert, digest", "What they say, and to whom.", language.Task, language.LineWords
    )
    named = {f"{word}:Name": doc for word, doc in vocabulary.NAMED_RECEIVERS.items()}
    yield _of_map("to", "Who can get it.", {**vocabulary.RECEIVERS, **named})
    yield _of_map("Moments in words", "For `due`, `counting_from` and `or_by`.", _DUES)
    dated = {f"{name}:day": doc for name, doc in vocabulary.DATED_PLACEHOLDERS.items()}
    said = {vocabulary.SAID: "The sentence in which a signal was found."}
    yield _of_map(
        "Placeholders",
        "What a text may name in braces. A day or a moment also has `:time`.",
        {**vocabulary.PLACEHOLDERS, **said, **dated},
    )
    yield _of_model("escalate", "Who is told when a task stays open.", language.StepWords)
    yield _of_model("resolve", "When it is over.", language.ResolveWords)
    yield _of_model("limits", "How much the rule may write.", language.RuleLimits)
    yield _of_map("start_from", "What the first live run of a rule takes.", _BACKLOGS)


def _cases() -> Iterator[Section]:
    yield _of_model("tests", "Examples in the rule's own words.", case_words.CaseWords)
    yield _of_models(
        "What happened in a test",
        "Activities, quotes and stages of a case.",
        case_words.CaseActivityWords,
        case_words.CaseQuoteWords,
        case_words.CaseFileWords,
        case_words.CaseStageWords,
    )
    yield _of_model("people", "Who of us there is in a case.", case_words.CasePersonWords)
    yield _of_model("expect", "What the rule must say.", case_words.ExpectWords)
    categories = {word: f"Answer {n} of {len(CATEGORIES)}." for n, word in enumerate(CATEGORIES, 1)}
    yield _of_map("Ratings", "What a client's answer can be, from the worst.", categories)


# -- from what is written elsewhere ----------------------------------------------------------


def _of_map(title: str, about: str, words: Mapping[str, str]) -> Section:
    entries = tuple(Entry(word=word, doc=doc) for word, doc in words.items())
    return Section(title=title, about=about, entries=entries)


def _of_model(title: str, about: str, model: type[BaseModel]) -> Section:
    return Section(title=title, about=about, entries=tuple(_entries(model)))


def _of_models(title: str, about: str, *models: type[BaseModel]) -> Section:
    found: dict[str, Entry] = {}
    for model in models:
        for entry in _entries(model):
            found.setdefault(entry.word, entry)
    return Section(title=title, about=about, entries=tuple(found.values()))


def _entries(model: type[BaseModel]) -> Iterator[Entry]:
    for name, field in model.model_fields.items():
        yield Entry(word=field.alias or name, doc=field.description or "")
