"""Logs that can hold no transcript, SDP, token or name, by construction.

A log line is the developer's own template plus arguments, and an argument is shown only if it
cannot be somebody's words: numbers, machine words, our own errors, text marked `Public`. All other
text is replaced by its length. What is shown is still searched for credentials, and control
characters in it are written as escapes: a terminal obeys none of them.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import time
import traceback
from collections import OrderedDict
from typing import IO, Any

from media_server.ports import Public
from media_server.terminal import Paint, Tone, is_terminal, paint_for, printable

MAX_ARGUMENT_CHARS = 200
MAX_LINE_CHARS = 2000
REPEATS_PER_MINUTE = 5
_MAX_TEMPLATES = 1000

# Lower-case words joined by signs, paths, addresses, identifiers with a digit or underscore.
_MACHINE = re.compile(r"[a-z0-9_./:@%+=,<>()\[\]{}*-]*|(?=[^\s]*[0-9_/])[A-Za-z0-9_./:-]{1,100}")
_TYPE_NAME = re.compile(
    r"[A-Z][A-Za-z]*(Error|Exception|Unavailable|Refused|Rejected|Conflict|Fenced|Interrupt|Exit)"
)
_CREDENTIALS = re.compile(
    r"eyJ[\w-]{5,}\.[\w-]+\.[\w-]*"  # a JWT
    r"|(?i:bearer)\s+\S+"
    r"|\b[\w-]{1,64}\.[A-Za-z0-9_-]{43}\b"  # a join link
    r"|//[^/@\s]+@"  # user and password of an address
    r"|(?:ice-pwd|ice-ufrag|fingerprint):\S+.*"
    r"|(?:^|\s|\\n)[voastmc]=\S+.*"  # lines of an SDP
)
_OWN = ("media_server", "signaling")
AUDIT = "media_server.audit"
"""Who has read what: told at every level, and never left out."""
_LEVELS: dict[str, tuple[str, *tuple[Tone, ...]]] = {
    "DEBUG": ("debug", "dim"),
    "INFO": ("info", "blue"),
    "WARNING": ("warn", "yellow", "bold"),
    "ERROR": ("ERROR", "red", "bold"),
    "CRITICAL": ("FATAL", "red", "bold"),
}
# What json.dumps leaves as it is and a terminal may obey, or no encoding has.
_NOT_IN_JSON = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


class SafeFormatter(logging.Formatter):
    """Base of both formats: the message and the error, fit to be shown."""

    def message(self, record: logging.LogRecord) -> str:
        if not isinstance(record.msg, str):
            return str(safe(record.msg))
        arguments: Any = record.args
        try:
            if isinstance(arguments, dict):
                text = record.msg % {name: safe(value) for name, value in arguments.items()}
            elif arguments:
                text = record.msg % tuple(safe(value) for value in arguments)
            else:
                text = record.msg
        except (TypeError, ValueError, KeyError):
            text = record.msg
        suppressed = getattr(record, "suppressed", 0)
        if suppressed:
            text += f" ({suppressed} like it were suppressed)"
        return scrub(text)[:MAX_LINE_CHARS]

    def error(self, record: logging.LogRecord) -> list[str]:
        """Type, safe text and frames of an exception and its causes, no values."""
        lines: list[str] = []
        error = record.exc_info[1] if record.exc_info else None
        while error is not None and len(lines) < 60:
            lines.append(describe(error))
            lines += [
                f"  {frame.filename}:{frame.lineno} {frame.name}"
                for frame in traceback.extract_tb(error.__traceback__, limit=-20)
            ]
            error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        return lines


class JsonFormatter(SafeFormatter):
    """One JSON object per line."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": _timestamp(record.created),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": self.message(record),
        }
        error = self.error(record)
        if error:
            line["error"] = error
        return _NOT_IN_JSON.sub(_as_json, json.dumps(line, ensure_ascii=False))


