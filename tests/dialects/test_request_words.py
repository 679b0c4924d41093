"""What was asked for is told as a request, not as the answer: the same as in the result."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from media_server.dialects import interview_v1 as v1
from media_server.dialects import native
from media_server.interview import events as ev
from media_server.interview import inputs as inp
from media_server.interview import result
from media_server.interview.fold import evolve
from media_server.interview.machine import confirming, deciding
from media_server.interview.spoken_requests import Recognised, recognise
from media_server.interview.state import State, initial
from media_server.interview.view import is_hidden
from tests.interview.over_the_bot import end_turn, interrupt, say
from tests.interview.world import World, make_spec

Words = list[tuple[str, str, str]]
"""(prompt, request, text) of what is shown, in its order."""


def asked_for_several_things() -> World:
    world = World(make_spec(3))
    world.to_question(1)
    world.answer("Can you repeat that?")
    world.speak()
    world.answer("I worked at a bank for ten years.")
    world.speak()
    world.answer("Please skip this question.")
    world.speak()
    world.answer("I would like to learn Greek.")
    return world


def confirmed() -> World:
    world = World(make_spec(2))
    world.to_question(1)
    world.answer("Should we move on or what do you think?")
    if world.state.confirming is None:
        pytest.fail("it is to be asked back about")
    world.speak()
    world.answer("Yes, please.")
    world.speak()
    return world


def over_the_bot() -> World:
    world = World(make_spec(2))
    world.to_question(1)
    world.answer("I worked at a bank for ten years.")
    assert world.state.utterance is not None
    world.do(inp.VoiceReady(world.state.utterance.utterance_id, 6.0))
    interrupt(world)
    say(world, "Can you repeat that?")
    end_turn(world)
    return world


def steps(world: World) -> Iterator[tuple[int, ev.Event, State]]:
    state, seq = initial(world.state.spec), 0
    for event in world.log:
        state = evolve(state, event, world.now_s)
        if ev.durability_of(event) is not ev.Durability.NEVER:
            seq += 1
            yield seq, event, state


def shown(told: Iterator[v1.ServerMessage]) -> Words:
    """As a client shows it: newer words of a segment take the place of older ones."""
    newest: dict[str, v1.Transcript] = {}
    for message in told:
        if isinstance(message, v1.Transcript):
            newest[message.segment_id] = message
    return [(m.prompt_id, m.request, m.text) for m in newest.values() if m.text]


def live(world: World) -> Words:
    return shown(m for seq, e, state in steps(world) for m in native.durable(e, seq, state))


def replayed(world: World, hidden_turns: int = 0) -> Words:
    """After a reload: every event is told with the state of now."""
    return shown(
        message
        for seq, event, _ in steps(world)
        if not is_hidden(event, hidden_turns)
        for message in native.durable(event, seq, world.state)
    )


def in_the_result(world: World) -> Words:
    built = result.build("i", world.state, now_s=world.now_s)
    return [
        (answer.prompt_id, turn.request, turn.text)
        for answer in built.answers
        for turn in answer.turns
        if turn.text
    ]


@pytest.mark.parametrize("tell", [asked_for_several_things, over_the_bot])
def test_a_request_is_no_answer_live_and_after_a_reload(tell: Callable[[], World]) -> None:
    world = tell()
    assert any(request for _, request, _ in in_the_result(world))
    assert live(world) == replayed(world) == in_the_result(world)


def test_a_yes_is_a_request_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    def matched(text: str, locale: str) -> Recognised | None:
        return Recognised("skip", False) if text.startswith("Should") else recognise(text, locale)

    monkeypatch.setattr(deciding, "recognise", matched)
    monkeypatch.setattr(confirming, "recognise", matched)
    world = confirmed()
    assert [request for _, request, _ in replayed(world)] == ["skip", "confirm"]
    assert live(world) == replayed(world) == in_the_result(world)


@pytest.mark.parametrize("tell", [asked_for_several_things, over_the_bot])
def test_what_was_said_on_another_device_stays_hidden(tell: Callable[[], World]) -> None:
    """To tell the words again, as what they were, must not tell them to who may not see them."""
    world = tell()
    assert replayed(world, world.state.turn_epoch) == []
    assert replayed(world, 1) == replayed(world)[1:]
