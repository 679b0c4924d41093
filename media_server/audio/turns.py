"""When does an answer end? On media time, and only silence that was received counts.

End of turn = max(last speech + silence, first speech + minimum). The silence is that of the
chosen pace, or what the running pause was given (`set_wait_ms`), times the accommodation. A long
answer lands softly: a notice at 80 %, the first pause of a second from the limit on, the end 30 s
later. Lost audio is no silence; an outage of over a second begins the pause again.
"""

from __future__ import annotations

from collections.abc import Sequence

from media_server.audio.events import (
    AudioLost,
    ReceiverEvent,
    ReceiverSettings,
    SpeechPaused,
    SpeechResumed,
    SpeechStarted,
    TurnEnded,
    TurnEndReason,
    TurnNotice,
)
from media_server.audio.ring import FRAME_MS

_HOLD_RELEASE_MS = 300
OUTAGE_MS = 1000
"""Lost in one piece. Shorter losses only stop the count of the silence."""


class TurnDetector:
    """One turn at a time: `start`, then `frame` for every 20 ms, until TurnEnded or `stop`."""

    def __init__(self, settings: ReceiverSettings) -> None:
        self._settings = settings
        self._silence_setting_ms = settings.silence_ms
        self._max_turn_ms = 0.0
        self.turn_epoch: int | None = None
        self._first_ms: int | None = None
        self._last_ms = 0
        self._silence_ms = 0
        self._paused = False
        self._told_paused = False
        self._noticed = False
        self._wait_ms: int | None = None
        self._at_ms = 0
        self._hold_until_ms = 0
        self._hold_speech_ms = 0
        self._goes_on = False
        """Speech goes on: of another frame of it nothing follows before `_limit_from_ms`."""
        self._limit_from_ms = 0
        """Media time before which no limit of the turn is reached."""
        self._quiet_until_ms = 0.0
        """Of a frame without speech nothing follows while the silence is shorter."""

    @property
    def silence_ms(self) -> float:
        """Received silence that ends the turn now: pace or wait, then the accommodation."""
        wait_ms = self._silence_setting_ms if self._wait_ms is None else self._wait_ms
        return wait_ms * self._settings.time_multiplier

    def start(self, turn_epoch: int, at_ms: int, max_turn_ms: int | None = None) -> None:
        """Begin turn `turn_epoch` at `at_ms` of media time.

        `max_turn_ms`: its longest, before the accommodation; None: that of the settings.
        """
        self.turn_epoch = turn_epoch
        limit = self._settings.max_turn_ms if max_turn_ms is None else max_turn_ms
        self._max_turn_ms = limit * self._settings.time_multiplier
        self._first_ms = None
        self._at_ms = self._last_ms = at_ms
        self._silence_ms = 0
        self._paused = self._told_paused = self._noticed = False
        self._wait_ms = None
        self._hold_until_ms = 0
        self._look_ahead()

    @property
    def awaits_silence(self) -> bool:
        """Somebody has spoken in the open turn, so silence is what ends it."""
        return self.turn_epoch is not None and self._first_ms is not None

    def stop(self) -> None:
        """End the turn without an event: somebody else has decided that it is over."""
        self.turn_epoch = None

    def set_silence_ms(self, silence_ms: int) -> None:
        """The candidate's pace; valid at once, also for the pause that is running."""
        if silence_ms <= 0:
            raise ValueError(f"silence_ms must be above 0, not {silence_ms}")
        self._silence_setting_ms = silence_ms
        self._look_ahead()

    def set_wait_ms(self, wait_ms: int) -> None:
        """How long the pause that runs may be, before the accommodation: until speech resumes.

        While no pause runs it is ignored. What was given last counts.
        """
        if wait_ms <= 0:
            raise ValueError(f"wait_ms must be above 0, not {wait_ms}")
        if self._silence_ms and self._first_ms is not None:
            self._wait_ms = wait_ms
            self._look_ahead()

    def hold(self, hold_s: float) -> None:
        """ "Let me think": no end for so long, unless the candidate goes on speaking before."""
        self._hold_until_ms = self._at_ms + round(hold_s * 1000)
        self._hold_speech_ms = 0
        self._look_ahead()

    def lost(self, lost_ms: int) -> Sequence[ReceiverEvent]:
        """So much in one piece never came, and the line is back: call it before what came next.

        `OUTAGE_MS` or more begins the pause again: nobody knows what was said meanwhile.
        """
        if self.turn_epoch is None or lost_ms < OUTAGE_MS:
            return ()
        self._silence_ms = 0
        self._paused = False
        self._wait_ms = None
        self._look_ahead()
        return (AudioLost(self.turn_epoch, lost_ms),)

    def frame(self, end_ms: int, speech: bool, heard: bool) -> Sequence[ReceiverEvent]:
        """One frame that ends at `end_ms`. `heard` False: it was lost, and proves nothing."""
        epoch = self.turn_epoch
        if epoch is None:
            return ()
        self._at_ms = end_ms
        if speech:
            if self._goes_on and end_ms < self._limit_from_ms:  # nearly always
                self._silence_ms = 0
                self._last_ms = end_ms
                return ()
        elif self._first_ms is None:
            return ()
        else:
            if heard:
                self._silence_ms += FRAME_MS
            if self._silence_ms < self._quiet_until_ms and end_ms < self._limit_from_ms:
                return ()
        return self._something(end_ms, speech, heard, epoch)

    def _something(
        self, end_ms: int, speech: bool, heard: bool, epoch: int
    ) -> Sequence[ReceiverEvent]:
        """A frame of which something may follow. Its silence is counted already."""
        events: list[ReceiverEvent] = []
        if speech:
            self._speech(end_ms, epoch, events)
        elif (
            heard
            and self._first_ms is not None
            and not self._paused
            and self._silence_ms >= self._settings.prepare_ms
        ):
            self._paused = self._told_paused = True
            events.append(self._pause(epoch, self._first_ms))
        first_ms = end_ms - FRAME_MS if self._first_ms is None else self._first_ms
        self._limits(end_ms, first_ms, speech, epoch, events)
        self._look_ahead()
        return events

    def _look_ahead(self) -> None:
        """Until when nothing follows of a frame: so nearly every one is done with at once. Call it
        after every change of what it reads."""
        settings, first_ms = self._settings, self._first_ms
        self._goes_on = (
            first_ms is not None
            and not (self._paused or self._told_paused or self._hold_until_ms)
            and self._wait_ms is None
        )
        limit_ms = self._max_turn_ms
        if not self._noticed:
            limit_ms = min(limit_ms, settings.notice_share * limit_ms)
        self._limit_from_ms = (first_ms or 0) + int(limit_ms)  # it may be early, never late
        quiet_ms = self.silence_ms
        if not self._paused:
            quiet_ms = min(quiet_ms, settings.prepare_ms)
        self._quiet_until_ms = quiet_ms

    def _pause(self, epoch: int, first_ms: int) -> SpeechPaused:
        last_ms = self._last_ms
        return SpeechPaused(epoch, last_ms / 1000, self._silence_ms, last_ms - first_ms)

    def _speech(self, end_ms: int, epoch: int, events: list[ReceiverEvent]) -> None:
        start_s = (end_ms - FRAME_MS) / 1000
        if self._first_ms is None:
            self._first_ms = end_ms - FRAME_MS
            events.append(SpeechStarted(epoch, start_s))
        elif self._told_paused:
            events.append(SpeechResumed(epoch, start_s, self._silence_ms))
        self._paused = self._told_paused = False
        self._wait_ms = None
        self._silence_ms = 0
        self._last_ms = end_ms
        if self._hold_until_ms:
            self._hold_speech_ms += FRAME_MS
            if self._hold_speech_ms >= _HOLD_RELEASE_MS:
                self._hold_until_ms = 0

    def _limits(
        self, end_ms: int, first_ms: int, speech: bool, epoch: int, events: list[ReceiverEvent]
    ) -> None:
        turn_ms = end_ms - first_ms
        settings = self._settings
        if not self._noticed and turn_ms >= settings.notice_share * self._max_turn_ms:
            self._noticed = True
            events.append(TurnNotice(epoch, max(0, round(self._max_turn_ms - turn_ms))))
        reason: TurnEndReason | None = None
        if not speech and self._silence_is_over(end_ms, turn_ms):
            reason = "silence"
        elif turn_ms >= self._max_turn_ms:
            soft_ms = settings.soft_pause_ms * settings.time_multiplier
            if not speech and self._silence_ms >= soft_ms:
                reason = "soft_landing"
            elif turn_ms >= self._max_turn_ms + settings.hard_limit_ms:
                reason = "hard_limit"
        if reason is not None:
            span = (first_ms / 1000, self._last_ms / 1000)
            events.append(TurnEnded(epoch, reason, *span, self._silence_ms, turn_ms))
            self.turn_epoch = None

    def _silence_is_over(self, end_ms: int, turn_ms: int) -> bool:
        return (
            self._silence_ms >= self.silence_ms
            and turn_ms >= self._settings.min_turn_ms * self._settings.time_multiplier
            and end_ms >= self._hold_until_ms
        )
