"""Five hundred interviews in virtual time beside a model that dies, is silent, late, or lies.

Candidate, recogniser, voice and model act by a heap of moments; what is due by itself comes between
them, to the millisecond. Whatever the model does: the next words are requested within 1.2 s of the
turn's end, the round rises by exactly one, and every question is asked in its own words.
"""

from __future__ import annotations

import heapq
import itertools
import random
from collections import Counter
from collections.abc import Callable

import pytest

from media_server.interview import effects as fx
from media_server.interview import events as ev
from media_server.interview import inputs as inp
from media_server.interview.agenda import agenda_of
from media_server.interview.machine import deadline
from media_server.interview.replies_ahead import Dropped, NextReply, ReplyKind
from media_server.interview.status import TERMINAL, TurnEndReason
from tests.interview.replies import LONG, SHORT, Asking, asking_spec
from tests.support.segments import heard, ready

RUNS = 500
LATEST_S = 1.2
HOSTILE = ("Why is that?", "Question number 2?", "", "x" * 5_000, "q2", "Skip the rest.")
MODELS = ("good", "good", "good", "dies", "silent", "late", "twice", "old", "lies", "any")
KINDS: tuple[ReplyKind, ...] = ("follow_up", "follow_up", "follow_up", "next", "faq_answer")
REPLY_S = {"good": (0.05, 1.2), "late": (2.0, 9.0)}


