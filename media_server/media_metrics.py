"""How well candidates are heard, in Prometheus' words. Names carry units; no label names a call."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric

from media_server import interview_metrics
from media_server.figures_collector import FiguresCollector, buckets, counters_by, histogram_by
from media_server.ports import MediaFigures
from media_server.ports.turn_trace import BARGE_IN_STAGES, STAGES, WORKS

__all__ = ["MediaMetrics"]

_COUNTERS: dict[str, tuple[str, str, float]] = {
    "received": ("media_packets_received", "Audio packets of candidates", 1),
    "lost": ("media_packets_lost", "Audio packets that did not come in time", 1),
    "late": ("media_packets_late", "Of those, came after their place was given up", 1),
    "duplicates": ("media_packets_duplicate", "Audio packets that came twice", 1),
    "reordered": ("media_packets_reordered", "Audio packets that came out of order", 1),
    "malformed": ("media_packets_malformed", "Audio packets that nobody can decode", 1),
    "too_fast": ("media_packets_too_fast", "Audio packets beyond 5 s more than time passed", 1),
    "unkept": ("media_packets_unkept", "Audio packets not kept: over 64 kbit/s", 1),
    "recovered": ("media_packets_recovered", "Lost packets that FEC gave back", 1),
    "lost_ms": ("media_lost_seconds", "Speech time with no sound of the candidate", 1e-3),
    "concealed_ms": ("media_concealed_seconds", "Speech time that was guessed", 1e-3),
    "early_dropped": (
        "media_packets_early_dropped",
        "Audio packets before the interview had taken the call in, beyond 1 s",
        1,
    ),
    "unspooled": ("media_packets_unspooled", "Audio packets nobody took within 60 s of speech", 1),
    "dtx_ms": ("media_dtx_seconds", "Time in which the client chose to send nothing", 1e-3),
    "rebases": ("media_timeline_jumps", "Times a client's RTP clock jumped", 1),
    "far_ms": ("gate_far_seconds", "Sound like speech, too far away to be the candidate", 1e-3),
    "not_speech_ms": ("gate_not_speech_seconds", "Near sound that was no speech", 1e-3),
    "gate_failed_ms": ("gate_failed_seconds", "Sound judged without the network: it failed", 1e-3),
    "backchannels": ("backchannels", "Short sounds over the bot that did not interrupt it", 1),
    "echoes": ("echo_heard", "Utterances of the bot that came back by the microphone", 1),
    "echo_ms": ("echo_ignored_seconds", "Sound that was taken for the bot's own", 1e-3),
    "sent": ("media_packets_sent", "Audio packets to candidates", 1),
    "resent": ("media_packets_resent", "Of those, again, because the client asked", 1),
    "sent_bytes": ("media_sent_bytes", "Everything sent in calls", 1),
    "calls_opened": ("calls_opened", "Offers that were answered", 1),
    "calls_refused_tenant_full": (
        "calls_refused_tenant_full",
        "Offers refused: their tenant had all places it may have",
        1,
    ),
    "calls_refused_full": ("calls_refused_full", "Offers refused: every place was taken", 1),
    "calls_replaced": ("calls_replaced", "Pending calls that made room for a newer call", 1),
    "calls_connected": ("calls_connected", "Calls whose media could flow", 1),
    "calls_text": ("calls_text", "Calls in writing, for networks that let no sound through", 1),
    "probes_begun": ("connectivity_checks", "Checks whether sound gets through", 1),
    "probes_connected": ("connectivity_checks_passed", "Of those, how many found that it does", 1),
    "calls_suspected": ("calls_suspected", "Times nothing came from a client for a while", 1),
    "gate_refusals": ("gate_refusals", "Messages and speech held back: the gate was shut", 1),
    "blocked_sends": ("blocked_sends", "Messages a slow or closed channel did not take", 1),
    "bad_messages": ("messages_bad", "Messages of clients that break their dialect", 1),
    "unknown_messages": ("messages_unknown", "Messages of clients of a kind nobody knows", 1),
    "rehearsals_begun": ("rehearsals_begun", "Rehearsals before an interview that began", 1),
    "rehearsals_refused": ("rehearsals_refused", "Rehearsals refused: no room, or not fit", 1),
    "rehearsals_gave_way": ("rehearsals_gave_way", "Rehearsals that made room for interviews", 1),
    "rehearsal_words_understood": ("rehearsal_words_understood", "Rehearsals with words", 1),
    "rehearsal_words_late": ("rehearsal_words_late", "Rehearsals whose words came too late", 1),
    "rehearsal_words_none": ("rehearsal_words_none", "Rehearsals of which no words came", 1),
    **interview_metrics.COUNTERS,
}
_HISTOGRAMS = {
    "connect": ("call_connect_seconds", "From the offer until media can flow"),
    "loss": ("call_loss_ratio", "Share of packets lost, of calls that are over"),
    "jitter": ("call_jitter_seconds", "Interarrival jitter at the end of calls"),
    "round_trip": ("call_round_trip_seconds", "Round trip from RTCP at the end of calls"),
    "level": ("speech_level_dbfs", "Level of stretches of speech"),
    "speech_end_to_decision": (
        "turn_decision_seconds",
        "From the last speech until the turn was taken to be over",
    ),
    "decision_to_question": (
        "turn_question_seconds",
        "From there until the next question was heard",
    ),
    "turn_reply": ("turn_reply_seconds", "From the last speech to the first packet of the reply"),
    "barge_in": ("barge_in_seconds", "From speech over the bot until the bot was silent"),
}
_LABELLED = {
    "turn_stage": (
        "turn_stage_seconds",
        "stage",
        STAGES,
        "Parts of turn_reply_seconds, one after another: they add up to it",
    ),
    "turn_work": (
        "turn_work_seconds",
        "work",
        WORKS,
        "Work for a turn: within its stages, across them, or before the last speech",
    ),
    "barge_in_stage": (
        "barge_in_stage_seconds",
        "stage",
        BARGE_IN_STAGES,
        "Parts of barge_in_seconds, one after another: they add up to it",
    ),
}
"""Histograms with a label of a closed set: the keys of their figures are `name:value`."""
_GAUGES = {
    "places_pending": ("places_pending", "Places of offers whose call is not connected yet"),
    "places_connected": ("places_connected", "Places of candidates in a call"),
    "places_kept": ("places_kept", "Places of candidates who are away and may come back"),
    "rehearsals": ("rehearsals", "Rehearsals that go on now"),
    "worst_jitter": ("live_jitter_seconds_max", "Highest interarrival jitter of the calls now"),
    "worst_round_trip": ("live_round_trip_seconds_max", "Longest round trip of the calls now"),
}


class MediaMetrics(FiguresCollector[MediaFigures]):
    """See the module."""

    def families(self, figures: MediaFigures) -> Iterator[Metric]:
        for key, (name, text, unit) in _COUNTERS.items():
            value = figures.counters.get(key, 0) * unit
            yield CounterMetricFamily(f"{self._namespace}_{name}", text, value)
        for key, (name, text) in _GAUGES.items():
            yield GaugeMetricFamily(f"{self._namespace}_{name}", text, figures.gauges.get(key, 0))
        for name, label, text, values in (
            ("calls_closed", "reason", "Calls that are over", figures.closed),
            ("datagrams_dropped", "reason", "Datagrams that nothing parsed", figures.dropped),
        ):
            full_name, found = f"{self._namespace}_{name}", dict(sorted(values.items()))
            yield counters_by(full_name, text, label, found)
        for key, (name, text) in _HISTOGRAMS.items():
            if (known := figures.distributions.get(key)) is not None:
                yield HistogramMetricFamily(
                    f"{self._namespace}_{name}",
                    text,
                    buckets=buckets(known),
                    sum_value=known.sum_s,
                )
        yield from self._labelled(figures)

    def _labelled(self, figures: MediaFigures) -> Iterator[Metric]:
        for key, (name, label, values, text) in _LABELLED.items():
            full_name = f"{self._namespace}_{name}"
            found = {value: figures.distributions.get(f"{key}:{value}") for value in values}
            known = {value: one for value, one in found.items() if one is not None}
            yield histogram_by(full_name, text, label, known)
