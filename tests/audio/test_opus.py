from __future__ import annotations

import contextlib
import importlib.util
import random
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media_server.audio import opus
from media_server.audio.levels import dbfs
from media_server.audio.opus import OpusDecoder, OpusEncoder, OpusError, OpusUnavailable
from media_server.audio.opus_packet import inspect_packet, packet_samples
from media_server.audio.types import SAMPLE_RATE
from tests.audio.streams import encode, join, room, voice
from tests.support.examples import examples


def test_names_the_library_in_use() -> None:
    assert "opus" in opus.library_name()
    assert opus.library_version().startswith("libopus")


def test_copy_in_the_wheel_is_found_without_importing_av() -> None:
    names = list(opus._candidates())
    spec = importlib.util.find_spec("av")
    assert spec is not None
    assert names[0] == "libopus.so.0"
    assert any(Path(name).is_file() and "libopus" in name for name in names), names


def test_copy_in_the_wheel_decodes(monkeypatch: pytest.MonkeyPatch) -> None:
    bundled = [name for name in opus._candidates() if Path(name).is_file()]
    if not bundled:
        pytest.skip("this build of av carries no libopus")
    opus._library.cache_clear()
    monkeypatch.setattr(opus, "_candidates", lambda: iter(bundled))
    try:
        assert opus.library_name() == bundled[0]
        with OpusDecoder() as decoder:
            assert len(decoder.decode(encode(voice(0.02))[0])) == 320
    finally:
        opus._library.cache_clear()


def test_missing_library_names_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    opus._library.cache_clear()
    monkeypatch.setattr(opus, "_candidates", lambda: iter(["libopus-not-there.so"]))
    try:
        with pytest.raises(OpusUnavailable, match="apt install libopus0"):
            opus.library_name()
        with pytest.raises(OpusUnavailable):
            OpusDecoder()
    finally:
        opus._library.cache_clear()


def test_speech_survives_the_round_trip() -> None:
    pcm = voice(2)
    with OpusEncoder(SAMPLE_RATE) as encoder, OpusDecoder() as decoder:
        lag = encoder.lookahead_samples
        heard = np.concatenate([decoder.decode(packet) for packet in encoder.encode_all(pcm)])
    assert len(heard) == len(pcm)
    aligned = heard[lag:].astype(float)
    correlation = np.corrcoef(aligned, pcm[: len(aligned)].astype(float))[0, 1]
    assert correlation > 0.9
    assert abs(dbfs(heard) - dbfs(pcm)) < 1.5


@pytest.mark.parametrize("frame_ms", [10, 20, 40, 60])
@pytest.mark.parametrize("channels", [1, 2])
def test_every_packet_length_and_stereo_senders(frame_ms: int, channels: int) -> None:
    mono = voice(0.6)
    pcm = np.repeat(mono, 2) if channels == 2 else mono
    packets = encode(pcm, frame_ms, channels=channels)
    with OpusDecoder() as decoder:
        heard = [decoder.decode(packet) for packet in packets]
    for packet, samples in zip(packets, heard, strict=True):
        info = inspect_packet(packet)
        assert info is not None
        assert info.samples == packet_samples(packet) == frame_ms * 48
        assert len(samples) == frame_ms * 16
    assert abs(dbfs(np.concatenate(heard)) - dbfs(mono)) < 3


def test_fec_brings_back_a_lost_packet() -> None:
    """The copy is coarser, but it is the candidate's voice: concealment is not."""
    packets = encode(voice(3))
    better = carried = 0
    for lost in range(20, 140, 5):
        with OpusDecoder() as whole, OpusDecoder() as repaired, OpusDecoder() as concealed:
            for packet in packets[:lost]:
                for decoder in (whole, repaired, concealed):
                    decoder.decode(packet)
            truth = whole.decode(packets[lost]).astype(float)
            info = inspect_packet(packets[lost + 1])
            assert info is not None
            if not info.has_fec:
                continue
            carried += 1
            fec = repaired.decode_fec(packets[lost + 1], 320).astype(float)
            plc = concealed.conceal(320).astype(float)
            better += np.sum((fec - truth) ** 2) < np.sum((plc - truth) ** 2)
    assert carried >= 10
    assert better / carried > 0.8


