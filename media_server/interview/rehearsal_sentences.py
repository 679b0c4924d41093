"""What a candidate is asked to read aloud before the interview, by language. Pure.

Everyday words of about three seconds, with the vowels and hissing sounds that a bad microphone
loses first. Nothing of it says anything about the candidate.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """`language`: the one the texts are in, a BCP 47 primary subtag."""

    language: str
    sentence: str
    """Shown, and to be read aloud."""
    spoken: str
    """What the interviewer says: the request, with the sentence."""


_TEXTS = {
    "en": (
        "Please read this sentence aloud.",
        "Hello, I can hear you well, and this is how I sound today.",
    ),
    "de": (
        "Bitte lesen Sie diesen Satz vor.",
        "Hallo, ich höre Sie gut, und so klinge ich heute.",
    ),
    "es": (
        "Por favor, lea esta frase en voz alta.",
        "Hola, le oigo bien, y así suena mi voz hoy.",
    ),
    "fr": (
        "Lisez cette phrase à voix haute, s'il vous plaît.",
        "Bonjour, je vous entends bien, et voici ma voix aujourd'hui.",
    ),
    "ar": (
        "من فضلك، اقرأ هذه الجملة بصوت مسموع.",
        "مرحبًا، أسمعك جيدًا، وهكذا يبدو صوتي اليوم.",
    ),
}


def rehearsed(locale: str) -> Rehearsed:
    """For a BCP 47 tag; in English where there is none in its language."""
    language = locale.partition("-")[0].lower()
    if language not in _TEXTS:
        language = "en"
    request, sentence = _TEXTS[language]
    return Rehearsed(language, sentence, f"{request} {sentence}")
