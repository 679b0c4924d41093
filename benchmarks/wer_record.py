"""The second pass of benchmarks/wer.py: a call's segments decoded once more, as for the record."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from media_server.audio.types import SegmentAudio
from media_server.interview import events as ev
from media_server.interview import record
from media_server.interview.fold import evolve
from media_server.interview.spec import InterviewSpec, Question
from media_server.interview.state import State, initial
from media_server.live.recognition import stretch_heard, stretch_job
from media_server.live.stretch_audio import joined
from media_server.ports import SpeechToText, SttOutcome

SPEC = InterviewSpec(questions=(Question(id="q", text="Tell me."),))


async def decoded_again(
    pool: SpeechToText,
    interview: str,
    segments: Sequence[SegmentAudio],
    live: Mapping[str, SttOutcome],
) -> str:
    """The text of the record. `live`: what came of each segment, by its id."""
    state = live_state(segments, live)
    pcm = {segment.info.segment_id: segment.pcm for segment in segments}
    for stretch in record.due(state):
        audio = joined(stretch, [pcm[segment_id] for segment_id in stretch.segment_ids])
        done: asyncio.Future[SttOutcome] = asyncio.get_running_loop().create_future()
        pool.submit(stretch_job(interview, SPEC, stretch, audio), done.set_result)
        event = record.transcribed(state, stretch_heard(stretch, await done))
        assert event is not None
        state = evolve(state, event, 0.0)
    turn = state.turn(1)
    return record.text(turn) if turn is not None else ""


def live_state(segments: Sequence[SegmentAudio], live: Mapping[str, SttOutcome]) -> State:
    state = initial(SPEC)
    for segment in segments:
        info = segment.info
        made = live[str(info.segment_id)].transcription
        # Where the receiver ended a turn the next began at once; here all of it is one answer.
        event = ev.SegmentTranscribed.of(
            info,
            ev.OfPrompt(type="", prompt_id="q"),
            text=made.text if made else "",
            rejected=made.rejected if made else "",
            untranscribed="" if made else "failed",
        ).model_copy(update={"turn_epoch": 1})
        state = evolve(state, event, 0.0)
    return state
