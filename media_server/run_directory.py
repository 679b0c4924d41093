"""The private directory in which the processes of one server have their sockets.

Its supervisor holds a lock on it (flock(2)), which ends with the supervisor, however that ends. So
the next server of this user can tell what a killed one has left, and removes it; and what cleans
old files away leaves a locked directory alone (tmpfiles.d(5), "Age").
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
from pathlib import Path

from media_server.listening import CannotServe

PREFIX = "media-server-run-"
MAX_SOCKET_PATH = 100
"""Of 108 bytes (unix(7))."""
LONGEST_NAME = 24
"""`/.worker-64.sock.4194304`: what a socket is called until its process is ready."""
TRIES = 3
"""Another server may take a new directory for one that was left, before it is locked."""


class RunDirectory:
    """Made and locked, readable by this user alone (0700). Raises CannotServe."""

    def __init__(self) -> None:
        remove_left()
        try:
            self.path, self._held = _made()
        except OSError as error:
            raise CannotServe(
                f"no directory can be made for the sockets of the workers ({error.strerror}); "
                "choose another place: TMPDIR=/tmp media-server serve"
            ) from None
        if len(bytes(self.path)) + LONGEST_NAME > MAX_SOCKET_PATH:
            self.close()
            raise CannotServe(
                f"TMPDIR={tempfile.gettempdir()} is too long for sockets; choose a shorter one: "
                "TMPDIR=/tmp media-server serve"
            )

    def close(self) -> None:
        """With all that is in it. Harmless twice."""
        shutil.rmtree(self.path, ignore_errors=True)
        if self._held is not None:
            os.close(self._held)
            self._held = None


def remove_left() -> None:
    """The directories of this user's servers that were killed."""
    with contextlib.suppress(OSError):  # there may be no place for temporary files
        for path in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
            held = _lock(path)
            if held is not None:
                shutil.rmtree(path, ignore_errors=True)
                os.close(held)


def _made() -> tuple[Path, int | None]:
    for _ in range(TRIES):
        path = Path(tempfile.mkdtemp(prefix=PREFIX))
        if (held := _lock(path)) is not None:
            return path, held
        shutil.rmtree(path, ignore_errors=True)
    return Path(tempfile.mkdtemp(prefix=PREFIX)), None  # a file system that has no locks


def _lock(path: Path) -> int | None:
    """A descriptor that holds it; None: another has it, or it is no directory of this user, or no
    longer there."""
    try:
        held = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:
        return None
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        found = os.fstat(held)
        if found.st_uid == os.geteuid() and os.path.samestat(found, path.stat()):
            return held
    except OSError:
        pass
    os.close(held)
    return None
