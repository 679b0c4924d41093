"""docs/audio-loss.md names every counter by which audio can be seen to be lost, and no other."""

from __future__ import annotations

import re
from pathlib import Path

from media_server import interview_metrics, media_metrics, metrics, store_metrics

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "audio-loss.md").read_text()
NAMED = frozenset(re.findall(r"`([a-z_]+)_total(?:\{|`)", PAGE))
NO_LOSS = frozenset(
    {
        # what went well, or out
        "media_packets_received", "media_packets_sent", "media_packets_resent", "media_sent_bytes",
        "calls_opened", "calls_connected", "calls_suspected", "backchannels",
        "echo_heard",
        "calls_refused_full", "calls_refused_tenant_full", "calls_replaced", "calls_text",
        "connectivity_checks", "connectivity_checks_passed",
        # a rehearsal before the interview, of which nothing is kept
        "rehearsals_begun", "rehearsals_refused", "rehearsals_gave_way",
        "rehearsal_words_understood", "rehearsal_words_late", "rehearsal_words_none",
        "spool_packets_written", "recordings_opened", "recordings_bytes",
        # messages and speech to the candidate, and clicks
        "gate_refusals", "blocked_sends", "messages_bad", "messages_unknown",
        "interview_clicks_ignored", "interview_voice_failed",
        # what the bot said: nothing of the candidate's
        "interview_clips_unkept", "interview_follow_ups_dropped",
        # what spoke over the bot: its words are kept, whatever it was
        "interview_interruptions_nothing", "interview_interruptions_echo",
        "interview_interruptions_backchannel", "interview_interruptions_request",
        "interview_interruptions_unfinished", "interview_interruptions_answer",
        # segments on their way, and interims, which are no part of an answer
        "interview_stt_finals", "interview_stt_interims", "stt_deliveries", "stt_redelivered",
        "stt_resubmitted", "stt_batches", "stt_interims_thinned", "stt_interims_dropped",
        "stt_interims_replaced", "stt_interims_superseded", "stt_interims_failed",
        "stt_interims_preempted", "stt_short_windows", "stt_widened_windows",
        # what is decoded once more when it has its words already
        "stt_record_stretches", "stt_record_kept", "stt_records_preempted",
        # causes whose effects are counted above: a job comes again, or is given up
        "stt_worker_deaths", "stt_job_timeouts", "stt_start_timeouts",
        # the log, not the sound
        "store_probe_failures", "interview_store_trouble", "interview_log_restored",
        "damaged_found", "damaged_passed_over", "recovered",
        # erased because it was asked for
        "retention_damaged", "retention_failed", "retention_audio_erased",
        "retention_transcript_erased", "retention_log_erased",
        # not erased although it was due
        "retention_held",
        # recordings on their way to object storage: each stays on the disk until it is there whole
        "blob_uploads", "blob_upload_parts", "blob_upload_bytes", "blob_upload_failures",
        # answers that are judged after the end
        "evaluations_made", "evaluations_failed", "evaluations_put_off",
        # what a language model was asked while the candidate was heard
        "interview_replies_wanted", "interview_replies_cancelled", "interview_replies_failed",
        "interview_replies_late", "interview_replies_unfit", "interview_follow_ups_asked",
        "interview_summaries_worded", "interview_summaries_dropped",
        # what a model of ends of turn was asked
        "interview_end_model_answers", "interview_end_model_silent",
        # how soon the bot spoke after a turn
        "interview_turns_answered", "interview_turns_unanswered", "interview_turns_lapsed",
    }
)  # fmt: skip
"""Counters that say nothing of lost audio. A new one belongs here or on the page."""
DROPS_OF_MESSAGES = frozenset(
    {
        "dtls_forged",
        "dtls_overflow",
        "sctp_malformed",
        "no_proven_path",
        "speech_too_long",
        "stun_address_taken",
    }
)
"""Drops of a call that are not the candidate's sound."""


def exported() -> frozenset[str]:
    voice = {name for name, _, _ in interview_metrics.COUNTERS.values() if "speech_" in name}
    return frozenset(
        {name for name, _, _ in media_metrics._COUNTERS.values()} - voice
        | {f"stt_{name}" for name in metrics._STT_COUNTERS}
        | {*store_metrics.COUNTERS}
    )


def test_every_counter_is_on_the_page_or_known_to_be_no_loss() -> None:
    labelled = {"datagrams_dropped", "calls_closed", "process_restarts"}
    assert exported() - NO_LOSS == NAMED - labelled
    assert exported() >= NO_LOSS, "what is gone from the metrics goes from the list"


def test_every_reason_for_which_a_call_drops_audio_is_on_the_page() -> None:
    sources = [path.read_text() for path in sorted((ROOT / "media_server" / "rtc").glob("*.py"))]
    calls = re.findall(r"\b_?drop\((.*)\)\n", "\n".join(sources))
    reasons = {word for call in calls for word in re.findall(r'(?<!f)"([a-z]+_[a-z_]+)"', call)}
    assert {"media_rate", "rtp_malformed"} <= reasons
    named = set(re.findall(r'reason="([a-z_]+)"', PAGE))
    assert reasons - DROPS_OF_MESSAGES == named - {"socket_full", "media_off_path"}
