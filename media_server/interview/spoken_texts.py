"""What an interview says that is known when it is created, and in which language. Pure."""

from __future__ import annotations

from media_server.interview.agenda import agenda_for
from media_server.interview.disclosure import greeting_parts, sentence_for
from media_server.interview.pacing import estimated_minutes
from media_server.interview.phrases import (
    consent_text,
    fallback_greeting,
    is_spoken,
    language_of,
    summary_words,
)
from media_server.interview.spec import InterviewSpec


def spoken_texts(spec: InterviewSpec) -> tuple[str, ...]:
    """Its own words, each once, in the order in which they may be due: the greeting (also the one
    for a language model that does not answer), the questions, what is said in their place."""
    greeting = spec.greeting or fallback_greeting(
        len(spec.questions), estimated_minutes(spec), spec.candidate.locale
    )
    parts = greeting_parts(greeting, spec.candidate.locale)
    prompts = agenda_for(spec)
    others = [prompt.clarification for prompt in prompts if prompt.clarification]
    if spec.summary == "offer":
        others.append(summary_words(spec.candidate.locale).offer)
    return tuple(dict.fromkeys((*parts, *(prompt.text for prompt in prompts), *others)))


def locale_of(spec: InterviewSpec, text: str) -> str:
    """The language of something that the bot says or shows, as a BCP 47 tag.

    That of the candidate; but where the bot has no words of its own in it, those are English, and
    only the integrator's are in the language that the integrator named.
    """
    locale = spec.candidate.locale
    if is_spoken(locale):
        return locale
    theirs = [spec.greeting, spec.consent.text, *(question.text for question in spec.questions)]
    theirs += [question.clarification for question in spec.questions]
    theirs += [entry.a for entry in spec.faq]
    consents = (consent_text(locale), consent_text(locale, watching=True))
    english = text in (*consents, sentence_for(locale))
    if not english and any(own and (own in text or text in own) for own in theirs):
        return locale
    return language_of(locale)
