"""The notifications of systemd (sd_notify(3)): one datagram of VARIABLE=value lines each.

Only the main process of a unit is believed by default (`NotifyAccess=main`): the supervisor where
there is one, else the server itself. Nobody else may speak: `from_environment` takes the variables
away, so that no child inherits them.
"""

from __future__ import annotations

import os
import socket
from collections.abc import MutableMapping


class Notifier:
    """`tell` never raises and never waits: systemd that does not listen stops no server."""

    def __init__(self, address: str, watchdog_s: float | None) -> None:
        """`address`: a path, or @name of the abstract namespace. "": nobody listens."""
        self.watchdog_s = watchdog_s if address else None
        """How often at the least WATCHDOG=1 is expected; None: not at all."""
        self._address = "\0" + address[1:] if address.startswith("@") else address
        self._socket: socket.socket | None = None

    @classmethod
    def from_environment(cls, environ: MutableMapping[str, str] | None = None) -> Notifier:
        """Of this process; the variables are gone from `environ` afterwards."""
        environ = os.environ if environ is None else environ
        address = environ.pop("NOTIFY_SOCKET", "")
        usec, pid = environ.pop("WATCHDOG_USEC", ""), environ.pop("WATCHDOG_PID", "")
        if not address.startswith(("/", "@")) or not hasattr(socket, "AF_UNIX"):
            return cls("", None)
        mine = not pid or pid == str(os.getpid())
        watchdog_s = int(usec) / 1e6 if mine and usec.isdecimal() and int(usec) else None
        return cls(address, watchdog_s)

    def tell(self, *assignments: str) -> None:
        """`tell("READY=1", "STATUS=serving")`."""
        if not self._address:
            return
        try:
            if self._socket is None:
                self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
                self._socket.setblocking(False)
            self._socket.sendto("\n".join(assignments).encode(), self._address)
        except OSError:
            return  # the next one may arrive

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None
