"""A real browser on the transport: audio both ways, a data channel, an ICE restart."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from aiohttp import web

from media_server.audio.opus import OpusDecoder, OpusEncoder
from media_server.audio.types import SpeechClip
from media_server.rtc.factory import create_transport
from media_server.rtc.ice import IceSession
from media_server.rtc.settings import RtcSettings
from media_server.rtc.transport import RtcTransport
from tests.browser.conftest import LIGHT
from tests.rtc.support import RecordingSink, eventually

pytestmark = pytest.mark.real_time

playwright_api = pytest.importorskip("playwright.async_api")

# With full ICE the pair the browser sent on goes when it restarts, and a packet that is
# under way at that moment has nobody to take it: at most these, and none before.
LOST_AT_A_RESTART = 2

PAGE = """<!doctype html><title>call</title><body><script>
async function call() {
  const pc = window.pc = new RTCPeerConnection();
  window.texts = [];
  const audio = new AudioContext();
  const source = audio.createOscillator();
  const out = audio.createMediaStreamDestination();
  source.connect(out); source.start();
  pc.addTransceiver("video", {direction: "recvonly"});  // answered with port 0, though first
  pc.addTrack(out.stream.getTracks()[0], out.stream);
  const channel = window.channel = pc.createDataChannel("interview.v1");
  channel.onmessage = (e) => texts.push(e.data);
  pc.ontrack = (e) => {
    const player = new Audio(); player.srcObject = e.streams[0]; player.play();
  };
  const opened = new Promise((done) => { channel.onopen = done; });
  await pc.setLocalDescription(await pc.createOffer());
  await exchange("/offer", pc.localDescription.sdp);
  await opened;
  channel.send("hello from the page");
}
async function exchange(path, sdp) {
  const response = await fetch(path, {method: "POST", body: sdp});
  await pc.setRemoteDescription({type: "answer", sdp: await response.text()});
}
async function restart() {
  const offer = await pc.createOffer({iceRestart: true});
  await pc.setLocalDescription(offer);
  const pick = (name, text) => text.match(new RegExp("a=" + name + ":(.*)"))[1].trim();
  const fragment = `a=ice-ufrag:${pick("ice-ufrag", offer.sdp)}\\r\\n` +
    `a=ice-pwd:${pick("ice-pwd", offer.sdp)}\\r\\n`;
  const answer = await (await fetch("/restart", {method: "POST", body: fragment})).text();
  const candidates = answer.match(/a=candidate:.*/g).map((line) => line.trim()).join("\\r\\n");
  const sdp = pc.currentRemoteDescription.sdp
    .replace(/a=candidate:.*\\r\\n/g, "")
    .replace(/a=ice-ufrag:.*/g, "a=ice-ufrag:" + pick("ice-ufrag", answer))
    .replace(/a=ice-pwd:.*/g, "a=ice-pwd:" + pick("ice-pwd", answer) + "\\r\\n" + candidates);
  await pc.setRemoteDescription({type: "answer", sdp});
}
async function inbound() {
  for (const s of (await pc.getStats()).values())
    if (s.type === "inbound-rtp" && s.kind === "audio")
      return {packets: s.packetsReceived, energy: s.totalAudioEnergy};
  return {packets: 0, energy: 0};
}
async function remoteInbound() {
  for (const s of (await pc.getStats()).values())
    if (s.type === "remote-inbound-rtp") return s.fractionLost;
  return null;
}
</script>"""


class Rig:
    def __init__(self, transport: RtcTransport) -> None:
        self.transport = transport
        self.sink = RecordingSink()
        self.call: Any = None

    async def page(self, _: web.Request) -> web.Response:
        return web.Response(text=PAGE, content_type="text/html")

    async def offer(self, request: web.Request) -> web.Response:
        accepted = await self.transport.accept(
            await request.text(), call_id="browser", sink=self.sink
        )
        self.call = accepted.call
        return web.Response(text=accepted.answer_sdp)

    async def restart(self, request: web.Request) -> web.Response:
        answer = await self.transport.trickle("browser", await request.text(), "*")
        assert answer.status == 200
        return web.Response(text=answer.fragment)


@pytest.fixture(params=["lite", "full"])
async def rig(request: pytest.FixtureRequest) -> AsyncIterator[tuple[Rig, str]]:
    transport = create_transport(RtcSettings(transport=request.param))
    await transport.start()
    rig = Rig(transport)
    app = web.Application()
    app.router.add_get("/", rig.page)
    app.router.add_post("/offer", rig.offer)
    app.router.add_post("/restart", rig.restart)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    yield rig, f"http://127.0.0.1:{port}/"
    await runner.cleanup()
    await transport.close()


@pytest.mark.browser
async def test_chromium_connects_with_audio_both_ways(
    rig: tuple[Rig, str], chromium_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # so that nothing but the browser's answer to our question proves its path
    monkeypatch.setattr(IceSession, "prove_by_handshake", lambda *_: None)
    server, url = rig
    sink = server.sink
    async with playwright_api.async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=str(chromium_path),
            args=[LIGHT, "--no-sandbox", "--autoplay-policy=no-user-gesture-required"],
        )
        page = await browser.new_page()
        await page.goto(url)
        await page.evaluate("call()")
        await eventually(lambda: "hello from the page" in sink.texts)
        await eventually(lambda: len(sink.packets) >= 50)
        if server.transport.settings.transport == "lite":
            assert server.call.path.ice.wanted.proven
        assert await page.evaluate("(async () => (await inbound()).packets)()") == 0  # silent bot

        tone = _tone(1.0)
        with OpusEncoder(16_000) as encoder:
            clip = SpeechClip("k", "tone", tuple(encoder.encode_all(tone)), "test", "test")
        server.call.play(clip, "u1")
        assert server.call.send_text("hello from the server")
        await eventually(lambda: ("u1", "finished", 1.0) in sink.playouts)
        await asyncio.sleep(0.3)
        heard = await page.evaluate("inbound()")
        assert heard["packets"] == 50
        assert heard["energy"] > 0.005
        assert await page.evaluate("texts") == ["hello from the server"]

        assert server.call.stats().packets_lost == 0
        await page.evaluate("restart()")
        before = len(sink.packets)
        await eventually(lambda: len(sink.packets) > before + 50)
        assert await page.evaluate("pc.connectionState") == "connected"
        assert await page.evaluate("channel.readyState") == "open"
        await eventually_async(page, "remoteInbound()", lambda lost: lost <= LOST_AT_A_RESTART)

        await page.evaluate("pc.close()")
        await eventually(lambda: sink.closed == ["gone"])
        await browser.close()
    assert _rms(sink) > 1000
    assert server.call.stats().packets_lost <= LOST_AT_A_RESTART


async def eventually_async(page: Any, script: str, wanted: Any) -> None:
    async with asyncio.timeout(15):
        while not wanted(await page.evaluate(script)):
            await asyncio.sleep(0.1)


def _tone(seconds: float) -> np.ndarray[Any, np.dtype[np.int16]]:
    times = np.arange(int(16_000 * seconds)) / 16_000
    return (9000 * np.sin(2 * math.pi * 440 * times)).astype(np.int16)


def _rms(sink: RecordingSink) -> float:
    with OpusDecoder() as decoder:
        pcm = np.concatenate([decoder.decode(p.payload) for p in sink.packets[10:60]])
    return float(np.sqrt(np.mean(pcm.astype(float) ** 2)))
