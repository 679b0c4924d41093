"""The sockets: one UDP port for all calls, bound on each address of its own.

A socket per address, not one wildcard socket, so that an answer leaves from the address the
question came to: a browser drops answers from anywhere else. Read and written directly on the
loop's selector, several datagrams per wake-up, without a queue between.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import ipaddress
import socket
import struct
import sys
from collections.abc import Callable, Iterable
from typing import Any

import ifaddr

from media_server.rtc.guard import FaultLog
from media_server.rtc.settings import RtcSettings

Address = tuple[Any, ...]
"""As the socket gives it: (host, port) or (host, port, flow, scope)."""

_READS_PER_WAKE_UP = 32
"""Bounds how long one wake-up holds the loop: 32 packets at 0.1 ms."""
_BUSY_READS = 4
"""So many at one wake-up mean that packets come faster than wake-ups pay."""
_POLL_S = 0.003
"""Where packets come faster than this, the socket is read by the clock: under load a wake-up of
the process costs more than the packet that caused it. Adds half of it to a packet's delay."""
_READ_BYTES = 2048
"""More than `guard.MAX_DATAGRAM_BYTES`: a datagram that is too long shows as such."""
BUFFER_BYTES = 4 << 20
"""Half a second of 200 calls, as the kernel counts a small packet (about 1.2 KB). Linux' own limit
holds a thirtieth of a second: any pause of the process would cost everybody packets."""
_RECEIVE_BUFFER_FORCE = 33 if sys.platform == "linux" else None
_MEMORY_INFO = 55 if sys.platform == "linux" else None
"""SO_RCVBUFFORCE and SO_MEMINFO of Linux, which `socket` does not name."""
_MEMORY_INFO_FIELDS = struct.Struct("9I")
_PORT_ATTEMPTS = 16
"""The port that the system gives for the first address may be taken on another one."""
_MAX_ADDRESSES = 16
"""A socket and a line of the answer for each; a machine with containers may have hundreds."""


class CannotBind(OSError):
    """No socket could be had; the text says which and what to do. An OSError, as `ports.Transport`
    says."""


class UdpEndpoint:
    """One bound socket. `on_datagram(endpoint, data, address)` runs on the loop."""

    def __init__(self, bound: socket.socket) -> None:
        self._socket = bound
        name = bound.getsockname()
        self.host: str = name[0]
        self.port: int = name[1]
        self.send_failures = 0
        """Datagrams that the kernel would not take, since it was bound."""
        self._loop: asyncio.AbstractEventLoop | None = None
        self._poll: asyncio.TimerHandle | None = None
        self._on_datagram: Callable[[UdpEndpoint, bytes, Address], None] | None = None
        self._faults = FaultLog()

    def open(
        self,
        on_datagram: Callable[[UdpEndpoint, bytes, Address], None],
        faults: FaultLog | None = None,
    ) -> None:
        """`faults` counts what `on_datagram` raises: one datagram must not stop the rest."""
        self._on_datagram = on_datagram
        self._faults = faults or self._faults
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._socket.fileno(), self._readable)

    def close(self) -> None:
        """Stop reading and give the port back. Also from within `on_datagram`."""
        if self._loop is not None:
            if self._poll is None:
                self._loop.remove_reader(self._socket.fileno())
            else:
                self._poll.cancel()
                self._poll = None
            self._loop = None
        self._socket.close()

    @property
    def receive_buffer_bytes(self) -> int:
        """What the kernel grants, in the unit in which it was asked for."""
        granted = self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)
        return granted // 2 if sys.platform == "linux" else granted

    def kernel_drops(self) -> int:
        """Datagrams that came and found the buffer full; 0 where the kernel does not say."""
        if _MEMORY_INFO is None or self._socket.fileno() < 0:
            return 0
        with contextlib.suppress(OSError, struct.error):  # Linux before 4.12
            size = _MEMORY_INFO_FIELDS.size
            info = self._socket.getsockopt(socket.SOL_SOCKET, _MEMORY_INFO, size)
            return int(_MEMORY_INFO_FIELDS.unpack(info)[8])
        return 0

    def send(self, data: bytes, address: Address) -> bool:
        """False: the kernel would not take it now. UDP promises nothing, so it is lost."""
        try:
            self._socket.sendto(data, address)
        except OSError:  # full buffer, no route, interface gone: all of them loss to the peer
            self.send_failures += 1
            return False
        return True

    def _readable(self) -> None:
        reads = self._read()
        loop = self._loop
        if loop is not None and reads >= _BUSY_READS:
            loop.remove_reader(self._socket.fileno())
            self._poll = loop.call_later(_POLL_S, self._read_by_clock)

    def _read_by_clock(self) -> None:
        reads = 0
        try:
            reads = self._read()
        finally:  # whatever happened: with neither timer nor reader every call is deaf
            self._read_again(reads)

    def _read_again(self, reads: int) -> None:
        loop = self._loop
        if loop is None:
            return
        if reads >= _BUSY_READS:
            wait_s = 0.0 if reads >= _READS_PER_WAKE_UP else _POLL_S
            self._poll = loop.call_later(wait_s, self._read_by_clock)
        else:
            self._poll = None
            loop.add_reader(self._socket.fileno(), self._readable)

    def _read(self) -> int:
        """Handle what has come, up to the bound; how many that was."""
        receive, handle = self._socket.recvfrom, self._on_datagram
        if handle is None:
            return 0
        for reads in range(_READS_PER_WAKE_UP):
            try:
                data, address = receive(_READ_BYTES)
            except (BlockingIOError, InterruptedError):
                return reads
            except OSError:  # an ICMP error of an earlier datagram
                continue
            try:
                handle(self, data, address)
            except Exception as error:
                self._faults.note("error_datagram", error)
            if self._loop is None:  # closed by what was just handled
                return reads
        return _READS_PER_WAKE_UP


