"""Every error of the Redis library in our words: the cause, and what to do.

No key, value or password is shown: messages of Redis may quote them.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from enum import StrEnum

from redis.exceptions import (
    AskError,
    AuthenticationError,
    AuthenticationWrongNumberOfArgsError,
    BusyLoadingError,
    ClusterCrossSlotError,
    ClusterDownError,
    ClusterError,
    MovedError,
    NoPermissionError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisError,
    ResponseError,
)
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

RAISED = (RedisError, OSError, TimeoutError)
"""What a command of the library raises when Redis is down, silent, full or restarting."""
_CLUSTER = (MovedError, AskError, ClusterError, ClusterDownError, ClusterCrossSlotError)
_OUT_OF_MEMORY = "OOM command not allowed"


class Cause(StrEnum):
    NO_HOST = "no host"
    AWAY = "away"
    SILENT = "silent"
    LOADING = "loading"
    REFUSED = "refused"
    """User or password."""
    NOT_ALLOWED = "not allowed"
    """Our user may not do this one thing."""
    CLUSTER = "cluster"
    READ_ONLY = "read only"
    OUT_OF_MEMORY = "out of memory"
    DISK = "disk"
    UNFIT = "unfit"
    """It works, but is set in a way that would lose data."""
    COMMAND = "command"
    """It answers, and refuses this one."""


UNREACHABLE = frozenset({Cause.NO_HOST, Cause.AWAY, Cause.SILENT})


class RedisFailure(Exception):
    """A command was not answered, or refused. It may or may not have been done.

    `str()` names no host, since candidates may read it; `named` does, for the operator.
    """

    def __init__(self, cause: Cause, what: str, *, place: str = "", code: str = "") -> None:
        """`what` follows "Redis ...". `code`: the error code of Redis' answer, such as NOGROUP."""
        super().__init__(f"Redis {what}")
        self.cause = cause
        self.what = what
        self.code = code
        self.named = f"Redis at {place} {what}" if place else f"Redis {what}"


def failure_of(
    error: BaseException, *, place: str, setting: str, password: bool, limit_s: float
) -> RedisFailure:
    """`error`: one of RAISED. `setting`: where the operator wrote the URL; `password`: there is
    one in it; `limit_s`: how long the command had."""
    cause = cause_of(error)
    code = code_of(error)
    if cause is Cause.REFUSED:
        what = _refused(setting, password=password)
    elif cause is Cause.SILENT:
        what = f"did not answer within {limit_s:g} s: see whether it is overloaded or cut off"
    else:
        what = {
            Cause.NO_HOST: "cannot be found: no address belongs to its name; "
            f"correct the host in {setting}",
            Cause.AWAY: f"cannot be reached ({type(error).__name__}): start it, or correct "
            f"{setting}",
            Cause.NOT_ALLOWED: "does not let our user do this: change its ACL, or the user in "
            f"{setting}",
            Cause.LOADING: "is still loading its data: wait",
            Cause.CLUSTER: "is in cluster mode, which this server cannot use: name one that is "
            "not (a primary, with replicas if you like)",
            Cause.READ_ONLY: f"is a read-only replica: name the primary in {setting}",
            Cause.OUT_OF_MEMORY: "is out of memory (maxmemory): raise it or let retention free "
            "some",
            Cause.DISK: "cannot write its own files (MISCONF): free disk space on its machine",
        }.get(cause, f"refused a command ({code or type(error).__name__})")
    return RedisFailure(cause, what, place=place, code=code)


def cause_of(error: BaseException) -> Cause:
    for seen in _chain(error):
        if isinstance(seen, _CLUSTER):
            return Cause.CLUSTER
        if isinstance(seen, socket.gaierror):
            return Cause.NO_HOST
    if isinstance(error, AuthenticationError | AuthenticationWrongNumberOfArgsError):
        return Cause.REFUSED
    if isinstance(error, NoPermissionError):
        return Cause.NOT_ALLOWED
    if isinstance(error, BusyLoadingError):
        return Cause.LOADING
    if isinstance(error, RedisTimeoutError | TimeoutError):
        return Cause.SILENT
    if isinstance(error, RedisConnectionError | OSError):
        return Cause.AWAY
    return _cause_of_answer(error)


def _cause_of_answer(error: BaseException) -> Cause:
    text = str(error)
    if isinstance(error, OutOfMemoryError) or text.startswith("OOM") or _OUT_OF_MEMORY in text:
        return Cause.OUT_OF_MEMORY
    if isinstance(error, ReadOnlyError) or text.startswith("READONLY"):
        return Cause.READ_ONLY
    if text.startswith("MISCONF"):
        return Cause.DISK
    return Cause.COMMAND


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error and what it came from; bounded, for such a chain may be a circle."""
    seen: BaseException | None = error
    for _ in range(8):
        if seen is None:
            return
        yield seen
        seen = seen.__cause__ or seen.__context__


def _refused(setting: str, *, password: bool) -> str:
    if password:
        return f"refused the password: correct user and password in {setting}"
    return f"wants a password: put it into {setting}"


def code_of(error: BaseException) -> str:
    """Redis' own word for why it refused, such as NOGROUP; "" where it did not answer.

    A script's error holds that of the command behind its own.
    """
    if not isinstance(error, ResponseError):
        return ""
    text = str(error)
    for code in ("NOGROUP", "BUSYGROUP", "WRONGTYPE"):
        if code in text:
            return code
    if "no such key" in text.lower():  # the stream is gone, and its group with it
        return "NOGROUP"
    first = (getattr(error, "status_code", None) or text.split(" ", 1)[0])[:32]
    return first if first.isupper() and first.isalnum() else type(error).__name__
