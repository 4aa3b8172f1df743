"""The `where` of a rule: from words to conditions. What can never hold, `contradictions` tells."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from rules.checked import ByAmount, ByWord, Condition, FieldRef, Group, Limit, Op, Related, Test
from rules.contradictions import check_field, check_scope, check_together
from rules.formulas import read_formula
from rules.lengths import Length
from rules.notes import Notes, Path
from rules.patterns import read_pattern
from rules.problems import a, did_you_mean, listed, shown
from rules.subjects import OwnFields, fields_of
from rules.vocabulary import KINDS, FieldWord, Kind
from rules.where_words import FORMULA, GROUPS, RELATED, FieldValue, LengthBy, NumberBy
from rules.words import Words, written

_LISTS: Final = {"is": Op.IS_ONE_OF, "is_not": Op.IS_NONE_OF}
_BY: Final = "by_"


@dataclass(frozen=True, kw_only=True)
class Vocabulary:
    """The fields a clause may name, and where its problems go."""

    subject: str
    own: OwnFields
    notes: Notes

    @property
    def fields(self) -> Mapping[str, FieldWord]:
        """Every field of the subject."""
        return fields_of(self.subject, self.own)

    def of(self, subject: str) -> Vocabulary:
        """Return the vocabulary of another subject."""
        return Vocabulary(subject=subject, own=self.own, notes=self.notes)

    def field(self, name: str, kinds: Iterable[Kind], path: Path) -> FieldWord | None:
        """Return a field somebody named as a value, or note that there is none of these kinds."""
        kinds = frozenset(kinds)
        fitting = [one for one, word in self.fields.items() if word.kind in kinds]
        if name in fitting:
            return self.fields[name]
        near = did_you_mean(name, fitting) or f" Write {listed(fitting)}."
        what = f"is no field of {a(self.subject)}"
        if name in self.fields:
            what = f"is {KINDS[self.fields[name].kind]}, so it cannot be compared"
        self.notes.add(self.notes.value(*path), f"{shown(name)} {what}.{near}")
        return None


def read_where(
    where: Words | None, known: Vocabulary, path: Path = ("where",)
) -> tuple[Condition, ...]:
    """The conditions of a `where`, in the order of the words; contradictions are noted."""
    if where is None:
        return ()
    before = len(known.notes.problems)
    conditions = tuple(_conditions(where, known, path))
    if known.subject == "deal":
        check_scope([one for one in conditions if isinstance(one, Test)], (), known.notes)
    if len(known.notes.problems) == before:  # else the same would be told twice
        check_together(conditions, known.subject, known.notes)
    return conditions


def tests_in(conditions: Iterable[Condition]) -> Iterator[Test]:
    """Every test in the conditions, those within groups and of other records too."""
    for one in conditions:
        if isinstance(one, Test):
            yield one
        elif isinstance(one, (Group, Related)):
            yield from tests_in(one.conditions)


# -- one level -------------------------------------------------------------------------------


def _conditions(where: Words, known: Vocabulary, path: Path) -> Iterator[Condition]:
    for name, value in written(where):
        here = (*path, name)
        if name in GROUPS:
            yield _group(name, value, known, here)
        elif name == FORMULA:
            formula = read_formula(value, known.fields, known.notes, here)
            if formula:
                yield formula
        elif name in RELATED:
            yield _related(name, value, known, here)
        elif name != "same":
            yield from _field(known.fields[name], value, known, here)


def _field(word: FieldWord, words: Words, known: Vocabulary, path: Path) -> Iterator[Test]:
    found = list(_tests(word, words, known, path))
    if not any(True for _ in written(words)):
        known.notes.add(
            known.notes.key(*path), f'"{word.name}" has no test. Write one, or delete it.'
        )
    check_field(word, words, known.notes, path)
    yield from found


def _group(name: str, members: Sequence[Words], known: Vocabulary, path: Path) -> Group:
    if not members or not all(one.model_fields_set for one in members):
        message = f'"{name}" has no condition. Write one or more below it, or delete it.'
        known.notes.add(known.notes.key(*path), message)
    if len(members) == 1 and name == "any" and len(list(written(members[0]))) > 1:
        message = '"any" of several conditions is a list. Begin each with "- ".'
        known.notes.add(known.notes.key(*path), message)
    parts = []
    for number, one in enumerate(members):
        inside = tuple(_conditions(one, known, (*path, number)))
        place = known.notes.value(*path, number)
        parts.append(
            inside[0] if len(inside) == 1 else Group(word="all", conditions=inside, place=place)
        )
    return Group(word=name, conditions=tuple(parts), place=known.notes.key(*path))


def _related(name: str, words: Any, known: Vocabulary, path: Path) -> Related:
    place = known.notes.key(*path)
    if name != "activity":
        conditions = tuple(_conditions(words, known.of(name), path))
        _check_one_length(conditions, known.notes)
        return Related(subject=name, same=words.same, conditions=conditions, place=place)
    if words.before is not None and known.subject != "activity":
        message = '"before" needs a rule "for: activity": only that has a moment of its own.'
        known.notes.add(known.notes.key(*path, "before"), message)
    if words.before is not None and words.before.unit.business:
        message = f'count "before" in hours, days or weeks, not in "{words.before}".'
        known.notes.add(known.notes.value(*path, "before"), message)
    if words.same == "deal" and known.subject not in ("deal", "activity"):
        message = f'{a(known.subject)} has no deal of its own. Write "same: account".'
        known.notes.add(known.notes.key(*path, "same"), message)
    return Related(
        subject=name,
        same=words.same,
        pattern=read_pattern(words, path, known.notes),
        before=words.before,
        place=place,
    )


def _check_one_length(conditions: Iterable[Condition], notes: Notes) -> None:
    for one in conditions:
        if isinstance(one, Test) and isinstance(one.value, (ByWord, ByAmount)):
            message = f'of another record, "{one.field}" is compared with one value, no table.'
            notes.add(one.place, message)


# -- tests of one field ----------------------------------------------------------------------


def _tests(word: FieldWord, words: Words, known: Vocabulary, path: Path) -> Iterator[Test]:
    for name, value in written(words):
        place = known.notes.key(*path, name)
        if name in _LISTS:
            value = tuple(dict.fromkeys(value))
            if not value:
                message = "this list is empty, so the rule would never fire. Fill it."
                known.notes.add(place, message)
            yield Test(word=word, op=_LISTS[name], value=value, place=place)
        elif name == "is_empty":
            op = Op.IS_EMPTY if value else Op.IS_NOT_EMPTY
            yield Test(word=word, op=op, value=None, place=place)
        else:
            read = _value(word, value, known, (*path, name))
            if read is not None:
                yield Test(word=word, op=Op(name), value=read, place=place)


def _value(word: FieldWord, value: Any, known: Vocabulary, path: Path) -> Any:
    if isinstance(value, FieldValue):
        return _ref(word, value.field, {Kind.DATE, Kind.MOMENT}, known, path)
    if isinstance(value, NumberBy) and [name for name, _ in written(value)] == ["field"]:
        return _ref(word, str(value.field), {Kind.NUMBER, Kind.MONEY}, known, path)
    if isinstance(value, (NumberBy, LengthBy)):
        return read_table(value, known, path)
    return value


def _ref(
    tested: FieldWord, name: str, kinds: set[Kind], known: Vocabulary, path: Path
) -> FieldRef | None:
    word = known.field(name, kinds, (*path, "field"))
    if word == tested:
        message = f'"{name}" is compared with itself. Name another field.'
        known.notes.add(known.notes.value(*path, "field"), message)
    return FieldRef(word=word) if word else None


def read_limit(words: Length | LengthBy, known: Vocabulary, path: Path) -> Limit | None:
    """A limit of time; None if something is wrong with its table, which is noted."""
    return words if isinstance(words, Length) else read_table(words, known, path)


def read_table(
    words: NumberBy | LengthBy, known: Vocabulary, path: Path
) -> ByWord | ByAmount | None:
    """A value by a word or the size of the record; None if that is not clear, which is noted."""
    tables = list(written(words))
    if len(tables) != 1 or not tables[0][1]:
        names = [f'"{name}"' for name in type(words).model_fields]
        message = f"write one of these here, with a value for each word: {listed(names)}."
        known.notes.add(known.notes.value(*path), message)
        return None
    name, rows = tables[0]
    field = name.removeprefix(_BY)
    word = _field_of_table(field, known)
    if word is None:
        message = f'"{name}" needs a field "{field}", which {a(known.subject)} has not.'
        if field == "segment":
            message += ' Map one under "fields:" in followthrough.yaml.'
        known.notes.add(known.notes.key(*path, name), message)
        return None
    return ByAmount(word=word, rows=rows) if field == "amount" else ByWord(word=word, rows=rows)


def _field_of_table(field: str, known: Vocabulary) -> FieldWord | None:
    """The field a table is about: the record's own, else its deal's, else its account's."""
    names = (field, f"deal.{field}", f"account.{field}")
    return next((known.fields[name] for name in names if name in known.fields), None)
