"""What part of the server a process is: told by its parent in the environment, never in settings.

| kind | what it is |
|---|---|
| single | the whole server, on a port of its own (one worker, or no supervisor) |
| front | the HTTP port; it finds for each request the worker that has its interview |
| speech | the recognisers that all workers share, on `speech_socket` |
| worker | the whole server, on `worker_socket` of the private directory; its UDP port is its own |
"""

from __future__ import annotations

import os
from collections.abc import MutableMapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

RoleKind = Literal["front", "speech", "worker", "single"]
KINDS: tuple[RoleKind, ...] = get_args(RoleKind)

ROLE_VARIABLE = "MEDIA_SERVER_ROLE"
"""`front`, `speech`, or `worker:3`; absent: single."""
RUN_DIR_VARIABLE = "MEDIA_SERVER_RUN_DIR"
LISTEN_FD_VARIABLE = "MEDIA_SERVER_LISTEN_FD"
BESIDE_VARIABLE = "MEDIA_SERVER_BESIDE"
WORKERS_VARIABLE = "MEDIA_SERVER_WORKERS_STARTED"


class UnknownRole(Exception):
    """The variables were not written by a supervisor of this version."""


@dataclass(frozen=True, slots=True)
class Role:
    """Of this process."""

    kind: RoleKind = "single"
    number: int = 0
    """Of a worker: 1, 2, ... A worker that replaces another has its number. 0: of no worker."""
    run_dir: Path | None = None
    """The private directory (0700) of the supervisor's children. None: there is none (single)."""
    listen_fd: int | None = None
    """The bound HTTP socket: the front serves it, the others only say its address. None: this
    process binds its own."""
    workers: int = 1
    """How many there are in all."""
    beside: bool = False
    """Another process of this role still serves: its socket is taken over when this one is
    ready."""

    @property
    def worker_socket(self) -> Path | None:
        """Where this worker serves HTTP; None: on a port."""
        return self.socket_of(self.number) if self.kind == "worker" else None

    @property
    def speech_socket(self) -> Path | None:
        """Where the shared recognisers are asked; None: this process has its own."""
        return None if self.run_dir is None else self.run_dir / "speech.sock"

    @property
    def speech_restarts(self) -> Path | None:
        """Where the supervisor writes how often it started the recognisers' process again; None:
        this server has no such process."""
        return None if self.run_dir is None else self.run_dir / "speech.restarts"

    def socket_of(self, number: int) -> Path | None:
        """Where worker `number` serves HTTP."""
        return None if self.run_dir is None else self.run_dir / f"worker-{number}.sock"

    def told(self, *, beside: bool = False) -> dict[str, str]:
        """What a child with this role finds in its environment. A single server that listens by
        itself finds nothing."""
        if self == SINGLE:
            return {}
        name = f"worker:{self.number}" if self.kind == "worker" else self.kind
        given = {ROLE_VARIABLE: name, WORKERS_VARIABLE: str(self.workers)}
        if self.run_dir is not None:
            given[RUN_DIR_VARIABLE] = str(self.run_dir)
        if beside:
            given[BESIDE_VARIABLE] = "1"
        if self.listen_fd is not None:
            given[LISTEN_FD_VARIABLE] = str(self.listen_fd)
        return given


SINGLE = Role()


def handed_over(environ: MutableMapping[str, str] | os._Environ[str]) -> Role:
    """This process's role, once: no child of it shall take itself for one. Raises UnknownRole."""
    kind, _, number = environ.pop(ROLE_VARIABLE, "single").partition(":")
    run_dir = environ.pop(RUN_DIR_VARIABLE, "")
    listen_fd = environ.pop(LISTEN_FD_VARIABLE, "")
    workers = environ.pop(WORKERS_VARIABLE, "1")
    beside = environ.pop(BESIDE_VARIABLE, "")
    if kind not in KINDS or (kind == "worker") != number.isdecimal():
        raise UnknownRole(f"{ROLE_VARIABLE} is no role of this version")
    if kind != "single" and not run_dir:
        raise UnknownRole(f"{RUN_DIR_VARIABLE} is missing")
    return Role(
        kind=kind,
        number=int(number or 0),
        run_dir=Path(run_dir) if run_dir else None,
        listen_fd=int(listen_fd) if listen_fd.isdecimal() else None,
        workers=int(workers) if workers.isdecimal() else 1,
        beside=beside == "1",
    )
