"""FastRTC: `AsyncStreamHandler` with webrtcvad, or its `ReplyOnPause` with its Silero model.

The model is one that FastRTC downloads at its first use; the same file ships in a wheel of
faster-whisper, from where it is taken so that nothing is fetched while measuring.
"""

from __future__ import annotations

import asyncio
import importlib.util
import secrets
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fastrtc  # type: ignore[import-not-found]  # in the peer's environment alone
import numpy as np
import webrtcvad

from benchmarks.peer_servers.common import Bot, Options, options, serve

_VAD_BYTES = 640


class Handler(fastrtc.AsyncStreamHandler):  # type: ignore[misc]  # unknown here
    """Frames of 16 kHz to webrtcvad; frames of the bot's speech, and nothing while it is silent."""

    def __init__(self, settings: Options) -> None:
        self._settings = settings
        self._bot: Bot = settings.bot()
        super().__init__("mono", self._bot.rate, None, 16_000)
        self._vad = webrtcvad.Vad(2)
        self._left = b""
        self._due_s = 0.0

    def copy(self) -> Handler:
        return Handler(self._settings)

    async def start_up(self) -> None:
        self._due_s = asyncio.get_running_loop().time()

    async def receive(self, frame: tuple[int, Any]) -> None:
        self._left += frame[1].tobytes()
        while len(self._left) >= _VAD_BYTES:
            self._vad.is_speech(self._left[:_VAD_BYTES], 16_000)
            self._left = self._left[_VAD_BYTES:]

    async def emit(self) -> tuple[int, Any] | None:
        self._due_s += 0.02
        await asyncio.sleep(self._due_s - asyncio.get_running_loop().time())
        pcm = self._bot.next(self._bot.rate // 50)
        return (self._bot.rate, np.frombuffer(pcm, np.int16)[None, :]) if pcm else None


class Replies(fastrtc.ReplyOnPause):  # type: ignore[misc]  # unknown here
    """Replies when the candidate pauses, at most once a round: as much speech as elsewhere."""

    def __init__(self, settings: Options) -> None:
        self._settings = settings
        pcm, rate = settings.pcm()
        speech = np.frombuffer(pcm, np.int16)[None, :]
        last_s = -settings.round_s

        def reply(audio: tuple[int, Any]) -> Iterator[tuple[int, Any]]:
            nonlocal last_s
            del audio
            now_s = time.monotonic()
            if now_s - last_s >= settings.round_s:
                last_s = now_s
                yield rate, speech

        # a reply that a breath of the candidate cuts off would be no fifth of the time
        super().__init__(reply, output_sample_rate=rate, can_interrupt=False)

    def copy(self) -> Replies:
        return Replies(self._settings)


def reply_on_pause(settings: Options) -> Any:
    found = importlib.util.find_spec("faster_whisper")
    if found is None or found.origin is None:
        raise SystemExit("faster-whisper, which carries the VAD model, is not installed")
    model = Path(found.origin).parent / "assets" / "silero_vad.onnx"
    from fastrtc.pause_detection import silero  # type: ignore[import-not-found]  # noqa: PLC0415

    silero.SileroVADModel.download_model = staticmethod(lambda: str(model))
    return Replies(settings)


def main() -> None:
    settings = options()
    handler = reply_on_pause(settings) if settings.variant == "pause" else Handler(settings)
    stream = fastrtc.Stream(
        handler, modality="audio", mode="send-receive", concurrency_limit=10_000
    )

    async def answer(offer: str) -> str:
        body = {"sdp": offer, "type": "offer", "webrtc_id": secrets.token_hex(8)}
        made = await stream.handle_offer(body, stream.set_additional_outputs(body["webrtc_id"]))
        if not isinstance(made, dict):
            raise RuntimeError(f"refused: {made.body!r}")
        return str(made["sdp"])

    serve(settings.port, answer)


if __name__ == "__main__":
    main()
