"""What the bot says and shows besides questions and greeting, by language.

Core wording is the same for every candidate, so it is data here and audio from the cache.
"""

from __future__ import annotations

from media_server.interview.spoken_requests import Intent
from media_server.interview.status import UtteranceKind

_EN: dict[UtteranceKind, str] = {
    "take_your_time": "Take your time, I'm listening.",
    "offer_repeat": "Shall I repeat the question? Just say: please repeat.",
    "offer_choices": "You can also type your answer, take a pause, or skip this question.",
    "audio_lost": (
        "I cannot hear you at the moment. Please check your microphone, or type your answer."
    ),
    "lost_you": "I lost you for some seconds. Could you say that last part again?",
    "not_heard": "I'm sorry, I did not hear you. Please try again, or type your answer.",
    "skip_offer": "That's fine. Say what comes to mind, or say: skip.",
    "leave_offer": (
        "You can end the interview with the Leave button. If you would like to go on, "
        "please continue with your answer."
    ),
    "human_note": "I have noted that you would like to speak with a person. You may type, too.",
    "question_note": "I have noted your question and will pass it on. Now back to your answer.",
    "trouble_note": (
        "If something does not work, you can type your answer, or reload the page. "
        "Everything so far is kept."
    ),
    "go_on": "All right, please go on.",
    "bridge": "Thank you, that gives me a good picture. Let's go on.",
    "wrap_up": "Thank you. That was the last question. Your answers have been saved. Goodbye.",
}
_CONFIRM_EN: dict[Intent, str] = {
    "repeat": "Shall I repeat the question?",
    "repeat_last": "Shall I repeat the last part of the question?",
    "rephrase": "Shall I put the question in other words?",
    "slower": "Shall I speak more slowly?",
    "louder": "Shall I speak louder?",
    "cannot_hear": "Shall I repeat the question?",
    "skip": "Shall we skip this question?",
    "no_idea": "Shall we leave this question?",
    "pause": "Shall we take a break?",
    "leave": "Would you like to end the interview?",
    "human": "Would you like to speak with a person?",
    "interviewer_question": "Is that a question for the company?",
    "trouble": "Is something not working?",
}
"""What is asked where a turn may be this request; the others need no question."""
_REMARKS_EN = {
    "no_other_words": "I only have it in these words. Here it is again, slower.",
}
_HINTS_EN = {
    "thinking": "Take your time. I am waiting.",
    "volume": "You can also turn up the volume of your device.",
    "cannot_hear": (
        "If you cannot hear me, check that your loudspeaker or headphones are on, "
        "and turn up the volume."
    ),
    "trouble": (
        "If something does not work, type your answer, or reload the page: everything so far is "
        "kept."
    ),
    "quiet": "I cannot hear you yet. Check that your microphone is on, or type your answer.",
    "quiet_muted": "Your microphone is muted. Unmute it, or type your answer.",
    "audio_lost": "No sound comes from your microphone. Check it or choose another, or type.",
    "lost_audio": "The line was interrupted for some seconds. Please say your last part again.",
    "quiet_text": "Type your answer when you are ready.",
    "please_wait": "One moment, please: your words are still being written down.",
    "type_instead": "This is taking longer than usual. You may type your answer, or wait.",
    "went_on": "Your recording is safe and will be written down later. Let's go on.",
    "near_limit": "Please come to an end soon: about {seconds} seconds are left for this answer.",
    "use_headphones": "My voice comes back through your loudspeaker. Headphones would help.",
    "typed_early": "Nothing has been asked yet. What you typed is noted and will be passed on.",
    "typed_late": "This question is over. What you typed is noted and will be passed on.",
    "time_up": "The time for this interview is over.",
}
TIME_UP_WRAP_UP = "Our time is over. Thank you for your answers, they have been saved. Goodbye."
FALLBACK_GREETING = (
    "Hello, and welcome. I am an AI interviewer. I will ask you {questions}, which takes about "
    "{minutes}. You can ask me to repeat a question at any time by saying: please repeat. "
    "Let us begin."
)
_CONFIRM = dict.fromkeys(_CONFIRM_EN.values())
_FIXED = frozenset({*_EN.values(), TIME_UP_WRAP_UP, *_CONFIRM})


def phrase(kind: UtteranceKind, _locale: str) -> str:
    """The words of a fixed utterance; English until a locale has a table of its own."""
    return _EN[kind]


def confirmation(intent: Intent, _locale: str) -> str:
    """The question whether a turn was this request."""
    return _CONFIRM_EN[intent]


def remark(code: str, _locale: str) -> str:
    """A sentence that comes before other words."""
    return _REMARKS_EN[code]


def hint(code: str, _locale: str, **values: object) -> str:
    return _HINTS_EN[code].format(**values)


def fallback_greeting(questions: int, minutes: int) -> str:
    """Says that the interviewer is an AI, how long it takes, how to have a question repeated."""
    return FALLBACK_GREETING.format(
        questions="one question" if questions == 1 else f"{questions} questions",
        minutes="one minute" if minutes == 1 else f"{minutes} minutes",
    )


def fixed_phrases() -> tuple[str, ...]:
    """All that every interview may say, in the order in which they are likely to be needed."""
    return (*_EN.values(), TIME_UP_WRAP_UP, *_CONFIRM)


def is_fixed(text: str) -> bool:
    """Whether every interview says this: it tells nothing of the one that does."""
    return text in _FIXED
