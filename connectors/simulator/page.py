"""The page at `/`: what lies in the simulated CRM, for a person to look at.

Plain HTML from templates with autoescaping, no script, nothing loaded from anywhere. Knows no
CRM: each dialect's `view` fills the nouns below.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'"
_TEMPLATES: Final = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A task, another activity or a notification of a deal; texts are as the CRM shows them."""

    kind: str  # call, email, meeting, note, task, notification
    day: str  # when it took place or falls due; empty: no date
    who: str
    subject: str
    body: str
    open: bool
    ours: bool  # Followthrough made it


@dataclass(frozen=True, kw_only=True)
class Deal:
    """A deal with what was done and what is to be done; activities oldest first."""

    id: str
    name: str
    account: str
    owner: str
    stage: str
    state: str  # open, won, lost
    amount: str
    closes: str
    activities: tuple[Entry, ...]
    tasks: tuple[Entry, ...]
    notifications: tuple[Entry, ...] = ()  # oldest first; `who` was told


@dataclass(frozen=True, kw_only=True)
class Look:
    """Everything the page shows; `activities` and `ours` count the whole CRM.

    `loose` are tasks of ours that hang on no deal, as those on a person's own work do.
    """

    company: str
    vendor: str
    now: str
    deals: tuple[Deal, ...]
    activities: int
    ours: int
    loose: tuple[Entry, ...] = ()


def routes(look: Callable[[], Look]) -> list[Route]:
    """Give the page's routes; `look` is called for each request."""

    async def overview(request: Request) -> Response:
        return _page("deals.html", 200, look=look())

    async def one(request: Request) -> Response:
        seen = look()
        wanted = request.path_params["deal_id"]
        deal = next((deal for deal in seen.deals if deal.id == wanted), None)
        if deal is None:
            return _page("missing.html", 404, look=seen, wanted=wanted)
        return _page("deal.html", 200, look=seen, deal=deal)

    return [Route("/", overview, methods=["GET"]), Route("/deals/{deal_id}", one, methods=["GET"])]


def _page(template: str, status: int, **shown: object) -> Response:
    html = _TEMPLATES.get_template(template).render(**shown)
    headers = {
        "Content-Security-Policy": _POLICY,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
    }
    return Response(html, status, headers=headers, media_type="text/html;charset=utf-8")
