"""Clients that nobody here wrote, in Node: @roamhq/wrtc (libwebrtc) and werift."""

from __future__ import annotations

import asyncio
import json
import math
import shutil
from pathlib import Path

import numpy as np
import pytest
from aiohttp import web

from media_server.audio.opus import OpusEncoder
from media_server.audio.types import SpeechClip
from media_server.rtc.ice import IceSession
from media_server.rtc.settings import RtcSettings
from tests.rtc.support import IceKind, RecordingSink, eventually, running
from tests.support.env import REPOSITORY, missing

pytestmark = pytest.mark.real_time

HERE = Path(__file__).parent
PACKAGES = {"wrtc": "@roamhq/wrtc", "werift": "werift"}


def tone() -> SpeechClip:
    times = np.arange(16_000 * 2) / 16_000
    pcm = (9000 * np.sin(2 * math.pi * 440 * times)).astype(np.int16)
    with OpusEncoder(16_000) as encoder:
        return SpeechClip("k", "tone", tuple(encoder.encode_all(pcm)), "test", "test")


@pytest.mark.parametrize("kind", ["lite", "full"])
@pytest.mark.parametrize("client", ["wrtc", "werift"])
async def test_audio_both_ways_and_a_data_channel(
    client: str, kind: IceKind, monkeypatch: pytest.MonkeyPatch
) -> None:
    # so that nothing but the client's answer to our question proves its path
    monkeypatch.setattr(IceSession, "prove_by_handshake", lambda *_: None)
    node = shutil.which("node")
    if node is None or not (REPOSITORY / "node_modules" / PACKAGES[client]).is_dir():
        missing(f"node or {PACKAGES[client]} is missing: apt-get install nodejs npm; npm ci")
    sink = RecordingSink()
    async with running(RtcSettings(), kind=kind) as transport:

        async def offer(request: web.Request) -> web.Response:
            accepted = await transport.accept(await request.text(), call_id="node", sink=sink)
            accepted.call.play(tone(), "u1")
            answering.append(accepted.call)
            return web.Response(text=accepted.answer_sdp)

        answering: list[object] = []
        app = web.Application()
        app.router.add_post("/offer", offer)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        process = await asyncio.create_subprocess_exec(
            node,
            str(HERE / f"{client}.mjs"),
            f"http://127.0.0.1:{runner.addresses[0][1]}/offer",
            stdout=asyncio.subprocess.PIPE,
        )
        try:
            # the client ends soon after it is answered
            await eventually(lambda: "hello" in sink.texts and len(sink.packets) >= 10, within_s=25)
            (call,) = answering
            call.send_text("welcome")  # type: ignore[attr-defined]  # a ports.Call
            async with asyncio.timeout(25):
                out, _ = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
            await runner.cleanup()
    if kind == "lite":
        assert call.path.ice.wanted.proven  # type: ignore[attr-defined]
    heard = json.loads(out)
    assert heard["text"] == "welcome"
    assert heard["loud"] > 20
