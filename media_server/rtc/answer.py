"""Our half of the session description: the answer, and the fragment for an ICE restart. Pure."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass, field

from media_server.rtc.sdp import (
    MAX_CHANNEL_MESSAGE_BYTES,
    Direction,
    Fingerprint,
    Offer,
    RejectedLine,
)

OPUS_FMTP = (
    "useinbandfec=1;usedtx=0;maxplaybackrate=16000;maxaveragebitrate=28000;stereo=0;sprop-stereo=0"
)
"""What we ask the sender for (RFC 7587 §6.1): wideband is what speech recognition hears, and it
halves the cost of decoding; FEC carries over single losses; without DTX silence is heard as such,
so that only received silence counts. The bitrate is named because browsers choose 20 kb/s for
wideband, at which libopus leaves the FEC out until a tenth of the packets is lost."""

_ANSWERED: dict[Direction, Direction] = {
    "sendrecv": "sendrecv",
    "recvonly": "sendonly",
    "sendonly": "recvonly",
}


@dataclass(frozen=True, slots=True)
class LocalCandidate:
    """An address that clients may send to (RFC 8445 §5.1.1.1)."""

    host: str
    """An IP address, never a name."""
    port: int


@dataclass(frozen=True, slots=True)
class LocalIce:
    """Our ICE credentials of one call (RFC 8445 §5.3)."""

    ufrag: str
    password: str = field(repr=False)


def answer_direction(offered: Direction) -> Direction:
    """The direction that fits the offered one, seen from here (RFC 3264 §6.1)."""
    return _ANSWERED[offered]


def candidate_lines(candidates: Sequence[LocalCandidate]) -> list[str]:
    """Host candidates in descending preference (RFC 8445 §5.1.2.1), and the end of them."""
    lines = []
    for rank, candidate in enumerate(candidates):
        priority = (126 << 24) | ((65_535 - rank) << 8) | 255
        host, port = candidate.host, candidate.port
        lines.append(f"a=candidate:{rank + 1} 1 udp {priority} {host} {port} typ host")
    return [*lines, "a=end-of-candidates"]


def write_answer(
    offer: Offer,
    *,
    session_id: int,
    ice: LocalIce,
    fingerprints: Sequence[Fingerprint],
    candidates: Sequence[LocalCandidate],
    ssrc: int,
    cname: str,
    lite: bool = True,
    attributes_of_candidates: Sequence[str] | None = None,
) -> str:
    """The answer as SDP (RFC 8829 §5.3, RFC 8843 §7.3). `session_id`: of the `o=` line, below 2^62.

    `candidates`: never empty; the first, an IP address, stands in the `m=` and `c=` lines. `ssrc`,
    `cname`: of our voice. `attributes_of_candidates` replaces the lines of `candidates` (full ICE).
    """
    if attributes_of_candidates is None:
        attributes_of_candidates = candidate_lines(candidates)
    sections = [_audio_section(offer, ssrc, cname)]
    if offer.channel is not None:
        sections.append(_channel_section(offer))
    if not offer.audio_first:
        sections.reverse()
    mids = [next(line[6:] for line in lines if line.startswith("a=mid:")) for lines in sections]
    transport = [
        f"a=ice-ufrag:{ice.ufrag}",
        f"a=ice-pwd:{ice.password}",
        "a=ice-options:ice2 trickle",
        *(f"a=fingerprint:{f.algorithm} {f.value}" for f in fingerprints),
        "a=setup:passive",
    ]
    connection = _connection(candidates[0].host)
    off = {line.at: _rejected_section(line) for line in offer.rejected}
    lines = ["v=0", f"o=- {session_id} 1 IN IP4 127.0.0.1", "s=-", "t=0 0"]
    if lite:
        lines.append("a=ice-lite")
    if offer.bundled:
        lines.append("a=group:BUNDLE " + " ".join(mids))
    lines.append("a=msid-semantic: WMS *")
    accepted = iter(sections)
    for at in range(len(sections) + len(off)):
        if at in off:
            lines += off[at]
            continue
        media, *attributes = next(accepted)
        lines += [media.replace(" 9 ", f" {candidates[0].port} ", 1), connection]
        # bundled lines share a transport, yet aiortc with max-bundle reads that of the last line
        lines += [*attributes, *transport, *attributes_of_candidates]
    return "\r\n".join(lines) + "\r\n"


def _rejected_section(line: RejectedLine) -> list[str]:
    """RFC 3264 §6; outside of the bundle (RFC 8843 §7.3.3)."""
    lines = [f"m={line.kind} 0 {line.protocol} {line.formats}", "c=IN IP4 0.0.0.0", "a=inactive"]
    return lines if line.mid is None else [*lines, f"a=mid:{line.mid}"]


def _audio_section(offer: Offer, ssrc: int, cname: str) -> list[str]:
    audio = offer.audio
    number = audio.payload_type
    direction = answer_direction(audio.direction)
    lines = [
        f"m=audio 9 {audio.protocol} {number}",
        f"a=mid:{audio.mid}",
        f"a={direction}",
        "a=rtcp-mux",
        "a=rtcp-mux-only",
        f"a=rtpmap:{number} opus/48000/2",
        f"a=fmtp:{number} {OPUS_FMTP}",
        "a=ptime:20",
        "a=maxptime:60",
    ]
    # No transport-wide feedback and no header extensions: one audio stream of 30 kb/s needs no
    # bandwidth estimate, and every byte of a header is sent fifty times a second.
    if audio.nack:
        lines.append(f"a=rtcp-fb:{number} nack")
    if direction != "recvonly":
        lines += ["a=msid:interviewer interviewer-audio", f"a=ssrc:{ssrc} cname:{cname}"]
    return lines


def _channel_section(offer: Offer) -> list[str]:
    channel = offer.channel
    if channel is None:
        raise ValueError("the offer has no data channel")
    lines = [f"m=application 9 {channel.protocol} {channel.formats}", f"a=mid:{channel.mid}"]
    if channel.formats == "webrtc-datachannel":
        lines.append(f"a=sctp-port:{channel.sctp_port}")
    else:
        lines.append(f"a=sctpmap:{channel.formats} webrtc-datachannel 65535")
    return [*lines, f"a=max-message-size:{MAX_CHANNEL_MESSAGE_BYTES}"]


def _connection(host: str) -> str:
    return f"c=IN IP{ipaddress.ip_address(host).version} {host}"


def write_restart_fragment(
    offer: Offer,
    *,
    ice: LocalIce,
    candidates: Sequence[LocalCandidate],
    attributes_of_candidates: Sequence[str] | None = None,
) -> str:
    """RFC 9725 §4.3.3, RFC 8840 §9: new credentials and every candidate.

    `attributes_of_candidates` replaces the lines made of `candidates` (full ICE).
    """
    audio, channel = offer.audio, offer.channel
    if offer.audio_first or channel is None:
        media, mid = f"m=audio 9 {audio.protocol} {audio.payload_type}", audio.mid
    else:
        media, mid = f"m=application 9 {channel.protocol} {channel.formats}", channel.mid
    lines = ["a=ice-options:ice2 trickle", media, f"a=mid:{mid}"]
    if attributes_of_candidates is None:
        lines.insert(0, "a=ice-lite")
        attributes_of_candidates = candidate_lines(candidates)
    lines += [f"a=ice-ufrag:{ice.ufrag}", f"a=ice-pwd:{ice.password}"]
    return "\r\n".join([*lines, *attributes_of_candidates]) + "\r\n"
