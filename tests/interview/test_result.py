"""The result is valid against its published schema in every state an interview can be in."""

from __future__ import annotations

import json
import random
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from media_server.interview import events as ev
from media_server.interview import inputs as inp
from media_server.interview.events import SpokenWord
from media_server.interview.fold import evolve
from media_server.interview.result import Result, build
from media_server.interview.state import initial
from media_server.interview.status import Status
from tests.interview.world import World, random_input
from tests.support.examples import examples
from tests.support.segments import heard, ready

SCHEMA = Path(__file__).parents[2] / "docs" / "result.schema.json"
VALIDATOR = Draft202012Validator(json.loads(SCHEMA.read_text()))
"""Made once: to check the schema itself takes longer than to check a result against it."""


def test_published_schema_is_the_models() -> None:
    Draft202012Validator.check_schema(VALIDATOR.schema)
    assert json.loads(SCHEMA.read_text()) == Result.model_json_schema()


@settings(max_examples=examples(100), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 2**32), steps=st.integers(0, 80))
def test_valid_in_every_state(seed: int, steps: int) -> None:
    rng = random.Random(seed)
    world = World()
    for _ in range(steps):
        world.now_s += rng.choice([0.0, 0.2, 4.0])
        world.do(random_input(world, rng))
    built = build("iv_1", world.state, now_s=world.now_s)
    VALIDATOR.validate(json.loads(built.model_dump_json()))


def test_evidence_is_linked() -> None:
    world = World()
    world.to_question(1)
    epoch = world.state.turn_epoch
    world.do(inp.SpeechStarted(epoch))
    world.do(ready(epoch, "1-1", 11.0, 13.0, lost_ms=40, concealed_ms=20))
    words = (SpokenWord(w="harbour", s=11.2, e=11.6, c=0.9),)
    world.do(heard("1-1", "harbour", words, "pocketsphinx", "en-us", "en", 0.9))
    over = inp.TurnOver(epoch, "silence", "", 11.2, 12.8, 300, 20, 12.34, silence_ms=2010)
    world.do(over)
    world.now_s += 0.2
    world.speak()
    world.do(inp.LeavePressed())
    built = build("iv_1", world.state, now_s=world.now_s, recordings=frozenset({"audio-0001.ogg"}))
    answer = built.answers[0]
    assert (answer.status, answer.mode, answer.text) == ("answered", "voice", "harbour")
    turn = answer.turns[0]
    assert (turn.start_s, turn.end_s, turn.words, turn.lost_ms) == (11.2, 12.8, words, 300)
    assert (turn.jitter_ms, turn.level_dbfs) == (12.3, -20.0)
    assert (answer.lost_ms, answer.concealed_ms, answer.jitter_ms) == (300, 20, 12.3)
    assert answer.level_dbfs == -20.0
    assert built.answers[1].level_dbfs is None
    assert turn.end_reason == "silence"
    assert answer.audio[0].file == "audio-0001.ogg"
    assert built.status is Status.ENDED_BY_CANDIDATE
    assert [a.status for a in built.answers] == ["answered", "no_answer", "not_asked"]
    assert built.latency.decision_to_first_audio_ms.p50 == 200.0
    assert built.latency.speech_end_to_first_audio_ms.p50 == 2210.0


def test_what_was_rejected_is_visible_and_no_part_of_the_answer() -> None:
    world = World()
    world.to_question(1)
    epoch = world.state.turn_epoch
    world.do(inp.SpeechStarted(epoch))
    for number in (1, 2, 3):
        at_s = 10.0 + number
        world.do(ready(epoch, f"1-{number}", at_s, at_s + 1.0, 900))
    words = (SpokenWord(w="no", s=11.2, e=11.6),)
    world.do(
        heard("1-1", "no", words, "e", "m", "en", rejected="repetition loop", rejected_text="no no")
    )
    # As it stands in logs from before the text had a field of its own.
    world.do(heard("1-2", "", rejected="known invention on silence: Thank you."))
    world.do(heard("1-3", "I mean yes"))
    world.do(inp.TurnOver(epoch, "silence", "", 11.0, 14.0, 0, 0, 0.0))
    answer = build("iv_1", world.state, now_s=world.now_s).answers[0]
    assert answer.text == "no I mean yes"
    found = [(r.start_s, r.end_s, r.reason, r.text) for r in answer.turns[0].rejected]
    assert found == [
        (11.0, 12.0, "repetition loop", "no no"),
        (12.0, 13.0, "known invention on silence", "Thank you."),
    ]


def test_requests_carry_words_question_and_time() -> None:
    world = World()
    world.to_question(2)
    world.answer("Could you repeat the question, please?")
    asked_s = world.now_s
    world.speak()
    world.now_s += 5.0
    world.do(inp.RephrasePressed())
    built = build("iv_1", world.state, now_s=world.now_s)
    spoken, clicked = built.requests
    assert (spoken.intent, spoken.by, spoken.effect) == ("repeat", "voice", "repeated")
    assert (spoken.text, spoken.question_id) == ("Could you repeat the question, please?", "q2")
    assert (spoken.at.timestamp(), spoken.at_s) == (asked_s, 1.0)
    assert (clicked.intent, clicked.by, clicked.text) == ("rephrase", "click", "")
    assert (clicked.question_id, clicked.at_s) == ("q2", None)
    assert clicked.at.timestamp() == world.now_s


def test_a_request_of_an_older_log_finds_its_words() -> None:
    """It knew its turn only; the words and the question stand there."""
    world = World()
    world.to_question(2)
    world.answer("Could you repeat the question, please?")
    world.log = [
        e.model_copy(update={"text": "", "round": None}) if isinstance(e, ev.Requested) else e
        for e in world.log
    ]
    state = initial(world.state.spec)
    for event in world.log:
        state = evolve(state, event, world.now_s)
    (request,) = build("iv_1", state, now_s=world.now_s).requests
    assert request.text == "Could you repeat the question, please?"
    assert request.question_id == "q2"
