"""An interview as far as its summary, and what was said in it."""

from __future__ import annotations

from media_server.interview import events as ev
from media_server.interview.phrases import summary_words
from media_server.interview.spec import Candidate
from media_server.interview.state import State
from media_server.interview.status import Status
from media_server.interview.summary_events import SUMMARY_ID, Summary
from tests.interview.world import World, make_spec

ANSWERS = {
    "en": ("I worked in a bakery in Homburg for five years.", "My best project was a bridge."),
    "de": ("Ich habe fünf Jahre in einer Bäckerei in Homburg gearbeitet.",
           "Mein bestes Projekt war eine Brücke."),
    "es": ("Trabajé cinco años en una panadería de Homburg.", "Mi mejor proyecto fue un puente."),
    "fr": ("J'ai travaillé cinq ans dans une boulangerie à Homburg.",
           "Mon meilleur projet était un pont."),
}  # fmt: skip


def offered(locale: str = "en", *answers: str, **changes: object) -> World:
    """As far as listening to the reply to the offer."""
    said = answers or ANSWERS.get(locale, ANSWERS["en"])
    world = World(
        make_spec(len(said), summary="offer", candidate=Candidate(locale=locale), **changes)
    )
    world.to_question(1)
    world.answer(said[0])
    for text in said[1:]:
        world.speak()
        world.answer(text)
    utterance = world.state.utterance
    assert utterance is not None
    assert (utterance.kind, utterance.prompt_id) == ("question", SUMMARY_ID)
    assert utterance.text == summary_words(locale).offer
    world.speak()
    assert (world.state.status, world.state.answering) == (Status.LISTENING, SUMMARY_ID)
    return world


def told(locale: str = "en", yes: str = "Yes, please.", *answers: str) -> World:
    """As far as listening to the reply to "Did I get that right?"."""
    world = offered(locale, *answers)
    world.answer(yes)
    hear(world)
    assert world.kinds()[-1] == "summary_check"
    return world


def hear(world: World) -> None:
    """All that is to be said now."""
    for _ in range(60):
        if world.state.utterance is None:
            return
        world.speak()
    raise AssertionError("it speaks for ever")


def summary_of(state: State) -> Summary:
    assert state.summary is not None
    return state.summary


def corrections(world: World) -> list[tuple[str, str, str]]:
    return [(c.prompt_id, c.by, c.text) for c in summary_of(world.state).corrections]


def texts(world: World, kind: str) -> list[str]:
    return [e.text for e in world.log if isinstance(e, ev.UtteranceStarted) and e.kind == kind]
