"""The shell around one interview: inbox, decide, append, effects.

Inputs are handled one at a time: `decide`, append, fold, effects, messages. Effects run outside
and come back as inputs. The session lives while a candidate is in conversation or may come back
within the resume window; between sessions an interview is nothing but its log.

    inbox            what waits, in its order
    calls            the candidate's connections
    transcriber      segments on their way to words
    candidate_view   what the candidate is shown
    effect_runner    what the machine wants done
    replies          what a model would say next
    told_ahead       what a summary would tell of each answer
    leaving          how it ends
    turns            where the time of a turn goes

Over 400 lines on purpose: what must not happen out of turn is read in one place.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace

from media_server.audio.events import ReceiverSettings
from media_server.interview import effects as fx
from media_server.interview import events as ev
from media_server.interview import inputs as inp
from media_server.interview import machine
from media_server.interview.events import Durability, durability_of
from media_server.interview.state import State
from media_server.interview.status import TERMINAL
from media_server.live import session_counts, steps, summary
from media_server.live.candidate_calls import CandidateCalls
from media_server.live.candidate_view import CandidateView
from media_server.live.command_rate_limit import CommandRateLimit
from media_server.live.connection import Connection
from media_server.live.effect_runner import EffectRunner
from media_server.live.end_model import EndModel
from media_server.live.handover import DELETED, NOT_SAVED, hint_in
from media_server.live.inbox import Inbox, Item
from media_server.live.journal import Journal, LostOwnership, TooMuchUnsaved
from media_server.live.kept_clips import KeptClips
from media_server.live.lease import Change, LeaseKeeper
from media_server.live.leaving import Leaving
from media_server.live.prompt_audio import PromptAudio
from media_server.live.recover import ended_by_restart
from media_server.live.replies import Replies
from media_server.live.services import Services
from media_server.live.snapshots import AT_THE_END_FROM, SnapshotKeeper
from media_server.live.summary_ahead import SummaryAhead
from media_server.live.tasks import TaskOwner
from media_server.live.transcription import Transcriber
from media_server.live.turn_marks import TurnMarks
from media_server.live.turn_watch import TurnWatch
from media_server.live.watchdog import Watchdog
from media_server.ports import CloseReason, Public, StoreUnavailable
from media_server.wall_clock import STEP_S, InterviewClock

logger = logging.getLogger(__name__)

LOOK_AT_LEAST_EVERY_S = 30.0
NOT_PUT_IN = Item()
"""Of an input that does not come by the inbox."""


class LiveSession:
    """Create with a folded state and a lease, `start`, and `close` when `done` is set.

    Over 20 attributes on purpose: it is composed of the parts above, and each has a name here.
    """

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
        self.journal = journal
        self.done = asyncio.Event()
        self.clock = clock or InterviewClock(services.clock)
        self.counters: dict[str, int] = {}
        self.inbox = Inbox(self.clock, self._count)
        self.transcriber = Transcriber(self, services, self._count)
        marks = TurnMarks(interview_id, services.server)
        self._turns = TurnWatch(marks, services.turns, self.clock, self._count)
        self.transcriber.when_final = self._turns.final_came
        prompt_audio = PromptAudio(interview_id, state.spec, services, self.post, self._count)
        kept_clips = KeptClips(
            interview_id, services.blobs, record_audio=state.spec.retention.record_audio,
            count=self._count,
        )  # fmt: skip
        self._view = CandidateView(self, services.log, prompt_audio)
        self.calls = CandidateCalls(self, services, self._view.forget)
        self._snapshots = SnapshotKeeper(services.log, interview_id, state, journal.version)
        journal.on_written = self._snapshots.written
        journal.on_trouble = lambda: self._count("store_trouble")
        self._lease = lease
        self._services = services
        self._tasks = TaskOwner(f"interview {interview_id}")
        self._end_model = EndModel(services.turn_model, self.inbox.post, self._tasks, self._count)
        self.transcriber.when_closed = self._end_model.heard
        replies = Replies(self, services, self.transcriber, prompt_audio, self._tasks, self._count)
        told_ahead = SummaryAhead(self, services.llm, self._tasks, self._count)
        self._leaving = Leaving(self, self._handle, owed_finals_s=services.settings.owed_finals_s)
        self._effects = EffectRunner(
            self.calls, self.inbox, prompt_audio, kept_clips, self.transcriber, replies,
            told_ahead, self._tasks, trim=self._trim, end=self._leaving.interview_over,
        )  # fmt: skip
        self._watchdog = Watchdog(self.clock.now_s())
        self._command_rate = CommandRateLimit(self.clock.now_s())
        self._runner: asyncio.Task[None] | None = None
        self._closing: asyncio.Task[None] | None = None

    # --- life ---

    def start(self, *, recovering: bool = False) -> None:
        """`recovering`: no deadline fires until `recover` has told what became of the call."""
        self._watchdog.paused = recovering
        self._runner = asyncio.get_running_loop().create_task(
            self._run(), name=f"interview {self.interview_id}"
        )
        self._lease.start(self._lease_changed, lambda: self.journal.version)

    async def recover(self, settings: ReceiverSettings, alive_s: float) -> None:
        """An earlier process may have left audio without words, or a connection that went with it.

        Known before any deadline: what was being said then was cut off, not heard to its end.
        `alive_s`: when the log was last written. Audio may tell of a later sign of life.
        """
        try:
            spooled = await self.transcriber.recover(settings)
            if self.state.connected:
                now_s = self.clock.now_s()
                await self.ask(ended_by_restart(self.state, spooled, alive_s, now_s))
            elif self.state.status in TERMINAL:
                self._leaving.interview_over()
        finally:
            self._watchdog.paused = False
            self.post(inp.Tick())  # a deadline that has passed meanwhile is looked at now

    def drain(self) -> None:
        """Go at the next pause: `done` is set then. From here on nothing new is begun."""
        self._leaving.drain()

    async def close(self, reason: CloseReason = "shutdown") -> None:
        """Shut the gate, write what waits, give the lease back. Bounded by about 10 s.

        A second call waits for the first; a caller that is cancelled does not stop it.
        """
        if self._closing is None:
            self._closing = asyncio.get_running_loop().create_task(
                self._close(reason), name=f"closing {self.interview_id}"
            )
        await asyncio.shield(self._closing)

    async def _close(self, reason: CloseReason) -> None:
        await self._leaving.hang_up(reason)
        if self._runner is not None:
            self._runner.cancel()
            await asyncio.wait((self._runner,), timeout=2.0)
        await self._tasks.close()
        self._turns.close()
        for connection in self.calls.all():
            await connection.release()
        try:
            if not self.transcriber.fenced:
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
        if not self.journal.trouble and self.journal.last_seq > AT_THE_END_FROM:
            await self._snapshots.save()
        if self.state.status in TERMINAL and not self.journal.unsaved:
            await self.transcriber.empty_spool()
        await self._trim()

    def abandon(self, reason: CloseReason = "error") -> str:
        """It does not move any more, or is not ours: not a byte leaves from here on, and the log
        goes on without it. Answers what it did last."""
        self.transcriber.fenced = reason == "lease_lost"
        self.calls.shut_all(reason)
        self.done.set()
        return self._watchdog.trail()

    def tell_deleted(self) -> None:
        """Its owner erases the interview now: the candidate receives that, and nothing after it."""
        if self.connection is not None:
            self.connection.farewell(DELETED, "ended")

    # --- what others ask ---

    @property
    def connection(self) -> Connection | None:
        """The one that is spoken to."""
        return self.calls.current

    @property
    def certain(self) -> bool:
        """Our lease is beyond doubt."""
        return self._lease.certain

    @property
    def resting(self) -> bool:
        """Nobody is connected or about to be, and nothing is waited for but a deadline."""
        return self.calls.quiet and not self.transcriber.owed and self.inbox.empty

    @property
    def idle(self) -> bool:
        """At rest, and nothing is being handled: it may leave memory. Not while the store is away,
        which would cost what only memory has."""
        return self.resting and not self.inbox.in_hand and not self.journal.trouble

    @property
    def heard_out(self) -> bool:
        """What an earlier process left in the spool was given to the recogniser, and nothing of it
        or of this session's is owed any more: the log has all of it."""
        return self.transcriber.heard_out and not self.journal.unsaved

    @property
    def version(self) -> int:
        """Of the log, as far as this session has written it."""
        return self.journal.version

    def still_for_s(self, now_s: float) -> float:
        """How long something has been due without anything happening. Raises what the machine
        raises."""
        if self.done.is_set() or self._watchdog.paused:
            return 0.0
        due_s = machine.deadline(self.state)
        if due_s is None:
            due_s = self._leaving.overdue_from_s()
        return 0.0 if due_s is None else self._watchdog.still_for_s(due_s, now_s)

    # --- inbox ---

    def post(self, input_: inp.Input) -> None:
        self.inbox.post(input_)
        if isinstance(input_, inp.SpeechStopped):
            self._end_model.paused(input_)

    async def ask(self, input_: inp.Input, *, timeout_s: float = 5.0) -> State:
        """Post and wait until it is handled and written. Raises TimeoutError."""
        async with asyncio.timeout(timeout_s):
            return await self.inbox.ask(input_)

    async def _run(self) -> None:
        while not self.done.is_set():
            item = Item(input_=inp.Tick())  # what fails in waiting counts as one
            try:
                item = await self.inbox.next(self._due_s())
                await self._serve(item)
            except LostOwnership as error:
                logger.error("interview %s: %s; stopped here", self.interview_id, error)
                self.abandon("lease_lost")
            except Exception as error:
                # One bad input must not end an interview; the state is as before.
                self._failed(item, error)
            finally:
                item.answer(self.state)

    async def _serve(self, item: Item) -> None:
        due_s = self.journal.deadline()
        if due_s is not None and due_s <= self.clock.now_s():
            await self._flush()
        if self._snapshots.due:
            self._tasks.spawn(self._snapshots.save(), "snapshot")
        try:
            if item.work is not None:
                await item.work()
            elif item.input_ is not None:
                await self._handle(item.input_, item)
        except TooMuchUnsaved as error:
            await self._give_in(error)
        await self._leaving.check(unsaved=self.journal.trouble)

    def _failed(self, item: Item, error: Exception) -> None:
        kind, what = type(error).__name__, type(item.input_).__name__
        self._count("handler_errors")
        message = "interview %s: %s in handling %s"
        logger.error(message, self.interview_id, kind, Public(what), exc_info=error)
        if isinstance(item.input_, inp.Tick):  # it would be the same at once; inputs go on
            self._watchdog.tick_failed(self.clock.now_s())

    async def _give_in(self, error: TooMuchUnsaved) -> None:
        """Memory is no safe place any more: it ends, the candidate receives that, and what is there
        waits for the store as long as finals would."""
        if self.state.status in TERMINAL:
            return  # what comes late stays in the spool
        logger.error("interview %s: %s; ended", self.interview_id, error)
        if self.connection is not None:
            self.connection.send(NOT_SAVED)
        await self._handle(inp.Fail("it could not be saved for too long"))

    def _due_s(self) -> float:
        """When to tick at the latest."""
        self._look_around()
        self._turns.look()
        latest_s = self.clock.now_s() + LOOK_AT_LEAST_EVERY_S
        due = [self.journal.deadline(), self._leaving.due_s(), latest_s]
        try:
            due.append(None if self._watchdog.paused else machine.deadline(self.state))
        except Exception as error:
            self._failed(Item(input_=inp.Tick()), error)
        return max(self._watchdog.ticks_from_s, min(at for at in due if at))

    def _look_around(self) -> None:
        """What the state knows and no event tells. A link expires by Unix time, all else by the
        interview's own; a model that is left to rest is not waited for."""
        ahead_s = self.clock.ahead_s()
        if abs(ahead_s - self.state.clock_ahead_s) > STEP_S:
            self.state = replace(self.state, clock_ahead_s=ahead_s)
        if (replies := self._services.llm.available()) != self.state.replies:
            self.state = replace(self.state, replies=replies)

    # --- decide, append, do ---

    async def _handle(self, input_: inp.Input, item: Item = NOT_PUT_IN) -> None:
        connection, now_s = item.connection, self.clock.now_s()
        before = self._effects.summary.known_to(self.state)
        decided = steps.decide(before, input_, now_s)
        self._effects.replies.hears(input_)
        if isinstance(input_, inp.CallConnected) and connection is not None and not decided:
            connection.shut("ended")  # the interview is over
        if not decided:
            self._nothing_follows(input_, now_s)
            return
        if not self._command_rate.allows(input_, now_s):
            self._count("clicks_ignored")
            if isinstance(input_, inp.AnswerTyped) and self.connection is not None:
                self.connection.send(hint_in(self.state.spec, "too_many_answers"))
            return
        events = [self._effects.placed(step.event, step.after) for step in decided]
        # The end is written whatever waits already: it is the last thing there is to say.
        written = self.journal.add(events, now_s, bounded=not isinstance(input_, inp.Fail))
        self._watchdog.beat(written, now_s)
        self.state = decided[-1].after
        if isinstance(input_, inp.SegmentHeard):
            self.transcriber.written(input_.segment_id)
        self._services.media.turns(self.state.latencies[len(before.latencies) :])
        self._turns.decided(item, input_, now_s, decided)
        self._count_events(events)
        if at_once := any(durability_of(event) is Durability.NOW for event in events):
            await self._flush()
        self._turns.acts(now_s, stored=at_once)
        for step, place in zip(decided, written, strict=True):
            if isinstance(step.event, ev.Connected) and connection is not None:
                self.calls.take_in(connection, step.event)
            if self.connection is not None:
                self._view.tell(self.connection, place, step.after)
            self._services.watching.told(self.interview_id, step.event, step.after)
            for effect in fx.effects(step.before, step.event, step.after, now_s):
                self._effects.run(effect)
        self._turns.acted()
        if self.connection is not None:
            self._view.show(self.connection, now_s)

    def _count_events(self, events: list[ev.Event]) -> None:
        for event in events:
            if (name := session_counts.name_of(event)) is not None:
                self._count(name)

    def _nothing_follows(self, input_: inp.Input, now_s: float) -> None:
        if isinstance(input_, inp.SegmentHeard):
            self.transcriber.written(input_.segment_id)  # of no answer: there is nothing to write
        elif isinstance(input_, inp.SegmentReady) and self.state.prompt is None:
            self._count("stt_before_any_question")
        elif isinstance(input_, inp.Tick) and self.still_for_s(now_s) > 0:
            self._watchdog.tick_failed(now_s)  # due, and nothing came of it: it must not spin

    async def _flush(self) -> None:
        """Write what waits; finals that are written may leave the spool."""
        waited = self.journal.unsaved
        state = self.state
        await self.journal.flush(state.status.value, self.clock.now_s(), summary.of(state))
        if waited and not self.journal.trouble:
            await self._trim()

    async def _trim(self) -> None:
        """Nothing leaves the spool before its words are in the log."""
        if not self.journal.unsaved and not self.journal.trouble:
            await self.transcriber.trim(self.calls.live())

    # --- the connection's side ---

    def connected(self, connection: Connection) -> None:
        self.calls.connected(connection)

    def acknowledged(self, connection: Connection) -> None:
        self.calls.acknowledged(connection)

    def first_packet(self, utterance_id: str) -> None:
        self._turns.first_packet(utterance_id)

    def closed(self, connection: Connection, reason: CloseReason) -> None:
        self.calls.closed(connection, reason)

    def hello(self, connection: Connection, last_seq: int) -> None:
        """Durable events the client has missed, then the state as it is, in its turn."""

        async def replay() -> None:
            if connection is not self.connection:
                return
            await self._flush()
            if connection.channel.behind and self.journal.trouble:
                return  # what it is owed is not in the log yet
            await self._view.replay(connection, last_seq)
            self._view.show_again(connection, self.clock.now_s())

        self.inbox.do(replay)

    # --- the lease ---

    def _lease_changed(self, change: Change) -> None:
        connection = self.connection
        match change:
            case "lost":
                self.abandon("lease_lost")
            case "wanted":
                self.inbox.do(self._leaving.give_way)
            case "log_lost":
                self.inbox.do(self._write_back)
            case "doubt":
                if connection is not None:
                    connection.suspend(True)
                self._view.told_until = self.journal.last_seq
                self.post(inp.GateClosed())
            case "sure":
                if connection is not None:
                    connection.suspend(False)
                    # What the candidate was not told while the gate was closed.
                    self.hello(connection, self._view.told_until)
                self.post(inp.GateOpened())

    async def _write_back(self) -> None:
        """The store has lost entries that it had confirmed."""
        self._count("log_restored")
        await self.journal.restore(self.state.status.value, self.clock.now_s())

    def _count(self, name: str) -> None:
        self.counters[name] = self.counters.get(name, 0) + 1
        self._services.counts.count(name)
