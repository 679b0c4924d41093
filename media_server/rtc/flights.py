"""DTLS flights that are sent again early (RFC 6347 §4.2.4). Pure.

OpenSSL waits a second for the answer to a flight, then two, then four, and pyOpenSSL gives no way
to change it: on a network that loses every tenth datagram a handshake takes seconds. Here the
datagrams of the last flight are kept and sent again after 120 ms, then after twice as long.
OpenSSL's own timer goes on beside it.

A record in the clear gets a new number each time it leaves, as the RFC asks, so that the peer's
replay check lets it pass and the peer may answer by repeating its own flight. An encrypted record
(the Finished message) leaves bit for bit as before: whoever has had it drops it.
"""

from __future__ import annotations

FIRST_WAIT_S = 0.12
"""Above the round trip of most networks: a copy that was not needed only costs its bytes."""
LONGEST_WAIT_S = 1.0
"""OpenSSL's first wait: from there on both repeat at about the same pace."""
MAX_COPIES = 14
"""Of one flight, about 12 s: the connect deadline comes next."""
MAX_DATAGRAM_BYTES = 1200
"""Of a datagram of several records; passes the smallest MTU of IPv6 (1280), headers included."""
_SPACING_S = 0.05
"""A peer that asks more often is not answered more often."""
_HEADER_BYTES = 13
_CHANGE_CIPHER_SPEC, _HANDSHAKE = 20, 22
_CLIENT_HELLO = 1
_CLEAR = b"\x00\x00"
"""Epoch 0."""


class Flights:
    """What one side of a handshake sent last. Times are of any one monotonic clock, in seconds."""

    def __init__(self) -> None:
        self.due_s: float | None = None
        """When `copy` is to be called."""
        self._flight: list[bytes] = []
        self._begins: bytes = b""
        self._number = 0
        self._wait_s = FIRST_WAIT_S
        self._copies = 0
        self._sent_s = float("-inf")
        self._settled = False

    def send(self, written: bytes, now_s: float) -> list[bytes]:
        """The datagrams that carry what OpenSSL has just written."""
        records = split_records(written)
        handshake = [r for r in records if r[0] in {_CHANGE_CIPHER_SPEC, _HANDSHAKE}]
        if handshake and not self._settled:
            self._keep(handshake, now_s)
        return self._datagrams(records)

    def _keep(self, records: list[bytes], now_s: float) -> None:
        begins = _begins_with(records[0])
        if begins != self._begins:  # otherwise OpenSSL's own repetition of the same flight
            self._begins, self._wait_s, self._copies = begins, FIRST_WAIT_S, 0
        self._flight, self._sent_s = records, now_s
        self.due_s = now_s + self._wait_s

    def copy(self, now_s: float) -> list[bytes]:
        """The flight once more, or nothing: it has been sent often enough."""
        if self._settled or not self._flight or self._copies >= MAX_COPIES:
            self.due_s = None
            return []
        self._copies += 1
        self._sent_s = now_s
        self._wait_s = min(2 * self._wait_s, LONGEST_WAIT_S)
        self.due_s = now_s + self._wait_s
        return self._datagrams(self._flight)

    def asked_again(self, now_s: float) -> list[bytes]:
        """The peer has repeated the flight before: ours was lost (§4.2.4, "read retransmit")."""
        return self.copy(now_s) if now_s - self._sent_s >= _SPACING_S else []

    def settle(self) -> None:
        """The peer has shown that nothing more is needed: it sent what follows a handshake."""
        if self._settled:
            return
        self._settled, self.due_s = True, None
        self._flight = []

    def _datagrams(self, records: list[bytes]) -> list[bytes]:
        datagrams = [b""]
        for record in records:
            numbered = record
            if record[3:5] == _CLEAR:
                numbered = record[:5] + self._number.to_bytes(6, "big") + record[11:]
                self._number += 1
            if datagrams[-1] and len(datagrams[-1]) + len(numbered) > MAX_DATAGRAM_BYTES:
                datagrams.append(b"")
            datagrams[-1] += numbered
        return [datagram for datagram in datagrams if datagram]


def split_records(data: bytes) -> list[bytes]:
    """DTLS 1.2 records, headers included (RFC 6347 §4.1). A rest that is none stays together."""
    records = []
    position = 0
    while position < len(data):
        length = int.from_bytes(data[position + 11 : position + 13], "big")
        end = position + _HEADER_BYTES + length
        records.append(data[position:end])
        position = end
    return records


def is_client_hello(datagram: bytes) -> bool:
    """Begins with a ClientHello in the clear."""
    return (
        len(datagram) > _HEADER_BYTES
        and datagram[0] == _HANDSHAKE
        and datagram[3:5] == _CLEAR
        and datagram[_HEADER_BYTES] == _CLIENT_HELLO
    )


def _begins_with(record: bytes) -> bytes:
    """Names a flight: its first message's type and number, which a repetition keeps."""
    if record[0] == _HANDSHAKE and record[3:5] == _CLEAR:
        return record[_HEADER_BYTES : _HEADER_BYTES + 1] + record[17:19]
    return record[:1]
