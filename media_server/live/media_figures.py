"""How well the candidates of this process are heard, for /metrics: totals, and how calls were.

Counters of a call belong to the call; what is shown here is the sum over all of them, those that
are over and those that are not, so that a total never falls and no label names a call.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from itertools import accumulate
from typing import Protocol

from media_server.audio.events import AudioQuality
from media_server.ports import CallStats, CloseReason, Distribution, MediaFigures

_BOUNDS: dict[str, tuple[float, ...]] = {
    "connect": (0.05, 0.1, 0.15, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 15.0),
    "loss": (0.0, 0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5),
    "jitter": (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5),
    "round_trip": (0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0, 2.5),
    "level": (-60.0, -50.0, -45.0, -40.0, -35.0, -30.0, -25.0, -20.0, -15.0, -10.0),
    "speech_end_to_decision": (0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 6.0, 10.0, 20.0),
    "decision_to_question": (0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0),
}


@dataclass(frozen=True, slots=True)
class ConnectionCounts:
    """What a connection counts itself; what the receiver and the call count stands beside it."""

    gate_refusals: int = 0
    blocked_sends: int = 0
    bad_messages: int = 0
    unknown_messages: int = 0
    early_dropped: int = 0
    too_fast: int = 0
    unkept: int = 0


class Reporting(Protocol):
    """A connection, as far as it is counted here."""

    def counts(self) -> ConnectionCounts: ...
    def reception(self) -> tuple[AudioQuality, CallStats]: ...


class MediaCounts:
    """One per process, fed by its sessions and connections."""

    def __init__(self) -> None:
        self._live: set[Reporting] = set()
        self._ended: Counter[str] = Counter()
        self._dropped: Counter[str] = Counter()
        self._closed: Counter[str] = Counter()
        self._counts = {name: [0] * (len(bounds) + 1) for name, bounds in _BOUNDS.items()}
        self._sums = dict.fromkeys(_BOUNDS, 0.0)
        self._opened = self._connected = self._suspected = 0

    # --- what happens ---

    def opened(self, connection: Reporting) -> None:
        self._opened += 1
        self._live.add(connection)

    def connected(self, after_s: float) -> None:
        """`after_s`: since the offer."""
        self._connected += 1
        self._observe("connect", after_s)

    def suspected(self) -> None:
        self._suspected += 1

    def closed(self, connection: Reporting, reason: CloseReason) -> None:
        if connection not in self._live:
            return
        self._live.discard(connection)
        self._closed[reason] += 1
        quality, stats = connection.reception()
        self._ended.update(_totals(connection, quality, stats))
        self._dropped.update(stats.dropped)
        if quality.received:
            self._observe("loss", quality.lost / (quality.lost + quality.received))
            self._observe("jitter", quality.jitter_ms / 1000)
        if stats.round_trip_s is not None:
            self._observe("round_trip", stats.round_trip_s)

    def segment(self, level_dbfs: float) -> None:
        """A stretch of speech was heard this loud."""
        self._observe("level", level_dbfs)

    def turns(self, latencies: Iterable[tuple[float, float | None]]) -> None:
        """(decision to the first packet, last speech to it) as `State.latencies` has them."""
        for to_question_s, since_speech_s in latencies:
            self._observe("decision_to_question", to_question_s)
            if since_speech_s is not None:
                self._observe("speech_end_to_decision", since_speech_s - to_question_s)

    # --- what is shown ---

    def figures(self, dropped: Mapping[str, int]) -> MediaFigures:
        """`dropped`: by the transport, of datagrams that belonged to no call."""
        totals, datagrams = Counter(self._ended), self._dropped + Counter(dropped)
        totals.update(dict.fromkeys(_NOTHING, 0))  # every name from the start
        jitters, round_trips = [0.0], [0.0]
        for connection in self._live:
            quality, stats = connection.reception()
            totals.update(_totals(connection, quality, stats))
            datagrams.update(stats.dropped)
            jitters.append(quality.jitter_ms / 1000)
            round_trips.append(stats.round_trip_s or 0.0)
        totals["calls_opened"] = self._opened
        totals["calls_connected"] = self._connected
        totals["calls_suspected"] = self._suspected
        return MediaFigures(
            counters=totals,
            closed=dict(self._closed),
            dropped=datagrams,
            gauges={"worst_jitter": max(jitters), "worst_round_trip": max(round_trips)},
            distributions={name: self._distribution(name) for name in _BOUNDS},
        )

    def _observe(self, name: str, value: float) -> None:
        self._counts[name][bisect_left(_BOUNDS[name], value)] += 1
        self._sums[name] += value

    def _distribution(self, name: str) -> Distribution:
        *below, total = accumulate(self._counts[name])
        bounds = _BOUNDS[name]
        return Distribution(tuple(zip(bounds, below, strict=True)), total, self._sums[name])


class _Nobody:
    """A connection on which nothing has happened."""

    def counts(self) -> ConnectionCounts:
        return ConnectionCounts()

    def reception(self) -> tuple[AudioQuality, CallStats]:
        return AudioQuality(), CallStats()


def _totals(connection: Reporting, quality: AudioQuality, stats: CallStats) -> dict[str, int]:
    return {
        **asdict(connection.counts()),
        "received": quality.received,
        "lost": quality.lost,
        "late": quality.late,
        # SRTP's replay check takes most of them before the jitter buffer sees any.
        "duplicates": quality.duplicates + stats.dropped.get("srtp_replayed", 0),
        "reordered": quality.reordered,
        "malformed": quality.malformed,
        "recovered": quality.fec_recovered,
        "unspooled": quality.dropped_packets,
        "dtx_ms": quality.dtx_ms,
        "rebases": quality.rebases,
        "backchannels": quality.backchannels,
        "echoes": quality.echoes,
        "echo_ms": quality.echo_ms,
        "far_ms": quality.far_ms,
        "not_speech_ms": quality.not_speech_ms,
        "gate_failed_ms": quality.gate_failed_ms,
        "lost_ms": quality.lost_ms,
        "concealed_ms": quality.concealed_ms,
        "sent": stats.packets_sent,
        "resent": stats.packets_resent,
        "sent_bytes": stats.bytes_sent,
    }


_NOTHING = _totals(_Nobody(), *_Nobody().reception())
