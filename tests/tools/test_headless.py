"""The headless candidate: over WHIP against a small server, and on a machine with `lo` alone."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import numpy as np
import pytest
from aiohttp import web

from media_server.tools.headless import HeadlessCandidate, HeadlessError, resample
from tests.rtc.support import RecordingSink, clip, eventually, running
from tests.support.candidate import bot_speaks
from tests.support.waiting import PATIENCE_S


class Whip:
    """Just enough of WHIP: POST, DELETE, a bearer token."""

    def __init__(self, transport: Any) -> None:
        self.transport = transport
        self.sink = RecordingSink()
        self.call: Any = None
        self.deleted = False

    async def post(self, request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != "Bearer token":
            return web.Response(status=401, text="no such token")
        assert request.content_type == "application/sdp"
        accepted = await self.transport.accept(await request.text(), call_id="call", sink=self.sink)
        self.call = accepted.call
        headers = {"Location": "/calls/call", "ETag": accepted.etag}
        return web.Response(
            status=201, text=accepted.answer_sdp, content_type="application/sdp", headers=headers
        )

    async def delete(self, _: web.Request) -> web.Response:
        self.deleted = True
        self.call.close("left")
        return web.Response(status=200)


@pytest.fixture
async def whip() -> AsyncIterator[tuple[Whip, str, aiohttp.ClientSession]]:
    async with running() as transport:
        server = Whip(transport)
        app = web.Application()
        app.router.add_post("/whip/interview", server.post)
        app.router.add_delete("/calls/call", server.delete)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        url = f"http://127.0.0.1:{runner.addresses[0][1]}/whip/interview"
        async with aiohttp.ClientSession() as session:
            yield server, url, session
        await runner.cleanup()


async def test_a_call_by_whip(whip: tuple[Whip, str, aiohttp.ClientSession]) -> None:
    server, url, session = whip
    messages: list[dict[str, Any]] = []
    candidate = HeadlessCandidate(on_message=messages.append)
    await candidate.connect(url, "token", session)
    candidate.send({"type": "hello"})
    server.call.play(clip(20), "u")
    await eventually(lambda: server.sink.texts == ['{"type": "hello"}'])
    server.call.send_text('{"type": "welcome"}')
    server.call.send_text("[1]")
    server.call.send_text("no JSON")
    await eventually(lambda: candidate.packets_received == 20)
    assert messages == [{"type": "welcome"}]
    assert bot_speaks(candidate, within_s=PATIENCE_S)
    assert candidate.etag.startswith('"')
    await candidate.leave()
    assert server.deleted
    assert server.sink.closed == ["left"]
    assert candidate.closed.is_set()


async def test_a_refusal_names_the_status(whip: tuple[Whip, str, aiohttp.ClientSession]) -> None:
    _, url, session = whip
    candidate = HeadlessCandidate(on_message=print)
    with pytest.raises(HeadlessError, match="no such token") as refused:
        await candidate.connect(url, "wrong", session)
    assert refused.value.status == 401


async def test_vanishing_says_no_goodbye(whip: tuple[Whip, str, aiohttp.ClientSession]) -> None:
    server, url, session = whip
    candidate = HeadlessCandidate(on_message=print)
    await candidate.connect(url, "token", session)
    await eventually(lambda: server.sink.packets)
    await candidate.vanish()
    count = len(server.sink.packets)
    await asyncio.sleep(0.3)
    assert server.sink.closed == []
    assert not server.deleted
    assert len(server.sink.packets) <= count + 2
    with pytest.raises(HeadlessError):
        candidate.send({"too": "late"})


async def test_speech_is_paced_in_real_time(
    whip: tuple[Whip, str, aiohttp.ClientSession],
) -> None:
    server, url, session = whip
    candidate = HeadlessCandidate(on_message=print)
    await candidate.connect(url, "token", session)
    assert candidate.say(np.zeros(24_000, np.int16), 48_000) == pytest.approx(0.5)
    await eventually(lambda: len(server.sink.packets) >= 60)
    steps = {
        (b.timestamp - a.timestamp) & 0xFFFFFFFF
        for a, b in zip(server.sink.packets, server.sink.packets[1:], strict=False)
    }
    assert steps == {960}
    took_s = server.sink.arrivals_s[59] - server.sink.arrivals_s[0]
    assert took_s > 0.9  # never faster than speech
    await candidate.vanish()


@pytest.mark.parametrize("rate", [8000, 11_025, 22_050, 44_100, 48_000])
def test_resampling_keeps_a_tone_and_its_length(rate: int) -> None:
    times = np.arange(rate) / rate
    tone = (10_000 * np.sin(2 * np.pi * 440 * times)).astype(np.int16)
    out = resample(tone, rate, 16_000).astype(float)
    assert len(out) == 16_000
    spectrum = np.abs(np.fft.rfft(out * np.hanning(len(out))))
    assert int(np.argmax(spectrum)) == 440
    assert np.sqrt(np.mean(out[2000:-2000] ** 2)) == pytest.approx(7071, rel=0.05)


def test_resampling_removes_what_would_alias() -> None:
    times = np.arange(48_000) / 48_000
    high = (10_000 * np.sin(2 * np.pi * 11_000 * times)).astype(np.int16)
    out = resample(high, 48_000, 16_000).astype(float)
    assert np.sqrt(np.mean(out[2000:-2000] ** 2)) < 70
    with pytest.raises(ValueError, match="mono"):
        resample(np.zeros((2, 2), np.int16), 48_000, 16_000)


ALONE = """
import asyncio
from media_server.rtc.settings import RtcSettings
from tests.rtc.support import calling, eventually, running, shared_port

async def main():
    async with running(RtcSettings()) as transport, calling(transport) as caller:
        await eventually(lambda: len(caller.sink.packets) > 10)
        print([candidate.host for candidate in shared_port(transport).candidates()])

asyncio.run(main())
"""


def test_a_machine_with_lo_alone_is_enough() -> None:
    unshare = shutil.which("unshare")
    ip = shutil.which("ip")
    if unshare is None or ip is None:
        pytest.skip("unshare and ip are needed: apt-get install util-linux iproute2")
    script = f'"{ip}" link set lo up && exec "$0" -c "$1"'
    command = [unshare, "--net", "--map-root-user", "sh", "-c", script, sys.executable, ALONE]
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run(
        command, check=False, capture_output=True, text=True, timeout=50, cwd=root
    )
    if "unshare" in done.stderr and "failed" in done.stderr:
        pytest.skip(f"no network namespaces here: {done.stderr.strip()}")
    assert done.returncode == 0, done.stderr
    assert "127.0.0.1" in done.stdout
