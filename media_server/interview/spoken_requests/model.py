"""What a candidate can ask for by voice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Intent = Literal[
    "repeat",  # the question, once more
    "repeat_last",  # its last part only
    "rephrase",  # in other words
    "slower",
    "louder",
    "cannot_hear",  # the bot is not heard, or not heard well
    "skip",  # the next question, or no answer wanted to this one
    "no_idea",  # "I don't know": a gentle offer comes first
    "think",
    "not_finished",
    "pause",
    "leave",  # stop the interview
    "human",
    "interviewer_question",  # a question to the employer
    "summarise",  # what was understood so far
    "trouble",  # the line, the microphone, the page
]

MAX_WORDS = 14
"""A longer turn is an answer, whatever it contains."""


@dataclass(frozen=True, slots=True)
class Recognised:
    intent: Intent
    sure: bool
    """False: it looks like this request, and may be an answer. To be confirmed before anything
    follows from it, and not to be taken as the answer unasked."""
