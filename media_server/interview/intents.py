"""Spoken requests, recognised by rules: several wordings each, and only where the whole turn is
the request. "I had to repeat the experiment" is an answer; "could you repeat that?" is not.
"""

from __future__ import annotations

import re
from typing import Literal

Intent = Literal[
    "repeat", "rephrase", "skip", "pause", "think", "not_finished", "leave", "human",
    "interviewer_question",
]  # fmt: skip

MAX_WORDS = 14
"""A longer turn is an answer, whatever it contains."""

_POLITE = (
    r"(?:(?:sorry|excuse me|please|okay|ok|well|um+|uh+|oh|hey|hi|yes|yeah|no|so|actually|pardon|"
    r"i'm sorry|i am sorry)[,.!?]?\s+)*"
)
_CAN_YOU = r"(?:(?:can|could|would|will|may)\s+(?:you|i|we)\s+(?:please\s+)?)?"
_END = r"(?:[,.]?\s*(?:please|thanks|thank you|for me|again|one more time|once more|now))*[.!?]*$"

_RULES: tuple[tuple[Intent, str], ...] = (
    (
        "repeat",
        (
            r"(?:(?:just\s+)?(?:repeat|say|ask|read)(?:\s+(?:that|it|the (?:last )?question|me))*"
            r"(?:\s+(?:again|one more time|once more))?|please repeat|(?:say|come) again|"
            r"(?:what was|what's|what is) the question(?: again)?|"
            r"(?:i )?(?:didn't|did not|couldn't|"
            r"could not|can't|cannot) (?:hear|catch|get) (?:that|you|it|"
            r"the question)|pardon(?: me)?|"
            r"one more time|hear the question again)"
        ),
    ),
    (
        "rephrase",
        (
            r"(?:rephrase|clarify|explain|reword)(?:\s+(?:that|it|the question|this))*|"
            r"(?:ask|say|put) (?:that|it|the question) (?:differently|in (?:an)?other words|"
            r"another way|in a different way)|what do you mean(?: by that)?|"
            r"i (?:don't|do not|didn't|did not) understand(?: (?:that|it|"
            r"the question|what you mean))?"
        ),
    ),
    (
        "skip",
        (
            r"skip(?: (?:it|that|this|this one|the question|this question|that question|again))*|"
            r"pass|next(?: question)?|(?:let's |let us )?(?:move|"
            r"go) on(?: to the next(?: question)?)?|"
            r"i (?:don't|do not) (?:know|have an answer)(?: (?:that|it|this|the answer|this one))?|"
            r"i have no idea|no idea|no answer"
        ),
    ),
    (
        "pause",
        (
            r"(?:take a |have a |make a |i need a |let's take a )?(?:short |little |quick )?"
            r"(?:pause|break)(?: the interview)?|pause(?: it| this| here)?|"
            r"i need to (?:pause|take a break|step away)"
        ),
    ),
    (
        "think",
        (
            r"(?:let|give) me (?:(?:just )?(?:think|have a think)|(?:a |"
            r"one )?(?:second|moment|minute|"
            r"sec)(?: to think)?)(?: about (?:it|that|this))?|(?:just )?(?:one|a) (?:second|moment|"
            r"minute|sec)|hold on(?: a (?:second|moment|minute))?|i need (?:a|some|one) (?:second|"
            r"moment|minute|time)(?: to think)?|(?:i'm|i am) (?:still )?thinking"
        ),
    ),
    (
        "not_finished",
        (
            r"i (?:wasn't|was not|am not|'m not) (?:finished|done)(?: yet)?|"
            r"i'm not (?:finished|done)"
            r"(?: yet)?|(?:wait|hold on),? i (?:wasn't|was not) (?:finished|done)(?: yet)?|"
            r"(?:go|let me go|i want to go) back(?: to (?:the|my) (?:last|previous) "
            r"(?:question|answer))?"
        ),
    ),
    (
        "leave",
        (
            r"(?:i (?:want|would like|'d like|have|need) to )?(?:end|stop|quit|leave|finish|abort)"
            r"(?: (?:the|this) (?:interview|call|conversation))|i (?:want|would like|have|need) to "
            r"(?:leave|stop|quit)|goodbye|bye(?: bye)?"
        ),
    ),
    (
        "human",
        (
            r"(?:i (?:want|would like|'d like|need) to )?(?:talk|speak) (?:to|with) (?:a |an )?"
            r"(?:real |actual )?(?:human|person|somebody|someone)(?: being)?|"
            r"i need (?:an )?accommodations?|is there a (?:human|person)"
        ),
    ),
    (
        "interviewer_question",
        (
            r"(?:can|could|may) i ask (?:you )?(?:a|one|some) questions?|i have (?:a|one) question"
            r"(?: for you)?|(?:what|how much) (?:is|does) the (?:salary|pay|job pay)|"
            r"when (?:will|do) i hear(?: back)?(?: from you)?"
        ),
    ),
)
_COMPILED = tuple(
    (intent, re.compile(f"^{_POLITE}{_CAN_YOU}(?:{pattern}){_END}", re.IGNORECASE))
    for intent, pattern in _RULES
)
_INJECTION = re.compile(
    r"\b(?:ignore|disregard|forget) (?:all |any )?(?:of )?(?:your|the|my|previous|prior)\b.{0,30}"
    r"\b(?:instructions?|rules?|prompts?)\b|\bsystem prompt\b|\byou are now\b|"
    r"\bgive me (?:full|maximum|the (?:highest|best)) (?:score|marks?|points?|rating)",
    re.IGNORECASE,
)


def classify(text: str) -> Intent | None:
    """The request that a whole turn is, or None for an answer."""
    text = " ".join(text.replace("\u2019", "'").split())
    if not text or len(text.split()) > MAX_WORDS:
        return None
    for intent, pattern in _COMPILED:
        if pattern.match(text):
            return intent
    return None


def looks_like_injection(text: str) -> bool:
    """Instructions to the interviewer inside an answer: flagged for readers, without effect."""
    return _INJECTION.search(text) is not None
