"""The server's own child processes without loading numpy and themselves each time.

A voice, a recogniser or a sound child loads for a quarter of a second, and the suite starts more
than a thousand. So a process that starts such keeps one that has loaded what they need and waits
(the nursery). It forks once per start. What comes out is what `subprocess.Popen` would make of the
same arguments: a child of who asks, with its environment, descriptors, process group, niceness and
command line. Whatever a fork could not be like is started in earnest: another interpreter, and
variables that libraries read when they are loaded. So is what starts before the nursery is ready,
and all that a test with the fixture `fresh_processes` starts.
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import gc
import importlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.support.env import REPOSITORY
from tests.support.forking import (
    ROOM_FOR_ARGUMENTS,
    adopting,
    fork,
    keep_only,
    place,
    run_to_its_end,
    show,
    started,
)

MODULES = (
    "media_server.tts.child",
    "media_server.stt.pool.worker",
    "media_server.sound.child",
)
OF_TESTS = (
    "tests.store.blobs.recorder_process",
    "tests.store.log_writer",
    "tests.store.spool_trimmer",
    "tests.store.spool_writer",
    "tests.webhooks.deliverer",
)
"""Of processes that tests start again and again to kill them. Loaded when one is asked for."""
_PYTHON = sys.executable
READ_BY_THE_INTERPRETER = ("PYTHON", "LD_", "MALLOC_", "OMP_", "OPENBLAS_", "GLIBC_")
"""Variables that a program or a library reads when it is loaded; in a fork it would be too late."""
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1"}
"""What the server and its children have, and what has loaded numpy for them."""
_PR_SET_PDEATHSIG = 1
_LONGEST = 1 << 20
_ANSWER_S = 20.0
READY = b"ready"


def load(names: Sequence[str] = MODULES) -> None:
    """All that they need, but not the modules themselves: those run as `__main__`."""
    for name in names:
        importlib.import_module(name)
    for name in names:
        del sys.modules[name]


def read_when_loaded(environment: Mapping[str, str]) -> dict[str, str]:
    return {k: v for k, v in environment.items() if k.startswith(READ_BY_THE_INTERPRETER)}


class Nursery:
    """Seen from the process that starts children. One per process."""

    module = __name__
    """What its own process runs."""

    def __init__(self) -> None:
        self.enabled = True
        self._lock = threading.Lock()
        self._really: Callable[..., int] | None = None
        self._owner = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._pid = 0
        self._socket: socket.socket | None = None
        self._loaded: dict[str, str] = {}
        self._ready = False

    def watch(self) -> None:
        """From now on `subprocess` and asyncio start what is named above through here."""
        if sys.platform == "linux" and self._really is None:
            used: Any = subprocess
            self._really = used._fork_exec
            used._fork_exec = self._fork_exec
            used._USE_POSIX_SPAWN = False  # which would start them past this
        self._owner = os.getpid()

    def stop(self) -> None:
        """At the end of the run, or when it is lost: the next start makes another."""
        control, self._socket = self._socket, None
        if control is not None:
            control.close()
            if self._process is not None:
                self._process.wait(60)
            else:
                os.waitpid(self._pid, 0)
        self._process, self._ready = None, False

    def helpers(self) -> tuple[set[int], set[int]]:
        """What it keeps: (process ids, descriptors)."""
        if self._socket is None:
            return set(), set()
        return {self._pid}, {self._socket.fileno()}

    def fork(self) -> None:
        """In a process that has loaded everything (`load`) and has no thread yet: its nursery."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        if (pid := os.fork()) == 0:
            keep_only(theirs.fileno())
            nowhere = os.open(os.devnull, os.O_RDWR)
            os.dup2(nowhere, 0)
            os.dup2(nowhere, 1)
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
            main(theirs, _become)
            raise SystemExit(0)
        theirs.close()
        self._take(ours, pid)
        self._ready = True
        self.watch()

    def _take(self, control: socket.socket, pid: int) -> None:
        control.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _LONGEST)
        control.settimeout(_ANSWER_S)
        self._socket, self._pid = control, pid
        self._loaded = read_when_loaded({**os.environ, **ONE_THREAD})

    def _launch(self) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", self.module, str(theirs.fileno()), ROOM_FOR_ARGUMENTS],
                cwd=REPOSITORY,
                env={**os.environ, **ONE_THREAD},
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
            )
        self._take(ours, self._process.pid)

    def starts(self, arguments: Sequence[str]) -> bool:
        """Whether that is a child of those it is for."""
        return list(arguments[:2]) == [_PYTHON, "-m"] and arguments[2] in (*MODULES, *OF_TESTS)

    def fits(self, arguments: Sequence[str], environment: Mapping[str, str]) -> bool:
        """Whether a fork can be like what would be started."""
        if arguments[2] in OF_TESTS:  # these have nothing to do for a second thread of numpy's
            environment = {**environment, **ONE_THREAD}
        return _binding(read_when_loaded(environment)) == _binding(self._loaded)

    def _fork_exec(self, *given: Any) -> int:
        """In place of `_posixsubprocess.fork_exec`, with what that is given."""
        assert self._really is not None
        arguments, environment, preexec = given[0], given[5], given[21]
        ours = self.enabled and os.getpid() == self._owner and preexec is None
        if ours and self.starts(arguments):
            wanted = dict(os.environ)
            if environment is not None:
                wanted = dict(os.fsdecode(one).split("=", 1) for one in environment)
            with self._lock:
                if pid := self._ask(given, wanted):
                    return pid
        pid = self._really(*given)
        started(pid)
        return pid

    def _ask(self, given: Sequence[Any], environment: Mapping[str, str]) -> int:
        """The new process; 0 where there must be a real start. A first one is not waited for."""
        if self._socket is None:
            self._launch()
            return 0
        if not self.fits(given[0], environment):
            return 0
        try:
            if not self._ready:
                if not _readable(self._socket):
                    return 0
                self._ready = self._socket.recv(64) == READY
            if self._ready:
                with adopting() as wanted:
                    _send_order(self._socket, given, environment)
                    if pid := int(self._socket.recv(64) or 0):
                        wanted.add(pid)
                        return pid
        except OSError:
            pass
        self.stop()
        return 0