class TextFormatter(SafeFormatter):
    """For people: time, level, message and, dim, who says it. An error's frames stand below it."""

    def __init__(self, paint: Paint = Paint(on=False)) -> None:  # noqa: B008  # it is frozen
        super().__init__()
        self._paint = paint

    def format(self, record: logging.LogRecord) -> str:
        paint = self._paint
        clock = time.strftime("%H:%M:%S", time.localtime(record.created))
        label, *tones = _LEVELS.get(record.levelname, (record.levelname.lower(),))
        parts = [
            paint(clock, "dim"),
            paint(f"{label:5}", *tones),
            printable(self.message(record)),
            paint(f"({printable(record.name.removeprefix('media_server.'))})", "dim"),
        ]
        frames = (paint(f"         {printable(part)}", "dim") for part in self.error(record))
        return "\n".join([" ".join(parts), *frames])


class RepeatFilter(logging.Filter):
    """At most REPEATS_PER_MINUTE warnings and errors of one template per minute.

    The next one that is let through tells how many were not.
    """

    def __init__(self, *, per_minute: int = REPEATS_PER_MINUTE) -> None:
        super().__init__()
        self._per_minute = per_minute
        self._seen: OrderedDict[tuple[str, str], tuple[float, int, int]] = OrderedDict()

    def filter(self, record: logging.LogRecord) -> bool:
        if record.levelno < logging.WARNING:
            return True
        now_s = time.monotonic()
        key = (record.name, str(record.msg)[:MAX_ARGUMENT_CHARS])
        since_s, shown, suppressed = self._seen.pop(key, (now_s, 0, 0))
        if now_s - since_s >= 60.0:
            since_s, shown = now_s, 0
        if shown >= self._per_minute:
            self._remember(key, (since_s, shown, suppressed + 1))
            return False
        if suppressed:
            record.suppressed = suppressed
        self._remember(key, (since_s, shown + 1, 0))
        return True

    def _remember(self, key: tuple[str, str], value: tuple[float, int, int]) -> None:
        self._seen[key] = value
        while len(self._seen) > _MAX_TEMPLATES:
            self._seen.popitem(last=False)


def configure(level: str = "info", form: str = "auto", stream: IO[str] | None = None) -> None:
    """Replace the root logger's handlers. `form`: json, text, or auto by the stream."""
    stream = stream if stream is not None else sys.stderr
    handler = logging.StreamHandler(stream)
    as_text = form == "text" or (form == "auto" and is_terminal(stream))
    handler.setFormatter(TextFormatter(paint_for(stream)) if as_text else JsonFormatter())
    handler.addFilter(RepeatFilter())
    root = logging.getLogger()
    for old in list(root.handlers):
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(logging.WARNING)  # other libraries: what is wrong, not what is said
    for name in _OWN:
        logging.getLogger(name).setLevel(level.upper())
    logging.getLogger(AUDIT).setLevel(logging.INFO)  # below what the filter thins out


def safe(value: object) -> object:
    """What of an argument may be shown. Numbers stay numbers, so that %d and %.1f work."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Public):
        return scrub(value)
    if isinstance(value, BaseException):
        return describe(value)
    if isinstance(value, type):
        return value.__name__
    text = str(value)
    if len(text) <= MAX_ARGUMENT_CHARS and (_MACHINE.fullmatch(text) or _TYPE_NAME.fullmatch(text)):
        return scrub(text)
    return f"<text, {len(text)} chars>"


def describe(error: BaseException) -> str:
    """Type and text of our own errors and the system's; of others' the type alone.

    A validation error of pydantic, for one, quotes what it was given.
    """
    name = type(error).__name__
    module = type(error).__module__.partition(".")[0]
    if isinstance(error, OSError):
        return f"{name}: {error.strerror or error.errno or 'no reason given'}"
    if module in _OWN and str(error):
        return scrub(f"{name}: {error}")[:MAX_ARGUMENT_CHARS]
    return name


def scrub(text: str) -> str:
    return _CREDENTIALS.sub("<redacted>", text)


def _as_json(found: re.Match[str]) -> str:
    return f"\\u{ord(found.group()):04x}"


def _timestamp(seconds: float) -> str:
    whole = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))
    return f"{whole}.{int(seconds % 1 * 1000):03d}Z"
