"""That an AI interviews is said in every greeting: by itself, or by a sentence before it."""

from __future__ import annotations

import pytest

from media_server.interview import events as ev
from media_server.interview import inputs as inp
from media_server.interview.disclosure import greeting_parts, says_ai, with_disclosure
from media_server.interview.phrases import TABLES, fallback_greeting
from media_server.interview.spec import Candidate
from media_server.interview.spoken_texts import locale_of, spoken_texts
from media_server.interview.status import Status
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
        "Welcome! I'm Sam, your AI interviewer.", "I'm Sam, an AI that will interview you.",
        "My name is Ada Berg, your AI voice interviewer. Welcome!", "It's your AI interviewer.",
        "Today you'll be speaking with an AI.", "You are being interviewed by an AI.",
        "Hi, our AI interviewer will interview you today.", "An AI conducts this interview.",
    ),
    "de": (
        "Ich bin eine KI.", "Guten Tag, ich bin eine künstliche Intelligenz und frage.",
        "Ich bin Ihr KI-Interviewer.", "Ich bin ein KI-gestützter Assistent.",
        "Sie sprechen heute mit einer K.I.", "Dieses Gespräch wird von einer KI geführt.",
        "Heute befragt Sie eine KI.", "Hallo, ich bin die KI von Acme.",
        "Ich bin Sam, Ihre KI-Interviewerin.", "Mein Name ist Sam, ich bin Ihr KI-Assistent.",
        "Hallo! Ich heiße Sam, Ihr KI-Interviewer.", "Unsere KI führt dieses Interview.",
        "Eine KI befragt Sie heute.", "Als KI stelle ich Ihnen drei Fragen.",
    ),
    "es": (
        "Soy una IA.", "Hola, soy una inteligencia artificial y voy a entrevistarle.",
        "Soy un entrevistador de inteligencia artificial.", "Está hablando con una IA.",
        "Está usted hablando ahora con una IA.", "Hoy hablará con un asistente de IA.",
        "Soy su asistente virtual de IA.", "Esta entrevista la realiza una IA.",
        "Soy Sam, su entrevistadora de IA.", "Me llamo Sam, una IA que le va a entrevistar.",
        "Nuestra IA realiza esta entrevista.", "Hoy le entrevista una IA.",
    ),
    "fr": (
        "Je suis une IA.", "Bonjour, je suis une intelligence artificielle et je vous écoute.",
        "Je suis votre assistant vocal d'IA.", "Vous parlez avec une IA.",
        "Cet entretien est mené par une intelligence artificielle.", "Je suis l'IA de la société.",
        "Je suis Sam, votre intervieweuse IA.", "Je m'appelle Sam, une IA qui va vous interroger.",
        "Notre IA va vous interviewer.", "En tant qu'IA, je vous pose trois questions.",
    ),
    "ar": (
        "أنا ذكاء اصطناعي.", "مرحبًا، أنا محاور بالذكاء الاصطناعي.", "أنت تتحدث مع ذكاء اصطناعي.",
        "أنا مساعد ذكاء اصطناعي.",
        "أنا سارة، محاورتك بالذكاء الاصطناعي.",
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
        "Hi, I'm Anna from Acme. You would work on CareBot. It is an AI assistant for nurses.",
        "Hello, I am Anna. In our AI interviews we ask about machine learning.",
        "In our AI interviews you meet people.", "You'd run CareBot. This is an AI.",
        "I am Anna. You applied as an AI assistant for our research group.",
        "We ask about what is run by an AI.", "The ward is led by an AI.",
        "I am Anna, and this is our AI program at Acme: listen.", "It's our AI agent.",
        "I'm an assistant run by AI Corp.",
        "Our AI interviews are short.", "An AI conducts our support calls.",
        "At work you will be talking to an AI.", "An AI will ask you for your badge.",
        "I'm an AI, robotics and law scholar.",
        "I'm not Sam, your AI interviewer.", "I'm Anna, your AI engineer.",
        "I'm calling about Sam, your AI assistant.", "I'm Anna, an AI and law scholar.",
    ),
    "de": (
        "Guten Tag.", "Ich bin Ai Tanaka.", "Ich bin keine KI.", "Ich bin KI-Forscherin.",
        "Ich bin eine KI-Forscherin.", "Sie sprechen nicht mit einer KI.", "Wir reden über KI.",
        "Ob ich eine KI bin?", "Ich bin eine KI. Nein, ich bin ein Mensch.",
        "Ich bin Anna. Unsere KI führt Krankenakten.", "Das ist ein KI-Assistent für Ärzte.",
        "Die Akten werden von einer KI geführt.", "Hier ist ein KI-System im Einsatz.",
        "Die Termine führt bei uns eine KI.", "Sprechen Sie gern mit einer KI?",
        "Ich bin Anna, Ihre KI-Forscherin.", "Unsere KI stellt Diagnosen.",
    ),
    "es": (
        "Hola.", "Soy Ai Tanaka.", "No soy una IA.", "Soy experta en IA.",
        "Soy ingeniero de IA.", "No está hablando con una IA.", "Soy una persona.",
        "Soy Anna. Nuestra IA realiza diagnósticos.", "Esta es nuestra IA.",
        "Esto es un asistente de IA.", "La agenda la hace una IA.", "Se vende como IA.",
        "CareBot está con una IA que ayuda.",
        "Soy Anna, su experta en IA.", "¿Habla a menudo con una IA?",
    ),
    "fr": (
        "Bonjour.", "Je suis Ai Tanaka.", "Je ne suis pas une IA.", "Je suis ingénieure en IA.",
        "Vous ne parlez pas avec une IA.", "Parlons de l'IA.", "Je suis une personne.",
        "Je suis Anna. Notre IA réalise des diagnostics médicaux.", "CareBot, c'est une IA.",
        "Voici notre IA.", "Notre IA vous simplifie la vie.", "Vous parlez souvent à une IA ?",
        "Le tri est mené par une IA.", "Je suis Anna, votre experte en IA.",
    ),
    "ar": (
        "مرحبًا.", "أنا آي تاناكا.", "أنا لست ذكاء اصطناعي.", "أنا مهندس ذكاء اصطناعي.",
        "لا تتحدث مع ذكاء اصطناعي.",
        "يجري مستشفانا تشخيص ذكاء اصطناعي.", "هل تتحدث كثيرا مع ذكاء اصطناعي؟",
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


@pytest.mark.parametrize("lost", [False, True])
def test_a_greeting_of_the_release_before_has_it_said_first(lost: bool) -> None:
    """Its log holds the integrator's words alone: at the start, and after a connection was lost."""
    world = World(make_spec(1, greeting="Welcome to Acme.", candidate=Candidate(locale="en")))
    world.do(inp.LinkOpened(), inp.ConsentGiven("2026-11"))
    world.fold(ev.GreetingPrepared(text="Welcome to Acme.", source="spec", reason="old"))
    world.connect()
    world.do(inp.StartPressed())
    if lost:
        world.do(inp.CallEnded(1, "gone", 3.0))
        world.connect()
    utterance = world.state.utterance
    assert utterance is not None
    assert utterance.text == "You are talking with an AI. Welcome to Acme."


SENTENCE = "You are talking with an AI."


def _abroad(greeting: str = "Olá! Vamos começar.", *, old: bool = False) -> World:
    """Started in a language that the bot has no words in."""
    world = World(make_spec(1, greeting=greeting, candidate=Candidate(locale="pt-BR")))
    world.do(inp.LinkOpened(), inp.ConsentGiven("2026-11"))
    if old:
        world.fold(ev.GreetingPrepared(text=greeting, source="spec", reason="old"))
    else:
        world.do(inp.GreetingReady(greeting, "spec"))
    world.connect()
    world.do(inp.StartPressed())
    return world


def _asked_for(world: World) -> list[tuple[str, str]]:
    return [(e.kind, e.text) for e in world.log if isinstance(e, ev.UtteranceRequested)]


@pytest.mark.parametrize("old", [False, True])
@pytest.mark.parametrize("shown", [False, True])
def test_an_english_sentence_before_another_language_is_said_for_itself(
    old: bool, shown: bool
) -> None:
    world = _abroad(old=old)
    for _ in range(2):
        utterance = world.state.utterance
        assert utterance is not None
        assert not world.state.greeting_heard
        assert world.at(Status.READY) or world.at(Status.GREETING)
        if shown:
            world.do(inp.VoiceFailed(utterance.utterance_id, "no voice"))
        else:
            world.speak()
    assert world.state.greeting_heard
    assert _asked_for(world) == [
        ("greeting", SENTENCE), ("greeting", "Olá! Vamos começar."),
        ("question", "Question number 1?"),
    ]  # fmt: skip
    spec = world.state.spec
    assert spoken_texts(spec)[:2] == (SENTENCE, "Olá! Vamos começar.")
    assert [locale_of(spec, text) for text in spoken_texts(spec)[:3]] == ["en", "pt-BR", "pt-BR"]


def test_the_rest_of_a_greeting_in_two_languages_can_be_lost_or_skipped() -> None:
    world = _abroad()
    world.speak()
    world.do(inp.CallEnded(1, "gone", 3.0))
    world.connect()
    assert _asked_for(world)[-1] == ("greeting", SENTENCE)
    world.do(inp.SkipPressed())
    assert _asked_for(world)[-1] == ("question", "Question number 1?")
    assert world.state.greeting_heard


@pytest.mark.parametrize("greeting", [SENTENCE, f"{SENTENCE} Olá!"])
def test_an_integrator_who_wrote_the_sentence_hears_it_once(greeting: str) -> None:
    world = _abroad(greeting)
    parts = greeting_parts(greeting, "pt-BR")
    assert " ".join(parts) == greeting
    assert locale_of(world.state.spec, parts[0]) == "en"
    for _ in parts:
        world.speak()
    said = [*(("greeting", part) for part in parts), ("question", "Question number 1?")]
    assert _asked_for(world) == said


@pytest.mark.parametrize("locale", FIVE)
def test_a_greeting_in_one_language_is_one_utterance(locale: str) -> None:
    assert greeting_parts("Acme.", locale) == (with_disclosure("Acme.", locale),)
