"""What the models refuse -> problems an admin can use: the place, what is wrong, what to do.

The validator's own words never reach an admin. Nothing in here decides what is right.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from rules.language import CountedActivity, RuleWords, Touch
from rules.problems import Place, Problem, did_you_mean, listed, problem_at, shown
from rules.strict_yaml import Entries, Items, Node, Scalar, find
from rules.vocabulary import DEAL_FIELDS
from rules.where_words import (
    DateTest,
    NumberTest,
    PersonTest,
    StageTest,
    StateTest,
    TextTest,
    Where,
)
from rules.words import SENTENCE, Words

Loc = tuple[int | str, ...]

_KINDS: Final = {
    "text": "a text",
    "number": "a number",
    "money": "an amount",
    "date": "a day",
    "moment": "a day and time",
    "choice": "one of a few words",
    "person": "a person",
}
#: Words of a counted activity that a missing touch has not.
_ONLY_COUNTED: Final = CountedActivity.model_fields.keys() - Touch.model_fields.keys()
_TEST_MODELS: Final = (TextTest, PersonTest, StateTest, StageTest, NumberTest, DateTest)


def complaints(
    error: ValidationError, tree: Node, rule: str | None, top: type[BaseModel] = RuleWords
) -> list[Problem]:
    """Every refusal as a problem; what follows only from a blank value is left out."""
    return [
        problem_at(place, sentence, rule)
        for detail in error.errors(include_url=False)
        if detail["input"] is not None
        for place, sentence in _told(detail, tree, top)
    ]


def blank(key: str) -> str:
    """The sentence for a value that is not there."""
    return f'"{key}" has no value. Write one, or delete the line.' if key else "a value is missing."


def misspelled(
    word: str, tree: Entries, loc: Iterable[int | str] = (), top: type[BaseModel] = RuleWords
) -> bool:
    """Whether a key that nobody knows at `loc` was probably meant to be this word."""
    known = words_at(loc, top)
    keys = (key.text for key, _ in tree.entries if key.text not in known)
    return any(key != word and did_you_mean(key, (word,)) for key in keys)


def words_at(loc: Iterable[int | str], top: type[BaseModel] = RuleWords) -> list[str]:
    """The words that may stand at a place of a rule, by the models."""
    return [name for model in models_at(loc, top) for name in _names(model)]


def models_at(loc: Iterable[int | str], top: type[BaseModel] = RuleWords) -> list[type[BaseModel]]:
    """The models that describe a place of a rule."""
    models: list[type[BaseModel]] = [top]
    for step in loc:
        below = [
            found
            for model in models
            for name, field in model.model_fields.items()
            if (field.alias or name) == step
            for found in _models_in(field.annotation)
        ]
        models = below or models
    return models


def _names(model: type[BaseModel]) -> list[str]:
    return [field.alias or name for name, field in model.model_fields.items()]


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, Words):
        yield annotation
    for part in get_args(annotation):
        yield from _models_in(part)


def _told(detail: ErrorDetails, tree: Node, top: type[BaseModel]) -> Iterator[tuple[Place, str]]:
    loc: Loc = detail["loc"]
    node, key = find(tree, loc)
    name = (
        key.text if key else str(next((one for one in reversed(loc) if isinstance(one, str)), ""))
    )
    kind = detail["type"]
    if kind == SENTENCE:
        at_key = loc[-1] == "[key]" and key is not None
        yield (key.place if at_key and key else node.place), detail["msg"]
    elif kind == "extra_forbidden":
        yield (key or node).place, _unknown(name, loc[:-1], top)
    elif kind == "missing":
        yield from _missing(str(loc[-1]), tree, loc, top)
    else:
        yield node.place, _WANTED.get(kind, _wants_entries)(name, node, loc)


def _missing(word: str, tree: Node, loc: Loc, top: type[BaseModel]) -> Iterator[tuple[Place, str]]:
    parent, key = find(tree, loc[:-1])
    if isinstance(parent, Entries) and (
        parent.key(word) or misspelled(word, parent, loc[:-1], top)
    ):
        return  # it is there without a value, or misspelled, which is told elsewhere
    where = f' in "{key.text}"' if key else ""
    yield (key or parent).place, f'"{word}" is missing{where}.'


def _unknown(name: str, parent: Loc, top: type[BaseModel]) -> str:
    known = words_at(parent, top)
    model = models_at(parent, top)[0]
    if model is Where or model.__name__ == "CaseDeal":
        return f"a deal has no field {shown(name)}.{did_you_mean(name, known)}"
    if name in _ONLY_COUNTED and model is Touch:
        return (
            f'"{name}" goes with "count" only: what nobody wrote says nothing. '
            'Delete it, or write a "count".'
        )
    if model in _TEST_MODELS:
        return _no_such_test(name, parent, known)
    if model is RuleWords:
        return f"{shown(name)} is not a word of a rule.{did_you_mean(name, known)}"
    guess = did_you_mean(name, known) or f" Known: {listed(known, 'and')}."
    return f"{shown(name)} is not known here.{guess}"


def _no_such_test(name: str, parent: Loc, known: list[str]) -> str:
    field = next(str(step) for step in reversed(parent) if step in DEAL_FIELDS)
    fitting = f"Tests for it: {listed(known, 'and')}."
    if any(name in _names(model) for model in _TEST_MODELS):
        kind = _KINDS[DEAL_FIELDS[field].kind]
        return f'"{name}" does not fit "{field}", which is {kind}. {fitting}'
    return f"there is no test {shown(name)}.{did_you_mean(name, known) or ' ' + fitting}"


def _wants_text(name: str, node: Node, loc: Loc) -> str:
    if isinstance(node, Entries) and node.key("by_stage"):
        return f"{_named(name)} is one length here, the same for every stage."
    if isinstance(node, Entries) and node.flow:
        return f'{_named(name)} must be a text. Put a text that begins with "{{" in quotes.'
    return f"{_named(name)} must be a single value, not {_shape(node)}."


def _wants_list(name: str, node: Node, loc: Loc) -> str:
    return f'{_named(name)} must be a list: lines that begin with "- ", or "[a, b]".'


def _wants_entries(name: str, node: Node, loc: Loc) -> str:
    words = listed([f'"{word}:"' for word in words_at(loc)][:3])
    return f"{_named(name)} must hold lines such as {words}, not {_shape(node)}."


def _named(name: str) -> str:
    return f'"{name}"' if name and name not in ("text", "entries", "[key]") else "this"


def _shape(node: Node) -> str:
    if isinstance(node, Scalar):
        return f"only {shown(node.text)}"
    return "a list" if isinstance(node, Items) else "lines of their own"


_WANTED: Final[dict[str, Callable[[str, Node, Loc], str]]] = {
    "string_type": _wants_text,
    "tuple_type": _wants_list,
    "model_type": _wants_entries,
    "dict_type": _wants_entries,
}
