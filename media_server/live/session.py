"""The shell around one interview: one inbox, one timer, one pen.

Inputs are handled one at a time: `decide`, append, fold, effects, messages. Effects run outside
and come back as inputs. The session lives while a candidate is in conversation or may come back
within the resume window; between sessions an interview is nothing but its log.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from media_server.audio.types import SegmentAudio, SpeechClip
from media_server.dialects import interview_v1 as v1
from media_server.dialects import native
from media_server.interview import effects as fx
from media_server.interview import events as ev
from media_server.interview import inputs as inp
from media_server.interview import machine
from media_server.interview.events import TERMINAL, Durability, Status, durability_of
from media_server.interview.pacing import VOICE_DEADLINE_S, estimated_minutes
from media_server.interview.state import State, evolve
from media_server.live.connection import Connection
from media_server.live.journal import Journal, LostOwnership, TooMuchUnsaved
from media_server.live.lease import LeaseKeeper
from media_server.live.settings import LiveSettings
from media_server.live.tasks import TaskOwner
from media_server.ports import (
    Clock,
    CloseReason,
    EventLog,
    GreetingRequest,
    Llm,
    LlmUnavailable,
    Recordings,
    SpeechToText,
    SpeechUnavailable,
    Spool,
    StoreUnavailable,
    SttJob,
    SttOutcome,
    TextToSpeech,
)

logger = logging.getLogger(__name__)

INBOX_SIZE = 2_000
CLIPS_KEPT = 32


@dataclass(frozen=True, slots=True)
class Rooms:
    """Everything a session uses, made once per process."""

    log: EventLog
    spool: Spool
    recordings: Recordings
    stt: SpeechToText
    tts: TextToSpeech
    llm: Llm
    clock: Clock
    settings: LiveSettings


@dataclass(slots=True)
class _Item:
    """What the inbox holds: an input, or work that must keep its place in the order."""

    input_: inp.Input | None = None
    work: Callable[[], Awaitable[None]] | None = None
    connection: Connection | None = None
    reply: asyncio.Future[State] | None = None


@dataclass(frozen=True, slots=True)
class _Owed:
    """A segment at the recogniser: where its words belong on the timeline."""

    connection: Connection
    turn_epoch: int
    start_s: float
    end_s: float


class LiveSession:
    """Create with a folded state and a lease, `start`, and `close` when `done` is set."""

    def __init__(
        self, interview_id: str, state: State, journal: Journal, lease: LeaseKeeper, rooms: Rooms
    ) -> None:
        self.interview_id = interview_id
        self.state = state
        self.done = asyncio.Event()
        self.connection: Connection | None = None
        self.last_used_s = rooms.clock.now_s()
        self.counters: dict[str, int] = {}
        self._journal = journal
        self._lease = lease
        self._rooms = rooms
        self._clock = rooms.clock
        self._inbox: asyncio.Queue[_Item] = asyncio.Queue(INBOX_SIZE)
        self._tasks = TaskOwner(f"interview {interview_id}")
        self._runner: asyncio.Task[None] | None = None
        self._connections: dict[int, Connection] = {}
        self._clips: OrderedDict[str, SpeechClip] = OrderedDict()
        self._owed: dict[str, _Owed] = {}
        self._interims: dict[str, _Owed] = {}
        self._attempts: dict[str, int] = {}
        self._shown: v1.State | None = None
        self._ending_since_s: float | None = None
        self._told_of_trouble = False

    # --- life ---

    def start(self) -> None:
        self._runner = asyncio.get_running_loop().create_task(
            self._run(), name=f"interview {self.interview_id}"
        )
        self._lease.start(self._lease_changed)

    async def close(self, reason: CloseReason = "shutdown") -> None:
        """Shut the gate, write what waits, give the lease back. Bounded by about 10 s."""
        connections = list(self._connections.values())
        for connection in connections:
            connection.shut(reason)
        try:
            async with asyncio.timeout(3.0):
                for connection in connections:
                    await connection.over.wait()
                if not self.done.is_set():
                    await self._barrier()
        except TimeoutError:
            logger.error("interview %s did not settle in time", self.interview_id)
        if self._runner is not None:
            self._runner.cancel()
            await asyncio.gather(self._runner, return_exceptions=True)
        await self._tasks.close()
        for connection in connections:
            await connection.release()
        try:
            await self._flush()
        except LostOwnership as error:
            logger.error("interview %s: %s; nothing was written", self.interview_id, error)
        await self._lease.close()
        self.done.set()

    async def _barrier(self) -> None:
        """Until everything that is in the inbox now has been handled."""
        reply: asyncio.Future[State] = asyncio.get_running_loop().create_future()
        self._put(_Item(reply=reply))
        await reply

    @property
    def resting(self) -> bool:
        """Nobody is connected and nothing is being waited for but a deadline."""
        return self.connection is None and not self._owed and self._inbox.empty()

    # --- inbox ---

    def post(self, input_: inp.Input) -> None:
        self._put(_Item(input_=input_))

    async def ask(self, input_: inp.Input, timeout_s: float = 5.0) -> State:
        """Post and wait until it is handled and written. Raises TimeoutError."""
        reply: asyncio.Future[State] = asyncio.get_running_loop().create_future()
        self._put(_Item(input_=input_, reply=reply))
        async with asyncio.timeout(timeout_s):
            return await reply

    def _put(self, item: _Item) -> None:
        self.last_used_s = self._clock.now_s()
        try:
            self._inbox.put_nowait(item)
        except asyncio.QueueFull:
            self._count("inbox_full")
            if item.reply is not None:
                item.reply.cancel()

    async def _run(self) -> None:
        while not self.done.is_set():
            item = await self._next()
            try:
                if item.work is not None:
                    await item.work()
                elif item.input_ is not None:
                    await self._handle(item.input_, item.connection)
                if self._journal_due():
                    await self._flush()
            except LostOwnership as error:
                logger.error("interview %s: %s; stopped here", self.interview_id, error)
                self._abandon("lease_lost")
            except TooMuchUnsaved as error:
                logger.error("interview %s: %s; ended", self.interview_id, error)
                self._abandon("error")
            except Exception as error:
                # One bad input must not end an interview (FAULTS 42); the state is as before.
                self._count("handler_errors")
                logger.exception(
                    "interview %s: %s in handling %s",
                    self.interview_id,
                    type(error).__name__,
                    type(item.input_).__name__,
                )
            finally:
                if item.reply is not None and not item.reply.done():
                    item.reply.set_result(self.state)
            self._check_end()

    async def _next(self) -> _Item:
        """The next item, or a Tick when a deadline comes first."""
        due = [at for at in (machine.deadline(self.state), self._journal.deadline()) if at]
        if self._ending_since_s is not None:
            due.append(self._clock.now_s() + 0.25)
        delay_s = max(0.0, min(due, default=self._clock.now_s() + 60.0) - self._clock.now_s())
        if self._inbox.empty() and delay_s == 0:
            await asyncio.sleep(0)
            return _Item(input_=inp.Tick())
        try:
            async with asyncio.timeout(delay_s + 0.001):
                return await self._inbox.get()
        except TimeoutError:
            return _Item(input_=inp.Tick())

    # --- decide, write, do ---

    async def _handle(self, input_: inp.Input, connection: Connection | None = None) -> None:
        now_s = self._clock.now_s()
        before = self.state
        events = machine.decide(before, input_, now_s)
        if isinstance(input_, inp.CallConnected) and connection is not None and not events:
            connection.shut("ended")  # the interview is over
        if not events:
            return
        # LinkOpened and CallConnected may find the state changed by what they caused themselves.
        state, steps = before, []
        for event in events:
            after = evolve(state, event, now_s)
            steps.append((state, event, after))
            state = after
        placed = {id(event): seq for seq, event in self._journal.add(events, now_s)}
        self.state = state
        if any(durability_of(event) is Durability.NOW for event in events):
            await self._flush()
        for step_before, event, step_after in steps:
            if isinstance(event, ev.Connected) and connection is not None:
                self._take_in(connection, event)
            self._tell(event, step_after, placed.get(id(event)))
            for effect in fx.effects(step_before, event, step_after, now_s):
                self._do(effect)
        self._show(now_s)

    async def _flush(self) -> None:
        """Write what waits; finals that are written may leave the spool."""
        before = self._journal.unsaved
        await self._journal.flush(self.state.status.value, self._clock.now_s())
        if self._journal.trouble and not self._told_of_trouble:
            self._told_of_trouble = True
            self._count("store_trouble")
        elif not self._journal.trouble and before:
            self._told_of_trouble = False
            await self._trim_spool()

    def _journal_due(self) -> bool:
        due_s = self._journal.deadline()
        return due_s is not None and due_s <= self._clock.now_s()

    async def _trim_spool(self) -> None:
        """Audio is kept until its words are in the log, or nobody is owed words for it."""
        for epoch, connection in list(self._connections.items()):
            starts = [o.start_s for o in self._owed.values() if o.connection is connection]
            until_s = min(starts, default=self._spoken_until(epoch)) - connection.media_offset_s
            if until_s <= 0:
                continue
            try:
                await self._rooms.spool.trim(self.interview_id, epoch, until_s)
            except StoreUnavailable:
                self._count("spool_trouble")  # it keeps too much for a while: no harm

    def _spoken_until(self, epoch: int) -> float:
        """End of the newest final of a connection, on the timeline."""
        answer = self.state.current
        turns = answer.turns if answer is not None else ()
        return max(
            (
                segment.end_s
                for turn in turns
                for segment in turn.segments
                if segment.segment_id.startswith(f"{epoch}-")
            ),
            default=0.0,
        )

    # --- messages ---

    def _tell(self, event: ev.Event, state: State, seq: int | None) -> None:
        connection = self.connection
        if connection is None:
            return
        if seq is not None:
            for message in native.durable(event, seq, state):
                connection.send(message)
            if isinstance(event, ev.SegmentTranscribed):
                return
        clip = self._clips.get(event.text) if isinstance(event, ev.UtteranceStarted) else None
        sentences = clip.sentences if clip is not None else ()
        for message in native.momentary(event, state, sentences):
            connection.send(message)

    def _show(self, now_s: float) -> None:
        """Send the state when what the candidate should see has changed."""
        if self.connection is None:
            return
        shown = native.view(self.state, now_s)
        if shown != self._shown:
            if self._shown is None or shown.stage != self._shown.stage:
                self.connection.send(native.progress(self.state, now_s))
            self._shown = shown
            self.connection.send(shown)

    # --- connection ---

    def connected(self, connection: Connection) -> None:
        offset_s = self._timeline_end()
        self._put(
            _Item(
                input_=inp.CallConnected(offset_s, connection.microphone, connection.channel),
                connection=connection,
            )
        )

    def _timeline_end(self) -> float:
        """Where the next connection's audio begins: after everything that was received."""
        ends = [record.media_offset_s + record.media_s for record in self.state.connections]
        ends += [s.end_s for a in self.state.answers for t in a.turns for s in t.segments]
        if self.connection is not None:
            ends.append(self.connection.media_offset_s + self.connection.media_s)
        return max(ends, default=0.0)

    def _take_in(self, connection: Connection, event: ev.Connected) -> None:
        """The machine knows the connection: the newest is the one that is spoken to."""
        recording = None
        spec = self.state.spec
        if spec.retention.record_audio and connection.microphone:
            recording = self._rooms.recordings.open(self.interview_id, event.connection_epoch)
        self._connections[event.connection_epoch] = connection
        self.connection = connection
        self._shown = None
        notice = self._rooms.stt.status().notice
        connection.begin(
            event.connection_epoch,
            event.media_offset_s,
            recording,
            v1.Welcome(
                interview_id=self.interview_id,
                connection_epoch=event.connection_epoch,
                resumed=event.connection_epoch > 1,
                last_seq=self._journal.last_seq,
                title=spec.title,
                questions_total=len(spec.questions),
                pace=self.state.pace,
                notices=(notice,) if notice else (),
            ),
        )

    def hello(self, connection: Connection, last_seq: int) -> None:
        async def replay() -> None:
            """Durable events the client has missed, then the state as it is."""
            if connection is not self.connection:
                return
            await self._flush()
            for entry in await self._rooms.log.read(self.interview_id, after_seq=last_seq):
                event = ev.EVENT.validate_python({"type": entry.type, **entry.data})
                for message in native.durable(event, entry.seq, self.state):
                    connection.send(message)
            now_s = self._clock.now_s()
            self._shown = native.view(self.state, now_s)
            connection.send(native.progress(self.state, now_s))
            connection.send(self._shown)

        self._put(_Item(work=replay))

    def closed(self, connection: Connection, reason: CloseReason) -> None:
        """The call is over. Nothing is computed for it any more but the finals it is owed."""
        if connection is self.connection:
            self.connection = None
            self._rooms.stt.drop_interims(self.interview_id)
        if connection.epoch:
            self.post(connection.ended_input())
            self._put(_Item(work=connection.release))
        logger.info("interview %s: call closed, %s", self.interview_id, reason)

    # --- recogniser ---

    def transcribe(self, connection: Connection, turn_epoch: int, audio: SegmentAudio) -> None:
        spec = self.state.spec
        attempt = self._attempts.get(audio.segment_id, 0) + 1
        self._attempts[audio.segment_id] = attempt
        offset_s = connection.media_offset_s
        table = self._owed if audio.final else self._interims
        table[audio.segment_id] = _Owed(
            connection, turn_epoch, audio.start_s + offset_s, audio.end_s + offset_s
        )
        self._count("stt_finals" if audio.final else "stt_interims")
        self._rooms.stt.submit(
            SttJob(
                interview_id=self.interview_id,
                segment_id=audio.segment_id,
                attempt=attempt,
                final=audio.final,
                start_s=audio.start_s + offset_s,
                pcm=audio.pcm,
                language=spec.candidate.locale.split("-")[0],
                glossary=spec.glossary,
                speech_ms=audio.speech_ms,
            ),
            self._on_outcome,
        )

    def _on_outcome(self, outcome: SttOutcome) -> None:
        if not outcome.final:
            self._on_interim(outcome)
            return
        owed = self._owed.pop(outcome.segment_id, None)
        if owed is None:
            self._count("stt_late")
            return
        made = outcome.transcription
        self._attempts.pop(outcome.segment_id, None)
        if made is None:
            self.post(inp.SegmentHeard(outcome.segment_id, "", failed=outcome.reason or "failed"))
            return
        words = tuple(
            ev.SpokenWord(
                w=word.text,
                s=round(owed.start_s + word.start_s, 3),
                e=round(owed.start_s + word.end_s, 3),
                c=None if word.confidence is None else round(word.confidence, 3),
            )
            for word in made.words
        )
        self.post(
            inp.SegmentHeard(
                outcome.segment_id, made.text, words, made.engine, made.model, made.language,
                made.confidence, rejected=made.rejected,
            )
        )  # fmt: skip

    def _on_interim(self, outcome: SttOutcome) -> None:
        segment_id = outcome.segment_id
        asked = self._interims.pop(segment_id, None)
        if asked is None:
            return
        asked.connection.interim_done(segment_id)
        made = outcome.transcription
        if made is None or not made.text or not asked.connection.open:
            return
        asked.connection.send(
            native.interim(segment_id, made.text, self.state, asked.start_s, asked.end_s)
        )
        self.post(inp.InterimHeard(asked.turn_epoch, segment_id, made.text))

    # --- effects ---

    def _do(self, effect: fx.Effect) -> None:
        connection = self.connection
        match effect:
            case fx.PrepareGreeting():
                self._spawn(self._greet(effect), "greeting")
            case fx.PrepareVoice():
                if not self._spawn(self._voice(effect.utterance_id, effect.text), "voice"):
                    self.post(inp.VoiceFailed(effect.utterance_id, "too many tasks"))
            case fx.Prefetch():
                if effect.text not in self._clips:
                    self._spawn(self._clip(effect.text), "prefetch")
            case fx.CloseCall():
                self._close_call(effect)
            case fx.EndSession():
                self._ending_since_s = self._clock.now_s()
            case _ if connection is not None:
                self._do_on_call(connection, effect)

    def _do_on_call(self, connection: Connection, effect: fx.Effect) -> None:
        match effect:
            case fx.Play():
                clip = self._clips.get(effect.text)
                if clip is not None:
                    connection.play(effect.utterance_id, clip, effect.from_s)
                else:
                    self.post(inp.PlayoutEnded(effect.utterance_id, 0.0, complete=True))
            case fx.StopPlaying():
                connection.stop_playing()
            case fx.Listen():
                connection.listen(effect.turn_epoch, effect.from_s, effect.max_turn_ms)
            case fx.StopListening():
                connection.stop_listening()
            case fx.CloseTurn():
                connection.close_turn(effect.turn_epoch, effect.reason)
            case fx.ExtendSilence():
                connection.extend_silence()
            case fx.Hold():
                connection.hold(effect.hold_s)
            case fx.SetSilence():
                connection.set_silence_ms(effect.silence_ms)

    def _close_call(self, effect: fx.CloseCall) -> None:
        connection = self._connections.get(effect.connection_epoch)
        if connection is None:
            return
        if effect.reason == "superseded":
            connection.farewell(
                v1.Error(
                    code="superseded",
                    message="This interview was opened in another window, which has taken over.",
                    recoverable=False,
                ),
                "superseded",
            )
        elif effect.linger_s:
            self._spawn(self._close_later(connection, effect), "closing the call")
        else:
            connection.shut(effect.reason)

    async def _close_later(self, connection: Connection, effect: fx.CloseCall) -> None:
        """The candidate reads the last message before the call goes away."""
        await asyncio.sleep(effect.linger_s)
        connection.shut(effect.reason)

    def _spawn(self, work: Coroutine[Any, Any, object], what: str) -> bool:
        return self._tasks.spawn(work, what)

    async def _greet(self, effect: fx.PrepareGreeting) -> None:
        spec = self.state.spec
        request = GreetingRequest(
            title=spec.title,
            questions_total=len(spec.questions),
            minutes=estimated_minutes(spec),
            locale=spec.candidate.locale,
        )
        try:
            async with asyncio.timeout(effect.total_s + 0.5):
                text = await self._rooms.llm.greet(
                    request, first_token_s=effect.first_token_s, total_s=effect.total_s
                )
        except (LlmUnavailable, TimeoutError) as error:
            self.post(inp.GreetingFailed(str(error) or "no answer in time"))
            return
        except Exception as error:
            logger.exception("interview %s: greeting failed", self.interview_id)
            self.post(inp.GreetingFailed(type(error).__name__))
            return
        await self._clip(text)  # its sound is ready before Start is pressed
        self.post(inp.GreetingReady(text, self._rooms.llm.name))

    async def _voice(self, utterance_id: str, text: str) -> None:
        clip = await self._clip(text)
        if clip is None:
            self.post(inp.VoiceFailed(utterance_id, "no voice"))
        else:
            self.post(inp.VoiceReady(utterance_id, clip.duration_s))

    async def _clip(self, text: str) -> SpeechClip | None:
        """The audio of a text; None when no voice can be had for it."""
        clip = self._clips.get(text)
        if clip is None:
            locale = self.state.spec.candidate.locale
            try:
                async with asyncio.timeout(VOICE_DEADLINE_S):
                    clip = await self._rooms.tts.speak(
                        text, locale=locale, deadline_s=VOICE_DEADLINE_S - 0.5
                    )
            except (SpeechUnavailable, TimeoutError) as error:
                self._count("voice_failed")
                logger.warning("interview %s: no voice: %s", self.interview_id, error)
                return None
            except Exception:
                self._count("voice_failed")
                logger.exception("interview %s: voice failed", self.interview_id)
                return None
            self._clips[text] = clip
            while len(self._clips) > CLIPS_KEPT:
                self._clips.popitem(last=False)
        self._clips.move_to_end(text)
        return clip

    # --- the end ---

    def _lease_changed(self, what: str) -> None:
        """From the lease keeper: `doubt`, `sure` or `lost`."""
        if what == "lost":
            self._abandon("lease_lost")
        elif self.connection is not None:
            self.connection.suspend(what == "doubt")

    def _abandon(self, reason: CloseReason) -> None:
        """Not ours any more: not a byte leaves from here on."""
        for connection in self._connections.values():
            connection.shut(reason)
        self.connection = None
        self.done.set()

    def _check_end(self) -> None:
        if self._ending_since_s is None:
            return
        over = self.state.status in TERMINAL or self.state.status is Status.PARKED
        if not over:
            self._ending_since_s = None
            return
        waited_s = self._clock.now_s() - self._ending_since_s
        if self.resting or waited_s > self._rooms.settings.owed_finals_s:
            self.done.set()

    def _count(self, name: str) -> None:
        self.counters[name] = self.counters.get(name, 0) + 1
