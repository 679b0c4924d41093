"""What the second pass for the record costs: CPU seconds for a second of speech.

    nice -n 19 python -m benchmarks.record_cost --model-dir DIR [--speech ../shared/speech]
        [--engine faster-whisper] [--files N] [--json FILE]

English recordings of `benchmarks.wer` over its simulated call, one thread, in this process: first
the segments as finals, then the stretches that `interview.record` plans of them. Recordings whose
answer is one segment have no second pass and count with the cost of nothing.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

from benchmarks.recordings import FOLDER
from benchmarks.wer import CONDITIONS, segments_for, utterances
from benchmarks.wer_record import live_state
from media_server.audio.types import SAMPLE_RATE, Pcm
from media_server.interview import record
from media_server.live.stretch_audio import joined
from media_server.ports import SttEngine, SttOutcome, SttRequest, Transcription
from media_server.stt.engines.asking import ask
from media_server.stt.engines.registry import create_engine
from media_server.stt.settings import SttSettings


def decode(engine: SttEngine, pcm: Pcm, speech_ms: int) -> tuple[Transcription, float]:
    """And the CPU seconds it took."""
    before_s = time.process_time()
    made = ask(engine, SttRequest(pcm, "en", final=True, speech_ms=speech_ms))
    return made, time.process_time() - before_s


def measure(engine: SttEngine, paths: list[Path]) -> dict[str, float]:
    call = next(condition for condition in CONDITIONS if condition.name == "call")
    speech_s = live_s = record_s = joined_s = 0.0
    stretches = 0
    for path in paths:
        segments = segments_for(path, call, 1)
        outcomes = {}
        for segment in segments:
            made, cpu_s = decode(engine, segment.pcm, segment.info.speech_ms)
            name = str(segment.info.segment_id)
            outcomes[name] = SttOutcome("i", name, 1, True, made)
            live_s += cpu_s
            speech_s += segment.pcm.size / SAMPLE_RATE
        pcm = {segment.info.segment_id: segment.pcm for segment in segments}
        for stretch in record.due(live_state(segments, outcomes)):
            audio = joined(stretch, [pcm[segment_id] for segment_id in stretch.segment_ids])
            speech_ms = sum(piece.segment.speech_ms for piece in stretch.pieces)
            _, cpu_s = decode(engine, audio, speech_ms)
            record_s += cpu_s
            joined_s += stretch.length_s
            stretches += 1
    return {
        "recordings": len(paths),
        "speech_s": round(speech_s, 1),
        "live_cpu_s_per_s": round(live_s / speech_s, 4),
        "stretches": stretches,
        "stretches_s": round(joined_s, 1),
        "record_cpu_s_per_s_of_stretch": round(record_s / max(joined_s, 1e-9), 4),
        "record_cpu_s_per_s_of_speech": round(record_s / speech_s, 4),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--speech", type=Path, default=FOLDER)
    parser.add_argument("--engine", default="faster-whisper")
    parser.add_argument("--model-dir", required=True)
    parser.add_argument("--files", type=int, help="only so many recordings")
    parser.add_argument("--json", type=Path, help="also write the figures here")
    args = parser.parse_args()
    settings = SttSettings(engine=args.engine, model_dir=args.model_dir, device="cpu")
    engine = create_engine(args.engine, settings)
    engine.warm_up()
    figures = measure(engine, list(utterances(args.speech, args.files)))
    print(json.dumps(figures, indent=2))
    if args.json:
        args.json.write_text(json.dumps(figures, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    main()
