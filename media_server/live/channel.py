"""What is said to a candidate and by them: the dialect, what a slow reader is owed, bad messages.

The dialect is known when the data channel opens, by its label; what is said before waits.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol

from media_server.audio import events as heard
from media_server.dialects.registry import find
from media_server.live import backlog
from media_server.live.backlog import Backlog
from media_server.live.gate import Gate
from media_server.ports import Clock, CloseReason
from media_server.ports.dialect import (
    BadMessage,
    Dialect,
    Durable,
    ErrorNotice,
    FromCandidate,
    Level,
    Ping,
    Pong,
    ToCandidate,
    Welcome,
)

logger = logging.getLogger(__name__)

LEVEL_STEP_DB = 3.0
LEVEL_EVERY_S = 1.0
LEVEL_AGAIN_S = 2.0
"""One that stays the same is sent again after so long: as long as levels come, sound arrives."""
"""A level is sent once a second at most, when speech began or ended or it changed by the step:
with five a second the data channel took a tenth of the loop's time."""
CHANNEL_S = 1.0
"""A channel opens a moment after the media flows: for so long a last word waits for it."""
EARLY_MESSAGES = 256
"""What is said before the channel is open, and is not to be lost: the newest of it. Some of it has
no words in the dialect that the client will choose."""
MAX_BAD_MESSAGES = 10


class ChannelOwner(Protocol):
    """What the channel asks of its connection."""

    call_id: str

    def send_text(self, text: str) -> bool:
        """As `ports.Call.send_text`."""

    def replay(self, after_seq: int) -> None:
        """Tell the durable events after this one, between `replaying`."""

    def farewell(self, notice: ErrorNotice, reason: CloseReason) -> None: ...
    def shut(self, reason: CloseReason) -> None: ...


