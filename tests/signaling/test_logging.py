from __future__ import annotations

import io
import json
import logging
import time
from collections.abc import Iterator

import pytest
from pydantic import BaseModel

from media_server import logging as logs
from media_server.ports import Public, Refused, StoreUnavailable
from signaling.tokens import ClientTokens, JoinLinks

TRANSCRIPT = "I was born in Ulm and studied canary breeding"
SDP = "v=0\r\no=- 4611 2 IN IP4 127.0.0.1\r\na=ice-pwd:canarycanarycanarycanary\r\n"
NAME = "Ada Canary"
TOKEN, _ = ClientTokens(("secret-of-this-test",)).issue("iv_1", 1_800_000_000.0)
LINK = JoinLinks(("secret-of-this-test",)).make("iv_1")
CANARIES = [TRANSCRIPT, SDP, NAME, TOKEN, LINK, f"Bearer {TOKEN}", "Canary"]


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    levels = {name: logging.getLogger(name).level for name in ("media_server", "signaling")}
    opened = io.StringIO()
    logs.configure("debug", "json", opened)
    yield opened
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, old in levels.items():
        logging.getLogger(name).setLevel(old)


class Model(BaseModel):
    number: int


@pytest.mark.parametrize("canary", CANARIES)
@pytest.mark.parametrize("form", ["json", "text"])
def test_canaries_never_reach_a_line(stream: io.StringIO, canary: str, form: str) -> None:
    logs.configure("debug", form, stream)
    logger = logging.getLogger("media_server.test")
    logger.info("heard %s", canary)
    logger.info("heard %(what)s", {"what": canary})
    logger.info("heard %r in %s", canary, [canary])
    logger.info("at %s", Public("Authorization: Bearer " + TOKEN))
    logger.warning("heard %s", RuntimeError(canary))
    try:
        Model.model_validate({"number": canary})
    except ValueError:
        logger.exception("validating")
    try:
        try:
            raise KeyError(canary)
        except KeyError as error:
            raise OSError(28, "No space left on device", canary) from error
    except OSError:
        logger.exception("storing")
    text = stream.getvalue()
    assert "No space left on device" in text
    assert "test_canaries_never_reach_a_line" in text, "frames are shown"
    for part in (canary, "Canary", "canarycanary", TOKEN.split(".")[2], LINK.split(".")[1]):
        if part in canary:
            assert part not in text


def test_what_operators_need_is_shown(stream: io.StringIO) -> None:
    logger = logging.getLogger("media_server.test")
    logger.info("interview %s: %d rounds, %.1f ms, %s", "iv_8rEUAUhIGZuGRvz2", 3, 1.25, "listening")
    logger.info("%s at %s", "TimeoutError", "/var/lib/media-server/x.ogg")
    logger.warning("sweep: %s", Refused(503, "store", "The store cannot be reached"))
    logger.warning("%s", StoreUnavailable("no answer within 1 s"))
    logger.info("voice: %s", Public("Flite slt, 16 kHz"))
    lines = [json.loads(line)["message"] for line in stream.getvalue().splitlines()]
    assert lines == [
        "interview iv_8rEUAUhIGZuGRvz2: 3 rounds, 1.2 ms, listening",
        "TimeoutError at /var/lib/media-server/x.ogg",
        "sweep: Refused: The store cannot be reached",
        "StoreUnavailable: no answer within 1 s",
        "voice: Flite slt, 16 kHz",
    ]


def test_repeated_warnings_are_counted_not_written(stream: io.StringIO) -> None:
    logger = logging.getLogger("media_server.test")
    for number in range(1000):
        logger.warning("dropped %d", number)
        logger.info("fine %d", number)
    text = stream.getvalue()
    assert text.count("dropped") == logs.REPEATS_PER_MINUTE
    assert text.count("fine") == 1000


def test_after_a_minute_it_says_how_many(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    shown = logs.RepeatFilter(per_minute=1)
    records = [logging.LogRecord("x", logging.WARNING, "", 0, "m", (), None) for _ in range(4)]
    assert [shown.filter(record) for record in records[:3]] == [True, False, False]
    now[0] = 61.0
    assert shown.filter(records[3])
    assert logs.SafeFormatter().message(records[3]) == "m (2 like it were suppressed)"


HOSTILE = "\x1b[2J\x1b]0;owned\x07 \x9b31m \u202e \r\nforged line \ud800 \x7f"


@pytest.mark.parametrize("form", ["json", "text"])
def test_a_terminal_is_given_no_control_character(stream: io.StringIO, form: str) -> None:
    logs.configure("debug", form, stream)
    try:
        raise StoreUnavailable(HOSTILE)
    except StoreUnavailable:
        logging.getLogger("media_server.test").exception("at %s", Public(HOSTILE))
    text = stream.getvalue()
    text.encode("utf-8")
    assert text.replace("\n", "").isprintable(), ascii(text)
    assert "[2J" in text, "it is seen all the same"
    if form == "json":
        (line,) = text.splitlines()
        assert HOSTILE in json.loads(line)["message"], "whoever parses it has what was said"
    else:
        assert text.splitlines()[1].startswith("  "), "no line of its own"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("environ", "coloured"),
    [
        ({"TERM": "xterm"}, True),
        ({"TERM": "dumb"}, False),
        ({"TERM": "xterm", "NO_COLOR": "1"}, False),
    ],
)
@pytest.mark.usefixtures("stream")
def test_a_terminal_has_lines_for_people(
    monkeypatch: pytest.MonkeyPatch, environ: dict[str, str], coloured: bool
) -> None:
    for name in ("TERM", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    terminal, pipe = Terminal(), io.StringIO()
    for out in (terminal, pipe):
        logs.configure("info", "auto", out)
        logging.getLogger("media_server.live.session").warning("%d segments wait", 3)
    assert json.loads(pipe.getvalue())["message"] == "3 segments wait", "JSON where nobody looks"
    shown = terminal.getvalue()
    assert ("\033[33;1mwarn \033[0m" in shown) is coloured
    if not coloured:
        assert "\033" not in shown
        assert shown[8:] == " warn  3 segments wait (live.session)\n"


def test_an_error_stands_below_its_line(stream: io.StringIO) -> None:
    logs.configure("info", "text", stream)
    try:
        try:
            raise TimeoutError
        except TimeoutError as error:
            raise StoreUnavailable("no answer within 1 s") from error
    except StoreUnavailable:
        logging.getLogger("media_server.store").exception("storing")
    head, *frames = stream.getvalue().splitlines()
    assert head.endswith("ERROR storing (store)")
    assert all(frame.startswith("         ") for frame in frames)
    assert [f.strip() for f in frames if "Error" in f or "Unavail" in f] == [
        "StoreUnavailable: no answer within 1 s",
        "TimeoutError: no reason given",
    ]


def test_a_broken_template_is_still_a_line() -> None:
    record = logging.LogRecord("x", logging.INFO, "", 0, "%d apples", ("three apples",), None)
    assert json.loads(logs.JsonFormatter().format(record))["message"] == "%d apples"
