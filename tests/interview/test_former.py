"""Logs of former releases fold to the same: their facts stood in sentences."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from media_server.interview import events as ev
from media_server.interview import inputs as inp
from media_server.interview.fold import evolve
from media_server.interview.state import State, initial
from tests.interview.world import World, make_spec


def as_written_before(event: ev.Event) -> dict[str, Any]:
    """The row that a release without `outcome` and `silence_ms` wrote."""
    row: dict[str, Any] = json.loads(event.model_dump_json())
    row.pop("outcome", None)
    row.pop("silence_ms", None)
    return row


@pytest.mark.parametrize(
    ("reason", "complete", "outcome"),
    [
        ("played", True, "heard"),
        ("playout deadline", True, "heard"),
        ("played", False, "stopped"),
        ("barge-in", False, "interrupted"),
        ("gate closed", False, "gate_closed"),
        ("shown, not spoken: no engine", True, "shown"),
        ("interrupted by a click", False, "stopped"),
        ("paused", False, "stopped"),
    ],
)
def test_how_an_utterance_ended_is_read_from_its_reason(
    reason: str, complete: bool, outcome: str
) -> None:
    row = {
        "type": "utterance_ended", "utterance_id": "u-1", "kind": "question",
        "heard_s": 1.0, "complete": complete, "reason": reason,
    }  # fmt: skip
    event = ev.EVENT.validate_python(row)
    assert isinstance(event, ev.UtteranceEnded)
    assert event.outcome == outcome


@pytest.mark.parametrize(
    ("detail", "silence_ms"),
    [
        ("silence 2013 ms", 2013),
        ("after 240.1 s, silence 700 ms", 700),
        ("", None),
        ("deadline", None),
        ("no word within 2 s: a false barge-in", None),
    ],
)
def test_the_silence_of_a_turn_is_read_from_its_detail(detail: str, silence_ms: int | None) -> None:
    row = {"type": "turn_ended", "turn_epoch": 1, "round": 0, "reason": "silence", "detail": detail}
    event = ev.EVENT.validate_python(row)
    assert isinstance(event, ev.TurnEnded)
    assert event.silence_ms == silence_ms


def test_what_an_event_says_itself_counts() -> None:
    """A sentence that sounds like another fact changes nothing."""
    row = {"type": "turn_ended", "turn_epoch": 1, "round": 0, "reason": "silence"}
    event = ev.EVENT.validate_python({**row, "detail": "silence 9 ms", "silence_ms": None})
    assert isinstance(event, ev.TurnEnded)
    assert event.silence_ms is None


def test_a_whole_log_of_a_former_release_folds_to_the_same_state() -> None:
    """Interrupted, cut off by the gate, shown without a voice, answered: every outcome is in it."""
    world = World(make_spec(3))
    world.begin()
    world.speak()
    first = world.state.utterance
    assert first is not None
    world.do(inp.VoiceReady(first.utterance_id, 4.0))
    world.do(inp.BargeIn(1.0, 1.5, 0.0))
    world.answer("An answer that came early.")
    world.do(inp.VoiceReady(f"u-{world.state.utterances}", 4.0))
    world.do(inp.GateClosed(), inp.GateOpened())
    world.do(inp.VoiceFailed(f"u-{world.state.utterances}", "no engine"))
    world.answer("The second answer.")
    world.do(inp.VoiceReady(f"u-{world.state.utterances}", 4.0))
    world.do(inp.SkipPressed())
    outcomes = {event.outcome for event in world.log if isinstance(event, ev.UtteranceEnded)}
    assert outcomes == {"heard", "interrupted", "gate_closed", "shown", "stopped"}
    rows = [as_written_before(event) for event in world.log]
    assert folded(world, [ev.EVENT.validate_python(row) for row in rows]) == folded(
        world, world.log
    )


def folded(world: World, log: list[ev.Event]) -> State:
    """All at one time: what is compared is what the events say."""
    state = initial(world.state.spec)
    for event in log:
        state = evolve(state, event, 1_000.0)
    return replace(state, spec=world.state.spec)
