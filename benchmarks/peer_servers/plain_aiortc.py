"""aiortc as its examples use it: `track.recv`, resample, webrtcvad; a track that always sends."""

from __future__ import annotations

import asyncio
import fractions
import time

import av
import numpy as np
import webrtcvad
from aiortc import MediaStreamTrack, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError

from benchmarks.peer_servers.common import Bot, options, serve

_VAD_BYTES = 640
"""20 ms at 16 kHz."""


class BotTrack(MediaStreamTrack):
    """Paced as aiortc's AudioStreamTrack: a frame each 20 ms, silence where nothing is said."""

    kind = "audio"

    def __init__(self, bot: Bot) -> None:
        super().__init__()
        self._bot = bot
        self._samples = bot.rate // 50
        self._sent = 0
        self._began_s = 0.0

    async def recv(self) -> av.AudioFrame:
        if self._sent:
            due_s = self._began_s + self._sent / self._bot.rate
            await asyncio.sleep(due_s - time.time())
        else:
            self._began_s = time.time()
        pcm = self._bot.next(self._samples) or bytes(self._samples * 2)
        frame = av.AudioFrame.from_ndarray(
            np.frombuffer(pcm, np.int16)[None, :], format="s16", layout="mono"
        )
        frame.sample_rate = self._bot.rate
        frame.pts = self._sent
        frame.time_base = fractions.Fraction(1, self._bot.rate)
        self._sent += self._samples
        return frame


async def listen(track: MediaStreamTrack) -> None:
    resampler = av.AudioResampler(format="s16", layout="mono", rate=16_000)
    vad = webrtcvad.Vad(2)
    left = b""
    while True:
        try:
            received = await track.recv()
        except MediaStreamError:
            return
        assert isinstance(received, av.AudioFrame)
        for frame in resampler.resample(received):
            left += frame.to_ndarray().tobytes()
        while len(left) >= _VAD_BYTES:
            vad.is_speech(left[:_VAD_BYTES], 16_000)
            left = left[_VAD_BYTES:]


def main() -> None:
    settings = options()
    calls: set[RTCPeerConnection] = set()
    tasks: set[asyncio.Task[None]] = set()

    async def answer(offer: str) -> str:
        call = RTCPeerConnection()
        calls.add(call)

        @call.on("track")
        def on_track(track: MediaStreamTrack) -> None:
            tasks.add(asyncio.create_task(listen(track)))

        await call.setRemoteDescription(RTCSessionDescription(offer, "offer"))
        call.addTrack(BotTrack(settings.bot()))
        await call.setLocalDescription(await call.createAnswer())
        return call.localDescription.sdp

    serve(settings.port, answer)


if __name__ == "__main__":
    main()
