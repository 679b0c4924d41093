"""Where a server is reached: a TCP port of its own, or, as one of several workers, a Unix socket.

A worker's socket gets its name when it serves. One that starts beside the worker it replaces takes
the name over when it is ready, so that whoever connects always finds one that serves.
"""

from __future__ import annotations

import contextlib
import ipaddress
import os
import socket
from pathlib import Path
from typing import TYPE_CHECKING

from media_server.http_settings import HttpSettings
from media_server.listening import bind, families_of
from media_server.roles import Role

if TYPE_CHECKING:
    from media_server.config import Config

BACKLOG = 512


class SocketName:
    """A Unix socket is bound at `draft`, and found at `path` from `take` on.

    `path` is a link to it: a process that another has replaced is found at its `draft` still, by
    whoever has to do with what it has not finished.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.draft = path.with_name(f"{path.name}.{os.getpid()}")
        self._taken = False

    def take(self) -> None:
        """Whoever connects from now on comes here. Harmless twice. Raises OSError."""
        if not self._taken:
            self._taken = True
            step = self.draft.with_name(f".{self.draft.name}")
            step.symlink_to(self.draft.name)
            step.rename(self._path)

    @property
    def replaced(self) -> bool:
        """Another process has taken the name."""
        return self._taken and draft_at(self._path) != self.draft

    def close(self) -> None:
        """The name goes, too, unless it is another's."""
        with contextlib.suppress(OSError):
            if self._taken and not self.replaced:
                self._path.unlink()
        with contextlib.suppress(OSError):
            self.draft.unlink()


def draft_at(path: Path) -> Path | None:
    """Where the process that has this name listens; None: no process has it."""
    try:
        return path.with_name(path.readlink().name)
    except OSError:
        return None


def drafts_of(path: Path) -> list[Path]:
    """Where every process listens that has this name, had it, or will have it. Of one that was
    killed a name may be left."""
    return [one for one in path.parent.glob(f"{path.name}.*") if one.suffix[1:].isdecimal()]


def listen_at(path: Path) -> socket.socket:
    """A Unix socket that listens there. Raises OSError."""
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    with contextlib.suppress(FileNotFoundError):
        path.unlink()
    listening.bind(str(path))
    listening.listen(BACKLOG)
    listening.setblocking(False)
    return listening


class Entrance:
    """`address` says where people reach the server, and is what a single one serves; a worker
    binds `draft`. Raises CannotServe."""

    def __init__(self, http: HttpSettings, role: Role) -> None:
        self._role = role
        self._name: SocketName | None = None
        if role.worker_socket is None:
            self.address = bind(http.host, http.port)
            return
        self._name = SocketName(role.worker_socket)
        if role.listen_fd is not None:
            self.address = socket.socket(fileno=role.listen_fd)  # to ask for its name only
        else:
            self.address = bind("127.0.0.1", 0)

    @property
    def draft(self) -> Path | None:
        """Where a worker's socket stands before it has its name; None: it has a port."""
        return None if self._name is None else self._name.draft

    def serves(self) -> None:
        """Requests are answered from now on."""
        if self._name is not None and not self._role.beside:
            self._name.take()

    def ready(self) -> None:
        """Candidates may come."""
        if self._name is not None:
            self._name.take()

    def close(self) -> None:
        if self._name is not None:
            self._name.close()
        self.address.close()


def person_url(config: Config, listening: socket.socket) -> str:
    """What a person opens on this machine: localhost where that works, since browsers trust it."""
    if config.http.public_url:
        return config.http.public_url
    host, port = listening.getsockname()[:2]
    address = ipaddress.ip_address(host)
    families = families_of(listening)
    if host == "127.0.0.1" or (address.is_unspecified and 4 in families):
        host = "localhost"  # another address of loopback, such as ::1, may be no localhost
    elif address.is_unspecified:
        host = "[::1]"  # it listens on IPv6 alone, and localhost may be 127.0.0.1 alone
    elif address.version == 6:
        host = f"[{host}]"
    return f"http://{host}:{port}"
