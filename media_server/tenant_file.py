"""The file of tenants in force: read at the start, and again when it has changed.

Its modification time is looked at every `LOOK_EVERY_S`, in a thread. No signal is asked for: the
time works under a supervisor, in a container whose file is exchanged from outside and in an
application that we are embedded in, and SIGHUP also comes from a terminal that is closed. A
changed file with a fault is not in force: the one before stays, a line in the log and a notice of
/readyz say so, until the file is put right.
"""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

from media_server import collector
from media_server.ports import Public
from media_server.tenants import NO_TENANTS, Tenants, TenantsError, parse

logger = logging.getLogger(__name__)

LOOK_EVERY_S = 2.0
MAX_BYTES = 16_777_216
MAX_LOGGED = 5
"""Faults in one line of the log; `media-server tenants check` tells them all."""
NOTICE = (
    "the file of tenants has changed and cannot be used, the one before is in force: see "
    "`media-server tenants check`"
)

_Signature = tuple[int, int, int, int]


class TenantBook:
    """`path` None: there is no file, and nobody but the default tenant.

    Raises TenantsError where the file cannot be read or has a fault: a server does not start with
    keys that nobody meant.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._seen: _Signature | None = None
        self._current = NO_TENANTS
        self.notice = ""
        """Why the file as it is now is not in force, for operators; "" where it is."""
        if path is not None:
            self._seen = _signature(path)
            self._current = read(path)

    def current(self) -> Tenants:
        """The tenants in force. Ask again for each use: they change."""
        return self._current

    def look(self) -> None:
        """Blocking. Take the file over where it has changed; raises nothing."""
        if self._path is None:
            return
        seen = _signature(self._path)
        if seen == self._seen:
            return
        self._seen = seen
        try:
            # In a thread nothing else of it holds the event loop for long: but of ten thousand
            # tenants, collections did for up to half a second.
            with collector.paused():
                self._current = read(self._path)
        except TenantsError as error:
            self.notice = NOTICE
            faults = "; ".join(error.problems[:MAX_LOGGED])
            logger.error("%s; %s", Public(NOTICE), Public(faults))
            return
        self.notice = ""
        tenants = self._current.by_name
        logger.info("the file of tenants has changed: %d tenants are in force", len(tenants))

    async def watch(self) -> None:
        """Look again and again, until it is cancelled."""
        while self._path is not None:
            await asyncio.sleep(LOOK_EVERY_S)
            await asyncio.to_thread(self.look)


def read(path: Path) -> Tenants:
    """Blocking. Raises TenantsError."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise TenantsError([f"{path} is over {MAX_BYTES // 1_048_576} MiB"])
        text = path.read_text("utf-8")
    except OSError as error:
        raise TenantsError([f"{path} cannot be read ({error.strerror})"]) from None
    except UnicodeDecodeError:
        raise TenantsError([f"{path} is not UTF-8 text"]) from None
    return parse(text)


def _signature(path: Path) -> _Signature | None:
    """Also of a file that was exchanged for another of the same time, or that may be read from now
    on: that changes no modification time. None: there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino
