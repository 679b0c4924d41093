"""What the death of a server costs a candidate: audio, time and words.

    python -m benchmarks.survival [--kills 5] [--directory DIR] [--json FILE]

Kills: a real `serve` with the SQLite log, a candidate over WebRTC on loopback who talks without a
pause; `kill -9` at a random moment of the answer; the server is started again at once and the
candidate joins as soon as it answers. Lost audio is what the candidate had sent minus what the
spool holds. The page's own wait before it tries again comes on top (it depends on the browser).
Replay: reading and folding the log of an hour, with and without a snapshot, as a takeover does.
Appends: durable writes per answered question, in a whole spoken interview of the same server.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import random
import shutil
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import aiohttp

from media_server.audio.types import Pcm
from media_server.interview import inputs as inp
from media_server.interview import snapshot
from media_server.interview.events import Durability, Event, SpokenWord, durability_of
from media_server.interview.spec import InterviewSpec, Question
from media_server.live.settings import LiveSettings
from media_server.ports import Appended, NewEntry
from media_server.store.factory import create_stores
from media_server.store.settings import SQLITE_NAME, StoreSettings
from tests.faults.visitor import Visitor, create
from tests.interview.world import World
from tests.live.bench import open_bench
from tests.support.env import free_port
from tests.support.segments import heard, ready
from tests.support.server import REAL_RECOGNISER, Server, kill_server, start_server, stop_server
from tests.support.speak import read_wav, speak_wav

PACKET_S = 0.02
MINUTES = 60
SEGMENTS = 6
TEXT = "I would first measure where the time goes, and only then decide what to change. "
SPEECH = TEXT * 3


# --- kills ----------------------------------------------------------------------------------------


async def spooled_s(data_dir: Path, interview_id: str) -> float:
    """Media time at which the spool ends."""
    stores = create_stores(StoreSettings(data_dir=data_dir))
    await stores.open()
    try:
        packets = await stores.spool.read(interview_id)
    finally:
        await stores.close()
    return max((packet.media_s + PACKET_S for packet in packets), default=0.0)


async def kill_once(directory: Path, speech: tuple[Pcm, int], after_s: float) -> dict[str, float]:
    port = str(free_port())
    server = start_server(directory, PORT=port, **REAL_RECOGNISER)
    async with aiohttp.ClientSession() as http:
        made = await create(server, http)
        visitor = await Visitor(server, http, made["join_url"]).visit()
        await visitor.listening(1)
        visitor.candidate.say(*speech)
        await asyncio.sleep(after_s)
        kill_server(server)
        killed_s = time.perf_counter()
        sent_s = visitor.candidate.packets_sent * PACKET_S
        held_s = await spooled_s(directory, made["id"])
        read_s = time.perf_counter() - killed_s  # ours, not the server's
        server = await asyncio.to_thread(start_server, directory, PORT=port, **REAL_RECOGNISER)
        ready_s = time.perf_counter() - killed_s - read_s
        await visitor.candidate.vanish()
        again = await Visitor(server, http, made["join_url"]).visit()
        await again.listening(1)
        listening_s = time.perf_counter() - killed_s - read_s
        await again.candidate.leave()
    stop_server(server)
    return {
        "lost_ms": round(max(0.0, sent_s - held_s) * 1000),
        "ready_s": round(ready_s, 2),
        "listening_s": round(listening_s, 2),
    }


async def kills(directory: Path, speech: tuple[Pcm, int], count: int) -> list[dict[str, float]]:
    chance = random.Random(4)
    made = []
    for number in range(count):
        own = directory / f"kill-{number}"
        own.mkdir()
        made.append(await kill_once(own, speech, chance.uniform(2.5, 6.5)))
    return made


# --- appends --------------------------------------------------------------------------------------


def appends_per_round(data_dir: Path, interview_id: str) -> list[tuple[int, int]]:
    """(appends, entries) from each question's beginning to the next one's."""
    with sqlite3.connect(f"file:{data_dir / SQLITE_NAME}?mode=ro", uri=True) as db:
        rounds = db.execute(
            "SELECT seq FROM entry WHERE interview_id = ? AND type = 'round_advanced' ORDER BY seq",
            (interview_id,),
        ).fetchall()
        last_seqs = [
            seq
            for (seq,) in db.execute(
                "SELECT last_seq FROM operation WHERE interview_id = ?", (interview_id,)
            )
        ]
    db.close()
    starts = [int(seq) for (seq,) in rounds]
    return [
        (sum(begin <= seq < end for seq in last_seqs), end - begin)
        for begin, end in pairwise(starts)
    ]


async def spoken_interview(directory: Path, speech: tuple[Pcm, int]) -> dict[str, float]:
    server: Server = start_server(directory, PORT=str(free_port()), **REAL_RECOGNISER)
    async with aiohttp.ClientSession() as http:
        made = await create(server, http)
        visitor = await Visitor(server, http, made["join_url"]).visit()
        for number in (1, 2, 3):
            await visitor.listening(number)
            await visitor.speak(*speech)
            await visitor.sees("turn", number, phase="ended", timeout_s=30)
        await visitor.sees("completed", timeout_s=30)
        await visitor.candidate.leave()
    stop_server(server)
    counted = appends_per_round(directory, made["id"])
    return {
        "appends": round(statistics.mean(appends for appends, _ in counted), 1),
        "entries": round(statistics.mean(entries for _, entries in counted), 1),
    }


# --- replay ---------------------------------------------------------------------------------------


def hour() -> tuple[World, list[tuple[float, list[Event]]]]:
    """An hour of answers: a question a minute, six finals each with the times of its words.

    The second value: what each decision appends, and when.
    """
    questions = tuple(Question(id=f"q{n}", text=f"Question {n}?") for n in range(1, MINUTES + 1))
    world = World(InterviewSpec(questions=questions))
    world.begin()
    world.speak()
    appends = [(world.now_s, list(world.log))]

    def do(*inputs: inp.Input) -> None:
        appends.append((world.now_s, world.do(*inputs)))

    words = tuple(
        SpokenWord(w=word, s=n * 0.3, e=n * 0.3 + 0.25, c=0.9)
        for n, word in enumerate(TEXT.split())
    )
    for _ in questions:
        before = len(world.log)
        world.speak()
        appends.append((world.now_s, world.log[before:]))
        epoch = world.state.turn_epoch
        for part in range(SEGMENTS):
            segment, start_s = f"1-{10 * epoch + part}", world.now_s - 1_000.0
            do(inp.SpeechStarted(epoch))
            world.now_s += 8.0
            do(inp.SpeechStopped(epoch))
            do(ready(epoch, segment, start_s, start_s + 8, 6000))
            do(heard(segment, TEXT, words=words))
        do(inp.TurnOver(epoch, "silence", "silence 2000 ms", 1.0, 48.0))
    return world, appends


def durable(events: Sequence[Event]) -> list[NewEntry]:
    return [
        NewEntry(event.type, event.model_dump(mode="json", exclude={"type"}))
        for event in events
        if durability_of(event) is not Durability.NEVER
    ]


async def replay(directory: Path) -> dict[str, float]:
    world, appends = hour()
    # The times of this log are long past: nobody may sweep it up as an expired one.
    async with open_bench(directory, live=LiveSettings(sweep_s=3600.0)) as bench:
        await asyncio.sleep(1.0)
        log, interview_id, version = bench.services.log, "iv_hour", 0
        spec = world.state.spec.model_dump(mode="json")
        await log.create(interview_id, spec=spec, entries=[], status="created", now_s=1_000.0)
        for number, (now_s, events) in enumerate(appends):
            if not (entries := durable(events)):
                continue
            result = await log.append(
                interview_id, expected_version=version, lease_epoch=0, operation_id=str(number),
                entries=entries, status="listening", now_s=now_s,
            )  # fmt: skip
            assert isinstance(result, Appended)
            version = result.entries[-1].seq

        async def fold_ms() -> float:
            times_s = []
            for _ in range(9):
                began = time.perf_counter()
                # What a takeover runs: the registry is the service's own.
                state, folded = await bench.service._registry.fold(interview_id)
                times_s.append(time.perf_counter() - began)
                assert folded == version
                assert state.round == world.state.round
            return round(statistics.median(times_s) * 1000, 1)

        without_ms = await fold_ms()
        state, _ = await bench.service._registry.fold(interview_id)
        text = snapshot.dump(state)
        await log.save_snapshot(interview_id, version, text)
        return {
            "entries": version,
            "snapshot_kilobytes": round(len(text) / 1000),
            "fold_ms": without_ms,
            "fold_with_snapshot_ms": await fold_ms(),
        }


# --- report ---------------------------------------------------------------------------------------


def table(report: dict[str, Any]) -> str:
    lines = ["kill -9 in an answer        median     worst"]
    for name, label in (
        ("lost_ms", "audio lost, ms"),
        ("ready_s", "kill to ready, s"),
        ("listening_s", "kill to listening again, s"),
    ):
        values = [kill[name] for kill in report["kills"]]
        lines.append(f"{label:26} {statistics.median(values):8.6g}  {max(values):8.6g}")
    hour_, turn = report["replay"], report["turn"]
    lines += [
        "",
        f"an hour's log: {hour_['entries']} entries; read and folded in {hour_['fold_ms']} ms,",
        f"with a snapshot ({hour_['snapshot_kilobytes']} kB) {hour_['fold_with_snapshot_ms']} ms",
        f"a spoken turn: {turn['appends']} appends of {turn['entries']} entries",
    ]
    return "\n".join(lines)


async def run(directory: Path, count: int) -> dict[str, Any]:
    long = read_wav(speak_wav(SPEECH, directory / "long.wav"))
    short = read_wav(speak_wav(TEXT, directory / "short.wav"))
    for name in ("hour", "spoken"):
        (directory / name).mkdir()
    return {
        "machine": f"{os.cpu_count()} cores, {platform.machine()}, Python "
        f"{platform.python_version()}, load {os.getloadavg()[0]:.1f}",
        "replay": await replay(directory / "hour"),
        "turn": await spoken_interview(directory / "spoken", short),
        "kills": await kills(directory, long, count),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--kills", type=int, default=5)
    parser.add_argument("--directory", type=Path, help="on the disk to be used")
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    directory = Path(tempfile.mkdtemp(dir=arguments.directory))
    try:
        report = asyncio.run(run(directory, arguments.kills))
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    text = json.dumps(report, indent=2)
    if arguments.json is not None:
        arguments.json.write_text(text + "\n")
    print(text)
    print(table(report), file=sys.stderr)


if __name__ == "__main__":
    main()
