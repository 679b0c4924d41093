"""What happened when in the turns of one interview, and where the time of each went. Pure.

Fed with what the session does anyway; whoever feeds it reads the clock. All times are those of the
interview's clock (`InterviewClock.now_s`), which runs on in the process. The media's own time meets
it in one place: where the receiver takes a turn to be over. What it has received of silence by then
is taken off that moment, and that is where the last speech ended; what it has received since the
first speech, and since each segment, tells when those were. So the time a packet takes to come
here, and to wait in the jitter buffer, counts as before the last speech.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from media_server.interview import events as ev
from media_server.interview import inputs as inp
from media_server.interview.state import State
from media_server.interview.status import LADDER_KINDS
from media_server.ports import SttOutcome
from media_server.ports.turn_trace import (
    BARGE_IN_STAGES,
    STAGES,
    BargeInStage,
    BargeInTrace,
    LateWork,
    Stage,
    StageTime,
    TurnTrace,
    Work,
    WorkTime,
    turn_id_of,
)
from media_server.segment_info import SegmentInfo

WORKS_KEPT = 36
"""Of one turn, the newest: a long answer has many segments, of which the last ones are waited
for."""
SEGMENTS_KEPT = 12
"""The same of its segments as they were spoken."""
ANSWERED_KEPT = 8
"""Turns whose words may still come after they were answered."""
LAPSE_S = 60.0
"""From a turn's end: a reply that takes longer is not measured any more, but counted."""

Outcome = Literal["answered", "unanswered", "lapsed"]
"""answered: what is said next was heard. unanswered: the turn went on, the candidate left, or what
came next was only shown. lapsed: it took too long."""


class Step(Protocol):
    """`live.steps.Step`."""

    @property
    def before(self) -> State: ...
    @property
    def event(self) -> ev.Event: ...
    @property
    def after(self) -> State: ...


@dataclass(slots=True)
class _Over:
    """A turn that is over, and not answered yet."""

    turn_epoch: int
    ended_by: str
    speech_ended_s: float
    over_s: float
    """When the receiver, or a click, took it to be over."""
    words_s: float
    reply_s: float
    decided_s: float | None = None
    voice_s: float | None = None
    utterance_id: str = ""
    utterance_kind: str = ""
    connection_epoch: int = 0
    speech_began_s: float | None = None


@dataclass(slots=True)
class _BargeIn:
    """The bot is being stopped."""

    turn_epoch: int
    """0: the speech belongs to no turn."""
    connection_epoch: int
    utterance_id: str
    began_s: float
    heard_s: float
    decided_s: float
    acts_s: float


