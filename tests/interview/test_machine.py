"""The interview machine under every input in every order, and along the paths people take.

Over 400 lines on purpose: as the machine they test, they are read in one place.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import get_args

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from media_server.dialects import interview_v1 as v1
from media_server.dialects import native
from media_server.interview import events as ev
from media_server.interview import inputs as inp
from media_server.interview.effects import (
    CloseCall,
    CloseTurn,
    Effect,
    Listen,
    Play,
    PrepareGreeting,
    PrepareVoice,
    StopPlaying,
    effects,
)
from media_server.interview.events import EVENT, Durability, durability_of
from media_server.interview.fold import evolve
from media_server.interview.machine import TABLE, Handled, Ignored, deadline, decide
from media_server.interview.spec import InterviewSpec, Limits, Question
from media_server.interview.state import State, initial
from media_server.interview.status import LIVE, TERMINAL, Status, TurnEndReason
from tests.support.examples import examples
from tests.support.segments import heard, ready

INPUT_TYPES: tuple[type, ...] = inp.Input.__args__


EVENT_TYPES = get_args(get_args(ev.AnyEvent)[0])


def assert_declared(before: Status, input_: inp.Input, after: Status) -> None:
    """The table names every status that this pair may lead to."""
    entry = TABLE[before, type(input_)]
    leads_to = entry.leads_to if isinstance(entry, Handled) else frozenset()
    assert after is before or after in leads_to, (before, input_, after)


def make_spec(questions: int = 3, **changes: object) -> InterviewSpec:
    return InterviewSpec(
        questions=tuple(
            Question(id=f"q{n}", text=f"Question number {n}?", clarification=f"I mean {n}.")
            for n in range(1, questions + 1)
        ),
        **changes,
    )


class World:
    """Drives the machine as the shell does, with engines that answer as told."""

    reachable = True
    """False: begun in a state that no interview can get into, so the table does not foresee it."""

    def __init__(self, spec: InterviewSpec | None = None) -> None:
        self.now_s = 1_000.0
        self.state = initial(spec or make_spec())
        self.log: list[ev.Event] = []
        self.effects: list[Effect] = []
        self.fold(ev.Created(expires_s=self.now_s + 7 * 86_400))

    def fold(self, event: ev.Event) -> None:
        before = self.state
        self.state = evolve(before, event, self.now_s)
        self.log.append(event)
        self.effects += effects(before, event, self.state, self.now_s)

    def do(self, *inputs: inp.Input) -> list[ev.Event]:
        start = len(self.log)
        for input_ in inputs:
            before = self.state.status
            for event in decide(self.state, input_, self.now_s):
                self.fold(event)
            if self.reachable:
                assert_declared(before, input_, self.state.status)
        return self.log[start:]

    def tick(self) -> list[ev.Event]:
        at_s = deadline(self.state)
        assert at_s is not None
        self.now_s = max(self.now_s, at_s)
        return self.do(inp.Tick())

    def wait(self, seconds: float) -> None:
        end_s = self.now_s + seconds
        while (at_s := deadline(self.state)) is not None and at_s <= end_s:
            self.tick()
        self.now_s = end_s

    # --- what a well-behaved world answers
    def speak(self) -> None:
        """The voice is ready and the utterance is heard to its end."""
        utterance = self.state.utterance
        assert utterance is not None
        self.do(inp.VoiceReady(utterance.utterance_id, 2.0))
        self.now_s += 2.0
        self.do(inp.PlayoutEnded(utterance.utterance_id, 2.0, complete=True))

    def connect(self) -> None:
        self.do(inp.CallConnected(0.0, microphone=True, channel=True))

    def begin(self) -> None:
        self.do(inp.LinkOpened(), inp.ConsentGiven("2026-11"))
        self.do(inp.GreetingReady("Hello from a machine.", "scripted"))
        self.connect()
        self.do(inp.StartPressed())

    def to_question(self, number: int) -> None:
        """As far as LISTENING to question `number`, answering the ones before."""
        self.begin()
        self.speak()
        for n in range(1, number):
            self.speak()
            self.answer(f"My answer number {n} is long enough.")
        self.speak()
        assert self.state.status is Status.LISTENING
        assert self.state.round == number - 1

    def answer(self, text: str, reason: TurnEndReason = "silence") -> None:
        epoch = self.state.turn_epoch
        segment = f"1-{epoch}"
        self.do(inp.SpeechStarted(epoch))
        self.now_s += 2.0
        self.do(inp.SpeechStopped(epoch))
        self.do(ready(epoch, segment))
        self.do(heard(segment, text))
        self.do(inp.TurnOver(epoch, reason, "silence 2000 ms", 1.0, 3.0, silence_ms=2000))

    def at(self, status: Status) -> bool:
        """A call, so that the type checker does not take the state for settled."""
        return self.state.status is status

    def kinds(self) -> list[str]:
        return [e.kind for e in self.log if isinstance(e, ev.UtteranceStarted)]

    def rounds(self) -> list[int]:
        return [e.round for e in self.log if isinstance(e, ev.RoundAdvanced)]


def test_every_pair_has_an_entry() -> None:
    missing = [(s, i) for s in Status for i in INPUT_TYPES if (s, i) not in TABLE]
    assert missing == []
    assert all(entry.reason for entry in TABLE.values() if isinstance(entry, Ignored))


def test_three_questions_from_link_to_end() -> None:
    world = World()
    world.to_question(3)
    world.answer("The last answer of them all.")
    world.speak()
    assert world.at(Status.COMPLETED)
    assert world.rounds() == [0, 1, 2]
    assert world.kinds() == ["greeting", "question", "question", "question", "wrap_up"]
    assert [answer.status for answer in world.state.answers.values()] == ["answered"] * 3
    assert world.state.answers["q2"].turns[0].text == "My answer number 2 is long enough."


def test_every_event_is_in_the_union() -> None:
    kinds = {e for e in vars(ev).values() if isinstance(e, type) and issubclass(e, ev.Event)}
    named = {e for e in kinds if "type" in e.__annotations__ and e is not ev.Event}
    assert named == set(EVENT_TYPES)


def test_few_appends_per_turn() -> None:
    world = World()
    world.to_question(2)
    start = len(world.log)
    world.answer("This is the second answer.")
    world.speak()
    kept_at_once = [e for e in world.log[start:] if durability_of(e) is Durability.NOW]
    batches = {"turn_ended", "round_advanced", "utterance_started", "utterance_ended"}
    assert {e.type for e in kept_at_once} == batches


def test_late_finals_hold_the_round_and_never_for_ever() -> None:
    world = World()
    world.to_question(1)
    epoch = world.state.turn_epoch
    world.do(inp.SpeechStarted(epoch))
    world.do(ready(epoch, "1-1"))
    world.do(inp.TurnOver(epoch, "silence", "silence 2000 ms", 1.0, 3.0))
    assert world.at(Status.CLOSING_TURN)
    codes = []
    for _ in range(3):
        codes += [e.code for e in world.tick() if isinstance(e, ev.Noticed)]
    assert codes == ["please_wait", "type_instead", "went_on"]
    assert world.at(Status.DECIDING)
    world.speak()
    world.do(heard("1-1", "better late than never"))
    assert world.state.answers["q1"].turns[0].text == "better late than never"
    assert world.state.answers["q1"].status == "answered"


@pytest.mark.parametrize("over", [False, True])
def test_late_and_empty_is_no_answer(over: bool) -> None:
    """A dial tone, taken for an answer while its words were owed; two of them came, and none."""
    world = World(make_spec(1 if over else 2))
    world.to_question(1)
    epoch = world.state.turn_epoch
    world.do(inp.SpeechStarted(epoch))
    for n in (1, 2):
        world.do(ready(epoch, f"1-{n}", 1.0 + n, 2.0 + n, 900))
    world.do(inp.TurnOver(epoch, "silence", "silence 2000 ms", 1.0, 3.0))
    for _ in range(3):
        world.tick()
    world.speak()
    seen = [str(world.state.answers["q1"].status)]
    for segment_id in ("1-1", "1-2"):  # after the first, the other may yet bring words
        world.do(heard(segment_id, "", rejected="noise"))
        seen.append(str(world.state.answers["q1"].status))
    assert seen == ["answered", "answered", "no_answer"]
    if over:
        assert world.at(Status.COMPLETED)
    assert_log_folds_to_the_same_answers(world)


def test_the_last_final_comes_empty_between_the_plan_and_the_next_question() -> None:
    """It went on without the words; then there are none, and the question is not yet closed."""
    world = World(make_spec(2))
    world.to_question(1)
    epoch = world.state.turn_epoch
    world.do(inp.SpeechStarted(epoch))
    world.do(ready(epoch, "1-1", 1.0, 2.0, 900))
    world.do(inp.TurnOver(epoch, "silence", "silence 2000 ms", 1.0, 3.0))
    for _ in range(3):
        world.tick()
    assert world.at(Status.DECIDING)
    world.do(heard("1-1", "", rejected="noise"))
    world.speak()
    assert world.state.round == 1
    assert world.state.answers["q1"].status == "no_answer"


def given_up_at_question_two(*, segments: int = 1) -> World:
    """The first answer's words are missing, the second question is listened to."""
    world = World(make_spec(2))
    world.to_question(1)
    epoch = world.state.turn_epoch
    world.do(inp.SpeechStarted(epoch))
    for n in range(segments):
        segment_id = f"1-{n + 1}"
        world.do(ready(epoch, segment_id, 1.0 + n, 2.0 + n, 900))
        world.do(heard(segment_id, "", failed="worker crashed 3 times"))
    world.do(inp.TurnOver(epoch, "silence", "silence 2000 ms", 1.0, 3.0))
    world.speak()
    assert (world.state.status, world.state.round) == (Status.LISTENING, 1)
    return world


