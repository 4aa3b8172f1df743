"""The one HTTP transport under every CRM's client library.

A `requests.Session` that a vendor's library may be handed: it talks to one host only, follows no
redirect, believes no environment variable, bounds every exchange in time and size, repeats only
what may be repeated, renews a token at most once a request, counts what the API allowance costs,
and turns every outcome into `connectors.errors`. It never logs, and its errors hold no token, no
query and no body. What is particular to a CRM comes in as a `Dialect`.
"""

from __future__ import annotations

import datetime as dt
import http.client
import math
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol, TypeVar
from urllib.parse import urlsplit

import requests
import urllib3

from connectors import outcome
from connectors.address import Address
from connectors.answer import Answer, AnswerAdapter, Line, read_payload
from connectors.budget import Budget, Share
from connectors.errors import CrmError, Retriable
from connectors.outcome import NeverSent, TurnedAway
from connectors.retry import Patience, Pause, http_date, patiently, retry_after
from connectors.wire import Exchange, TooLarge, TooLong, read_body

T = TypeVar("T")
MiB: Final = 1024 * 1024

#: What the layers below raise when an exchange breaks.
ON_THE_WIRE: Final = (
    requests.RequestException,
    urllib3.exceptions.HTTPError,
    http.client.HTTPException,
    OSError,
    TooLong,
    TooLarge,
)


_BEARER: Final = "Bearer "


class Tokens(Protocol):
    """Where bearer tokens come from."""

    def token(self) -> str:
        """A token to use now; logs in when there is none yet. Raises Unusable."""

    def renew(self, stale: str) -> str:
        """A token other than `stale`. Raises Unusable when it may not log in again."""


@dataclass(frozen=True, kw_only=True)
class Reply:
    """An answer that is not a success, as far as a dialect needs it to name the error."""

    status: int
    payload: Any  # parsed JSON, or None where the body was none
    read: bool
    login: bool
    after: float | None  # seconds the server asked us to wait


