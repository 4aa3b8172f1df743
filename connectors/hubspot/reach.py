"""What the app may see: the feeds that can be read, and what rules are blind to without the rest.

HubSpot names a missing scope only when it refuses, so each object is asked for one record.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from connectors.base import Feed
from connectors.errors import Refused
from connectors.hubspot.client import Client
from connectors.hubspot.custom import SCHEMA_SCOPE, CustomObjects
from connectors.hubspot.faults import MissingScopes
from connectors.hubspot.mapped import HOLDERS, Mapped
from connectors.hubspot.objects import (
    ACTIVITIES,
    ATTACHMENTS,
    BODIES,
    FILES,
    OWNERS,
    SOURCES,
    Source,
)
from connectors.hubspot.own_fields import OwnField, among
from connectors.hubspot.portal import STAGED, Portal
from connectors.model import BlindSpot
from connectors.texts_off import TEXTS_OFF

#: Raised when the mapping reads a property otherwise than before: feeds are then read afresh.
MAPPING_VERSION: Final = 2

#: What the name of a feed ends in that reads a window once more, when the index has caught up.
LATE: Final = ":late"
#: How late a change may become visible to search; a daily sweep finds what takes still longer.
INDEX_LAG: Final = dt.timedelta(minutes=60)

OWNERS_SCOPE: Final = "crm.objects.owners.read"
_DEALS_SCOPE: Final = "crm.schemas.deals.read"
_MAIL_SCOPE: Final = "sales-email-read"
_MAIL_TEXTS: Final = ("hs_email_text", "hs_email_html")
_BY_PIPELINES: Final = ("stage", "pipeline")  # columns of deals that pipelines give the words for
_MAILS: Final = 10  # looked at for whether their text may be seen

#: (object, the one it is associated with) -> what goes blind without that: stream and column.
_LINK_COLUMNS: Final[Mapping[tuple[str, str], tuple[str, str | None]]] = {
    ("deals", "companies"): ("deals", "account_id"),
    ("deals", "contacts"): ("links", None),
    ("activities", "deals"): ("activities", "deal_ids"),
    ("activities", "companies"): ("activities", "account_ids"),
    ("activities", "contacts"): ("activities", "contact_ids"),
    ("proposals", "deals"): ("proposals", "deal_id"),
    ("cases", "companies"): ("cases", "account_id"),
    ("cases", "contacts"): ("cases", "contact_id"),
    ("cases", "deals"): ("cases", "deal_ids"),
    ("leads", "companies"): ("leads", "converted_account_id"),
    ("leads", "contacts"): ("leads", "converted_contact_id"),
    ("leads", "deals"): ("leads", "converted_deal_id"),
    ("survey_answers", "companies"): ("survey_answers", "account_id"),
    ("survey_answers", "contacts"): ("survey_answers", "contact_id"),
    ("survey_answers", "deals"): ("survey_answers", "deal_id"),
    ("ratings", "companies"): ("ratings", "account_id"),
    ("ratings", "contacts"): ("ratings", "contact_id"),
}


@dataclass(frozen=True, kw_only=True)
class Selection:
    """What is read of one object."""

    name: str
    source: Source
    properties: tuple[str, ...]
    hidden: tuple[str, ...]
    links: tuple[str, ...]  # objects whose associations may be read
    own: tuple[OwnField, ...] = ()  # the admin's own properties that this object has
    files: bool = False  # whether names of the files it carries may be read
    mapped: tuple[Mapped, ...] = ()  # streams that its properties fill, as the admin says

    @property
    def history(self) -> tuple[str, ...]:
        """Properties to be read with their former values."""
        return tuple(one for one in self.source.history if one in self.properties)


class Reach:
    """What one session may read, each object asked about once. `texts=False`: no bodies."""

    def __init__(
        self,
        client: Client,
        portal: Portal,
        custom: Mapping[str, Sequence[str]],
        *,
        texts: bool = True,
        objects: Sequence[Mapped] = (),
    ) -> None:
        self._client = client
        self._objects = objects
        self._own_objects = CustomObjects(client)
        self._texts = texts
        self._portal = portal
        self._custom = custom  # stream -> names of the admin's own properties
        self._refusals: dict[str, Refused | None] = {}
        self._streams: frozenset[str] | None = None  # those that are wanted; None: all

    def read_only(self, streams: Collection[str]) -> None:
        """Leave out objects that fill none of these streams; they are not even asked about."""
        self._streams = frozenset(streams)

    def wants(self, name: str) -> bool:
        """Tell whether anybody needs what an object fills."""
        filled = SOURCES[name].streams if name in SOURCES else (name,)
        mapped = any(one.object == name for one in self._placed())
        return mapped or any(self._needs(stream) for stream in filled)

    def knows(self, name: str) -> bool:
        """Tell whether this is an object that could be read."""
        return name in self._sources()

    def _placed(self) -> list[Mapped]:
        """The mappings that somebody needs, of objects that there are, as calls name those."""
        wanted = (one for one in self._objects if self._needs(one.stream))
        found = (self._own_objects.placed(one) for one in wanted)
        return [one for one in found if one is not None]

    def _sources(self) -> Mapping[str, Source]:
        """HubSpot's objects, and those of the account's own that mappings name."""
        return {**SOURCES, **self._own_objects.sources(self._placed())}

    def _needs(self, stream: str) -> bool:
        return self._streams is None or stream in self._streams

    def reads(self, name: str) -> bool:
        """Tell whether an object is wanted, and may be read."""
        return self.wants(name) and self.refusal(name) is None

    def refusal(self, name: str) -> Refused | None:
        """Why an object may not be read; None when it may."""
        if name not in self._refusals:
            self._refusals[name] = self._ask(name)
        return self._refusals[name]

    def _ask(self, name: str) -> Refused | None:
        try:
            if name == OWNERS:
                next(self._client.owners(archived=False))
            elif name == FILES:
                self._client.files(())
            else:
                self._client.first(name, (), 1)
        except Refused as problem:
            return problem
        return None

    def selection(self, name: str) -> Selection:
        """What can be read of an object that is not refused."""
        source, own = self._sources()[name], self._own(name)
        defined = self._portal.definitions(name)
        properties = [one for one in source.properties if self._texts or one not in BODIES]
        known = properties if isinstance(defined, Refused) else defined
        hidden = tuple(sorted(set(properties).difference(known)))
        mapped = self._mapped(name)
        more = (
            *(one.property.name for one in own),
            *(p for m in mapped for p in m.fields.values()),
        )
        wanted = dict.fromkeys((source.changed, *properties, *more))
        return Selection(
            name=name,
            source=source,
            properties=tuple(one for one in wanted if one not in hidden),
            hidden=hidden,
            links=tuple(kind for kind in source.links if self.refusal(kind) is None),
            own=own,
            mapped=mapped,
            files=name in ACTIVITIES and ATTACHMENTS in known and self.reads(FILES),
        )

    def _mapped(self, name: str) -> tuple[Mapped, ...]:
        """What the admin says properties of an object hold, of those that may be seen."""
        return tuple(
            one.seen(self._unseen_of(one), texts=self._texts)
            for one in self._placed()
            if one.object == name
        )

    def _unseen_of(self, one: Mapped) -> list[str]:
        defined = self._portal.definitions(one.object)
        names = dict.fromkeys(one.fields.values())
        return [] if isinstance(defined, Refused) else [n for n in names if n not in defined]

    def _own(self, name: str) -> tuple[OwnField, ...]:
        """The admin's own properties that an object has; without its definitions none is known."""
        defined = self._portal.definitions(name)
        if isinstance(defined, Refused):
            return ()
        if not self._texts:
            defined = {key: one for key, one in defined.items() if key not in BODIES}
        return among(self._custom.get(self._sources()[name].stream, ()), defined)

    def selections(self) -> list[Selection]:
        """All that can be read, in the order of SOURCES, objects of the account's own last."""
        return [self.selection(name) for name in self._sources() if self.reads(name)]

    def filling_too(self, name: str) -> tuple[list[Selection], bool]:
        """Objects that fill the stream of this one, too, where mappings do; and if they are all."""
        stream = self._sources()[name].stream
        mapped = [one for one in self._objects if one.stream == stream and self._needs(stream)]
        placed = {one.object for one in self._placed() if one.stream == stream}
        every = {*placed, *(key for key, one in SOURCES.items() if one.stream == stream)}
        others = sorted(one for one in every - {name} if mapped and self.reads(one))
        whole = every == {name, *others} and len(placed) == len(mapped)
        return [self.selection(one) for one in others], whole

    def unstamped(self) -> list[str]:
        """The admin's own properties that HubSpot calculates: they may change without a stamp."""
        return [
            f"{one.name}.{own.property.name}"
            for one in self.selections()
            for own in one.own
            if own.property.calculated
        ]

    def feeds(self) -> list[Feed]:
        """The feeds to read: people, then what is fresh, then what may have been late."""
        twice = [self._twice(one) for one in self.selections()]
        found = [fresh for fresh, _ in twice] + [late for _, late in twice]
        if self.refusal(OWNERS) is not None:
            return found
        owners = Feed(name=OWNERS, streams=("owners",), fields_hash=str(MAPPING_VERSION))
        return [owners, *found]

    def _twice(self, one: Selection) -> tuple[Feed, Feed]:
        """A fresh feed, which may miss what the index does not show yet, and one that repairs."""
        mapped = (each.stream for each in one.mapped)
        every = (*one.source.streams, *mapped, *((FILES,) if one.files else ()))
        streams = tuple(dict.fromkeys(every))
        fields = self._hash(one)
        late = f"{one.name}{LATE}"
        return (
            Feed(
                name=one.name,
                streams=streams,
                fields_hash=fields,
                unstamped=any(own.property.calculated for own in one.own),
            ),
            Feed(name=late, streams=streams, fields_hash=fields, settle=INDEX_LAG, repairs=True),
        )

    def _hash(self, one: Selection) -> str:
        """All that a stored row depends on: also what the account calls its stages."""
        told = [str(MAPPING_VERSION), self._client.version]
        told += [*sorted(one.properties), "", *one.history, "", *one.links]
        told += sorted(f"{own.name} {own.property.type}" for own in one.own)
        told += [f"{one.stream} {sorted(one.fields.items())}" for one in one.mapped]
        told += [FILES] if one.files else []
        if one.name == "deals":
            for labels in (self._portal.pipeline_labels, self._portal.deal_types):
                told += [f"{value} {label}" for value, label in labels.items()]
        if one.name in {"deals", *STAGED}:
            infos = self._portal.stage_infos(one.name).items()
            told += [f"{key} {info.label} {info.state} {info.probability}" for key, info in infos]
        return hashlib.sha256("\n".join(told).encode()).hexdigest()[:16]

    def blind_spots(self) -> list[BlindSpot]:
        """Everything a rule may want and this app cannot see."""
        spots = [*self._hidden_objects(), *self._hidden_properties(), *self._hidden_links()]
        spots += [*self._hidden_own(), *self._hidden_words(), *self._hidden_mapped()]
        if not self._texts:
            spots.append(TEXTS_OFF)
        elif self.refusal("emails") is None and self._texts_are_hidden():
            why = (
                "HubSpot hides the text of emails from this app. Add the scope "
                f"{_MAIL_SCOPE} (Settings > Integrations > Service Keys)."
            )
            spots.append(BlindSpot(stream="activities", field="text", why=why))
        return spots

    def _hidden_objects(self) -> list[BlindSpot]:
        found = []
        if (refusal := self.refusal(OWNERS)) is not None:
            why = _why(OWNERS, refusal, OWNERS_SCOPE)
            found.append(BlindSpot(stream="owners", field=None, why=why))
        if self.wants(FILES) and (refusal := self.refusal(FILES)) is not None:
            why = _why("the names of files", refusal, FILES)
            found.append(BlindSpot(stream=FILES, field=None, why=why))
        for name, source in SOURCES.items():
            refusal = self.refusal(name) if self.wants(name) else None
            if refusal is not None and not source.optional:
                why = _why(name, refusal, source.scope)
                streams = source.streams
                found += [BlindSpot(stream=one, field=None, why=why) for one in streams]
        return found

    def _hidden_properties(self) -> list[BlindSpot]:
        return [
            BlindSpot(
                stream=stream,
                field=column,
                why=_unseen(self._own_objects.called(one.name), name),
            )
            for one in self.selections()
            for stream in one.source.filled
            for name in one.hidden
            for column in one.source.properties.get(name, ())
        ]

    def _hidden_words(self) -> Iterator[BlindSpot]:
        """Columns that hold bare ids, because what those are called is hidden."""
        for name in sorted(STAGED):
            told = self._portal.pipelines(name) if self.reads(name) else None
            if isinstance(told, Refused):
                why = _why(f"the pipelines of {name}", told, SOURCES[name].scope)
                for column in SOURCES[name].properties["hs_pipeline_stage"]:
                    yield BlindSpot(stream=SOURCES[name].stream, field=column, why=why)
        if self.refusal("deals") is not None:
            return
        pipelines = self._portal.pipelines()
        if isinstance(pipelines, Refused):
            why = _why("the deal pipelines", pipelines, _DEALS_SCOPE)
            yield from (BlindSpot(stream="deals", field=one, why=why) for one in _BY_PIPELINES)
        defined = self._portal.definitions("deals")
        if isinstance(defined, Refused):
            why = _why("the properties of deals", defined, _DEALS_SCOPE)
            yield BlindSpot(stream="deals", field="type", why=why)

    def _hidden_own(self) -> Iterator[BlindSpot]:
        """The admin's own fields that no object of their stream has, as far as we may see."""
        every = self.selections()
        for stream, names in self._custom.items():
            ones = [one for one in every if one.source.stream == stream]
            had = {own.name for one in ones for own in one.own}
            for name in dict.fromkeys(names):
                if ones and name not in had:  # without any object the stream is blind already
                    why = self._why_not_own(ones, name)
                    yield BlindSpot(stream=stream, field=f"fields.{name}", why=why)

    def _why_not_own(self, ones: Sequence[Selection], name: str) -> str:
        for one in ones:
            refusal = self._portal.definitions(one.name)
            if isinstance(refusal, Refused):
                scope = one.source.scope.replace(".objects.", ".schemas.")
                return _why(f"the properties of {one.name}", refusal, scope)
        return _unknown([one.name for one in ones], name)

    def _hidden_mapped(self) -> Iterator[BlindSpot]:
        """Ratings and answers whose object or property this app does not see."""
        for one in (each for each in self._objects if self._needs(each.stream)):
            placed = self._own_objects.placed(one)
            why = self._not_there(one) if placed is None else self._not_shown(placed)
            if why is not None:
                yield BlindSpot(stream=one.stream, field=None, why=why)
            elif placed is not None:
                yield from self._half_hidden(placed)

    def _not_there(self, one: Mapped) -> str:
        """Why a mapping names no object that HubSpot tells us of."""
        refusal = self._own_objects.refusal
        if refusal is not None:
            return _why("the account's own objects", refusal, SCHEMA_SCOPE)
        return (
            f"HubSpot has no object {one.object}. Write one of {', '.join(HOLDERS)}, or the name "
            "of an object of your own as Settings > Objects > Custom Objects has it (they come "
            "with an Enterprise edition), under objects: in followthrough.yaml."
        )

    def _not_shown(self, one: Mapped) -> str | None:
        refusal = self.refusal(one.object)
        called, scope = self._own_objects.called(one.object), self._sources()[one.object].scope
        return None if refusal is None else _why(called, refusal, scope)

    def _half_hidden(self, one: Mapped) -> Iterator[BlindSpot]:
        """Columns whose property this app does not see, or that nothing fills."""
        called = self._own_objects.called(one.object)
        for name in self._unseen_of(one):
            columns = [column for column, said in one.fields.items() if said == name]
            why = _unknown([called], name)
            yield from (BlindSpot(stream=one.stream, field=c, why=why) for c in columns)
        if one.object not in HOLDERS:
            yield from self._own_objects.unlinked(one, called)

    def _hidden_links(self) -> list[BlindSpot]:
        """Columns that are known by association with an object that is hidden."""
        hidden = dict.fromkeys(
            (stream, kind)
            for one in self.selections()
            for kind in one.source.links
            for stream in one.source.streams
            if kind not in one.links and (stream, kind) in _LINK_COLUMNS
        )
        found = []
        for stream, kind in hidden:
            refusal = self.refusal(kind)
            assert refusal is not None, "else its associations could be read"
            blind, column = _LINK_COLUMNS[stream, kind]
            why = _why(kind, refusal, SOURCES[kind].scope)
            found.append(BlindSpot(stream=blind, field=column, why=why))
        return found

    def _texts_are_hidden(self) -> bool:
        """HubSpot answers a property without a value as null, and leaves a hidden one out."""
        mails = self._client.first("emails", _MAIL_TEXTS, _MAILS)
        return bool(mails) and not any(
            name in (mail.get("properties") or {}) for mail in mails for name in _MAIL_TEXTS
        )


def _unseen(name: str, property_name: str) -> str:
    return (
        f"HubSpot shows no property {property_name} of {name} to this app. Grant access to it "
        "(Settings > Properties), or give up the rules that need it."
    )


def _unknown(objects: Sequence[str], property_name: str) -> str:
    return (
        f"HubSpot shows no property {property_name} of {', '.join(objects)} to this app. Write its "
        "internal name as Settings > Properties has it, or grant access to it."
    )


def _why(what: str, refusal: Refused, scope: str) -> str:
    named = refusal.scopes if isinstance(refusal, MissingScopes) and refusal.scopes else (scope,)
    return (
        f"HubSpot hides {what} from this app. Add the scope {' or '.join(named)} "
        "(Settings > Integrations > Service Keys)."
    )