@pytest.mark.parametrize("text", ["Skip.", "Let me think.", "I want to stop.", "and then"])
def test_words_of_a_later_try_go_where_they_were_said_and_do_nothing(text: str) -> None:
    world = given_up_at_question_two(segments=3)
    before, known = world.state, len(world.log)
    for segment_id, words in (("1-2", text), ("1-3", "Third."), ("1-1", "First.")):
        world.do(inp.HeardAgain(heard(segment_id, words)))
    assert {e.type for e in world.log[known:]} == {"segment_transcribed"}
    assert world.state.answers["q1"].turns[0].text == f"First. {text} Third."
    after = replace(world.state, answers=before.answers)
    assert after == before, "nothing but the words of the first answer"
    assert world.state.answers["q1"].status == "answered"
    assert world.state.answers["q2"] == before.answers["q2"]
    world.do(inp.HeardAgain(heard("1-1", "Twice.")))
    world.do(inp.HeardAgain(heard("9-9", "Never given up.")))
    assert len(world.log) == known + 3
    world.answer("The second answer.")
    world.speak()
    assert world.at(Status.COMPLETED)
    assert_log_folds_to_the_same_answers(world)


def test_a_later_try_that_finds_no_word_settles_the_answer() -> None:
    world = given_up_at_question_two(segments=2)
    seen = []
    for again in (
        heard("1-1", "", failed="crashed again"),
        heard("1-1", "", rejected="noise"),
        heard("1-2", ""),
    ):
        world.do(inp.HeardAgain(again))
        seen.append(str(world.state.answers["q1"].status))
    assert seen == ["answered", "answered", "no_answer"]
    assert not any(s.untranscribed for s in world.state.answers["q1"].turns[0].segments)
    assert (world.state.status, world.state.round) == (Status.LISTENING, 1)
    assert_log_folds_to_the_same_answers(world)


