"""Keeps one interview's lease: renewed every 3 s, in doubt after 7 s, lost when told so."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Literal

from media_server.endings import end
from media_server.live.settings import LiveSettings
from media_server.ports import EventLog, Lease, Public, StoreUnavailable

logger = logging.getLogger(__name__)

Change = Literal["doubt", "sure", "lost", "log_lost", "wanted"]


def now_s() -> float:
    """The loop's own time is monotonic: a wall clock that jumps neither fences nor prolongs."""
    return asyncio.get_running_loop().time()


class LeaseKeeper:
    """`asked_s`: `now_s()` from before the lease was asked for. Its life may count from then."""

    def __init__(
        self, log: EventLog, lease: Lease, settings: LiveSettings, *, asked_s: float
    ) -> None:
        self._log = log
        self._lease = lease
        self._settings = settings
        self._renewed_s = asked_s
        self._doubt = False
        self._on_change: Callable[[Change], None] = lambda _change: None
        self._task: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None

    @property
    def lease_epoch(self) -> int:
        return self._lease.lease_epoch

    @property
    def certain(self) -> bool:
        """Asked before anything is sent: a process that was frozen finds out by this alone."""
        return now_s() < self._doubt_at_s

    @property
    def _doubt_at_s(self) -> float:
        return self._renewed_s + self._settings.lease_doubt_s

    def start(self, on_change: Callable[[Change], None], version: Callable[[], int]) -> None:
        """`version`: how much of the log the owner knows to be written."""
        self._on_change = on_change
        self._task = asyncio.get_running_loop().create_task(
            self._keep(version), name=f"lease {self._lease.interview_id}"
        )
        self._check_doubt()

    async def _keep(self, version: Callable[[], int]) -> None:
        while True:
            await asyncio.sleep(0.5 if self._doubt else self._settings.lease_renew_s)
            try:
                asked_s, written = now_s(), version()
                lease = await self._log.renew(self._lease, ttl_s=self._settings.lease_ttl_s)
            except StoreUnavailable as error:
                if getattr(error, "nobody_can_write", False):
                    # A full disk: nobody else can take the lease either, so it stays ours.
                    self._renewed_s = asked_s
                lease = self._lease
            else:
                if lease is None:
                    logger.error("lease of interview %s is lost", self._lease.interview_id)
                    self._stop_timer()
                    self._on_change("lost")
                    return
                self._lease, self._renewed_s = lease, asked_s
                if lease.log_version is not None and lease.log_version < written:
                    self._on_change("log_lost")
                if lease.wanted:
                    self._on_change("wanted")
            self._check_doubt()

    def _check_doubt(self) -> None:
        """After every answer of the log, and by a timer when none comes: not a moment later."""
        self._stop_timer()
        doubt = not self.certain
        if not doubt:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_at(self._doubt_at_s, self._check_doubt)
        if doubt != self._doubt:
            self._doubt = doubt
            logger.warning(
                "lease of interview %s is %s", self._lease.interview_id,
                Public("in doubt, the gate is closed" if doubt else "certain again"),
            )  # fmt: skip
            self._on_change("doubt" if doubt else "sure")

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    async def close(self) -> None:
        self._stop_timer()
        if self._task is not None:
            await end([self._task])
        try:
            await self._log.release(self._lease)
        except StoreUnavailable as error:
            logger.warning("lease was not given back, it runs out by itself: %s", error)
