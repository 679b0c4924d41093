"""What we add to a packet's way: from its arrival in the kernel until its audio is in the ring.

    .venv/bin/python -m benchmarks.added_delay --calls 20,150 --losses 0,10 --json FILE

Real sockets, DTLS and SRTP: a process with the transport and a receiver per call, pinned to one
core, and the load on the others. The kernel stamps each datagram (SO_TIMESTAMPNS); the clock is
read again once `AudioReceiver.receive` or its timer has written that packet's audio. Where packets
are lost, before they are sent, those that came after a gap wait for what is missing: that wait is
in the figure. Reading the stamp costs a few microseconds a packet that the server itself saves.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import multiprocessing
import os
import random
import socket
import struct
import time
from array import array
from collections.abc import Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np
from aiortc import RTCCertificate

from benchmarks.candidate import SPEECH, Load, opus_of_speech
from benchmarks.process_tree import SERVER_CORE, conditions, leave_core
from benchmarks.rtc_calls import ask
from media_server.audio.receiver import (
    AudioReceiver,
    InterimDue,
    ReceiverEvent,
    ReceiverSettings,
    TurnEnded,
)
from media_server.audio.types import RTP_CLOCK_RATE, RtpPacket
from media_server.live.intake import RECEIVER_TIMER_S
from media_server.ports import Call, CloseReason
from media_server.rtc.factory import create_transport
from media_server.rtc.lite_network import LiteNetwork
from media_server.rtc.settings import RtcSettings
from media_server.rtc.udp import UdpEndpoint
from media_server.tools.light_client import LightClient

_EDGES_MS = (0.1, 0.2, 0.5, 1, 2, 3, 4, 5, 7, 10, 15, 20, 30, 40, 60, 80, 100, 120, 160, 200, 300)
_SO_TIMESTAMPNS = 35
"""Linux's number on x86 and ARM; the `socket` module does not name it."""
_TIMESPEC = struct.Struct("qq")
_ANCILLARY_BYTES = socket.CMSG_SPACE(_TIMESPEC.size)
_SOONEST_TIMER_S = 0.005


class StampedSocket:
    """A socket as `UdpEndpoint` uses it; `stamp_ns`: when the kernel had the last datagram."""

    def __init__(self, bound: socket.socket) -> None:
        bound.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        self._socket = bound
        self.stamp_ns = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._socket, name)

    def recvfrom(self, size: int) -> tuple[bytes, Any]:
        data, ancillary, _, address = self._socket.recvmsg(size, _ANCILLARY_BYTES)
        for level, kind, value in ancillary:
            if (level, kind) == (socket.SOL_SOCKET, _SO_TIMESTAMPNS):
                seconds, nanoseconds = _TIMESPEC.unpack(value)
                self.stamp_ns = seconds * 1_000_000_000 + nanoseconds
        return data, address


class Listener:
    """A call's sink: the receiver, its timer as the server sets it, and what each packet waited."""

    def __init__(self, stamped: StampedSocket, delays_ms: array[float]) -> None:
        self.call: Call | None = None
        self._stamped, self._delays_ms = stamped, delays_ms
        self._receiver = AudioReceiver(ReceiverSettings(), connection_epoch=1)
        self._receiver.listen(1)
        self._first_timestamp = -1
        self._stamps: dict[int, int] = {}
        self._timer: asyncio.TimerHandle | None = None

    def on_rtp(self, packet: RtpPacket, arrival_s: float) -> None:
        if self._first_timestamp < 0:
            self._first_timestamp = packet.timestamp
        self._stamps[packet.timestamp] = self._stamped.stamp_ns
        self._handle(self._receiver.receive(packet, arrival_s))

    def _handle(self, events: list[ReceiverEvent]) -> None:
        now_ns = time.time_ns()
        for media_s, _ in self._receiver.take_packets():
            timestamp = self._first_timestamp + round(media_s * RTP_CLOCK_RATE)
            stamp_ns = self._stamps.pop(timestamp & 0xFFFFFFFF, None)
            if stamp_ns is not None:
                self._delays_ms.append((now_ns - stamp_ns) / 1e6)
        for event in events:
            if isinstance(event, InterimDue):
                self._receiver.interim_done(event.segment.info.segment_id)
            elif isinstance(event, TurnEnded):
                self._receiver.listen(event.turn_epoch + 1)
        deadline_s = self._receiver.deadline()
        if deadline_s is not None and self._timer is None:
            wait_s = min(max(_SOONEST_TIMER_S, deadline_s - time.monotonic()), RECEIVER_TIMER_S)
            self._timer = asyncio.get_running_loop().call_later(wait_s, self._on_timer)

    def _on_timer(self) -> None:
        self._timer = None
        self._handle(self._receiver.handle_timer(time.monotonic()))

    def on_closed(self, reason: CloseReason) -> None:
        del reason
        if self._timer is not None:
            self._timer.cancel()
        self._receiver.close()

    @property
    def waiting(self) -> int:
        return len(self._stamps)

    def on_connected(self) -> None: ...
    def on_channel_open(self, label: str, protocol: str) -> None: ...
    def on_text(self, data: str | bytes) -> None: ...
    def on_playout(self, utterance_id: str, what: str, position_s: float) -> None: ...
    def on_quality(self, what: str) -> None: ...
    def on_alive(self, at_s: float) -> None: ...
    def on_limit(self, what: str) -> None: ...


