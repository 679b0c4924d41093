"""Speakers per core: how many people may talk at once before a recogniser falls behind.

    nice -n 0 python -m benchmarks.stt_speakers [--engine pocketsphinx] [--model-dir DIR]
        [--interim-engine moonshine] [--moonshine-dir DIR] [--compute-type int8] [--full-window]
        [--speech ../shared/speech] [--seconds 90] [--json FILE]

One worker process, one thread. Recorded speech is cut into segments as the receiver cuts it (mean
about 4 s) and transcribed one after another; CPU time is that of the worker's process, so that a
busy machine changes the wall time only. speech / CPU seconds is the number of people who may speak
without a pause on one core; interims are counted with it as the receiver asks for them (the open
segment's last 8 s each 2 s) in a second figure. People in an interview speak about half the time.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import sys
import time
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.recordings import FOLDER, require
from media_server.audio.opus import OpusEncoder
from media_server.audio.receiver import (
    AudioReceiver,
    InterimDue,
    ReceiverSettings,
    SegmentClosed,
    TurnEnded,
)
from media_server.audio.types import SAMPLE_RATE, RtpPacket, SegmentAudio
from media_server.ports import SttRequest
from media_server.stt.engines.asking import ask
from media_server.stt.engines.registry import create_engines
from media_server.stt.settings import SttSettings
from media_server.tools import wav


def heard(speech: Path, seconds: float) -> list[SegmentAudio]:
    """Finals and interims of recorded speech, as the audio receiver gives them."""
    receiver = AudioReceiver(ReceiverSettings(), connection_epoch=1)
    receiver.listen(1)
    found: list[SegmentAudio] = []
    sent_s, index = 0.0, 0
    room = np.random.default_rng(1).normal(0, 8, wav.PLAYBACK_RATE).astype(np.int16)
    files = sorted(speech.glob("ls_*.wav"))
    for path in files:
        with OpusEncoder(wav.PLAYBACK_RATE) as encoder:
            packets = encoder.encode_all(np.concatenate([wav.read(path).pcm, room]))
        for payload in packets:
            packet = RtpPacket(1, index & 0xFFFF, index * 960 & 0xFFFFFFFF, False, 111, payload)
            for event in receiver.receive(packet, index * 0.02):
                if isinstance(event, SegmentClosed | InterimDue):
                    found.append(event.segment)
                    if isinstance(event, InterimDue):
                        receiver.interim_done(event.segment.info.segment_id)
                elif isinstance(event, TurnEnded):
                    receiver.listen(event.turn_epoch + 1)
            receiver.take_packets()
            index += 1
        sent_s = sum(s.info.end_s - s.info.start_s for s in found if s.final)
        if sent_s >= seconds:
            break
    receiver.close()
    return found


def work(pipe: Connection, settings: SttSettings, segments: list[SegmentAudio]) -> None:
    engine = create_engines(settings)
    engine.warm_up()
    times: list[tuple[bool, float, float, float]] = []
    for segment in segments:
        begun_s, cpu_s = time.perf_counter(), time.process_time()
        speech_ms = segment.info.speech_ms
        ask(engine, SttRequest(segment.pcm, "en", final=segment.final, speech_ms=speech_ms))
        used = time.process_time() - cpu_s
        audio_s = len(segment.pcm) / SAMPLE_RATE
        times.append((segment.final, audio_s, used, time.perf_counter() - begun_s))
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    pipe.send((times, peak_mb))


def measure(settings: SttSettings, segments: list[SegmentAudio]) -> dict[str, Any]:
    context = get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=work, args=(theirs, settings, segments))
    process.start()
    theirs.close()
    times, peak_mb = ours.recv()
    process.join()
    finals = [row for row in times if row[0]]
    speech_s = sum(row[1] for row in finals)
    final_cpu_s = sum(row[2] for row in finals)
    all_cpu_s = sum(row[2] for row in times)
    return {
        "engine": settings.engine,
        "model": Path(settings.model_dir).name,
        "speech_s": round(speech_s, 1),
        "finals": len(finals),
        "interims": len(times) - len(finals),
        "jobs_per_second_of_speech": {
            "final": round(len(finals) / speech_s, 3),
            "interim": round((len(times) - len(finals)) / speech_s, 3),
        },
        "segment_s_mean": round(speech_s / len(finals), 2),
        "cpu_s_per_second_of_speech": {
            "finals": round(final_cpu_s / speech_s, 3),
            "with_interims": round(all_cpu_s / speech_s, 3),
        },
        "speakers_per_core": {
            "finals": round(speech_s / final_cpu_s, 1),
            "with_interims": round(speech_s / all_cpu_s, 1),
        },
        "final_wall_s": {
            "p50": round(statistics.median(row[3] for row in finals), 3),
            "p95": round(float(np.quantile([row[3] for row in finals], 0.95)), 3),
        },
        "peak_memory_mb": round(peak_mb),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--engine", default="pocketsphinx")
    parser.add_argument("--model-dir", default="")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--compute-type", default="auto")
    parser.add_argument("--full-window", action="store_true", help="30 s for each segment")
    parser.add_argument("--interim-engine", default="auto", help="moonshine, or same")
    parser.add_argument("--moonshine-dir", default="")
    parser.add_argument("--speech", type=Path, default=FOLDER)
    parser.add_argument("--seconds", type=float, default=90.0)
    parser.add_argument("--json", type=Path, help="also write the figures here")
    args = parser.parse_args()
    require(args.speech / "ls_1998-15444-0000.wav")
    settings = SttSettings(
        engine=args.engine,
        interim_engine=args.interim_engine,
        model_dir=args.model_dir,
        moonshine_dir=args.moonshine_dir,
        device=args.device,
        compute_type=args.compute_type,
        short_window=not args.full_window,
    )
    segments = heard(args.speech, args.seconds)
    figures = measure(settings, segments)
    print(json.dumps(figures))
    per_core, cost = figures["speakers_per_core"], figures["cpu_s_per_second_of_speech"]
    print(f"\n{'':<16} {'CPU s per s of speech':>22} {'speakers per core':>18}")
    for name, key in (("finals only", "finals"), ("with interims", "with_interims")):
        print(f"{name:<16} {cost[key]:>22} {per_core[key]:>18}")
    if args.json:
        args.json.write_text(json.dumps(figures, indent=2) + "\n", "utf-8")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
