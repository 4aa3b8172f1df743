"""Logs: one line each, no secret in any of them, and never a fault of their own."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from worker.log import HIDDEN, configure, keep_out, logger, redact

SECRET = "canary-7f3a9c"
TOKEN = "00DFt0000000001!AQ8AQ" + "x" * 20


class Stream(io.StringIO):
    """A log's end: a terminal or not."""

    def __init__(self, *, terminal: bool) -> None:
        super().__init__()
        self._terminal = terminal

    def isatty(self) -> bool:
        return self._terminal


class Full(Stream):
    """A disk that is full."""

    def write(self, text: str) -> int:
        raise OSError(28, "No space left on device")


class Odd:
    """Something whose repr is a fault."""

    def __repr__(self) -> str:
        raise RuntimeError(SECRET)


class Talkative:
    """Something whose repr tells a secret."""

    def __repr__(self) -> str:
        return f"Client(secret={SECRET!r})"


@pytest.fixture(autouse=True)
def _as_it_was() -> Iterator[None]:
    """Leave the process's logging as it was found."""
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    yield
    root.handlers[:] = before
    root.setLevel(level)
    structlog.reset_defaults()


def logs(*, terminal: bool = False) -> Stream:
    out = Stream(terminal=terminal)
    configure(stream=out)
    keep_out(SECRET)
    return out


def test_json_where_nobody_looks() -> None:
    """One object a line, with what was bound to the run."""
    out = logs()
    with structlog.contextvars.bound_contextvars(run=7):
        logger().info("pass", rows=3)
    line = json.loads(out.getvalue())
    assert (line["event"], line["rows"], line["run"], line["level"]) == ("pass", 3, 7, "info")
    assert line["timestamp"].endswith("Z")


def test_words_on_a_terminal() -> None:
    """The same line, for a person."""
    out = logs(terminal=True)
    logger().info("pass", rows=3)
    assert "pass" in out.getvalue()
    assert not out.getvalue().startswith("{")


@pytest.mark.parametrize("terminal", [False, True], ids=["json", "terminal"])
def test_a_value_cannot_make_a_line_of_its_own(terminal: bool) -> None:
    """Line ends and escapes out of a CRM stay text."""
    out = logs(terminal=terminal)
    logger().info("pass", why="a\nb\r\n\x1b[2Jc\u2028d", other=["x\ny"])
    assert out.getvalue().count("\n") == 1
    assert "\x1b[2J" not in out.getvalue()
    assert "\u2028" not in out.getvalue()


def _raise() -> None:
    hidden_local = SECRET  # what a traceback with locals would show
    raise ValueError(f"refused {hidden_local}")


LEAKS: list[Any] = [
    lambda: logger().info(f"with {SECRET} in the event"),
    lambda: logger().info("x", url=f"https://a/?x={SECRET}"),
    lambda: logger().info("x", deep={"a": [{"b": (SECRET,)}]}),
    lambda: logger().info("x", error=ValueError(SECRET)),
    lambda: logger().info("x", thing=Talkative()),
    lambda: logger().info("x", things={Talkative()}),
    lambda: logger().info("x", raw=SECRET.encode()),
    lambda: logger().info("x", **{SECRET: 1}),
    lambda: logging.getLogger("urllib3").warning("calling %s", SECRET),
    lambda: logging.getLogger("somebody").warning("calling", extra={"url": SECRET}),
]


@pytest.mark.parametrize("terminal", [False, True], ids=["json", "terminal"])
@pytest.mark.parametrize("leak", LEAKS, ids=range(len(LEAKS)))
def test_a_live_secret_shows_nowhere(leak: Any, terminal: bool) -> None:
    """Wherever it turns up, there are three stars instead; the line itself is there."""
    out = logs(terminal=terminal)
    leak()
    assert SECRET not in out.getvalue()
    assert out.getvalue().count("\n") == 1


@pytest.mark.parametrize("terminal", [False, True], ids=["json", "terminal"])
@pytest.mark.parametrize("name", ["followthrough", "apscheduler.executors"])
def test_a_traceback_shows_no_secret(name: str, terminal: bool) -> None:
    """Neither in its message nor in its locals, ours or a library's; the place is told."""
    out = logs(terminal=terminal)
    try:
        _raise()
    except ValueError:
        structlog.stdlib.get_logger(name).error("fault", exc_info=True)
        logging.getLogger(name).exception("fault")
    assert "_raise" in out.getvalue()
    assert SECRET not in out.getvalue()
    assert "hidden_local = " not in out.getvalue()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("access_token", "abcdef"),
        ("client_secret", "abcdef"),
        ("Authorization", "Basic abcdef"),
        ("api_key", b"abcdef"),
        ("event", f"a token {TOKEN} in a text"),
        ("event", "Bearer abcdef.ghi"),
        ("event", "pat-na1-01234567-89ab-cdef-0123-456789abcdef"),
    ],
)
def test_what_looks_like_a_secret_is_hidden(name: str, value: Any) -> None:
    """By the name it has, or by its looks."""
    assert HIDDEN in str(redact(value, name))
    assert "abcdef" not in str(redact(value, name))
    assert TOKEN not in str(redact(value, name))


@pytest.mark.parametrize(
    ("name", "value"),
    [("org", "00DFt0000000001MAA"), ("api_calls", 7), ("why", "a rule"), ("event", "pass")],
)
def test_what_is_none_stays(name: str, value: Any) -> None:
    """Counts, ids and sentences are what a log is for."""
    assert redact(value, name) == value


def test_a_short_word_is_no_secret() -> None:
    """Replacing it everywhere would make the log unreadable."""
    keep_out("ok", "", None)
    assert redact("ok then") == "ok then"


@pytest.mark.parametrize("terminal", [False, True], ids=["json", "terminal"])
def test_a_thing_that_cannot_be_shown_does_no_harm(terminal: bool) -> None:
    """The work goes on, the line is there, and says of what kind the thing was."""
    out = logs(terminal=terminal)
    logger().info("pass", thing=Odd(), things=[Odd()])
    logging.getLogger("somebody").warning("%r", Odd())
    assert "Odd" in out.getvalue()
    assert SECRET not in out.getvalue()


def test_a_full_disk_does_no_harm(capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is raised into the work, and nothing is printed beside it."""
    configure(stream=Full(terminal=False))
    logger().info("pass")
    logger().error("fault", exc_info=ValueError("x"))
    logging.getLogger("somebody").warning("x")
    closed = Stream(terminal=False)
    configure(stream=closed)
    closed.close()
    logger().info("pass")
    said = capsys.readouterr()
    assert said.out + said.err == ""
