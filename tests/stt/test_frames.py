from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_server.ports import Transcription, Word
from media_server.stt import frames

bodies = st.lists(st.tuples(st.text(max_size=20), st.binary(max_size=200)), max_size=6)


@given(bodies, st.randoms(use_true_random=False))
def test_frames_survive_any_split(sent: list[tuple[str, bytes]], random: object) -> None:
    data = b"".join(frames.encode({"type": text}, body) for text, body in sent)
    reader, got, at = frames.FrameReader(), [], 0
    while at < len(data):
        size = random.randint(1, 30)  # type: ignore[attr-defined]  # Hypothesis' Random
        got += reader.feed(data[at : at + size])
        at += size
    assert [(header["type"], body) for header, body in got] == sent


@given(st.binary(max_size=300))
def test_any_bytes_are_frames_or_refused(data: bytes) -> None:
    try:
        for header, _ in frames.FrameReader().feed(data):
            assert isinstance(header["type"], str)
    except frames.BadFrame:
        pass


@pytest.mark.parametrize(
    "prefix", [(frames.MAX_HEADER_BYTES + 1, 0), (2, frames.MAX_BODY_BYTES + 1)]
)
def test_oversize_is_refused_before_it_is_gathered(prefix: tuple[int, int]) -> None:
    with pytest.raises(frames.BadFrame, match="size limit"):
        frames.FrameReader().feed(frames.PREFIX.pack(*prefix))


@pytest.mark.parametrize("text", [b"[]", b"{", b'{"type":1}', b"{}", b"[" * 100_000])
def test_headers_that_are_none(text: bytes) -> None:
    with pytest.raises(frames.BadFrame):
        frames.parse_header(text)


def test_transcription_round_trip() -> None:
    made = Transcription("a b", (Word("a", 0.1, 0.2, None),), "e", "m", "en", 0.5, "why")
    assert frames.transcription_from(frames.transcription_header(made)) == made


def test_window_of_another_version_is_none() -> None:
    made = Transcription("a", (), "e", "m", "en", window="widened")
    header = frames.transcription_header(made)
    assert frames.transcription_from(header) == made
    assert frames.transcription_from(header | {"window": "huge"}).window == ""
    assert frames.transcription_from(header | {"window": []}).window == ""
    del header["window"]
    assert frames.transcription_from(header).window == ""


def test_a_transcription_has_only_characters_that_a_text_may_have() -> None:
    bad = "\x00I\x1b[31m \u202ewas\ud800 \x7fthere\ufffe.\n"
    made = Transcription(
        bad, (Word("\x00I\x07", 0.1, 0.2, None),), "e", "m\x00", "en", 0.5, "why", bad
    )
    kept = frames.transcription_from(frames.transcription_header(made))
    assert (kept.text, kept.rejected_text) == ("I[31m was there.\n", "I[31m was there.\n")
    assert (kept.words[0].text, kept.model) == ("I", "m")


@pytest.mark.parametrize(
    "change", [{"text": 3}, {"words": [["a", 1]]}, {"words": 3}, {"confidence": "much"}]
)
def test_nonsense_is_no_transcription(change: dict[str, object]) -> None:
    header = frames.transcription_header(Transcription("a", (), "e", "m", "en"))
    with pytest.raises(frames.BadFrame):
        frames.transcription_from(header | change)


def test_pcm_round_trip_and_half_a_sample() -> None:
    pcm = np.array([0, 1, -1, 32767, -32768], np.int16)
    assert np.array_equal(frames.pcm_array(frames.pcm_bytes(pcm[::-1]))[::-1], pcm)
    with pytest.raises(frames.BadFrame):
        frames.pcm_array(b"abc")