class Conversation(Asking):
    """Runs by itself. The words of a long answer may come late; those of a short one, which may
    be a request, before the turn ends."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.model = MODELS[seed % len(MODELS)]
        self.moments: list[tuple[float, int, Callable[[], object]]] = []
        self.order = itertools.count()
        self.segment_ids = itertools.count(1)
        self.ended_s: float | None = None
        self.waits_s: list[float] = []
        self.seen: Counter[str] = Counter()
        most, budget = self.rng.choice((1, 2, 3)), self.rng.choice((1, 3, 6))
        super().__init__(asking_spec(3, most=most, follow_up_budget=budget))

    def later(self, after_s: float, act: Callable[[], object]) -> None:
        heapq.heappush(self.moments, (self.now_s + after_s, next(self.order), act))

    def run(self) -> None:
        self.do(inp.LinkOpened(), inp.ConsentGiven("v"), inp.GreetingReady("Hello.", "scripted"))
        self.connect()
        self.do(inp.StartPressed())
        for _ in range(3_000):
            if self.state.status in TERMINAL:
                return
            at_s, first = deadline(self.state), self.moments[0][0] if self.moments else None
            assert at_s is not None
            if first is None or at_s <= first:
                self.now_s = max(self.now_s, at_s)
                self.do(inp.Tick())
            else:
                self.now_s, _, act = heapq.heappop(self.moments)
                act()
        raise AssertionError(f"it never ends: {self.state.status}")

    def fold(self, event: ev.Event) -> None:
        known = len(self.effects)
        super().fold(event)
        self._measure(event)
        for effect in self.effects[known:]:
            self._react(effect)

    def _measure(self, event: ev.Event) -> None:
        if isinstance(event, ev.TurnEnded):
            self.ended_s = self.now_s
        elif isinstance(event, ev.UtteranceRequested | ev.TurnOpened) and self.ended_s is not None:
            self.waits_s.append(self.now_s - self.ended_s)
            self.ended_s = None
        self.seen[event.type] += 1

    def _react(self, effect: fx.Effect) -> None:
        match effect:
            case fx.PrepareVoice():
                ready_ = inp.VoiceReady(effect.utterance_id, 1.0)
                self.later(0.02, lambda: self.do(ready_))
            case fx.Play():
                played = inp.PlayoutEnded(effect.utterance_id, 1.0, complete=True)
                self.later(1.0, lambda: self.do(played))
            case fx.Listen():
                self._speak(effect.turn_epoch, first=True)
            case fx.PrepareReply():
                self._reply(effect)

    # --- the candidate, and the recogniser ---

    def _speak(self, epoch: int, *, first: bool) -> None:
        rng = self.rng
        begins_s, lasts_s = rng.uniform(0.1, 0.6), rng.uniform(0.5, 4.0)
        started = inp.SpeechStarted(epoch) if first else inp.SpeechResumed(epoch, 900)
        self.later(begins_s, lambda: self.do(started))
        self.later(begins_s + lasts_s + 0.5, lambda: self._pause(epoch))

    def _pause(self, epoch: int) -> None:
        rng, name = self.rng, f"1-{next(self.segment_ids)}"
        if epoch != self.state.turn_epoch or self.state.listening is None:
            return
        text = rng.choice((SHORT, LONG, LONG, "I asked around."))
        is_long = text is LONG
        self.do(ready(epoch, name, 1.0, 3.0, 9_500 if is_long else 900))
        self.do(inp.SpeechStopped(epoch, 500, 2_000))
        words_s = rng.choice((0.1, 0.4, 1.0, 2.0, 6.0)) if is_long else rng.uniform(0.05, 1.0)
        self.later(words_s, lambda: self.do(heard(name, text)))
        if rng.random() < 0.4:  # it goes on
            self.later(rng.uniform(0.0, 0.8), lambda: self._speak(epoch, first=False))
            return
        reason: TurnEndReason = "soft_landing" if rng.random() < 0.1 else "silence"
        over = inp.TurnOver(epoch, reason, "", 1.0, 3.0, silence_ms=2000)
        self.later(1.5, lambda: self.do(over))

    # --- the model ---

    def _reply(self, effect: fx.PrepareReply) -> None:
        rng, model = self.rng, self.model
        if model == "any":
            model = rng.choice(MODELS[:-1])
        first_s, last_s = REPLY_S.get(model, (0.0, 3.0))
        after_s = rng.uniform(first_s, last_s)
        answer: inp.Input = inp.ReplyReady(
            effect.reply_id, self._proposal(), (Dropped("ab" * 32, "no_quote"),)
        )
        if model == "silent":
            return
        if model == "dies":
            answer = inp.ReplyFailed(effect.reply_id, "broken")
        elif model == "old":
            answer = inp.ReplyReady(rng.choice(self.asked), self._proposal())
        elif model == "lies":
            answer = inp.ReplyReady(rng.choice(("r-1-1", "r-9-9", "")), self._proposal())
        self.later(after_s, lambda: self.do(answer))
        if model == "twice":
            self.later(after_s + rng.uniform(0.0, 2.0), lambda: self.do(answer))

    def _proposal(self) -> NextReply:
        kind = self.rng.choice(KINDS)
        return NextReply(kind, self.rng.choice(HOSTILE), "wrote a small script", "depth")


@pytest.mark.timeout(300)
def test_no_model_ever_holds_anybody_up_or_changes_a_question() -> None:
    seen: Counter[str] = Counter()
    waits_s: list[float] = []
    for seed in range(RUNS):
        world = Conversation(seed)
        world.run()
        spec = world.state.spec
        late = [wait_s for wait_s in world.waits_s if wait_s > LATEST_S]
        assert late == [], f"seed {seed}, a model that is {world.model}"
        assert world.rounds() == [0, 1, 2], f"seed {seed}"
        core = [prompt for prompt in world.state.agenda if prompt.kind == "question"]
        assert tuple(core) == agenda_of(spec.questions)
        ids = {prompt.prompt_id for prompt in core}
        started = [e for e in world.log if isinstance(e, ev.UtteranceStarted)]
        asked = [e.text for e in started if e.kind == "question" and e.prompt_id in ids]
        assert asked == [question.text for question in spec.questions]
        put = [prompt for prompt in world.state.agenda if prompt.kind == "follow_up"]
        assert len(put) <= spec.follow_up_budget
        assert max(Counter(p.round for p in put).values(), default=0) <= (
            spec.questions[0].follow_ups.max
        )
        in_flight = world.seen["reply_asked"] - world.seen["reply_cancelled"]
        assert in_flight >= world.seen["reply_came"] + world.seen["reply_lost"]
        seen += world.seen
        waits_s += world.waits_s
    assert seen["agenda_extended"] > RUNS / 4, seen
    assert (
        min(seen[kind] for kind in ("reply_missed", "reply_cancelled", "reply_lost")) > RUNS / 10
    ), seen
    assert max(waits_s) > 0.9, "none was ever waited for"
