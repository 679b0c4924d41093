"""Offers: what becomes a call, what is refused with which status, and how cheaply."""

from __future__ import annotations

import contextlib
import cProfile
import pstats
import re

import pytest
from aiortc.sdp import SessionDescription
from hypothesis import given
from hypothesis import strategies as st

from media_server.ports import OfferRejected
from media_server.rtc.answer import (
    LocalCandidate,
    LocalIce,
    write_answer,
    write_restart_fragment,
)
from media_server.rtc.sdp import Fingerprint, Offer, parse_offer
from media_server.rtc.trickle import check_if_match, parse_fragment

DIGEST = ":".join(["AB"] * 32)
SESSION = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0 1\r\n"
TRANSPORT = (
    "a=ice-ufrag:abcd\r\na=ice-pwd:" + "p" * 24 + f"\r\na=fingerprint:sha-256 {DIGEST}\r\n"
    "a=setup:actpass\r\n"
)
AUDIO = (
    "m=audio 9 UDP/TLS/RTP/SAVPF 111 63 0\r\nc=IN IP4 0.0.0.0\r\na=mid:0\r\na=sendrecv\r\n"
    "a=rtcp-mux\r\na=rtpmap:111 opus/48000/2\r\na=rtcp-fb:111 transport-cc\r\n"
    "a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level\r\na=rtpmap:0 PCMU/8000\r\n" + TRANSPORT
)
CHANNEL = (
    "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 0.0.0.0\r\na=mid:1\r\n"
    "a=sctp-port:5000\r\na=max-message-size:262144\r\n" + TRANSPORT
)
VIDEO = AUDIO.replace("m=audio", "m=video").replace("a=mid:0", "a=mid:2")
GOOD = SESSION + AUDIO + CHANNEL


def answer(offer: Offer) -> str:
    return write_answer(
        offer,
        session_id=42,
        ice=LocalIce("ours", "s" * 24),
        fingerprints=[Fingerprint("sha-256", DIGEST)],
        candidates=[LocalCandidate("192.0.2.1", 7000), LocalCandidate("2001:db8::1", 7000)],
        ssrc=12345,
        cname="bot",
    )


def test_a_good_offer() -> None:
    offer = parse_offer(GOOD)
    assert (offer.ufrag, offer.password) == ("abcd", "p" * 24)
    assert offer.fingerprints == (Fingerprint("sha-256", DIGEST),)
    assert (offer.audio.mid, offer.audio.payload_type, offer.audio.nack) == ("0", 111, False)
    assert offer.channel is not None
    assert (offer.channel.sctp_port, offer.channel.max_message_bytes) == (5000, 262_144)
    assert "p" * 24 not in repr(offer)


def test_the_answer_is_what_another_implementation_expects() -> None:
    parsed = SessionDescription.parse(answer(parse_offer(GOOD)))
    audio, channel = parsed.media
    assert audio.ice is not None
    assert audio.ice.iceLite
    assert audio.rtcp_mux
    assert audio.direction == "sendrecv"
    assert audio.dtls is not None
    assert audio.dtls.role == "server"
    assert [c.ip for c in audio.ice_candidates] == ["192.0.2.1", "2001:db8::1"]
    priorities = [c.priority for c in audio.ice_candidates]
    assert priorities == sorted(priorities, reverse=True)
    assert audio.ice_candidates_complete
    assert (audio.port, audio.host) == (7000, "192.0.2.1")
    assert [codec.payloadType for codec in audio.rtp.codecs] == [111]
    asked = {str(name): str(value) for name, value in audio.rtp.codecs[0].parameters.items()}
    assert (asked["useinbandfec"], asked["usedtx"], asked["stereo"]) == ("1", "0", "0")
    # Wideband alone makes a browser send 20 kb/s, which leaves no room for FEC.
    assert (asked["maxplaybackrate"], asked["maxaveragebitrate"]) == ("16000", "28000")
    assert channel.sctpCapabilities is not None
    assert channel.sctpCapabilities.maxMessageSize == 16_384
    assert parsed.group[0].items == ["0", "1"]
    text = answer(parse_offer(GOOD))
    assert "a=rtcp-mux-only\r\n" in text
    assert "a=setup:passive\r\n" in text
    assert "extmap" not in text