class TurnMarks:
    """One per session. At most one turn is open at a time, so what it holds is bounded."""

    def __init__(self, interview_id: str, server: str = "") -> None:
        self._interview_id = interview_id
        self._server = server
        self._turn_epoch = 0
        """The newest turn."""
        self._works: deque[WorkTime] = deque(maxlen=WORKS_KEPT)
        """Of the newest turn."""
        self._owed: dict[str, float] = {}
        """Finals of the newest turn that have not come: when they were asked for."""
        self._segments: deque[SegmentInfo] = deque(maxlen=SEGMENTS_KEPT)
        """Of the newest turn."""
        self._answered: deque[int] = deque(maxlen=ANSWERED_KEPT)
        """Turns whose trace was given."""
        self._over: _Over | None = None
        self._asked: tuple[str, float] | None = None
        """The reply that a language model was asked for last, and when."""
        self._barge_in: _BargeIn | None = None
        self._outcomes: list[Outcome] = []

    # --- what happens ---

    def decided(self, input_: inp.Input, put_s: float, now_s: float, steps: Sequence[Step]) -> None:
        """What followed from an input: put into the inbox at `put_s`, handled at `now_s`."""
        self._barge_in = None
        if isinstance(input_, inp.BargeIn):
            self._barge_in = _barge_in(input_, put_s, now_s, steps)
        elif isinstance(input_, inp.SegmentReady):
            self._asked_for(input_.segment, put_s)
        elif isinstance(input_, inp.ReplyReady | inp.ReplyFailed):
            self._reply_came(input_.reply_id, put_s)
        elif isinstance(input_, inp.VoiceReady):
            over = self._over
            if over is not None and over.utterance_id == input_.utterance_id:
                over.voice_s = put_s
                if over.decided_s is not None:
                    self._work("speech", over.decided_s, put_s, input_.utterance_id)
        for step in steps:
            self._happened(step, input_, put_s, now_s)

    def final_came(
        self, turn_epoch: int, outcome: SttOutcome, now_s: float, ahead_s: float
    ) -> LateWork | None:
        """A final of that turn came back from the recogniser. Answers its work where the trace of
        the turn was given without it."""
        began_s, ref = now_s - outcome.worked_s, outcome.segment_id
        works = (
            WorkTime("queue", began_s - outcome.queued_s, outcome.queued_s, ref),
            WorkTime("recogniser", began_s, outcome.worked_s, ref),
        )
        if turn_epoch in self._answered:
            turn_id = turn_id_of(self._interview_id, turn_epoch)
            return LateWork(turn_id, tuple(_earlier(work, ahead_s) for work in works))
        if turn_epoch == self._turn_epoch:
            self._owed.pop(ref, None)
            self._works.extend(works)
            if self._over is not None and self._over.decided_s is None:
                self._over.words_s = now_s
        return None

    def acts(self, since_s: float, now_s: float, *, stored: bool) -> None:
        """What was decided at `since_s` is about to be carried out. `stored`: the log had to be
        written first."""
        over = self._over
        if stored and over is not None:
            self._work("store", since_s, now_s)
            if over.decided_s == since_s:  # what is said next is decided once the log has it
                over.decided_s = now_s
        if self._barge_in is not None and stored:
            self._barge_in.acts_s = now_s

    def acted(self, now_s: float, ahead_s: float) -> BargeInTrace | None:
        """It is carried out. Answers how long the bot talked on over the candidate, where that has
        stopped it."""
        found, self._barge_in = self._barge_in, None
        if found is None:
            return None
        ends = (found.heard_s, found.decided_s, found.acts_s, now_s)
        began_s = min(found.began_s, found.heard_s)
        epoch = found.turn_epoch
        return BargeInTrace(
            turn_id=turn_id_of(self._interview_id, epoch) if epoch else "",
            interview_id=self._interview_id,
            connection_epoch=found.connection_epoch,
            utterance_id=found.utterance_id,
            began_s=began_s - ahead_s,
            stages=_in_a_row(BARGE_IN_STAGES, began_s, ends, ahead_s),
        )

    def first_packet(self, utterance_id: str, now_s: float, ahead_s: float) -> TurnTrace | None:
        """The first packet of an utterance leaves. `ahead_s`: see `InterviewClock`."""
        over = self._over
        if over is None or over.utterance_id != utterance_id:
            return None
        self._over = None
        if now_s - over.over_s > LAPSE_S:
            self._outcomes.append("lapsed")
            return None
        self._outcomes.append("answered")
        self._answered.append(over.turn_epoch)
        return self._trace(over, now_s, ahead_s)

    def look(self, now_s: float) -> None:
        """Every now and then: a turn that was not answered in time is forgotten."""
        if self._over is not None and now_s - self._over.over_s > LAPSE_S:
            self._over = None
            self._outcomes.append("lapsed")

    def left(self) -> None:
        """Nobody is there any more to be answered."""
        if self._over is not None:
            self._over = None
            self._outcomes.append("unanswered")

    def take_outcomes(self) -> list[Outcome]:
        """What has become of turns since the last call."""
        found, self._outcomes = self._outcomes, []
        return found

    # --- one event ---

    def _happened(self, step: Step, input_: inp.Input, put_s: float, now_s: float) -> None:
        match step.event:
            case ev.TurnOpened(turn_epoch=turn_epoch):
                self._begins(turn_epoch)
            case ev.TurnEnded():
                self._turn_ended(step.event, input_, put_s)
            case ev.ReplyAsked(reply_id=reply_id):
                self._asked = reply_id, now_s
            case ev.ReplyMissed():
                if self._over is not None and self._over.decided_s is None:
                    self._over.reply_s = now_s
            case ev.UtteranceRequested(kind=kind) if kind not in LADDER_KINDS:
                self._decided(step, step.event.utterance_id, kind, now_s)
            case ev.UtteranceResumed():
                self._decided(step, step.event.utterance_id, step.event.kind, now_s)
            case ev.UtteranceStarted(spoken=False, utterance_id=utterance_id):
                if self._over is not None and self._over.utterance_id == utterance_id:
                    self.left()
            case ev.Connected() | ev.Disconnected():  # a newer one takes over without the latter
                self.left()
            case ev.Paused() | ev.Parked() | ev.Ended():
                self.left()

    def _begins(self, turn_epoch: int) -> None:
        self.left()
        self._turn_epoch, self._asked = turn_epoch, None
        self._works.clear()
        self._segments.clear()
        self._owed.clear()

    def _turn_ended(self, event: ev.TurnEnded, input_: inp.Input, put_s: float) -> None:
        self.left()
        if event.turn_epoch != self._turn_epoch:  # typed, while nobody listened
            self._begins(event.turn_epoch)
        by_receiver = isinstance(input_, inp.TurnOver) and event.silence_ms is not None
        silence_s = (event.silence_ms or 0) / 1000 if by_receiver else 0.0
        ended_s = put_s - silence_s
        self._over = _Over(event.turn_epoch, event.reason, ended_s, put_s, put_s, put_s)
        if isinstance(input_, inp.TurnOver):
            self._spoken(self._over, input_, put_s)

    def _spoken(self, over: _Over, input_: inp.TurnOver, put_s: float) -> None:
        """When each part of the turn was said, by how much audio has come since."""
        if input_.start_s is None or input_.end_s is None:
            return
        until_s = input_.until_s
        if until_s is None:
            until_s = input_.end_s + (input_.silence_ms or 0) / 1000
        shift_s = put_s - until_s  # from the media's timeline to the interview's clock
        over.speech_began_s = min(shift_s + input_.start_s, over.speech_ended_s)
        for segment in self._segments:
            start_s, end_s = shift_s + segment.start_s, shift_s + segment.end_s
            self._work("segment", start_s, min(end_s, put_s), str(segment.segment_id))

    def _decided(self, step: Step, utterance_id: str, kind: str, now_s: float) -> None:
        over = self._over
        if over is None:
            return
        over.utterance_id, over.utterance_kind = utterance_id, kind
        over.decided_s, over.voice_s = now_s, None
        over.connection_epoch = step.after.connection_epoch
        pending = {str(segment_id) for segment_id in step.after.pending}
        for segment_id, asked_s in self._owed.items():
            if segment_id in pending:  # waited for, and not any longer
                over.words_s = now_s
                self._work("owed", asked_s, now_s, segment_id)

    def _asked_for(self, segment: SegmentInfo, put_s: float) -> None:
        if segment.turn_epoch != self._turn_epoch:
            return
        self._segments.append(segment)
        if len(self._owed) < WORKS_KEPT:
            self._owed[str(segment.segment_id)] = put_s

    def _reply_came(self, reply_id: str, put_s: float) -> None:
        if self._asked is None or self._asked[0] != reply_id:
            return
        self._work("model", self._asked[1], put_s, reply_id)
        self._asked = None
        if self._over is not None and self._over.decided_s is None:
            self._over.reply_s = put_s

    # --- what comes of it ---

    def _work(self, work: Work, start_s: float, end_s: float, ref: str = "") -> None:
        self._works.append(WorkTime(work, start_s, max(0.0, end_s - start_s), ref))

    def _trace(self, over: _Over, now_s: float, ahead_s: float) -> TurnTrace:
        decided_s = over.decided_s if over.decided_s is not None else now_s
        voice_s = over.voice_s if over.voice_s is not None else decided_s
        ends = (over.over_s, over.words_s, over.reply_s, decided_s, voice_s, now_s)
        began_s = over.speech_began_s
        works = sorted(self._works, key=lambda work: work.start_s)
        return TurnTrace(
            turn_id=turn_id_of(self._interview_id, over.turn_epoch),
            interview_id=self._interview_id,
            turn_epoch=over.turn_epoch,
            connection_epoch=over.connection_epoch,
            ended_by=over.ended_by,
            utterance_id=over.utterance_id,
            utterance_kind=over.utterance_kind,
            speech_ended_s=over.speech_ended_s - ahead_s,
            reply_s=now_s - over.speech_ended_s,
            stages=_in_a_row(STAGES, over.speech_ended_s, ends, ahead_s),
            works=tuple(_earlier(work, ahead_s) for work in works),
            server=self._server,
            speech_began_s=None if began_s is None else began_s - ahead_s,
        )


