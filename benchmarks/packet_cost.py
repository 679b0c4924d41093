"""What one packet of audio costs this server, each way, and what one connection costs. CPU alone.

    python -m benchmarks.packet_cost [--batches 40] [--connections 40] [--json FILE]

Packets that a real client has protected are given to a real transport as its socket would give
them, once with nothing behind it ("transport") and once with a connection and receiver ("whole":
jitter buffer, Opus, ring, VAD, turns, segments; a turn is open), with a report and a check of the
path as often as a browser sends them, and the sweeps between. Reading the socket, the recogniser
and the disk are left out. The clock is stepped by 20 ms a packet, so that no second of a batch is
waited for. "speech" is a packet of the bot's voice, sent for real. The connections are made one
after another, with data channels, to a transport in a process of its own.

Time is that of the thread or process, the median and the best of the batches: on a busy machine
compare the best, and run what is compared in turns.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import statistics
import time
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from typing import Any, Literal

from aiortc import RTCCertificate

from benchmarks.candidate import opus_of_speech
from benchmarks.process_tree import conditions
from media_server.audio.events import ReceiverSettings
from media_server.audio.types import RtpPacket, SegmentAudio
from media_server.interview import inputs as inp
from media_server.live.connection import Connection
from media_server.live.media_figures import MediaCounts
from media_server.ports import CallSink, CloseReason
from media_server.ports.dialect import Welcome
from media_server.rtc.factory import create_transport
from media_server.rtc.lite_network import LiteNetwork
from media_server.rtc.settings import RtcSettings
from media_server.tools.light_client import PACKETS_PER_S, LightClient

_BATCH = 500
_WARM_BATCHES = 4
_SWEEP_PACKETS = 12
"""0.25 s, as often as the transport looks at each call."""
_CHECK_PACKETS = 125
"""2.5 s, Chromium's interval of checks."""
_SETTLE_S = 0.3
_LOCAL = RtcSettings(bind_addresses=("127.0.0.1",), max_calls=5000)


class SteppedClock:
    def __init__(self) -> None:
        self.at_s = 1000.0

    def now_s(self) -> float:
        return self.at_s


class Nothing:
    """Implements `ports.CallSink`."""

    def on_connected(self) -> None: ...
    def on_rtp(self, packet: RtpPacket, arrival_s: float) -> None: ...
    def on_channel_open(self, label: str, protocol: str) -> None: ...
    def on_text(self, data: str | bytes) -> None: ...
    def on_playout(
        self,
        utterance_id: str,
        what: Literal["started", "moved", "finished", "stopped"],
        position_s: float,
    ) -> None: ...
    def on_quality(self, what: Literal["suspect", "recovered"]) -> None: ...
    def on_alive(self, at_s: float) -> None: ...
    def on_limit(self, what: str) -> None: ...
    def on_closed(self, reason: CloseReason) -> None: ...


class Session:
    """What a connection asks of its session, at no cost."""

    interview_id = "benchmark"
    certain = True

    def post(self, input_: inp.Input) -> None: ...
    def connected(self, connection: Connection) -> None: ...
    def hello(self, connection: Connection, last_seq: int) -> None: ...
    def acknowledged(self, connection: Connection) -> None: ...
    def first_packet(self, utterance_id: str) -> None: ...
    def closed(self, connection: Connection, reason: CloseReason) -> None: ...
    @property
    def transcriber(self) -> Session:
        return self

    def submit(self, audio: SegmentAudio, shown_to: Connection | None) -> None:
        if shown_to is not None:
            shown_to.interim_done(audio.info.segment_id)


class NoSpool:
    """The part of `ports.Spool` that a packet meets."""

    def put(self, interview_id: str, packets: Sequence[Any]) -> None: ...


class Captive(LightClient):
    """A client whose packets can be kept instead of sent."""

    def __init__(self, certificate: RTCCertificate, speech: Sequence[bytes]) -> None:
        super().__init__(certificate, speech, channel=False)
        self.check = b""
        """Its last connectivity check."""
        self._kept: list[bytes] | None = None

    def _send(self, data: bytes) -> None:
        if self._kept is not None:
            self._kept.append(data)
            return
        if data[:1] == b"\x00":
            self.check = data
        super()._send(data)

    def packets(self, count: int) -> list[bytes]:
        """The next `count` packets of audio, with what a browser sends beside them."""
        self._kept = kept = []
        for n in range(count):
            self.send_next()
            if n % _CHECK_PACKETS == 0:
                kept.append(self.check)
        self._kept = None
        return kept


