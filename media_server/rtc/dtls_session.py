"""The DTLS session of one call: what is refused before OpenSSL sees it, attempts, the end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from media_server.rtc.dtls import DatagramPort, LiteDtls, SharedCertificate, peer_parameters
from media_server.rtc.guard import Allowance, dtls_records, is_client_dtls
from media_server.rtc.meter import CallMeter
from media_server.rtc.sdp import Fingerprint

_HANDSHAKE_ATTEMPTS = 3
"""Garbage before the first flight spends one: somebody may forge a validated address."""
_DATAGRAMS_PER_S = 400
_DATAGRAMS_BURST = 2000
"""As for media (`media_in`), of which far more comes."""
_MAX_RECORDS = 16
"""In one DTLS datagram. Clients send one, or the five of a flight; a hundred fit."""


class DtlsSession:
    """Feed it what arrives (`admit`, then `receive`), await `handshake`, `tear_down` at the end."""

    def __init__(
        self,
        certificate: SharedCertificate,
        fingerprints: Sequence[Fingerprint],
        meter: CallMeter,
        send: Callable[[bytes], object],
        drop: Callable[[str], None],
    ) -> None:
        """`fingerprints`: of the client's offer. `drop` counts what is refused, by reason."""
        self.certificate = certificate
        self._fingerprints = fingerprints
        self._port = DatagramPort(send, meter)
        self.transport = LiteDtls(self._port, certificate)
        """Of the newest attempt."""
        self._drop = drop
        self._allowance = Allowance(_DATAGRAMS_PER_S, _DATAGRAMS_BURST)
        self._closed = False

    def refill(self, elapsed_s: float) -> None:
        """Call a few times a second."""
        self._allowance.refill(elapsed_s)

    def admit(self, data: bytes) -> list[bytes]:
        """The records of a datagram; none: refused and counted."""
        records = dtls_records(data) if is_client_dtls(data) else []
        if not 0 < len(records) <= _MAX_RECORDS:
            self._drop("dtls_forged")
            return []
        if not self._allowance.take():
            self._drop("dtls_overflow")
            return []
        return records

    def receive(self, data: bytes, records: Sequence[bytes]) -> None:
        """What `admit` has let through. May send a flight again at once."""
        self.transport.heard(data)
        for record in records:
            if not self._port.feed(record):
                self._drop("dtls_overflow")

    async def handshake(self) -> bool:
        """True: connected, and the peer has shown the certificate of its offer (RFC 8122 §5).

        False: failed for good. Garbage before the first flight only costs an attempt. It has no
        deadline of its own: the call cancels it after `connect_timeout_s`.
        """
        for _ in range(_HANDSHAKE_ATTEMPTS):
            await self.transport.start(peer_parameters(self._fingerprints))
            if self.transport.state == "connected":
                self._port.metered = self.transport.pump
                return True
            if self.transport.encrypted or self._closed:
                break  # the peer is not who the offer says, or speaks no SRTP
            await self.transport.tear_down()
            self.transport = LiteDtls(self._port, self.certificate)
        return False

    async def until_peer_ends(self) -> None:
        """DTLS ends at our `close` or at the peer's close_notify, which is authenticated."""
        ended = asyncio.Event()
        self.transport.on("statechange", ended.set)
        if self.transport.state == "connected":
            await ended.wait()

    def stop_listening(self) -> None:
        """See `DatagramPort.stop_listening`."""
        self._port.stop_listening()

    def close(self, *, goodbye: bool) -> None:
        """`goodbye`: with close_notify (RFC 5246 §7.2.1), so that the client need not wait."""
        if goodbye:
            self.transport.say_goodbye()
        self._closed = True
        self._port.close()

    async def tear_down(self) -> None:
        """Returns when the task that reads is gone. The caller sets a deadline."""
        await self.transport.tear_down()
