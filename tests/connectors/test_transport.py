"""The transport: one odd answer a test, and what the caller is told of it."""

from __future__ import annotations

import datetime as dt
import gzip
import http.server
import ipaddress
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests
import responses

from connectors.address import Address
from connectors.budget import Share
from connectors.errors import CrmError, OutcomeUnknown, Refused, Retriable, Unusable
from connectors.retry import Patience
from connectors.salesforce.dialect import DIALECT
from connectors.transport import Limits, Road, Transport

BASE = "https://acme.my.salesforce.com"
DATA = BASE + "/services/data/v62.0/"
QUERY = DATA + "query/"
WRITE = DATA + "composite/sobjects"
DATE = "Sun, 22 Nov 2026 10:00:00 GMT"
SECRET = "00Dsecret!token"
SOQL = "SELECT Secret FROM Deal"


class FixedTokens:
    """Tokens that change with every renewal, counted."""

    def __init__(self) -> None:
        self.renewals = 0

    def token(self) -> str:
        return f"{SECRET}{self.renewals}"

    def renew(self, stale: str) -> str:
        assert stale == self.token()
        self.renewals += 1
        return self.token()


def make(
    base: str = BASE,
    *,
    waits: list[float] | None = None,
    stop: threading.Event | None = None,
    limits: Limits | None = None,
    **road: object,
) -> Transport:
    made = Transport(
        Address(crm="Salesforce", base=base, paths=DIALECT.paths),
        DIALECT,
        Road(limits=limits or Limits(), **road),  # type: ignore[arg-type]
        stop=stop,
        pause=(waits if waits is not None else []).append,
    )
    made.tokens = FixedTokens()
    return made


@pytest.fixture
def web() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


def read(transport: Transport) -> object:
    return transport.get(QUERY, params={"q": SOQL}).json()


def write(transport: Transport) -> object:
    return transport.post(WRITE, json={"records": [{"Subject": "Client secret"}]}).json()


def told(problem: CrmError) -> str:
    """The message, once it is known to be a sentence without token, query or body."""
    text = str(problem)
    assert text.endswith(".")
    assert not any(word in text for word in (SECRET, "SELECT", "Client secret", "<html"))
    assert problem.__cause__ is None
    assert problem.__suppress_context__ or problem.__context__ is None
    return text


def test_a_good_answer_is_read_with_exact_numbers(web: responses.RequestsMock) -> None:
    """Amounts keep their cents, and the org's allowance and clock are taken from the headers."""
    web.get(
        QUERY,
        body='{"Amount": 1234567890123456.78}',
        content_type="application/json;charset=UTF-8",
        headers={
            "Sforce-Limit-Info": "api-usage=18/5000; per-app-api-usage=1/2(appName=x)",
            "Date": DATE,
        },
    )
    transport = make()
    assert str(read(transport)["Amount"]) == "1234567890123456.78"  # type: ignore[index]
    assert transport.budget.usage.calls == 1
    assert (transport.budget.used, transport.budget.allowed) == (18, 5000)
    assert transport.server_now == dt.datetime(2026, 11, 22, 10, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("<html>maintenance</html>", "text/html"),
        ("<html>maintenance</html>", "application/json"),
        ('{"done": tr', "application/json"),
        ('{"a": NaN}', "application/json"),
        ('{"a": 1, "a": 2}', "application/json"),
        ("[" * 100_000, "application/json"),
        ("[" * 70 + "]" * 70, "application/json"),
        ("42", "application/json"),
        ("", "application/json"),
        (b"\xff\xfe{}", "application/json"),
    ],
)
def test_a_200_that_is_no_json_is_an_error_for_reads_and_unknown_for_writes(
    web: responses.RequestsMock, body: str | bytes, kind: str
) -> None:
    """Whatever stands in the body, nothing of it is believed, and a read tries again."""
    web.get(QUERY, body=body, content_type=kind)
    web.post(WRITE, body=body, content_type=kind)
    with pytest.raises(Retriable) as reading:
        read(make())
    assert "Salesforce" in told(reading.value)
    assert len(web.calls) == Patience().attempts
    with pytest.raises(OutcomeUnknown) as writing:
        write(make())
    assert "looked up by its key" in told(writing.value)
    assert len(web.calls) == Patience().attempts + 1


