"""Pipecat's SmallWebRTC transport in a pipeline of input, VAD (or none) and output."""

from __future__ import annotations

import asyncio
from typing import Any

from pipecat.audio.vad.silero import SileroVADAnalyzer  # type: ignore[import-not-found]
from pipecat.frames.frames import OutputAudioRawFrame  # type: ignore[import-not-found]
from pipecat.pipeline.pipeline import Pipeline  # type: ignore[import-not-found]
from pipecat.pipeline.runner import PipelineRunner  # type: ignore[import-not-found]
from pipecat.pipeline.task import PipelineParams, PipelineTask  # type: ignore[import-not-found]
from pipecat.processors.audio.vad_processor import VADProcessor  # type: ignore[import-not-found]
from pipecat.transports.base_transport import TransportParams  # type: ignore[import-not-found]
from pipecat.transports.smallwebrtc.connection import (  # type: ignore[import-not-found]
    SmallWebRTCConnection,
)
from pipecat.transports.smallwebrtc.transport import (  # type: ignore[import-not-found]
    SmallWebRTCTransport,
)

from benchmarks.peer_servers.common import Bot, options, serve

_IN_RATE = 16_000
_CHUNK_S = 0.1


async def run_bot(connection: Any, bot: Bot, silero: bool) -> None:
    transport = SmallWebRTCTransport(
        webrtc_connection=connection,
        params=TransportParams(audio_in_enabled=True, audio_out_enabled=True),
    )
    middle = [VADProcessor(vad_analyzer=SileroVADAnalyzer(sample_rate=_IN_RATE))] if silero else []
    task = PipelineTask(
        Pipeline([transport.input(), *middle, transport.output()]),
        params=PipelineParams(audio_in_sample_rate=_IN_RATE, audio_out_sample_rate=bot.rate),
        idle_timeout_secs=None,
    )
    speaking = asyncio.create_task(speak(task, bot))
    try:
        await PipelineRunner(handle_sigint=False).run(task)
    finally:
        speaking.cancel()


async def speak(task: Any, bot: Bot) -> None:
    """Speech as a TTS service gives it: frames as they come, and nothing in between."""
    loop = asyncio.get_running_loop()
    due_s = loop.time()
    while True:
        pcm = bot.next(round(bot.rate * _CHUNK_S))
        if pcm:
            await task.queue_frame(OutputAudioRawFrame(pcm, bot.rate, 1))
        due_s += _CHUNK_S
        await asyncio.sleep(due_s - loop.time())


def main() -> None:
    settings = options()
    tasks: set[asyncio.Task[None]] = set()

    async def answer(offer: str) -> str:
        connection = SmallWebRTCConnection()
        await connection.initialize(offer, "offer")
        silero = settings.variant == "silero"
        tasks.add(asyncio.create_task(run_bot(connection, settings.bot(), silero)))
        return str(connection.get_answer()["sdp"])

    serve(settings.port, answer)


if __name__ == "__main__":
    main()
