"""One clip through the receive path: what turn-taking made of it.

Around the receiver stands what `live/intake.py` does: it listens, tells when the bot speaks, says
that the line lives, and on a barge-in stops the bot and listens from where that speech began. Media
time and arrival time are both the clip's; nothing here looks at a clock.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field

from benchmarks.turns.clips import Clip, Span
from benchmarks.turns.conditions import Kind
from benchmarks.turns.line import Arrival
from benchmarks.turns.packets import FRAME_S
from media_server.audio.band_levels import band_levels, pack_levels
from media_server.audio.events import BargeIn, InterimDue, ReceiverEvent, SegmentClosed, TurnEnded
from media_server.audio.receiver import AudioReceiver, ReceiverSettings

QUESTION_AFTER_S = 0.15
"""From the decision that a turn is over to the first sound of the next question."""
SIGN_EVERY_S = 2.5
"""Between two packets of a call that are no audio: checks, reports, the page's messages."""
NEVER_S = 8.0
"""A turn that has not ended so long after the last word is left hanging."""
_ANSWER_FIRST_S = 2.0
"""A bot that begins later than this has listened to an answer before."""
_HEARD_SHARE = 0.5
_MOST_TIMERS = 1000


@dataclass(frozen=True)
class Strategy:
    """One way to take turns."""

    name: str
    settings: ReceiverSettings = field(default_factory=ReceiverSettings)
    repair_s: float = 1.5
    """Speech that begins so long after the next question did reopens the answer."""


@dataclass
class Outcome:
    """What became of one clip. Times in seconds of the clip."""

    speech_s: float = 0.0
    unheard_s: float = 0.0
    """Labelled speech that is in no segment."""
    last_missed: bool = False
    """Less than half of the last phrase is in a segment."""
    cut_offs: int = 0
    repaired: int = 0
    never: bool = False
    end_delay_s: float | None = None
    """From the last word to the end of the turn."""
    false_barge_ins: int = 0
    barge_in_delay_s: float | None = None
    """From the first word over the bot to the decision to stop it."""
    barge_in_missed: bool = False
    invented: int = 0
    """Segments in which nobody speaks."""
    unlabelled_s: float = 0.0


