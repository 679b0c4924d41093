"""Where the time of a turn went: the machine is real, its engines answer as the test says."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_server.interview import effects as fx
from media_server.interview import events as ev
from media_server.interview import inputs as inp
from media_server.interview.pacing import REPLY_WAIT_S
from media_server.interview.replacing import replace
from media_server.interview.spec import InterviewSpec
from media_server.interview.status import Status
from media_server.live import steps
from media_server.live.turn_marks import LAPSE_S, SEGMENTS_KEPT, WORKS_KEPT, TurnMarks
from media_server.ports import SttOutcome
from media_server.ports.turn_trace import BARGE_IN_STAGES, STAGES, BargeInTrace, LateWork, TurnTrace
from tests.interview.replies import ASKS_BACK, LONG, asking_spec
from tests.interview.world import World, random_input
from tests.support.segments import heard, ready

STORE_S = 0.01
"""What an append takes in this world."""


class MarkedWorld(World):
    """As `LiveSession` feeds the marks; the first packet leaves when an utterance is played."""

    def __init__(self, spec: InterviewSpec | None = None) -> None:
        self.marks = TurnMarks("iv_1", "srv")
        self.traces: list[TurnTrace] = []
        self.outcomes: list[str] = []
        self.barge_ins: list[BargeInTrace] = []
        self.late: list[LateWork] = []
        self.stop_s = 0.0
        """That the effects of a barge-in take."""
        super().__init__(spec)

    def do(self, *inputs: inp.Input) -> list[ev.Event]:
        start = len(self.log)
        for input_ in inputs:
            now_s = self.now_s
            decided = steps.decide(self.state, input_, now_s)
            if not decided:
                continue
            self.state = decided[-1].after
            self.log += [step.event for step in decided]
            self.marks.decided(input_, now_s, now_s, decided)
            stored = any(ev.durability_of(s.event) is ev.Durability.NOW for s in decided)
            if stored:
                self.now_s += STORE_S
            self.marks.acts(now_s, self.now_s, stored=stored)
            for step in decided:
                found = fx.effects(step.before, step.event, step.after, self.now_s)
                self.effects += found
                for effect in found:
                    if isinstance(effect, fx.Play):
                        self.first_packet(effect.utterance_id)
            self.now_s += self.stop_s if isinstance(input_, inp.BargeIn) else 0.0
            barged_in = self.marks.acted(self.now_s, ahead_s=500.0)
            if barged_in is not None:
                self.barge_ins.append(barged_in)
            self.outcomes += self.marks.take_outcomes()
        return self.log[start:]

    def first_packet(self, utterance_id: str) -> None:
        trace = self.marks.first_packet(utterance_id, self.now_s, ahead_s=500.0)
        if trace is not None:
            self.traces.append(trace)

    def final(
        self, text: str, segment_id: str, *, queued_s: float, worked_s: float, epoch: int = 0
    ) -> None:
        self.now_s += queued_s + worked_s
        epoch = epoch or self.state.turn_epoch
        outcome = SttOutcome("iv_1", segment_id, 1, True, None, "", queued_s, worked_s)
        late = self.marks.final_came(epoch, outcome, self.now_s, ahead_s=500.0)
        if late is not None:
            self.late.append(late)
        self.do(heard(segment_id, text))

    def voice(self, after_s: float) -> None:
        utterance = self.state.utterance
        assert utterance is not None
        self.now_s += after_s
        self.do(inp.VoiceReady(utterance.utterance_id, 2.0))


def lengths(trace: TurnTrace | BargeInTrace) -> dict[str, float]:
    return {stage.stage: round(stage.length_s, 3) for stage in trace.stages}


def test_each_stage_is_where_the_time_went() -> None:
    world = MarkedWorld()
    world.to_question(1)
    epoch = world.state.turn_epoch
    world.do(inp.SpeechStarted(epoch))
    world.now_s += 4.0
    last_speech_s = world.now_s - 0.5
    world.do(inp.SpeechStopped(epoch), ready(epoch, "1-7", 1.5, 3.2))
    world.now_s += 1.5
    world.do(inp.TurnOver(epoch, "silence", "", 1.0, 3.0, silence_ms=2000, until_s=5.0))
    over_s = last_speech_s + 2.0
    world.now_s = over_s + 0.1
    world.final("I taught for ten years.", "1-7", queued_s=0.4, worked_s=0.8)
    words_s = over_s + 0.1 + 1.2
    world.now_s = max(world.now_s, words_s)
    world.voice(0.3)
    (trace,) = world.traces
    assert trace.turn_id == f"iv_1:{epoch}"
    assert (trace.ended_by, trace.utterance_kind) == ("silence", "question")
    assert trace.server == "srv"
    assert trace.connection_epoch == world.state.connection_epoch == 1
    assert trace.speech_ended_s == pytest.approx(last_speech_s - 500.0), "in Unix seconds"
    began_s = trace.speech_began_s or 0.0
    assert began_s == pytest.approx(trace.speech_ended_s - 2.0), "1.0 s to 3.0 s"
    took = lengths(trace)
    assert took["silence"] == 2.0
    assert took["words"] == 1.3
    assert took["reply"] == 0.0, "no model"
    assert took["voice"] == 0.3
    assert took["decision"] == 0.0
    assert took["start"] == STORE_S, "the log is written first"
    assert trace.reply_s == pytest.approx(sum(took.values()))
    assert trace.waited_s == pytest.approx(trace.reply_s - 2.0)
    works = {(work.work, work.ref): work.length_s for work in trace.works}
    (spoken,) = [work for work in trace.works if work.work == "segment"]
    assert spoken.ref == "1-7"
    assert spoken.length_s == pytest.approx(1.7)
    assert spoken.start_s == pytest.approx(began_s + 0.5)
    assert works["queue", "1-7"] == pytest.approx(0.4)
    assert works["recogniser", "1-7"] == pytest.approx(0.8)
    assert works["speech", trace.utterance_id] == pytest.approx(0.3)
    assert ("store", "") in works
    assert world.outcomes == ["answered"]


def test_a_models_reply_is_waited_for_after_the_turn() -> None:
    world = MarkedWorld(asking_spec())
    world.to_question(1)
    world.state = replace(world.state, replies=True)
    world.answer(LONG)  # the turn is over, and the model is asked
    (asked,) = [effect for effect in world.effects if isinstance(effect, fx.PrepareReply)]
    world.now_s += 0.6
    world.do(inp.ReplyReady(asked.reply_id, ASKS_BACK))
    world.voice(0.1)
    (trace,) = world.traces
    took = lengths(trace)
    assert took["words"] == 0.0
    assert took["reply"] == pytest.approx(0.6, abs=2 * STORE_S)
    assert took["voice"] == pytest.approx(0.1)
    (model,) = [work for work in trace.works if work.work == "model"]
    assert model.ref == asked.reply_id
    assert model.length_s == pytest.approx(0.6, abs=2 * STORE_S)


def test_a_reply_that_comes_too_late_is_waited_for_no_longer_than_the_machine_does() -> None:
    world = MarkedWorld(asking_spec())
    world.to_question(1)
    world.state = replace(world.state, replies=True)
    world.answer(LONG)
    while world.state.utterance is None:
        world.tick()
    world.voice(0.1)
    (trace,) = world.traces
    assert lengths(trace)["reply"] == pytest.approx(REPLY_WAIT_S, abs=2 * STORE_S)
    assert "model" not in [work.work for work in trace.works]


def test_words_that_were_there_in_time_cost_nothing() -> None:
    world = MarkedWorld()
    world.to_question(2)
    (trace,) = world.traces
    assert lengths(trace)["words"] == 0.0
    assert lengths(trace)["silence"] == 2.0


def test_words_that_are_not_waited_for_any_longer_are_named() -> None:
    world = MarkedWorld()
    world.to_question(3)
    epoch = world.state.turn_epoch
    world.do(inp.SpeechStarted(epoch))
    world.now_s += 2.0
    world.do(inp.SpeechStopped(epoch), ready(epoch, "1-7"))
    world.now_s += 1.5
    world.do(inp.TurnOver(epoch, "silence", "", 1.0, 3.0, silence_ms=2000))
    while world.state.utterance is None:
        world.tick()
    world.voice(0.3)
    trace = world.traces[-1]
    assert trace.turn_epoch == epoch
    assert lengths(trace)["words"] > 5.0
    (owed,) = [work for work in trace.works if work.work == "owed"]
    assert owed.ref == "1-7"
    assert owed.length_s == pytest.approx(1.5 + lengths(trace)["words"], abs=2 * STORE_S)


def test_who_presses_done_waits_for_no_silence() -> None:
    world = MarkedWorld()
    world.to_question(1)
    epoch = world.state.turn_epoch
    world.do(inp.SpeechStarted(epoch), ready(epoch, "1-7"), inp.DonePressed())
    world.do(inp.TurnOver(epoch, "done", "", 1.0, 3.0, until_s=3.75))
    world.final("I taught for ten years.", "1-7", queued_s=0.0, worked_s=0.7)
    world.voice(0.0)
    (trace,) = world.traces
    assert trace.ended_by == "done"
    assert trace.speech_began_s == pytest.approx(trace.speech_ended_s - 2.75), "up to the click"
    assert lengths(trace)["silence"] == 0.0
    assert lengths(trace)["words"] == pytest.approx(0.7, abs=2 * STORE_S)


def test_a_turn_is_named_alike_after_a_reconnect() -> None:
    world = MarkedWorld()
    world.to_question(2)
    world.do(inp.CallEnded(1, "gone", 3.0))
    world.now_s += 5.0
    world.connect()
    world.wait(1.0)
    if world.at(Status.ASKING):
        world.speak()
    world.answer("I come back and answer this.")
    world.speak()
    assert len({trace.turn_id for trace in world.traces}) == len(world.traces) == 2
    assert [trace.connection_epoch for trace in world.traces] == [1, 2]
    opened = [e.turn_epoch for e in world.log if isinstance(e, ev.TurnOpened)]
    assert {trace.turn_epoch for trace in world.traces} <= set(opened)


def test_one_who_leaves_is_not_waited_for() -> None:
    world = MarkedWorld()
    world.to_question(1)
    world.answer("I taught for ten years.")
    world.do(inp.CallEnded(1, "gone", 3.0))
    assert world.outcomes == ["unanswered"]
    assert not world.traces


def test_one_who_opens_another_window_is_not_waited_for() -> None:
    """A newer connection takes over before the older one is known to be gone."""
    world = MarkedWorld()
    world.to_question(1)
    world.answer("I taught for ten years.")
    world.now_s += 20.0
    world.connect()
    world.voice(0.1)
    assert world.outcomes == ["unanswered"]
    assert not world.traces, "the way back is no wait for the server"


def test_one_that_takes_too_long_is_forgotten_and_counted() -> None:
    world = MarkedWorld()
    world.to_question(1)
    world.answer("I taught for ten years.")
    world.marks.look(world.now_s + LAPSE_S - 1.0)
    assert not world.marks.take_outcomes()
    world.marks.look(world.now_s + LAPSE_S + 1.0)
    assert world.marks.take_outcomes() == ["lapsed"]
    world.voice(0.1)
    assert not world.traces


def test_no_voice_is_no_first_packet() -> None:
    world = MarkedWorld()
    world.to_question(1)
    world.answer("I taught for ten years.")
    utterance = world.state.utterance
    assert utterance is not None
    world.do(inp.VoiceFailed(utterance.utterance_id, "no voice"))
    assert world.outcomes == ["unanswered"]


def test_how_soon_the_bot_stops_counts_from_the_first_sound() -> None:
    world = MarkedWorld()
    world.begin()
    world.speak()
    utterance = world.state.utterance
    assert utterance is not None
    world.do(inp.VoiceReady(utterance.utterance_id, 6.0))
    world.now_s += 3.0
    world.stop_s = 0.004
    began_s = world.now_s - 0.24
    world.do(inp.BargeIn(3.0, heard_s=3.0, speech_s=0.24))
    (barge_in,) = world.barge_ins
    assert [stage.stage for stage in barge_in.stages] == list(BARGE_IN_STAGES)
    assert lengths(barge_in) == {"heard": 0.24, "decision": 0.0, "store": STORE_S, "stop": 0.004}
    assert barge_in.began_s == pytest.approx(began_s - 500.0), "in Unix seconds"
    assert barge_in.length_s == pytest.approx(0.254)
    assert barge_in.utterance_id == utterance.utterance_id
    assert world.state.listening is not None
    assert barge_in.turn_id == f"iv_1:{world.state.turn_epoch}", "of the turn it begins"


def test_speech_over_the_greeting_is_of_no_turn() -> None:
    world = MarkedWorld()
    world.begin()
    utterance = world.state.utterance
    assert utterance is not None
    assert utterance.kind == "greeting"
    world.do(inp.VoiceReady(utterance.utterance_id, 6.0), inp.BargeIn(3.0, heard_s=3.0))
    (barge_in,) = world.barge_ins
    assert (barge_in.turn_id, barge_in.utterance_id) == ("", utterance.utterance_id)


def test_speech_that_stops_nobody_is_no_barge_in() -> None:
    world = MarkedWorld()
    world.to_question(1)
    world.answer("I taught for ten years.")
    world.do(inp.BargeIn(3.0, heard_s=0.0))  # before the next question began
    assert not world.barge_ins


def test_words_that_come_after_the_answer_to_a_turn_are_that_turns() -> None:
    world = MarkedWorld()
    world.to_question(1)
    epoch = world.state.turn_epoch
    world.do(inp.SpeechStarted(epoch), ready(epoch, "1-7"), ready(epoch, "1-8"))
    world.do(inp.TurnOver(epoch, "silence", "", 1.0, 3.0, silence_ms=2000))
    world.final("I taught for ten years.", "1-7", queued_s=0.1, worked_s=0.2)
    while not world.traces:
        if world.state.utterance is not None:
            world.voice(0.3)
        else:
            world.tick()
    assert not world.late
    assert "1-8" not in {work.ref for work in world.traces[0].works if work.work == "recogniser"}
    world.final("And then I left.", "1-8", queued_s=3.0, worked_s=0.5, epoch=epoch)
    (late,) = world.late
    assert late.turn_id == world.traces[0].turn_id
    queue, recogniser = late.works
    assert (queue.work, queue.ref, queue.length_s) == ("queue", "1-8", 3.0)
    assert recogniser.length_s == 0.5
    assert recogniser.start_s == pytest.approx(world.now_s - 0.5 - 500.0, abs=2 * STORE_S)


def test_a_written_answer_has_no_first_word() -> None:
    world = MarkedWorld()
    world.to_question(1)
    world.do(inp.AnswerTyped("I taught for ten years."))
    while not world.traces:
        world.voice(0.1) if world.state.utterance is not None else world.tick()
    assert world.traces[0].speech_began_s is None


def test_a_long_answer_keeps_its_newest_work() -> None:
    world = MarkedWorld()
    world.to_question(1)
    epoch = world.state.turn_epoch
    world.do(inp.SpeechStarted(epoch))
    for number in range(1, 60):
        world.do(ready(epoch, f"1-{number}"))
        world.final("and then more", f"1-{number}", queued_s=0.1, worked_s=0.1)
    world.do(inp.TurnOver(epoch, "silence", "", 1.0, 3.0, silence_ms=2000))
    if not world.traces:
        world.voice(0.1)
    (trace,) = world.traces
    assert len(trace.works) == WORKS_KEPT
    assert "1-59" in {work.ref for work in trace.works}
    assert "1-1" not in {work.ref for work in trace.works}
    spoken = [work.ref for work in trace.works if work.work == "segment"]
    assert len(spoken) == SEGMENTS_KEPT


@given(st.randoms(use_true_random=False))
def test_whatever_happens_the_stages_add_up(rng: random.Random) -> None:
    world = MarkedWorld()
    world.to_question(1)
    for _ in range(60):
        world.now_s += rng.choice([0.0, 0.01, 0.3, 2.0, 20.0])
        if world.state.utterance is not None and rng.random() < 0.4:
            world.voice(rng.choice([0.0, 0.5]))
        elif world.state.listening is not None and rng.random() < 0.3:
            world.answer("more of the answer")
        else:
            world.do(random_input(world, rng))
        world.marks.look(world.now_s)
    for trace in world.traces:
        assert [stage.stage for stage in trace.stages] == list(STAGES)
        at_s = trace.speech_ended_s
        for stage in trace.stages:
            assert stage.length_s >= 0.0
            assert stage.start_s == pytest.approx(at_s, abs=1e-6)
            at_s += stage.length_s
        assert at_s == pytest.approx(trace.speech_ended_s + trace.reply_s, abs=1e-6)
        assert all(work.length_s >= 0.0 for work in trace.works)
        assert len(trace.works) <= WORKS_KEPT
        assert trace.speech_began_s is None or trace.speech_began_s <= trace.speech_ended_s
    for barge_in in world.barge_ins:
        assert [stage.stage for stage in barge_in.stages] == list(BARGE_IN_STAGES)
        assert all(stage.length_s >= 0.0 for stage in barge_in.stages)
    names = [trace.turn_id for trace in world.traces]
    assert len(names) == len(set(names)), "a turn is answered once"
    ended = sum(isinstance(event, ev.TurnEnded) for event in world.log)
    assert len(world.traces) <= world.outcomes.count("answered") + 1
    assert world.outcomes.count("answered") <= ended
    assert len(world.outcomes) <= ended
