from __future__ import annotations

import io

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media_server.audio.levels import dbfs
from media_server.audio.ogg import OggError, OggOpusWriter, is_filler, page_crc, read_ogg_opus
from media_server.audio.opus_packet import packet_samples
from media_server.audio.types import Pcm
from tests.audio.streams import encode, room, voice
from tests.support.examples import examples


def write(packets: list[tuple[float, bytes]]) -> bytes:
    writer = OggOpusWriter(serial=0x1234, tags={"TITLE": "an answer"})
    pages = [writer.header()]
    pages += [writer.add(media_s, packet) for media_s, packet in packets]
    pages.append(writer.finish())
    return b"".join(pages)


def decode_with_ffmpeg(data: bytes) -> Pcm:
    """What another implementation makes of the file: 48 kHz mono."""
    with av.open(io.BytesIO(data), "r") as container:
        frames = [frame.to_ndarray() for frame in container.decode(audio=0)]
    sound = np.concatenate(frames, axis=1)[0]
    samples: Pcm = np.clip(sound * 32767, -32768, 32767).astype(np.int16)
    return samples


def test_checksum_is_that_of_the_ogg_specification() -> None:
    def slow(data: bytes) -> int:
        crc = 0
        for byte in data:
            crc ^= byte << 24
            for _ in range(8):
                crc = (crc << 1 ^ 0x04C11DB7 if crc & 0x80000000 else crc << 1) & 0xFFFFFFFF
        return crc

    for data in (b"", b"\x00", b"OggS", bytes(range(256))):
        assert page_crc(data) == slow(data)


def test_another_decoder_hears_the_same() -> None:
    pcm = voice(3)
    heard = decode_with_ffmpeg(write([(i * 0.02, p) for i, p in enumerate(encode(pcm))]))
    assert len(heard) == 3 * 48_000
    assert abs(dbfs(heard) - dbfs(pcm)) < 1.5
    aligned = heard[312::3][: len(pcm) - 200].astype(float)
    assert np.corrcoef(aligned, pcm[: len(aligned)].astype(float))[0, 1] > 0.85


def test_gaps_keep_later_speech_in_its_place() -> None:
    speech = encode(voice(1))
    packets = [(index * 0.02, packet) for index, packet in enumerate(speech)]
    packets += [(4.0075 + index * 0.02, packet) for index, packet in enumerate(speech)]
    heard = decode_with_ffmpeg(write(packets))
    assert len(heard) == round(5.0075 * 48_000)
    assert dbfs(heard[: 48_000 - 4800]) > -30
    assert dbfs(heard[72_000:190_000]) < -70
    assert dbfs(heard[194_000:]) > -30


def test_read_back_packet_by_packet() -> None:
    speech = encode(voice(1), 60)
    packets = [(index * 0.06, packet) for index, packet in enumerate(speech) if index != 5]
    file = read_ogg_opus(write(packets))
    assert (file.channels, file.pre_skip, file.finished) == (1, 0, True)
    assert file.tags == {"TITLE": "an answer"}
    kept = [(position, packet) for position, packet in file.packets if not is_filler(packet)]
    assert kept == [(round(media_s * 48_000), packet) for media_s, packet in packets]
    assert file.end == len(speech) * 2880


def test_a_file_that_was_being_written_can_be_read() -> None:
    data = write([(index * 0.02, packet) for index, packet in enumerate(encode(voice(5)))])
    cut = read_ogg_opus(data[: len(data) // 2])
    assert not cut.finished
    assert 50 <= len(cut.packets) < 250
    for damaged in (b"", data[:100], b"RIFF" + data[4:]):
        with pytest.raises(OggError):
            read_ogg_opus(damaged)
    flipped = bytearray(data)
    flipped[400] ^= 1
    with pytest.raises(OggError, match="checksum"):
        read_ogg_opus(bytes(flipped))


def test_positions_in_the_past_are_left_out() -> None:
    packet = encode(room(0.02))[0]
    writer = OggOpusWriter(serial=1)
    for media_s in (5.0, 5.02, 5.0, 4.0, 5.04):
        writer.add(media_s, packet)
    writer.add(5.06, b"\x03")
    assert writer.skipped == 3
    assert writer.position_s == pytest.approx(5.06)


def test_large_packets_and_an_empty_stream() -> None:
    large = bytes([0b11111_0_00]) + bytes(1200)
    file = read_ogg_opus(write([(0.0, large), (0.02, large)]))
    assert [packet for _, packet in file.packets] == [large, large]
    assert read_ogg_opus(write([])).packets == ()


def test_at_most_a_second_waits_for_its_page() -> None:
    writer = OggOpusWriter(serial=1)
    pages = [writer.add(i * 0.02, packet) for i, packet in enumerate(encode(voice(3)))]
    assert [index for index, page in enumerate(pages) if page] == [50, 100]
    assert writer.flush()
    assert writer.flush() == b""


@given(
    st.lists(
        st.tuples(
            st.integers(0, 40), st.sampled_from([0, 1, 2, 3, 12, 16, 31]), st.integers(1, 700)
        ),
        min_size=1,
        max_size=60,
    )
)
@settings(max_examples=examples(100), deadline=None)
def test_any_timeline_comes_back(steps: list[tuple[int, int, int]]) -> None:
    """Gaps of whole 2.5 ms before packets of any configuration."""
    position = 0
    packets: list[tuple[int, bytes]] = []
    for gap, config, size in steps:
        position += gap * 120
        packet = bytes([config << 3]) + bytes([size & 0xFF]) * size
        packets.append((position, packet))
        position += packet_samples(packet) or 0
    file = read_ogg_opus(write([(at / 48_000, packet) for at, packet in packets]))
    assert [(at, p) for at, p in file.packets if not is_filler(p)] == packets
    end = packets[0][0]
    for at, packet in file.packets:
        assert at == end, "the stream has no holes"
        end = at + (packet_samples(packet) or 0)


@given(st.binary(max_size=400))
def test_no_bytes_upset_the_reader(data: bytes) -> None:
    for prefix in (b"", b"OggS\x00"):
        with pytest.raises(OggError):
            read_ogg_opus(prefix + data)
