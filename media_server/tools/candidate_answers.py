"""What a candidate of `simulate` without recordings says: texts for the demo and for any question.

Pure. Nothing in them is about a real person. Sentences are short, so that there are natural pauses.
"""

from __future__ import annotations

from collections.abc import Mapping

REQUEST = "Sorry, could you repeat that?"
DEMO: Mapping[str, str] = {
    "Please tell me a little about yourself and the work you do.": (
        "I work as a nurse in a small hospital. Most of my day I look after people who have just "
        "had an operation. What I like best is the moment when somebody can go home again."
    ),
    "Tell me about a problem you solved recently. What did you do?": (
        "Last month our store room ran out of clean bandages twice. So I counted what we used for "
        "a week. Then I put a simple list on the door, and since then nothing has been missing."
    ),
    "What would you like to learn next, and why?": (
        "I would like to learn Spanish. Many of our patients speak it at home. I want to "
        "understand them without waiting for somebody who can translate."
    ),
}
"""By the text of the question; those of the demo interview."""

_NEUTRAL: Mapping[str, tuple[str, ...]] = {
    "en": (
        (
            "Let me give you an example from my last job. We were a small team with too much to "
            "do. I made a short plan, asked the others what they thought, and we finished early."
        ),
        (
            "I would start by listening to everybody. Then I would try the simplest thing that "
            "could work. If it does not help, I change one thing at a time and look again."
        ),
        (
            "That has changed for me over the years. In the beginning I wanted to do everything "
            "alone. Today I ask for help early, and I write down what I have learned."
        ),
    ),
    "de": (
        (
            "Ich gebe Ihnen ein Beispiel aus meiner letzten Stelle. Wir waren ein kleines Team und "
            "hatten viel zu tun. Ich habe einen kurzen Plan gemacht, und wir wurden früher fertig."
        ),
    ),
    "fr": (
        (
            "Je vous donne un exemple de mon dernier travail. Nous étions une petite équipe avec "
            "beaucoup de choses à faire. J'ai fait un plan simple, et nous avons fini plus tôt."
        ),
    ),
    "es": (
        (
            "Le doy un ejemplo de mi último trabajo. Éramos un equipo pequeño con mucho que hacer. "
            "Hice un plan sencillo y terminamos antes."
        ),
    ),
}
_BESIDE: Mapping[str, str] = {
    "en": "I have said all that I know.",
    "de": "Mehr weiß ich dazu nicht.",
    "fr": "Je n'ai rien à ajouter.",
    "es": "No tengo nada que añadir.",
}


def language_of(locale: str) -> str:
    """The language of the texts for this locale: its own where there are any, else English."""
    primary = locale.replace("_", "-").partition("-")[0].lower()
    return primary if primary in _NEUTRAL else "en"


def answer_to(text: str, number: int, locale: str) -> str:
    """To a core question: its `text` as it was asked, its `number` from 1."""
    if text in DEMO:
        return DEMO[text]
    neutral = _NEUTRAL[language_of(locale)]
    return neutral[(number - 1) % len(neutral)]


def beside(locale: str) -> str:
    """To what is asked beside the core questions: practice, a follow-up."""
    return _BESIDE[language_of(locale)]