class Seat:
    """The candidate's place in one call. `run` once."""

    def __init__(self, clip: Clip, kind: Kind, seconds: float, strategy: Strategy) -> None:
        self._clip = clip
        self._kind = kind
        self._seconds = seconds
        self._given_up_s = seconds
        if kind != "sounds" and clip.end_s is not None:
            self._given_up_s = clip.end_s + NEVER_S
        self._strategy = strategy
        self._receiver = AudioReceiver(strategy.settings, connection_epoch=1)
        self._turn = 0
        self._over = False
        self._sign_s = SIGN_EVERY_S
        """When the next sign of life comes."""
        self._asked_s: float | None = None
        """When the next question began, after a turn that ended too early."""
        self._positions: list[float] = []
        self._reached_s: list[float] = []
        self._segments: list[Span] = []
        self.outcome = Outcome()

    def run(self, arrivals: list[Arrival]) -> Outcome:
        """Deliver what arrives, in its time, until the turn is over or the clip is."""
        bot = self._clip.bot
        self._receiver.bot_speaking(True)  # until somebody listens, as the intake does
        steps = [(bot[0], self._bot_starts), (bot[1], self._bot_stops)] if bot else []
        if bot is None or bot[0] > _ANSWER_FIRST_S:
            self._listen(None)
        for now_s, packet in arrivals:
            while steps and steps[0][0] <= now_s:
                at_s, step = steps.pop(0)
                self._timers(at_s)
                step(at_s)
            self._timers(now_s)
            if self._over or now_s > self._given_up_s:
                break
            self._handle(self._receiver.receive(packet, now_s), now_s)
            self._reached(now_s)
            self._receiver.take_packets()
        end_s = min(self._seconds, self._given_up_s)
        self._timers(end_s)
        self._handle(self._receiver.finish(), end_s)
        self._receiver.close()
        self._sum_up()
        return self.outcome

    def _timers(self, until_s: float) -> None:
        for _ in range(_MOST_TIMERS):
            deadline_s = self._receiver.deadline()
            due_s = self._sign_s if deadline_s is None else min(deadline_s, self._sign_s)
            if due_s > until_s or self._over:
                return
            if due_s == self._sign_s:
                self._sign()
            else:
                self._handle(self._receiver.handle_timer(due_s), due_s)
        raise AssertionError("the receiver's timer never comes to rest")

    def _sign(self) -> None:
        at_s, self._sign_s = self._sign_s, self._sign_s + SIGN_EVERY_S
        outage = self._clip.outage
        if outage is None or not outage[0] <= at_s < outage[1]:
            self._handle(self._receiver.line_alive(at_s), at_s)
            self._reached(at_s)

    def _reached(self, now_s: float) -> None:
        self._positions.append(self._receiver.position_s)
        self._reached_s.append(now_s)

    # --- what the session does ---

    def _bot_starts(self, now_s: float) -> None:
        levels = pack_levels(band_levels(self._clip.bot_pcm))
        self._receiver.bot_speaking(True)
        self._receiver.bot_voice_begins(levels, 0.0, now_s)

    def _bot_stops(self, now_s: float) -> None:
        if self._turn:
            return
        self._receiver.bot_voice_ends(now_s)
        if self._kind == "question":
            self._over = True
        else:
            self.outcome.barge_in_missed = self._kind == "answer"
            self._listen(None)

    def _listen(self, from_s: float | None) -> None:
        self._turn += 1
        self._receiver.bot_speaking(False)
        now_s = self._reached_s[-1] if self._reached_s else 0.0
        self._receiver.bot_voice_ends(now_s)
        self._handle(self._receiver.listen(self._turn, from_s=from_s), now_s)

    # --- what the receiver says ---

    def _handle(self, events: list[ReceiverEvent], now_s: float) -> None:
        for event in events:
            if isinstance(event, InterimDue):
                self._receiver.interim_done(event.segment.info.segment_id)
            elif isinstance(event, SegmentClosed):
                info = event.segment.info
                self._segments.append((self._at(info.start_s), self._at(info.end_s)))
            elif isinstance(event, BargeIn):
                self._barge_in(event, now_s)
            elif isinstance(event, TurnEnded) and not self._over:
                self._turn_ended(now_s)

    def _at(self, media_s: float) -> float:
        """Where a place in media time lies in the clip: an outage leaves out what is longer than
        the timeline's longest gap."""
        index = bisect_left(self._positions, media_s - 1e-6)
        if index == len(self._positions):
            return media_s if not index else self._reached_s[-1]
        return self._reached_s[index] - (self._positions[index] - media_s)

    def _barge_in(self, event: BargeIn, now_s: float) -> None:
        if self._asked_s is not None:
            self._goes_on(event)
        elif self._turn or (self._clip.bot is not None and now_s < self._clip.bot[0]):
            return
        elif self._kind == "answer" and now_s >= self._clip.speech[0][0]:
            self.outcome.barge_in_delay_s = now_s - self._clip.speech[0][0]
            self._listen(event.start_s)
        else:
            self.outcome.false_barge_ins += 1
            if self._kind == "question":
                self._over = True

    def _goes_on(self, event: BargeIn) -> None:
        """Speech after a turn that was ended too early."""
        asked_s, self._asked_s = self._asked_s, None
        if asked_s is not None and self._at(event.start_s) <= asked_s + self._strategy.repair_s:
            self.outcome.repaired += 1
        self._listen(event.start_s)

    def _turn_ended(self, now_s: float) -> None:
        end_s = self._clip.end_s
        if self._kind == "sounds":
            self._listen(None)
        elif end_s is None:
            self._turn = 0
            self._receiver.bot_speaking(True)
        elif now_s < end_s:
            self.outcome.cut_offs += 1
            self._asked_s = now_s + QUESTION_AFTER_S
            self._receiver.bot_speaking(True)
        else:
            self.outcome.end_delay_s = now_s - end_s
            self._over = True

    # --- the sum ---

    def _sum_up(self) -> None:
        outcome, clip = self.outcome, self._clip
        for span in clip.speech:
            length_s = span[1] - span[0]
            unheard_s = length_s - covered(span, self._segments)
            outcome.speech_s += length_s
            outcome.unheard_s += unheard_s
            outcome.last_missed = unheard_s > (1 - _HEARD_SHARE) * length_s
        outcome.invented = sum(not covered(span, list(clip.speech)) for span in self._segments)
        outcome.unlabelled_s = self._seconds - outcome.speech_s
        if self._kind in ("turn", "answer"):
            outcome.never = outcome.end_delay_s is None and self._asked_s is None


def covered(span: Span, by: list[Span]) -> float:
    """How many seconds of `span` lie in one of `by`."""
    total_s, at_s = 0.0, span[0]
    for start_s, end_s in sorted(by):
        start_s, end_s = max(start_s, at_s), min(end_s, span[1])
        if end_s > start_s:
            total_s += end_s - start_s
            at_s = end_s
    return total_s


def judge(
    clip: Clip, kind: Kind, arrivals: list[Arrival], strategy: Strategy, seconds: float
) -> Outcome:
    """Run one clip of a condition's kind through the receive path."""
    return Seat(clip, kind, seconds + FRAME_S, strategy).run(arrivals)
