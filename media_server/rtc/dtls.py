"""aiortc's DTLS transport on a datagram port of ours.

Every private member of `RTCDtlsTransport` that we lean on is used in this file (and those of the
SCTP transport in `channel.py`); `tests/rtc/test_aiortc_contract.py` holds them.
"""

from __future__ import annotations

import asyncio
import datetime
from collections.abc import Callable, Sequence
from typing import Any

from aiortc import (
    RTCCertificate,
    RTCDtlsFingerprint,
    RTCDtlsParameters,
    RTCDtlsTransport,
)
from OpenSSL import SSL

from media_server.rtc.flights import Flights, is_client_hello
from media_server.rtc.meter import CallMeter
from media_server.rtc.sdp import Fingerprint

_QUEUE = 64
"""Records that wait for the handshake or the data channel; more are lost, as UDP may."""


_DTLS_1_2 = 0xFEFD
_BIO_BYTES = 16_384
"""Read from OpenSSL at a time: more than any flight of ours."""


class SharedCertificate(RTCCertificate):
    """One ECDSA P-256 certificate and one OpenSSL context for every call of the process."""

    _context: SSL.Context | None = None

    def _create_ssl_context(self, srtp_profiles: list[Any]) -> SSL.Context:
        if self._context is None:
            self._context = super()._create_ssl_context(srtp_profiles)
            # `flights` knows the records of 1.2; those of 1.3 are acknowledged, not repeated
            self._context.set_max_proto_version(_DTLS_1_2)
        return self._context

    def days_left(self) -> float:
        """Until it expires; negative afterwards. The transport makes a new one in time, for new
        calls."""
        left = self.expires - datetime.datetime.now(datetime.UTC)
        return left.total_seconds() / 86_400

    def fingerprints(self) -> tuple[Fingerprint, ...]:
        """SHA-256 alone: what every client knows."""
        return tuple(
            Fingerprint(item.algorithm, item.value)
            for item in self.getFingerprints()
            if item.algorithm == "sha-256"
        )


class DatagramPort:
    """What `RTCDtlsTransport` takes for its ICE transport: `_recv`, `_send`, `role`.

    Feed it single records: of a datagram with several aiortc reads one and keeps the rest for ever.
    `meter` measures from when to when `metered` works on each.
    """

    role = "controlled"

    def __init__(self, send: Callable[[bytes], object], meter: CallMeter | None = None) -> None:
        self._send_datagram = send
        self._meter = meter
        self._queue: asyncio.Queue[bytes | None] = asyncio.Queue(_QUEUE + 1)
        self._closed = self._deaf = False
        self.metered: asyncio.Future[None] | None = None
        """The task that handles what it receives before it asks for more. The handshake is none:
        it receives in a task of its own, and until it goes on others use the CPU. It is bounded by
        the queue, the allowance and the connect deadline."""

    def feed(self, data: bytes) -> bool:
        """Queue one record. False: it is lost, because the queue is full, or nothing is read any
        more."""
        if self._closed or self._deaf or self._queue.qsize() >= _QUEUE:
            return False
        self._queue.put_nowait(data)
        return True

    def stop_listening(self) -> None:
        """What waits and what comes is lost; what is sent still leaves. For a call over its budget,
        which has yet to say why it ends."""
        if self._closed:
            return
        self._deaf = True
        while not self._queue.empty():
            self._queue.get_nowait()

    def close(self) -> None:
        """Let whoever reads get ConnectionError, after what waits. Again: nothing."""
        if not self._closed:
            self._closed = True
            self._queue.put_nowait(None)

    async def _recv(self) -> bytes:
        meter = self._meter if asyncio.current_task() is self.metered else None
        if meter is not None:
            meter.pause()
        data = await self._queue.get()
        if data is None:
            raise ConnectionError("the call is closed")
        if meter is not None:
            meter.begin()
        return data

    async def _send(self, data: bytes) -> None:
        self._send_datagram(data)