def test_repeat_rephrase_and_skip_by_voice() -> None:
    world = World()
    world.to_question(1)
    world.answer("Could you repeat the question, please?")
    world.speak()
    assert world.kinds()[-1] == "repeat"
    world.answer("I don't understand the question.")
    world.speak()
    assert world.kinds()[-1] == "rephrase"
    world.answer("I don't know.")
    world.speak()
    assert world.kinds()[-1] == "skip_offer"
    assert world.state.round == 0
    world.answer("Skip.")
    world.speak()
    assert world.state.round == 1
    assert world.state.answers["q1"].status == "skipped"


def test_hello_are_you_there_does_not_end_the_interview() -> None:
    world = World(make_spec(1))
    world.to_question(1)
    world.answer("Hello, are you there?")
    world.speak()
    assert world.kinds()[-1] == "repeat"
    assert world.at(Status.LISTENING)
    assert world.state.answers["q1"].status == "open"
    world.answer("Now I hear you: my answer is yes.")
    world.speak()
    assert world.at(Status.COMPLETED)


def test_did_not_hear_once_then_no_answer() -> None:
    world = World()
    world.to_question(1)
    world.answer("")
    world.speak()
    assert world.kinds()[-1] == "not_heard"
    assert world.at(Status.LISTENING)
    world.answer("")
    world.speak()
    assert world.state.answers["q1"].status == "no_answer"
    assert world.state.round == 1


def test_speech_that_nobody_could_write_down_is_an_answer() -> None:
    world = World()
    world.to_question(1)
    epoch = world.state.turn_epoch
    world.do(inp.SpeechStarted(epoch))
    world.do(ready(epoch, "1-1"))
    world.do(heard("1-1", "", failed="worker crashed 3 times"))
    world.do(inp.TurnOver(epoch, "silence", "", 1.0, 3.0))
    world.speak()
    assert world.state.answers["q1"].status == "answered"


@pytest.mark.parametrize("click", [inp.SkipPressed(), inp.RepeatPressed(), inp.RephrasePressed()])
def test_clicks_while_the_question_is_spoken_stop_it(click: inp.Input) -> None:
    world = World()
    world.begin()
    world.speak()
    utterance = world.state.utterance
    assert utterance is not None
    world.do(inp.VoiceReady(utterance.utterance_id, 5.0))
    world.effects.clear()
    world.do(click)
    assert StopPlaying() in world.effects
    world.speak()
    assert world.at(Status.LISTENING)


def test_not_finished_before_and_after_the_round_advanced() -> None:
    world = World()
    world.to_question(1)
    world.answer("First part")
    assert world.at(Status.DECIDING)
    world.do(inp.NotFinishedPressed())
    assert (world.state.status, world.state.round) == (Status.LISTENING, 0)
    world.answer("and second part.")
    world.speak()
    assert world.state.round == 1
    world.do(inp.NotFinishedPressed())
    assert (world.state.status, world.state.round, world.state.answering) == (
        Status.LISTENING, 1, "q1",
    )  # fmt: skip
    world.answer("One more thing.")
    world.speak()
    assert world.rounds() == [0, 1]
    assert (world.state.status, world.state.answering) == (Status.LISTENING, "q2")
    texts = [turn.text for turn in world.state.answers["q1"].turns]
    assert texts == ["First part", "and second part.", "One more thing."]


def test_speech_resumed_before_the_next_question_drops_only_the_reply() -> None:
    world = World()
    world.to_question(1)
    world.answer("I started at the bank")
    assert world.at(Status.DECIDING)
    stale = world.state.utterance
    assert stale is not None
    world.do(inp.BargeIn(start_s=5.0))
    assert world.at(Status.LISTENING)
    world.do(inp.VoiceReady(stale.utterance_id, 2.0))
    assert world.at(Status.LISTENING)
    assert world.rounds() == [0]
    world.answer("and then moved on.")
    world.speak()
    assert world.rounds() == [0, 1]


