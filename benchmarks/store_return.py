"""200 candidates come back at the same moment, after a restart: who is told `store_unavailable`?

Interviews under way are written to a fresh SQLite file (an open call in each, as a crash leaves
it). Then the service is opened on it, as at the restart, and every candidate does at once what
the page does: POST /v1/join (by the resume token), then the offer. What is refused is counted.

    .venv/bin/python -m benchmarks.store_return [--candidates 200] [--entries 150] [--json]
"""

from __future__ import annotations

import argparse
import asyncio
import collections
import json
import tempfile
import time
from pathlib import Path
from typing import Any

from media_server.interview import events as ev
from media_server.interview.status import Status
from media_server.live import resume
from media_server.live.settings import LiveSettings
from media_server.ports import NewEntry, Refused
from media_server.store.sqlite import SqliteEventLog
from tests.live.bench import make_spec, open_bench

WAIT_S = 60.0


def entry(event: ev.Event) -> NewEntry:
    return NewEntry(event.type, event.model_dump(mode="json", exclude={"type"}))


async def fill(path: Path, candidates: int, entries: int) -> list[str]:
    """Interviews whose server has died in mid-call; their resume tokens."""
    log = SqliteEventLog(path)
    await log.open()
    now_s = time.time() - 5.0
    tokens = []
    for number in range(candidates):
        interview_id = f"iv_{number:04d}"
        token, digest = made_token(interview_id)
        tokens.append(token)
        story = [
            ev.Created(expires_s=now_s + 86_400),
            ev.Joined(),
            ev.Consented(version="2026-11"),
            ev.Connected(
                connection_epoch=1, media_offset_s=0.0, microphone=True, channel=True,
                resume_hash=digest,
            ),
        ]  # fmt: skip
        story += [ev.PaceSet(pace="slower" if n % 2 else "normal") for n in range(entries)]
        await log.create(
            interview_id,
            spec=make_spec().model_dump(mode="json"),
            entries=[entry(event) for event in story],
            status=Status.READY.value,
            now_s=now_s,
        )
    await log.close()
    return tokens


def made_token(interview_id: str) -> tuple[str, str]:
    token = resume.new_token(interview_id)
    return token, resume.token_hash(token)


async def come_back(service: Any, token: str, took_s: list[float]) -> str:
    """Nothing when they are back, else the code of the refusal."""
    started_s = time.perf_counter()
    try:
        interview_id, _ = await service.resumed(token)
        await service.joined(interview_id)
        async with service._registry.lock(interview_id):
            await service._registry.session(interview_id, wanted=True)
    except Refused as refused:
        return refused.code
    took_s.append(time.perf_counter() - started_s)
    return ""


async def measure(candidates: int, entries: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as directory:
        data_dir = Path(directory) / "data"
        data_dir.mkdir(mode=0o700)
        tokens = await fill(data_dir / "interviews.sqlite3", candidates, entries)
        live = LiveSettings(max_live=candidates, sweep_s=15.0)
        async with open_bench(data_dir, live=live) as bench:
            took_s: list[float] = []
            started_s = time.perf_counter()
            async with asyncio.timeout(WAIT_S):
                codes = await asyncio.gather(
                    *(come_back(bench.service, token, took_s) for token in tokens)
                )
            whole_s = time.perf_counter() - started_s
            await asyncio.sleep(1.0)
            unsaved = sum(session.journal.trouble for session in bench.service.sessions())
    refused = collections.Counter(code for code in codes if code)
    took_s.sort()
    return {
        "candidates": candidates,
        "entries": entries,
        "refused": dict(refused),
        "journals_in_trouble": unsaved,
        "all_s": round(whole_s, 2),
        "p50_s": round(took_s[len(took_s) // 2], 2) if took_s else None,
        "max_s": round(took_s[-1], 2) if took_s else None,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--candidates", type=int, default=200)
    parser.add_argument("--entries", type=int, default=150)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    found = asyncio.run(measure(arguments.candidates, arguments.entries))
    if arguments.json:
        print(json.dumps(found))
        return
    for name, value in found.items():
        print(f"{name:20} {value}")


if __name__ == "__main__":
    main()
