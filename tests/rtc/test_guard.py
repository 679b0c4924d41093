"""What is let through to DTLS, how noise is logged, and settings that cannot be used."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_server.rtc.guard import FaultLog, NoiseLog, is_client_dtls
from media_server.rtc.settings import RtcSettings


def record(kind: int, body: bytes, *, epoch: int = 0, version: bytes = b"\xfe\xfd") -> bytes:
    return (
        bytes([kind])
        + version
        + epoch.to_bytes(2, "big")
        + bytes(6)
        + len(body).to_bytes(2, "big")
        + body
    )


@pytest.mark.parametrize("message", [1, 11, 15, 16, 20])
def test_a_clients_handshake_passes(message: int) -> None:
    assert is_client_dtls(record(22, bytes([message]) + bytes(40)))
    assert is_client_dtls(record(22, bytes([message]) + bytes(9)) + record(20, b"\x01"))


def test_what_is_encrypted_passes() -> None:
    for kind in (20, 21, 22, 23):
        assert is_client_dtls(record(kind, bytes(30), epoch=1))
    assert is_client_dtls(b"\x2f" + bytes(30))  # DTLS 1.3


def test_what_a_forger_writes_in_the_clear_does_not() -> None:
    assert not is_client_dtls(record(21, b"\x02\x28"))  # alert
    assert not is_client_dtls(record(23, b"application data"))
    for message in (0, 2, 3, 4, 12, 13, 14):  # HelloRequest, ServerHello, ...
        assert not is_client_dtls(record(22, bytes([message]) + bytes(20)))
    hello = record(22, b"\x01" + bytes(20))
    assert not is_client_dtls(hello + record(21, b"\x02\x28"))  # hidden behind a good one
    assert not is_client_dtls(hello[:-1])
    assert not is_client_dtls(hello + b"\x16")
    assert not is_client_dtls(record(22, b""))
    assert not is_client_dtls(record(22, b"\x01", version=b"\x03\x03"))


@given(st.binary(min_size=1, max_size=200))
def test_any_bytes_are_judged(data: bytes) -> None:
    assert is_client_dtls(data) in {True, False}


def test_noise_is_one_line_a_minute() -> None:
    noise = NoiseLog()
    assert noise.due(0.0) is None
    lines = []
    for tenth in range(1800):
        noise.count("empty")
        line = noise.due(tenth / 10)
        if line:
            lines.append(line)
    assert lines == ["empty 1", "empty 600", "empty 600"]
    assert noise.totals == {"empty": 1800}


def test_errors_are_counted_and_one_line_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    now_s = 0.0
    faults = FaultLog(now_s=lambda: now_s)
    for tenth in range(1800):
        now_s = tenth / 10
        try:
            raise ValueError("canary words of a candidate")
        except ValueError as error:
            faults.note("error_datagram", error)
    assert faults.totals == {"error_datagram": 1800}
    assert [line.rsplit("(")[1][:4].strip() for line in caplog.messages] == ["1 su", "600", "600"]
    assert all("ValueError at " in line for line in caplog.messages)
    assert "canary" not in caplog.text


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"port": 70_000}, "port"),
        ({"bind_addresses": ("localhost",)}, "names are not resolved"),
        ({"public_ips": ("0.0.0.0",)}, "public"),
        ({"max_calls": 0}, "max_calls"),
        ({"suspect_s": 20.0}, "suspect_s"),
        ({"connect_timeout_s": 0}, "connect_timeout_s"),
        ({"close_timeout_s": 60.0}, "close_timeout_s"),
        ({"rtcp_interval_s": 0}, "rtcp_interval_s"),
    ],
)
def test_settings_that_cannot_be_used(changes: dict[str, object], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        RtcSettings(**changes)  # type: ignore[arg-type]  # wrong on purpose


def test_wildcards_mean_every_address() -> None:
    assert RtcSettings().wildcard_families() == {4, 6}
    assert RtcSettings(bind_addresses=("0.0.0.0",)).wildcard_families() == {4}
    mixed = RtcSettings(bind_addresses=("::", "192.0.2.1"))
    assert mixed.wildcard_families() == {4, 6}  # as HOST=:: does
    assert RtcSettings(bind_addresses=("192.0.2.1",)).wildcard_families() == frozenset()
    assert mixed.named_addresses() == ("192.0.2.1",)