@pytest.mark.parametrize(
    ("offered", "answered"),
    [("sendrecv", "sendrecv"), ("recvonly", "sendonly"), ("sendonly", "recvonly")],
)
def test_directions(offered: str, answered: str) -> None:
    text = answer(parse_offer(GOOD.replace("a=sendrecv", f"a={offered}")))
    assert f"a={answered}\r\n" in text
    assert ("a=ssrc" in text) == (answered != "recvonly")


def test_audio_alone_the_channel_first_and_the_older_form() -> None:
    alone = parse_offer(SESSION.replace(" 0 1", " 0") + AUDIO)
    assert alone.channel is None
    assert answer(alone).count("m=") == 1
    first = answer(parse_offer(SESSION.replace("0 1\r", "1 0\r") + CHANNEL + AUDIO))
    assert first.index("m=application") < first.index("m=audio")
    assert "a=group:BUNDLE 1 0" in first
    older = CHANNEL.replace("UDP/DTLS/SCTP webrtc-datachannel", "DTLS/SCTP 5001").replace(
        "a=sctp-port:5000", "a=sctpmap:5001 webrtc-datachannel 1024"
    )
    text = answer(parse_offer(SESSION + AUDIO + older))
    assert "m=application 7000 DTLS/SCTP 5001" in text
    assert "a=sctpmap:5001" in text


OFF_CHANNEL = "m=application 0 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 0.0.0.0\r\na=mid:1\r\n"
OFF_AUDIO = "m=audio 0 UDP/TLS/RTP/SAVPF 0\r\nc=IN IP4 0.0.0.0\r\na=mid:7\r\n"
OFF_VIDEO = "m=video 0 UDP/TLS/RTP/SAVPF 96\r\nc=IN IP4 0.0.0.0\r\na=mid:8\r\n"
SEES = VIDEO.replace("a=sendrecv", "a=recvonly")
AUDIO_ONLY = SESSION.replace(" 0 1", " 0")


@pytest.mark.parametrize(
    ("offer", "kinds", "ports", "bundle"),
    [
        (AUDIO_ONLY + AUDIO + OFF_CHANNEL, "audio application", [7000, 0], ["0"]),
        (
            SESSION + OFF_AUDIO + AUDIO + CHANNEL,
            "audio audio application", [0, 7000, 7000], ["0", "1"],
        ),
        (
            SESSION + AUDIO + OFF_VIDEO + CHANNEL,
            "audio video application", [7000, 0, 7000], ["0", "1"],
        ),
        (
            SESSION.replace("0 1", "2 0 1") + SEES + AUDIO + CHANNEL,
            "video audio application", [0, 7000, 7000], ["0", "1"],
        ),
        (
            SESSION.replace("0 1", "1 0 2") + CHANNEL + OFF_AUDIO + AUDIO + SEES,
            "application audio audio video", [7000, 0, 7000, 0], ["1", "0"],
        ),
        (AUDIO_ONLY + AUDIO + "m=text 0 RTP/SAVPF 98\r\n", "audio text", [7000, 0], ["0"]),
    ],
    ids=["channel off", "first audio off", "video off", "video seen", "mixed", "text off"],
)  # fmt: skip
def test_lines_that_are_not_needed_are_answered_with_port_0(
    offer: str, kinds: str, ports: list[int], bundle: list[str]
) -> None:
    text = answer(parse_offer(offer))
    lines = [line.split() for line in text.splitlines() if line.startswith("m=")]
    assert [line[0][2:] for line in lines] == kinds.split()
    assert [int(line[1]) for line in lines] == ports
    assert f"a=group:BUNDLE {' '.join(bundle)}\r\n" in text
    off = [part for part in text.split("m=")[1:] if part.split()[1] == "0"]
    assert all("a=inactive" in part and "ice-ufrag" not in part for part in off)
    if "text" not in kinds:
        assert [media.kind for media in SessionDescription.parse(text).media] == kinds.split()


def test_a_bundle_may_carry_its_transport_at_a_line_that_is_not_needed() -> None:
    bare = AUDIO.replace(TRANSPORT, "").replace("m=audio 9", "m=audio 0") + "a=bundle-only\r\n"
    offer = parse_offer(SESSION.replace("0 1", "2 0") + SEES + bare)
    assert (offer.ufrag, len(offer.fingerprints)) == ("abcd", 1)


