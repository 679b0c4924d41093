"""Speech out: pre-encoded packets of every call, paced off one shared 20 ms tick.

The tick exists only while somebody speaks. It is drift-free: each clip counts its packets against
the loop's clock, so a late tick sends what is due and the next one is on time again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Literal

from media_server.audio.types import PACKET_MS, SpeechClip
from media_server.rtc.guard import FaultLog

PACKET_S = PACKET_MS / 1000
"""Length of a packet of speech, and so of a tick: what `SpeechClip` holds."""
_MAX_CATCH_UP = 5
"""Packets sent at once after a late tick; beyond that the clip is moved, not rushed."""
_LONGEST_WAIT_S = 2.8
"""In all, for packets that are still being encoded. Then the clip is over as far as it was heard:
soon after, an interview takes it for over by itself, and nothing may be said into what follows."""

What = Literal["started", "moved", "finished", "stopped"]


class Utterance:
    """One clip on its way. `send(opus, first)` writes a packet; `report(what, position_s)`."""

    def __init__(
        self,
        clip: SpeechClip,
        from_s: float,
        send: Callable[[bytes, bool], None],
        report: Callable[[What, float], None],
    ) -> None:
        self._packets = clip.packets
        self._next = max(0, min(len(clip.packets), round(from_s / PACKET_S)))
        self._send = send
        self._report = report
        self._begin_s = 0.0
        self._first = True
        self._waits = False
        """For a packet that is still being encoded."""
        self._waited_s = 0.0
        self.ended = False
        """Sent to its end, or stopped. From then on nothing is sent or reported."""

    @property
    def position_s(self) -> float:
        """Seconds of the clip that have been handed to `send`, from the clip's beginning."""
        return self._next * PACKET_S

    def begin(self, now_s: float) -> None:
        """Report the start and send the first packet. Once. `now_s`: of the loop's clock."""
        self._begin_s = now_s - self._next * PACKET_S
        self._report("started", self.position_s)
        self.advance(now_s)

    def advance(self, now_s: float) -> None:
        """Send what is due; report the end one packet time after the last one. A packet that is not
        encoded yet (`GrowingPackets`) is waited for, `_LONGEST_WAIT_S` in all, and what follows is
        heard later by that."""
        if self.ended:
            return
        due = int((now_s - self._begin_s) / PACKET_S + 1e-6) + 1 - self._next
        if due > _MAX_CATCH_UP:
            self._begin_s += (due - _MAX_CATCH_UP) * PACKET_S
            due = _MAX_CATCH_UP
            self._report("moved", self.position_s)
        for _ in range(due):
            if self._next >= len(self._packets):
                self._finish()
                return
            packet = self._packets[self._next]
            if not packet:
                self._wait(now_s)
                return
            if self._waits:
                self._waits, self._first = False, True
                self._report("moved", self.position_s)
            first = self._first
            self._next += 1
            self._first = False
            self._send(packet, first)

    def _wait(self, now_s: float) -> None:
        """The packet that was due is due with the next tick."""
        self._waits = True
        begin_s = now_s - (self._next - 1) * PACKET_S
        self._waited_s += begin_s - self._begin_s
        self._begin_s = begin_s
        if self._waited_s > _LONGEST_WAIT_S:
            self._finish()

    def _finish(self) -> None:
        self.ended = True
        self._report("finished", self.position_s)

    def stop(self) -> None:
        """Nothing more is sent, and "stopped" is reported. Silent when it had ended already."""
        if not self.ended:
            self.ended = True
            self._report("stopped", self.position_s)


FROZEN_S = 5.0
"""Later than this by the clock, a tick says that the process stood still."""
LOOK_AROUND_S = 0.5
"""A process that stood still for long may speak for a call that is another's by now: nothing is
sent until those who know have had time to say so."""


class Pacer:
    """The shared tick."""

    def __init__(self, faults: FaultLog | None = None) -> None:
        self._faults = faults or FaultLog()
        self._speaking: set[Utterance] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._due_s = 0.0

    def start(self, utterance: Utterance) -> None:
        """Send its first packet now and one more with each tick. The loop's clock."""
        loop = asyncio.get_running_loop()
        if self._timer is None:
            self._due_s = loop.time() + PACKET_S
            self._timer = loop.call_at(self._due_s, self._tick)
        self._speaking.add(utterance)
        # as if at the last tick, so that the next one brings the second packet
        utterance.begin(self._due_s - PACKET_S)

    def remove(self, utterance: Utterance) -> None:
        """No more ticks for it; it is not reported as stopped. Harmless when it is not there."""
        self._speaking.discard(utterance)

    def close(self) -> None:
        """No more ticks for anybody. Clips that play are not reported: their calls are closed."""
        self._speaking.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    @property
    def idle(self) -> bool:
        """No tick is due, as nobody speaks."""
        return self._timer is None

    def _tick(self) -> None:
        loop = asyncio.get_running_loop()
        now_s = loop.time()
        self._timer = None
        if now_s - self._due_s > FROZEN_S:
            self._due_s = now_s + LOOK_AROUND_S
            self._timer = loop.call_at(self._due_s, self._tick)
            return
        try:
            self._advance(now_s)
        finally:  # without the next tick everybody's speech would stop
            if self._speaking:
                self._due_s += PACKET_S
                if self._due_s <= now_s:  # ticks that were missed are not made up for one by one
                    missed = int((now_s - self._due_s) / PACKET_S) + 1
                    self._due_s += missed * PACKET_S
                self._timer = loop.call_at(self._due_s, self._tick)

    def _advance(self, now_s: float) -> None:
        for utterance in tuple(self._speaking):
            try:
                utterance.advance(now_s)
            except Exception as error:  # costs this packet; the clip goes on to its end
                self._faults.note("error_playout", error)
            if utterance.ended:
                self._speaking.discard(utterance)
