"""What is known of the turns of an interview that is over."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import pytest

from tests.live.bench import Bench


def turns_can_be_followed(bench: Bench, interview_id: str, log: list[Mapping[str, Any]]) -> None:
    """Each turn by its id, from the last word to the first packet of what was said next."""
    traces = sorted(bench.services.turns.slowest(time.time()), key=lambda trace: trace.turn_epoch)
    assert [trace.turn_id for trace in traces] == [f"{interview_id}:{n}" for n in (1, 2, 3)]
    assert [trace.utterance_kind for trace in traces] == ["question", "question", "wrap_up"]
    said = {data["utterance_id"] for data in log if "utterance_id" in data}
    assert {trace.utterance_id for trace in traces} <= said
    for trace in traces:
        took = {stage.stage: stage.length_s for stage in trace.stages}
        assert sum(took.values()) == pytest.approx(trace.reply_s)
        assert took["silence"] >= 0.5
        works = [work.work for work in trace.works]
        assert {"segment", "queue", "recogniser", "speech", "store"} <= set(works)
        assert trace.speech_began_s is not None
        assert 0.2 < trace.speech_ended_s - trace.speech_began_s < 60.0
        assert abs(trace.speech_ended_s + trace.reply_s - time.time()) < 300
    observed = bench.service.media().distributions
    assert observed["turn_reply"].count == observed["turn_stage:voice"].count == 3
    assert bench.service.media().counters["session_turns_answered"] == 3
    bench.services.turns.forget(interview_id)
    assert not bench.services.turns.slowest(time.time())
