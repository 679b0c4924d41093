"""The interview machine beside a world that fails, hangs and lies: Hypothesis searches for a lie.

One rule per input type, each with answers that fit and answers that do not: a clip for an utterance
of long ago, a final that comes late, twice or empty, a turn's end of an old epoch. Between the
rules time passes, the loop stalls, or the process dies and what the log holds is folded again.
Beside every run goes its twin, whose language model never answers anything but an error to the
greeting: it must ask, hear and write down the same.

Over 400 lines on purpose: Hypothesis wants one class with a rule for each input.

A failure prints the steps that lead to it, and a blob for `@reproduce_failure`.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace
from typing import Any, ClassVar, Literal

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from media_server.interview import events as ev
from media_server.interview import inputs as inp
from media_server.interview import record, snapshot
from media_server.interview.machine import deadline
from media_server.interview.settling import untranscribed
from media_server.interview.spec import InterviewSpec, Question
from media_server.interview.state import State
from media_server.interview.status import LADDER_KINDS, LIVE, TERMINAL, Status, TurnEndReason
from media_server.segment_info import SegmentId
from tests.interview.after_end_rules import AfterEndRules
from tests.interview.model_rules import ModelRules
from tests.interview.summary_rules import SummaryRules
from tests.interview.walks import (
    NOWHERE,
    RULED,
    Watched,
    Which,
    feeds,
    reasons,
    refolded,
    seldom,
    spans,
    specs,
    texts,
    told,
    which,
)
from tests.interview.world import (
    INPUT_TYPES,
    assert_deadlines_reach_the_end,
    assert_every_word_is_in_one_answer,
    assert_log_folds_to_the_same_answers,
)
from tests.support import segments
from tests.support.examples import examples

CLICKS: tuple[Any, ...] = (
    inp.DonePressed, inp.NotFinishedPressed, inp.RepeatPressed, inp.RephrasePressed,
    inp.SkipPressed, inp.ThinkPressed, inp.SkipUndone, inp.PausePressed, inp.ResumePressed,
    inp.CandidateTypes,
)  # fmt: skip


class Interviews(AfterEndRules, ModelRules, SummaryRules, RuleBasedStateMachine):
    seen: ClassVar[Counter[Status]] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self.world = self.twin = Watched(
            InterviewSpec(questions=(Question(id="q", text="Why?"),)), 1
        )
        self.spoken: list[str] = ["u-0"]
        self.segments: list[str] = ["0-0"]
        self.made = 0
        self.broken = False
        self.saved: State | None = None

    # --- the world around both ---

    def give(self, *inputs: inp.Input) -> None:
        self.broken = True
        for input_ in inputs:
            self.fed[type(input_)] += 1
            self.world.do(input_)
            self.twin.do(input_)
        self.broken = False
        self.seen[self.world.state.status] += 1

    def epoch(self, which: Which) -> int:
        now = self.world.state.turn_epoch
        return {"this": now, "old": max(0, now - 1), "next": now + 1, "never": now + 1_000}[which]

    def utterance(self, which: Which) -> str:
        utterance = self.world.state.utterance
        name = utterance.utterance_id if utterance is not None else "u-0"
        if utterance is not None and name not in self.spoken:
            self.spoken.append(name)
        number = int(name.rpartition("-")[2])
        return {
            "this": name, "old": self.spoken[-2 if len(self.spoken) > 1 else 0],
            "next": f"u-{number + 1}", "never": "u-9999",
        }[which]  # fmt: skip

    def segment(self, which: Which) -> str:
        """One that is awaited, one that was answered, the next to come, or none at all."""
        pending = [*map(str, self.world.state.pending)]
        if which == "this":
            return pending[0] if pending else self.segments[-1]
        return {
            "old": self.segments[0], "next": pending[-1] if pending else "7-7", "never": "9-9",
        }[which]  # fmt: skip

    @initialize(
        spec=specs,
        life_s=st.integers(0, 7).map(lambda n: 60.0 if n == 0 else 604_800.0),
        rounds=st.integers(-2, 4),
        replies=st.booleans(),
    )
    def prepare(self, spec: InterviewSpec, life_s: float, rounds: int, replies: bool) -> None:
        """From the link (-2), from Start (-1), or in the answer to question `rounds`."""
        self.world = Watched(spec, life_s, replies=replies)
        self.twin = Watched(spec, life_s, replies=replies)
        if rounds > -2:
            self.begin()
        if rounds > -1:
            self.bot_is_heard()
            self.bot_is_heard()
        for number in range(min(rounds, len(spec.questions) - 1)):
            self.answer(f"My answer number {number} is long enough.", "silence", late=False)
            self.model_replies("this", "follow_up", "Why is that?")
            self.bot_is_heard()

    def begin(self) -> None:
        self.give(inp.LinkOpened(), inp.ConsentGiven("2026-11"))
        self.llm_answers("Hello from a machine.")
        self.give(inp.CallConnected(0.0, microphone=True, channel=True), inp.StartPressed())

    # --- time ---

    @rule(dt=spans)
    def time_passes(self, dt: float) -> None:
        end_s = self.world.now_s + dt
        while (at_s := deadline(self.world.state)) is not None and at_s <= end_s:
            self.deadline_comes()
        self.world.now_s = self.twin.now_s = end_s

    @rule(dt=spans)
    def loop_stalls(self, dt: float) -> None:
        """Deadlines pass and nobody looks."""
        self.world.now_s = self.twin.now_s = self.world.now_s + dt

    @rule(really=seldom)
    def next_deadline(self, really: bool) -> None:
        at_s = deadline(self.world.state)
        if really or (at_s is not None and at_s - self.world.now_s < 3_600.0):
            self.deadline_comes()

    @feeds(inp.Tick)
    def deadline_comes(self) -> None:
        at_s = deadline(self.world.state)
        if at_s is None:
            assert self.world.state.status in TERMINAL
            return
        self.world.now_s = self.twin.now_s = max(self.world.now_s, at_s)
        before = len(self.world.log)
        self.give(inp.Tick())
        assert len(self.world.log) > before, f"a deadline of nothing, {self.world.state.status}"

    @feeds(inp.Tick)
    @rule()
    def tick_too_early(self) -> None:
        at_s, before = deadline(self.world.state), self.world.state
        if at_s is not None and at_s > self.world.now_s:
            self.give(inp.Tick())
            assert self.world.state is before

    # --- link, consent, connection ---

    @feeds(inp.LinkOpened)
    @rule()
    def link_opened(self) -> None:
        self.give(inp.LinkOpened())

    @feeds(inp.ConsentGiven)
    @rule()
    def consent_given(self) -> None:
        self.give(inp.ConsentGiven("2026-11"))

    @feeds(inp.ConsentDeclined)
    @rule(really=seldom)
    def consent_declined(self, really: bool) -> None:
        if really or self.world.state.status not in (Status.JOINED, Status.READY):
            self.give(inp.ConsentDeclined("2026-11"))

    @feeds(inp.CallConnected)
    @rule(microphone=st.booleans(), channel=st.booleans())
    def call_connects(self, microphone: bool, channel: bool) -> None:
        self.give(inp.CallConnected(3.0, microphone, channel, resume_hash="ab"))

    @feeds(inp.WelcomeReceived)
    @rule(back=st.integers(-1, 2))
    def welcome_received(self, back: int) -> None:
        self.give(inp.WelcomeReceived(self.world.state.connection_epoch - back))

    @feeds(inp.CallEnded)
    @rule(back=st.sampled_from((0, 0, 0, 1, 2, -1)))
    def call_ends(self, back: int) -> None:
        self.give(inp.CallEnded(self.world.state.connection_epoch - back, "gone", 3.0, 20, 5, 1.0))

    @rule(dt=spans)
    @precondition(lambda self: self.world.state.connected)
    def goes_and_comes_back(self, dt: float) -> None:
        self.call_ends(0)
        self.time_passes(dt)
        self.call_connects(microphone=True, channel=True)

    @rule(dt=spans, dies=st.booleans())
    @precondition(lambda self: self.world.state.utterance is not None)
    def bot_is_cut_off(self, dt: float, dies: bool) -> None:
        self.voice_ready("this", 9.0)
        if dies:
            self.process_dies(lose_lazy=True)
        self.goes_and_comes_back(dt)
        self.bot_is_heard()

    @rule(lose_lazy=st.booleans())
    def process_dies(self, lose_lazy: bool) -> None:
        for world in (self.world, self.twin):
            world.die(lose_lazy=lose_lazy)

    # --- the candidate's messages ---

    @feeds(inp.StartPressed)
    @rule()
    def start_pressed(self) -> None:
        self.give(inp.StartPressed())

    @feeds(*CLICKS)
    @rule(first=st.integers(0, len(CLICKS) - 1), count=st.integers(1, 4))
    def clicked(self, first: int, count: int) -> None:
        """Some in a row: that each comes at all is not left to chance."""
        self.give(*(CLICKS[n % len(CLICKS)]() for n in range(first, first + count)))

    @feeds(inp.ConfirmPressed)
    @rule(choice=st.sampled_from(("yes", "no", "answer")))
    def confirmed(self, choice: inp.ConfirmChoice) -> None:
        self.give(inp.ConfirmPressed(choice))

    @feeds(inp.LeavePressed)
    @rule(really=seldom)
    def leave_pressed(self, really: bool) -> None:
        if really or self.world.state.status in TERMINAL:
            self.give(inp.LeavePressed())

    @feeds(inp.AnswerTyped)
    @rule(text=texts, to=st.sampled_from((None, "q1", "q2", ":practice", "never")))
    def answer_typed(self, text: str, to: str | None) -> None:
        was = self.world.state
        self.give(inp.AnswerTyped(text, to))
        now = replace(self.world.state, answers=was.answers, requests=was.requests)
        assert to in (None, was.answering) or now == was

    @feeds(inp.PaceChosen, inp.MuteChanged, inp.WatchChanged)
    @rule(pace=st.sampled_from(("slower", "normal")), muted=st.booleans())
    def pace_and_mute(self, pace: Literal["slower", "normal"], muted: bool) -> None:
        self.give(inp.PaceChosen(pace), inp.MuteChanged(muted), inp.WatchChanged(muted, "default"))

    # --- the audio receiver ---

    @feeds(inp.AudioStopped, inp.AudioReturned)
    @rule(quiet_s=st.sampled_from((0.0, 7.0, 30.0)))
    def microphone_dies(self, quiet_s: float) -> None:
        self.give(inp.AudioStopped(quiet_s) if quiet_s else inp.AudioReturned())

    @feeds(inp.SpeechStarted)
    @rule(which=which)
    def speech_starts(self, which: Which) -> None:
        self.give(inp.SpeechStarted(self.epoch(which)))

    @feeds(inp.AudioLost)
    @rule(which=which, lost_ms=st.sampled_from((1500, 6680)))
    def line_comes_back(self, which: Which, lost_ms: int) -> None:
        self.give(inp.AudioLost(self.epoch(which), lost_ms))

    @feeds(inp.SpeechStopped, inp.SpeechResumed)
    @rule(which=which, resumed=st.booleans(), pause_ms=st.sampled_from((0, 500, 1900)))
    def speech_stops(self, which: Which, resumed: bool, pause_ms: int) -> None:
        made = inp.SpeechResumed if resumed else inp.SpeechStopped
        self.give(made(self.epoch(which), pause_ms))

    @feeds(inp.PauseJudged)
    @rule(which=which, goes_on=st.sampled_from((0.1, 0.9)), spoken_ms=st.sampled_from((0, 700)))
    def end_model_answers(self, which: Which, goes_on: float, spoken_ms: int) -> None:
        self.give(inp.PauseJudged(self.epoch(which), spoken_ms, goes_on))

    @feeds(inp.SegmentReady)
    @rule(which=which, again=seldom, speech_ms=st.sampled_from((0, 900)))
    def segment_ready(self, which: Which, again: bool, speech_ms: int) -> None:
        if not again:
            self.made += 1
            self.segments.append(f"{self.world.state.connection_epoch}-{self.made}")
        self.give(segments.ready(self.epoch(which), self.segments[-1], 1.0, 3.0, speech_ms))

    @feeds(inp.TurnOver)
    @rule(which=which, reason=reasons, said=st.booleans())
    def turn_over(self, which: Which, reason: TurnEndReason, said: bool) -> None:
        start_s, end_s = (1.0, 3.0) if said else (None, None)
        detail = "silence 700 ms" if reason == "silence" else ""
        self.give(inp.TurnOver(self.epoch(which), reason, detail, start_s, end_s, 40, 10, 2.0))

    @feeds(inp.TurnNearLimit)
    @rule(which=which)
    def turn_near_limit(self, which: Which) -> None:
        self.give(inp.TurnNearLimit(self.epoch(which), 20.0))

    @feeds(inp.BargeIn)
    @rule(
        heard_s=st.sampled_from((0.0, 0.5, 1.6, 900.0)), from_s=st.sampled_from((0.0, 0.4, 900.0))
    )
    def barge_in(self, heard_s: float, from_s: float) -> None:
        self.give(inp.BargeIn(1.0, heard_s, from_s))

    @feeds(inp.EchoHeard)
    @rule(start_s=st.sampled_from((0.0, 1.0)))
    def echo_heard(self, start_s: float) -> None:
        self.give(inp.EchoHeard(start_s))

    # --- the engines: well, failed, or lying; one that hangs is a rule that does not run ---

    @feeds(inp.InterimHeard)
    @rule(which=which, text=texts, still_ms=st.sampled_from((0, 3000, 60_000)))
    def interim_heard(self, which: Which, text: str, still_ms: int) -> None:
        self.give(inp.InterimHeard(self.epoch(which), text, still_ms))

    @feeds(inp.SegmentHeard)
    @rule(which=which, text=texts, failed=seldom, rejected=seldom)
    def segment_heard(self, which: Which, text: str, failed: bool, rejected: bool) -> None:
        known = len(self.world.log)
        segment_id, pending = self.segment(which), [*map(str, self.world.state.pending)]
        self.give(
            segments.heard(
                segment_id, "" if failed or rejected else text,
                failed="crashed" if failed else "", rejected="noise" if rejected else "",
            )
        )  # fmt: skip
        assert segment_id in pending or len(self.world.log) == known, "nobody waits for it"

    @feeds(inp.LateTry)
    @rule(which=which, outcome=st.sampled_from(("begun", "failed", "stopped")))
    def late_try(self, which: Which, outcome: ev.LateTryOutcome) -> None:
        state = self.world.state
        lost = [str(s.segment_id) for s in untranscribed(state)]
        name = lost[0] if which == "this" and lost else self.segment(which)
        self.give(inp.LateTry(SegmentId.parse(name), outcome))
        assert replace(self.world.state, late_tries=state.late_tries) == state, "something moved"

    @feeds(inp.HeardAgain)
    @rule(which=which, text=texts, failed=seldom)
    def heard_again(self, which: Which, text: str, failed: bool) -> None:
        state = self.world.state
        lost = [str(s.segment_id) for s in untranscribed(state)]
        name = lost[0] if which == "this" and lost else self.segment(which)
        known = len(self.world.log)
        again = segments.heard(name, "" if failed else text, failed="crashed" if failed else "")
        self.give(inp.HeardAgain(again))
        told = self.world.log[known:]
        assert all(isinstance(e, ev.SegmentTranscribed | ev.AnswerClosed) for e in told), told
        moved = replace(self.world.state, answers=state.answers, late_tries=state.late_tries)
        assert moved == state, "something moved"
        if name not in lost or failed:
            assert told == [], "what was not given up was heard again"

    @feeds(inp.StretchHeard)
    @rule(text=texts, failed=seldom)
    def heard_for_the_record(self, text: str, failed: bool) -> None:
        state, known = self.world.state, len(self.world.log)
        due = record.due(state)
        ids = due[0].segment_ids if due else (SegmentId.parse("1-1"),)
        turn_epoch = due[0].turn_epoch if due else state.turn_epoch
        failure: ev.Kept = "failed" if failed else ""
        self.give(inp.StretchHeard(turn_epoch, ids, text, failed=failure))
        told = [event.type for event in self.world.log[known:]]
        assert told == (["stretch_transcribed"] if due else [])
        assert replace(self.world.state, answers=state.answers) == state, "something moved"
        live = [[t.text for t in answer.turns] for answer in state.answers.values()]
        assert live == [[t.text for t in a.turns] for a in self.world.state.answers.values()]

    @feeds(inp.VoiceReady)
    @rule(which=which, duration_s=st.sampled_from((0.0, 2.0, 2.0, 60.0)))
    def voice_ready(self, which: Which, duration_s: float) -> None:
        name, before = self.utterance(which), self.world.state.utterance
        self.give(inp.VoiceReady(name, duration_s))
        if before is not None and name != before.utterance_id:
            assert self.world.state.utterance == before, "a clip for another utterance was played"

    @feeds(inp.VoiceFailed)
    @rule(which=which)
    def voice_fails(self, which: Which) -> None:
        self.give(inp.VoiceFailed(self.utterance(which), "no engine"))

    @feeds(inp.PlayoutEnded)
    @rule(which=which, heard_s=st.sampled_from((0.0, 1.0, 900.0)), complete=st.booleans())
    def playout_ends(self, which: Which, heard_s: float, complete: bool) -> None:
        self.give(inp.PlayoutEnded(self.utterance(which), heard_s, complete))

    # --- what mostly happens, so that runs get far ---

    @rule()
    def bot_is_heard(self) -> None:
        utterance = self.world.state.utterance
        if utterance is None:
            return
        self.give(inp.VoiceReady(utterance.utterance_id, 2.0))
        self.world.now_s = self.twin.now_s = self.world.now_s + 2.0
        self.give(inp.PlayoutEnded(utterance.utterance_id, 2.0, complete=True))

    @rule(text=texts, late=st.booleans(), reason=reasons, heard=st.booleans())
    def candidate_answers(self, text: str, reason: TurnEndReason, late: bool, heard: bool) -> None:
        for _ in range(3):
            if self.world.state.listening is not None:
                self.answer(text, reason, late=late, heard=heard)
                break
            self.bot_is_heard()

    def answer(self, text: str, reason: TurnEndReason, *, late: bool, heard: bool = True) -> None:
        """`late`: the words come after the turn's end; not `heard`: never."""
        self.speech_starts("this")
        self.world.now_s = self.twin.now_s = self.world.now_s + 2.0
        self.segment_ready("this", again=False, speech_ms=1_500)
        name = self.segments[-1]
        if late or not heard:
            self.turn_over("this", reason, said=True)
        if heard:
            self.give(segments.heard(name, text))
        if not late and heard:
            self.turn_over("this", reason, said=True)

    @rule(text=texts, heard_s=st.sampled_from((0.9, 1.6, 5.0)), ends=st.booleans())
    def bot_is_interrupted(self, text: str, heard_s: float, ends: bool) -> None:
        if self.world.state.listening is not None:
            self.answer("An answer of some length.", "silence", late=False)
        self.voice_ready("this", 9.0)
        self.world.now_s = self.twin.now_s = self.world.now_s + heard_s
        self.barge_in(heard_s, 0.4)
        if text:
            self.speech_starts("this")
            self.segment_ready("this", again=False, speech_ms=900)
            self.give(segments.heard(self.segments[-1], text))
            self.speech_stops("this", resumed=False, pause_ms=500)
        self.turn_over("this", "silence", said=True) if ends else self.time_passes(2.5)

    # --- the gate ---

    @feeds(inp.GateClosed, inp.GateOpened)
    @rule(opens=st.booleans())
    def gate(self, opens: bool) -> None:
        self.give(inp.GateOpened() if opens else inp.GateClosed())

    @feeds(inp.PlayRefused)
    @rule()
    def play_refused(self) -> None:
        utterance = self.world.state.utterance
        self.give(inp.PlayRefused(utterance.utterance_id if utterance else "u-0"))

    @invariant()
    def nothing_is_said_through_a_closed_gate(self) -> None:
        state = self.world.state
        if state.gate_closed_s is not None and state.utterance is not None:
            assert state.utterance.playing_since_s is None

    # --- the integrator ---

    @feeds(inp.TranscriptReviewed)
    @precondition(lambda self: self.world.state.ended_s is not None)
    @rule(text=st.sampled_from(["", "what I meant"]))
    def transcript_reviewed(self, text: str) -> None:
        self.give(inp.TranscriptReviewed((("q1", text), ("nobody", text))))

    @feeds(inp.Cancel, inp.Fail)
    @rule(really=seldom, fails=st.booleans())
    def cancelled(self, really: bool, fails: bool) -> None:
        if self.world.state.status in TERMINAL:
            self.give(inp.Fail("the store is lost"), inp.Cancel())  # too late for both
        elif really:
            self.give(inp.Fail("the store is lost") if fails else inp.Cancel())

    # --- what always holds ---

    @invariant()
    def rounds_never_jump_nor_repeat(self) -> None:
        world = self.world
        assert world.rounds() == list(range(world.state.round + 1))
        statuses = [answer.status for answer in world.state.answers.values()]
        assert all(s not in ("open", "not_asked") for s in statuses[: max(0, world.state.position)])
        assert all(s == "not_asked" for s in statuses[world.state.position + 1 :])
        asked = [p.prompt_id for p in world.state.agenda[: world.state.position + 1]]
        assert world.state.answering in (asked or [""])

    @invariant()
    def listening_is_quiet(self) -> None:
        state = self.world.state
        if state.status is Status.LISTENING and state.utterance is not None:
            assert state.utterance.playing_since_s is None or state.utterance.kind in LADDER_KINDS
        if state.status in LIVE:
            assert state.connected
        assert (state.status is Status.LISTENING) == (state.listening is not None)
        if state.listening is None:
            assert not self.world.turn_is_open, "a turn was left open"
        if state.utterance is not None and state.utterance.playing_since_s is not None:
            assert (state.utterance.kind == "wrap_up") == (state.status is Status.WRAP_UP)
            assert (state.utterance.kind == "greeting") == (state.status is Status.GREETING)
        if state.status in NOWHERE:
            assert state.utterance is None
            assert state.listening is None

    @invariant()
    def every_state_has_a_deadline(self) -> None:
        state, at_s = self.world.state, deadline(self.world.state)
        assert (at_s is None) == (state.status in TERMINAL)
        assert at_s is None or math.isfinite(at_s)
        if state.status in LIVE and at_s is not None:
            assert at_s - self.world.now_s <= 180.0, "the conversation may stand still for minutes"
        if state.status in TERMINAL:
            assert "open" not in [answer.status for answer in state.answers.values()]

    @invariant()
    def a_snapshot_is_the_state(self) -> None:
        state = self.world.state
        if state is self.saved:
            return  # most inputs change nothing, and to save and load takes longer than they do
        self.saved = state
        loaded = snapshot.load(state.spec, snapshot.dump(state))
        assert loaded == replace(
            state, pending={}, listening=None, utterance=None, plan=None, gate_closed_s=None,
            cut_off=None, pauses_ms=(), interruption=None, reply=None, replies=False,
        )  # fmt: skip

    @invariant()
    def the_twin_without_a_language_model_agrees(self) -> None:
        mine, other = self.world.state, self.twin.state
        assert (mine.status, mine.round, mine.turn_epoch) == (
            other.status, other.round, other.turn_epoch,
        )  # fmt: skip
        assert mine.answers == other.answers

    def teardown(self) -> None:
        if self.broken:
            return  # a step has failed, which says more
        world, log = self.world, list(zip(self.world.log, self.world.at_s, strict=True))
        again = refolded(world.state.spec, log, replies=world.state.replies)
        assert again == world.state, "the log does not tell the state"
        assert told(world) == told(self.twin)
        assert_deadlines_reach_the_end(world)
        assert_deadlines_reach_the_end(self.twin)
        assert told(world) == told(self.twin)
        assert_log_folds_to_the_same_answers(world)
        assert_every_word_is_in_one_answer(world)
        self.rounds_never_jump_nor_repeat()


def test_every_input_has_a_rule() -> None:
    assert set(INPUT_TYPES) == RULED


@pytest.mark.timeout(300)
def test_a_world_that_lies() -> None:
    Interviews.fed.clear()
    Interviews.seen.clear()
    run_state_machine_as_test(
        Interviews,
        settings=settings(
            # tests/interview/test_state_space.py goes everywhere; these walks go far.
            max_examples=examples(200, fuzz=4_000),
            stateful_step_count=60,
            deadline=None,
            print_blob=True,
            phases=(Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink),
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
        ),
    )
    assert set(Interviews.fed) == set(INPUT_TYPES)
    assert len(Interviews.seen) >= 12, Interviews.seen  # the rare ends are chance
