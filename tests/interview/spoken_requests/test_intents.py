"""A request is recognised when the whole turn is the request, and never inside an answer."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_server.interview import pacing
from media_server.interview.spec import TurnSettings
from media_server.interview.spoken_requests import recognise

REQUESTS = {
    "repeat": [
        "Repeat.", "Could you repeat that?", "Can you please repeat the question?",
        "Sorry, could you say that again please?", "What was the question?", "Pardon?",
        "I didn't catch that.", "please repeat", "say it again", "one more time",
        "I couldn't hear you", "can you repeat the question again",
        "Hello, are you there?", "Hello? Hello?", "Hello.", "Can you hear me?", "Hi there!",
        "can anybody hear me", "is this on", "Is this thing on?", "Is anyone there?",
        "Are you still there?",
        "Is my microphone working?", "Testing, testing.",
        "Um, hello, can you hear me now?", "Did you hear me?",
    ],
    "cannot_hear": [
        "Hello, is anybody there? I can't hear you.", "I can't hear anything.", "There's no sound.",
    ],
    "rephrase": [
        "I don't understand the question.", "Could you rephrase that?", "What do you mean?",
        "What do you mean by that?", "can you explain the question", "I did not understand",
    ],
    "skip": [
        "Skip.", "skip this question please", "Next question.", "pass", "let's move on",
        "skip again",
    ],
    "no_idea": ["I don't know.", "I have no idea"],
    "pause": ["Can we take a short break?", "pause", "I need a break", "I need to take a break",
              "I have to take a short break"],
    "think": ["Let me think.", "One second.", "just a moment please", "give me a minute",
              "let me think about that", "hold on"],
    "not_finished": ["I wasn't finished.", "I'm not done yet", "wait, I wasn't finished",
                     "go back to the previous question"],
    "leave": ["I have to leave.", "I want to end the interview.", "stop the interview", "goodbye"],
    "human": ["I'd like to speak to a person.", "I would like to speak to a person.",
              "I\u2019d rather talk to someone", "Id like to talk to a human",
              "Can I talk to a human?", "I want to speak with a real person",
              "I need accommodations"],
    "interviewer_question": ["Can I ask you a question?", "I have a question for you",
                             "how much does the job pay"],
}  # fmt: skip

CONTRACTED = [
    ("i would like to end the interview", "I'd like to end the interview", "leave"),
    ("i am not done", "I'm not done", "not_finished"),
    ("i was not finished", "I wasn't finished", "not_finished"),
    ("i can not hear you", "I can't hear you", "cannot_hear"),
    ("i cannot hear you", "I cant hear you", "cannot_hear"),
    ("let us move on", "Let's move on", "skip"),
    ("i do not know", "I don't know", "no_idea"),
    ("i am thinking", "I'm thinking", "think"),
    ("what is the question", "What's the question?", "repeat"),
    ("i would like a break", "I'd like a break", "pause"),
    ("i would like a minute to think", "I'd like a minute to think", "think"),
]
APOSTROPHES = ("'", "\u2019", "\u2018", "\u02bc", "\u2032", "`", "\u00b4", "\uff07")

ANSWERS = [
    "Hello is what I say to every guest who comes in.",
    "I would like to work with people who like their work.",
    "I'd like to speak to a person before I judge them, and then I decide what to do about it.",
    "When a customer asks whether anybody is there, I answer at once.",
    "I can't hear high tones, so I use a screen for those.",
    "Testing is half of my work.",
    "Testing.",
    "So, testing.",
    "I have a break.",
    "I have some time.",
    "I have a minute.",
    "I have accommodations.",
    "I did not get anything.",
    "I couldn't get anything.",
    "Is this on the critical path, I would ask.",
    "I had to repeat the experiment three times before it worked.",
    "We skip the meeting when nobody has anything to say.",
    "I don't know much about that, but in my last job I used Python every day.",
    "My manager would rephrase the question until I understood it.",
    "I stopped the line and called the technician.",
    "Yes.",
    "No.",
    "I think the next question for our team was how to ship it.",
    "The patient did not understand the form so I explained it to her in her own words.",
    "I left the company in May.",
    "I pause before I answer an angry customer.",
    "",
]


def intent_of(text: str) -> str | None:
    found = recognise(text, "en")
    return found.intent if found is not None and found.sure else None


@pytest.mark.parametrize(
    ("intent", "text"), [(intent, text) for intent, texts in REQUESTS.items() for text in texts]
)
def test_requests(intent: str, text: str) -> None:
    assert intent_of(text) == intent


@pytest.mark.parametrize("text", ANSWERS)
def test_answers_are_no_requests(text: str) -> None:
    assert intent_of(text) is None


@pytest.mark.parametrize("apostrophe", APOSTROPHES)
@pytest.mark.parametrize(("full", "contracted", "intent"), CONTRACTED)
def test_contracted_or_in_full(full: str, contracted: str, intent: str, apostrophe: str) -> None:
    assert intent_of(full) == intent
    assert intent_of(contracted.replace("'", apostrophe)) == intent


@given(st.text(max_size=300))
def test_any_text_is_classified_without_harm(text: str) -> None:
    recognise(text, "en")


def test_pace_at_the_default_is_the_documented_silence() -> None:
    turn = TurnSettings()
    chosen = [pacing.silence_ms(turn, pace) for pace in ("faster", "normal", "slower")]
    assert chosen == [1500, 2000, 4000]
