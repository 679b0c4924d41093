"""The private members of aiortc and pyee that `rtc/` leans on; of aioice: test_aioice_contract.py.

When an upgrade moves one of them, the test that fails here names it and where it is used; nothing
else in the suite then says as plainly what happened.
"""

from __future__ import annotations

import inspect
import re
from collections import deque
from typing import Any

import aiortc
import pytest
from aioice.ice import Connection
from aioice.stun import Transaction
from aiortc import (
    RTCDtlsTransport,
    RTCIceGatherer,
    RTCIceTransport,
    RTCRtpSender,
    RTCSctpTransport,
)
from aiortc import rtcsctptransport as sctp
from aiortc.rtcdtlstransport import SRTP_PROFILES, State

from media_server.rtc.channel import LimitedSctp
from media_server.rtc.dtls import DatagramPort, LiteDtls, QuickDtls, SharedCertificate
from media_server.rtc.sctp_timers import QuickSctp

VERSION = aiortc.__version__


def parameters(function: Any) -> list[str]:
    return [name for name in inspect.signature(function).parameters if name != "self"]


def explain(what: str, where: str) -> str:
    return f"aiortc {VERSION} has moved {what}, on which {where} relies: read its source again"


async def make() -> tuple[LiteDtls, LimitedSctp]:
    dtls = LiteDtls(DatagramPort(lambda _: None), SharedCertificate.generateCertificate())
    return dtls, LimitedSctp(dtls, 5000, _Events())


class _Events:
    def on_channel_data(self, size_bytes: int) -> None: ...
    def on_channel_open(self, label: str, protocol: str) -> None: ...
    def on_channel_message(self, data: str | bytes) -> None: ...
    def on_channel_limit(self, what: str) -> None: ...
    def on_channel_error(self) -> None: ...


async def test_members_of_the_dtls_transport() -> None:
    dtls, _ = await make()
    for name in ("_rx_srtp", "_tx_srtp", "_ssl", "_task", "_role", "_state", "encrypted"):
        assert hasattr(dtls, name), explain(f"RTCDtlsTransport.{name}", "rtc/dtls.py")
    assert dtls._role == "server", explain("_set_role", "LiteDtls")
    assert dtls.state == "new"
    assert {state.name for state in State} == {"NEW", "CONNECTING", "CONNECTED", "CLOSED", "FAILED"}


@pytest.mark.parametrize(
    ("method", "expected", "awaitable"),
    [
        ("start", ["remoteParameters"], True),
        ("stop", [], True),
        ("_set_role", ["role"], False),
        ("_send_data", ["data"], True),
        ("_register_data_receiver", ["receiver"], False),
        ("_unregister_data_receiver", ["receiver"], False),
    ],
)
def test_methods_of_the_dtls_transport(method: str, expected: list[str], awaitable: bool) -> None:
    function = getattr(RTCDtlsTransport, method, None)
    assert function is not None, explain(f"RTCDtlsTransport.{method}", "rtc/dtls.py")
    assert parameters(function) == expected, explain(method, "rtc/dtls.py")
    assert inspect.iscoroutinefunction(function) is awaitable


def test_the_dtls_transport_asks_of_its_transport_only_what_the_port_has() -> None:
    source = inspect.getsource(RTCDtlsTransport)
    used = set(re.findall(r"self\.transport\.(\w+)", source))
    assert used <= {"_recv", "_send", "role"}, explain("what DTLS asks of ICE", "DatagramPort")


def test_the_certificate_makes_its_context_where_it_can_be_shared() -> None:
    function = aiortc.RTCCertificate._create_ssl_context
    assert parameters(function) == ["srtp_profiles"], explain(
        "RTCCertificate._create_ssl_context", "SharedCertificate"
    )
    certificate = SharedCertificate.generateCertificate()
    assert isinstance(certificate, SharedCertificate)
    first = certificate._create_ssl_context(SRTP_PROFILES)
    assert certificate._create_ssl_context(SRTP_PROFILES) is first
    assert [f.algorithm for f in certificate.fingerprints()] == ["sha-256"]


async def test_members_of_the_sctp_transport() -> None:
    _, association = await make()
    for name, kind in (
        ("_inbound_streams", dict),
        ("_sack_misordered", set),
        ("_advertised_rwnd", int),
        ("_data_channels", dict),
        ("_outbound_queue", deque),
        ("_sent_queue", deque),
    ):
        assert isinstance(getattr(association, name, None), kind), explain(
            f"RTCSctpTransport.{name}", "rtc/channel.py"
        )
    stream = sctp.InboundStream()
    assert stream.reassembly == [], explain("InboundStream.reassembly", "LimitedSctp")


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        ("start", ["remoteCaps", "remotePort"]),
        ("stop", []),
        ("_handle_data", ["data"]),
        ("_send_chunk", ["chunk"]),
        ("_receive_data_chunk", ["chunk"]),
        ("_receive_sack_chunk", ["chunk"]),
        ("_receive_forward_tsn_chunk", ["chunk"]),
        ("_receive", ["stream_id", "pp_id", "data"]),
        ("_receive_chunk", ["chunk"]),
        ("_data_channel_flush", []),
    ],
)
def test_methods_of_the_sctp_transport(method: str, expected: list[str]) -> None:
    function = getattr(RTCSctpTransport, method, None)
    assert function is not None, explain(f"RTCSctpTransport.{method}", "rtc/channel.py")
    assert parameters(function) == expected, explain(method, "rtc/channel.py")
    assert inspect.iscoroutinefunction(function), explain(method, "rtc/channel.py")


