"""A call without sound, for a network that lets no UDP through: the interview's messages alone.

To the interview it is a call like any other: what the bot says is "played" for as long as its sound
would last, so that captions keep their times and nothing is asked before there was time to read.
What carries the texts is somebody else's affair (`ports.TextLine`). The bounds are those of the
data channel.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter, deque

from media_server.audio.types import SpeechClip
from media_server.ports import CallSink, CallStats, Clock, CloseReason
from media_server.rtc.guarded_sink import GuardedSink

logger = logging.getLogger(__name__)

PROTOCOL = "interview.v1"
MAX_BUFFERED_BYTES = 65_536
"""Outgoing, before `send_text` says that the reader is too slow."""
MESSAGES_PER_S = 20
MESSAGES_BURST = 40
"""Of the client's, saved up while it is quiet; one more ends the call."""
SUSPECT_S = 6.0
GONE_S = 15.0
"""Without anything from the client: doubtful, and over."""
LOOK_S = 1.0
FROZEN_S = 5.0
"""So late a look says that this process stood still: then the client was not silent."""
LAST_WORDS_S = 0.1
"""Between the text that says why a call ends and its end."""


class TextCall:
    """Implements `ports.Call` for the interview and `ports.TextLine` for the socket."""

    def __init__(self, call_id: str, sink: CallSink, clock: Clock) -> None:
        self.call_id = call_id
        self.close_reason: CloseReason | None = None
        self._clock = clock
        self._dropped: Counter[str] = Counter()
        self._sink = GuardedSink(sink, self._dropped)
        self._texts: deque[str] = deque()
        self._buffered_bytes = 0
        self._bytes_sent = 0
        self._ready = asyncio.Event()
        self._limited = False
        self._allowance = float(MESSAGES_BURST)
        self._heard_s = self._charged_s = self._looked_s = clock.now_s()
        self._suspect = False
        self._clip: SpeechClip | None = None
        self._utterance_id = ""
        self._began_s = 0.0
        self._played: asyncio.TimerHandle | None = None
        self._look_timer: asyncio.TimerHandle | None = None

    def begin(self) -> None:
        """The client is there, and its interview knows this call."""
        if self.close_reason is not None:
            return
        self._look_timer = asyncio.get_running_loop().call_later(LOOK_S, self._look)
        self._sink.tell("on_connected")
        self._sink.tell("on_channel_open", PROTOCOL, PROTOCOL)

    # --- ports.Call ---

    @property
    def position_s(self) -> float | None:
        """Seconds of the clip that there was time to read; None when nothing plays."""
        clip = self._clip
        if clip is None:
            return None
        return min(clip.duration_s, self._clock.now_s() - self._began_s)

    def play(self, clip: SpeechClip, utterance_id: str, *, from_s: float = 0.0) -> None:
        self.stop_playing()
        if self.close_reason is not None:
            return
        from_s = max(0.0, min(clip.duration_s, from_s))
        self._clip, self._utterance_id = clip, utterance_id
        self._began_s = self._clock.now_s() - from_s
        left_s = clip.duration_s - from_s
        self._played = asyncio.get_running_loop().call_later(left_s, self._finished)
        self._sink.tell("on_playout", utterance_id, "started", from_s)

    def stop_playing(self) -> None:
        position_s = self.position_s
        if position_s is None:
            return
        utterance_id = self._end_clip()
        self._sink.tell("on_playout", utterance_id, "stopped", position_s)

    def _finished(self) -> None:
        clip = self._clip
        if clip is not None:
            utterance_id = self._end_clip()
            self._sink.tell("on_playout", utterance_id, "finished", clip.duration_s)

    def _end_clip(self) -> str:
        if self._played is not None:
            self._played.cancel()
            self._played = None
        self._clip = None
        return self._utterance_id

    def send_text(self, text: str) -> bool:
        if self.close_reason is not None or self._limited:
            return False
        size = len(text.encode())
        if self._buffered_bytes + size > MAX_BUFFERED_BYTES:
            return False
        self._buffered_bytes += size
        self._texts.append(text)
        self._ready.set()
        return True

    @property
    def delivered(self) -> bool:
        """As far as this side can know: nothing waits here any more."""
        return self._buffered_bytes == 0

    def stats(self) -> CallStats:
        return CallStats(bytes_sent=self._bytes_sent, dropped=dict(self._dropped))

    def close(self, reason: CloseReason) -> None:
        if self.close_reason is not None:
            return
        self.stop_playing()
        self.close_reason = reason
        self._texts.clear()
        self._buffered_bytes = 0
        if self._look_timer is not None:
            self._look_timer.cancel()
        self._ready.set()
        self._sink.closed = True
        self._sink.tell("on_closed", reason)

    # --- ports.TextLine ---

    def received(self, data: str | bytes) -> None:
        if self._admits():
            self._sink.tell("on_text", data)

    def heard(self) -> None:
        self._admits()

    async def next(self) -> str | None:
        """See `ports.TextLine`; the caller sets the deadline."""
        while not self._texts and self.close_reason is None:
            self._ready.clear()
            await self._ready.wait()
        return self._texts.popleft() if self.close_reason is None else None

    def sent(self, text: str) -> None:
        size = len(text.encode())
        self._bytes_sent += size
        self._buffered_bytes = max(0, self._buffered_bytes - size)

    def hang_up(self, reason: CloseReason) -> None:
        self.close(reason)

    # --- supervision ---

    def _admits(self) -> bool:
        """Something came: whether it is within what one client may send."""
        if self.close_reason is not None or self._limited:
            return False
        now_s = self._clock.now_s()
        refill = (now_s - self._charged_s) * MESSAGES_PER_S
        self._allowance = min(MESSAGES_BURST, self._allowance + refill)
        self._charged_s = self._heard_s = now_s
        if self._suspect:
            self._suspect = False
            self._sink.tell("on_quality", "recovered")
        if self._allowance < 1:
            self._over_limit(f"more than {MESSAGES_PER_S} messages a second")
            return False
        self._allowance -= 1
        return True

    def _over_limit(self, what: str) -> None:
        self._sink.tell("on_limit", what)
        self._limited = True
        logger.warning("call %s closed: too many messages", self.call_id)
        asyncio.get_running_loop().call_later(LAST_WORDS_S, self.close, "limit")

    def _look(self) -> None:
        now_s = self._clock.now_s()
        if now_s - self._looked_s > FROZEN_S:
            self._heard_s = now_s
        self._looked_s = now_s
        silent_s = now_s - self._heard_s
        if silent_s >= GONE_S:
            self.close("gone")
            return
        if silent_s >= SUSPECT_S and not self._suspect:
            self._suspect = True
            self._sink.tell("on_quality", "suspect")
        self._look_timer = asyncio.get_running_loop().call_later(LOOK_S, self._look)
