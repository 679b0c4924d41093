"""Speech over the bot, step by step, as the receiver and the recogniser tell it."""

from __future__ import annotations

from media_server.interview import effects as fx
from media_server.interview import events as ev
from media_server.interview import inputs as inp
from media_server.interview import result
from media_server.interview.result import AnswerResult
from media_server.interview.spec import InterviewSpec, Question
from media_server.interview.status import Status
from tests.interview.world import World
from tests.support.segments import heard, ready

LONG = InterviewSpec(
    questions=(
        Question(id="q1", text="Which of your projects was the most difficult, and why was it?"),
        Question(id="q2", text="How do you handle conflicts in a team?"),
    )
)

BARGED_S = 9.5
"""On the media time, where each speech over the bot begins."""


def interrupt(world: World, *, after_s: float = 3.0, resume_from_s: float = 1.5) -> None:
    """Somebody has spoken for 0.3 s when `after_s` of the utterance were heard."""
    world.now_s += after_s
    world.effects.clear()
    world.do(inp.BargeIn(BARGED_S, after_s, resume_from_s, speech_s=0.3))
    assert fx.StopPlaying() in world.effects, "silent at once, whatever it is"
    assert world.at(Status.LISTENING)
    world.do(inp.SpeechStarted(world.state.turn_epoch))


def fall_silent(world: World, *, spoke_s: float = 0.5, number: int = 1) -> str:
    """The speech ends `spoke_s` after it began; its segment is at the recogniser."""
    epoch = world.state.turn_epoch
    name = f"1-{10 * epoch + number}"
    world.now_s += 0.5
    world.do(ready(epoch, name, BARGED_S - 0.2, BARGED_S + spoke_s + 0.2, round(1000 * spoke_s)))
    world.now_s += 0.2
    world.do(inp.SpeechStopped(epoch, pause_ms=700, spoken_ms=round(1000 * spoke_s)))
    return name


def say(world: World, text: str, **speech: float) -> None:
    name = fall_silent(world, **speech)  # type: ignore[arg-type]
    world.do(heard(name, text))


def end_turn(world: World) -> None:
    epoch = world.state.turn_epoch
    world.do(inp.TurnOver(epoch, "silence", "", BARGED_S, BARGED_S + 2, silence_ms=2000))


def plays(world: World) -> list[fx.Play]:
    return [effect for effect in world.effects if isinstance(effect, fx.Play)]


def answer_of(world: World, prompt_id: str) -> AnswerResult:
    built = result.build("i", world.state, now_s=world.now_s)
    return next(a for a in built.answers if a.prompt_id == prompt_id)


def hints(world: World) -> list[str]:
    return [event.code for event in world.log if isinstance(event, ev.Noticed)]