async def test_timers_of_the_sctp_transport() -> None:
    where = "rtc/sctp_timers.py"
    for method, expected in (
        ("_t1_start", ["chunk"]),
        ("_t1_cancel", []),
        ("_t3_start", []),
        ("_t3_restart", []),
        ("_t3_expired", []),
        ("_update_rto", ["R"]),
        ("_set_state", ["state"]),
    ):
        function = getattr(RTCSctpTransport, method, None)
        assert function is not None, explain(f"RTCSctpTransport.{method}", where)
        assert parameters(function) == expected, explain(method, where)
        assert not inspect.iscoroutinefunction(function), explain(method, where)
    _, association = await make()
    for name in ("_rto", "_srtt", "_rttvar", "_t1_handle", "_local_port", "_remote_port"):
        assert hasattr(association, name), explain(f"RTCSctpTransport.{name}", where)
    for name in ("_last_received_tsn", "_reconfig_response_seq", "_remote_verification_tag"):
        assert hasattr(association, name), explain(f"RTCSctpTransport.{name}", where)
    assert list(inspect.signature(sctp.serialize_packet).parameters) == [
        "source_port",
        "destination_port",
        "verification_tag",
        "chunk",
    ], explain("serialize_packet", where)
    source = inspect.getsource(RTCDtlsTransport)
    assert "await self._write_ssl()" in source, explain("_write_ssl", "rtc/dtls.py")


def test_our_overrides_hide_nothing_of_the_event_emitter() -> None:
    ours = {name for name in vars(LimitedSctp) if not name.startswith("__")}
    kept = {
        "_handle_data",
        "_send_chunk",
        "_receive_data_chunk",
        "_receive_sack_chunk",
        "_receive_forward_tsn_chunk",
        "_receive",
    }
    clashes = {name for name in ours if hasattr(RTCSctpTransport, name)} - kept
    assert not clashes, f"LimitedSctp overrides by accident: {clashes}"
    timers = {"stop", "_t1_start", "_t1_cancel", "_update_rto"}
    timers |= {"_t3_start", "_t3_restart", "_t3_expired"}
    ours = {name for name in vars(QuickSctp) if not name.startswith("__")}
    clashes = {name for name in ours if hasattr(RTCSctpTransport, name)} - kept - timers
    assert clashes == {"_receive_chunk"}, f"QuickSctp overrides by accident: {clashes}"
    ours = {name for name in vars(QuickDtls) if not name.startswith("__")}
    clashes = {name for name in ours if hasattr(RTCDtlsTransport, name)}
    assert clashes == {"_write_ssl", "stop"}, f"QuickDtls overrides by accident: {clashes}"


async def test_what_is_sent_at_the_end_starts_no_timer_that_nothing_ends(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Such a timer kept a closed call, its session and its decoder in memory, for ever."""
    _, association = await make()

    async def sent(_: sctp.Chunk) -> None:
        pass

    monkeypatch.setattr(association, "_send_chunk", sent)
    for state, runs in (("ESTABLISHED", True), ("CLOSED", False)):
        association._set_state(association.State[state])
        association._forward_tsn_chunk = sctp.ForwardTsnChunk()
        await association._transmit()
        assert (association._t3_handle is not None) is runs, state
        if not runs:
            association._t3_restart()
            assert association._t3_handle is None


async def test_our_attributes_shadow_none_of_theirs() -> None:
    dtls, association = await make()
    theirs = RTCSctpTransport(dtls, 5000)
    ours = {"_owner", "_channel", "_bucket", "_guard", "_errors", "_over", "_sending"}
    assert not ours & set(vars(theirs)), "an attribute of LimitedSctp shadows aiortc's"
    assert "_port" not in vars(RTCDtlsTransport(DatagramPort(print), [dtls_certificate()]))  # type: ignore[arg-type]  # a port
    assert ours <= set(vars(association))


def dtls_certificate() -> SharedCertificate:
    certificate = SharedCertificate.generateCertificate()
    assert isinstance(certificate, SharedCertificate)
    return certificate


def test_constants_of_the_sctp_transport() -> None:
    assert (sctp.WEBRTC_DCEP, sctp.WEBRTC_STRING, sctp.WEBRTC_BINARY) == (50, 51, 53)
    assert (sctp.WEBRTC_STRING_EMPTY, sctp.WEBRTC_BINARY_EMPTY) == (56, 57)
    assert sctp.DATA_CHANNEL_OPEN == 3
    # with SCTP, DTLS, UDP and IPv6 headers a full packet fits the smallest IPv6 MTU of 1280
    assert sctp.USERDATA_MAX_LENGTH + 12 + 16 + 37 + 8 + 40 <= 1280, explain(
        "the size of its chunks", "small-MTU paths"
    )


def test_members_the_headless_candidate_uses() -> None:
    gather = parameters(Connection.get_component_candidates)
    assert gather[:2] == ["component", "addresses"], explain("candidate gathering", "headless.py")
    assert "iceGatherer" in vars(RTCIceTransport)
    assert "_connection" in inspect.getsource(RTCIceGatherer)
    assert "self._protocols" in inspect.getsource(Connection)
    assert "self._ssrc" in inspect.getsource(RTCRtpSender)
    assert "_handle_rtp_packet(packet, arrival_time_ms" in inspect.getsource(RTCDtlsTransport)
    transaction = inspect.getsource(Transaction)
    for name in ("__timeout_delay", "__tries", "__tries_max"):
        assert f"self.{name} = " in transaction, explain(f"Transaction.{name}", "quick_client.py")
    sends, waits = transaction.index(".send_stun("), transaction.index(".call_later(")
    assert sends < waits, explain("when a check's wait is read", "quick_client.py")