def bind_endpoints(settings: RtcSettings) -> list[UdpEndpoint]:
    """Every wanted address on one port number. Raises CannotBind."""
    addresses = wanted_addresses(settings)
    attempts = 1 if settings.port else _PORT_ATTEMPTS
    failure = (
        "no address of this machine can be used for media. Name one: "
        "MEDIA_SERVER_RTC_BIND_ADDRESSES=127.0.0.1 media-server serve"
    )
    for _ in range(attempts):
        found: list[UdpEndpoint] = []
        port, clash = settings.port, False
        for address, required in addresses:
            try:
                bound = _bind(address, port)
            except OSError as error:
                failure = _explain(address, port, error)
                # an address that is not usable yet (IPv6 still checking) is left out; a port
                # that is taken on one address would mislead clients on all
                clash = clash or required or error.errno == errno.EADDRINUSE
                continue
            port = port or bound.getsockname()[1]
            found.append(UdpEndpoint(bound))
        if found and not clash:
            return found
        for endpoint in found:
            endpoint.close()
    raise CannotBind(failure)


def _explain(address: str, port: int, error: OSError) -> str:
    """As for the HTTP port: what is wrong, and what to type."""
    if error.errno == errno.EADDRINUSE:
        another = port + 1 if port < 65_535 else 50_000
        return (
            f"UDP port {port} is taken by another program (on {address}). Stop it, or choose "
            f"another: MEDIA_SERVER_RTC_PORT={another} media-server serve"
        )
    if error.errno == errno.EADDRNOTAVAIL:
        return (
            f"UDP {address} is no address of this machine. Correct "
            "MEDIA_SERVER_RTC_BIND_ADDRESSES, or leave it out for every address"
        )
    if error.errno == errno.EACCES:
        return (
            f"UDP port {port} needs privileges. Choose another, above 1023: "
            "MEDIA_SERVER_RTC_PORT=50000 media-server serve"
        )
    return (
        f"cannot bind UDP {address} port {port}: {error.strerror or error}. Choose another: "
        "MEDIA_SERVER_RTC_PORT, MEDIA_SERVER_RTC_BIND_ADDRESSES"
    )


def small_buffer(endpoints: Iterable[UdpEndpoint]) -> tuple[str, str] | None:
    """(what is wrong, how to fix it) where the kernel grants less than was asked for."""
    granted = min(endpoint.receive_buffer_bytes for endpoint in endpoints)
    if granted >= BUFFER_BYTES:
        return None
    wrong = (
        f"the kernel buffers {granted // 1024} KiB of media, not {BUFFER_BYTES // 1024}: with many "
        "calls every pause of this process loses packets"
    )
    fix = f"sysctl -w net.core.rmem_max={BUFFER_BYTES} (and in /etc/sysctl.d), then start again"
    return wrong, fix


def wanted_addresses(settings: RtcSettings) -> list[tuple[str, bool]]:
    """(address, whether it must be had): what was named must, what was found need not."""
    named = [(address, True) for address in settings.named_addresses()]
    families = settings.wildcard_families()
    known = {address for address, _ in named}
    found = [
        (address, False)
        for address in local_addresses()
        if ipaddress.ip_address(address).version in families and address not in known
    ]
    return (named + found)[:_MAX_ADDRESSES]


def local_addresses() -> list[str]:
    """Addresses of this machine that a client might reach, 127.0.0.1 and ::1 last."""
    found = {"127.0.0.1"}
    for adapter in ifaddr.get_adapters():
        for entry in adapter.ips:
            text = entry.ip if isinstance(entry.ip, str) else entry.ip[0]
            found.add(text.partition("%")[0])
    usable = [a for a in _parsed(found) if not (a.is_link_local or a.is_multicast)]
    usable.sort(key=lambda a: (a.is_loopback, a.version, a.packed))
    return [str(address) for address in usable]


def _parsed(texts: Iterable[str]) -> Iterable[ipaddress.IPv4Address | ipaddress.IPv6Address]:
    for text in texts:
        with contextlib.suppress(ValueError):
            yield ipaddress.ip_address(text)


def _bind(address: str, port: int) -> socket.socket:
    version = ipaddress.ip_address(address).version
    family = socket.AF_INET if version == 4 else socket.AF_INET6
    bound = socket.socket(family, socket.SOCK_DGRAM)
    try:
        if version == 6:
            bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        for option in (socket.SO_RCVBUF, socket.SO_SNDBUF, _RECEIVE_BUFFER_FORCE):
            # a smaller buffer works too, and the last is for root alone
            with contextlib.suppress(OSError):
                if option is not None:
                    bound.setsockopt(socket.SOL_SOCKET, option, BUFFER_BYTES)
        bound.setblocking(False)
        bound.bind((address, port))
    except OSError:
        bound.close()
        raise
    return bound