@pytest.mark.parametrize("body", ["<html>login</html>", '{"error": "x"}', "[]", ""])
def test_a_401_is_answered_by_one_new_token_and_the_same_request(
    web: responses.RequestsMock, body: str
) -> None:
    """The second request differs from the first in its signature only, whatever the 401 holds."""
    web.post(WRITE, status=401, body=body)
    web.post(WRITE, json=[{"success": True}])
    transport = make()
    transport.post(WRITE, json={"a": 1}, headers={"Sforce-Query-Options": "batchSize=200"})
    first, second = (dict(call.request.headers) for call in web.calls)
    assert first.pop("Authorization") != second.pop("Authorization")
    assert first == second
    assert first["Sforce-Query-Options"] == "batchSize=200"
    assert web.calls[0].request.body == web.calls[1].request.body


def test_a_401_for_ever_ends_after_one_renewal(web: responses.RequestsMock) -> None:
    """A token that is refused as soon as it is new is a setting of the app, not a passing error."""
    web.get(QUERY, status=401, json=[{"errorCode": "INVALID_SESSION_ID", "message": SOQL}])
    transport = make()
    with pytest.raises(Unusable, match="keeps refusing the token") as caught:
        read(transport)
    told(caught.value)
    assert len(web.calls) == 2


@pytest.mark.parametrize(
    ("header", "least", "most"),
    [
        ("7", 7, 8),
        ("Sun, 22 Nov 2026 10:00:30 GMT", 30, 31),
        ("Sun, 22 Nov 2026 09:00:00 GMT", 0, 1),
        ("Sun, 22 Nov 2036 10:00:00 GMT", 900, 901),
        ("999999999999", 900, 901),
        ("-5", 0, 1),
        ("soon", 0, 1),
    ],
)
def test_a_busy_server_is_waited_for_as_long_as_it_asks(
    web: responses.RequestsMock, header: str, least: float, most: float
) -> None:
    """Retry-After in seconds or as a date, at most a quarter of an hour; nonsense is no wait."""
    web.get(QUERY, status=503, headers={"Retry-After": header, "Date": DATE})
    web.get(QUERY, json={"done": True})
    waits: list[float] = []
    assert read(make(waits=waits)) == {"done": True}
    assert least <= waits[0] <= most


def test_an_endless_503_is_given_up_for_reads_and_unknown_for_writes(
    web: responses.RequestsMock,
) -> None:
    """A read is repeated a bounded number of times; a write, which may have acted, never."""
    web.get(QUERY, status=503, body="busy")
    web.post(WRITE, status=503, body="busy")
    waits: list[float] = []
    with pytest.raises(Retriable) as caught:
        read(make(waits=waits, patience=Patience(attempts=3)))
    told(caught.value)
    assert len(web.calls) == 3
    assert len(waits) == 2
    with pytest.raises(OutcomeUnknown):
        write(make())
    assert len(web.calls) == 4


def test_the_sum_of_waits_is_bounded(web: responses.RequestsMock) -> None:
    """A server that asks for more than the whole patience is left to the next run."""
    web.get(QUERY, status=429, headers={"Retry-After": "600"})
    with pytest.raises(Retriable) as caught:
        read(make(patience=Patience(total=300)))
    assert caught.value.after == 600
    assert len(web.calls) == 1


def test_a_429_did_nothing(web: responses.RequestsMock) -> None:
    """A write refused for its rate was not carried out, so it is no unknown outcome."""
    web.post(WRITE, status=429, json=[{"errorCode": "TOO_MANY", "message": "x"}])
    with pytest.raises(Retriable):
        write(make())
    assert len(web.calls) == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_never_followed(web: responses.RequestsMock, status: int) -> None:
    """The other host gets nothing, and its 200 is no acknowledgement of ours."""
    other = web.post("https://evil.example/", json={"id": "00T000000000001AAA"})
    other_read = web.get("https://evil.example/", json={"done": True})
    for method in ("GET", "POST"):
        web.add(
            method,
            QUERY if method == "GET" else WRITE,
            status=status,
            headers={"Location": "https://evil.example/"},
        )
    with pytest.raises(Unusable, match="sends us elsewhere") as caught:
        read(make())
    told(caught.value)
    with pytest.raises(OutcomeUnknown, match="sends us elsewhere"):
        write(make())
    assert other.call_count == other_read.call_count == 0


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/services/data/v62.0/query/x",
        "https://acme.my.salesforce.com@evil.example/services/data/v62.0/query/x",
        "https://acme.my.salesforce.comhttps://evil.example/services/data/v62.0/query/x",
        "https://acme.my.salesforce.com:8443/services/data/v62.0/query/x",
        "http://acme.my.salesforce.com/services/data/v62.0/query/x",
        "https://user:pass@acme.my.salesforce.com/services/data/v62.0/query/x",
        "https://acme.my.salesforce.com//evil.example/",
        DATA + "sobjects/Task/../Opportunity/006000000000001",
        DATA + "sobjects/Task/%2e%2e/Opportunity/006000000000001",
        DATA + "sobjects/Task/%252e%252e/Opportunity/006000000000001",
        DATA + "sobjects/Task/..%2fOpportunity/006000000000001",
        BASE + "/services/apexrest/anything",
        BASE + "/secur/logout.jsp",
        "https://[::1/",
        "not a url",
    ],
)
def test_an_address_that_leads_elsewhere_is_refused_before_connecting(
    web: responses.RequestsMock, url: str
) -> None:
    """Other hosts, other ports, plain http and climbing paths are refused without a byte sent."""
    with pytest.raises(Refused, match="was not sent") as caught:
        make().get(url)
    told(caught.value)
    assert len(web.calls) == 0


