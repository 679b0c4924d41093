"""What an interview is going to say that is known when it is created. Pure."""

from __future__ import annotations

from media_server.interview.agenda import agenda_of
from media_server.interview.pacing import estimated_minutes
from media_server.interview.phrases import fallback_greeting
from media_server.interview.spec import InterviewSpec


def spoken_texts(spec: InterviewSpec) -> tuple[str, ...]:
    """Its own words, each once, in the order in which they may be due: the greeting (also the one
    for a language model that does not answer), the questions, what is said in their place."""
    greeting = spec.greeting or fallback_greeting(len(spec.questions), estimated_minutes(spec))
    prompts = agenda_of(spec.questions)
    others = (prompt.clarification for prompt in prompts if prompt.clarification)
    return tuple(dict.fromkeys((greeting, *(prompt.text for prompt in prompts), *others)))