def test_words_of_a_line_that_is_off_are_read_strictly() -> None:
    for line in (
        "m=vidéo 0 RTP/AVP 0\r\n",
        "m=video 0 RTP/AVP é\r\n",
        OFF_VIDEO.replace("8\r", "é\r"),
    ):
        with pytest.raises(OfferRejected) as refused:
            parse_offer(GOOD + line)
        assert refused.value.status == 400


def test_nack_is_taken_up_where_it_is_offered() -> None:
    offer = parse_offer(GOOD.replace("a=rtcp-fb:111 transport-cc", "a=rtcp-fb:111 nack"))
    assert offer.audio.nack
    assert "a=rtcp-fb:111 nack\r\n" in answer(offer)


def test_attributes_of_the_session_count_for_every_line() -> None:
    session = SESSION + TRANSPORT
    bare = AUDIO.replace(TRANSPORT, "") + CHANNEL.replace(TRANSPORT, "")
    assert parse_offer(session + bare).ufrag == "abcd"


REFUSED = [
    ("", 400),
    (" \r\n", 400),
    ("hello", 400),
    ("v=1\r\n", 400),
    ("{}", 400),
    ("v=0\r\ngarbage\r\n", 400),
    (SESSION, 400),
    (SESSION + "m=audio\r\n", 400),
    (SESSION + "m=audio x UDP/TLS/RTP/SAVPF 111\r\n", 400),
    (GOOD.replace("a=ice-ufrag:abcd\r\n", ""), 400),
    (GOOD.replace("a=ice-ufrag:abcd", "a=ice-ufrag:ab"), 400),
    (GOOD.replace("a=ice-ufrag:abcd", "a=ice-ufrag:" + "a" * 300), 400),
    (GOOD.replace("a=ice-ufrag:abcd", "a=ice-ufrag:ab cd"), 400),
    (GOOD.replace("a=ice-pwd:" + "p" * 24, "a=ice-pwd:short"), 400),
    (re.sub("a=fingerprint.*\r\n", "", GOOD), 400),
    (GOOD.replace(DIGEST, "AB:CD"), 400),
    (GOOD.replace("sha-256", "md5"), 422),
    (GOOD.replace("a=rtcp-mux\r\n", ""), 422),
    (GOOD.replace("opus/48000/2", "speex/16000"), 422),
    (GOOD.replace("rtpmap:111 opus", "rtpmap:72 opus").replace("SAVPF 111", "SAVPF 72"), 422),
    (GOOD.replace("a=setup:actpass", "a=setup:passive"), 422),
    (GOOD.replace("a=sendrecv", "a=inactive"), 422),
    (GOOD.replace("UDP/TLS/RTP/SAVPF", "RTP/AVP"), 422),
    (GOOD.replace("UDP/DTLS/SCTP", "TCP/WS"), 422),
    (GOOD.replace("webrtc-datachannel", "webrtc-é"), 422),
    (GOOD.replace("m=audio 9", "m=audio 0"), 422),
    (GOOD.replace("BUNDLE 0 1", "BUNDLE 0"), 422),
    (GOOD.replace("a=mid:0", "a=mid:a b"), 400),
    (GOOD.replace("a=sctp-port:5000", "a=sctp-port:0"), 400),
    (GOOD.replace("a=max-message-size:262144", "a=max-message-size:-1"), 400),
    (SESSION + VIDEO, 422),
    (GOOD + VIDEO, 422),
    (GOOD + "m=text 0 RTP/SAVPF 98\r\n" * 15, 422),
    (GOOD + AUDIO.replace("a=mid:0", "a=mid:3"), 422),
    (GOOD + CHANNEL.replace("a=mid:1", "a=mid:3"), 422),
    (SESSION + CHANNEL, 422),
    (GOOD + "m=text 9 UDP/TLS/RTP/SAVPF 98\r\n", 422),
    ("x" * 1_000_000, 413),
    (GOOD + "a=ssrc:1 x\r\n" * 80_000, 413),
    (SESSION + AUDIO * 500, 413),
    (GOOD + "a=candidate:1 1 udp 1 10.0.0.1 9 typ host\r\n" * 5000, 413),
    (GOOD + "a=x\r\n" * 400, 413),
    ("é" * 20_000, 413),
]