def test_an_address_at_home_is_used(web: responses.RequestsMock) -> None:
    """The refusals above do not refuse what is asked all day."""
    web.get(DATA + "sobjects/Task/describe", json={"fields": []})
    assert make().get(DATA + "sobjects/Task/describe").json() == {"fields": []}


def test_a_huge_answer_is_refused_after_decompression(web: responses.RequestsMock) -> None:
    """A bomb is small on the wire; it is counted as it unfolds."""
    bomb = gzip.compress(b"[" + b" " * 3_000_000 + b"]")
    assert len(bomb) < 10_000
    packed = {"Content-Encoding": "gzip"}
    web.get(QUERY, body=bomb, content_type="application/json", headers=packed)
    web.post(WRITE, body=bomb, content_type="application/json", headers=packed)
    with pytest.raises(Refused, match="smaller page_size"):
        read(make(limits=Limits(read_bytes=1_000_000)))
    with pytest.raises(OutcomeUnknown):
        write(make())
    assert read(make()) == []


def test_the_environment_is_not_believed(
    web: responses.RequestsMock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Proxy and certificates come from settings only."""
    for name in ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://evil.example:1")
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.setenv(name, "/nowhere.pem")
    web.get(QUERY, json={"done": True})
    read(make())
    told_of = web.calls[0].request.req_kwargs  # type: ignore[attr-defined]
    assert told_of["proxies"] == {}
    assert told_of["verify"] is True
    read(make(proxy="http://proxy.example:3128", ca_bundle="/ours.pem"))
    told_of = web.calls[1].request.req_kwargs  # type: ignore[attr-defined]
    assert told_of["proxies"]["https"] == "http://proxy.example:3128"
    assert told_of["verify"] == "/ours.pem"


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (403, "REQUEST_LIMIT_EXCEEDED", Unusable),
        (403, "API_DISABLED_FOR_ORG", Unusable),
        (403, "TXN_SECURITY_METERING_ERROR", Unusable),
        (403, "INSUFFICIENT_ACCESS", Refused),
        (400, "INVALID_FIELD", Refused),
        (400, "MALFORMED_QUERY", Refused),
        (400, "SOMETHING_NEW", Refused),
        (404, "NOT_FOUND", Refused),
        (400, "QUERY_TIMEOUT", Retriable),
        (400, "INVALID_QUERY_LOCATOR", Retriable),
        (400, "UNABLE_TO_LOCK_ROW", Retriable),
        (503, "SERVER_UNAVAILABLE", Retriable),
        (500, "UNKNOWN_EXCEPTION", Retriable),
    ],
)
def test_errors_are_sorted_by_salesforces_own_code(
    web: responses.RequestsMock, status: int, code: str, kind: type[CrmError]
) -> None:
    """The daily limit is a 403 as a missing permission is: only the code tells them apart."""
    web.get(QUERY, status=status, json=[{"errorCode": code, "message": f"{SOQL} Client secret"}])
    with pytest.raises(kind) as caught:
        read(make())
    told(caught.value)
    assert type(caught.value) is kind
    assert (caught.value.code, caught.value.status) == (code, status)
    once = kind is not Retriable or code in {"QUERY_TIMEOUT", "INVALID_QUERY_LOCATOR"}
    assert len(web.calls) == (1 if once else Patience().attempts)


def test_a_page_of_html_with_403_is_somebody_else_speaking(web: responses.RequestsMock) -> None:
    """A firewall's refusal is not Salesforce's: a read says so, a write's outcome is unknown."""
    web.get(QUERY, status=403, body="<html>blocked</html>", content_type="text/html")
    web.post(WRITE, status=403, body="<html>blocked</html>", content_type="text/html")
    with pytest.raises(Unusable, match="proxy or firewall") as caught:
        read(make())
    told(caught.value)
    with pytest.raises(OutcomeUnknown):
        write(make())


def test_several_tasks_with_one_key_stop_the_writing(web: responses.RequestsMock) -> None:
    """300 Multiple Choices means that the key field is no longer unique."""
    web.get(DATA + "sobjects/Task/K__c/ft_1", status=300, json=["/a", "/b"])
    with pytest.raises(Unusable, match="no longer unique"):
        make().get(DATA + "sobjects/Task/K__c/ft_1")


def test_the_allowance_stops_reads_before_writes(web: responses.RequestsMock) -> None:
    """When the org is nearly through, reads stop, and what was found can still be written."""
    nearly = {"Sforce-Limit-Info": "api-usage=95/100"}
    web.get(QUERY, json={"done": True}, headers=nearly)
    web.post(WRITE, json=[{}], headers=nearly)
    transport = make(share=Share(ours=1.0))
    read(transport)
    with pytest.raises(Unusable, match="95 of 100 calls") as caught:
        read(transport)
    told(caught.value)
    assert write(transport) == [{}]


def test_our_own_share_stops_reads_at_seven_tenths_of_it(web: responses.RequestsMock) -> None:
    """Of 100 calls a fifth is ours, and reads may use 14 of those 20."""
    web.get(QUERY, json={"done": True}, headers={"Sforce-Limit-Info": "api-usage=20/100"})
    transport = make()
    for _ in range(14):
        read(transport)
    with pytest.raises(Unusable, match="own share"):
        read(transport)


def test_stopping_ends_a_wait_and_asks_no_more(web: responses.RequestsMock) -> None:
    """The stop flag is looked at after each wait, so that no further request leaves."""
    web.get(QUERY, status=503)
    stop = threading.Event()
    transport = Transport(
        Address(crm="Salesforce", base=BASE, paths=DIALECT.paths),
        DIALECT,
        Road(),
        stop=stop,
        pause=lambda _: stop.set(),
    )
    with pytest.raises(Retriable, match="worker is stopping"):
        read(transport)
    assert len(web.calls) == 1
    with pytest.raises(Retriable, match="worker is stopping"):
        write(transport)
    assert len(web.calls) == 1


def test_a_mistake_of_ours_is_not_repeated(web: responses.RequestsMock) -> None:
    """A TypeError is a bug, and goes through at once."""

    def wrong(_: object) -> tuple[int, dict[str, str], str]:
        raise TypeError("ours")

    web.add_callback("GET", QUERY, wrong)
    with pytest.raises(TypeError, match="ours"):
        read(make())
    assert len(web.calls) == 1


def test_a_lost_connection_is_repeated_for_reads_only(web: responses.RequestsMock) -> None:
    """What may have left is never sent twice unless it is a read."""
    web.get(QUERY, body=requests.ReadTimeout("SELECT Secret"))
    web.get(QUERY, json={"done": True})
    web.post(WRITE, body=requests.ConnectionError("Client secret"))
    assert read(make()) == {"done": True}
    with pytest.raises(OutcomeUnknown) as caught:
        write(make())
    told(caught.value)
    assert len(web.calls) == 3


def test_a_write_that_never_left_is_repeated(web: responses.RequestsMock) -> None:
    """When the connection could not even be made, sending once more can do no harm."""
    web.post(WRITE, body=requests.ConnectTimeout())
    web.post(WRITE, json=[{"success": True}])
    assert write(make()) == [{"success": True}]


def test_a_certificate_nobody_trusts_is_a_setting(web: responses.RequestsMock) -> None:
    """There is no way round verification; the message says which setting to use."""
    web.get(QUERY, body=requests.exceptions.SSLError("bad"))
    with pytest.raises(Unusable, match="ca_bundle"):
        read(make())


# Real sockets: what a mock cannot do.


@contextmanager
def serving(
    answer: Callable[[http.server.BaseHTTPRequestHandler], object], certificate: Path | None = None
) -> Iterator[str]:
    """A server on loopback whose every answer is written by `answer`."""

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 5

        def do_GET(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            self.rfile.read(length)
            answer(self)

        do_POST = do_GET

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = False  # server_close() then waits for the handlers
    server.handle_error = lambda *_: None  # type: ignore[method-assign]  # cut connections
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    scheme = "https" if certificate is not None else "http"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"{scheme}://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def drip(handler: http.server.BaseHTTPRequestHandler, cuts: list[str]) -> None:
    """Send a byte at a time for three seconds; note it when the other side hangs up before."""
    try:
        for _ in range(150):
            handler.wfile.write(b"X")
            threading.Event().wait(0.02)
    except OSError:
        cuts.append(handler.command)
    handler.close_connection = True


def at(base: str, path: str = "/services/data/v62.0/query/") -> str:
    return "https" + base.removeprefix("http") + path


def test_plain_http_is_used_on_loopback_only_and_whatever_the_library_writes() -> None:
    """A client library says https://; towards a simulator the configured http:// wins."""

    def answer(handler: http.server.BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", "2")
        handler.end_headers()
        handler.wfile.write(b"{}")

    with serving(answer) as base:
        transport = make(base)
        assert transport.get(at(base)).json() == {}
        assert transport.server_now is not None
        transport.close()


def test_a_connection_is_used_again() -> None:
    """A new connection for every page would cost a handshake each."""
    ports: list[int] = []

    def answer(handler: http.server.BaseHTTPRequestHandler) -> None:
        ports.append(handler.client_address[1])
        fine(handler)

    with serving(answer) as base:
        transport = make(base)
        for _ in range(3):
            transport.get(at(base))
        transport.close()
    assert len(ports) == 3
    assert len(set(ports)) == 1


@pytest.mark.parametrize("where", ["headers", "body"])
def test_a_slow_drip_is_cut_at_the_deadline(where: str) -> None:
    """One byte at a time never ends the silence between bytes, but the deadline ends it."""
    cuts: list[str] = []

    def answer(handler: http.server.BaseHTTPRequestHandler) -> None:
        head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
        handler.wfile.write(head + b"Content-Length: 9999\r\n\r\n" * (where == "body"))
        drip(handler, cuts)

    limits = Limits(connect=1, silence=1, deadline=0.3)
    with serving(answer) as base:
        transport = make(base, limits=limits, patience=Patience(attempts=1))
        with pytest.raises(Retriable, match=r"took longer than 0\.3 seconds"):
            transport.get(at(base))
        with pytest.raises(OutcomeUnknown, match=r"took longer than 0\.3 seconds"):
            transport.post(at(base, "/services/data/v62.0/composite/sobjects"), json={})
        transport.close()
    assert cuts == ["GET", "POST"]


def test_a_write_ends_with_the_term_in_which_we_may_write() -> None:
    """Cut off and unknown; not sent where the term is over; reading goes on meanwhile."""
    cuts: list[str] = []

    def answer(handler: http.server.BaseHTTPRequestHandler) -> None:
        if handler.command == "GET":
            return fine(handler)
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
        return drip(handler, cuts)

    with serving(answer) as base:
        transport, term = make(base), [0.2]
        transport.term = lambda: term[0]
        where = at(base, "/services/data/v62.0/composite/sobjects")
        with pytest.raises(OutcomeUnknown, match=r"took longer than 0\.2 seconds"):
            transport.post(where, json={})
        term[0] = 0.0
        with pytest.raises(Retriable, match="no longer be sure to be the only one") as caught:
            transport.post(where, json={})
        transport.get(at(base))
        transport.close()
    assert caught.value.code == "TERM_OVER"
    assert cuts == ["POST"]


def test_a_reset_after_the_request_leaves_a_write_unknown_and_a_read_repeated() -> None:
    """The server closed the line after it had read everything: it may have acted."""
    seen: list[str] = []

    def answer(handler: http.server.BaseHTTPRequestHandler) -> None:
        seen.append(handler.command)
        linger = struct.pack("ii", 1, 0)
        handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        handler.close_connection = True
        handler.connection.close()

    with serving(answer) as base:
        transport = make(base, patience=Patience(attempts=3))
        with pytest.raises(Retriable):
            transport.get(at(base))
        with pytest.raises(OutcomeUnknown):
            transport.post(at(base, "/services/data/v62.0/composite/sobjects"), json={})
        transport.close()
    assert seen == ["GET", "GET", "GET", "POST"]


def test_a_body_cut_short_is_not_a_body() -> None:
    """An answer shorter than it says is dropped whole, even if what came would parse."""

    def answer(handler: http.server.BaseHTTPRequestHandler) -> None:
        handler.wfile.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{}"
        )
        handler.close_connection = True

    with serving(answer) as base:
        transport = make(base, patience=Patience(attempts=1))
        with pytest.raises(Retriable, match="broke the connection"):
            transport.get(at(base))
        transport.close()


def test_a_closed_port_means_that_nothing_left() -> None:
    """A write to a server that is not there is not unknown: it provably never left."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        base = f"http://127.0.0.1:{probe.getsockname()[1]}"
    waits: list[float] = []
    transport = make(base, waits=waits)
    with pytest.raises(Retriable, match="could not be reached") as caught:
        transport.post(at(base, "/services/data/v62.0/composite/sobjects"), json={})
    told(caught.value)
    assert caught.value.code == "UNREACHABLE"
    assert len(waits) == Patience().attempts - 1
    transport.close()


def test_a_configured_proxy_is_the_way_out() -> None:
    """The request reaches the proxy, with the whole address in it."""
    asked: list[str] = []

    def answer(handler: http.server.BaseHTTPRequestHandler) -> None:
        asked.append(handler.path)
        handler.wfile.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
        )

    with serving(answer) as proxy:
        transport = make("http://127.0.0.1:9", proxy=proxy)
        assert transport.get(at("http://127.0.0.1:9")).json() == {}
        transport.close()
    assert asked == ["http://127.0.0.1:9/services/data/v62.0/query/"]


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Certificates with their keys: one for this machine, one run out, one for another host."""
    x509 = pytest.importorskip("cryptography.x509", reason="makes the certificates")
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    folder = tmp_path_factory.mktemp("certificates")
    today = dt.datetime.now(dt.UTC)
    days = {"good": 1, "expired": -1, "other": 1}
    made: dict[str, Path] = {}
    for name, left in days.items():
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        host: object = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
        if name == "other":
            host = x509.DNSName("other.example")
        certificate = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(today - dt.timedelta(days=9))
            .not_valid_after(today + dt.timedelta(days=left))
            .add_extension(x509.SubjectAlternativeName([host]), critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(key, hashes.SHA256())
        )
        made[name] = folder / f"{name}.pem"
        made[name].write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
            + certificate.public_bytes(serialization.Encoding.PEM)
        )
    return made


def fine(handler: http.server.BaseHTTPRequestHandler) -> None:
    handler.wfile.write(
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
    )


@pytest.mark.parametrize(("name", "trusted"), [("good", False), ("expired", True), ("other", True)])
def test_a_bad_certificate_gets_nothing(
    certificates: dict[str, Path], name: str, trusted: bool
) -> None:
    """Unknown, run out, or somebody else's: nothing is sent, so a write is in no doubt."""
    reached: list[str] = []
    with serving(lambda handler: reached.append(handler.path), certificates[name]) as base:
        transport = make(base, ca_bundle=str(certificates[name]) if trusted else None)
        for send in (transport.get, transport.post):
            with pytest.raises(Unusable, match="certificate") as caught:
                send(base + "/services/data/v62.0/query/")
            told(caught.value)
        transport.close()
    assert reached == []


def test_a_company_certificate_can_be_trusted(certificates: dict[str, Path]) -> None:
    """By naming its file, which is the only way."""
    with serving(fine, certificates["good"]) as base:
        transport = make(base, ca_bundle=str(certificates["good"]))
        assert transport.get(base + "/services/data/v62.0/query/").json() == {}
        transport.close()


def test_a_drip_over_tls_is_cut_too(certificates: dict[str, Path]) -> None:
    """The watchdog closes the plain socket under the encryption."""
    cuts: list[str] = []

    def answer(handler: http.server.BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
        drip(handler, cuts)

    with serving(answer, certificates["good"]) as base:
        transport = make(
            base,
            ca_bundle=str(certificates["good"]),
            limits=Limits(connect=1, silence=1, deadline=0.3),
            patience=Patience(attempts=1),
        )
        with pytest.raises(Retriable, match="took longer"):
            transport.get(base + "/services/data/v62.0/query/")
        transport.close()
    assert cuts == ["GET"]