NURSERY = Nursery()


def _binding(variables: Mapping[str, str]) -> dict[str, str]:
    """Without the path, which a fork extends, and OpenMP's: what has it is loaded in the fork."""
    return {k: v for k, v in variables.items() if k not in ("PYTHONPATH", "OMP_NUM_THREADS")}


def _readable(control: socket.socket) -> bool:
    poll = select.poll()
    poll.register(control, select.POLLIN)
    return bool(poll.poll(0))


def _send_order(
    control: socket.socket, given: Sequence[Any], environment: Mapping[str, str]
) -> None:
    arguments, _, _, kept, cwd = given[:5]
    p2cread, _, _, c2pwrite, _, errwrite, _, errpipe_write = given[6:14]
    new_session, group = given[15:17]
    standard = [fd if fd >= 0 else n for n, fd in enumerate((p2cread, c2pwrite, errwrite))]
    passed = [fd for fd in kept if fd != errpipe_write]
    order = {
        "arguments": list(arguments),
        "environment": dict(environment),
        "directory": os.fsdecode(cwd) if cwd is not None else str(Path.cwd()),
        "numbers": [0, 1, 2, *passed],
        "session": bool(new_session),
        "group": group,
        "niceness": os.getpriority(os.PRIO_PROCESS, 0),
    }
    socket.send_fds(control, [json.dumps(order).encode()], [*standard, *passed])


Order = Mapping[str, Any]
"""What `_send_order` sends."""


def main(control: socket.socket, become: Callable[[Order, Sequence[int]], None]) -> None:
    """Forks when it is asked to, until its owner closes its end. `become`: what the fork does, with
    the descriptors that came along."""
    for number in (signal.SIGINT, signal.SIGTERM):  # these come to the whole group
        signal.signal(number, signal.SIG_IGN)
    missing = set(OF_TESTS)
    while True:
        try:
            asked, descriptors, _, _ = socket.recv_fds(control, _LONGEST, 64)
        except ConnectionError:
            return
        if not asked:
            return
        order = json.loads(asked)
        if (module := order["arguments"][2]) in missing:
            load((module,))
            missing.remove(module)
        pid = fork(functools.partial(_prepare, order))
        if pid == 0:
            control.close()
            become(order, descriptors)
            return
        control.send(str(pid).encode())
        for descriptor in descriptors:
            os.close(descriptor)


def _prepare(order: Order) -> None:
    """What `Popen` has done before it returns: who has the process may signal it."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    with contextlib.suppress(OSError):  # only root may be less nice
        os.setpriority(os.PRIO_PROCESS, 0, order["niceness"])
    if order["session"]:
        os.setsid()
    elif order["group"] >= 0:
        os.setpgid(0, order["group"])
    show(order["arguments"])


def _become(order: Order, descriptors: Sequence[int]) -> None:
    """Runs the module as the interpreter would; what it raises ends this process."""
    take_over(order, descriptors)
    os.environ.clear()
    os.environ.update(order["environment"])
    arguments = order["arguments"]
    paths = order["environment"].get("PYTHONPATH", "").split(os.pathsep)
    sys.path[:] = list(dict.fromkeys((order["directory"], *filter(None, paths), *sys.path)))
    importlib.invalidate_caches()
    sys.argv = ["-m", *arguments[3:]]
    run_to_its_end(arguments[2])


def take_over(order: Order, descriptors: Sequence[int]) -> None:
    """Its directory, its files and its standard streams."""
    place(descriptors, order["numbers"])
    os.chdir(order["directory"])
    anew: Any = sys
    anew.stdin = anew.__stdin__ = os.fdopen(0, closefd=False)
    anew.stdout = anew.__stdout__ = os.fdopen(1, "w", closefd=False)
    anew.stderr = anew.__stderr__ = os.fdopen(2, "w", 1, closefd=False)


if __name__ == "__main__":
    gc.disable()
    load()
    gc.collect()
    gc.freeze()  # shared with the forks until somebody writes there
    gc.enable()
    _control = socket.socket(fileno=int(sys.argv[1]))
    _control.send(READY)
    main(_control, _become)
