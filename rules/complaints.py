"""What the models refuse -> problems an admin can use: the place, what is wrong, what to do.

The validator's own words never reach an admin. Nothing in here decides what is right.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from rules.language import RuleWords
from rules.problems import Place, Problem, a, did_you_mean, listed, problem_at, shown
from rules.strict_yaml import Entries, Items, Node, Scalar, find
from rules.subjects import FIELDS
from rules.touch_words import CountedActivity, Touch
from rules.vocabulary import KINDS, SUBJECTS, Kind
from rules.where_words import GROUPS, TEST_MODELS
from rules.words import SENTENCE, Words

Loc = tuple[int | str, ...]
W = TypeVar("W", bound=Words)

#: Words of a counted activity that a missing touch has not.
_ONLY_COUNTED: Final = CountedActivity.model_fields.keys() - Touch.model_fields.keys()
#: What a test of each model is called, where its field is not a built-in one.
_OF_MODEL: Final = {"TextTest": "text", "PersonTest": "person", "NumberTest": "number"}


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


def validated(
    model: type[W], plain: Any, node: Node, context: Mapping[str, Any], rule: str | None
) -> tuple[W, list[Problem], frozenset[str]]:
    """The words without the clauses that are not well-formed, what is wrong with those, and which
    they are."""
    try:
        return model.model_validate(plain, context=dict(context)), [], frozenset()
    except ValidationError as error:
        problems = complaints(error, node, rule, model)
        broken = frozenset(str(detail["loc"][0]) for detail in error.errors() if detail["loc"])
    entries = plain if isinstance(plain, Mapping) else {}
    whole = {key: value for key, value in entries.items() if key not in broken}
    return model.model_validate(whole, context=dict(context)), problems, broken


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
    subject = _subject(model)
    if subject is not None:
        return _no_such_field(name, subject, model, known)
    if name in _ONLY_COUNTED and model is Touch:
        return (
            f'"{name}" does not fit a "touch", which counts by how certain it is. '
            'Write "activity" instead of "touch".'
        )
    if model.__name__.endswith("Test"):
        return _no_such_test(name, parent, known, model, top)
    if model is RuleWords:
        return f"{shown(name)} is not a word of a rule.{did_you_mean(name, known)}"
    guess = did_you_mean(name, known) or f" Known: {listed(known, 'and')}."
    return f"{shown(name)} is not known here.{guess}"


def _no_such_field(name: str, subject: str, model: type[BaseModel], known: list[str]) -> str:
    if model.__name__.startswith("Case") and name in FIELDS[subject]:
        return f'"{name}" follows from other records. Write those in the case: deals, activities.'
    if model.__name__.startswith("Related") and name in GROUPS:
        return f"another {subject} is told by its fields alone. Write one for each choice."
    fields = [word for word in known if word not in GROUPS]
    guess = did_you_mean(name, fields) or did_you_mean(name, GROUPS)
    return f"{a(subject)} has no field {shown(name)}.{guess}"


def _subject(model: type[BaseModel]) -> str | None:
    """What a model of fields is about, by its name: WhereDeal, RelatedDeal, CaseDeal."""
    for prefix in ("Where", "Related", "Case"):
        subject = model.__name__.removeprefix(prefix).lower()
        if model.__name__.startswith(prefix) and subject in SUBJECTS and model is not Touch:
            return None if model.__name__ == "RelatedActivity" else subject
    return None


def _no_such_test(
    name: str, parent: Loc, known: list[str], model: type[BaseModel], top: type[BaseModel]
) -> str:
    field = next((str(step) for step in reversed(parent) if isinstance(step, str)), "")
    fitting = f"Tests for it: {listed(known, 'and')}."
    if any(name in _names(one) for one in TEST_MODELS):
        return f'"{name}" does not fit "{field}", which is {_kind(field, model, top)}. {fitting}'
    return f"there is no test {shown(name)}.{did_you_mean(name, known) or ' ' + fitting}"


def _kind(field: str, model: type[BaseModel], top: type[BaseModel]) -> str:
    subject = _subject(top) or "deal"
    word = FIELDS[subject].get(field)
    kind = str(word.kind) if word else _OF_MODEL.get(model.__name__, "choice")
    return KINDS[Kind(kind)]


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