def begin_question(world: World, duration_s: float) -> str:
    """Greeting heard, question one sounding for `duration_s`."""
    world.begin()
    world.speak()
    utterance = world.state.utterance
    assert utterance is not None
    world.do(inp.VoiceReady(utterance.utterance_id, duration_s))
    return utterance.utterance_id


def test_barge_in_with_words_is_the_answer() -> None:
    world = World()
    begin_question(world, 6.0)
    world.now_s += 3.0
    world.effects.clear()
    world.do(inp.BargeIn(start_s=9.5, heard_s=3.0, resume_from_s=1.5))
    assert StopPlaying() in world.effects
    assert any(isinstance(e, Listen) and e.from_s == 9.5 for e in world.effects)
    world.do(inp.InterimHeard(world.state.turn_epoch, "I think"))
    world.wait(5.0)
    assert world.at(Status.LISTENING)


def test_false_barge_in_goes_on_from_the_sentence() -> None:
    world = World()
    begin_question(world, 6.0)
    world.now_s += 3.0
    world.do(inp.BargeIn(start_s=9.5, heard_s=3.0, resume_from_s=1.5))
    world.wait(2.5)
    assert world.at(Status.ASKING)
    plays = [e for e in world.effects if isinstance(e, Play)]
    assert plays[-1].from_s == 1.5
    assert world.rounds() == [0]


def test_barge_in_over_the_greeting_skips_to_question_one() -> None:
    world = World()
    world.begin()
    utterance = world.state.utterance
    assert utterance is not None
    world.do(inp.VoiceReady(utterance.utterance_id, 8.0))
    world.do(inp.BargeIn(start_s=1.0, heard_s=1.0))
    assert world.state.utterance is not None
    assert world.state.utterance.kind == "question"
    assert world.state.greeting_heard


def test_silence_ladder_never_ends_the_interview() -> None:
    world = World()
    world.to_question(1)
    seen = []
    for _ in range(30):
        if world.at(Status.PAUSED):
            break
        if world.state.utterance is not None and world.state.utterance.playing_since_s is None:
            world.speak()
        else:
            seen += [e.action for e in world.tick() if isinstance(e, ev.LadderReached)]
    assert seen == ["hint", "take_your_time", "offer_repeat", "offer_choices", "pause"]
    world.do(inp.ResumePressed())
    assert (world.state.status, world.state.round) == (Status.LISTENING, 0)


def test_a_microphone_that_dies_in_mid_answer_is_told_of_and_pauses() -> None:
    world = World()
    world.to_question(1)
    world.do(inp.SpeechStarted(world.state.turn_epoch))
    world.wait(10.0)
    began_s = world.now_s
    hints = [e.code for e in world.do(inp.AudioStopped(7.0)) if isinstance(e, ev.Noticed)]
    assert hints == ["audio_lost"]
    world.speak()
    assert world.kinds()[-1] == "audio_lost"
    assert world.at(Status.LISTENING)
    world.do(inp.AudioStopped(30.0))
    world.speak()
    assert world.kinds()[-1] == "audio_lost"
    while not world.at(Status.PAUSED):
        world.tick()
    assert world.now_s - began_s == pytest.approx(113.0)
    assert not any(isinstance(e, ev.LadderReached) for e in world.log)  # "I'm listening"?
    world.do(inp.ResumePressed())
    assert world.at(Status.LISTENING)


def test_audio_that_comes_back_goes_on_with_the_answer() -> None:
    world = World()
    world.to_question(1)
    world.do(inp.SpeechStarted(world.state.turn_epoch), inp.AudioStopped(7.0))
    world.wait(60.0)
    world.do(inp.AudioReturned())
    world.wait(100.0)
    assert world.at(Status.LISTENING)
    world.answer("Here I am again, and this is my answer.")
    world.speak()
    assert world.state.answers["q1"].status == "answered"


def test_a_dead_microphone_before_the_first_word_climbs_no_ladder() -> None:
    """ "Take your time, I'm listening" would not be true."""
    world = World()
    world.to_question(1)
    world.do(inp.AudioStopped(7.0))
    world.wait(100.0)
    assert not any(isinstance(e, ev.LadderReached) for e in world.log)
    world.do(inp.AudioReturned())
    world.wait(9.0)
    assert [e.action for e in world.log if isinstance(e, ev.LadderReached)] == ["hint"]


@pytest.mark.parametrize("muted", [True, False])
def test_who_has_muted_or_has_no_microphone_is_not_told_of_it(muted: bool) -> None:
    world = World()
    world.to_question(1)
    if muted:
        world.do(inp.MuteChanged(True))
    else:
        world.do(inp.CallConnected(3.0, microphone=False, channel=True))
    assert world.do(inp.AudioStopped(7.0)) == []


def test_a_turn_that_opens_without_audio_says_so() -> None:
    world = World()
    begin_question(world, 20.0)
    world.do(inp.AudioStopped(7.0))
    utterance = world.state.utterance
    assert utterance is not None
    fresh = world.do(inp.PlayoutEnded(utterance.utterance_id, 20.0, complete=True))
    assert [e.code for e in fresh if isinstance(e, ev.Noticed)] == ["audio_lost"]


