"""DTLS flights sent again: when, how often, with which record numbers."""

from __future__ import annotations

import pytest

from media_server.rtc.flights import (
    FIRST_WAIT_S,
    LONGEST_WAIT_S,
    MAX_COPIES,
    MAX_DATAGRAM_BYTES,
    Flights,
    is_client_hello,
    split_records,
)


def record(kind: int, epoch: int, number: int, body: bytes) -> bytes:
    return b"".join(
        (
            bytes([kind]),
            b"\xfe\xfd",
            epoch.to_bytes(2, "big"),
            number.to_bytes(6, "big"),
            len(body).to_bytes(2, "big"),
            body,
        )
    )


def message(kind: int, number: int, body: bytes = b"body") -> bytes:
    """A handshake message, in one fragment."""
    length = len(body).to_bytes(3, "big")
    return bytes([kind]) + length + number.to_bytes(2, "big") + bytes(3) + length + body


SERVER_HELLO = record(22, 0, 0, message(2, 1)) + record(22, 0, 1, message(11, 2, b"c" * 300))
FINISHED = record(20, 0, 2, b"\x01") + record(22, 1, 0, b"sealed" * 6)
APPLICATION = record(23, 1, 1, b"sealed" * 4)


def numbers(datagrams: list[bytes]) -> list[int]:
    """Of the records in the clear."""
    return [
        int.from_bytes(r[5:11], "big")
        for datagram in datagrams
        for r in split_records(datagram)
        if r[3:5] == b"\x00\x00"
    ]


def test_a_flight_leaves_as_written_and_again_after_waits_that_double() -> None:
    flights = Flights()
    (datagram,) = flights.send(SERVER_HELLO, 10.0)
    assert datagram == SERVER_HELLO
    now_s, waits = 10.0, []
    while (due_s := flights.due_s) is not None:
        waits.append(due_s - now_s)
        now_s = due_s
        flights.copy(now_s)
    assert waits[:4] == pytest.approx([FIRST_WAIT_S, 0.24, 0.48, 0.96])
    assert max(waits) == pytest.approx(LONGEST_WAIT_S)
    assert len(waits) == MAX_COPIES + 1
    assert flights.copy(now_s + 1) == []


def test_copies_in_the_clear_get_new_numbers_and_the_same_words() -> None:
    flights = Flights()
    sent = flights.send(SERVER_HELLO, 0.0)
    copied = flights.copy(0.2) + flights.copy(0.5)
    assert numbers(sent + copied) == [0, 1, 2, 3, 4, 5]
    bodies = [r[11:] for datagram in sent + copied for r in split_records(datagram)]
    assert bodies[:2] == bodies[2:4] == bodies[4:]
    # OpenSSL goes on where it was; on the wire no number comes twice
    assert numbers(flights.send(FINISHED, 1.0)) == [6]


def test_an_encrypted_record_is_never_touched() -> None:
    flights = Flights()
    sealed = split_records(FINISHED)[1]
    for datagrams in (flights.send(FINISHED, 0.0), flights.copy(0.2), flights.copy(0.5)):
        assert split_records(datagrams[0])[1] == sealed
    assert flights.send(APPLICATION, 1.0) == [APPLICATION]


def test_the_next_flight_takes_the_place_of_the_last_and_begins_anew() -> None:
    flights = Flights()
    flights.send(SERVER_HELLO, 0.0)
    flights.copy(0.2)
    flights.copy(0.5)
    flights.send(FINISHED, 1.0)
    assert flights.due_s == pytest.approx(1.0 + FIRST_WAIT_S)
    assert flights.copy(1.2)[0][0] == 20


def test_openssls_own_repetition_does_not_begin_the_waits_anew() -> None:
    flights = Flights()
    flights.send(SERVER_HELLO, 0.0)
    flights.copy(0.12)
    flights.copy(0.36)
    again = record(22, 0, 7, message(2, 1)) + record(22, 0, 8, message(11, 2, b"c" * 300))
    flights.send(again, 1.0)
    assert flights.due_s == pytest.approx(1.48)


def test_application_data_is_no_flight() -> None:
    flights = Flights()
    flights.send(FINISHED, 0.0)
    flights.send(APPLICATION, 0.05)
    (copied,) = flights.copy(0.2)
    assert [r[0] for r in split_records(copied)] == [20, 22]


def test_a_peer_that_asks_again_is_answered_but_not_without_end() -> None:
    flights = Flights()
    flights.send(SERVER_HELLO, 0.0)
    assert flights.asked_again(0.01) == []
    assert flights.asked_again(0.06)
    assert flights.asked_again(0.07) == []
    answers = sum(bool(flights.asked_again(1.0 + n)) for n in range(100))
    assert answers == MAX_COPIES - 1


def test_once_settled_nothing_is_sent_again() -> None:
    flights = Flights()
    flights.send(FINISHED, 0.0)
    flights.settle()
    assert flights.due_s is None
    assert flights.copy(1.0) == flights.asked_again(2.0) == []
    assert flights.send(FINISHED, 3.0)  # OpenSSL answers a Finished that came again
    assert flights.due_s is None


def test_a_long_flight_is_cut_between_records() -> None:
    long = b"".join(record(22, 0, n, message(11, n, b"c" * 500)) for n in range(5))
    datagrams = Flights().send(long, 0.0)
    assert [len(split_records(datagram)) for datagram in datagrams] == [2, 2, 1]
    assert all(len(datagram) <= MAX_DATAGRAM_BYTES for datagram in datagrams)
    assert b"".join(datagrams) == long


def test_what_a_client_hello_is() -> None:
    hello = record(22, 0, 0, message(1, 0))
    assert is_client_hello(hello)
    for other in (b"", hello[:13], SERVER_HELLO, FINISHED, record(22, 1, 0, message(1, 0))):
        assert not is_client_hello(other)
