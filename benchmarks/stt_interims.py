"""What interims would cost over Redis: commands, bytes and CPU for each second of speech.

    python -m benchmarks.stt_interims [--engine pocketsphinx] [--model-dir DIR] [--turns 24]
        [--speech ../shared/speech] [--seed 1] [--json FILE]

Answers of real recordings go through the server's own receiver in media time; the finals and
interims that it cuts go one after another over a redis-server of its own to a worker process, once
as finals alone and once with an interim before them wherever the receiver gives one. The interims
are sent as the finals are (`--engine benchmarks.stt_queue:nothing` leaves the recogniser out): this
is the least they would cost. CPU is that of the server's process, of Redis, and of the worker with
its child, all in milliseconds for a second of speech. `first words` is how long after the first
sound of a segment its words are there at the earliest, in media time; `barge_in_unproven` the share
of segments where that is too late for an interruption that goes on: it would be taken for a noise.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from redis.asyncio import Redis

from benchmarks.process_tree import ROOT
from benchmarks.recordings import FOLDER, require
from benchmarks.stt_candidates import Voices, heard_at_once, receiver_settings
from benchmarks.stt_queue import own_redis
from media_server.audio.types import SAMPLE_RATE, SegmentAudio
from media_server.interview import pacing
from media_server.ports import SpeechToText, SttJob, SttOutcome
from media_server.stt.factory import create_speech_to_text
from media_server.stt.settings import SttSettings

TICKS = os.sysconf("SC_CLK_TCK")
LIMIT_S = 3 * pacing.BARGE_IN_WORD_S
"""Who barges in and speaks on has so long until words must be there."""
COUNTED = ("total_commands_processed", "total_net_input_bytes", "total_net_output_bytes")


def cpu_s(pid: int) -> float:
    """Of a process and its descendants that are alive."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return (int(fields[11]) + int(fields[12])) / TICKS + sum(cpu_s(int(c)) for c in children)


async def one(queue: SpeechToText, interview: str, number: int, segment: SegmentAudio) -> None:
    done: asyncio.Future[SttOutcome] = asyncio.get_running_loop().create_future()
    job = SttJob(
        interview, f"s{number}", 1, True, segment.info.start_s, segment.pcm, "en",
        speech_ms=segment.info.speech_ms,
    )  # fmt: skip
    queue.submit(job, done.set_result)
    async with asyncio.timeout(180):  # a recogniser on a busy machine
        await done


async def measure(
    settings: SttSettings, segments: list[SegmentAudio], worker: int
) -> dict[str, float]:
    queue = create_speech_to_text(settings)
    redis: Redis = Redis.from_url(settings.redis_url)
    try:
        await queue.start()
        async with asyncio.timeout(60):
            while not queue.status().workers_ready:
                await asyncio.sleep(0.1)
        await one(queue, "warm", 0, segments[0])
        speech_s = sum(len(s.pcm) for s in segments if s.final) / SAMPLE_RATE
        before = await redis.info()
        server_s, worker_s = cpu_s(os.getpid()), cpu_s(worker)
        for number, segment in enumerate(segments):
            await one(queue, "bench", number, segment)
        after = await redis.info()
        redis_s = sum(
            float(after[name]) - float(before[name]) for name in ("used_cpu_user", "used_cpu_sys")
        )
        commands, received, sent = (int(after[name]) - int(before[name]) for name in COUNTED)
        return {
            "jobs": len(segments),
            "speech_s": round(speech_s, 1),
            "jobs_per_s": round(len(segments) / speech_s, 3),
            "commands_per_s": round(commands / speech_s, 2),
            "kb_into_redis_per_s": round(received / speech_s / 1000, 1),
            "kb_out_of_redis_per_s": round(sent / speech_s / 1000, 1),
            "server_ms": round(1000 * (cpu_s(os.getpid()) - server_s) / speech_s, 2),
            "redis_ms": round(1000 * redis_s / speech_s, 2),
            "worker_ms": round(1000 * (cpu_s(worker) - worker_s) / speech_s, 1),
        }
    finally:
        await queue.close()
        await redis.aclose()


def first_words(segments: list[SegmentAudio]) -> dict[str, list[float]]:
    """Seconds from the start of a segment to its final, and to its first interim or final."""
    pause_s = 0.3  # 0.2 s of the pause of 0.5 s that closes it are in the segment
    finals, earliest, opened = [], [], None
    for segment in segments:
        length_s = len(segment.pcm) / SAMPLE_RATE
        if not segment.final:
            opened = length_s if opened is None else opened
            continue
        finals.append(length_s + pause_s)
        earliest.append(min(opened if opened is not None else 1e9, length_s + pause_s))
        opened = None
    return {"finals alone": finals, "with interims": earliest}


def worker_process(settings: SttSettings) -> subprocess.Popen[bytes]:
    words = [
        sys.executable, "-m", "media_server", "stt-worker", "--redis", settings.redis_url,
    ]  # fmt: skip
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "MEDIA_SERVER_STT_ENGINE": settings.engine,
        "MEDIA_SERVER_STT_WORKERS": "1",
        "MEDIA_SERVER_STT_NICE": "0",
        "MEDIA_SERVER_STT_REDIS_PREFIX": settings.redis_prefix,
        "MEDIA_SERVER_STT_MODEL_DIR": str(settings.model_dir),
    }
    return subprocess.Popen(words, env=environment, stderr=subprocess.DEVNULL)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--engine", default="pocketsphinx")
    parser.add_argument("--model-dir", default="")
    parser.add_argument("--turns", type=int, default=24)
    parser.add_argument("--speech", type=Path, default=FOLDER)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    require(args.speech)
    heard = heard_at_once(Voices(args.speech, args.seed), receiver_settings(500), args.turns)
    segments = [segment for _, of_turn in heard for segment in of_turn]
    rows: dict[str, dict[str, float]] = {}
    with own_redis() as url:
        settings = SttSettings.from_mapping(
            {"engine": args.engine, "model_dir": args.model_dir, "redis_url": url, "workers": 0,
             "redis_prefix": "bench:interims"}
        )  # fmt: skip
        worker = worker_process(replace(settings, workers=1))
        try:
            for name, chosen in (
                ("finals alone", [s for s in segments if s.final]),
                ("with interims", segments),
            ):
                rows[name] = asyncio.run(measure(settings, chosen, worker.pid))
        finally:
            worker.terminate()
            worker.wait(20)
    for name, words_s in first_words(segments).items():
        rows[name]["first_words_p50_s"] = round(float(np.percentile(words_s, 50)), 2)
        rows[name]["first_words_p95_s"] = round(float(np.percentile(words_s, 95)), 2)
        late = sum(word_s > LIMIT_S for word_s in words_s)
        rows[name]["barge_in_unproven"] = round(late / len(words_s), 3)
    report: dict[str, Any] = {"engine": args.engine, "turns": args.turns, "rows": rows}
    for name, row in rows.items():
        print(name, "  ".join(f"{key} {value}" for key, value in row.items()))
    if args.json:
        args.json.write_text(json.dumps(report, indent=2) + "\n")


if __name__ == "__main__":
    main()
