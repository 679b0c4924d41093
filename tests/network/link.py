"""Two network namespaces and a bad link between them: every IP packet, TCP's too, is a copy.

Needs root and /dev/net/tun, nothing of the kernel's traffic control. Each namespace has one TUN
device whose other end is this process, which delays, loses, reorders and doubles. One direction
draws from its own generator, so that one seed gives the same fate to the n-th packet of each.

    python -m tests.network.link --a near --b far --net 10.77.0 --delay-ms 40 --loss 0.1

`near` gets the address .1 and `far` .2. The word `ready` says that both are there; SIGUSR1 begins
or ends an outage, SIGUSR2 one of UDP alone; SIGTERM takes everything away and prints what was seen
and lost, as JSON.
"""

from __future__ import annotations

import argparse
import asyncio
import ctypes
import fcntl
import json
import os
import random
import shutil
import signal
import struct
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_CLONE_NEWNET = 0x40000000
_TUNSETIFF = 0x400454CA
_IFF_TUN_NO_PI = 0x1001
_UDP = 17
_DEVICE = "link0"


def enter_namespace(name: str) -> None:
    """Put the calling thread into a network namespace: its sockets from now on are there."""
    libc = ctypes.CDLL(None, use_errno=True)
    handle = os.open(f"/run/netns/{name}", os.O_RDONLY)
    try:
        if libc.setns(handle, _CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), f"setns {name}")
    finally:
        os.close(handle)


def make_namespace(name: str, address: str) -> int:
    """A fresh namespace with `address` on a TUN device; the device's end on this side."""
    drop_namespace(name)
    _ip("netns", "add", name)
    here = os.open("/proc/self/ns/net", os.O_RDONLY)
    enter_namespace(name)
    try:
        device = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
        fcntl.ioctl(device, _TUNSETIFF, struct.pack("16sH14x", _DEVICE.encode(), _IFF_TUN_NO_PI))
    finally:
        ctypes.CDLL(None).setns(here, _CLONE_NEWNET)
        os.close(here)
    inside = ("-n", name)
    _ip(*inside, "link", "set", "lo", "up")
    _ip(*inside, "addr", "add", f"{address}/24", "dev", _DEVICE)
    _ip(*inside, "link", "set", _DEVICE, "mtu", "1500", "txqueuelen", "1000", "up")
    _ip(*inside, "route", "add", "default", "dev", _DEVICE)
    return device


def drop_namespace(name: str) -> None:
    _ip("netns", "del", name, check=False)


def _ip(*arguments: str, check: bool = True) -> None:
    subprocess.run(["ip", *arguments], check=check, stderr=None if check else subprocess.DEVNULL)


def is_udp(packet: bytes) -> bool:
    version = packet[0] >> 4
    return (version == 4 and packet[9] == _UDP) or (version == 6 and packet[6] == _UDP)


class Direction:
    """Packets of one direction, from one device to the other."""

    def __init__(self, source: int, target: int, options: argparse.Namespace, seed: str) -> None:
        self.source = source
        self.target = target
        self.options = options
        self.outage = False
        self.no_udp = bool(options.no_udp)
        self.seen = self.lost = self.overtook = self.doubled = 0
        self._rng = random.Random(seed)
        self._burst = 0
        self._due_s = 0.0

    def on_readable(self) -> None:
        with suppress(BlockingIOError):
            while True:
                self._take(os.read(self.source, 65536))

    def _take(self, packet: bytes) -> None:
        options, rng = self.options, self._rng
        self.seen += 1
        if self.outage or (self.no_udp and is_udp(packet)):
            self.lost += 1
            return
        if options.udp_only and not is_udp(packet):
            self._emit(packet)
            return
        if self._burst > 0 or rng.random() < options.loss:
            self._burst = self._burst - 1 if self._burst > 0 else options.burst
            self.lost += 1
            return
        loop = asyncio.get_running_loop()
        now_s = due_s = loop.time()
        if rng.random() < options.reorder:
            self.overtook += 1
        else:
            late_ms = max(0.0, options.delay_ms + rng.uniform(-1, 1) * options.jitter_ms)
            due_s = self._due_s = max(self._due_s, now_s + late_ms / 1000)
        loop.call_at(due_s, self._emit, packet)
        if rng.random() < options.dup:
            self.doubled += 1
            loop.call_at(due_s, self._emit, packet)

    def _emit(self, packet: bytes) -> None:
        try:
            os.write(self.target, packet)
        except OSError:
            self.lost += 1


async def run(options: argparse.Namespace) -> dict[str, int]:
    """Until SIGTERM or SIGINT."""
    near = make_namespace(options.a, f"{options.net}.1")
    far = make_namespace(options.b, f"{options.net}.2")
    ways = [
        Direction(near, far, options, f"{options.seed} there"),
        Direction(far, near, options, f"{options.seed} back"),
    ]

    def toggle() -> None:
        for way in ways:
            way.outage = not way.outage

    def toggle_udp() -> None:
        for way in ways:
            way.no_udp = not way.no_udp

    loop = asyncio.get_running_loop()
    over = asyncio.Event()
    for way in ways:
        loop.add_reader(way.source, way.on_readable)
    loop.add_signal_handler(signal.SIGUSR1, toggle)
    loop.add_signal_handler(signal.SIGUSR2, toggle_udp)
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, over.set)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    try:
        await over.wait()
    finally:
        for way in ways:
            loop.remove_reader(way.source)
            os.close(way.source)
        drop_namespace(options.a)
        drop_namespace(options.b)
    names = ("seen", "lost", "overtook", "doubled")
    return {name: sum(getattr(way, name) for way in ways) for name in names}


class NoLink(Exception):
    """Namespaces cannot be made here; the message says what is missing."""


def missing() -> str:
    """What this machine lacks for a link; empty where it has all."""
    if os.geteuid() != 0:
        return "network namespaces need root"
    if not Path("/dev/net/tun").exists():
        return "network namespaces need /dev/net/tun"
    return "" if shutil.which("ip") else "network namespaces need `ip` of iproute2"


@contextmanager
def linked(near: str, far: str, net: str, *weather: str) -> Iterator[subprocess.Popen[str]]:
    """The link as a process of its own, up until the end of the block. Raises `NoLink`."""
    if lack := missing():
        raise NoLink(lack)
    command = [sys.executable, "-m", "tests.network.link", "--a", near, "--b", far, "--net", net]
    process = subprocess.Popen([*command, *weather], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        if not process.stdout.readline().startswith("ready"):
            raise NoLink("network namespaces cannot be made here")
        yield process
    finally:
        process.terminate()
        process.communicate(timeout=10)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--a", required=True, help="namespace with the address .1")
    parser.add_argument("--b", required=True, help="namespace with the address .2")
    parser.add_argument("--net", default="10.77.0")
    parser.add_argument("--delay-ms", type=float, default=0.0)
    parser.add_argument("--jitter-ms", type=float, default=0.0, help="up to so much more or less")
    parser.add_argument("--loss", type=float, default=0.0)
    parser.add_argument("--burst", type=int, default=0, help="so many more are lost after each")
    parser.add_argument("--reorder", type=float, default=0.0)
    parser.add_argument("--dup", type=float, default=0.0)
    parser.add_argument("--no-udp", action="store_true", help="no UDP passes, from the start")
    parser.add_argument("--udp-only", action="store_true", help="leave TCP alone")
    parser.add_argument("--seed", type=int, default=1)
    sys.stdout.write(json.dumps(asyncio.run(run(parser.parse_args()))) + "\n")


if __name__ == "__main__":
    main()