@pytest.mark.parametrize(("offer", "status"), REFUSED)
def test_offers_that_are_refused(offer: str, status: int) -> None:
    with pytest.raises(OfferRejected) as refused:
        parse_offer(offer)
    assert refused.value.status == status
    assert len(refused.value.detail) < 200


def test_a_client_that_would_be_dtls_server_is_told_its_flag() -> None:
    with pytest.raises(OfferRejected, match="whip_flags dtls_active"):
        parse_offer(GOOD.replace("a=setup:actpass", "a=setup:passive"))


def test_refusing_a_huge_offer_is_little_work() -> None:
    """Counted in function calls, not in seconds: the same on every machine."""
    for offer, _ in REFUSED:
        if len(offer) < 100_000:
            continue
        profile = cProfile.Profile()
        profile.enable()
        with contextlib.suppress(OfferRejected):
            parse_offer(offer)
        profile.disable()
        assert pstats.Stats(profile).total_calls < 100  # type: ignore[attr-defined]  # untyped


def test_the_largest_offer_that_is_read_is_little_work() -> None:
    room = (32_768 - len(GOOD)) // 12
    offer = GOOD + "a=x:" + "y" * 6 + "\r\n"
    offer += "a=ssrc:1 xx\r\n" * (min(room, 380 - offer.count("\n")))
    profile = cProfile.Profile()
    profile.enable()
    parse_offer(offer)
    profile.disable()
    assert pstats.Stats(profile).total_calls < 5000  # type: ignore[attr-defined]  # untyped


def test_hostile_candidates_are_not_even_read() -> None:
    hostile = "a=candidate:1 1 udp 1 169.254.169.254 80 typ host\r\na=candidate:junk\r\n"
    assert parse_offer(GOOD.replace("a=mid:0\r\n", "a=mid:0\r\n" + hostile)) == parse_offer(GOOD)


@given(st.text(max_size=300))
def test_any_text_is_refused_or_an_offer(text: str) -> None:
    with contextlib.suppress(OfferRejected):
        parse_offer(text)


LINES = GOOD.splitlines()


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["drop", "swap", "repeat", "garble"]),
            st.integers(0, len(LINES) - 1),
            st.text(max_size=12),
        ),
        min_size=1,
        max_size=6,
    )
)
def test_mangled_offers_are_refused_or_answered(changes: list[tuple[str, int, str]]) -> None:
    lines = list(LINES)
    for what, at, text in changes:
        at = min(at, len(lines) - 1)
        if what == "drop" and len(lines) > 1:
            del lines[at]
        elif what == "swap":
            lines[at], lines[-1] = lines[-1], lines[at]
        elif what == "repeat":
            lines.insert(at, lines[at])
        else:
            lines[at] = lines[at][: len(lines[at]) // 2] + text
    try:
        offer = parse_offer("\r\n".join(lines) + "\r\n")
    except OfferRejected:
        return
    text = answer(offer)
    assert text.isascii()
    assert all(re.fullmatch("[a-z]=[ -~]+", line) for line in text.split("\r\n")[:-1])


def test_fragments() -> None:
    offer = parse_offer(GOOD)
    fragment = write_restart_fragment(
        offer, ice=LocalIce("fresh", "f" * 24), candidates=[LocalCandidate("192.0.2.1", 7000)]
    )
    assert parse_fragment(fragment) == ("fresh", "f" * 24)
    assert "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\n" in fragment


@given(st.text(max_size=200))
def test_any_text_is_a_fragment_or_refused(text: str) -> None:
    with contextlib.suppress(OfferRejected):
        parse_fragment(text)


def test_preconditions() -> None:
    assert check_if_match("*", '"a"')
    assert not check_if_match('"b", "a"', '"a"')
    for header, status in [("", 428), ('"b"', 412), ('W/"a"', 412), ("a", 412)]:
        with pytest.raises(OfferRejected) as refused:
            check_if_match(header, '"a"')
        assert refused.value.status == status
