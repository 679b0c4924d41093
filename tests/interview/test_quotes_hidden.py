"""A follow-up repeats what was said: not to a device that has not heard it."""

from __future__ import annotations

from media_server.interview import events as ev
from media_server.interview import inputs as inp
from media_server.interview.agenda import follow_up
from media_server.interview.own_words import own_transcript
from media_server.interview.view import is_quote_hidden
from tests.interview.world import World, make_spec

QUOTE = "You said Homburg. Why Homburg?"


def asked_back() -> World:
    """The first answer has brought a follow-up, which is being asked."""
    world = World(make_spec(2))
    world.to_question(1)
    current = world.state.prompt
    assert current is not None
    prompt = follow_up(current, 1, QUOTE)
    world.fold(ev.AgendaExtended(prompt=prompt, reason="a criterion is open"))
    world.answer("I worked in Homburg for five years.")
    world.speak()
    assert world.state.answering == "q1:1"
    return world


def another_device(world: World) -> int:
    """How many turns it may not hear of."""
    world.do(inp.CallEnded(world.state.connection_epoch, "gone", 30.0))
    world.do(inp.CallConnected(30.0, microphone=True, channel=True))
    hidden = world.state.connections[-1].hidden_turns
    assert hidden > 0
    return hidden


def asked_texts(world: World, hidden: int) -> list[str]:
    told = own_transcript("iv", world.state, now_s=world.now_s, hidden_turns=hidden)
    return [answer.asked_text for answer in told.answers]


def test_what_was_asked_elsewhere_is_not_quoted() -> None:
    world = asked_back()
    world.answer("Because of the bakery there.")
    world.speak()
    assert world.state.answering == "q2"
    hidden = another_device(world)
    assert is_quote_hidden(world.state, "q1:1", hidden)
    assert not is_quote_hidden(world.state, "q1:1", 0), "its own device sees it"
    assert not is_quote_hidden(world.state, "q1", hidden), "the question itself quotes nobody"
    assert QUOTE not in asked_texts(world, hidden)
    assert QUOTE in asked_texts(world, 0)


def test_what_is_asked_here_is_seen_here() -> None:
    world = asked_back()
    hidden = another_device(world)
    assert not is_quote_hidden(world.state, "q1:1", hidden)
    while world.state.utterance is not None:
        world.speak()
    world.answer("Because of the bakery there.")
    world.speak()
    assert not is_quote_hidden(world.state, "q1:1", hidden), "also after it was answered"
    assert QUOTE in asked_texts(world, hidden)
