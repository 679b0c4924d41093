"""What a report costs the server: an hour, 30 questions, both sides recorded, over real HTTP.

How long the report, its waveform, the table and the sound in one file take, the first time and the
second; and how long the event loop was held meanwhile, by anything, and by what.

    .venv/bin/python -m benchmarks.report_data [--minutes 60] [--questions 30] [--json]
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import tempfile
import threading
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import numpy as np
from aiohttp.test_utils import TestClient, TestServer

import signaling
from media_server import collector
from media_server.audio.ogg import OggOpusWriter
from media_server.audio.opus import OpusEncoder
from media_server.http_settings import HttpSettings
from media_server.interview import events as ev
from media_server.interview.spec import InterviewSpec, Question
from media_server.interview.state import initial
from media_server.interview.status import Status
from media_server.ports import NewEntry
from tests.live.bench import Bench, open_bench
from tests.report.example import Told
from tests.report.place import API, SECRETS, ogg, tone

INTERVIEW = "iv_hour"
PHRASE = "so then we went on and changed what had to be changed before anybody asked us"


def story(minutes: float, questions: int) -> Told:
    """`questions` of about the same length, words all the time."""
    spec = InterviewSpec(
        questions=tuple(
            Question(id=f"q{n}", text=f"This is question number {n}. What would you do?")
            for n in range(questions)
        )
    )
    told = Told(state=initial(spec))
    told.write(ev.Created(expires_s=told.now_s + 1e6), ev.Joined())
    told.connect()
    told.write(ev.Started())
    # A phrase of 16 words takes 5.4 s to say and a pause of 0.7 s follows.
    phrases = max(1, round((minutes * 60 / questions - 8) / 6.1))
    for n in range(questions):
        told.ask(f"q{n}")
        told.answer(f"q{n}", *[PHRASE] * phrases)
        told.close(f"q{n}")
    told.write(ev.Ended(status=Status.COMPLETED, reason="every question was asked"))
    told.disconnect("ended")
    return told


def recording(seconds: float) -> bytes:
    """Noise in syllables: 10 s of it, again and again."""
    noise = np.random.default_rng(1)
    packets = []
    with OpusEncoder(16_000) as encoder:
        for n in range(500):
            at_s = np.arange(n * 320, (n + 1) * 320) / 16_000
            sound = noise.normal(0, 2500, 320) * np.abs(np.sin(at_s * 9.1))
            packets.append(encoder.encode(sound.astype(np.int16)))
    writer = OggOpusWriter(serial=1)
    parts = [writer.header()]
    parts += [writer.add(n * 0.02, packets[n % 500]) for n in range(round(seconds * 50))]
    return b"".join([*parts, writer.finish()])


async def fill(bench: Bench, told: Told) -> None:
    entries = [
        NewEntry(event.type, event.model_dump(mode="json", exclude={"type"}), at_s)
        for at_s, event in told.log
        if event.durability is not ev.Durability.NEVER
    ]
    await bench.services.log.create(
        INTERVIEW,
        spec=told.state.spec.model_dump(mode="json"),
        entries=entries,
        status=told.state.status.value,
        now_s=told.now_s,
    )
    await bench.services.blobs.put(INTERVIEW, "audio-0001.ogg", recording(told.offset_s))
    for piece in told.facts.pieces:
        clip = ogg(tone(300, 0.0, piece.duration_s))
        await bench.services.blobs.put(INTERVIEW, piece.clip, clip)


class Lag:
    """The longest time that a sleep of 1 ms has taken beyond it, and why: for how much of it this
    thread waited for a processor core, which others had, and how long the garbage collector held
    every thread at most."""

    def __init__(self) -> None:
        self.collected_s = 0.0
        self._began_s = 0.0
        self.reset()

    def reset(self) -> None:
        self.worst_s = self.core_s = self.collected_s = 0.0

    async def watch(self) -> None:
        gc.callbacks.append(self._collecting)
        schedule = Path(f"/proc/self/task/{threading.get_native_id()}/schedstat")
        while True:
            before_s, waited_s = time.perf_counter(), _waited_s(schedule)
            await asyncio.sleep(0.001)
            late_s = time.perf_counter() - before_s - 0.001
            if late_s > self.worst_s:
                self.worst_s, self.core_s = late_s, _waited_s(schedule) - waited_s

    def _collecting(self, phase: str, _: dict[str, int]) -> None:
        now_s = time.perf_counter()
        if phase == "start":
            self._began_s = now_s
        else:
            self.collected_s = max(self.collected_s, now_s - self._began_s)


def _waited_s(schedule: Path) -> float:
    """How long a thread has been ready to run, and did not (proc_pid_schedstat)."""
    return int(schedule.read_text().split()[1]) / 1e9


async def measure(minutes: float, questions: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    told = story(minutes, questions)
    found["timeline_s"] = round(told.offset_s)
    found["log_entries"] = len(told.log)
    with tempfile.TemporaryDirectory() as directory:
        async with open_bench(Path(directory) / "data") as bench:
            await fill(bench, told)
            app = signaling.create_app(HttpSettings(), secrets=SECRETS, service=bench.service)
            async with TestClient(TestServer(app)) as client:
                lag = Lag()
                watching = asyncio.create_task(lag.watch())
                await asyncio.sleep(0.2)

                async def get(path: str) -> tuple[float, int]:
                    """(seconds to the first byte, bytes)"""
                    began_s = time.perf_counter()
                    answer = await client.get(f"/v1/interviews/{INTERVIEW}/{path}", headers=API)
                    assert answer.status == 200, await answer.text()
                    await answer.content.readany()
                    first_s = time.perf_counter() - began_s
                    return first_s, len(await answer.read())

                for name, path in (
                    ("report_first", "report"),
                    ("waveform_first", "report/waveform"),
                    ("report_second", "report"),
                    ("report_third", "report"),
                    ("csv", "report.csv"),
                    ("answer_audio", "answers/q3/audio.ogg"),
                    ("candidate_audio", "audio.ogg?sides=candidate"),
                    ("both_sides", "audio.ogg?sides=both"),
                ):
                    found[name] = await timed(lag, lambda path=path: get(path))  # type: ignore[misc]
                watching.cancel()
    return found


async def timed(lag: Lag, work: Callable[[], Awaitable[tuple[float, int]]]) -> dict[str, float]:
    lag.reset()
    began_s = time.perf_counter()
    first_s, _ = await work()
    return {
        "first_byte_s": round(first_s, 3),
        "whole_s": round(time.perf_counter() - began_s, 3),
        "loop_held_ms": round(lag.worst_s * 1000, 1),
        "of_it_no_core_ms": round(lag.core_s * 1000, 1),
        "collector_ms": round(lag.collected_s * 1000, 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--questions", type=int, default=30)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    collector.tune()  # as a server does
    found = asyncio.run(measure(options.minutes, options.questions))
    if options.json:
        print(json.dumps(found, indent=1))
        return
    for name, value in found.items():
        print(f"{name:16} {value}")


if __name__ == "__main__":
    main()
