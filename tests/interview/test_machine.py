"""The machine along the way that most people take, and what its table must hold."""

from __future__ import annotations

from media_server.interview import events as ev
from media_server.interview import inputs as inp
from media_server.interview.effects import (
    CloseTurn,
    PrepareGreeting,
)
from media_server.interview.events import Durability, durability_of
from media_server.interview.machine import TABLE, Ignored
from media_server.interview.spec import Limits
from media_server.interview.status import Status
from tests.interview.world import (
    EVENT_TYPES,
    INPUT_TYPES,
    World,
    make_spec,
)
from tests.support.segments import heard, ready


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
    said = "You are talking with an AI. Welcome to Acme."
    assert (world.state.greeting_text, world.state.greeting_source) == (said, "spec")
    world.speak()
    assert world.kinds() == ["greeting"]


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


def test_declined_is_graceful_and_final() -> None:
    world = World()
    world.do(inp.LinkOpened(), inp.ConsentDeclined("2026-11"))
    assert world.at(Status.DECLINED)
    assert world.do(inp.ConsentGiven("2026-11")) == []