def stamp(endpoints: Sequence[UdpEndpoint]) -> StampedSocket:
    """The transport bound to one address alone, so that there is one stamp to look at."""
    (endpoint,) = endpoints
    stamped = StampedSocket(endpoint._socket)
    endpoint._socket = stamped  # type: ignore[assignment]  # has what is used of a socket
    return stamped


async def serve(pipe: Connection) -> None:
    transport = create_transport(RtcSettings(bind_addresses=("127.0.0.1",), max_calls=5000))
    await transport.start()
    assert isinstance(transport.network, LiteNetwork)
    stamped = stamp(transport.network.endpoints)
    delays_ms = array("d")
    listeners: list[Listener] = []
    requests: asyncio.Queue[Any] = asyncio.Queue()
    loop = asyncio.get_running_loop()
    loop.add_reader(pipe.fileno(), lambda: requests.put_nowait(pipe.recv()))
    gc.freeze()  # as the server does: what was there at the start is not looked through again
    while True:
        what, *rest = await requests.get()
        if what == "offer":
            listener = Listener(stamped, delays_ms)
            accepted = await transport.accept(rest[0], call_id=str(len(listeners)), sink=listener)
            listener.call = accepted.call
            listeners.append(listener)
            pipe.send(accepted.answer_sdp)
        elif what == "figures":
            times = os.times()
            pipe.send((delays_ms.tobytes(), times.user + times.system, transport.live))
            del delays_ms[:]
        else:
            break
    loop.remove_reader(pipe.fileno())
    await transport.close()


def server_process(pipe: Connection, pin: str) -> None:
    if pin:
        os.sched_setaffinity(0, {int(core) for core in pin.split(",")})
    asyncio.run(serve(pipe))


class Lossy(LightClient):
    """Talks without end; of its packets each one is lost with the same probability."""

    def __init__(self, certificate: RTCCertificate, speech: Sequence[bytes], loss: float) -> None:
        super().__init__(certificate, speech)
        self._loss = loss
        self._packets = random.randrange(len(speech))
        self._chance = random.Random(self._packets)

    def send_next(self) -> None:
        payload = self._speech[self._packets % len(self._speech)]
        self._packets += 1
        if self._chance.random() < self._loss:
            self.skip_payload(payload)
        else:
            self.send_payload(payload)


async def load(pipe: Connection, calls: int, loss: float, seconds: float) -> dict[str, Any]:
    certificate = RTCCertificate.generateCertificate()
    speech, _ = opus_of_speech()
    clients = []
    for _ in range(calls):
        client = Lossy(certificate, speech, loss)
        await client.connect(ask(pipe, "offer", client.offer()))
        clients.append(client)
    senders: Load[Lossy] = Load(clients)
    sender = asyncio.create_task(senders.run())
    await asyncio.sleep(3)
    _, cpu_s, _ = ask(pipe, "figures")
    began_s, late = time.monotonic(), senders.late
    await asyncio.sleep(seconds)
    raw, cpu_after_s, live = ask(pipe, "figures")
    took_s = time.monotonic() - began_s
    sender.cancel()
    await asyncio.gather(sender, return_exceptions=True)
    await asyncio.gather(*(client.close() for client in clients), return_exceptions=True)
    return {
        "calls": calls,
        "loss_percent": round(100 * loss),
        "seconds": took_s,
        "server_cores": (cpu_after_s - cpu_s) / took_s,
        "live": live,
        "load_late_ticks": senders.late - late,
        **spread(np.frombuffer(raw, np.float64)),
    }


def spread(delays_ms: Any) -> dict[str, Any]:
    if not len(delays_ms):
        return {"packets": 0}
    shares = {"p50": 0.5, "p90": 0.9, "p95": 0.95, "p99": 0.99}
    counts, _ = np.histogram(delays_ms, [-np.inf, *_EDGES_MS, np.inf])
    return {
        "packets": len(delays_ms),
        **{f"{name}_ms": float(np.quantile(delays_ms, share)) for name, share in shares.items()},
        "histogram": {"up_to_ms": [*_EDGES_MS, None], "packets": [int(n) for n in counts]},
    }


def measure(calls: int, loss: float, seconds: float, pin: str) -> dict[str, Any]:
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(
        target=server_process, args=(theirs, pin)
    )
    process.start()
    try:
        row = asyncio.run(load(ours, calls, loss, seconds))
        ours.send(("end",))
        process.join(10)
        return row
    finally:
        if process.is_alive():
            process.terminate()


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--calls", default="20,150")
    parser.add_argument("--losses", default="0,10", help="percent")
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--pin", default=SERVER_CORE, help="cores of the server; empty: not pinned")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    leave_core(options.pin)
    speech = "recording" if SPEECH.exists() else "synthetic"
    report: dict[str, Any] = {
        "benchmark": "added_delay",
        "conditions": conditions() | {"speech": speech},
        "rows": [],
    }
    for calls in map(int, options.calls.split(",")):
        for percent in map(float, options.losses.split(",")):
            row = measure(calls, percent / 100, options.seconds, options.pin)
            report["rows"].append(row)
            shown = (f"{name} {value:.4g}" for name, value in row.items() if name != "histogram")
            print("  ".join(shown), flush=True)
            if options.json is not None:
                options.json.write_text(json.dumps(report, indent=2) + "\n")


if __name__ == "__main__":
    main()