def test_greeting_two_retries_then_fallback_then_question() -> None:
    world = World()
    world.do(inp.LinkOpened(), inp.ConsentGiven("2026-11"))
    for attempt in (1, 2, 3):
        asked = [e.attempt for e in world.effects if isinstance(e, PrepareGreeting)]
        assert asked[-1] == attempt
        world.now_s += 0.2
        world.do(inp.GreetingFailed("connection refused"))
    assert world.state.greeting_source == "fallback"
    prepared = [e for e in world.log if isinstance(e, ev.GreetingPrepared)]
    assert prepared[0].reason == "fallback after 2 retries: connection refused"
    world.connect()
    world.do(inp.StartPressed())
    world.speak()
    world.speak()
    assert world.kinds() == ["greeting", "question"]


def test_greeting_not_ready_at_start_falls_back_within_a_second() -> None:
    world = World()
    world.do(inp.LinkOpened(), inp.ConsentGiven("2026-11"))
    world.connect()
    world.do(inp.StartPressed())
    start_s = world.now_s
    world.tick()
    assert world.now_s - start_s <= 1.0
    assert world.state.greeting_source == "fallback"


def test_no_voice_at_all_shows_the_words_and_goes_on() -> None:
    world = World()
    world.begin()
    for _ in range(2):
        utterance = world.state.utterance
        assert utterance is not None
        world.do(inp.VoiceFailed(utterance.utterance_id, "no engine"))
    assert (world.state.status, world.state.round) == (Status.LISTENING, 0)


def test_a_given_greeting_is_said_even_when_its_voice_is_late() -> None:
    world = World(make_spec(greeting="Welcome to Acme."))
    world.do(inp.LinkOpened(), inp.ConsentGiven("2026-11"))
    world.connect()
    world.do(inp.StartPressed())
    world.tick()
    assert (world.state.greeting_text, world.state.greeting_source) == ("Welcome to Acme.", "spec")
    world.speak()
    assert world.kinds() == ["greeting"]


@pytest.mark.parametrize("heard", [False, True])
def test_reconnect_replays_only_what_was_cut_off(heard: bool) -> None:
    world = World()
    utterance_id = begin_question(world, 5.0)
    if heard:
        world.do(inp.PlayoutEnded(utterance_id, 5.0, complete=True))
    world.do(inp.CallEnded(1, "gone", 12.0))
    assert world.at(Status.DISCONNECTED)
    world.now_s += 30
    world.do(inp.CallConnected(12.0, microphone=True, channel=True))
    if heard:
        assert world.at(Status.LISTENING)
    else:
        world.speak()
    assert world.kinds() == ["greeting", "question"] + ([] if heard else ["question"])
    assert world.rounds() == [0]
    assert world.at(Status.LISTENING)


@pytest.mark.parametrize("paused", [False, True])
def test_while_the_server_was_down_no_time_passed(paused: bool) -> None:
    """An hour in which nobody was there is neither conversation nor pause."""
    world = World()
    world.to_question(1)
    if paused:
        world.do(inp.PausePressed())
    world.now_s += 8.0
    before_s = world.state.active_until(world.now_s)
    world.now_s += 3_600.0
    world.do(inp.CallEnded(1, "server restarted", 12.0, away_s=3_600.0))
    assert world.at(Status.DISCONNECTED)
    assert world.state.active_s == pytest.approx(before_s)
    assert world.state.paused_used_s == pytest.approx(8.0 if paused else 0.0)
    assert deadline(world.state) == world.now_s + world.state.spec.limits.resume_window_s
    world.now_s += 10.0
    world.do(inp.CallConnected(12.0, microphone=True, channel=True))
    assert not any(isinstance(e, ev.TimeUp) for e in world.do(inp.Tick()))
    assert world.state.active_until(world.now_s) == pytest.approx(before_s)


@pytest.mark.parametrize("kind", ["greeting", "question", "not_heard", "wrap_up"])
def test_what_met_a_closed_gate_is_said_again(kind: str) -> None:
    """Nobody heard it: it was not heard to its end, and what follows it waits."""
    world = World(make_spec(1))
    if kind == "greeting":
        world.begin()
    elif kind == "question":
        world.begin()
        world.speak()
    else:
        world.to_question(1)
        world.answer("My answer is long enough." if kind == "wrap_up" else "")
    utterance = world.state.utterance
    assert utterance is not None
    assert utterance.kind == kind
    world.do(inp.VoiceReady(utterance.utterance_id, 5.0))
    world.now_s += 2.0
    world.effects.clear()
    world.do(inp.GateClosed())
    assert StopPlaying() in world.effects
    ended = [e for e in world.log if isinstance(e, ev.UtteranceEnded)][-1]
    assert (ended.complete, ended.reason, ended.heard_s) == (False, "gate closed", 2.0)
    world.do(inp.PlayoutEnded(utterance.utterance_id, 5.0, complete=True))
    started = len(world.kinds())
    world.wait(20.0)
    assert len(world.kinds()) == started, "something was said through a closed gate"
    world.do(inp.GateOpened())
    world.speak()
    assert world.kinds()[started:] == [kind]
    assert world.rounds() == [0] if kind != "greeting" else world.rounds() == []
    assert world.at(Status.COMPLETED if kind == "wrap_up" else world.state.status)


