"""What an offer must be to become a call: read and judged before anything expensive. Pure.

Size comes first, so that a megabyte of candidates costs microseconds. Remote candidates are not
read here: only a path behind a TURN relay uses them (`full_path`). The session is one audio line
(Opus, rtcp-mux) and at most one data-channel line in the same bundle; lines that are switched off,
and video that would only be received, are answered with port 0.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal

from media_server.ports import OfferRejected

MAX_BYTES = 32_768
"""Of an offer in UTF-8: several times what a browser sends."""
MAX_LINES = 400
"""As for bytes, several times what a browser sends."""
MAX_CHANNEL_MESSAGE_BYTES = 16_384
"""Of one message from the client, as the answer says (RFC 8841 §6.1)."""

Direction = Literal["sendrecv", "sendonly", "recvonly", "inactive"]
"""Of media (RFC 8866 §6.7), as the side that writes it sees it."""

_LINE = re.compile(r"([a-z])=(.*)", re.DOTALL)
_UFRAG = re.compile(r"[A-Za-z0-9+/]{4,256}")
_PASSWORD = re.compile(r"[A-Za-z0-9+/]{22,256}")
_WORD = re.compile(r"[!-~]{1,64}")
_MID = re.compile(r"[!#$%&'*+\-.0-9A-Z^_`a-z{|}~]{1,64}")
_HEX_PAIR = r"[0-9A-Fa-f]{2}"
_DIGEST_BYTES = {"sha-256": 32, "sha-384": 48, "sha-512": 64}
_AUDIO_PROTOCOLS = {"UDP/TLS/RTP/SAVPF", "UDP/TLS/RTP/SAVP", "RTP/SAVPF", "RTP/SAVP"}
_CHANNEL_PROTOCOLS = {"UDP/DTLS/SCTP", "DTLS/SCTP", "TCP/DTLS/SCTP"}
_DIRECTIONS = {"sendrecv", "sendonly", "recvonly", "inactive"}
_MAX_MEDIA_LINES = 16
"""Each that is not needed is answered with port 0."""
_DEFAULT_SCTP_PORT = 5000
_DEFAULT_MESSAGE_BYTES = 65_536  # RFC 8841 §6.1


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """Digest of the certificate that DTLS must show (RFC 8122 §5)."""

    algorithm: str
    """"sha-256", "sha-384" or "sha-512"."""
    value: str
    """Bytes as pairs of hexadecimal digits in capitals, joined by colons."""


@dataclass(frozen=True, slots=True)
class AudioOffer:
    """The audio line of an offer, as far as it is answered (RFC 8829 §5.2)."""

    mid: str
    """Its name within the session (RFC 5888 §4); "0" where the offer gives none."""
    protocol: str
    payload_type: int
    """Of Opus, as the offerer numbers it."""
    direction: Direction
    """As the offerer sees it."""
    nack: bool
    """The client can ask for lost packets (RFC 4585 §6.2.1)."""


@dataclass(frozen=True, slots=True)
class ChannelOffer:
    """The data-channel line of an offer (RFC 8841)."""

    mid: str
    protocol: str
    formats: str
    """"webrtc-datachannel", or the port in the older form with `a=sctpmap`."""
    sctp_port: int
    max_message_bytes: int
    """The longest message that the client accepts; 0: any (RFC 8841 §6.1)."""


@dataclass(frozen=True, slots=True)
class RejectedLine:
    """A media line that is not needed: answered in its place with port 0 (RFC 3264 §6)."""

    at: int
    """Its place among the media lines."""
    kind: str
    """Its media type as the offer has it, such as "video"; the rest as well, to be repeated."""
    protocol: str
    formats: str
    mid: str | None


@dataclass(frozen=True, slots=True)
class Offer:
    """An SDP offer that can become a call; see `parse_offer`."""

    ufrag: str
    password: str = field(repr=False)
    fingerprints: tuple[Fingerprint, ...]
    audio: AudioOffer
    channel: ChannelOffer | None
    """None: a call without a data channel; texts are then not sent."""
    audio_first: bool
    """Before the data-channel line."""
    bundled: bool
    """Answered with a BUNDLE group (RFC 8843 §7.3)."""
    rejected: tuple[RejectedLine, ...] = ()


@dataclass(slots=True, eq=False)
class _Section:
    kind: str
    port: int
    protocol: str
    formats: list[str]
    attributes: dict[str, list[str]] = field(default_factory=dict)

    def first(self, name: str) -> str | None:
        values = self.attributes.get(name)
        return values[0] if values else None


def parse_offer(text: str) -> Offer:
    """The offer, checked as far as the server uses it (RFC 8829 §5.8).

    Raises OfferRejected: 400 malformed, 413 too large, 422 not a session this server holds.
    """
    session, media = _split(text)
    unneeded = [section for section in media if _is_unneeded(section, media)]
    audio, channel = _select([section for section in media if section not in unneeded])
    lines = [audio] if channel is None else [audio, channel]
    bundled = _is_bundled(session, lines)
    # a bundle's transport stands at its first line, which may be one that is not needed
    carriers = [*lines, *(section for section in unneeded if section.port)]
    ufrag, password = _credentials(session, carriers)
    _check_setup(session, carriers)
    return Offer(
        ufrag=ufrag,
        password=password,
        fingerprints=_fingerprints(session, carriers),
        audio=_audio(session, audio),
        channel=_channel(channel) if channel is not None else None,
        audio_first=channel is None or media.index(audio) < media.index(channel),
        bundled=bundled,
        rejected=tuple(_rejected(media.index(section), section) for section in unneeded),
    )


def _split(text: str) -> tuple[_Section, list[_Section]]:
    if not text.strip():
        raise OfferRejected(400, "the SDP offer is empty")
    if len(text) > MAX_BYTES or len(text.encode("utf-8", "replace")) > MAX_BYTES:
        raise OfferRejected(413, f"the SDP offer is longer than {MAX_BYTES} bytes")
    raw = text.splitlines()
    if len(raw) > MAX_LINES:
        raise OfferRejected(413, f"the SDP offer has more than {MAX_LINES} lines")
    session = _Section("session", 0, "", [])
    media: list[_Section] = []
    for number, line in enumerate(raw):
        if not line and number:
            continue
        match = _LINE.fullmatch(line)
        if match is None:
            raise OfferRejected(400, f"line {number + 1} of the offer is not SDP")
        kind, value = match.groups()
        if number == 0 and (kind, value.strip()) != ("v", "0"):
            raise OfferRejected(400, "the offer does not begin with v=0")
        if kind == "m":
            media.append(_media_line(value, number))
            if len(media) > _MAX_MEDIA_LINES:
                raise OfferRejected(422, f"at most {_MAX_MEDIA_LINES} media lines are read")
        elif kind == "a":
            name, _, content = value.partition(":")
            section = media[-1] if media else session
            section.attributes.setdefault(name, []).append(content.strip())
    if not media:
        raise OfferRejected(400, "the offer has no media line")
    return session, media


def _media_line(value: str, number: int) -> _Section:
    fields = value.split()
    if len(fields) < 4 or not fields[1].partition("/")[0].isdecimal() or len(fields[1]) > 11:
        raise OfferRejected(400, f"line {number + 1} of the offer is not a media line")
    return _Section(fields[0], int(fields[1].partition("/")[0]), fields[2], fields[3:])


def _is_unneeded(section: _Section, media: list[_Section]) -> bool:
    """Switched off by the offerer (port 0 without `bundle-only`, RFC 8843 §7.3), or video of which
    it would send nothing."""
    if section.port == 0 and "bundle-only" not in section.attributes:
        # an offer whose only audio line is off is refused with that reason
        return section.kind != "audio" or sum(s.kind == "audio" for s in media) > 1
    return section.kind == "video" and _direction(section) in {"recvonly", "inactive"}


def _rejected(at: int, section: _Section) -> RejectedLine:
    """Its words go into the answer, so they are read strictly. Raises OfferRejected."""
    mid = section.first("mid")
    if mid is not None and not _MID.fullmatch(mid):
        raise OfferRejected(400, "a=mid is malformed")
    words = (section.kind, section.protocol, section.formats[0])
    if not all(_WORD.fullmatch(word) for word in words):
        raise OfferRejected(400, f"media line {at + 1} of the offer is malformed")
    return RejectedLine(at, *words, mid)


def _select(media: list[_Section]) -> tuple[_Section, _Section | None]:
    kinds = [section.kind for section in media]
    if "video" in kinds:
        raise OfferRejected(
            422, "video is not accepted here: offer one audio line, or video as recvonly"
        )
    if kinds.count("audio") != 1:
        raise OfferRejected(422, f"exactly one audio line is needed, not {kinds.count('audio')}")
    if kinds.count("application") > 1:
        raise OfferRejected(422, "at most one data-channel line is accepted")
    if len(kinds) > kinds.count("audio") + kinds.count("application"):
        raise OfferRejected(422, "only audio and a data channel are accepted")
    by_kind = {section.kind: section for section in media}
    return by_kind["audio"], by_kind.get("application")


def _is_bundled(session: _Section, lines: list[_Section]) -> bool:
    mids = []
    for section in lines:
        mid = section.first("mid")
        if mid is not None and not _MID.fullmatch(mid):
            raise OfferRejected(400, "a=mid is malformed")
        mids.append(mid)
    groups = [g.split()[1:] for g in session.attributes.get("group", []) if g[:6] == "BUNDLE"]
    bundled = any(all(mid in group for mid in mids) for group in groups)
    if len(lines) > 1 and (not bundled or len(set(mids)) != len(mids)):
        raise OfferRejected(422, "audio and data channel must share one BUNDLE group")
    if lines[0].port == 0 and "bundle-only" not in lines[0].attributes:
        raise OfferRejected(422, "the audio line is switched off (port 0)")
    return bundled


def _credentials(session: _Section, lines: list[_Section]) -> tuple[str, str]:
    for section in [*lines, session]:
        ufrag, password = section.first("ice-ufrag"), section.first("ice-pwd")
        if ufrag is None and password is None:
            continue
        return check_credentials(ufrag, password)
    raise OfferRejected(400, "the offer has no a=ice-ufrag and a=ice-pwd")


def check_credentials(ufrag: str | None, password: str | None) -> tuple[str, str]:
    """The client's (ufrag, password), when both are well formed (RFC 8839 §5.4).

    Raises OfferRejected 400 for one that is missing or malformed.
    """
    if ufrag is None or not _UFRAG.fullmatch(ufrag):
        raise OfferRejected(400, "a=ice-ufrag is missing or malformed")
    if password is None or not _PASSWORD.fullmatch(password):
        raise OfferRejected(400, "a=ice-pwd is missing or malformed")
    return ufrag, password


def _fingerprints(session: _Section, lines: list[_Section]) -> tuple[Fingerprint, ...]:
    values: list[str] = []
    for section in [*lines, session]:
        values = values or section.attributes.get("fingerprint", [])
    if not values:
        raise OfferRejected(400, "the offer has no a=fingerprint: DTLS is required")
    found = []
    for value in values[:8]:
        algorithm, _, digest = value.partition(" ")
        algorithm, digest = algorithm.lower(), digest.strip()
        length = _DIGEST_BYTES.get(algorithm)
        if length is None:
            continue
        if not re.fullmatch(rf"{_HEX_PAIR}(:{_HEX_PAIR}){{{length - 1}}}", digest):
            raise OfferRejected(400, "a=fingerprint is malformed")
        found.append(Fingerprint(algorithm, digest.upper()))
    if not found:
        raise OfferRejected(422, "a=fingerprint must use sha-256, sha-384 or sha-512")
    return tuple(found)


def _check_setup(session: _Section, lines: list[_Section]) -> None:
    values = [section.first("setup") for section in [*lines, session]]
    setup = next((value for value in values if value), "actpass")
    if setup not in {"actpass", "active"}:
        raise OfferRejected(
            422,
            f"the offer has a=setup:{setup[:16]!r}, but this server is always the DTLS server: "
            "offer a=setup:actpass or active (ffmpeg: -whip_flags dtls_active)",
        )


def _audio(session: _Section, section: _Section) -> AudioOffer:
    if section.protocol not in _AUDIO_PROTOCOLS:
        raise OfferRejected(422, "the audio line must use UDP/TLS/RTP/SAVPF")
    if "rtcp-mux" not in section.attributes and "rtcp-mux-only" not in section.attributes:
        raise OfferRejected(422, "the audio line must have a=rtcp-mux")
    payload_type = _opus_payload_type(section)
    direction = _direction(section) or _direction(session) or "sendrecv"
    if direction == "inactive":
        raise OfferRejected(422, "the audio line is inactive: offer sendrecv or recvonly")
    feedback = {value.strip() for value in section.attributes.get("rtcp-fb", [])}
    return AudioOffer(
        mid=section.first("mid") or "0",
        protocol=section.protocol,
        payload_type=payload_type,
        direction=direction,
        nack=bool(feedback & {f"{payload_type} nack", "* nack"}),
    )


def _direction(section: _Section) -> Direction | None:
    for name in ("sendrecv", "sendonly", "recvonly", "inactive"):
        if name in section.attributes:
            return name
    return None


def _opus_payload_type(section: _Section) -> int:
    """The first Opus in the order of the media line."""
    opus = set()
    for value in section.attributes.get("rtpmap", []):
        number, _, encoding = value.partition(" ")
        if encoding.strip().lower() == "opus/48000/2":
            opus.add(number)
    for number in section.formats:
        # 64-95 collide with RTCP where both share a port (RFC 5761 §4)
        if number in opus and re.fullmatch(r"[0-9]{1,3}", number) and int(number) < 128:
            if 64 <= int(number) <= 95:
                continue
            return int(number)
    raise OfferRejected(422, "the audio line does not offer Opus (opus/48000/2)")


def _channel(section: _Section) -> ChannelOffer:
    if section.protocol not in _CHANNEL_PROTOCOLS:
        raise OfferRejected(422, "the data-channel line must use UDP/DTLS/SCTP")
    named = section.formats[0] == "webrtc-datachannel"
    if not named and not re.fullmatch(r"[0-9]{1,5}", section.formats[0]):
        raise OfferRejected(422, "the data-channel line must offer webrtc-datachannel")
    port = section.first("sctp-port")
    if port is None:  # the older form: the port is the format, explained by a=sctpmap
        port = str(_DEFAULT_SCTP_PORT) if named else section.formats[0]
    size = section.first("max-message-size") or str(_DEFAULT_MESSAGE_BYTES)
    if not re.fullmatch(r"[0-9]{1,5}", port) or not 0 < int(port) <= 65_535:
        raise OfferRejected(400, "a=sctp-port is malformed")
    if not re.fullmatch(r"[0-9]{1,20}", size):
        raise OfferRejected(400, "a=max-message-size is malformed")
    return ChannelOffer(
        mid=section.first("mid") or "1",
        protocol=section.protocol,
        formats=section.formats[0],
        sctp_port=int(port),
        max_message_bytes=int(size),
    )
