"""A server of our own for the time of one simulation, where none runs."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import IO

import aiohttp

from media_server.roles import ROLE_VARIABLE

START_S = 120.0
"""A slow machine that loads Whisper for the first time."""
STOP_S = 15.0
PROBE_S = 2.0
_LAST_WORDS = 2_000
_HOST = "127.0.0.1"
_FOR_OTHERS = frozenset({
    "MEDIA_SERVER_PUBLIC_URL", "MEDIA_SERVER_PUBLIC_IP", "MEDIA_SERVER_METRICS_PORT",
    "MEDIA_SERVER_RTC_TRANSPORT", "MEDIA_SERVER_RTC_TURN_URL", "MEDIA_SERVER_RTC_STUN_URL",
})  # fmt: skip
"""Settings of a server that others reach."""
_CODE = (
    "import os, sys; parent = int(sys.argv.pop(1))\n"
    f"if {ROLE_VARIABLE!r} not in os.environ:\n"
    "    from media_server.tts.process import die_with_parent; die_with_parent(parent)\n"
    "from media_server.cli import main; sys.exit(main(['serve', *sys.argv[1:]]))"
)
"""Processes of several workers are started by the same words, and die with their supervisor."""


class CannotStart(Exception):
    """The text says why, and is shown as it stands."""


async def answers_at(url: str) -> bool:
    """Whether a media-server is there."""
    timeout = aiohttp.ClientTimeout(total=PROBE_S)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.get(f"{url}/healthz") as response,
        ):
            answer = await response.json()
            return isinstance(answer, dict) and answer.get("status") == "ok"
    except (aiohttp.ClientError, TimeoutError, ValueError):
        return False


@dataclass(frozen=True, slots=True)
class OwnServer:
    url: str
    pid: int
    """Of the serving process; of several workers, of their supervisor."""


@contextlib.asynccontextmanager
async def own_server(environ: Mapping[str, str] | None = None) -> AsyncIterator[str]:
    """Its URL, once a candidate can join: see `own_process`."""
    async with own_process(environ) as server:
        yield server.url


@contextlib.asynccontextmanager
async def own_process(
    environ: Mapping[str, str] | None = None, *, workers: int = 1
) -> AsyncIterator[OwnServer]:
    """A server that is ready, of several workers with its first one. It has the settings and the
    DATA_DIR of this command, or of `environ`, listens on this machine alone, on a free port, and is
    gone at the end, whatever happens.

    Raises CannotStart.
    """
    how = ("--no-supervisor",) if workers == 1 else ()
    with tempfile.TemporaryFile() as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", _CODE, str(os.getpid()), *how,
            env=_environment(os.environ if environ is None else environ, workers),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=log,
            process_group=0,  # Ctrl-C is for the call: the candidate says goodbye first
        )  # fmt: skip
        assert process.stdout is not None  # noqa: S101  # made with a pipe, above
        reading: asyncio.Task[None] | None = None
        try:
            try:
                async with asyncio.timeout(START_S):
                    url = await _ready(process.stdout)
            except TimeoutError:
                raise CannotStart(f"the server was not ready within {START_S:g} s") from None
            if not url:
                raise CannotStart(f"the server did not start. {_last_words(log)}")
            reading = asyncio.create_task(_drop(process.stdout), name="server-output")
            yield OwnServer(url, process.pid)
        finally:
            await _stop(process)
            if reading is not None:
                reading.cancel()
                await asyncio.gather(reading, return_exceptions=True)


def _environment(environ: Mapping[str, str], workers: int = 1) -> dict[str, str]:
    """The port is chosen here: a server's name in a shared DATA_DIR has it."""
    with socket.create_server((_HOST, 0)) as free:
        port = free.getsockname()[1]
    kept = {name: value for name, value in environ.items() if name not in _FOR_OTHERS}
    return {
        **kept,
        "HOST": _HOST,
        "PORT": str(port),
        "MEDIA_SERVER_WORKERS": str(workers),
        "MEDIA_SERVER_DEMO": "on",
        "MEDIA_SERVER_DRAIN_S": "1",
        "MEDIA_SERVER_ADMIT_BY_LOAD": "off",  # there is one candidate, and nobody waits
        "MEDIA_SERVER_LOG_FORMAT": "text",
        "MEDIA_SERVER_RTC_BIND_ADDRESSES": _HOST,
        "MEDIA_SERVER_RTC_PORT": "0",
    }


async def _ready(output: asyncio.StreamReader) -> str:
    """The URL; empty when it ended before."""
    while line := await output.readline():
        word, _, url = line.decode("utf-8", "replace").strip().partition(" ")
        if word == "ready":
            return url
    return ""


async def _drop(output: asyncio.StreamReader) -> None:
    while await output.read(4096):
        pass


def _last_words(log: IO[bytes]) -> str:
    log.seek(max(0, log.seek(0, os.SEEK_END) - _LAST_WORDS))
    return log.read().decode("utf-8", "replace").strip() or "It gave no reason."


async def _stop(process: asyncio.subprocess.Process) -> None:
    """SIGTERM, then SIGKILL for it and what it started; reaped, its pipe closed."""
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(signal.SIGTERM)
    try:
        async with asyncio.timeout(STOP_S):
            await process.wait()
    except TimeoutError:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
    finally:
        if process.returncode is None:  # cancelled while it stopped
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
