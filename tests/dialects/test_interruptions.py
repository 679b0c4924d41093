"""What the page gets of words that were said over the bot, once it is known what they were."""

from __future__ import annotations

from media_server.dialects import interview_v1 as v1
from media_server.dialects import native
from media_server.interview import events as ev
from media_server.interview import inputs as inp
from tests.interview.over_the_bot import LONG, interrupt, say
from tests.interview.world import World


def told(world: World) -> list[tuple[str, str, int | None]]:
    """(prompt, text, seq) of the finals that tell of the judgement."""
    event = next(event for event in world.log if isinstance(event, ev.InterruptionJudged))
    messages = native.durable(event, 70, world.state)
    finals = [message for message in messages if isinstance(message, v1.Transcript)]
    assert all(message.final for message in finals)
    return [(message.prompt_id, message.text, message.seq) for message in finals]


def test_words_that_answer_the_new_question_are_told_there() -> None:
    world = World(LONG)
    world.to_question(1)
    world.answer("I worked at the bank")
    assert world.state.utterance is not None
    world.do(inp.VoiceReady(world.state.utterance.utterance_id, 6.0))
    interrupt(world, after_s=1.5, resume_from_s=0.0)
    say(world, "Conflicts I solve by talking", spoke_s=2.0)
    world.wait(0.5)
    assert told(world) == [("q2", "Conflicts I solve by talking", 70)]


def test_a_back_channel_is_taken_away() -> None:
    world = World(LONG)
    world.to_question(1)
    world.answer("I worked at the bank")
    assert world.state.utterance is not None
    world.do(inp.VoiceReady(world.state.utterance.utterance_id, 6.0))
    interrupt(world)
    say(world, "Okay.")
    world.wait(0.5)
    assert [text for _, text, _ in told(world)] == [""]
