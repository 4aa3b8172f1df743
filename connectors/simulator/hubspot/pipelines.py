"""Pipelines of deals, tickets and leads: stages, the properties they bring, the API's words.

Stage ids are opaque, as in portals younger than HubSpot's named defaults. Sources: facts 4.5, 4.7.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from connectors.simulator.hubspot.schema import Option, Property
from connectors.simulator.hubspot.times import iso

Json = dict[str, object]


@dataclass(frozen=True, kw_only=True)
class Stage:
    """A stage; `probability` between 0 and 1, which with `closed` says won or lost."""

    id: str
    label: str
    probability: float
    closed: bool = False
    archived: bool = False

    @property
    def won(self) -> bool:
        """Whether a deal in it is won."""
        return self.closed and self.probability == 1


@dataclass(frozen=True, kw_only=True)
class Pipeline:
    """A way deals go."""

    id: str
    label: str
    stages: tuple[Stage, ...]
    archived: bool = False


#: HubSpot's standard sales pipeline by its labels.
SALES: Final = Pipeline(
    id="default",
    label="Sales Pipeline",
    stages=(
        Stage(id="998417231", label="Appointment Scheduled", probability=0.2),
        Stage(id="998417232", label="Qualified To Buy", probability=0.4),
        Stage(id="998417233", label="Presentation Scheduled", probability=0.6),
        Stage(id="998417234", label="Decision Maker Bought-In", probability=0.8),
        Stage(id="998417235", label="Contract Sent", probability=0.9),
        Stage(id="998417236", label="Closed Won", probability=1, closed=True),
        Stage(id="998417237", label="Closed Lost", probability=0, closed=True),
    ),
)


#: The standard pipelines of tickets and of leads. What a lead's stages say of themselves is open.
SUPPORT: Final = Pipeline(
    id="0",
    label="Support Pipeline",
    stages=(
        Stage(id="1", label="New", probability=0),
        Stage(id="2", label="Waiting on contact", probability=0),
        Stage(id="3", label="Waiting on us", probability=0),
        Stage(id="4", label="Closed", probability=0, closed=True),
    ),
)
LEADS: Final = Pipeline(
    id="lead-pipeline-id",
    label="Lead pipeline",
    stages=(
        Stage(id="new-stage-id", label="New", probability=0),
        Stage(id="attempting-stage-id", label="Attempting", probability=0),
        Stage(id="connected-stage-id", label="Connected", probability=0),
        Stage(id="qualified-stage-id", label="Qualified", probability=1, closed=True),
        Stage(id="unqualified-stage-id", label="Disqualified", probability=0, closed=True),
    ),
)


def stage(pipelines: Iterable[Pipeline], stage_id: str) -> Stage | None:
    """Find a stage by its id in any pipeline."""
    found = (one for pipe in pipelines for one in pipe.stages if one.id == stage_id)
    return next(found, None)


def words(
    pipelines: tuple[Pipeline, ...], group: str, pipeline: str, stage: str
) -> Iterator[Property]:
    """Give the words of the two properties that hold pipeline and stage."""
    for name, label, ones in (
        (pipeline, "Pipeline", [(pipe.id, pipe.label) for pipe in pipelines]),
        (stage, "Stage", [(one.id, one.label) for p in pipelines for one in p.stages]),
    ):
        yield Property(
            name=name,
            label=label,
            type="enumeration",
            field_type="select",
            group=group,
            options=tuple(Option(value=value, label=label) for value, label in ones),
            required=True,
            shown=True,
        )


def properties(pipelines: tuple[Pipeline, ...], group: str) -> Iterator[Property]:
    """Give what pipelines bring to deals: the words of two properties, two more a stage."""
    yield from words(pipelines, group, "pipeline", "dealstage")
    for pipe in pipelines:
        for one in pipe.stages:
            for verb in ("entered", "exited"):
                yield Property(
                    name=f"hs_v2_date_{verb}_{one.id}",
                    label=f'Date {verb} "{one.label} ({pipe.label})"',
                    type="datetime",
                    field_type="calculation_read_time",
                    group=group,
                    read_only=True,
                    calculated=True,
                )


def pipeline_json(pipe: Pipeline, order: int, created: int, kind: str = "deals") -> Json:
    """Give a pipeline as the API does."""
    return {
        "label": pipe.label,
        "displayOrder": order,
        "id": pipe.id,
        "stages": [stage_json(one, place, created, kind) for place, one in enumerate(pipe.stages)],
        "createdAt": iso(created),
        "updatedAt": iso(created),
        "archived": pipe.archived,
    }


def stage_json(one: Stage, order: int, created: int, kind: str = "deals") -> Json:
    """Give a stage as the API does: its metadata are strings."""
    return {
        "label": one.label,
        "displayOrder": order,
        "metadata": _METADATA[kind](one),
        "createdAt": iso(created),
        "updatedAt": iso(created),
        "archived": one.archived,
        "writePermissions": "CRM_PERMISSIONS_ENFORCEMENT",
        "id": one.id,
    }


_METADATA: Final[Mapping[str, Callable[[Stage], Json]]] = {
    "deals": lambda one: {
        "isClosed": str(one.closed).lower(),
        "probability": str(float(one.probability)),
    },
    "tickets": lambda one: {"ticketState": "CLOSED" if one.closed else "OPEN"},
    "leads": lambda one: {"isClosed": str(one.closed).lower()},
}
