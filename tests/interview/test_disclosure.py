"""That an AI interviews is said in every greeting: by itself, or by a sentence before it."""

from __future__ import annotations

import pytest

from media_server.interview import events as ev
from media_server.interview import inputs as inp
from media_server.interview.disclosure import says_ai, with_disclosure
from media_server.interview.phrases import TABLES, fallback_greeting
from media_server.interview.spec import Candidate
from media_server.interview.spoken_texts import spoken_texts
from tests.interview.world import World, make_spec

SAYS = {
    "en": (
        "I am an AI interviewer.", "Hello, I'm an AI.", "Hi! I'm Acme's AI assistant, welcome.",
        "I am an A.I. interviewer and I will ask you three questions.",
        "Welcome. This is an AI interview partner from Acme.",
        "You are talking to an artificial intelligence.", "You\u2019re speaking with our AI agent.",
        "This interview is conducted by an AI.", "As an AI, I never tire.",
        "I'm a virtual interviewer powered by AI.", "I'm an AI that asks questions.",
        "An AI will interview you today.", "I'm an AI, not a person.",
        "Your interviewer today is an AI system.", "I am AI.", "I am an Ai interviewer.",
    ),
    "de": (
        "Ich bin eine KI.", "Guten Tag, ich bin eine künstliche Intelligenz und frage.",
        "Ich bin Ihr KI-Interviewer.", "Ich bin ein KI-gestützter Assistent.",
        "Sie sprechen heute mit einer K.I.", "Dieses Gespräch wird von einer KI geführt.",
        "Heute befragt Sie eine KI.", "Hallo, ich bin die KI von Acme.",
    ),
    "es": (
        "Soy una IA.", "Hola, soy una inteligencia artificial y voy a entrevistarle.",
        "Soy un entrevistador de inteligencia artificial.", "Está hablando con una IA.",
        "Soy su asistente virtual de IA.", "Esta entrevista la realiza una IA.",
    ),
    "fr": (
        "Je suis une IA.", "Bonjour, je suis une intelligence artificielle et je vous écoute.",
        "Je suis votre assistant vocal d'IA.", "Vous parlez avec une IA.",
        "Cet entretien est mené par une intelligence artificielle.", "Je suis l'IA de la société.",
    ),
    "ar": (
        "أنا ذكاء اصطناعي.", "مرحبًا، أنا محاور بالذكاء الاصطناعي.", "أنت تتحدث مع ذكاء اصطناعي.",
        "أنا مساعد ذكاء اصطناعي.",
    ),
}  # fmt: skip
SAYS_NOT = {
    "en": (
        "", "Hi.", "Welcome to Acme.", "I am Ai Tanaka.", "Hello, I'm Ai, your interviewer.",
        "I am AI Tanaka.", "I am not an AI.", "I'm no AI.", "You are not talking to an AI.",
        "I am an AI engineer.", "I'm the AI team's recruiter.", "I'm an AI and law scholar.",
        "I'm an AI agent developer.", "Some think I am an AI.", "We will talk about AI.",
        "If this is an AI, say so.", "This isn't an AI.", "I am an AI. No, I'm a real person.",
        "I was an AI assistant.", "Acme builds an AI that helps doctors.", "Air is free.",
        "You are talking with an AI expert.", "I'm an AI. I am not an AI.",
    ),
    "de": (
        "Guten Tag.", "Ich bin Ai Tanaka.", "Ich bin keine KI.", "Ich bin KI-Forscherin.",
        "Ich bin eine KI-Forscherin.", "Sie sprechen nicht mit einer KI.", "Wir reden über KI.",
        "Ob ich eine KI bin?", "Ich bin eine KI. Nein, ich bin ein Mensch.",
    ),
    "es": (
        "Hola.", "Soy Ai Tanaka.", "No soy una IA.", "Soy experta en IA.",
        "Soy ingeniero de IA.", "No está hablando con una IA.", "Soy una persona.",
    ),
    "fr": (
        "Bonjour.", "Je suis Ai Tanaka.", "Je ne suis pas une IA.", "Je suis ingénieure en IA.",
        "Vous ne parlez pas avec une IA.", "Parlons de l'IA.", "Je suis une personne.",
    ),
    "ar": (
        "مرحبًا.", "أنا آي تاناكا.", "أنا لست ذكاء اصطناعي.", "أنا مهندس ذكاء اصطناعي.",
        "لا تتحدث مع ذكاء اصطناعي.",
    ),
}  # fmt: skip
FIVE = sorted(TABLES)


@pytest.mark.parametrize(("locale", "text"), [(k, t) for k, ts in SAYS.items() for t in ts])
def test_who_says_it_is_not_spoken_over(locale: str, text: str) -> None:
    assert says_ai(text, locale)
    assert with_disclosure(text, locale) == text


@pytest.mark.parametrize(("locale", "text"), [(k, t) for k, ts in SAYS_NOT.items() for t in ts])
def test_who_does_not_say_it_has_it_said_before(locale: str, text: str) -> None:
    assert not says_ai(text, locale)
    whole = with_disclosure(text, locale)
    assert whole.endswith(f" {text}")
    assert says_ai(whole, locale)
    assert with_disclosure(whole, locale) == whole


@pytest.mark.parametrize("locale", FIVE)
def test_the_bots_own_greeting_says_it(locale: str) -> None:
    assert says_ai(fallback_greeting(3, 6, locale), locale)


def test_another_locale_has_the_sentence_in_the_language_of_the_bots_words() -> None:
    assert with_disclosure("Buongiorno.", "it-IT") == "You are talking with an AI. Buongiorno."
    assert says_ai("Ich bin eine KI.", "de-AT")


@pytest.mark.parametrize("source", ["integrator", "model", "in time", "too late"])
def test_no_greeting_takes_its_place(source: str) -> None:
    """The same words in the log, the caption, and what is spoken ahead."""
    spec = make_spec(1, greeting="Welcome to Acme.", candidate=Candidate(locale="en"))
    world = World(spec)
    world.do(inp.LinkOpened(), inp.ConsentGiven("2026-11"))
    if source == "model":
        world.do(inp.GreetingReady("Nice to meet you.", "ollama"))
    elif source != "too late":
        world.do(inp.GreetingReady("Welcome to Acme.", "spec"))
    world.connect()
    world.do(inp.StartPressed())
    if source == "too late":
        world.wait(1.1)
    utterance = world.state.utterance
    assert utterance is not None
    own = "Nice to meet you." if source == "model" else "Welcome to Acme."
    assert utterance.text == f"You are talking with an AI. {own}"
    prepared = [e.text for e in world.log if isinstance(e, ev.GreetingPrepared)]
    assert prepared == [utterance.text]
    assert spoken_texts(spec)[0] == "You are talking with an AI. Welcome to Acme."
