"""What the peers' servers share: the offer over HTTP, loop lag, what the bot says and when."""

from __future__ import annotations

import argparse
import asyncio
import random
import wave
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from aiohttp import web

Answer = Callable[[str], Awaitable[str]]
_SAMPLE_S = 0.01


class Lag:
    """How late the loop gets to a timer, sampled every 10 ms; `take` begins a new stretch."""

    def __init__(self) -> None:
        self._late_ms: list[float] = []

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            due_s = loop.time() + _SAMPLE_S
            await asyncio.sleep(_SAMPLE_S)
            self._late_ms.append((loop.time() - due_s) * 1000)

    def take(self) -> dict[str, float]:
        late_ms, self._late_ms = sorted(self._late_ms), []
        if not late_ms:
            return {}
        at = {"p50": 0.5, "p99": 0.99}
        shares = {f"loop_lag_{name}_ms": late_ms[int(len(late_ms) * s)] for name, s in at.items()}
        return {**shares, "loop_lag_samples": len(late_ms)}


class Bot:
    """When the bot of one call speaks: a stretch of speech in each round, at a random phase."""

    def __init__(self, speech: bytes, rate: int, round_s: float) -> None:
        self.rate = rate
        self._speech = speech
        self._bytes_per_round = round(rate * round_s) * 2
        self._at = random.randrange(self._bytes_per_round // 2) * 2

    def next(self, samples: int) -> bytes:
        """The next samples; empty while it is silent."""
        begin = self._at
        self._at = (begin + samples * 2) % self._bytes_per_round
        chunk = self._speech[begin : begin + samples * 2]
        return chunk.ljust(samples * 2, b"\0") if chunk else b""


class Options(argparse.Namespace):
    port: int
    speech: Path
    """WAV, mono: what the bot says in each round."""
    round_s: float
    variant: str

    def bot(self) -> Bot:
        pcm, rate = self.pcm()
        return Bot(pcm, rate, self.round_s)

    def pcm(self) -> tuple[bytes, int]:
        with wave.open(str(self.speech)) as file:
            return file.readframes(file.getnframes()), file.getframerate()


def options() -> Options:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--speech", type=Path, required=True)
    parser.add_argument("--round-s", type=float, required=True)
    parser.add_argument("--variant", default="")
    return parser.parse_args(namespace=Options())


def serve(port: int, answer: Answer) -> None:
    """POST /offer (SDP for SDP), GET /figures (lag since the last time). Until SIGTERM."""
    lag = Lag()

    async def on_offer(request: web.Request) -> web.Response:
        return web.Response(text=await answer(await request.text()))

    async def on_figures(request: web.Request) -> web.Response:
        del request
        return web.json_response(lag.take())

    async def sample(app: web.Application) -> Any:
        del app
        task = asyncio.create_task(lag.run())
        yield
        task.cancel()

    app = web.Application()
    app.add_routes([web.post("/offer", on_offer), web.get("/figures", on_figures)])
    app.cleanup_ctx.append(sample)
    web.run_app(app, host="127.0.0.1", port=port, print=None, shutdown_timeout=0.5)
