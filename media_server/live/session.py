"""The shell around one interview: one inbox, one timer, one pen.

Inputs are handled one at a time: `decide`, append, fold, effects, messages. Effects run outside
and come back as inputs. The session lives while a candidate is in conversation or may come back
within the resume window; between sessions an interview is nothing but its log.

Over 400 lines on purpose: what must not happen out of turn is read in one place. What could be
decided without the inbox stands elsewhere (`transcription`, `prompt_audio`, `watchdog`,
`command_rate_limit`, `history`).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, replace
from typing import Any

from media_server.audio.events import ReceiverSettings
from media_server.interview import effects as fx
from media_server.interview import events as ev
from media_server.interview import inputs as inp
from media_server.interview import machine
from media_server.interview.events import TERMINAL, Durability, Status, durability_of
from media_server.interview.state import State
from media_server.interview.view import View, is_hidden, progress, view
from media_server.live import history, resume, steps, summary
from media_server.live.command_rate_limit import CommandRateLimit
from media_server.live.connection import Connection
from media_server.live.handover import (
    DELETED,
    HISTORY_HIDDEN,
    MOVED,
    OPENED_ELSEWHERE,
    SUPERSEDED,
    at_a_pause,
)
from media_server.live.journal import Journal, LostOwnership, TooMuchUnsaved
from media_server.live.lease import LeaseKeeper
from media_server.live.prompt_audio import PromptAudio
from media_server.live.services import Services
from media_server.live.snapshots import SnapshotKeeper
from media_server.live.tasks import TaskOwner
from media_server.live.transcription import NOTHING_SPOOLED, Transcriber, timeline_end
from media_server.live.watchdog import Watchdog
from media_server.ports import CloseReason, Public, StoreUnavailable
from media_server.ports.dialect import Durable, ErrorNotice, Hint, Momentary, Welcome
from media_server.wall_clock import STEP_S, InterviewClock

logger = logging.getLogger(__name__)

INBOX_SIZE = 2_000
LOOK_AT_LEAST_EVERY_S = 30.0
NOT_SAVED = ErrorNotice(
    code="not_saved",
    message="Your interview cannot be saved at the moment and has been ended. What you said until "
    "then is kept where possible; please tell the people who invited you.",
    recoverable=False,
)
TOO_MANY_ANSWERS = Hint(
    code="too_many_answers",
    text="Too many answers were sent at once. The last one was not taken: please send it again "
    "in a few seconds.",
)
SNAPSHOT_AFTER = 100
"""Entries from which a session that ends leaves a snapshot: a shorter log folds in no time."""


@dataclass(slots=True)
class _Item:
    """What the inbox holds: an input, or work that must keep its place in the order."""

    input_: inp.Input | None = None
    work: Callable[[], Awaitable[None]] | None = None
    connection: Connection | None = None
    reply: asyncio.Future[State] | None = None


class LiveSession:
    """Create with a folded state and a lease, `start`, and `close` when `done` is set."""

    def __init__(
        self,
        interview_id: str,
        state: State,
        journal: Journal,
        lease: LeaseKeeper,
        services: Services,
        clock: InterviewClock | None = None,
    ) -> None:
        self.interview_id = interview_id
        self.state = state
        self.done = asyncio.Event()
        self.connection: Connection | None = None
        self.clock = self._clock = clock or InterviewClock(services.clock)
        self.last_used_s = self.clock.now_s()
        self.counters: dict[str, int] = {}
        self._journal = journal
        self._snapshots = SnapshotKeeper(services.log, interview_id, state, journal.version)
        journal.on_written = self._snapshots.written
        self._lease = lease
        self._services = services
        self._inbox: asyncio.Queue[_Item] = asyncio.Queue(INBOX_SIZE)
        self._tasks = TaskOwner(f"interview {interview_id}")
        self._runner: asyncio.Task[None] | None = None
        self._closing: asyncio.Task[None] | None = None
        self._connections: dict[int, Connection] = {}
        self.transcriber = Transcriber(self, services, self._count)
        self._prompt_audio = PromptAudio(interview_id, state.spec, services, self.post, self._count)
        self._shown: View | None = None
        self._ending_since_s: float | None = None
        self._told_of_trouble = False
        self._told_until = 0
        """Newest durable event when the gate was closed for a lease in doubt."""
        self._draining = False
        self._recovering = False
        self._watchdog = Watchdog(self.last_used_s)
        self._command_rate = CommandRateLimit(self.last_used_s)
        self._fenced = False
        """Somebody else owns the interview: what is there is theirs, nothing of it is touched."""

    # --- life ---

    def start(self, *, recovering: bool = False) -> None:
        """`recovering`: no deadline fires until `recover` has told what became of the call."""
        self._recovering = recovering
        self._runner = asyncio.get_running_loop().create_task(
            self._run(), name=f"interview {self.interview_id}"
        )
        self._lease.start(self._lease_changed, lambda: self._journal.version)

    async def close(self, reason: CloseReason = "shutdown") -> None:
        """Shut the gate, write what waits, give the lease back. Bounded by about 10 s.

        A second call waits for the first; a caller that is cancelled does not stop it.
        """
        if self._closing is None:
            self._closing = asyncio.get_running_loop().create_task(
                self._close(reason), name=f"closing {self.interview_id}"
            )
        await asyncio.shield(self._closing)

    def drain(self) -> None:
        """Go at the next pause: `done` is set then. From here on nothing new is begun."""
        self._draining = True
        self._put(_Item(work=self._go_if_resting))

    async def _go_if_resting(self) -> None:
        if not self.done.is_set() and not self.transcriber.owed and at_a_pause(self.state):
            await self._move()

    async def _give_way(self) -> None:
        """The candidate has come to another server, which waits for the lease: the newest wins."""
        if not self.done.is_set() and self.state.status not in TERMINAL:
            await self._move(SUPERSEDED, "superseded")

    async def _move(self, told: ErrorNotice = MOVED, reason: CloseReason = "shutdown") -> None:
        """Leave this interview to another server, which goes on from the log and the spool.

        Where words are still owed the log keeps saying "connected", as after a crash: whoever
        opens the interview next finds the audio in the spool and has it written down.
        """
        connection = self.connection
        if connection is not None:
            connection.intake.stop_listening()  # the open segment is closed, and owed from now on
            connection.farewell(told, reason)
            self.transcriber.hang_up()
            if not self.transcriber.owed:
                await self._handle(connection.ended_input())
            self.connection = None
        self.done.set()

    async def _close(self, reason: CloseReason) -> None:
        connections = list(self._connections.values())
        try:
            async with asyncio.timeout(3.0):
                await self._hang_up(connections, reason)
        except TimeoutError:
            for connection in connections:
                connection.shut(reason)
            logger.error("interview %s did not settle in time", self.interview_id)
        if self._runner is not None:
            self._runner.cancel()
            await asyncio.wait((self._runner,), timeout=2.0)
        await self._tasks.close()
        for connection in connections:
            await connection.release()
        try:
            if not self._fenced:
                await self._put_away()
        except (LostOwnership, StoreUnavailable) as error:
            logger.error("interview %s: %s; nothing was written", self.interview_id, error)
        finally:
            await self._lease.close()
            self.done.set()

    async def _put_away(self) -> None:
        """What waits is written; what is left in the spool is owed, and the next one finds it."""
        await self._services.spool.flush()
        await self._flush()
        if not self._journal.trouble and self._journal.last_seq > SNAPSHOT_AFTER:
            await self._snapshots.save()
        if self.state.status in TERMINAL and not self._journal.unsaved:
            await self.transcriber.empty_spool()
        await self._trim()

    async def _hang_up(self, connections: list[Connection], reason: CloseReason) -> None:
        """No call is left, and what they still had to say is handled."""
        if reason == "shutdown" and not self.done.is_set():
            if not self.state.connected:  # nobody would look into the spool again
                self.transcriber.give_up("the server stopped before it was written down")
            self._put(_Item(work=self._move))
            await self.done.wait()
        for connection in connections:
            if connection.close_reason is None:
                connection.shut(reason)
            await connection.over.wait()
        if not self.done.is_set():
            self.transcriber.give_up("the server stopped before it was written down")
            await self._barrier()

    async def _barrier(self) -> None:
        """Until everything that is in the inbox now has been handled."""
        reply: asyncio.Future[State] = asyncio.get_running_loop().create_future()
        self._put(_Item(reply=reply))
        await reply

    @property
    def certain(self) -> bool:
        """Our lease is beyond doubt."""
        return self._lease.certain

    @property
    def resting(self) -> bool:
        """Nobody is connected and nothing is being waited for but a deadline."""
        return self.connection is None and not self.transcriber.owed and self._inbox.empty()

    @property
    def heard_out(self) -> bool:
        """What an earlier process left in the spool was given to the recogniser, and nothing of it
        or of this session's is owed any more: the log has all of it."""
        return self.transcriber.heard_out and not self._journal.unsaved

    @property
    def version(self) -> int:
        """Of the log, as far as this session has written it."""
        return self._journal.version

    @property
    def appends(self) -> int:
        """Writes to the log so far, of this session."""
        return self._journal.appends

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
                item.reply.set_exception(TimeoutError("the inbox is full"))

    async def _run(self) -> None:
        while not self.done.is_set():
            item = _Item(input_=inp.Tick())  # what fails in waiting counts as one
            try:
                item = await self._next()
                await self._serve(item)
            except LostOwnership as error:
                logger.error("interview %s: %s; stopped here", self.interview_id, error)
                self._abandon("lease_lost")
            except Exception as error:
                # One bad input must not end an interview; the state is as before.
                self._failed(item, error)
            finally:
                if item.reply is not None and not item.reply.done():
                    item.reply.set_result(self.state)

    async def _serve(self, item: _Item) -> None:
        if self._journal_due():
            await self._flush()
        if self._snapshots.due:
            self._spawn(self._snapshots.save(), "snapshot")
        try:
            if item.work is not None:
                await item.work()
            elif item.input_ is not None:
                await self._handle(item.input_, item.connection)
        except TooMuchUnsaved as error:
            await self._give_in(error)
        self._check_end()
        if self._draining:
            await self._go_if_resting()

    def _failed(self, item: _Item, error: Exception) -> None:
        kind, what = type(error).__name__, type(item.input_).__name__
        self._count("handler_errors")
        message = "interview %s: %s in handling %s"
        logger.error(message, self.interview_id, kind, Public(what), exc_info=error)
        if isinstance(item.input_, inp.Tick):  # it would be the same at once; inputs go on
            self._watchdog.tick_failed(self._clock.now_s())

    async def _give_in(self, error: TooMuchUnsaved) -> None:
        """Memory is no safe place any more: it ends, the candidate receives that, and what there is
        waits for the store as long as finals would."""
        if self.state.status in TERMINAL:
            return  # what comes late stays in the spool
        logger.error("interview %s: %s; ended", self.interview_id, error)
        if self.connection is not None:
            self.connection.send(NOT_SAVED)
        await self._handle(inp.Fail("it could not be saved for too long"))

    def _due_s(self) -> float:
        """When to tick at the latest."""
        now_s = self._clock.now_s()
        self._follow_wall_clock()
        due = [self._journal.deadline(), now_s + LOOK_AT_LEAST_EVERY_S]
        if self._ending_since_s is not None:
            due.append(now_s + 0.25)
        try:
            due.append(None if self._recovering else machine.deadline(self.state))
        except Exception as error:
            self._failed(_Item(input_=inp.Tick()), error)
        return max(self._watchdog.ticks_from_s, min(at for at in due if at))

    def _follow_wall_clock(self) -> None:
        """A link expires by Unix time, all else by the interview's own."""
        ahead_s = self._clock.ahead_s()
        if abs(ahead_s - self.state.clock_ahead_s) > STEP_S:
            self.state = replace(self.state, clock_ahead_s=ahead_s)

    async def _next(self) -> _Item:
        """The next item, or a Tick when a deadline comes first."""
        delay_s = max(0.0, self._due_s() - self._clock.now_s())
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
        decided = steps.decide(before, input_, now_s)
        if isinstance(input_, inp.CallConnected) and connection is not None and not decided:
            connection.shut("ended")  # the interview is over
        if not decided:
            self._nothing_follows(input_, now_s)
            return
        if not self._command_rate.allows(input_, now_s):
            self._count("clicks_ignored")
            if isinstance(input_, inp.AnswerTyped) and self.connection is not None:
                self.connection.send(TOO_MANY_ANSWERS)
            return
        events = [step.event for step in decided]
        # The end is written whatever waits already: it is the last thing there is to say.
        placed = self._journal.add(events, now_s, bounded=not isinstance(input_, inp.Fail))
        self._watchdog.beat(placed, now_s)
        self.state = decided[-1].after
        if isinstance(input_, inp.SegmentHeard):
            self.transcriber.written(input_.segment_id)
        self._services.media.turns(self.state.latencies[len(before.latencies) :])
        if any(durability_of(event) is Durability.NOW for event in events):
            await self._flush()
        for step, (seq, event) in zip(decided, placed, strict=True):
            if isinstance(event, ev.Connected) and connection is not None:
                self._take_in(connection, event)
            self._tell(event, step.after, seq)
            for effect in fx.effects(step.before, event, step.after, now_s):
                self._do(effect)
        self._show(now_s)

    def _nothing_follows(self, input_: inp.Input, now_s: float) -> None:
        if isinstance(input_, inp.SegmentHeard):
            self.transcriber.written(input_.segment_id)  # of no answer: there is nothing to write
        elif isinstance(input_, inp.SegmentReady) and self.state.round < 0:
            self._count("stt_before_any_question")
        elif isinstance(input_, inp.Tick) and self.still_for_s(now_s) > 0:
            self._watchdog.tick_failed(now_s)  # due, and nothing came of it: it must not spin

    def still_for_s(self, now_s: float) -> float:
        """How long something has been due without anything happening. Raises what the machine
        raises."""
        if self.done.is_set() or self._recovering:
            return 0.0
        due_s = machine.deadline(self.state)
        if due_s is None and self._ending_since_s is not None:
            due_s = self._ending_since_s + 2 * self._services.settings.owed_finals_s
        return 0.0 if due_s is None else self._watchdog.still_for_s(due_s, now_s)

    async def _flush(self) -> None:
        """Write what waits; finals that are written may leave the spool."""
        before = self._journal.unsaved
        await self._journal.flush(
            self.state.status.value, self._clock.now_s(), summary.of(self.state)
        )
        if self._journal.trouble and not self._told_of_trouble:
            self._told_of_trouble = True
            self._count("store_trouble")
        elif not self._journal.trouble and before:
            self._told_of_trouble = False
            await self._trim()

    async def _trim(self) -> None:
        """Nothing leaves the spool before its words are in the log."""
        if not self._journal.unsaved and not self._journal.trouble:
            live = {epoch for epoch, c in self._connections.items() if not c.over.is_set()}
            if self.state.connected:
                live.add(self.state.connection_epoch)  # just written, and not taken in yet
            await self.transcriber.trim(live)

    def _journal_due(self) -> bool:
        due_s = self._journal.deadline()
        return due_s is not None and due_s <= self._clock.now_s()

    # --- messages ---

    def _tell(self, event: ev.Event, state: State, seq: int | None) -> None:
        connection = self.connection
        if connection is None or is_hidden(event, connection.hidden_turns):
            return
        if seq is not None:
            connection.send(Durable(event, seq, state))
            if isinstance(event, ev.SegmentTranscribed):
                return
        clip = None
        if isinstance(event, ev.UtteranceStarted):
            clip = self._prompt_audio.clip_of(event.text)
        sentences = clip.sentences if clip is not None else ()
        connection.send(Momentary(event, state, sentences))

    def _show(self, now_s: float) -> None:
        """Send the state when what the candidate should see has changed."""
        if self.connection is None:
            return
        shown = view(self.state, now_s)
        if shown != self._shown:
            if self._shown is None or shown.stage != self._shown.stage:
                self.connection.send(progress(self.state, now_s))
            self._shown = shown
            self.connection.send(shown)

    # --- connection ---

    def connected(self, connection: Connection) -> None:
        offset_s = timeline_end(self.state)
        if self.connection is not None:
            offset_s = max(offset_s, self.connection.media_offset_s + self.connection.media_s)
        connection.resume_token = resume.new_token(self.interview_id)
        self._put(
            _Item(
                input_=inp.CallConnected(
                    offset_s,
                    connection.microphone,
                    connection.channel.negotiated,
                    resume.token_hash(connection.resume_token),
                    connection.resumed_from,
                    self._services.server,
                ),
                connection=connection,
            )
        )

    def _take_in(self, connection: Connection, event: ev.Connected) -> None:
        """The machine knows the connection: the newest is the one that is spoken to."""
        recording = None
        spec = self.state.spec
        if spec.retention.record_audio and connection.microphone:
            recording = self._services.recordings.open(self.interview_id, event.connection_epoch)
        self._connections[event.connection_epoch] = connection
        self.connection = connection
        self._shown = None
        connection.hidden_turns = event.hidden_turns
        notices = (self._services.stt.status().notice, HISTORY_HIDDEN if event.hidden_turns else "")
        connection.intake.keep_audio(fx.keeps_audio(self.state))
        connection.begin(
            event.connection_epoch,
            event.media_offset_s,
            recording,
            Welcome(
                interview_id=self.interview_id,
                connection_epoch=event.connection_epoch,
                resumed=event.connection_epoch > 1,
                last_seq=self._journal.last_seq,
                found_seq=self._journal.found,
                title=spec.title,
                questions_total=len(spec.questions),
                pace=self.state.pace,
                resume_token=connection.resume_token or None,
                notices=tuple(filter(None, notices)),
            ),
        )
        if connection.over.is_set():  # it ended while it waited for its turn in the inbox
            self.closed(connection, connection.close_reason or "gone")

    def hello(self, connection: Connection, last_seq: int) -> None:
        async def replay() -> None:
            """Durable events the client has missed, then the state as it is."""
            if connection is not self.connection:
                return
            await self._flush()
            if connection.channel.behind and self._journal.trouble:
                return  # what it is owed is not in the log yet
            log, own_id = self._services.log, self.interview_id
            with connection.channel.replaying(last_seq) as after_seq:
                async for entry in history.entries(log, own_id, after_seq=after_seq):
                    if connection.channel.behind:
                        break  # a slow reader: the rest when the channel has room
                    event = history.event_of(own_id, entry)
                    if event is None or is_hidden(event, connection.hidden_turns):
                        continue
                    connection.send(Durable(event, entry.seq, self.state))
            now_s = self._clock.now_s()
            self._shown = view(self.state, now_s)
            connection.send(progress(self.state, now_s))
            connection.send(self._shown)
            if connection.hidden_turns and not connection.resumed_from:
                connection.send(Hint(code="history_hidden", text=HISTORY_HIDDEN))

        self._put(_Item(work=replay))

    def acknowledged(self, connection: Connection) -> None:
        """The channel keeps the order: who acknowledges an event has received `welcome`."""
        if not connection.welcomed and connection.epoch:
            connection.welcomed = True
            self.post(inp.WelcomeReceived(connection.epoch))

    def closed(self, connection: Connection, reason: CloseReason) -> None:
        """The call is over. Nothing is computed for it any more but the finals it is owed."""
        if connection is self.connection:
            self.connection = None
            self.transcriber.hang_up()
        if connection.epoch:
            self.post(connection.ended_input())
            self._put(_Item(work=connection.release))
        logger.info("interview %s: call closed, %s", self.interview_id, reason)

    async def recover(self, settings: ReceiverSettings, alive_s: float) -> None:
        """An earlier process may have left audio without words, or a connection that went with it.

        Known before any deadline: what was being said then was cut off, not heard to its end.
        `alive_s`: when the log was last written. Audio may tell of a later sign of life.
        """
        try:
            spooled = await self.transcriber.recover(settings)
            if self.state.connected:
                last = self.state.connections[-1]
                heard = spooled.get(last.connection_epoch, NOTHING_SPOOLED)
                media_s = max(timeline_end(self.state) - last.media_offset_s, heard.end_s)
                alive_s = max(alive_s, last.connected_at_s + heard.end_s)
                away_s = max(0.0, self._clock.now_s() - alive_s)
                await self.ask(
                    inp.CallEnded(
                        last.connection_epoch,
                        "server restarted",
                        media_s,
                        lost_ms=heard.lost_ms,
                        away_s=away_s,
                        turn=inp.TurnLoss(heard.lost_ms) if heard.lost_ms else None,
                    )
                )
            elif self.state.status in TERMINAL:
                self._ending_since_s = self._clock.now_s()  # it waits for what is owed, then goes
        finally:
            self._recovering = False
            self.post(inp.Tick())  # a deadline that has passed meanwhile is looked at now

    # --- effects ---

    def _do(self, effect: fx.Effect) -> None:
        connection = self.connection
        match effect:
            case fx.PrepareGreeting():
                self._spawn(self._prompt_audio.greet(effect), "greeting")
            case fx.PrepareVoice():
                if not self._spawn(
                    self._prompt_audio.voice(effect.utterance_id, effect.text), "voice"
                ):
                    self.post(inp.VoiceFailed(effect.utterance_id, "too many tasks"))
            case fx.Prefetch():
                if self._prompt_audio.clip_of(effect.text) is None:
                    self._spawn(self._prompt_audio.prepare(effect.text), "prefetch")
            case fx.CloseCall():
                self._close_call(effect)
            case fx.EndSession():
                self._ending_since_s = self._clock.now_s()
            case _ if connection is not None:
                self._do_on_call(connection, effect)

    def _do_on_call(self, connection: Connection, effect: fx.Effect) -> None:
        match effect:
            case fx.Play():
                clip = self._prompt_audio.clip_of(effect.text)
                if clip is not None:
                    if not connection.play(effect.utterance_id, clip, effect.from_s):
                        self.post(inp.PlayRefused(effect.utterance_id))
                else:
                    self.post(inp.PlayoutEnded(effect.utterance_id, 0.0, complete=True))
            case fx.StopPlaying():
                connection.stop_playing()
            case _:
                self._do_on_ear(connection, effect)

    def _do_on_ear(self, connection: Connection, effect: fx.Effect) -> None:
        match effect:
            case fx.Listen():
                epoch, offset_s = connection.epoch, connection.media_offset_s
                if effect.from_s is None and self.transcriber.begins(
                    epoch, connection.media_s, offset_s
                ):
                    self._spawn(self._trim(), "spool")
                connection.intake.listen(effect.turn_epoch, effect.from_s, effect.max_turn_ms)
            case fx.StopListening():
                connection.intake.stop_listening()
            case fx.CloseTurn():
                connection.intake.close_turn(effect.turn_epoch, effect.reason)
            case fx.ExtendSilence():
                connection.intake.extend_silence()
            case fx.Hold():
                connection.intake.hold(effect.hold_s)
            case fx.KeepAudio():
                connection.intake.keep_audio(effect.keep)
            case fx.SetSilence():
                connection.intake.set_silence_ms(effect.silence_ms)

    def _close_call(self, effect: fx.CloseCall) -> None:
        connection = self._connections.get(effect.connection_epoch)
        if connection is None:
            return
        if effect.reason == "superseded":
            newest = self.connection
            by_link = newest is not None and newest.hidden_turns and not newest.resumed_from
            connection.farewell(OPENED_ELSEWHERE if by_link else SUPERSEDED, "superseded")
        elif effect.linger_s:
            connection.shut_when_told(effect.reason, effect.linger_s)
        else:
            connection.shut(effect.reason)

    def _spawn(self, work: Coroutine[Any, Any, object], what: str) -> bool:
        return self._tasks.spawn(work, what)

    # --- the end ---

    def _lease_changed(self, what: str) -> None:
        """From the lease keeper: `doubt`, `sure`, `lost`, `wanted` by another server, or that the
        store lost entries."""
        if what == "lost":
            self._abandon("lease_lost")
        elif what == "wanted":
            self._put(_Item(work=self._give_way))
        elif what == "log_lost":
            self._put(_Item(work=self._write_back))
        elif what == "doubt":
            if self.connection is not None:
                self.connection.suspend(True)
            self._told_until = self._journal.last_seq
            self.post(inp.GateClosed())
        elif what == "sure":
            if self.connection is not None:
                self.connection.suspend(False)
                # What the candidate was not told while the gate was closed.
                self.hello(self.connection, self._told_until)
            self.post(inp.GateOpened())

    async def _write_back(self) -> None:
        self._count("log_restored")
        await self._journal.restore(self.state.status.value, self._clock.now_s())

    def tell_deleted(self) -> None:
        """Its owner erases the interview now: the candidate receives that, and nothing else."""
        if self.connection is not None:
            self.connection.farewell(DELETED, "ended")

    def abandon(self) -> str:
        """It does not move any more: the log goes on without it. Answers what it did last."""
        self._abandon("error")
        return self._watchdog.trail()

    def _abandon(self, reason: CloseReason) -> None:
        """Not ours any more: not a byte leaves from here on."""
        self._fenced = self.transcriber.fenced = reason == "lease_lost"
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
        if self.resting and not self._journal.trouble:
            self.done.set()
        elif waited_s > self._services.settings.owed_finals_s:
            # Written as untranscribed; then it rests, or ends all the same where that fails.
            if self.transcriber.owed:
                self.transcriber.give_up("the recogniser did not answer in time")
            else:
                self.done.set()

    def _count(self, name: str) -> None:
        self.counters[name] = self.counters.get(name, 0) + 1
        self._services.counts.count(name)
