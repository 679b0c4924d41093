"""Who may speak for a call: credentials, validated addresses, the one that is used. No I/O."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from media_server.rtc.answer import LocalIce
from media_server.rtc.udp import Address, UdpEndpoint

MAX_PATHS = 8


@dataclass(frozen=True, slots=True)
class Path:
    """A remote address as one of our sockets sees it."""

    endpoint: UdpEndpoint
    address: Address


def new_credentials() -> LocalIce:
    """48 bits of ufrag, to find the call; 144 bits of password, to prove it (RFC 8445 §5.3)."""
    return LocalIce(ufrag=secrets.token_hex(6), password=secrets.token_hex(18))


class IceSession:
    """ICE-lite state of one call. Always controlled; consent is the client's checks."""

    def __init__(self, remote_ufrag: str) -> None:
        self.local = new_credentials()
        self.generation = 0
        self.remote_ufrag = remote_ufrag
        self.selected: Path | None = None
        self._previous: LocalIce | None = None
        self._seen_s: dict[Path, float] = {}

    @property
    def paths(self) -> tuple[Path, ...]:
        return tuple(self._seen_s)

    @property
    def ufrags(self) -> tuple[str, ...]:
        """Local fragments by which checks of this call may come."""
        if self._previous is None:
            return (self.local.ufrag,)
        return (self.local.ufrag, self._previous.ufrag)

    def password(self, ufrag: str) -> bytes | None:
        for known in (self.local, self._previous):
            if known is not None and known.ufrag == ufrag:
                return known.password.encode()
        return None

    def restart(self, remote_ufrag: str) -> LocalIce:
        """New credentials; the proven ones hold until the first check with the new ones.

        An answer may be lost, and the one to the next attempt as well: what a client holds then is
        what it last used, never what no check has come with.
        """
        if self._previous is None:
            self._previous = self.local
        self.local = new_credentials()
        self.remote_ufrag = remote_ufrag
        self.generation += 1
        return self.local

    def on_check(self, path: Path, ufrag: str, *, use_candidate: bool, now_s: float) -> None:
        """An authenticated check. The latest nomination wins: that is how a client moves.

        Also with the credentials before a restart, while it is pending: a client that gave the
        restart up goes on with them. The first check with the new ones ends them.
        """
        if ufrag == self.local.ufrag:
            self._previous = None
        self._seen_s[path] = now_s
        if use_candidate or self.selected is None:
            self.selected = path

    def surplus(self) -> Path | None:
        """The path to forget when there are more than allowed: the one silent for longest."""
        if len(self._seen_s) <= MAX_PATHS:
            return None
        others = [path for path in self._seen_s if path != self.selected]
        oldest = min(others, key=self._seen_s.__getitem__)
        del self._seen_s[oldest]
        return oldest

    def last_check_s(self, path: Path) -> float:
        return self._seen_s.get(path, float("-inf"))

    def release(self, path: Path) -> None:
        """Another call has shown that this address is now its own."""
        self._seen_s.pop(path, None)
        if self.selected == path:
            self.selected = next(iter(self._seen_s), None)
