"""Every duration of the conversation, in one place, and the small rules that choose among them."""

from __future__ import annotations

from dataclasses import replace

from media_server.delivery import Delivery
from media_server.interview.spec import InterviewSpec, Pace, TurnSettings

# Greeting
GREETING_FIRST_TOKEN_S = 4.0
GREETING_TOTAL_S = 10.0
GREETING_RETRIES = 2
GREETING_WAIT_AFTER_START_S = 1.0
"""Start was pressed and there is no greeting yet: the fallback within this time."""
START_WAIT_S = 30.0
"""A connected candidate who never presses Start is greeted all the same."""

# The bot's voice
VOICE_DEADLINE_S = 8.0
"""No clip by then: the text is shown and stands alone."""
PLAYOUT_MARGIN_S = 3.0
"""How long past its own length an utterance may take before it counts as played."""

# Listening
BARGE_IN_WORD_S = 2.0
THINK_HOLD_S = 30.0
LOST_SAID_MS = 2000
"""A longer outage within an open turn is spoken of: words are likely to be missing."""
LOST_AGAIN_S = 20.0
"""On a line that comes and goes nobody is asked to repeat more often than that."""
STILL_WORDS_MS = 4000
"""The gate hears somebody, the recogniser no new word for so long: nobody says anything to us.
Longer than a filler is drawn out, of which no recogniser makes a word."""
LADDER: tuple[tuple[float, str], ...] = (
    (8.0, "hint"),
    (15.0, "take_your_time"),
    (30.0, "offer_repeat"),
    (60.0, "offer_choices"),
    (120.0, "pause"),
)
"""(seconds of quiet, what is done): the silence ladder, never the end of an interview."""
AUDIO_GONE_SAID_S = (7.0, 30.0)
"""No audio at all for so long: it is said, and said again. The first time is that of the watch for
packets, see `audio.arrivals`."""
AUDIO_GONE_SAID_BY_S = 8.0
"""In a pause that may be the end of the answer it is said after that end would have come, and not
later than this."""
AUDIO_GONE_PAUSE_S = 120.0
"""No audio at all for so long, in a turn in which something was said or not: it is paused."""
TYPING_LIMIT_S = 900.0
"""Typing keeps the bot quiet for so long after a turn was opened, before the accommodation, and for
its longest at least: something may lie on the keyboard."""
SPEAKING_STALL_S = 20.0
"""The receiver said "speaking" and then nothing: no more trusted after this long past the limit."""

# Closing a turn: transcripts that are late
PLEASE_WAIT_S = 3.0
OFFER_TYPING_S = 10.0
GO_ON_WITHOUT_S = 20.0

# Replies of a language model
REPLY_AHEAD_S = 0.7
"""A pause of received silence as long as this: what is said next is prepared."""
REPLY_WAIT_S = 1.0
"""After the turn's end: a reply that is not there by then is done without. Words that are owed to
it count within this time."""

CLOSE_TURN_S = 2.0
"""The receiver closes the open segment within this time, or the turn ends without it."""
MAX_REPHRASED = 2
"""A third request to rephrase has the question repeated."""

# Requests
CONFIRM_WAIT_S = 15.0
"""Nothing is said to "Shall I repeat the question?" for so long: the words were the answer, and the
interview goes on. As long as until the bot would speak by itself."""
UNDO_S = 8.0
"""How long a skip can be undone."""
SLOWER_TEMPOS = (0.85, 0.72)
LOUDER_DB = (4.0, 8.0)
"""A limiter keeps the peaks; more than this it would be heard."""

# What is asked at the end
THEIR_QUESTIONS_S = 30.0
"""No question of the candidate's own comes for so long: the interview goes on."""

# The summary
SUMMARY_OFFER_S = 30.0
"""Nothing is said to the offer for so long: the interview goes on without it."""
SUMMARY_READ_S = 60.0
"""The same when it was given: it is on the screen to be read."""
SUMMARY_LONGEST_S = 110.0
"""With any accommodation, for then the silence ladder would pause the interview."""

# The gate
SAY_AGAIN_S = 1.0
"""After an utterance that met a closed gate."""
GATE_LIMIT_S = 120.0
"""Nothing could be said for so long: the interview is paused, and its clock with it."""

# The end
ENDED_LINGER_S = 2.0
LIVE_STATE_LIMIT_S = 60.0
"""The backstop of states that should be left within seconds."""
NOTHING_SAID_S = 1.0
"""In a state in which the bot speaks, nothing is being said and nothing waits to be."""
LIMIT_MARGIN_S = 30.0
"""The receiver's soft landing past a turn's limit, before its own hard limit."""

_PACE_MS: dict[Pace, float] = {"faster": 0.75, "normal": 1.0, "slower": 2.0}


def silence_ms(turn: TurnSettings, pace: Pace) -> int:
    """Silence that ends a turn: 1500 / 2000 / 4000 ms at the default, scaled by the setting."""
    return round(turn.silence_ms * _PACE_MS[pace])


def longest_turn_s(spec: InterviewSpec, max_turn_ms: int) -> float:
    """When a turn is ended whatever the receiver says: long past its own limits."""
    limit_s = max_turn_ms / 1000 * spec.accommodations.time_multiplier
    return limit_s + LIMIT_MARGIN_S + SPEAKING_STALL_S


def longest_typing_s(spec: InterviewSpec, max_turn_ms: int) -> float:
    """From when on typing keeps the bot quiet no more, counted from the begin of listening."""
    limit_s = TYPING_LIMIT_S * spec.accommodations.time_multiplier
    return max(limit_s, longest_turn_s(spec, max_turn_ms))


def slower(delivery: Delivery) -> Delivery:
    """One step; at the slowest it stays."""
    tempo = next((step for step in SLOWER_TEMPOS if step < delivery.tempo), delivery.tempo)
    return replace(delivery, tempo=tempo)


def louder(delivery: Delivery) -> Delivery:
    """One step; at the loudest it stays."""
    gain_db = next((step for step in LOUDER_DB if step > delivery.gain_db), delivery.gain_db)
    return replace(delivery, gain_db=gain_db)


def estimated_minutes(spec: InterviewSpec) -> int:
    """What the greeting promises: two minutes a question, never more than the limit."""
    return max(1, min(round(spec.limits.total_ms / 60_000), 2 * len(spec.questions)))