class CandidateChannel:
    """One per connection. `stop` when the call is over."""

    def __init__(
        self,
        owner: ChannelOwner,
        gate: Gate,
        *,
        negotiated: bool,
        dialects: Sequence[Dialect],
        clock: Clock,
    ) -> None:
        self.call_id = owner.call_id
        self.negotiated = negotiated
        """The offer has a data channel; without one nothing is ever said."""
        self.blocked_sends = 0
        """The channel was not open, or its reader too slow."""
        self.unknown_messages = 0
        """Of a kind that the dialect does not know, or in no dialect."""
        self.greeted = False
        """`welcome` has left, so whoever acknowledges an event has received it."""
        self._bad_messages = 0
        self._owner = owner
        self._gate = gate
        self._dialects = dialects
        self._clock = clock
        self._dialect: Dialect | None = None
        self._welcome: Welcome | None = None
        self._unsent: deque[ToCandidate] = deque(maxlen=EARLY_MESSAGES)
        self._last_word: ErrorNotice | None = None
        self._backlog = Backlog()
        self._retry: asyncio.TimerHandle | None = None
        self._told_level = heard.Level(-200.0, False)
        self._next_level_s = 0.0

    @property
    def bad_messages(self) -> int:
        return self._bad_messages

    # --- to the candidate ---

    def begin(self, welcome: Welcome) -> None:
        """The gate is open: `welcome` is the first thing to be said."""
        self._welcome = welcome
        self._backlog.told_seq = welcome.last_seq
        self.greet()

    def greet(self) -> None:
        """`welcome`, and what waited for it. Called again where this server had to be silent."""
        if self._welcome is None or self._dialect is None or self.greeted:
            return
        self.greeted = self.send(self._welcome)
        while self.greeted and self._unsent:
            self.send(self._unsent.popleft())

    def opened(self, label: str, protocol: str) -> None:
        """The client has opened its channel. One in a dialect that nobody speaks is ignored."""
        dialect = find(self._dialects, label, protocol)
        if dialect is None:
            logger.info("data channel with an unknown label was ignored")
            return
        self._dialect = dialect
        last_word, self._last_word = self._last_word, None
        if last_word is not None:
            self.say_at_the_end(last_word)
        elif self._gate.is_open:
            self.greet()

    def send(self, said: ToCandidate) -> bool:
        """Through the gate, or not at all; before the channel is open, as soon as it is.

        False: it did not leave (yet).
        """
        if not self.negotiated:
            return False
        texts = self._dialect.encode(said) if self._dialect is not None else None
        if texts is not None and not texts:
            return False  # this dialect has no word for it
        if not self._gate.passes():
            if isinstance(said, Durable) and self._gate.is_open:
                # The lease is in doubt, and whoever closes the gate for it has not been there yet.
                self._backlog.held_back()
                self._try_again_later()
            return False
        if texts is None:
            self.blocked_sends += len(self._unsent) == EARLY_MESSAGES
            self._unsent.append(said)
            return False
        if not self._backlog.admits(said):
            return False
        for text in texts:
            if not self._owner.send_text(text):
                self.blocked_sends += 1
                self._backlog.refused(said, self._clock.now_s())
                self._try_again_later()
                return False
        self._backlog.took(said)
        return True

    def send_level(self, level: heard.Level) -> None:
        """Where it says something new, or nothing was said for a while; cheap otherwise."""
        told, now_s = self._told_level, self._clock.now_s()
        if now_s < self._next_level_s or not self._gate.is_open:
            return
        same = level.speech == told.speech and abs(level.dbfs - told.dbfs) < LEVEL_STEP_DB
        if same and now_s < self._next_level_s - LEVEL_EVERY_S + LEVEL_AGAIN_S:
            return
        self._told_level = level
        self._next_level_s = now_s + LEVEL_EVERY_S
        self.send(Level(level.dbfs, level.speech))

    def send_last(self, notice: ErrorNotice) -> float:
        """Before the gate is shut. For how many seconds a channel is waited for that is not open
        yet; nothing else that waited for it is said."""
        self._unsent.clear()
        if self.negotiated and self._dialect is None and self._gate.is_open:
            self._last_word = notice
            return CHANNEL_S
        self.send(notice)
        return 0.0

    def say_at_the_end(self, notice: ErrorNotice) -> None:
        """Why the call ends, whether the gate is open or not, if this server may speak at all."""
        if self._dialect is not None and self._gate.certain:
            for text in self._dialect.encode(notice):
                self._owner.send_text(text)

    # --- a slow reader ---

    @property
    def behind(self) -> bool:
        """Something was refused: what follows waits until a replay gets through."""
        return self._backlog.behind

    def replaying(self, last_seq: int) -> AbstractContextManager[int]:
        """Around a replay: gives the durable event after which to begin."""
        return self._backlog.replaying(last_seq) if self._gate.is_open else nullcontext(last_seq)

    def _try_again_later(self) -> None:
        if self._retry is None and self._backlog.behind:
            loop = asyncio.get_running_loop()
            self._retry = loop.call_later(backlog.RETRY_S, self._try_again)

    def _try_again(self) -> None:
        """By a replay of the log: it stops where the channel is full once more."""
        self._retry = None
        if self._gate.close_reason is not None or not self._backlog.behind:
            return
        if not self._gate.is_open:
            self._backlog.excuse()
        elif self._backlog.stuck(self._clock.now_s()):
            logger.info("call %s: nothing was read for too long, closed", self.call_id)
            self._owner.shut("limit")
            return
        else:
            self._owner.replay(self._backlog.told_seq)
        self._try_again_later()

    def stop(self) -> None:
        if self._retry is not None:
            self._retry.cancel()
            self._retry = None

    # --- from the candidate ---

    def received(self, data: str | bytes) -> FromCandidate | None:
        """What was said; None: nothing that concerns anybody but this channel."""
        if self._dialect is None:
            self.unknown_messages += 1
            return None
        try:
            said = self._dialect.decode(data)
        except BadMessage as error:
            self._bad_message(str(error))
            return None
        if said is None:
            self.unknown_messages += 1
        elif isinstance(said, Ping):
            self.send(Pong(said.t_ms))
            return None
        return said

    def _bad_message(self, what: str) -> None:
        self._bad_messages += 1
        last = self._bad_messages >= MAX_BAD_MESSAGES
        notice = ErrorNotice("bad_message", what[:300], recoverable=not last)
        if last:
            logger.info("call %s: %d bad messages, closed", self.call_id, self._bad_messages)
            self._owner.farewell(notice, "limit")
        else:
            self.send(notice)
