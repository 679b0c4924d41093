"""Answers of /v1/ops as servers give them that cannot be had here: sixteen workers, some ill."""

from __future__ import annotations

import asyncio
import dataclasses
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import web

from media_server.attention import Watched, signs, worst
from media_server.ports import Readiness, StoreFigures, SttStatus
from signaling import ops
from signaling.problems import Problem, middleware
from tests.browser.site import CLIENT, make_app
from tests.signaling import loads
from tests.signaling.memory_operations import slow_turn

NOW = datetime(2026, 11, 29, 10, 0, tzinfo=UTC)


def worker(number: int, *, capacity: int = 50, **load: Any) -> dict[str, Any]:
    """`load`: fields of `LoadFigures` that differ from an idle one's."""
    ready = Readiness(True, (), number, capacity)
    busy = dataclasses.replace(loads.of(ready), **load)
    stt = SttStatus(2, 2, 0, 0.0, "whisper", "base", "")
    found = signs(Watched(ready, busy, stt, StoreFigures({}, {}), False, {"hung": 1}, 9e4, 0))
    history = [
        {
            "at": (NOW - timedelta(seconds=5 * n)).isoformat(),
            "in_call": round(busy.in_call * (1 - n / 200)),
            "loop_lag_p99_s": busy.loop_lag_p99_s * (0.3 + 0.7 * (n * 7 % 11) / 11 - n / 600),
            "cpu_cores": busy.cpu_cores * (0.75 - n / 400 + (n * 5 % 13) / 52),
            "machine_cpu": busy.machine_cpu,
            "stt_wait_s": 0.4 if n % 17 == 0 else 0.0,
        }
        for n in reversed(range(120))
    ]
    return {
        "number": number,
        "pid": 4000 + number,
        "version": "0.1.0",
        "started_at": (NOW - timedelta(hours=25)).isoformat(),
        "uptime_s": 9e4,
        "health": worst(found),
        "signs": [asdict(sign) for sign in found],
        "ready": True,
        "load": ops._load(busy),
        "refusals": {"full": number, "rehearsal": 0},
        "stt": ops._recogniser(stt),
        "store": {"ready": True, "disk_free_bytes": 8e10, "troubles": {"retention failed": 0}},
        "recent_stalls": [],
        "restarts": {"hung": 1},
        "history": history,
    }


def stall(n: int) -> dict[str, Any]:
    stack = ["pydantic/main.py:597 model_dump_json", "live/results.py:43 of", "asyncio/run.py:1 f"]
    at = (NOW - timedelta(seconds=n)).isoformat()
    return {"at": at, "held_ms": 60 + n, "computing_ms": 50, "stack": stack}


HEALTHY = {"now": NOW.isoformat(), "workers": [worker(0)], "silent": []}
ILL: dict[str, Any] = {
    "now": NOW.isoformat(),
    "workers": [
        worker(n, loop_lag_p99_s=0.3 if n == 7 else 0.004, machine_cpu=0.95 if n == 9 else 0.4)
        for n in range(1, 17)
        if n != 3
    ],
    "silent": [3],
}
ILL["workers"][0]["recent_stalls"] = [stall(n) for n in range(9)]
TURNS = [ops._turn(slow_turn(n, waited_s=1.73 + n / 3)) for n in range(8)]
ENTRY = {
    "seq": 3,
    "at": NOW.isoformat(),
    "type": "segment_transcribed",
    "state": "listening",
    "facts": {"segment_id": "1-1", "speech_ms": 900, "reason": "silence"},
    "held_back": ["text"],
    "words": None,
}
DECISIONS = {
    "interview": "iv_1",
    "tenant": "acme",
    "status": "listening",
    "created_at": NOW.isoformat(),
    "version": 1,
    "live": True,
    "damage": "entry 4 cannot be read",
    "entries": [ENTRY],
}


class OpsSite:
    """A server that says what it is made to say; `workers` None: it refuses the key."""

    def __init__(self) -> None:
        self.workers: dict[str, Any] | None = HEALTHY
        self.turns: list[dict[str, Any]] = []
        self.asked, self.may_answer = asyncio.Event(), asyncio.Event()
        self.may_answer.set()
        self.app = make_app()
        self.app.middlewares.append(middleware)
        self.app.router.add_get("/ops", self._page)
        self.app.router.add_get("/v1/ops", self._workers)
        self.app.router.add_get("/v1/ops/turns", self._turns)
        self.app.router.add_get("/v1/ops/interviews/{interview}", self._decisions)

    async def _page(self, _: web.Request) -> web.FileResponse:
        return web.FileResponse(CLIENT / "ops.html")

    async def _workers(self, _: web.Request) -> web.Response:
        self.asked.set()
        await self.may_answer.wait()
        if self.workers is None:
            raise Problem(403, "missing_scope", "This API key has not the scope ops.")
        return web.json_response(self.workers)

    async def _turns(self, _: web.Request) -> web.Response:
        return web.json_response({"now": NOW.isoformat(), "turns": self.turns})

    async def _decisions(self, request: web.Request) -> web.Response:
        words = {"text": "I cook for eighty people."} if "words" in request.query else None
        return web.json_response({**DECISIONS, "entries": [{**ENTRY, "words": words}]})
