"""`python -m media_server ...` without loading it each time: a fork of a process that has.

Loading the server takes two seconds of a processor, and the suite starts some hundreds. So each
process of the suite keeps one that has loaded it and waits (`main`). It forks once per start. What
comes out is a process like any other: a child of the test's, with its own environment, output and
signals; `kill -9` hits it alone. Only its command line (in /proc) is the waiting one's. A server
of several workers forks them, too, instead of loading everything once for each; they bear the name
of their role (`comm` in /proc).

A test that is about loading or about the interpreter starts a process of its own instead.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import importlib
import json
import os
import runpy
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any, NoReturn

from tests.network.link import enter_namespace
from tests.support import nursery
from tests.support.env import REPOSITORY
from tests.support.forking import PR_SET_NAME, ROOM_FOR_ARGUMENTS, adopting, fork, run_to_its_end
from tests.support.nursery import NURSERY, ONE_THREAD, read_when_loaded

NAMESPACE = "NETWORK_NAMESPACE"
"""This variable names one that the fork is to run in (ip-netns(8))."""
_LONGEST = 1 << 20
_LOADED = (
    "media_server.cli",
    "media_server.serve",
    "media_server.app",
    "media_server.live.assembly",
    "media_server.front.serve",
    "signaling.app",
    "media_server.speech_process",
    "media_server.restarts",
    "media_server.tools.interview_cli",
    "media_server.tools.replay",
    "media_server.tools.simulate",
)


class Forked(subprocess.Popen[str]):
    """What `Popen(..., text=True)` would be, of a child that is there already."""

    def __init__(self, arguments: Sequence[str], pid: int, output: IO[str]) -> None:
        self.args = list(arguments)
        self.pid = pid
        self.returncode: int | None = None
        self.stdin = self.stderr = None
        self.stdout = output
        self.text_mode = True
        self.encoding = self.errors = None
        own: Any = self
        own._child_created = True
        own._input = None
        own._communication_started = False
        own._sigint_wait_secs = 0.25
        own._waitpid_lock = threading.Lock()


class _Forker:
    """The process that has loaded everything, seen from the test's."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._socket: socket.socket | None = None
        self._environment: dict[str, str] | None = None

    def start(
        self, arguments: Sequence[str], environment: Mapping[str, str], errors: IO[str]
    ) -> subprocess.Popen[str]:
        """`python -m media_server ARGUMENTS`, with a pipe to read what it prints."""
        if self._environment is None:
            self._environment = read_when_loaded(os.environ)
        if not _can_adopt() or read_when_loaded(environment) != self._environment:
            return subprocess.Popen(
                [sys.executable, "-m", "media_server", *arguments],
                env=dict(environment),
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )
        asked = json.dumps([list(arguments), dict(environment), str(Path.cwd())]).encode()
        reading, writing = os.pipe()
        with self._lock:
            try:
                pid = self._ask(asked, [writing, errors.fileno()])
            except BaseException:
                os.close(reading)
                raise
            finally:
                os.close(writing)
        return Forked(arguments, pid, open(reading, encoding="utf-8"))  # noqa: PTH123

    def run(
        self, arguments: Sequence[str], environment: Mapping[str, str], *, timeout_s: float
    ) -> subprocess.CompletedProcess[str]:
        """The same to its end, with all that it printed."""
        with tempfile.TemporaryFile("w+") as errors:
            with self.start(arguments, environment, errors) as process:
                try:
                    said, _ = process.communicate(timeout=timeout_s)
                except BaseException:
                    process.kill()
                    raise
            errors.seek(0)
            return subprocess.CompletedProcess(
                list(arguments), process.returncode, said, errors.read()
            )

    def _ask(self, asked: bytes, descriptors: list[int]) -> int:
        control = self._control()
        pid = 0
        with adopting() as wanted, contextlib.suppress(ConnectionError):
            socket.send_fds(control, [asked], descriptors)
            pid = int(control.recv(64) or 0)
            wanted.add(pid)
        if not pid:
            self.stop()  # the next start makes another
            raise AssertionError("the process that forks servers has ended, or cannot fork")
        return pid

    def _control(self) -> socket.socket:
        if self._socket is None:
            ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _LONGEST)
            with theirs:
                self._process = subprocess.Popen(
                    [sys.executable, "-m", __name__, str(theirs.fileno()), ROOM_FOR_ARGUMENTS],
                    cwd=REPOSITORY,
                    env={**os.environ, **ONE_THREAD},
                    pass_fds=[theirs.fileno()],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                )
            self._socket = ours
        return self._socket

    def helpers(self) -> tuple[set[int], set[int]]:
        """What it keeps: (process ids, descriptors)."""
        if self._process is None or self._socket is None:
            return set(), set()
        return {self._process.pid}, {self._socket.fileno()}

    def stop(self) -> None:
        """At the end of the run."""
        if self._process is not None and self._socket is not None:
            self._socket.close()
            self._process.wait(60)
            self._process = self._socket = None


