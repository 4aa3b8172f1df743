"""What became of an exchange that gave no answer to use: the error, by what the caller should do.

Knows sockets and statuses, no CRM's codes. A read that failed did no harm; a write that may have
been carried out is unknown, and only one that provably never left may be called not done.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import requests

from connectors.errors import CrmError, OutcomeUnknown, Refused, Retriable, Unusable
from connectors.wire import Exchange, TooLarge, TooLong

_MULTIPLE_CHOICES: Final = 300
_BAD_REQUEST: Final = 400


class NeverSent(Retriable):
    """The request provably never left this machine."""


class TurnedAway(Retriable):
    """The CRM turned the request away, for a limit or a lock: a write, too, may be repeated."""


@dataclass(frozen=True, kw_only=True)
class Way:
    """How the messages name the way to a CRM."""

    crm: str
    host: str
    by_proxy: bool


def is_redirect(status: int) -> bool:
    """Tell a status that sends elsewhere; 300 is an answer of its own, a choice of records."""
    return _MULTIPLE_CHOICES < status < _BAD_REQUEST


def elsewhere(way: Way, status: int, *, read: bool) -> CrmError:
    """The answer sends us to another place."""
    text = (
        f"{way.crm} at {way.host} answered {status}, which sends us elsewhere; redirects are never "
        "followed. Check the base address, and whether a proxy or single sign-on page stands "
        "between."
    )
    return (Unusable if read else OutcomeUnknown)(text, code="REDIRECT", status=status)


def broken(way: Way, problem: Exception, exchange: Exchange, *, read: bool) -> CrmError:
    """The exchange itself failed: no connection, no trust, no end, too much."""
    never = not exchange.sent or isinstance(problem, requests.ConnectTimeout)
    if isinstance(problem, requests.exceptions.SSLError) and (never or read):
        return _untrusted(way)
    if never:
        return _unreachable(way)
    if isinstance(problem, TooLarge) and read:
        return Refused(
            f"{way.crm} answered with more than one page may hold. Set a smaller page_size.",
            code="TOO_LARGE",
        )
    if isinstance(problem, TooLong) or exchange.left <= 0:
        return doubtful(
            way, f"took longer than {exchange.allowed:.4g} seconds to answer", read=read
        )
    return doubtful(way, "broke the connection before its answer was complete", read=read)


def doubtful(way: Way, what: str, *, read: bool) -> CrmError:
    """Something came back that cannot be used."""
    if read:
        return Retriable(
            f"{way.crm} {what}. Nothing was stored of it; the next run asks again.",
            code="NO_ANSWER",
        )
    return OutcomeUnknown(
        f"{way.crm} {what}, so nobody knows whether the change took place. It is looked up by its "
        "key before anything is sent again.",
        code="NO_ANSWER",
    )


def term_over(way: Way) -> Retriable:
    """The request may not leave any more: another worker may be writing by now."""
    return Retriable(
        f"{way.crm} was not asked to change anything: this worker can no longer be sure to be the "
        "only one. The next run goes on.",
        code="TERM_OVER",
    )


def _untrusted(way: Way) -> Unusable:
    return Unusable(
        f"The TLS certificate that {way.host} showed is not trusted, so {way.crm} was not asked. "
        "Check the base address; behind a company proxy, set ca_bundle to its certificate file.",
        code="TLS",
    )


def _unreachable(way: Way) -> NeverSent:
    by = " through the configured proxy" if way.by_proxy else ""
    return NeverSent(
        f"{way.crm} could not be reached at {way.host}{by}. Check the network and the base "
        "address; the next run tries again.",
        code="UNREACHABLE",
    )
