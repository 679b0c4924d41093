"""What the machine wants done, done: effects become calls, tasks and sounds.

Nothing here waits. What takes time runs as a task of the session and comes back as an input.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

from media_server.injection.guard import in_steps
from media_server.interview import effects as fx
from media_server.interview import events as ev
from media_server.interview import inputs as inp
from media_server.interview.state import State
from media_server.live import placing
from media_server.live.candidate_calls import CandidateCalls
from media_server.live.connection import Connection
from media_server.live.in_pieces import in_pieces
from media_server.live.inbox import Inbox
from media_server.live.kept_clips import KeptClips
from media_server.live.prompt_audio import PromptAudio
from media_server.live.replies import Replies
from media_server.live.summary_ahead import SummaryAhead
from media_server.live.tasks import TaskOwner
from media_server.live.transcription import Transcriber
from media_server.ports import Public

logger = logging.getLogger(__name__)


class EffectRunner:
    """One per session."""

    def __init__(
        self,
        calls: CandidateCalls,
        inbox: Inbox,
        prompt_audio: PromptAudio,
        kept_clips: KeptClips,
        transcriber: Transcriber,
        replies: Replies,
        summary: SummaryAhead,
        tasks: TaskOwner,
        *,
        trim: Callable[[], Coroutine[Any, Any, None]],
        end: Callable[[], None],
    ) -> None:
        """`trim`: lets audio go whose words are written. `end`: the interview is over."""
        self._calls = calls
        self._inbox = inbox
        self._prompt_audio = prompt_audio
        self._kept_clips = kept_clips
        self._transcriber = transcriber
        self.replies = replies
        self.summary = summary
        self._tasks = tasks
        self._trim = trim
        self._end = end

    def placed(self, event: ev.Event, after: State) -> ev.Event:
        """As the log gets it: see `placing`."""
        audio, clips = self._prompt_audio, self._kept_clips
        return placing.placed(event, after, self._calls.current, audio, clips)

    def run(self, effect: fx.Effect) -> None:
        connection = self._calls.current
        match effect:
            case fx.PrepareGreeting():
                self._tasks.spawn(self._prompt_audio.greet(effect), "greeting")
            case fx.PrepareReply():
                self.replies.prepare(effect)
            case fx.CancelReply():
                self.replies.cancel(effect.reply_id)
            case fx.PrepareVoice():
                voice = self._prompt_audio.voice(effect.utterance_id, effect.text, effect.delivery)
                if not self._tasks.spawn(voice, "voice"):
                    self._inbox.post(inp.VoiceFailed(effect.utterance_id, "too many tasks"))
            case fx.Prefetch():
                if self._prompt_audio.clip_of(effect.text, effect.delivery) is None:
                    coming = self._prompt_audio.prepare(effect.text, effect.delivery)
                    self._tasks.spawn(coming, "prefetch")
            case fx.LookForInstructions() | fx.PrepareSummary():
                self._look_at_words(effect)
            case fx.CloseCall():
                self._calls.close(effect)
            case fx.EndSession():
                self._end()
            case _ if connection is not None:
                self._speak(connection, effect)

    def _look_at_words(self, effect: fx.LookForInstructions | fx.PrepareSummary) -> None:
        if isinstance(effect, fx.PrepareSummary):
            self.summary.look()
        else:
            self._tasks.spawn(self._look(effect), "guard")

    async def _look(self, effect: fx.LookForInstructions) -> None:
        with self._inbox.expecting():  # also of the last answer, before the session ends
            if await asyncio.to_thread(in_pieces, in_steps(effect.text)):
                self._inbox.post(inp.InstructionsFound(effect.turn_epoch))

    def _speak(self, connection: Connection, effect: fx.Effect) -> None:
        match effect:
            case fx.Play():
                clip = self._prompt_audio.clip_of(effect.text, effect.delivery)
                if clip is not None:
                    if connection.play(effect.utterance_id, clip, effect.from_s):
                        self._tasks.spawn(self._kept_clips.keep(clip), "clip")
                    else:
                        self._inbox.post(inp.PlayRefused(effect.utterance_id))
                else:
                    self._inbox.post(inp.PlayoutEnded(effect.utterance_id, 0.0, complete=True))
            case fx.StopPlaying():
                connection.stop_playing()
            case _:
                self._listen(connection, effect)

    def _listen(self, connection: Connection, effect: fx.Effect) -> None:
        match effect:
            case fx.Listen():
                epoch, offset_s = connection.epoch, connection.media_offset_s
                if effect.from_s is None and self._transcriber.begins(
                    epoch, connection.media_s, offset_s
                ):
                    self._tasks.spawn(self._trim(), "spool")
                connection.intake.listen(effect.turn_epoch, effect.from_s, effect.max_turn_ms)
            case fx.StopListening():
                connection.intake.stop_listening()
            case fx.CloseTurn():
                connection.intake.close_turn(effect.turn_epoch, effect.reason)
            case fx.SetWait():
                logger.debug("a pause may last %d ms: %s", effect.wait_ms, Public(effect.reason))
                connection.intake.set_wait_ms(effect.wait_ms)
            case fx.Hold():
                connection.intake.hold(effect.hold_s)
            case fx.KeepAudio():
                connection.intake.keep_audio(effect.keep)
            case fx.SetSilence():
                connection.intake.set_silence_ms(effect.silence_ms)
