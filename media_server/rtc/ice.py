"""Who may speak for a call, and where its media goes: credentials, paths, proofs. No I/O.

Media goes to one proven path. A check that nominates another, or authentic media from an address
that was unknown, makes that one wanted: it is asked for proof and gets its few packets beside the
proven one; with the answer it takes over. A path that is silent for `silent_s` is left.
"""

from __future__ import annotations

import secrets

from media_server.rtc.answer import LocalIce
from media_server.rtc.paths import FIRST_BYTES, Path, PathLife

MAX_PATHS = 8
"""Addresses of one client: a browser checks from a few, one for each network and family."""
SILENT_S = 6.0
"""The default of the setting `suspect_s`, which the network passes on."""
_GONE_BACK_S = 1.0
"""Media comes 50 times a second: a path without any for so long, while another one has it, is
left."""
QUESTION_BYTES = 120
"""Of a STUN request with a username of usual length; counted before it is written."""


def new_credentials() -> LocalIce:
    """48 bits of ufrag, to find the call; 144 bits of password, to prove it (RFC 8445 §5.3)."""
    return LocalIce(ufrag=secrets.token_hex(6), password=secrets.token_hex(18))


class IceSession:
    """ICE-lite state of one call. Always controlled; consent is what the client sends."""

    def __init__(
        self, remote_ufrag: str, remote_password: str = "", *, silent_s: float = SILENT_S
    ) -> None:
        self.local = new_credentials()
        self.remote_ufrag = remote_ufrag
        self._silent_s = silent_s
        self._previous: LocalIce | None = None
        self._remotes = {self.local.ufrag: LocalIce(remote_ufrag, remote_password)}
        """The client's credentials, by those of ours that they were exchanged for."""
        self._lives: dict[Path, PathLife] = {}
        self.wanted: PathLife | None = None
        """The path that the client last asked for, proven or not."""
        self.in_use: PathLife | None = None
        """The proven path that media goes to. Both are to be read only."""
        self._ever_proven = False
        self._sent_to: set[Path] = set()
        """Until something is proven."""

    # --- credentials --------------------------------------------------------------------------

    @property
    def ufrags(self) -> tuple[str, ...]:
        """Local fragments by which checks of this call may come."""
        if self._previous is None:
            return (self.local.ufrag,)
        return (self.local.ufrag, self._previous.ufrag)

    def password(self, ufrag: str) -> bytes | None:
        """Of ours, to check a request's MESSAGE-INTEGRITY with; None: no fragment that is valid
        now."""
        for known in (self.local, self._previous):
            if known is not None and known.ufrag == ufrag:
                return known.password.encode()
        return None

    def remote(self, life: PathLife) -> LocalIce:
        """The client's credentials for questions on this path."""
        return self._remotes.get(life.local_ufrag) or self._remotes[self.local.ufrag]

    def restart(self, remote_ufrag: str, remote_password: str = "") -> LocalIce:
        """New credentials; the proven ones hold until the first check with the new ones.

        An answer may be lost, and the one to the next attempt as well: what a client holds then is
        what it last used, never what no check has come with.
        """
        if self._previous is None:
            self._previous = self.local
        self.local = new_credentials()
        self.remote_ufrag = remote_ufrag
        kept = self._remotes[self._previous.ufrag]
        self._remotes = {
            self._previous.ufrag: kept,
            self.local.ufrag: LocalIce(remote_ufrag, remote_password),
        }
        return self.local

    # --- paths --------------------------------------------------------------------------------

    @property
    def selected(self) -> Path | None:
        """Where media goes: the proven path, or before any is proven the one that is wanted."""
        life = self.in_use or self.wanted
        return life.path if life is not None else None

    @property
    def paths(self) -> tuple[Path, ...]:
        """Every address known, proven or not; at most `MAX_PATHS`."""
        return tuple(self._lives)

    def on_check(
        self, path: Path, ufrag: str, *, use_candidate: bool, now_s: float, size_bytes: int = 100
    ) -> PathLife:
        """An authenticated check. The latest nomination wins: that is how a client moves.

        Also with the credentials before a restart, while it is pending: a client that gave the
        restart up goes on with them. The first check with the new ones ends them. `size_bytes`: of
        the check, which allows three times as much to be sent there until the path is proven.
        """
        if ufrag == self.local.ufrag:
            self._previous = None
        life = self._life(path, ufrag)
        life.local_ufrag = ufrag
        life.checked(size_bytes, now_s)
        if use_candidate or self.wanted is None:
            self._want(life)
        return life

    def on_heard(self, life: PathLife, size_bytes: int, now_s: float) -> None:
        """Authentic media or data from a path that is known."""
        life.heard(size_bytes, now_s)
        used = self.in_use
        if used is not None and life is not used and now_s - used.heard_s >= _GONE_BACK_S:
            self._want(life)  # back on an earlier network, before the next check says so

    def on_stray(self, path: Path, *, now_s: float, size_bytes: int) -> PathLife:
        """Authentic media from an address that no check has come from yet: the client has moved
        and does not know it (NAT rebinding)."""
        life = self._life(
            path, self.local.ufrag if self._previous is None else self._previous.ufrag
        )
        life.heard(size_bytes, now_s)
        self._want(life)
        return life

    def _life(self, path: Path, ufrag: str) -> PathLife:
        life = self._lives.get(path)
        if life is None:
            life = self._lives[path] = PathLife(path, ufrag)
        return life

    def _want(self, life: PathLife) -> None:
        self.wanted = life
        if life.proven:
            self.in_use = life

    def prove(self, life: PathLife) -> None:
        """What was sent there has come back."""
        if self._lives.get(life.path) is not life:
            return
        life.proven = self._ever_proven = True
        self._sent_to.clear()
        if self.in_use is None or life is self.wanted:
            self.in_use = life

    def prove_by_handshake(self, life: PathLife) -> None:
        """DTLS has ended with a message from there. That proves the path if its part of the
        handshake went nowhere else: for clients that answer no questions."""
        if self._sent_to == {life.path}:
            self.prove(life)

    def targets(self, size_bytes: int, now_s: float) -> tuple[Path, ...]:
        """Where a datagram of this size goes now: to none, one, or, while a client moves, two.

        Counted as sent where a path is not proven. Called for each packet: it also leaves a silent
        path.
        """
        used, wanted = self.in_use, self.wanted
        if used is not None and now_s - used.heard_s >= self._silent_s:
            used = self._leave(used, now_s)
            wanted = self.wanted
        if used is wanted:
            return used.alone if used is not None else ()
        found = [used.path] if used is not None else []
        if wanted is not None and now_s - wanted.heard_s < self._silent_s:
            free_bytes = 0 if self._ever_proven else FIRST_BYTES
            # not before a check has come from it: media alone earns it questions, and no voice
            if wanted.was_checked and wanted.may_send(size_bytes, free_bytes):
                wanted.sent_bytes += size_bytes
                found.append(wanted.path)
                if not self._ever_proven:
                    self._sent_to.add(wanted.path)
        elif used is not None:
            self.wanted = used  # it has not said another word
        return tuple(found)

    def _leave(self, silent: PathLife, now_s: float) -> PathLife | None:
        """Back to the proven path that was heard last, if any was heard lately."""
        silent.doubt()
        others = [
            life
            for life in self._lives.values()
            if life.proven and now_s - life.heard_s < self._silent_s
        ]
        self.in_use = max(others, key=lambda life: life.heard_s, default=None)
        if self.wanted is silent and self.in_use is not None:
            self.wanted = self.in_use
        return self.in_use

    def surplus(self) -> Path | None:
        """Forget the path that was silent for longest, when there are more than allowed, and say
        which; the caller drops its route. None: there is room. Never the one in use or wanted."""
        if len(self._lives) <= MAX_PATHS:
            return None
        kept = (self.in_use, self.wanted)
        others = [life for life in self._lives.values() if life not in kept]
        oldest = min(others, key=lambda life: life.heard_s)
        del self._lives[oldest.path]
        return oldest.path

    def last_check_s(self, path: Path) -> float:
        """When the client last checked from there; -inf: never, or the path is not known."""
        life = self._lives.get(path)
        return life.checked_s if life is not None else float("-inf")

    def release(self, path: Path) -> None:
        """Another call has shown that this address is now its own."""
        life = self._lives.pop(path, None)
        if life is None:
            return
        if self.in_use is life:
            self.in_use = None
        if self.wanted is life:
            self.wanted = self.in_use or next(iter(self._lives.values()), None)
