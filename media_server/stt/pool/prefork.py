"""The server's side of the prefork process: start it, ask it for workers, end it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable

from media_server.stt.settings import SttSettings

MAX_MESSAGE_BYTES = 64 * 1024
CLOSE_S = 2.0
"""Half of it to end by itself, half after SIGKILL."""
ANSWER_S = 10.0
"""A prefork process that runs forks within milliseconds; one that is silent for so long hangs."""


class PreforkProcess:
    """One process at most. Callbacks run on the loop; `on_gone` once per process that ended."""

    def __init__(
        self,
        settings: SttSettings,
        *,
        on_ready: Callable[[], None],
        on_gone: Callable[[str], None],
    ) -> None:
        """`on_gone(reason)`: `reason` says why the engine cannot be used, or is ""."""
        self._settings = settings
        self._on_ready = on_ready
        self._on_gone = on_gone
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._reason = ""
        self._unanswered: dict[int, asyncio.TimerHandle] = {}
        """By worker: orders to fork it, and when patience ends."""
        self._ended: list[subprocess.Popen[bytes]] = []
        self.ready = False
        """It has loaded what can be shared, and forks workers."""

    @property
    def running(self) -> bool:
        """It was launched and has not ended; it may still be loading (`ready`)."""
        return self._control is not None

    def launch(self) -> None:
        """Starts the process. Returns within milliseconds; `on_ready` or `on_gone` follows."""
        self._reap()
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        environment = os.environ | {
            # The worker must find what the server finds, third-party engines included.
            "PYTHONPATH": os.pathsep.join(entry for entry in sys.path if entry),
            "OMP_NUM_THREADS": str(self._settings.threads),
            "OPENBLAS_NUM_THREADS": "1",
            "HF_HUB_OFFLINE": "1",
            # onnxruntime would otherwise keep a database in the home directory and upload it.
            "ORT_DISABLE_TELEMETRY": "1",
        }
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
                [
                    sys.executable,
                    "-m",
                    "media_server.stt.pool.worker",
                    str(theirs.fileno()),
                    str(os.getpid()),
                ],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=(theirs.fileno(),),
                env=environment,
            )
        ours.setblocking(False)
        self._control = ours
        self._reason = ""
        self.ready = False
        asyncio.get_running_loop().add_reader(ours, self._readable)
        self._tell({"type": "configure", "settings": self._settings.to_mapping()})

    def fork(self, worker: int) -> socket.socket | None:
        """Our end of a new worker's socket, non-blocking; None: the prefork process is not there.

        A prefork process that does not answer within ANSWER_S seconds is killed: `on_gone` follows.
        """
        if self._control is None:
            return None
        ours, theirs = socket.socketpair()
        with theirs:
            if not self._tell({"type": "fork", "worker": worker}, theirs.fileno()):
                ours.close()
                return None
        ours.setblocking(False)
        loop = asyncio.get_running_loop()
        self._unanswered[worker] = loop.call_later(ANSWER_S, self._hangs)
        return ours

    def kill(self, worker: int) -> None:
        """SIGKILL by its parent process: no number is reused before the worker is reaped."""
        self._tell({"type": "kill", "worker": worker})

    def abandon(self) -> None:
        """It took too long to load: this one is ended, `on_gone` follows."""
        if self._process is not None:
            self._process.kill()

    def _hangs(self) -> None:
        """Stopped, or stuck while forking. Its workers end with it: one of them may be the hung one
        that it was asked to kill."""
        self._reason = "the process that starts the workers hung and is replaced"
        self.abandon()

    async def close(self) -> None:
        """Kills the prefork process and thereby every worker. Returns within CLOSE_S."""
        self._let_go()
        if self._process is not None:
            self._ended.append(self._process)
            self._process = None
        deadline_s = asyncio.get_running_loop().time() + CLOSE_S
        for process in self._ended:
            # It ends by itself, after its children, at the end of the socket; a hung one is ended.
            while process.poll() is None:
                if asyncio.get_running_loop().time() > deadline_s - CLOSE_S / 2:
                    process.kill()
                if asyncio.get_running_loop().time() > deadline_s:
                    break
                await asyncio.sleep(0.005)
        self._reap()

    def _tell(self, message: dict[str, object], *descriptors: int) -> bool:
        if self._control is None:
            return False
        try:
            socket.send_fds(self._control, [json.dumps(message).encode()], list(descriptors))
        except OSError:
            return False  # full or gone: its end is noticed by the reader
        return True

    def _readable(self) -> None:
        """All there is: after a standstill of this loop the answers come before the patience
        that ended in the meantime."""
        while self._control is not None:
            try:
                data = self._control.recv(MAX_MESSAGE_BYTES)
            except BlockingIOError:
                return
            except OSError:
                data = b""
            self._hear(data)

    def _hear(self, data: bytes) -> None:
        message = json.loads(data) if data else {}
        if message.get("type") == "forked":
            self._answered(int(message["worker"]))
        elif message.get("type") == "ready":
            self.ready = True
            self._on_ready()
        elif message.get("type") == "unavailable":
            self._reason = str(message.get("reason"))
        elif not data:
            self._gone()

    def _answered(self, worker: int) -> None:
        timer = self._unanswered.pop(worker, None)
        if timer is not None:
            timer.cancel()

    def _gone(self) -> None:
        self._let_go()
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
            self._ended.append(self._process)
            self._process = None
        self._on_gone(self._reason)

    def _let_go(self) -> None:
        if self._control is not None:
            asyncio.get_running_loop().remove_reader(self._control)
            self._control.close()
        self._control = None
        self.ready = False
        for worker in list(self._unanswered):
            self._answered(worker)

    def _reap(self) -> None:
        self._ended = [process for process in self._ended if process.poll() is None]
