"""What interviews and the voice count, in Prometheus' words: key of `MediaFigures`, name, text."""

from __future__ import annotations

COUNTERS: dict[str, tuple[str, str, float]] = {
    f"{room}_{name}": (f"{exported}_{name}", text, 1.0)
    for room, exported, names in (
        (
            "session",
            "interview",
            {
                "clicks_ignored": "Clicks and answers that came too fast: not taken",
                "clips_unkept": "Utterances whose sound could not be kept for the report",
                "end_model_answers": "Pauses that a model of ends of turn has judged",
                "end_model_silent": "Pauses of which it had nothing to say in time",
                "follow_ups_asked": "Follow-ups of a model that were asked",
                "follow_ups_dropped": "Follow-ups of a model that did not pass the checks",
                "handler_errors": "Inputs whose handling failed: the interview went on without",
                "inbox_full": "Inputs that found the inbox of their interview full: lost",
                "interruptions_answer": "Times the bot was interrupted by an answer",
                "interruptions_backchannel": "Times the bot stopped for an okay, and went on",
                "interruptions_echo": "Times the bot stopped for its own words, and went on",
                "interruptions_nothing": "Times the bot stopped for no word, and went on",
                "interruptions_request": "Times the bot was interrupted by a request",
                "interruptions_unfinished": "Answers that were cut off, and went on",
                "log_restored": "Times entries that the store had lost were written again",
                "replies_cancelled": "Replies of a model that were stopped: speech went on",
                "replies_failed": "Replies of a model that failed: the script went on",
                "replies_late": "Replies of a model that came too late: the script went on",
                "replies_unfit": "Follow-ups that were empty or far too long: not asked",
                "replies_wanted": "Times a model was asked what to say next",
                "spool_trouble": "Times the spool could not be read or trimmed",
                "store_trouble": "Times an interview could not be written, until it could",
                "stt_before_any_question": "Segments of speech over the greeting: no answer",
                "stt_finals": "Segments of speech given to the recogniser",
                "stt_given_up": "Segments marked untranscribed: no words came of them",
                "stt_interims": "Open segments given to the recogniser",
                "stt_late": "Texts that came late or twice: not applied",
                "summaries_dropped": "Answers in the words of a model that did not pass the checks",
                "summaries_worded": "Answers in the words of a model, for the summary",
                "turns_answered": "Turns after which the next words were heard",
                "turns_lapsed": "Turns after which nothing was heard for a minute: not measured",
                "turns_unanswered": "Turns that went on, were left, or had a written reply",
                "voice_failed": "Utterances that were shown, because there was no voice",
            },
        ),
        (
            "evaluations",
            "evaluations",
            {
                "made": "Evaluations that were made, of interviews that asked for one",
                "failed": "Evaluations that were given up: the facts stand, people may decide",
                "put_off": "Times a model did not answer, and the evaluation was left for later",
            },
        ),
        (
            "tts",
            "speech",
            {
                "memory": "Clips found in memory",
                "disk": "Clips found on the disk",
                "made": "Clips made by a voice when they were due",
                "ahead": "Clips made by a voice before they were due",
                "failed": "Attempts to make a clip that failed",
                "faults": "Times a voice broke",
                "recovered": "Times a broken voice worked again",
                "restarts": "Times the process of a voice had ended and was started again",
            },
        ),
    )
    for name, text in names.items()
}
