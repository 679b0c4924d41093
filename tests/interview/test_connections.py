"""A microphone or a connection that goes and comes back; a gate that is shut."""

from __future__ import annotations

import pytest

from media_server.interview import events as ev
from media_server.interview import inputs as inp
from media_server.interview import pacing
from media_server.interview.effects import (
    CloseCall,
    StopPlaying,
)
from media_server.interview.machine import deadline
from media_server.interview.spec import Pace
from media_server.interview.status import Status
from tests.interview.world import (
    World,
    begin_question,
    make_spec,
)
from tests.support.segments import heard, ready


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
    world.wait(30.0 - 7.0 - 2.0)
    world.speak()
    assert world.kinds()[-1] == "audio_lost"
    assert world.kinds().count("audio_lost") == 2
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


def told(events: list[ev.Event]) -> list[str]:
    return [e.code for e in events if isinstance(e, ev.Noticed)]


def asked(events: list[ev.Event]) -> list[str]:
    return [e.kind for e in events if isinstance(e, ev.UtteranceRequested)]


def test_while_the_bot_speaks_it_is_shown_and_said_when_the_turn_opens() -> None:
    """A candidate on a phone sees no hint."""
    world = World()
    name = begin_question(world, 20.0)
    events = world.do(inp.AudioStopped(7.0))
    assert (told(events), asked(events)) == (["audio_lost"], [])
    world.now_s += 12.0
    world.do(inp.PlayoutEnded(name, 20.0, complete=True))
    assert asked(world.tick()) == ["audio_lost"]
    assert world.at(Status.LISTENING)


@pytest.mark.parametrize("pace", ["faster", "normal", "slower"])
def test_in_a_pause_it_is_said_8_s_after_the_last_packet_at_the_latest(pace: Pace) -> None:
    world = World()
    world.to_question(1)
    world.do(inp.PaceChosen(pace))
    epoch = world.state.turn_epoch
    world.do(inp.SpeechStarted(epoch), inp.SpeechStopped(epoch, 500, 4000))
    last_packet_s = world.now_s
    world.wait(7.0)
    events = world.do(inp.AudioStopped(7.0))
    if not asked(events):
        events = world.tick()
    assert asked(events) == ["audio_lost"]
    assert world.now_s - last_packet_s <= 8.0


def test_what_was_said_before_the_microphone_died_is_kept() -> None:
    world = World()
    world.to_question(1)
    epoch = world.state.turn_epoch
    world.do(inp.SpeechStarted(epoch), ready(epoch, "1-1"), heard("1-1", "Half of an answer."))
    world.now_s += 10.0
    world.do(inp.AudioStopped(7.0))
    world.wait(114.0)
    assert world.at(Status.PAUSED)
    world.do(inp.ResumePressed())
    assert world.at(Status.LISTENING)
    assert world.state.answering == "q1"
    assert world.state.answers["q1"].turns[0].text == "Half of an answer."


def test_who_types_instead_is_left_in_peace() -> None:
    """They know. What helps who types comes as it does without a microphone."""
    world = World()
    world.to_question(1)
    world.do(inp.AudioStopped(7.0))
    world.speak()
    world.do(inp.AnswerTyped("My answer, in writing."))
    before = len(world.log)
    world.speak()
    assert world.at(Status.LISTENING)
    world.wait(9.0)
    fresh = world.log[before:]
    assert told(fresh) == ["quiet_text"]
    assert world.kinds().count("audio_lost") == 1
    world.do(inp.AudioReturned())
    world.answer("And this I say aloud again, as before.")
    world.speak()
    assert world.state.answers["q2"].status == "answered"


@pytest.mark.parametrize("playing", [False, True])
def test_packets_that_come_back_take_back_what_was_said_of_them(playing: bool) -> None:
    world = World()
    world.to_question(1)
    world.do(inp.AudioStopped(7.0))
    utterance = world.state.utterance
    assert utterance is not None
    assert utterance.kind == "audio_lost"
    if playing:
        world.do(inp.VoiceReady(utterance.utterance_id, 4.0))
    world.now_s += 1.0
    events = world.do(inp.AudioReturned())
    assert told(events) == ["audio_back"]
    assert any(isinstance(e, StopPlaying) for e in world.effects) == playing
    assert asked(events) == ["audio_back"], "they were told aloud that nothing is heard"
    world.do(inp.VoiceReady(utterance.utterance_id, 4.0))
    assert world.kinds().count("audio_lost") == int(playing)


def test_in_mid_answer_the_loss_is_what_is_spoken_of() -> None:
    world = World()
    world.to_question(1)
    epoch = world.state.turn_epoch
    world.do(inp.SpeechStarted(epoch))
    world.wait(10.0)
    world.do(inp.AudioStopped(7.0))
    world.speak()
    world.now_s += 6.0
    assert asked(world.do(inp.AudioReturned())) == []
    events = world.do(inp.AudioLost(epoch, 15_000))
    hints = [(e.code, e.seconds) for e in events if isinstance(e, ev.Noticed)]
    assert hints == [("lost_audio", 15)]
    world.now_s += 0.5
    assert asked(world.do(inp.SpeechStopped(epoch, 500, 4000))) == ["lost_you"]


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


def test_the_time_was_up_in_the_greeting_and_the_server_forgot_the_plan() -> None:
    """`TimeUp` is in the log, what was planned then is not: it goes by the table all the same."""
    world = World()
    world.begin()
    assert world.at(Status.GREETING)
    world.fold(ev.TimeUp(reason="60 s of conversation"))
    world.do(inp.CallEnded(1, "server_restarted", 3.0))
    world.connect()
    assert world.at(Status.DECIDING)
    world.wait(pacing.VOICE_DEADLINE_S + 1.0)
    assert world.at(Status.COMPLETED)