@dataclass(frozen=True, kw_only=True)
class Dialect:
    """What the transport must be told of a CRM."""

    crm: str
    paths: re.Pattern[str]
    login_path: str
    is_read: Callable[[str, str], bool]  # (method, path): repeating it can do no harm
    fault: Callable[[Reply], CrmError]
    allowance: Callable[[Mapping[str, str]], tuple[int, int] | None]  # headers -> used, allowed
    mended_by_caller: frozenset[str]  # codes of Retriable errors that repeating does not mend
    open_paths: frozenset[str] = frozenset()  # need no token and are not counted


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Bounds of one exchange, in seconds and in bytes after decompression."""

    connect: float = 10.0
    silence: float = 130.0  # a query may run two minutes: facts, salesforce 3.2
    deadline: float = 180.0
    read_bytes: int = 32 * MiB
    write_bytes: int = MiB


@dataclass(frozen=True, kw_only=True)
class Road:
    """How to get to the CRM: from settings only, never from the environment."""

    proxy: str | None = None
    ca_bundle: str | None = None
    limits: Limits = field(default_factory=Limits)
    patience: Patience = field(default_factory=Patience)
    share: Share = field(default_factory=Share)
    line: Line | None = None  # in place of sockets, for tests


class NoLogin(Retriable):
    """The login could not be made just now; it has had attempts of its own."""


class Transport(requests.Session):
    """A session to one CRM. `tokens` is set once they exist, since they log in through it."""

    def __init__(
        self,
        address: Address,
        dialect: Dialect,
        road: Road,
        *,
        stop: threading.Event | None = None,
        pause: Pause | None = None,
    ) -> None:
        super().__init__()
        self.trust_env = False
        self.headers["User-Agent"] = "Followthrough"
        self.address = address
        self.budget = Budget(dialect.crm, road.share)
        self.server_now: dt.datetime | None = None  # by the Date header of the last answer
        self.tokens: Tokens | None = None
        self.term: Callable[[], float] = lambda: math.inf  # seconds in which we may still write
        self._dialect = dialect
        self._road = road
        self._stop = stop or threading.Event()
        self._pause = pause
        self.way = outcome.Way(
            crm=dialect.crm,
            host=address.host,
            by_proxy=road.proxy is not None,
        )
        self._proxies = {"http": road.proxy, "https": road.proxy} if road.proxy else {}
        for scheme in ("https://", "http://"):
            self.mount(scheme, AnswerAdapter(road.line))

    @property
    def login_url(self) -> str:
        """Where tokens come from."""
        return self.address.base + self._dialect.login_path

    def wait(self, seconds: float) -> None:
        """Wait between two questions; ends at once when the worker stops."""
        (self._pause or self._stop.wait)(seconds)

    def request(self, method: str | bytes, url: str | bytes, *args: Any, **kw: Any) -> Answer:
        """Send a request, as `requests.Session.request`; raises the errors of `connectors.errors`.

        The URL is judged here as it was written, before `requests` tidies dots out of it. Timeout,
        redirects, proxies and verification are the transport's own, whatever the caller says.
        """
        admitted = self.address.admit(_text(url))
        answer = super().request(_text(method), admitted, *args, **kw)
        assert isinstance(answer, Answer)
        return answer

    def send(self, request: requests.PreparedRequest, **_: Any) -> Answer:
        request.url = self.address.admit(request.url or "")
        path = _path(request)
        login = path == self._dialect.login_path
        read = login or self._dialect.is_read(request.method or "", path)

        return self.patiently(lambda: self._once(request, read=read, login=login), read=read)

    def patiently(self, call: Callable[[], T], *, read: bool) -> T:
        """Make a call, and again where what went wrong may pass and repeating does no harm."""

        def repeatable(problem: Retriable) -> bool:
            if problem.code in self._dialect.mended_by_caller:
                return False
            harmless = read or isinstance(problem, (NeverSent, TurnedAway))
            return harmless and not isinstance(problem, NoLogin)

        return patiently(
            call,
            repeatable=repeatable,
            patience=self._road.patience,
            stop=self._stop,
            pause=self._pause,
        )

    def _once(self, request: requests.PreparedRequest, *, read: bool, login: bool) -> Answer:
        if login or self.tokens is None or _path(request) in self._dialect.open_paths:
            return self.judged(self._exchange(request, read=read), read=read, login=login)
        self.budget.spend(read=read)
        token = logged_in(self.tokens.token)
        answer = self._signed(request, token, read=read)
        if answer.status_code == http.client.UNAUTHORIZED:
            renew, stale = self.tokens.renew, token
            answer = self._signed(request, logged_in(lambda: renew(stale)), read=read)
        return self.judged(answer, read=read, login=False)

    def _signed(self, request: requests.PreparedRequest, token: str, *, read: bool) -> Answer:
        # The same prepared request, headers and all: only the signature differs.
        signed = request.copy()
        signed.headers["Authorization"] = _BEARER + token
        return self._exchange(signed, read=read)

    def _exchange(self, request: requests.PreparedRequest, *, read: bool) -> Answer:
        limits = self._road.limits
        seconds = limits.deadline if read else min(limits.deadline, self.term())
        if seconds <= 0:
            raise outcome.term_over(self.way)
        with Exchange(seconds) as exchange:
            try:
                answer = self.begin(request, silence=min(limits.silence, seconds))
                try:
                    self.hold(answer, exchange, read=read)
                finally:
                    answer.close()
            except ON_THE_WIRE as problem:
                raise outcome.broken(self.way, problem, exchange, read=read) from None
        return answer

    def hold(self, answer: Answer, exchange: Exchange, *, read: bool) -> None:
        """Read an answer's body to its end, within the bounds; raises what wire does."""
        limits = self._road.limits
        answer.hold(read_body(answer, exchange, limits.read_bytes if read else limits.write_bytes))

    def begin(self, request: requests.PreparedRequest, *, silence: float) -> Answer:
        """Send a request as it is, and return its answer before the body; raises what wire does.

        For whoever reads the body as it comes (`streaming.py`), within an Exchange of its own.
        """
        limits = self._road.limits
        signed = request.headers.get("Authorization", "").startswith(_BEARER)
        if signed:
            self.budget.count()
        answer = self.get_adapter(request.url or "").send(
            request,
            stream=True,
            timeout=(limits.connect, min(silence, limits.deadline)),
            verify=self._road.ca_bundle or True,
            proxies=self._proxies,
        )
        assert isinstance(answer, Answer)
        if signed:
            self.budget.learn(self._dialect.allowance(answer.headers))
        self.server_now = http_date(answer.headers.get("Date")) or self.server_now
        return answer

    def judged(self, answer: Answer, *, read: bool, login: bool = False) -> Answer:
        """The answer, if it is a success that can be used; raises CrmError."""
        status = answer.status_code
        success = http.client.OK <= status < http.client.MULTIPLE_CHOICES
        if success and status == http.client.NO_CONTENT:
            return answer
        answer.payload, unreadable = read_payload(answer)
        if success and unreadable:
            what = f"answered {status}, but what came cannot be used: {unreadable}"
            raise outcome.doubtful(self.way, what, read=read)
        if success:
            return answer
        if outcome.is_redirect(status):
            raise outcome.elsewhere(self.way, status, read=read)
        after = retry_after(answer.headers.get("Retry-After"), self.server_now)
        raise self._dialect.fault(
            Reply(status=status, payload=answer.payload, read=read, login=login, after=after)
        )


def _path(request: requests.PreparedRequest) -> str:
    return urlsplit(request.url or "").path


def logged_in(log_in: Callable[[], str]) -> str:
    """A token; a login that could not be made just now is not tried again by the caller."""
    try:
        return log_in()
    except Retriable as problem:
        raise NoLogin(
            problem.message, code=problem.code, status=problem.status, after=problem.after
        ) from None


def _text(value: str | bytes) -> str:
    return value.decode("utf-8") if isinstance(value, bytes) else value
