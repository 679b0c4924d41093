"""What is counted reaches /metrics, and what /metrics declares is counted."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path
from typing import Any, cast

import media_server.live
from media_server import interview_metrics, media_metrics
from media_server.audio.events import AudioQuality
from media_server.audio.types import RtpPacket
from media_server.live import session_counts
from media_server.live.connection import Connection
from media_server.live.intake import EARLY_PACKETS
from media_server.live.media_figures import ConnectionCounts, MediaCounts
from media_server.metrics import HttpMetrics, render
from media_server.ports import CallStats
from media_server.tts.service import SpeechService
from media_server.tts.voices import Voices
from tests.live.bench import open_bench

OF_NOW = {"jitter_ms", "level_dbfs", "sources"}
"""Of `AudioQuality`: no counters."""
OWN = [field.name for field in fields(ConnectionCounts)]


class Full:
    """A connection of which every counter has a number of its own."""

    def __init__(self) -> None:
        counted = [field.name for field in fields(AudioQuality) if field.name not in OF_NOW]
        self.quality = AudioQuality(**cast("Any", {name: n for n, name in enumerate(counted, 1)}))

    def counts(self) -> ConnectionCounts:
        return ConnectionCounts(**{name: n for n, name in enumerate(OWN, 1001)})

    def reception(self) -> tuple[AudioQuality, CallStats]:
        return self.quality, CallStats(packets_sent=901, packets_resent=902, bytes_sent=903)


def test_every_counter_of_a_connection_is_told() -> None:
    counts, full = MediaCounts(), Full()
    counts.opened(full)
    told = counts.figures({}).counters
    names = [field.name for field in fields(AudioQuality) if field.name not in OF_NOW]
    wanted = {getattr(full.quality, name) for name in names} | {
        901,
        902,
        903,
        *range(1001, 1001 + len(OWN)),
    }
    assert wanted <= set(told.values())


async def test_every_counter_is_exported_and_every_exported_counter_is_declared(
    tmp_path: Path,
) -> None:
    async with open_bench(tmp_path) as bench:
        tts = SpeechService(Voices(()), None, memory_bytes=0)
        bench.services.tts.figures = tts.figures  # type: ignore[method-assign]  # the real one's
        bench.services.counts.count("inbox_full")
        found = bench.service.media()
        assert set(found.counters) == set(media_metrics._COUNTERS)
        metrics = HttpMetrics()
        metrics.media.figures = found
        text = render(metrics.registry).decode()
        for name, _, _ in media_metrics._COUNTERS.values():
            assert f"\nmedia_server_{name}_total" in text
        assert "\nmedia_server_interview_inbox_full_total 1.0" in text


def test_what_sessions_count_is_declared() -> None:
    room = Path(media_server.live.__file__).parent
    counted: set[str] = set()
    for source in room.glob("*.py"):
        for call in re.findall(r"self\._count\((.*)\)", source.read_text()):
            counted |= set(re.findall(r'"([a-z_]+)"', call))
    counted |= session_counts.BY_EVENT | set(session_counts.TURNS.values())
    assert counted == session_counts.NAMES
    declared = {k.removeprefix("session_") for k in interview_metrics.COUNTERS if "session_" in k}
    assert declared == session_counts.NAMES


def test_audio_before_the_interview_takes_the_call_in_is_counted_where_it_is_lost() -> None:
    connection = Connection(
        cast("Any", None), call_id="c", microphone=False, channel=True, dialects=(),
        receiver_settings=cast("Any", None), clock=cast("Any", Still()), spool=cast("Any", None),
        counts=MediaCounts(),
    )  # fmt: skip
    for number in range(EARLY_PACKETS + 7):
        connection.on_rtp(RtpPacket(1, number, 960 * number, False, 111, b"x"), 0.0)
    assert connection.counts().early_dropped == 7


class Still:
    def now_s(self) -> float:
        return 0.0
