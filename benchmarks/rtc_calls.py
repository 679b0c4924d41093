"""What one call costs the transport: server CPU per call, loop lag, added delay, connect cost.

The server is a process of its own with the transport alone, or with `--decode` and Opus decoding
to 16 kHz; the load comes from this process. Prints a table, and JSON with `--json FILE`.

    python -m benchmarks.rtc_calls --calls 100 --seconds 15 --decode
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import os
import resource
import statistics
import time
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np
from aiortc import RTCCertificate

from media_server.audio.opus import OpusDecoder, OpusEncoder
from media_server.audio.types import RtpPacket, SpeechClip
from media_server.ports import Call, CloseReason
from media_server.rtc.factory import create_transport
from media_server.rtc.settings import RtcSettings
from media_server.tools.light_client import LightClient

_BOT_EVERY_S = 10.0
_BOT_SPEAKS_S = 2.0


class Sink:
    def __init__(self, decode: bool) -> None:
        self.call: Call | None = None
        self._decoder = OpusDecoder() if decode else None

    def on_connected(self) -> None: ...
    def on_rtp(self, packet: RtpPacket, arrival_s: float) -> None:
        del arrival_s
        if self._decoder is not None:
            self._decoder.decode_bytes(packet.payload)

    def on_channel_open(self, label: str, protocol: str) -> None: ...
    def on_text(self, data: str | bytes) -> None: ...
    def on_playout(self, utterance_id: str, what: str, position_s: float) -> None: ...
    def on_quality(self, what: str) -> None: ...
    def on_alive(self, at_s: float) -> None: ...
    def on_limit(self, what: str) -> None: ...
    def on_closed(self, reason: CloseReason) -> None: ...


def cpu_s() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


async def serve(pipe: Connection, decode: bool) -> None:
    """Over 50 lines on purpose: one process's life, whose parts share its lists."""
    transport = create_transport(RtcSettings(bind_addresses=("127.0.0.1",), max_calls=5000))
    await transport.start()
    sinks: list[Sink] = []
    lags_ms: list[float] = []
    loop = asyncio.get_running_loop()

    async def measure_lag() -> None:
        while True:
            due_s = loop.time() + 0.01
            await asyncio.sleep(0.01)
            lags_ms.append((loop.time() - due_s) * 1000)

    async def speak() -> None:
        clip = SpeechClip("k", "t", tuple(speech(_BOT_SPEAKS_S)), "e", "v")
        while True:
            for sink in sinks:
                if sink.call is not None:
                    sink.call.play(clip, "u")
                await asyncio.sleep(_BOT_EVERY_S / max(1, len(sinks)))
            await asyncio.sleep(0.01 if not sinks else 0)

    tasks = [asyncio.create_task(measure_lag()), asyncio.create_task(speak())]
    requests: asyncio.Queue[Any] = asyncio.Queue()
    loop.add_reader(pipe.fileno(), lambda: requests.put_nowait(pipe.recv()))
    while True:
        what, *rest = await requests.get()
        if what == "offer":
            sink = Sink(decode)
            accepted = await transport.accept(rest[0], call_id=str(len(sinks)), sink=sink)
            sink.call = accepted.call
            sinks.append(sink)
            pipe.send(accepted.answer_sdp)
        elif what == "figures":
            stats = [sink.call.stats() for sink in sinks if sink.call is not None]
            pipe.send(
                {
                    "cpu_s": cpu_s(),
                    "lags_ms": sorted(lags_ms),
                    "memory_mb": resident_mb(),
                    "live": transport.live,
                    "received": sum(s.packets_received for s in stats),
                    "lost": sum(s.packets_lost for s in stats),
                }
            )
            lags_ms.clear()
        else:
            break
    loop.remove_reader(pipe.fileno())
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await transport.close()


def server_process(pipe: Connection, decode: bool) -> None:
    asyncio.run(serve(pipe, decode))


def speech(seconds: float) -> list[bytes]:
    """Something with the spectrum of a voice: noise through a slow envelope."""
    rng = np.random.default_rng(1)
    count = int(16_000 * seconds)
    envelope = np.abs(np.sin(np.arange(count) / 16_000 * 2 * np.pi * 2))
    noise = np.convolve(rng.standard_normal(count), np.ones(12) / 12, mode="same")
    with OpusEncoder(16_000, bitrate=28_000) as encoder:
        return encoder.encode_all((noise * envelope * 9000).astype(np.int16))


async def load(pipe: Connection, calls: int, seconds: float) -> dict[str, Any]:
    certificate = RTCCertificate.generateCertificate()
    packets = speech(5.0)
    idle = ask(pipe, "figures")
    clients: list[LightClient] = []
    walls_ms: list[float] = []
    for _ in range(calls):
        client = LightClient(certificate, packets)
        began_s = time.perf_counter()
        await client.connect(ask(pipe, "offer", client.offer()))
        walls_ms.append((time.perf_counter() - began_s) * 1000)
        clients.append(client)
    connected = ask(pipe, "figures")
    sender = asyncio.create_task(send_all(clients))
    await asyncio.sleep(2)
    before, began_s = ask(pipe, "figures"), time.perf_counter()
    sent_before = sum(client.packets_sent for client in clients)
    await asyncio.sleep(seconds)
    after, took_s = ask(pipe, "figures"), time.perf_counter() - began_s
    sent = sum(client.packets_sent for client in clients) - sent_before
    sender.cancel()
    await asyncio.gather(sender, return_exceptions=True)
    for client in clients:
        await client.close()
    cores = (after["cpu_s"] - before["cpu_s"]) / took_s
    lags = after["lags_ms"]
    return {
        "calls": calls,
        "packets_per_call_per_s": sent / took_s / calls,
        "server_cores": cores,
        "calls_per_core": calls / cores,
        "lost": after["lost"],
        "live_at_end": after["live"],
        "loop_lag_p50_ms": lags[len(lags) // 2],
        "loop_lag_p99_ms": lags[int(len(lags) * 0.99)],
        "memory_per_call_mb": (connected["memory_mb"] - idle["memory_mb"]) / calls,
        "connect_server_cpu_ms": (connected["cpu_s"] - idle["cpu_s"]) / calls * 1000,
        "connect_wall_ms": statistics.median(walls_ms),
    }


def ask(pipe: Connection, *request: Any) -> Any:
    pipe.send(request)
    return pipe.recv()


async def send_all(clients: list[LightClient]) -> None:
    """50 packets a second of every client, spread over the 20 ms."""
    loop = asyncio.get_running_loop()
    due_s = loop.time()
    groups = [clients[i::10] for i in range(10)]
    while True:
        for group in groups:
            for client in group:
                client.send_next()
            due_s += 0.002
            await asyncio.sleep(max(0, due_s - loop.time()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=15)
    parser.add_argument("--decode", action="store_true")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(
        target=server_process, args=(theirs, options.decode)
    )
    process.start()
    try:
        figures = asyncio.run(load(ours, options.calls, options.seconds))
        ours.send(("end",))
        process.join(10)
    finally:
        if process.is_alive():
            process.terminate()
    for name, value in figures.items():
        print(f"{name:26} {value:10.2f}")
    if options.json is not None:
        options.json.write_text(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