def test_dtx_is_nearly_nothing_in_silence() -> None:
    packets = encode(join(voice(1), np.zeros(SAMPLE_RATE * 2, np.int16)), dtx=True)
    assert sum(len(packet) <= 2 for packet in packets[-80:]) > 60


def test_concealment_takes_whole_quanta_only() -> None:
    with OpusDecoder() as decoder:
        decoder.decode(encode(voice(0.02))[0])
        assert len(decoder.conceal(1280)) == 1280
        for wrong in (0, -40, 41, 1921, 10**9):
            with pytest.raises(OpusError):
                decoder.conceal(wrong)


def test_closed_decoder_and_encoder_say_so() -> None:
    decoder, encoder = OpusDecoder(), OpusEncoder(SAMPLE_RATE)
    for codec in (decoder, encoder):
        codec.close()
        codec.close()
    with pytest.raises(OpusError, match="closed"):
        decoder.decode(b"\x00")
    with pytest.raises(OpusError, match="closed"):
        decoder.reset()
    with pytest.raises(OpusError, match="closed"):
        encoder.encode(np.zeros(320, np.int16))


@pytest.mark.parametrize(("rate", "channels"), [(44_100, 1), (16_000, 3), (0, 1)])
def test_impossible_formats_are_refused(rate: int, channels: int) -> None:
    with pytest.raises(OpusError):
        OpusDecoder(rate, channels)
    with pytest.raises(OpusError):
        OpusEncoder(rate, channels)


def test_encoder_refuses_odd_frames_and_wild_settings() -> None:
    with OpusEncoder(SAMPLE_RATE) as encoder, pytest.raises(OpusError):
        encoder.encode(np.zeros(321, np.int16))
    with pytest.raises(OpusError, match="setting"):
        OpusEncoder(SAMPLE_RATE, expected_loss=1000)


def test_native_memory_is_freed() -> None:
    """A thousand decoders, closed or forgotten, leave the process as large as it was."""

    def resident_kib() -> int:
        text = Path("/proc/self/status").read_text()
        return int(text.split("VmRSS:")[1].split()[0])

    if not sys.platform.startswith("linux"):
        pytest.skip("reads /proc")
    for _ in range(200):
        OpusDecoder().close()
    before = resident_kib()
    for _ in range(1000):
        OpusDecoder().close()
        OpusDecoder()
    assert resident_kib() - before < 4096


@given(st.binary(max_size=1500))
@settings(max_examples=examples(400), deadline=None)
def test_any_bytes_are_audio_or_an_error(data: bytes) -> None:
    with OpusDecoder() as decoder:
        try:
            heard = decoder.decode(data)
        except OpusError:
            heard = None
        with contextlib.suppress(OpusError):
            decoder.decode_fec(data, 320)
        assert len(decoder.conceal(320)) == 320
    info = inspect_packet(data)
    if info is not None:
        assert packet_samples(data) == info.samples
    if heard is not None:
        assert info is not None, "libopus takes what the parser refuses"
        assert len(heard) == info.samples // 3


@given(st.binary(max_size=300))
@settings(max_examples=examples(400), deadline=None)
def test_the_parser_agrees_with_libopus_on_what_is_well_formed(data: bytes) -> None:
    library = opus._library()[1]
    count = library.opus_packet_get_nb_samples(data, len(data), 48_000)
    samples = packet_samples(data)
    if count > 0:
        assert samples == count
    else:
        assert samples is None


def test_mutated_speech_never_harms_the_decoder() -> None:
    """Real packets with flipped bits reach deeper into the decoder than random bytes do."""
    rng = random.Random(7)
    packets = encode(join(voice(1), room(0.5)))
    with OpusDecoder() as decoder:
        for _ in range(3000):
            packet = bytearray(rng.choice(packets))
            for _ in range(rng.randint(1, 4)):
                packet[rng.randrange(len(packet))] ^= 1 << rng.randrange(8)
            try:
                heard = decoder.decode(bytes(packet[: rng.randint(1, len(packet))]))
            except OpusError:
                continue
            assert len(heard) <= 1920