class QuickDtls(RTCDtlsTransport):
    """`RTCDtlsTransport` whose flights are sent again early. `watch_flights` before `start`."""

    unsettled = False
    """Copies of a flight are still to be sent: `settle` has something to do."""
    _flights: Flights
    _next_copy: asyncio.TimerHandle | None = None

    def watch_flights(self) -> None:
        """Once, before `start`: from here on each flight is kept until it is settled."""
        self._flights = Flights()

    def settle(self) -> None:
        """The peer needs no flight any more, or there is no peer."""
        if self.unsettled:
            self._flights.settle()
            self._arm()

    def _send_now(self, data: bytes) -> None:
        raise NotImplementedError

    async def _write_ssl(self) -> None:
        """What aiortc calls to send whatever OpenSSL has written."""
        if self._ssl is None:
            return
        written = b""
        while part := _read_bio(self._ssl):
            written += part
        if written:
            for datagram in self._flights.send(written, asyncio.get_running_loop().time()):
                await self.transport._send(datagram)
            self._arm()

    def _arm(self) -> None:
        if self._next_copy is not None:
            self._next_copy.cancel()
            self._next_copy = None
        due_s = self._flights.due_s
        self.unsettled = due_s is not None
        if due_s is not None:
            self._next_copy = asyncio.get_running_loop().call_at(due_s, self._copy_due)

    def _copy_due(self) -> None:
        self._send_copies(self._flights.copy(asyncio.get_running_loop().time()))

    def _send_copies(self, datagrams: Sequence[bytes]) -> None:
        for datagram in datagrams:
            self._send_now(datagram)
        self._arm()

    async def stop(self) -> None:
        """Send close_notify if connected and cancel the pump, without waiting for it; no more
        copies."""
        self.settle()
        await super().stop()


def _read_bio(connection: SSL.Connection) -> bytes:
    try:
        return connection.bio_read(_BIO_BYTES)
    except SSL.Error:  # nothing more
        return b""


class LiteDtls(QuickDtls):
    """DTLS server of one call."""

    def __init__(self, port: DatagramPort, certificate: SharedCertificate) -> None:
        super().__init__(port, [certificate])  # type: ignore[arg-type]  # has what is used of it
        self._port = port
        self._set_role("server")
        self.watch_flights()

    def _send_now(self, data: bytes) -> None:
        self._port._send_datagram(data)

    def heard(self, data: bytes) -> None:
        """A datagram of the peer's, before it is handled: it may ask for the flight again."""
        if self._next_copy is not None and is_client_hello(data):
            self._send_copies(self._flights.asked_again(asyncio.get_running_loop().time()))

    @property
    def pump(self) -> asyncio.Future[None] | None:
        """The task that reads what comes once connected."""
        return self._task

    def srtp_sessions(self) -> tuple[Any, Any]:
        """(receive, send) libsrtp sessions, once connected."""
        return self._rx_srtp, self._tx_srtp

    def say_goodbye(self) -> None:
        """Write close_notify now, before the gate closes: the client then need not wait.

        Nothing when not connected. What cannot be written is left: the client's own timeout ends
        it.
        """
        if self.state != "connected" or self._ssl is None:
            return
        try:
            self._ssl.shutdown()
            data = self._ssl.bio_read(1500)
        except SSL.Error:
            return
        self._port._send_datagram(data)

    async def tear_down(self) -> None:
        """Stop and wait for the pump, whose end nobody else awaits."""
        pump = self._task
        await self.stop()
        if pump is not None:
            await asyncio.gather(pump, return_exceptions=True)
        self.remove_all_listeners()


def peer_parameters(fingerprints: Sequence[Fingerprint]) -> RTCDtlsParameters:
    """Of the offer's fingerprints: a certificate that does not match each of them fails the
    handshake."""
    return RTCDtlsParameters(
        fingerprints=[RTCDtlsFingerprint(f.algorithm, f.value) for f in fingerprints]
    )
