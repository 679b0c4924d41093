"""One rehearsal: a short call before the interview, in which the candidate reads a sentence.

    the interviewer says it -> the candidate says it -> it is judged, played back, and written down

The candidate's audio goes through the receiver and the recogniser that the interview will use.
Nothing of it is kept or logged; what the gate learnt of the candidate's level is all that is left.

The data channel has the label `rehearsal.v1`. It carries JSON, one object with a `type` a message:

    from here   ready, phase, level, heard, words, over
    from there  listen (I begin without the voice), done (I have said it)
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable
from typing import Any, Literal

from media_server.audio.allowance import MediaPace
from media_server.audio.events import Level, ReceiverEvent, ReceiverSettings, TurnEnded
from media_server.audio.receiver import AudioReceiver
from media_server.audio.rehearsal import LineHeard
from media_server.audio.types import RtpPacket, SpeechClip
from media_server.interview.pacing import silence_ms
from media_server.interview.rehearsal_sentences import rehearsed
from media_server.interview.spec import InterviewSpec
from media_server.live.rehearsal_sound import NOT_JUDGED, Judged, judge, words_job
from media_server.live.services import Services
from media_server.live.tasks import TaskOwner
from media_server.ports import Call, CloseReason, SpeechUnavailable, SttOutcome

logger = logging.getLogger(__name__)

LABEL = "rehearsal.v1"
LONGEST_S = 60.0
"""From the offer to the end, whatever happens."""
VOICE_S = 4.0
"""The interviewer's voice is waited for so long; then the sentence is only shown."""
LISTEN_S = 14.0
SILENT_S = 8.0
"""Nobody speaks: no more is waited for."""
SILENCE_MS = 1200
WORDS_S = 6.0
"""So long the page waits for the words before it says that they take longer."""
JUDGE_S = 5.0
TICK_S = 0.1
FAREWELL_S = 0.3
AFTER_S = 5.0
"""From the last thing that was to be said until the call is closed, if the client does not."""
LOUDEST_LEARNT_DBFS = -20.0
"""Whoever was louder may have turned it down since: a gate that expects more hears nobody."""
MAX_PACKETS = 1000
MAX_MESSAGE_CHARS = 256
_PLAYBACK = "playback"
_PROMPT = "prompt"

Phase = Literal["connecting", "preparing", "speaking", "listening", "judging", "playing", "done"]


