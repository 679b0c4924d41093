"""The SDK's call in a real browser on a bad network: FEC, resends, an ICE restart."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from media_server.audio.receiver import AudioReceiver, ReceiverSettings
from media_server.audio.types import RtpPacket
from media_server.rtc.factory import create_transport
from media_server.rtc.settings import RtcSettings
from media_server.rtc.transport import RtcTransport
from tests.browser.conftest import LIGHT
from tests.network.shim import BadNetwork, Weather, bad_network
from tests.rtc.support import RecordingSink, clip, eventually
from tests.support.env import REPOSITORY
from tests.support.speak import speak_wav

playwright_api = pytest.importorskip("playwright.async_api")
pytestmark = [pytest.mark.real_time, pytest.mark.browser, pytest.mark.timeout(300)]

WORDS = (
    "I worked as a teacher for many years, and then I went to sea. We sailed from harbour to "
    "harbour in all kinds of weather, and I learned more there than in any school before. "
    "Today I would like to find out what your company does, and whether I can be of any use."
)
PAGE = """<!doctype html><title>call</title><body><script type="module">
import { PeerCall } from "/sdk/connection.js";
import { openMicrophone } from "/sdk/devices.js";

window.down = "";
window.dial = async () => {
  const stream = await openMicrophone();
  window.call = new PeerCall({
    url: new URL("/whip", location.href).href, token: "token", iceServers: [],
    microphone: stream.getAudioTracks()[0], fetch: window.fetch.bind(window),
    onText: () => {}, onDown: (reason) => { window.down = reason; },
    onTrack: (track) => {
      const player = new Audio();
      player.srcObject = new MediaStream([track]);
      player.play();
    },
  });
  await window.call.open();
};
window.stat = async (type, name) => {
  for (const entry of (await window.call.stats()).values())
    if (entry.type === type && (entry.kind ?? "audio") === "audio") return entry[name] ?? null;
  return null;
};
window.ready = true;
</script>"""


class EarSink(RecordingSink):
    """Gives packets to an receiver, as the live side does."""

    def __init__(self) -> None:
        super().__init__()
        self.receiver = AudioReceiver(ReceiverSettings(), connection_epoch=1)

    def on_rtp(self, packet: RtpPacket, arrival_s: float) -> None:
        super().on_rtp(packet, arrival_s)
        self.receiver.receive(packet, arrival_s)
        self.receiver.take_packets()


class Rig:
    """The page, and as much of WHIP as a call needs."""

    def __init__(self, transport: RtcTransport, network: BadNetwork) -> None:
        self.transport = transport
        self.network = network
        self.sink = EarSink()
        self.offers: list[str] = []
        self.call: Any = None
        self.page: Any = None

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_get("/", self._index)
        app.router.add_static("/sdk", REPOSITORY / "client" / "sdk")
        app.router.add_post("/whip", self._offer)
        app.router.add_patch("/whip/call", self._restart)
        app.router.add_delete("/whip/call", self._leave)
        return app

    async def _index(self, _: web.Request) -> web.Response:
        return web.Response(text=PAGE, content_type="text/html")

    async def _offer(self, request: web.Request) -> web.Response:
        self.offers.append(await request.text())
        accepted = await self.transport.accept(self.offers[-1], call_id="c", sink=self.sink)
        self.call = accepted.call
        return web.Response(
            status=201,
            text=self.network.rewrite(accepted.answer_sdp),
            headers={"Location": "/whip/call", "ETag": f'"{accepted.etag}"'},
        )

    async def _restart(self, request: web.Request) -> web.Response:
        answer = await self.transport.trickle("c", await request.text(), "*")
        return web.Response(
            status=answer.status,
            text=self.network.rewrite(answer.fragment),
            headers={"ETag": f'"{answer.etag}"'},
        )

    async def _leave(self, _: web.Request) -> web.Response:
        self.call.close("left")
        return web.Response()

    async def stat(self, kind: str, name: str) -> Any:
        return await self.page.evaluate(f"window.stat('{kind}', '{name}')")


@asynccontextmanager
async def calling(chromium: Path, speech: Path) -> AsyncIterator[Rig]:
    transport = create_transport(RtcSettings(rtcp_interval_s=0.5))
    await transport.start()
    async with bad_network(transport.port, Weather()) as network:
        rig = Rig(transport, network)
        runner = web.AppRunner(rig.app(), shutdown_timeout=1.0)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        try:
            async with playwright_api.async_playwright() as playwright:
                browser = await playwright.chromium.launch(
                    executable_path=str(chromium), args=_flags(speech)
                )
                rig.page = await browser.new_page()
                await rig.page.goto(f"http://127.0.0.1:{runner.addresses[0][1]}/")
                await rig.page.wait_for_function("window.ready")
                await rig.page.evaluate("window.dial()")
                await eventually(lambda: len(rig.sink.packets) > 50)
                yield rig
                await rig.page.evaluate("window.call.close()")
                await browser.close()
        finally:
            rig.sink.receiver.close()
            await runner.cleanup()
            await transport.close()


def _flags(speech: Path) -> list[str]:
    return [
        LIGHT,
        "--no-sandbox",
        "--autoplay-policy=no-user-gesture-required",
        "--allow-loopback-in-peer-connection",
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-audio-capture={speech}",
    ]


@pytest.fixture(scope="module")
def speech(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return speak_wav(WORDS, tmp_path_factory.mktemp("speech") / "a.wav", rate=48_000)


def single_losses(packets: list[RtpPacket]) -> int:
    """How often exactly one is missing between two that came."""
    numbers = sorted({packet.sequence_number for packet in packets})
    return sum(b - a == 2 for a, b in pairwise(numbers))


@pytest.mark.parametrize("loss", [0.1, 0.04])
async def test_a_browser_that_learns_of_loss_sends_fec_and_it_is_used(
    chromium_path: Path, speech: Path, loss: float
) -> None:
    """Its bitrate leaves room for FEC at a few percent already."""
    async with calling(chromium_path, speech) as rig:
        rig.network.weather = Weather(loss=loss)
        told = len(rig.sink.packets)
        await eventually(lambda: len(rig.sink.packets) > told + 150)  # some reports arrived
        begin, before = len(rig.sink.packets), rig.sink.receiver.quality().fec_recovered
        await eventually(lambda: len(rig.sink.packets) > begin + 500, within_s=30)
        repaired = rig.sink.receiver.quality().fec_recovered - before
        later = rig.sink.packets[begin:]
    alone = single_losses(later)
    assert alone > 500 * loss / 3
    assert repaired > alone / 2


@pytest.mark.parametrize("restarted", [False, True], ids=["first offer", "after an ICE restart"])
async def test_lost_speech_is_asked_for_and_sent_again(
    chromium_path: Path, speech: Path, restarted: bool
) -> None:
    lost: set[bytes] = set()
    repeated: set[bytes] = set()

    def every_tenth(way: str, data: bytes) -> bytes | None:
        """Loses packets of speech, and lets their repetition pass."""
        is_speech = way == "out" and 127 < data[0] < 192 and not 63 < data[1] & 0x7F < 96
        if is_speech and data[3] % 10 == 0 and data not in lost:
            lost.add(data)
            return None
        if data in lost:
            repeated.add(data)
        return data

    async with calling(chromium_path, speech) as rig:
        if restarted:
            ufrags = rig.call.path.ice.ufrags
            assert await rig.page.evaluate("window.call.restartIce()")
            await eventually(
                lambda: len(rig.call.path.ice.ufrags) == 1 and rig.call.path.ice.ufrags != ufrags
            )
        rig.network.tap = every_tenth
        rig.call.play(clip(200), "u")
        await eventually(lambda: ("u", "finished", 4.0) in rig.sink.playouts)
        # Nobody asks for what is lost at the end of the clip.
        async with asyncio.timeout(10):  # on a busy machine the last repetition takes a moment
            while (received := await rig.stat("inbound-rtp", "packetsReceived")) < (
                200 - len(lost - repeated)
            ):
                await asyncio.sleep(0.1)
        asked = await rig.stat("inbound-rtp", "nackCount")
        resent = rig.call.stats().packets_resent
    assert len(lost) >= 20
    assert asked > 0
    assert resent > 15
    # What was asked for twice may have come twice, and is counted once.
    assert received <= 200 - len(lost) + resent
