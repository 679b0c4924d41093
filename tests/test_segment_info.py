"""A segment's id is a value; as text it is what logs and messages always had."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_server.interview import events as ev
from media_server.interview.fold import evolve
from media_server.interview.state import initial
from media_server.segment_info import SegmentId, SegmentInfo
from tests.interview.world import make_spec
from tests.support.segments import info

IDS = st.builds(
    SegmentId, st.integers(0, 9_999_999_999), st.integers(0, 999_999_999_999), st.booleans()
)


@given(IDS)
def test_text_and_back(segment_id: SegmentId) -> None:
    assert SegmentId.parse(str(segment_id)) == segment_id


def test_as_logs_have_it() -> None:
    assert str(SegmentId(2, 7)) == "2-7"
    assert str(SegmentId(2, 41_200, recovered=True)) == "2-r41200"
    assert SegmentId.parse("2-r41200") == SegmentId(2, 41_200, recovered=True)


@pytest.mark.parametrize(
    "text",
    ["", "s1", "1", "1-", "-1", "1-1-1", "1-R1", "01-1", "1-01", "\u0661-1", "1-1\n", "9" * 99],
)
def test_what_is_none_is_said(text: str) -> None:
    with pytest.raises(ValueError, match=r"no segment id: .* expected <connection>-<number>"):
        SegmentId.parse(text)
    row = {
        "type": "segment_transcribed", "segment_id": text, "turn_epoch": 1, "round": 0,
        "start_s": 0.0, "end_s": 1.0, "text": "word",
    }  # fmt: skip
    with pytest.raises(ValueError, match="no segment id"):
        ev.EVENT.validate_python(row)


def test_the_log_of_today_and_of_before_are_one() -> None:
    """The row as a release wrote it whose ids were text."""
    row = {
        "type": "segment_transcribed", "segment_id": "2-r41200", "turn_epoch": 1, "round": 0,
        "start_s": 41.2, "end_s": 43.0, "text": "word", "words": [], "engine": "e", "model": "m",
        "language": "en", "confidence": 0.9, "speech_ms": 900, "lost_ms": 20, "concealed_ms": 0,
        "level_dbfs": -20.0, "untranscribed": "", "cause": "", "rejected": "", "rejected_text": "",
    }  # fmt: skip
    event = ev.EVENT.validate_python(row)
    assert isinstance(event, ev.SegmentTranscribed)
    assert event.segment == SegmentInfo(
        SegmentId(2, 41_200, recovered=True), 1, 41.2, 43.0, 900, 20, 0, -20.0
    )
    written = {**row, "prompt_id": ""}
    assert event.model_dump(mode="json") == written
    assert json.loads(event.model_dump_json()) == written
    assert ev.SegmentTranscribed.of(event.segment, event, text="word").segment == event.segment
    state = evolve(initial(make_spec()), event, 1.0)
    assert [s.segment for s in state.answers["q1"].turns[0].segments] == [event.segment]


def test_its_times_move_together() -> None:
    moved = info("1-1", 1.0, 3.0).later_by(10.0)
    assert (moved.start_s, moved.end_s) == (11.0, 13.0)
    assert moved.segment_id == SegmentId(1, 1)