class Served:
    """One transport with one call from `client`; what it costs is measured here."""

    def __init__(self, speech: Sequence[bytes]) -> None:
        self.clock = SteppedClock()
        self.transport = create_transport(_LOCAL, clock=self.clock)
        self.client = Captive(RTCCertificate.generateCertificate(), speech)
        self.call: Any = None

    async def begin(self, sink: CallSink) -> None:
        await self.transport.start()
        accepted = await self.transport.accept(self.client.offer(), call_id="call", sink=sink)
        self.call = accepted.call
        await self.client.connect(accepted.answer_sdp)
        await asyncio.sleep(_SETTLE_S)  # the path is proven meanwhile

    async def end(self) -> None:
        await self.client.close()
        await self.transport.close()

    def receive(self) -> float:
        """µs of one packet; of a batch."""
        transport, clock = self.transport, self.clock
        network = transport.network
        assert isinstance(network, LiteNetwork)
        endpoint = network.endpoints[0]
        assert self.client._udp is not None
        address = self.client._udp.get_extra_info("sockname")
        datagrams = self.client.packets(_BATCH)
        before = self.call.stats().packets_received
        began_ns = time.thread_time_ns()
        for n, datagram in enumerate(datagrams):
            clock.at_s += 1 / PACKETS_PER_S
            network.on_datagram(endpoint, datagram, address)
            if n % _SWEEP_PACKETS == 0:
                transport._sweep_calls(clock.at_s)
        took_ns = time.thread_time_ns() - began_ns
        if self.call.stats().packets_received - before != _BATCH:
            raise RuntimeError(f"packets were not taken: {self.call.stats().dropped}")
        return took_ns / 1000 / _BATCH

    def speak(self) -> float:
        """µs of one packet of the bot's voice."""
        opus = self.client._speech[1]
        began_ns = time.thread_time_ns()
        for _ in range(_BATCH):
            self.call.media_out.send_speech(opus, False)
        return (time.thread_time_ns() - began_ns) / 1000 / _BATCH


async def batches(count: int, once: Callable[[], float]) -> list[float]:
    found = []
    for _ in range(count + _WARM_BATCHES):
        found.append(once())
        await asyncio.sleep(0.005)  # what the batch has asked the loop for
    return found[_WARM_BATCHES:]


async def transport_alone(speech: Sequence[bytes], count: int) -> dict[str, list[float]]:
    served = Served(speech)
    await served.begin(Nothing())
    found = {
        "transport": await batches(count, served.receive),
        "speech": await batches(count, served.speak),
    }
    await served.end()
    return found


async def whole(speech: Sequence[bytes], count: int) -> dict[str, list[float]]:
    served = Served(speech)
    connection = Connection(
        Session(),
        call_id="call",
        microphone=True,
        channel=False,
        dialects=(),
        receiver_settings=ReceiverSettings(max_turn_ms=3_600_000),
        clock=served.clock,
        spool=NoSpool(),  # type: ignore[arg-type]  # has what is used of it
        counts=MediaCounts(),
    )
    await served.begin(connection)
    connection.call = served.call
    welcome = Welcome(
        interview_id="benchmark",
        connection_epoch=1,
        resumed=False,
        last_seq=0,
        title="",
        questions_total=1,
    )
    connection.begin(1, 0.0, None, welcome)

    def once() -> float:
        connection.intake.listen(1, None, 3_600_000)
        return served.receive()

    found = {"whole": await batches(count, once)}
    await served.end()
    return found


# --- connections ----------------------------------------------------------------------------------


async def serve(pipe: Pipe) -> None:
    transport = create_transport(_LOCAL)
    await transport.start()
    requests: asyncio.Queue[Any] = asyncio.Queue()
    loop = asyncio.get_running_loop()
    loop.add_reader(pipe.fileno(), lambda: requests.put_nowait(pipe.recv()))
    while True:
        what, *rest = await requests.get()
        if what == "offer":
            accepted = await transport.accept(rest[1], call_id=rest[0], sink=Nothing())
            pipe.send(accepted.answer_sdp)
        elif what == "cpu":
            pipe.send(time.process_time())
        else:
            break
    loop.remove_reader(pipe.fileno())
    await transport.close()


def server_process(pipe: Pipe) -> None:
    asyncio.run(serve(pipe))


async def connect(pipe: Pipe, count: int) -> dict[str, list[float]]:
    """ms of CPU of the server, and of the clock, for each connection from offer to channel."""

    def ask(*request: Any) -> Any:
        pipe.send(request)
        return pipe.recv()

    certificate = RTCCertificate.generateCertificate()
    cpu_ms, wall_ms = [], []
    for n in range(count + _WARM_BATCHES):
        client = LightClient(certificate, [b"\xf8\xff\xfe"])
        offer, before_s, began_s = client.offer(), ask("cpu"), time.perf_counter()
        await client.connect(ask("offer", str(n), offer))
        wall_ms.append((time.perf_counter() - began_s) * 1000)
        await asyncio.sleep(_SETTLE_S)  # what the server still does for it
        cpu_ms.append((ask("cpu") - before_s) * 1000)
        await client.close()
        await asyncio.sleep(0.05)
    return {"connection": cpu_ms[_WARM_BATCHES:], "connection_wall": wall_ms[_WARM_BATCHES:]}


def connections(count: int) -> dict[str, list[float]]:
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=server_process, args=(theirs,))
    process.start()
    try:
        found = asyncio.run(connect(ours, count))
        ours.send(("end",))
        process.join(10)
    finally:
        if process.is_alive():
            process.terminate()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--batches", type=int, default=40, help="of 500 packets")
    parser.add_argument("--connections", type=int, default=40)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    speech, _ = opus_of_speech()
    found: dict[str, list[float]] = {}
    if options.batches:
        found |= asyncio.run(transport_alone(speech, options.batches))
        found |= asyncio.run(whole(speech, options.batches))
    if options.connections:
        found |= connections(options.connections)
    report: dict[str, Any] = {"benchmark": "packet_cost", "conditions": conditions()}
    for name, values in found.items():
        unit = "ms" if name.startswith("connection") else "us"
        best, median = min(values), statistics.median(values)
        report[name] = {f"best_{unit}": best, f"median_{unit}": median}
        print(f"{name:18} best {best:8.2f}  median {median:8.2f} {unit}")
    if options.json is not None:
        options.json.write_text(json.dumps(report, indent=2) + "\n")


if __name__ == "__main__":
    main()