def _in_a_row(
    names: Sequence[Stage] | Sequence[BargeInStage],
    from_s: float,
    ends: Sequence[float],
    ahead_s: float,
) -> tuple[StageTime, ...]:
    """Stages of these ends, each from the end of the one before, none after the last one's."""
    stages, reached_s = [], from_s
    for stage, end_s in zip(names, ends, strict=True):
        until_s = min(max(reached_s, end_s), ends[-1])
        stages.append(StageTime(stage, reached_s - ahead_s, until_s - reached_s))
        reached_s = until_s
    return tuple(stages)


def _earlier(work: WorkTime, ahead_s: float) -> WorkTime:
    """In Unix seconds."""
    return WorkTime(work.work, work.start_s - ahead_s, work.length_s, work.ref)


def _barge_in(
    input_: inp.BargeIn, put_s: float, now_s: float, steps: Sequence[Step]
) -> _BargeIn | None:
    """None: it does not stop the bot."""
    if not steps:
        return None
    said, after = steps[0].before.utterance, steps[-1].after
    if said is None or said.playing_since_s is None:
        return None
    if after.utterance is not None and after.utterance.utterance_id == said.utterance_id:
        return None
    epoch = after.turn_epoch if after.listening is not None else 0
    began_s = put_s - input_.speech_s
    return _BargeIn(epoch, after.connection_epoch, said.utterance_id, began_s, put_s, now_s, now_s)