class Rehearsal:
    """Implements `ports.CallSink`. `begin` when the call is accepted; `over` is set at its end.

    Over 20 attributes on purpose: it is a whole conversation in one class, which a candidate holds
    once.
    """

    def __init__(
        self,
        interview_id: str,
        call_id: str,
        spec: InterviewSpec,
        settings: ReceiverSettings,
        services: Services,
        learnt: Callable[[float], None],
    ) -> None:
        """`learnt`: given the candidate's level, where it became known."""
        self.interview_id = interview_id
        self.call_id = call_id
        self.over = asyncio.Event()
        self.words: Literal["", "understood", "late", "none"] = ""
        self.phase: Phase = "connecting"
        self._spec = spec
        self._services = services
        self._learnt = learnt
        self._now_s = services.clock.now_s
        self._receiver = AudioReceiver(settings, connection_epoch=1)
        self._receiver.bot_speaking(True)
        self._pace = MediaPace()
        self._text = rehearsed(spec.candidate.locale)
        self._tasks = TaskOwner("rehearsal", limit=4)
        self._call: Call | None = None
        self._clip: SpeechClip | None = None
        self._voice_due = True
        """It is still being made."""
        self._timer: asyncio.TimerHandle | None = None
        self._until_s = self._now_s() + LONGEST_S
        self._phase_until_s = self._until_s
        self._words_late_s: float | None = None
        self._from_s = self._to_s = 0.0
        """Of the sentence, in media time."""
        self._spoke = self._ending = self._closed = False
        self._packets: list[tuple[float, bytes]] = []

    # --- life ---

    def begin(self, call: Call) -> None:
        """The offer is answered. The voice is made while the client connects."""
        self._call = call
        if self._ending:  # something else began while the offer was being answered
            call.close("ended")
            return
        self._tasks.spawn(self._prepare(), "voice")
        self._tick()

    def end(self, reason: CloseReason, why: str) -> None:
        """Tell the client `why` ("taken", "limit", "begun"), and close soon after."""
        if self._closed or self._ending:
            return
        self._ending = True
        self._send("over", reason=why)
        self._stop_timer()
        asyncio.get_running_loop().call_later(FAREWELL_S, self.shut, reason)

    def shut(self, reason: CloseReason) -> None:
        """Close now. Harmless when done twice."""
        if self._call is not None:
            self._call.close(reason)

    async def release(self) -> None:
        """After `over`: nothing of what was said is left, in a queue or in memory."""
        self._services.stt.forget(self._job_owner)
        await self._tasks.close()
        self._packets.clear()
        self._receiver.close()

    @property
    def _job_owner(self) -> str:
        """Not the interview's id: its own words must not be dropped with these."""
        return f"rehearsal_{self.call_id}"

    async def _prepare(self) -> None:
        try:
            async with asyncio.timeout(VOICE_S):
                self._clip = await self._services.tts.speak(
                    self._text.spoken, locale=self._text.language, deadline_s=VOICE_S - 0.2
                )
        except (SpeechUnavailable, TimeoutError) as error:
            logger.info("rehearsal: the sentence is shown, not said: %s", type(error).__name__)
        finally:
            self._voice_due = False
        if self.phase == "preparing":
            self._say()

    # --- what happens in turn ---

    def _enter(self, phase: Phase, within_s: float) -> None:
        self.phase = phase
        self._phase_until_s = self._now_s() + within_s
        self._send("phase", phase=phase)

    def _say(self) -> None:
        """The sentence, in the interviewer's voice; without one it is the candidate's turn."""
        if self._clip is None or self._call is None:
            self._listen()
            return
        self._enter("speaking", self._clip.duration_s + 3.0)
        self._call.play(self._clip, _PROMPT)

    def _listen(self) -> None:
        if self._call is not None:
            self._call.stop_playing()
        receiver = self._receiver
        receiver.bot_speaking(False)
        self._packets.clear()
        receiver.take_packets()
        self._from_s = receiver.position_s
        self._enter("listening", SILENT_S)
        self._handle(receiver.listen(1, max_turn_ms=round(LISTEN_S * 1000)))

    def _finish_listening(self) -> None:
        if self.phase != "listening":
            return
        self._receiver.finish()
        self._keep_packets()
        self._to_s = self._receiver.position_s
        self._enter("judging", JUDGE_S + 1.0)
        if not self._tasks.spawn(self._judge(), "judging"):
            self._judged(NOT_JUDGED)

    async def _judge(self) -> None:
        packets, self._packets = self._packets, []
        judged = NOT_JUDGED
        try:
            async with asyncio.timeout(JUDGE_S):
                judged = await asyncio.to_thread(judge, packets)
        except TimeoutError:
            logger.warning("rehearsal: the sound was not judged in time")
        except Exception as error:
            logger.exception("rehearsal: the sound was not judged: %s", type(error).__name__)
        self._judged(judged)

    def _judged(self, judged: Judged) -> None:
        if self._closed or self._ending:
            return
        lost_ms, concealed_ms = self._receiver.span_quality(self._from_s, self._to_s)
        echo_ms = self._receiver.quality().echo_ms
        found = judged.findings(LineHeard(echo_ms, lost_ms, concealed_ms))
        self._send("heard", findings=list(found), lost_ms=lost_ms, **judged.levels())
        if judged.said.size and not {"other_voice", "echo", "too_loud"} & set(found):
            self._learnt(min(self._receiver.talker_dbfs, LOUDEST_LEARNT_DBFS))
        self._ask_for_words(judged)
        self._play_back(judged.playback)

    def _ask_for_words(self, judged: Judged) -> None:
        """Behind everything else the recogniser has to do: nobody's answer waits for this."""
        if not judged.said.size:
            self._words("none", "")
            return
        self._words_late_s = self._now_s() + WORDS_S
        job = words_job(self._job_owner, self._spec, judged)
        self._services.stt.submit(job, self._on_outcome)

    def _on_outcome(self, outcome: SttOutcome) -> None:
        made = outcome.transcription
        self._words_late_s = None
        if not self._closed:
            text = made.text if made is not None else ""
            self._words("understood" if text else "none", text)

    def _words(self, status: Literal["understood", "late", "none"], text: str) -> None:
        self.words = status
        self._send("words", status=status, text=text)

    def _play_back(self, packets: tuple[bytes, ...]) -> None:
        if not packets or self._call is None:
            self._done()
            return
        clip = SpeechClip("", "", packets, "", "")
        self._receiver.keep(False)  # nobody listens any more
        self._enter("playing", clip.duration_s + 3.0)
        self._call.play(clip, _PLAYBACK)

    def _done(self) -> None:
        self._receiver.keep(False)
        self._enter("done", AFTER_S)

    # --- time ---

    def _tick(self) -> None:
        self._timer = None
        if self._closed or self._ending:
            return
        now_s = self._now_s()
        self._handle(self._receiver.handle_timer(now_s))
        self._keep_packets()
        if self._words_late_s is not None and now_s >= self._words_late_s:
            self._words_late_s = None
            self._words("late", "")
        if now_s >= self._until_s:
            self.end("limit", "limit")
            return
        if now_s >= self._phase_until_s:
            self._overdue()
        if not self._closed and not self._ending:
            self._timer = asyncio.get_running_loop().call_later(TICK_S, self._tick)

    def _overdue(self) -> None:
        """The phase took as long as it may."""
        match self.phase:
            case "preparing" | "speaking":
                self._listen()
            case "listening":
                self._finish_listening()
            case "playing":
                self._done()
            case "done" if self.words in {"understood", "none"}:
                self.end("ended", "done")
            case _:
                pass  # bounded by the call's own deadlines, and by LONGEST_S

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    # --- what is heard ---

    def _handle(self, events: list[ReceiverEvent]) -> None:
        for event in events:
            match event:
                case Level() if self.phase == "listening":
                    if event.speech and not self._spoke:
                        self._spoke = True
                        self._phase_until_s = self._now_s() + LISTEN_S
                    self._send("level", dbfs=round(event.dbfs), speech=event.speech)
                case TurnEnded():
                    self._finish_listening()
                case _:
                    pass

    def _keep_packets(self) -> None:
        """Of the sentence alone, and no more than anybody needs for it."""
        packets = self._receiver.take_packets()
        if self.phase == "listening":
            self._packets += packets[: MAX_PACKETS - len(self._packets)]

    # --- ports.CallSink ---

    def on_connected(self) -> None:
        """The channel is what is waited for."""

    def on_rtp(self, packet: RtpPacket, arrival_s: float, /) -> None:
        """To the receiver, unless it comes faster than anybody speaks."""
        receiver = self._receiver
        if not self._closed and self._pace.admits(receiver.position_s, arrival_s):
            self._handle(receiver.receive(packet, arrival_s))

    def on_channel_open(self, label: str, protocol: str) -> None:  # noqa: ARG002
        """The rehearsal begins."""
        if label != LABEL:
            self.shut("error")
            return
        if self.phase != "connecting":
            return
        turn = self._spec.turn
        self._send(
            "ready",
            sentence=self._text.sentence,
            language=self._text.language,
            pace_ms={
                "faster": silence_ms(turn, "faster"),
                "normal": silence_ms(turn, "normal"),
                "slower": silence_ms(turn, "slower"),
            },
        )
        self._enter("preparing", VOICE_S + 1.0)
        if not self._voice_due:
            self._say()

    def on_text(self, data: str | bytes) -> None:
        """Anything but the two requests is ignored."""
        if not isinstance(data, str) or len(data) > MAX_MESSAGE_CHARS:
            return
        try:
            asked = json.loads(data)
        except ValueError:
            return
        kind = asked.get("type") if isinstance(asked, dict) else None
        if kind == "listen" and self.phase in {"preparing", "speaking"}:
            self._listen()
        elif kind == "done":
            self._finish_listening()

    def on_playout(
        self,
        utterance_id: str,
        what: Literal["started", "moved", "finished", "stopped"],
        position_s: float,
    ) -> None:
        """What may come back as an echo, and what follows the end of a clip."""
        now_s = self._now_s()
        if utterance_id == _PROMPT:
            if what in {"started", "moved"} and self._clip is not None:
                self._receiver.bot_voice_begins(self._clip.levels, position_s, now_s)
            elif what in {"finished", "stopped"}:
                self._receiver.bot_voice_ends(now_s)
        if what != "finished":
            return
        if utterance_id == _PROMPT and self.phase == "speaking":
            self._listen()
        elif utterance_id == _PLAYBACK and self.phase == "playing":
            self._done()

    def on_quality(self, what: Literal["suspect", "recovered"]) -> None:
        """The call's own deadlines are enough."""

    def on_alive(self, at_s: float) -> None:
        """Where no packet comes, this tells silence from loss."""
        if not self._closed:
            self._handle(self._receiver.line_alive(at_s))

    def on_limit(self, what: str) -> None:  # noqa: ARG002 - for people, and the transport logs it
        """The client broke a limit of the transport."""
        self._send("over", reason="limit")

    def on_closed(self, reason: CloseReason) -> None:  # noqa: ARG002
        """Nobody hears the rest."""
        self._closed = True
        self._stop_timer()
        self.over.set()

    def _send(self, kind: str, **fields: Any) -> None:
        if self._call is not None and not self._closed:
            self._call.send_text(json.dumps({"type": kind, **fields}, ensure_ascii=False))