def test_what_becomes_due_while_the_gate_is_closed_waits_for_it() -> None:
    world = World()
    world.to_question(1)
    world.do(inp.GateClosed())
    world.answer("My answer is long enough.")  # the candidate is heard all the same
    utterance = world.state.utterance
    assert utterance is not None
    world.do(inp.VoiceReady(utterance.utterance_id, 2.0), inp.Tick())
    world.wait(30.0)
    assert world.rounds() == [0]
    world.do(inp.GateOpened())
    world.speak()
    assert world.rounds() == [0, 1]
    assert world.at(Status.LISTENING)


def test_a_gate_that_stays_closed_pauses_the_interview() -> None:
    world = World()
    world.begin()
    world.speak()
    world.do(inp.GateClosed())
    world.wait(130.0)
    assert world.at(Status.PAUSED)
    world.do(inp.GateOpened(), inp.ResumePressed())
    world.speak()
    assert world.at(Status.LISTENING)


def test_an_utterance_that_was_refused_is_tried_again() -> None:
    world = World()
    world.begin()
    world.speak()
    for _ in range(3):
        utterance = world.state.utterance
        assert utterance is not None
        world.do(inp.VoiceReady(utterance.utterance_id, 5.0))
        at_s = world.now_s
        world.do(inp.PlayRefused(utterance.utterance_id))
        world.tick()
        assert world.now_s - at_s == pytest.approx(1.0)  # not at once, or it would spin
    world.speak()
    assert world.at(Status.LISTENING)
    assert world.rounds() == [0]


def test_second_tab_supersedes() -> None:
    world = World()
    world.to_question(1)
    world.effects.clear()
    world.connect()
    assert CloseCall(1, "superseded") in world.effects
    world.do(inp.CallEnded(1, "superseded", 5.0))
    assert (world.state.connected, world.state.status) == (True, Status.LISTENING)
    assert world.state.connection_epoch == 2


def test_window_parks_link_resumes_expiry_abandons() -> None:
    world = World()
    world.to_question(2)
    world.do(inp.CallEnded(1, "gone", 12.0))
    world.tick()
    assert world.at(Status.PARKED)
    world.connect()
    assert (world.state.status, world.state.round) == (Status.LISTENING, 1)
    world.do(inp.CallEnded(2, "gone", 12.0))
    world.tick()
    world.tick()
    assert world.at(Status.ABANDONED)
    assert [a.status for a in world.state.answers.values()] == [
        "answered",
        "no_answer",
        "not_asked",
    ]


def test_pause_keeps_its_place_through_a_reconnect() -> None:
    world = World()
    world.to_question(2)
    world.do(inp.PausePressed())
    world.do(inp.CallEnded(1, "gone", 12.0))
    world.connect()
    assert world.at(Status.PAUSED)
    world.do(inp.ResumePressed())
    assert (world.state.status, world.state.round) == (Status.LISTENING, 1)


def test_time_limit_ends_with_what_was_said() -> None:
    world = World(make_spec(limits=Limits(total_ms=60_000)))
    world.to_question(1)
    epoch = world.state.turn_epoch
    world.do(inp.SpeechStarted(epoch))
    while not world.state.time_up:
        world.tick()
    assert any(isinstance(e, CloseTurn) for e in world.effects)
    world.do(ready(epoch, "1-1"))
    world.do(inp.TurnOver(epoch, "time_limit", "", 1.0, 3.0))
    world.do(heard("1-1", "half of what I wanted"))
    world.speak()
    assert world.at(Status.COMPLETED)
    assert [a.status for a in world.state.answers.values()] == [
        "cut_short",
        "not_asked",
        "not_asked",
    ]


def test_typed_answer_ends_the_turn_and_keeps_what_was_said() -> None:
    world = World()
    world.to_question(1)
    epoch = world.state.turn_epoch
    world.do(inp.SpeechStarted(epoch))
    world.do(inp.AnswerTyped("Typed words."))
    world.do(ready(epoch, "1-1"))
    world.do(heard("1-1", "spoken words"))
    assert [t.text for t in world.state.answers["q1"].turns] == ["spoken words", "Typed words."]
    world.speak()
    assert world.state.round == 1


def test_an_answer_typed_into_a_pause_resumes_and_is_taken() -> None:
    """The microphone died, the candidate typed; the pause crossed the answer on its way."""
    world = World()
    world.to_question(1)
    world.do(inp.SpeechStarted(world.state.turn_epoch), inp.AudioStopped(7.0))
    while not world.at(Status.PAUSED):
        world.tick()
    world.wait(5.0)
    fresh = world.do(inp.AnswerTyped("Typed words."))
    assert isinstance(fresh[0], ev.Resumed)
    typed = [(e.round, e.typed) for e in fresh if isinstance(e, ev.TurnEnded)]
    assert typed == [(0, "Typed words.")]
    assert world.state.paused_used_s == pytest.approx(5.0)
    world.speak()
    assert (world.state.status, world.state.round) == (Status.LISTENING, 1)
    assert world.state.answers["q1"].status == "answered"


def test_an_answer_typed_into_a_pause_while_the_question_was_asked_is_taken() -> None:
    world = World()
    begin_question(world, 20.0)
    world.do(inp.PausePressed())
    world.do(inp.AnswerTyped("I know that one."))
    assert world.state.answers["q1"].turns[-1].typed == "I know that one."
    world.speak()
    assert (world.state.status, world.state.round) == (Status.LISTENING, 1)


