"""Packets that are still being encoded while the first are heard."""

from __future__ import annotations

import pytest

from media_server.audio.growing_packets import GrowingPackets, is_cut
from media_server.audio.types import SpeechClip


def numbered(first: int, count: int) -> tuple[bytes, ...]:
    return tuple(b"%d" % number for number in range(first, first + count))


def test_the_length_is_known_and_a_packet_to_come_is_empty() -> None:
    packets = GrowingPackets(5)
    packets.add(0, numbered(0, 2))
    assert len(packets) == 5
    assert list(packets) == [b"0", b"1", b"", b"", b""]
    assert packets[1:3] == (b"1", b"")
    assert packets[-5] == b"0"
    with pytest.raises(IndexError):
        packets[5]


def test_what_is_there_stays_where_a_text_is_begun_again() -> None:
    packets = GrowingPackets(4)
    packets.add(0, numbered(0, 2))
    packets.add(0, (b"other",))
    packets.add(3, (b"3",))  # one between is missing
    packets.add(0, (b"other", b"other", *numbered(2, 2), b"too many"))
    assert list(packets) == list(numbered(0, 4))


@pytest.mark.parametrize(("made", "cut"), [(4, False), (3, True), (0, True)])
def test_at_its_end_there_is_what_was_made(made: int, cut: bool) -> None:
    told: list[str] = []
    packets = GrowingPackets(4)
    packets.when_ended(lambda: told.append("before"))
    packets.add(0, numbered(0, made))
    assert told == []
    packets.end()
    packets.end()
    packets.add(made, (b"late",))
    packets.when_ended(lambda: told.append("after"))
    assert told == ["before", "after"]
    assert tuple(packets) == numbered(0, made)
    assert packets.cut == cut
    assert is_cut(SpeechClip("k", "t", packets, "e", "v")) == cut
    assert not is_cut(SpeechClip("k", "t", numbered(0, 1), "e", "v"))
