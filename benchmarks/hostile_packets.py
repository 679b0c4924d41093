"""What a hostile packet costs this server in CPU, and what it costs aiortc without our guards.

    python -m benchmarks.hostile_packets [--packets 200] [--json FILE]

SCTP goes to a real association each (DTLS is left out), once behind our guards and once to
aiortc's own, the latter in a child process that may use 10 s of CPU. "ends" says after how many
packets our side closed the call. The other parsers are measured by themselves. The last lines say
what the budget of a call costs each honest packet. Times are CPU, so a busy machine changes little.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import resource
import struct
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from media_server.rtc import stun
from media_server.rtc.channel import MESSAGES_BURST
from media_server.rtc.guard import dtls_records, is_client_dtls
from media_server.rtc.meter import CallMeter
from media_server.rtc.rtp import parse_rtcp, parse_rtp
from media_server.rtc.settings import RtcSettings
from tests.fuzz.association import TSN, Peer, chunk, chunk_parameter, data, sack

CPU_LIMIT_S = 10
_PIECES = 58
_INIT = struct.pack("!IIHHI", 77, 131_072, 1024, 1024, TSN)


@dataclass(frozen=True, slots=True)
class Cost:
    packets: int
    mean_us: float
    worst_us: float
    ends_after: int | None = None
    """Packets until our side closed the call; None: it did not."""


def _pieces(number: int, flags: int, step: int = 1) -> list[bytes]:
    first = TSN + 2 + number * _PIECES if step > 0 else TSN + 100_000 - number * _PIECES
    return [data(first + step * n, 0, 1, flags, 51, b"x") for n in range(_PIECES)]


def _message(number: int) -> list[bytes]:
    """An honest message, in order, for comparison."""
    return [data(TSN + number, 0, number & 0xFFFF, 3, 51, b'{"type": "ping"}')]


_RESETS = chunk_parameter(13, struct.pack("!III", 7, TSN, TSN + 10_000) + bytes(40))
SCTP: dict[str, Callable[[int], list[bytes]]] = {
    "an honest message": _message,
    "HEARTBEAT, parameter of length 0": lambda _: [chunk(4, 0, b"\0\1\0\0")],
    "RE-CONFIG, parameter of length 0": lambda _: [chunk(130, 0, b"\0\1\0\0")],
    "DATA without data": lambda n: [data(TSN + 2 + n, 0, 1, 2, 51, b"")] * _PIECES,
    "pieces of 1 byte, in order": lambda n: _pieces(n, 0 if n else 2),
    "pieces of 1 byte, unordered": lambda n: _pieces(n, 6),
    "pieces of 1 byte, backwards": lambda n: _pieces(n, 4, -1),
    "SACK of 250 whole ranges": lambda _: [sack(1, [(1, 65_535)] * 250, 0)],
    "SACK twice": lambda _: [sack(1, [], 0)] * 2,
    "HEARTBEAT of 1 kB": lambda _: [chunk(4, 0, chunk_parameter(1, bytes(1000)))],
    "290 HEARTBEATs in a packet": lambda _: [chunk(4, 0, b"")] * 290,
    "RE-CONFIG with 19 resets": lambda _: [chunk(130, 0, _RESETS * 19)],
    "90 FORWARD TSNs in a packet": lambda n: [
        chunk(192, 0, struct.pack("!II", TSN + n * 90 + k, k)) for k in range(90)
    ],
    "INIT again and again": lambda _: [chunk(1, 0, _INIT)],
    "random chunks": lambda n: [
        chunk(random.Random(n).randrange(256), 3, random.Random(n).randbytes(200))
    ],
}


async def _measure(make: Callable[[int], list[bytes]], packets: int, *, guarded: bool) -> Cost:
    peer = Peer(guarded=guarded)
    await peer.begin()
    times: list[float] = []
    ends_after: int | None = None
    for number in range(packets):
        chunks = make(number)
        tag = 0 if chunks[0][0] == 1 else None
        began_s = time.thread_time()
        try:
            await peer.send(chunks, tag=tag)
        except Exception as error:  # aiortc alone raises what it likes
            if guarded:
                raise
            del error
        times.append(time.thread_time() - began_s)
        peer.dtls.sent.clear()
        if peer.owner.limits:
            ends_after = number + 1
            break
    await peer.end()
    return Cost(len(times), sum(times) / len(times) * 1e6, max(times) * 1e6, ends_after)


def _alone(name: str, packets: int) -> Cost | None:
    """None: not done within the limit."""
    command = [sys.executable, "-m", "benchmarks.hostile_packets", "--alone", name]
    child = subprocess.run(
        [*command, "--packets", str(packets)], capture_output=True, text=True, check=False
    )
    if child.returncode:
        return None
    return Cost(**json.loads(child.stdout))


def _limit() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_LIMIT_S, CPU_LIMIT_S))
    resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))


def _parsers() -> dict[str, Callable[[], object]]:
    nacks = struct.pack("!BBHII", 0x81, 205, 370, 1, 1) + b"\0\1\xff\xff" * 368
    parts = struct.pack("!BBHI", 0x80, 201, 1, 1) * 187
    records = struct.pack("!BHHHIHB", 23, 0xFEFD, 1, 0, 0, 1, 0) * 107
    check = struct.pack("!HHI", 1, 1240, stun.MAGIC_COOKIE) + bytes(12) + b"\x80\x22\0\0" * 310
    rtp = struct.pack("!BBHII", 0x9F, 111, 1, 1, 1) + bytes(1200)

    def read_stun() -> None:
        try:
            stun.parse_request(check)
        except stun.BadStun:
            return

    return {
        "RTCP, 6000 NACKs": lambda: parse_rtcp(nacks),
        "RTCP, 187 parts": lambda: parse_rtcp(parts),
        "DTLS, 107 records": lambda: is_client_dtls(records) and dtls_records(records),
        "STUN, 310 attributes": read_stun,
        "RTP, 15 CSRCs and an extension": lambda: parse_rtp(rtp),
    }


def _time(call: Callable[[], object], rounds: int = 2000) -> float:
    """Microseconds of CPU each."""
    began_s = time.thread_time()
    for _ in range(rounds):
        call()
    return (time.thread_time() - began_s) / rounds * 1e6


def _budget_us() -> float:
    """For one honest packet: two looks at the clock and the accounting."""
    meter = CallMeter(RtcSettings().call_limits(), time.monotonic, lambda _: None)
    rounds, size = 200_000, 200
    began_s = time.thread_time()
    for number in range(rounds):
        began = meter.clock()
        meter.charge(began, size)
        if number % 1000 == 0:
            meter._budget.refill(time.monotonic() + number)
    full_s = time.thread_time() - began_s
    began_s = time.thread_time()
    for number in range(rounds):
        if number % 1000 == 0:
            pass
    return (full_s - (time.thread_time() - began_s)) / rounds * 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--packets", type=int, default=200)
    parser.add_argument("--alone", help=argparse.SUPPRESS)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    if arguments.alone:
        _limit()
        cost = asyncio.run(_measure(SCTP[arguments.alone], arguments.packets, guarded=False))
        print(json.dumps(asdict(cost)))
        return
    report: dict[str, object] = {}
    print(
        f"{'µs of CPU per packet':36}{'here':>9}{'worst':>9}{'ends':>6}{'aiortc':>12}{'worst':>10}"
    )
    for name, make in SCTP.items():
        # more honest messages at once than a burst are not honest
        packets = MESSAGES_BURST if make is _message else arguments.packets
        here = asyncio.run(_measure(make, packets, guarded=True))
        alone = _alone(name, packets)
        ends = "-" if here.ends_after is None else str(here.ends_after)
        theirs = f"{alone.mean_us:12.0f}{alone.worst_us:10.0f}" if alone else (
            f"   more than {CPU_LIMIT_S} s"
        )  # fmt: skip
        print(f"{name:36}{here.mean_us:9.0f}{here.worst_us:9.0f}{ends:>6}{theirs}")
        report[name] = {"here": asdict(here), "aiortc": asdict(alone) if alone else None}
    for name, call in _parsers().items():
        report[name] = _time(call)
        print(f"{name:36}{report[name]:9.1f}")
    report["budget per packet"] = _budget_us()
    print(f"{'budget, per honest packet':36}{report['budget per packet']:9.2f}")
    if arguments.json:
        arguments.json.write_text(json.dumps(report, indent=2))


if __name__ == "__main__":
    main()
