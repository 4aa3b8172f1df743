"""The words of a sentence with their classes, in six languages: who acts, when, on which document.

Nothing in here knows what a promise is. The classes and their words are data (`grammar.yaml`); work
is bounded by the length of a sentence, and what is longer than any sentence is cut.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Final

from rules.signals.promises.due import time_words
from rules.signals.words.word_files import shipped_words

_LONG: Final = 4_000  # characters of a sentence that are read
#: What is no verb here does nothing.
_DOES: Final = frozenset({"send", "sends", "now", "quotes"})
_SHORT_STEM: Final = 2  # letters that are no stem
_MANY: Final = 120  # words of a sentence that are read
_TOKEN: Final = re.compile(
    r"[^\W_]+(?:['’./&-][^\W_]+)*['’]?|[,;:()\[\]!?…—–>|]|-{1,2}>?|(?<=\s)[/+](?=\s)"
)
_BREAKS: Final = frozenset(",;:()[]!?…—–>|/") | {"-", "--", "->", "-->"}
_SHORT: Final = {
    "'ll": " will", "'re": " are", "'ve": " have", "'d": " would", "'m": " am",
    "can't": "can not", "won't": "will not", "n't": " not", "’": "'",
}  # fmt: skip
_NAME: Final = re.compile(r"\b[^\W\d_a-z][a-zà-ÿ]+(?:['’-][^\W\d_]+)*\b")
_ELIDED: Final = re.compile(r"\b([cdjlmnst]|qu)'(?=\w)")
#: "schicke sie Ihnen" is no "Sie"; but she who gets something is, and whoever writes small.
_SHE: Final = re.compile(r"\bsie\b(?! (?:\w+t|haben|hat|werden)\b)")
_CAPITAL: Final = re.compile(r"(?<=\w )[A-ZÄÖÜ]")
_CLITIC: Final = re.compile(
    r"(?<=\w)-(?=(?:je|tu|vous|nous|moi|lui|leur|le|la|les|lhe|lhes|lha|lhas|lho|lhos|ta|to|vo|vos|nos|me|te|se)\b)"
)


@dataclass(frozen=True, kw_only=True)
class Token:
    """A word, or a phrase of several, and what it may be."""

    text: str
    classes: frozenset[str] = frozenset()
    document: str | None = None  # the kind of document, if it names one
    name: bool = False  # it may be somebody's

    def has(self, *classes: str) -> bool:
        """Tell whether it may be one of these."""
        return not self.classes.isdisjoint(classes)


#: An accent that is missing makes nothing past, nor "a nossa" our own.
_EXACT: Final = frozenset({"sent", "inside", "dispatched", "got"})
_BREAK: Final = Token(text=",", classes=frozenset({"break"}))


@dataclass(frozen=True, kw_only=True)
class Grammar:
    """The words of one language."""

    phrases: Mapping[str, Token]
    plain: Mapping[str, Token]  # the same without accents
    longest: Mapping[str, int]  # how many words the phrases have that begin with a word
    ends: tuple[tuple[str, str], ...]  # of compound nouns, with the kind of document
    inflections: tuple[
        tuple[str, str], ...
    ]  # ends of plurals and diminutives, and what is there else
    alone: frozenset[str]  # nouns that an unknown word before them makes another thing
    verbs_too: frozenset[str]  # nouns that are verbs behind "I", "will" or "to"


def tokens(sentence: str, language: str) -> list[Token]:
    """Return the words of a sentence; a mark that parts clauses is a token of the class `break`."""
    grammar = grammar_of(language)
    words = _TOKEN.findall(_spoken(sentence[:_LONG], language))[:_MANY]
    names = _names(sentence[:_LONG], language)
    bare = [word if word.isascii() else folded(word) for word in words]
    found: list[Token] = []
    at = 0
    while at < len(words):
        taken, token = _longest(words, bare, at, grammar)
        known = token.classes or token.document
        found.append(token if known or token.text not in names else replace(token, name=True))
        at += taken
    return list(_verbs_behind(found, grammar))


def _names(sentence: str, language: str) -> frozenset[str]:
    """Return, in small letters, what is written like a name; German writes every noun so."""
    if language == "de":
        return frozenset()
    return frozenset(one.lower() for one in _NAME.findall(sentence))


def _spoken(sentence: str, language: str) -> str:
    said = unicodedata.normalize("NFC", sentence)
    if language == "de" and _CAPITAL.search(said):
        said = _SHE.sub("es", said)
    said = said.lower()
    for short, whole in _SHORT.items():
        if language == "en" or short == "’":
            said = said.replace(short, whole)
    if language == "fr":
        said = _ELIDED.sub(r"\1' ", said)
    if language in ("fr", "pt"):
        said = _CLITIC.sub(" ", said)
    return said


def _longest(words: list[str], bare: list[str], at: int, grammar: Grammar) -> tuple[int, Token]:
    """Return the longest phrase that begins here, and how many words it takes."""
    if words[at] in _BREAKS:
        return 1, _BREAK
    most = min(grammar.longest.get(bare[at], 0), len(words) - at)
    for count in range(most, 0, -1):
        phrase = " ".join(words[at : at + count])
        found = grammar.phrases.get(phrase)
        if found is None:
            found = grammar.plain.get(" ".join(bare[at : at + count]))
        if found is not None:
            return count, replace(found, text=phrase)
    return 1, _unknown(words[at], grammar)


def _unknown(word: str, grammar: Grammar) -> Token:
    if word[0].isdigit():
        return Token(text=word, classes=frozenset({"time"}))
    owner = word.removesuffix("'s")
    if owner != word and owner in grammar.phrases:  # "the quote's ready", "tomorrow's post"
        known = grammar.phrases[owner]
        return Token(text=word, document=known.document, classes=known.classes & {"time"})
    bare = word.rpartition("-")[2]
    whole = grammar.phrases.get(bare) if bare != word else None
    if whole is not None and whole.document:
        return Token(text=word, document=whole.document)
    kind = next((kind for end, kind in grammar.ends if word.endswith(end)), None)
    return Token(text=word, document=kind or _inflected(word, grammar))


def _inflected(word: str, grammar: Grammar) -> str | None:
    """Return the document of which a word is the plural or the diminutive: "offertetje"."""
    for end, instead in grammar.inflections:
        if word.endswith(end) and len(word) - len(end) > _SHORT_STEM:
            known = grammar.phrases.get(word[: len(word) - len(end)] + instead)
            if known is not None and known.document:
                return known.document
    return None


def _verbs_behind(some: list[Token], grammar: Grammar) -> Iterator[Token]:
    """Leave the document out of what is a verb here: "we offer", "to quote"."""
    before = Token(text="")
    for n, token in enumerate(some):
        following = some[n + 1] if n + 1 < len(some) else Token(text="")
        goes_on = before.text == "and" and following.has("it", "the", "you")
        acts = goes_on or before.has("we", "future", "would", "to", "own")
        verb = acts and token.text in grammar.verbs_too
        other = before.text and not before.classes and not before.document
        if token.document and (verb or (other and token.text in grammar.alone)):
            token = replace(token, document=None)
        elif token.document and token.has(*_DOES):  # "the draft", "our quote"
            token = replace(token, classes=token.classes - _DOES)
        yield token
        before = token


# -- the words of a language -----------------------------------------------------------------


@cache
def _file() -> Any:
    return shipped_words("promises/grammar.yaml")


@cache
def grammar_of(language: str) -> Grammar:
    """Return the words of a language: two letters, one of the six."""
    said = _file()[language]
    classes: dict[str, set[str]] = {}
    for name, phrase in _forms(said):
        classes.setdefault(_spoken(phrase, language), set()).add(name)
    for phrase in time_words():
        classes.setdefault(phrase, set()).add("time")
    documents = {
        _spoken(phrase, language): kind
        for kind, some in said["documents"].items()
        for phrase in listed(some)
    }
    phrases = {
        phrase: Token(
            text=phrase,
            classes=frozenset(classes.get(phrase, ())),
            document=documents.get(phrase),
        )
        for phrase in {**classes, **documents}
    }
    plain: dict[str, Token] = {}
    for phrase, token in phrases.items():
        if not token.classes <= _EXACT:
            plain.setdefault(folded(phrase), token)
    ends = [(end, kind) for kind, some in said.get("ends", {}).items() for end in listed(some)]
    return Grammar(
        phrases=phrases,
        plain=plain,
        longest=_lengths(phrases),
        ends=tuple(sorted(ends, key=lambda one: -len(one[0]))),
        inflections=tuple(
            (end, instead.strip(".")) for end, instead in said.get("inflections", {}).items()
        ),
        alone=frozenset(listed(said.get("alone", ""))) - {""},
        verbs_too=frozenset(listed(said.get("verbs_too", ""))) - {""},
    )


def _lengths(phrases: Iterable[str]) -> dict[str, int]:
    longest: dict[str, int] = {}
    for phrase in phrases:
        words = folded(phrase).split()
        if words:
            longest[words[0]] = max(len(words), longest.get(words[0], 0))
    return longest


def _forms(said: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield every class with each of its phrases; forms of the present go before the past."""
    for name, some in said["words"].items():
        yield from ((name, phrase) for phrase in listed(some))
    for family in said.get("verbs", ()):
        stems = listed(family["stems"])
        for name, some in family.items():
            if name != "stems":
                yield from ((name, stem + end) for end in listed(some) for stem in stems)


def listed(some: str) -> Iterable[str]:
    """Return the entries of a list that is written with commas."""
    return [" ".join(one.split()) for one in some.split(",")]


def folded(text: str) -> str:
    """Return small letters without accents."""
    if text.isascii():
        return text.lower()
    apart = unicodedata.normalize("NFKD", text.lower()).replace("ß", "ss")
    return "".join(one for one in apart if not unicodedata.combining(one))
