"""What lay in the spool is cut into segments again, gaps and all."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from media_server.audio.events import ReceiverSettings
from media_server.audio.opus import OpusEncoder
from media_server.live.recover import segments_of
from media_server.ports import SpooledPacket
from tests.support.speak import read_wav, speak_wav


def _packets(path: Path, start_s: float) -> list[SpooledPacket]:
    pcm, rate = read_wav(speak_wav("My first job was at a bakery.", path))
    pcm = np.concatenate([np.zeros(rate // 2, np.int16), pcm, np.zeros(rate // 2, np.int16)])
    encoder = OpusEncoder(rate)
    packets = encoder.encode_all(pcm)
    encoder.close()
    return [SpooledPacket(3, start_s + n * 0.02, opus) for n, opus in enumerate(packets)]


async def test_every_stretch_of_speech_is_found_at_its_place(tmp_path: Path) -> None:
    first = _packets(tmp_path / "a.wav", 10.0)
    # A turn would have ended in between; then packets were lost for a minute.
    packets = first + _packets(tmp_path / "b.wav", first[-1].media_s + 60.0)
    lost = [p for n, p in enumerate(packets) if n % 25 != 7]
    other = [SpooledPacket(2, 1.0, packets[0].opus)]
    found = await segments_of(other + lost, ReceiverSettings(silence_ms=400, min_turn_ms=0), 3)
    assert len(found) == 2
    assert [str(s.info.segment_id) for s in found] == [
        f"3-r{round(s.info.start_s * 1000)}" for s in found
    ]
    assert 10.0 < found[0].info.start_s < 11.0
    apart_s = found[1].info.start_s - found[0].info.start_s
    assert abs(apart_s - (first[-1].media_s + 60.0 - 10.0)) < 0.3
    assert all(s.final and s.info.speech_ms > 500 and len(s.pcm) for s in found)


async def test_what_has_its_words_is_left_out(tmp_path: Path) -> None:
    first = _packets(tmp_path / "a.wav", 10.0)
    packets = first + _packets(tmp_path / "b.wav", first[-1].media_s + 60.0)
    settings = ReceiverSettings(silence_ms=400, min_turn_ms=0)
    both = await segments_of(packets, settings, 3)
    for number in (0, 1):  # the earlier one may be the one that is owed
        span = (both[number].info.start_s, both[number].info.end_s)
        found = await segments_of(packets, settings, 3, [span])
        assert [s.info.segment_id for s in found] == [both[1 - number].info.segment_id]
    spans = [(s.info.start_s, s.info.end_s) for s in both]
    assert await segments_of(packets, settings, 3, spans) == []


async def test_nothing_spooled_nothing_found() -> None:
    assert await segments_of([], ReceiverSettings(), 1) == []
    assert await segments_of([SpooledPacket(1, 0.0, b"")], ReceiverSettings(), 1) == []