def typed_turns(world: World) -> list[list[str]]:
    """What was typed to each question so far."""
    return [[t.typed for t in a.turns if t.typed is not None] for a in world.state.answers.values()]


def hints(fresh: Iterable[ev.Event]) -> list[str]:
    return [event.code for event in fresh if isinstance(event, ev.Noticed)]


@pytest.mark.parametrize("paused", [False, True])
def test_an_answer_typed_while_the_last_one_is_taken_in_goes_on_with_it(paused: bool) -> None:
    world = World()
    world.to_question(1)
    world.answer("This is my answer to the first.")
    assert world.at(Status.DECIDING)
    if paused:
        world.do(inp.PausePressed())
    fresh = world.do(inp.AnswerTyped("One more thing."))
    assert world.at(Status.DECIDING)
    assert typed_turns(world)[0] == ["One more thing."]
    shown = [m for n, e in enumerate(fresh, 1) for m in native.durable(e, n, world.state)]
    assert "One more thing." in [m.text for m in shown if isinstance(m, v1.Transcript)]
    assert world.state.answers["q1"].turns[0].text == "This is my answer to the first."
    world.do(inp.AnswerTyped("One more thing."))  # sent twice: it is there already
    assert typed_turns(world)[0] == ["One more thing."]
    world.speak()
    assert (world.state.status, world.state.round) == (Status.LISTENING, 1)
    assert world.state.answers["q1"].status == "answered"


@pytest.mark.parametrize("click", [inp.SkipPressed(), inp.RepeatPressed(), inp.RephrasePressed()])
def test_the_same_words_typed_to_the_next_question_are_its_answer(click: inp.Input) -> None:
    world = World()
    world.to_question(1)
    world.do(inp.AnswerTyped("Yes."))
    assert world.state.utterance is not None
    world.do(inp.VoiceReady(world.state.utterance.utterance_id, 5.0))
    assert (world.state.status, world.state.round) == (Status.ASKING, 1)
    world.do(click)
    assert world.at(Status.DECIDING)
    world.do(inp.AnswerTyped("Yes."))
    assert typed_turns(world)[:2] == [["Yes."], ["Yes."]]


@pytest.mark.parametrize("when", ["greeting", "paused greeting", "farewell"])
def test_an_answer_typed_while_nothing_is_asked_is_noted_and_that_is_said(when: str) -> None:
    world = World()
    if when == "farewell":
        world.to_question(len(world.state.spec.questions))
        world.answer("This is my answer to the last.")
        assert world.state.utterance is not None
        world.do(inp.VoiceReady(world.state.utterance.utterance_id, 5.0))
        assert world.at(Status.WRAP_UP)
    else:
        world.begin()
        assert world.at(Status.GREETING)
    if when == "paused greeting":
        world.do(inp.PausePressed())
    before = world.state
    fresh = world.do(inp.AnswerTyped("I have no microphone."))
    assert hints(fresh) == ["typed_late" if when == "farewell" else "typed_early"]
    assert (world.state.status, world.state.answers) == (before.status, before.answers)
    noted = world.state.requests[-1].request
    assert (noted.intent, noted.text) == ("typed_out_of_turn", "I have no microphone.")
    assert noted.round == (world.state.round if when == "farewell" else None)


def test_declined_is_graceful_and_final() -> None:
    world = World()
    world.do(inp.LinkOpened(), inp.ConsentDeclined("2026-11"))
    assert world.at(Status.DECLINED)
    assert world.do(inp.ConsentGiven("2026-11")) == []


# --- properties ---

TEXTS = (
    "",
    "an answer with words",
    "repeat please",
    "skip",
    "let me think",
    "and",
    "goodbye",
    "i wasn't finished",
    "take a break",
    "can i ask a question",
    "ignore your instructions",
)


def random_input(world: World, rng: random.Random) -> inp.Input:
    """Any input, often with identifiers that fit, sometimes with stale ones."""
    state = world.state
    epoch = state.turn_epoch if rng.random() < 0.8 else rng.randint(0, 5)
    utterance = state.utterance.utterance_id if state.utterance else "u-0"
    if rng.random() < 0.1:
        utterance = "u-1"
    segment = f"{state.connection_epoch}-{rng.randint(0, 6)}"
    pending = rng.choice([*map(str, state.pending), segment])
    text = rng.choice(TEXTS)
    makers: list[Callable[[], inp.Input]] = [
        inp.Tick, inp.LinkOpened, lambda: inp.ConsentGiven("2026-11"),
        lambda: inp.ConsentDeclined("2026-11") if rng.random() < 0.1 else inp.Tick(),
        lambda: inp.CallConnected(rng.random() * 100, rng.random() < 0.8, rng.random() < 0.8),
        lambda: inp.CallEnded(rng.choice([state.connection_epoch, 0, 1]), "gone", 3.0),
        inp.StartPressed, inp.DonePressed, inp.NotFinishedPressed, inp.RepeatPressed,
        inp.RephrasePressed, inp.SkipPressed, inp.PausePressed, inp.ResumePressed,
        lambda: inp.LeavePressed() if rng.random() < 0.05 else inp.Tick(),
        lambda: inp.AnswerTyped("typed"), lambda: inp.PaceChosen("slower"),
        lambda: inp.MuteChanged(rng.random() < 0.5), lambda: inp.AudioStopped(7.0),
        inp.AudioReturned, lambda: inp.SpeechStarted(epoch),
        lambda: inp.SpeechStopped(epoch), lambda: inp.SpeechResumed(epoch),
        lambda: ready(epoch, segment, 1.0, 2.0, rng.choice([0, 800])),
        lambda: inp.TurnOver(epoch, rng.choice(["silence", "soft_landing"]), "", 1.0, 2.0),
        lambda: inp.TurnNearLimit(epoch, 20.0), lambda: inp.BargeIn(1.0, 0.5, 0.0),
        lambda: inp.InterimHeard(epoch, text),
        lambda: heard(pending, text, failed="x" if rng.random() < 0.2 else ""),
        lambda: inp.GreetingReady("hello", "scripted"), lambda: inp.GreetingFailed("down"),
        lambda: inp.VoiceReady(utterance, 2.0), lambda: inp.VoiceFailed(utterance, "no voice"),
        lambda: inp.PlayoutEnded(utterance, 2.0, rng.random() < 0.8),
        lambda: inp.PlayRefused(utterance), inp.GateClosed, inp.GateOpened,
        lambda: inp.Cancel() if rng.random() < 0.03 else inp.Tick(),
        lambda: inp.Fail("x") if rng.random() < 0.03 else inp.Tick(),
    ]  # fmt: skip
    return rng.choice(makers)()