def _can_adopt() -> bool:
    return sys.platform == "linux"


FORKER = _Forker()


def main(control: socket.socket) -> None:
    """Forks when it is asked to, until the test's process closes its end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C comes to the whole group
    gc.disable()
    for name in _LOADED:
        importlib.import_module(name)
    nursery.load()
    gc.collect()
    gc.freeze()  # shared with the forks until somebody writes there
    gc.enable()
    while True:
        asked, descriptors, _, _ = socket.recv_fds(control, _LONGEST, 2)
        if not asked:
            return
        if (pid := fork()) == 0:
            control.close()
            _become(asked, descriptors)
            return
        control.send(str(pid).encode())
        for descriptor in descriptors:
            os.close(descriptor)


def _become(asked: bytes, descriptors: Sequence[int]) -> None:
    """Runs the command as the interpreter would; what it raises ends this process."""
    arguments, environment, directory = json.loads(asked)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for descriptor, number in zip(descriptors, (1, 2), strict=True):
        os.dup2(descriptor, number)
        os.close(descriptor)
    os.chdir(directory)
    os.environ.clear()
    os.environ.update(environment)
    if namespace := os.environ.pop(NAMESPACE, ""):
        enter_namespace(namespace)
    sys.argv = ["media_server", *arguments]
    if environment.get("MEDIA_SERVER_WORKERS", "1") != "1":
        os.posix_spawn = _spawn  # type: ignore[assignment]
    elif arguments[:1] == ["serve"]:
        NURSERY.fork()
    run_to_its_end("media_server")


def _spawn(_path: str, _arguments: Sequence[str], environment: Mapping[str, str]) -> int:
    """In place of `os.posix_spawn`, for a supervisor that starts its own command once more."""
    pid = os.fork()
    if pid == 0:
        _run_as_spawned(environment)
    return pid


def _run_as_spawned(environment: Mapping[str, str]) -> NoReturn:
    """What the system does for a program that it starts (execve(2)), then the command."""
    code: object = 1
    try:
        signal.set_wakeup_fd(-1)
        for number in signal.valid_signals():
            if callable(signal.getsignal(number)):
                signal.signal(number, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        for descriptor in map(int, os.listdir("/proc/self/fd")):  # noqa: PTH208
            with contextlib.suppress(OSError):  # the one that listed them
                if not os.get_inheritable(descriptor):
                    os.close(descriptor)
        os.environ.clear()
        os.environ.update(environment)
        role = environment["MEDIA_SERVER_ROLE"]
        ctypes.CDLL(None).prctl(PR_SET_NAME, role.encode(), 0, 0, 0)
        worker_socket = importlib.import_module("media_server.worker_socket")
        worker_socket.INSTANCE = secrets.token_hex(8)  # type: ignore[attr-defined]
        if role == "speech":
            NURSERY.fork()
        runpy.run_module("media_server", run_name="__main__", alter_sys=True)
        code = 0
    except SystemExit as ended:
        code = ended.code or 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code if isinstance(code, int) else 1)


if __name__ == "__main__":
    main(socket.socket(fileno=int(sys.argv[1])))
