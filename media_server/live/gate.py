"""The one gate out of a connection: what may leave, and since when nothing may. Pure."""

from __future__ import annotations

from typing import Protocol

from media_server.ports import CloseReason


class Owner(Protocol):
    @property
    def certain(self) -> bool:
        """This process owns the interview beyond doubt: it may speak."""


class Gate:
    """Bound to one `connection_epoch`; closed before the interview has taken the connection in.

    It closes at once and for good with `shut`, and while the lease is in doubt with `suspend`.
    """

    def __init__(self, owner: Owner) -> None:
        self.epoch = 0
        """0: not taken in yet."""
        self.close_reason: CloseReason | None = None
        """Set by `shut`, once: the first reason stands."""
        self.refusals = 0
        """What was held back."""
        self._owner = owner
        self._open = False

    def open(self, epoch: int) -> None:
        """The interview has taken the connection in. One that is over stays shut."""
        self.epoch = epoch
        self._open = self.close_reason is None

    @property
    def is_open(self) -> bool:
        """Neither shut nor suspended; says nothing of the lease."""
        return self._open

    @property
    def certain(self) -> bool:
        return self._owner.certain

    def passes(self) -> bool:
        """Whether something may leave now. Ask before each thing that does: a no is counted."""
        if self._open and self._owner.certain:
            return True
        self.refusals += 1
        return False

    def suspend(self, suspended: bool) -> bool:
        """The lease is in doubt, or certain again. False: shut or never opened, nothing changes."""
        if self.close_reason is not None or not self.epoch:
            return False
        self._open = not suspended
        return True

    def shut(self, reason: CloseReason) -> None:
        self._open = False
        self.close_reason = self.close_reason or reason
