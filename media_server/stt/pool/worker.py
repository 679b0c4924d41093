"""The process side of the pool: a prefork process that loads the engine once and forks workers.

Run as `python -m media_server.stt.pool.worker FD SERVER_PID` in a fresh interpreter; FD is the
control socket (SOCK_SEQPACKET). The prefork process owns no thread, so forking it is safe; the
asyncio server is never forked. Nothing here outlives the server: parent-death signals end
everything at once, and the end of a socket does so where those do not exist.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import json
import os
import selectors
import signal
import socket
import sys
from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO, NoReturn

from media_server.ports import (
    CannotTranscribe,
    EngineUnavailable,
    SttEngine,
    SttRequest,
    Transcription,
)
from media_server.stt import frames, speed
from media_server.stt.engines.asking import ask
from media_server.stt.engines.registry import create_engines
from media_server.stt.settings import SttSettings

MAX_MESSAGE_BYTES = 64 * 1024
_PR_SET_PDEATHSIG = 1


def main(argv: list[str]) -> int:
    """The prefork process, until the server closes its socket. `argv`: program, FD, SERVER_PID.

    The exit status: 1 when the engine cannot be used (the server has the reason by then), else 0.
    """
    control = socket.socket(fileno=int(argv[1]))
    _die_with(int(argv[2]))
    # The terminal's Ctrl-C and a service manager's SIGTERM are for the server, which still owes
    # finals; the workers end when it lets go of their sockets.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    first = _receive(control)
    if first is None:
        return 0
    settings = SttSettings.from_mapping(first[0]["settings"])
    with contextlib.suppress(OSError):
        os.nice(settings.nice)
    try:
        engine = create_engines(settings)
        loaded = engine.prepare()
    except EngineUnavailable as error:
        _send(control, {"type": "unavailable", "reason": str(error)})
        return 1
    except Exception as error:
        _send(control, {"type": "unavailable", "reason": f"loading failed: {_describe(error)}"})
        return 1
    gc.freeze()
    _send(control, {"type": "ready"})
    Prefork(control, engine, loaded=loaded, language=settings.language).run()
    return 0


class Prefork:
    """The loop of the process without threads, over its control socket and SIGCHLD."""

    def __init__(
        self, control: socket.socket, engine: SttEngine, *, loaded: bool, language: str
    ) -> None:
        self._control = control
        self._engine = engine
        self._loaded = loaded
        self._language = language
        self._children: dict[int, int] = {}
        self._selector = selectors.DefaultSelector()
        self._wake_in, self._wake_out = socket.socketpair()

    def run(self) -> None:
        """Until the server lets go of the control socket; then every worker is killed."""
        self._wake_in.setblocking(False)
        self._wake_out.setblocking(False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._wake_in.fileno(), warn_on_full_buffer=False)
        self._selector.register(self._control, selectors.EVENT_READ)
        self._selector.register(self._wake_out, selectors.EVENT_READ)
        while self._turn():
            pass
        signal.set_wakeup_fd(-1)
        for pid in self._children.values():
            _kill(pid)

    def _turn(self) -> bool:
        for key, _ in self._selector.select():
            if key.fileobj is self._control:
                message = _receive(self._control)
                if message is None:
                    return False
                self._obey(*message)
            else:
                with contextlib.suppress(BlockingIOError):
                    self._wake_out.recv(4096)
                self._reap()
        return True

    def _obey(self, order: dict[str, Any], descriptors: list[int]) -> None:
        number = int(order["worker"])
        if order["type"] == "kill":
            if number in self._children:
                _kill(self._children[number])
        elif descriptors:
            self._fork(number, descriptors[0])

    def _fork(self, number: int, descriptor: int) -> None:
        parent = os.getpid()
        try:
            pid = os.fork()
        except OSError:
            pid = -1  # the server sees the end of the socket and tries again later
        if pid == 0:
            self._be_worker(descriptor, parent)
        os.close(descriptor)
        if pid > 0:
            self._children[number] = pid
        _send(
            self._control, {"type": "forked", "worker": number}
        )  # a prefork process that hangs does not

    def _be_worker(self, descriptor: int, parent: int) -> NoReturn:
        status = 1
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            _die_with(parent)
            self._selector.close()
            self._control.close()
            self._wake_in.close()
            self._wake_out.close()
            link = socket.socket(fileno=descriptor)
            serve(link, self._engine, loaded=self._loaded, language=self._language)
            status = 0
        finally:
            os._exit(status)

    def _reap(self) -> None:
        for number, pid in list(self._children.items()):
            done, _ = os.waitpid(pid, os.WNOHANG)
            if done:
                del self._children[number]


def serve(link: socket.socket, engine: SttEngine, *, loaded: bool, language: str) -> None:
    """One worker's life: warm up, then jobs one after another until the server lets go.

    `language`: of every job, whatever it says; "": as it says. The worker ends when the engine
    cannot be used any more: the next one has warmed up.
    """
    try:
        if not loaded:
            engine.warm_up()
    except EngineUnavailable as error:
        link.sendall(frames.encode(_unavailable(str(error))))
        return
    except Exception as error:  # without a word nobody would know why no worker gets ready
        link.sendall(frames.encode(_unavailable(f"loading failed: {_describe(error)}")))
        return
    ready = {
        "type": "ready",
        "engine": engine.name,
        "model": engine.model,
        "notice": engine.notice,
        "batch": max(1, engine.capabilities.batch_size),
        "forked": loaded,
        "languages": list(engine.capabilities.languages),
        "gains_from_context": engine.capabilities.gains_from_context,
        "pid": os.getpid(),
        "remarks": speed.remarks,
    }
    link.sendall(frames.encode(ready))
    with link.makefile("rb") as stream:
        while (frame := _read_frame(stream)) is not None:
            header, body = frame
            for said in _do_all(engine, header["jobs"], body, language):
                link.sendall(frames.encode(said))
                if said["type"] == "unavailable":
                    return


def _do_all(
    engine: SttEngine, jobs: Sequence[dict[str, Any]], body: bytes, language: str
) -> Iterator[dict[str, Any]]:
    """An answer to each job, as soon as it is known; after "unavailable" there is none.

    Only a final shows that the engine cannot be used: interims are asked without retries.
    """
    requests = list(_requests(jobs, body, language))
    together = _do_batch(engine, requests)
    unusable: EngineUnavailable | None = None
    for position, job in enumerate(jobs):
        alone = position not in together
        made = _do(engine, requests[position]) if alone else together[position]
        if isinstance(made, EngineUnavailable) and job["final"]:
            unusable = made
            if alone:
                break  # the others would fare no better
            continue
        yield {
            "type": "result",
            "token": job["token"],
            "delivery": job["delivery"],
            **_told(made),
        }
    if unusable is not None:
        yield _unavailable(str(unusable))


def _requests(jobs: Sequence[dict[str, Any]], body: bytes, language: str) -> Iterator[SttRequest]:
    rest = memoryview(body)
    for job in jobs:
        size = 2 * int(job["samples"])
        yield SttRequest(
            pcm=frames.pcm_array(rest[:size]),
            language=language or job["language"],
            locale=job["language"],
            final=job["final"],
            glossary=tuple(job["glossary"]),
            speech_ms=max(0, int(job["speech_ms"])),
            lost=int(job["lost"]),
        )
        rest = rest[size:]


def _do_batch(
    engine: SttEngine, requests: Sequence[SttRequest]
) -> dict[int, Transcription | Exception]:
    """By position; what is missing is done alone, which finds the one that spoils a batch."""
    can = [n for n, one in enumerate(requests) if not engine.capabilities.lacks(one)]
    if len(can) < 2:
        return {}
    try:
        made = engine.transcribe([requests[n] for n in can])
        return dict(zip(can, made, strict=True))
    except Exception:
        return {}


def _do(engine: SttEngine, request: SttRequest) -> Transcription | Exception:
    try:
        return ask(engine, request)
    except Exception as error:  # whatever an engine raises is a value here
        return error


def _told(made: Transcription | Exception) -> dict[str, Any]:
    if isinstance(made, CannotTranscribe | EngineUnavailable):
        permanent = isinstance(made, CannotTranscribe)
        return {"result": None, "reason": str(made), "permanent": permanent}
    if isinstance(made, Exception):
        # Only the kind: a message could hold what the candidate said.
        return {"result": None, "reason": f"the engine raised {type(made).__name__}"}
    try:
        return {"result": frames.transcription_header(made)}
    except (AttributeError, TypeError, ValueError):
        return {"result": None, "reason": "the engine's answer is not a transcription"}


def _unavailable(reason: str) -> dict[str, Any]:
    return {"type": "unavailable", "reason": reason}


def _read_frame(stream: BinaryIO) -> tuple[dict[str, Any], bytes] | None:
    prefix = stream.read(frames.PREFIX.size)
    if len(prefix) < frames.PREFIX.size:
        return None
    header_bytes, body_bytes = frames.PREFIX.unpack(prefix)
    header, body = stream.read(header_bytes), stream.read(body_bytes)
    if len(header) < header_bytes or len(body) < body_bytes:
        return None
    return frames.parse_header(header), body


def _receive(control: socket.socket) -> tuple[dict[str, Any], list[int]] | None:
    try:
        data, descriptors, _, _ = socket.recv_fds(control, MAX_MESSAGE_BYTES, 1)
    except ConnectionError:
        return None
    return (json.loads(data), descriptors) if data else None


def _send(control: socket.socket, message: dict[str, Any]) -> None:
    with contextlib.suppress(OSError):
        control.send(json.dumps(message).encode())


def _kill(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def _die_with(parent: int) -> None:
    """SIGKILL for this process when its parent dies, however it dies (Linux: prctl(2))."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:  # it died before the line above
        os._exit(1)


def _describe(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


if __name__ == "__main__":
    sys.exit(main(sys.argv))