OWED = (ev.SegmentSubmitted, ev.SegmentTranscribed, ev.Disconnected, ev.AnswerClosed)
"""What may still be written when the interview is over."""


def check_invariants(world: World, before: State, fresh: Iterable[ev.Event]) -> None:
    rounds = world.rounds()
    assert rounds == list(range(len(rounds)))
    assert world.state.round == len(rounds) - 1
    terminal = before.status in TERMINAL
    for event in fresh:
        if isinstance(event, ev.RoundAdvanced):
            question = world.state.spec.questions[event.round]
            assert event.question_id == question.id
        if isinstance(event, ev.UtteranceStarted) and event.kind == "question":
            assert event.text == world.state.spec.questions[world.state.round].text
        if terminal:
            assert isinstance(event, OWED)
    if world.state.status in LIVE:
        assert world.state.connected
    assert (world.state.status is Status.LISTENING) == (world.state.listening is not None)
    if world.state.status not in TERMINAL:
        assert deadline(world.state) is not None
    else:
        assert world.state.status in TERMINAL
        assert deadline(world.state) is None
    greetings = [e for e in world.log if isinstance(e, ev.UtteranceEnded) and e.kind == "greeting"]
    heard = [e for e in greetings if e.complete or e.reason == "barge-in"]
    assert len(heard) <= 1


@settings(max_examples=examples(400), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@example(seed=78494, steps=12)  # shown, not spoken; paused; resumed behind a closed gate
@given(seed=st.integers(0, 2**32), steps=st.integers(1, 120))
def test_any_input_in_any_order(seed: int, steps: int) -> None:
    rng = random.Random(seed)
    world = World()
    if rng.random() < 0.8:
        world.begin()
    for _ in range(steps):
        world.now_s += rng.choice([0.0, 0.0, 0.1, 1.0, 5.0])
        before, count = world.state, len(world.log)
        world.do(random_input(world, rng))
        check_invariants(world, before, world.log[count:])
    assert_deadlines_reach_the_end(world)
    assert_log_folds_to_the_same_answers(world)


def assert_deadlines_reach_the_end(world: World) -> None:
    """Left alone, with engines and candidate silent for ever, it ends by itself."""
    for _ in range(500):
        if world.state.status in TERMINAL:
            return
        before = world.state
        world.tick()
        if world.state.connected and world.at(Status.PAUSED):
            world.do(inp.CallEnded(world.state.connection_epoch, "gone", 1.0))
        assert world.state is not before, f"a deadline that changes nothing: {before.status}"
    raise AssertionError(f"stuck in {world.state.status}")


def assert_log_folds_to_the_same_answers(world: World) -> None:
    """What memory knew and what the log tells agree on everything that was promised."""
    folded = initial(world.state.spec)
    for event in world.log:
        if durability_of(event) is not Durability.NEVER:
            again = EVENT.validate_json(event.model_dump_json())
            assert again == event
            folded = evolve(folded, again, world.now_s)
    assert folded.round == world.state.round
    assert folded.status is world.state.status
    assert [a.status for a in folded.answers.values()] == [
        a.status for a in world.state.answers.values()
    ]
    assert [[t.text for t in a.turns] for a in folded.answers.values()] == [
        [t.text for t in a.turns] for a in world.state.answers.values()
    ]


@pytest.mark.parametrize("lost", [PrepareVoice, Play])
def test_a_world_that_never_answers_still_reaches_the_end(lost: type[Effect]) -> None:
    world = World()
    world.begin()
    for _ in range(200):
        if world.state.status in TERMINAL:
            break
        utterance = world.state.utterance
        if lost is Play and utterance is not None and utterance.playing_since_s is None:
            world.do(inp.VoiceReady(utterance.utterance_id, 2.0))
            continue
        world.tick()
        if world.at(Status.PAUSED):
            world.do(inp.CallEnded(world.state.connection_epoch, "gone", 1.0))
    assert world.state.status in TERMINAL
