"""Does a greeting say that an AI interviews? If not, a fixed sentence comes before it. Pure.

Nobody can take that away from the candidate: not an integrator's greeting, not a language model's.
The rules are narrow on purpose. What they do not see costs a sentence said twice; what they took
for it wrongly would leave somebody who talks with an AI in the belief that it is a person. So the
words have to say who speaks or interviews ("I am an AI interviewer", "you are talking with an AI"),
in the language of the interview, in a clause without a "not" or an "if" before it, and the greeting
must nowhere say the opposite. A name is no AI ("I am Ai Tanaka"), nor is a trade ("I am an AI
engineer").
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from media_server.interview.phrases import language_of


@dataclass(frozen=True, slots=True)
class _Rules:
    """Of one language. `sentence`: what is said where a greeting does not say it."""

    sentence: str
    says: re.Pattern[str]
    """In one clause."""
    doubts: re.Pattern[str]
    """In a clause up to the end of what says it: then it does not."""
    denies: re.Pattern[str]
    """Anywhere: then whatever else it says is not enough."""


def with_disclosure(greeting: str, locale: str) -> str:
    """The greeting, after the fixed sentence where it does not say itself that an AI interviews.

    What this answers says it: given again, it comes back as it is.
    """
    if says_ai(greeting, locale):
        return greeting
    return f"{_RULES[language_of(locale)].sentence} {greeting}"


def says_ai(text: str, locale: str) -> bool:
    """Whether the text says, in the language of the bot's own words, that an AI interviews."""
    rules = _RULES[language_of(locale)]
    plain = _plain(text)
    if plain.startswith(_plain(rules.sentence)):
        return True
    if rules.denies.search(plain):
        return False
    for clause in _CLAUSE_END.split(plain):
        found = rules.says.search(clause)
        if found is not None and not rules.doubts.search(clause[: found.end()]):
            return True
    return False


def _plain(text: str) -> str:
    """One kind of apostrophe and of blank, no dots in abbreviations, no Arabic vowel signs."""
    text = unicodedata.normalize("NFC", text).replace("\u2019", "'").replace("\u0640", "")
    text = "".join(c for c in text if not "\u064b" <= c <= "\u0652" and c not in "*_\u200e\u200f")
    return " ".join(_DOTTED.sub(lambda found: found[1] + found[2], text).split())


_DOTTED = re.compile(r"\b([AIKaik])\.\s?([AIai])\.(?=\W|$)")
_CLAUSE_END = re.compile(r"[.!?;:,\u2013\u2014\u2026\u060c\u061b\u061f\n()]+|\s-\s")


def _any(*parts: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{part})" for part in parts), re.IGNORECASE)


_AI = r"(?:ai\b|artificial intelligence\b)"
_THING = (
    r"(?:an?|the|your|our|this|\w+'s)\s+(?:(?:friendly|virtual|automated|digital|helpful|simple|"
    r"conversational|new)\s+){0,2}" + _AI + r"(?:[- ](?:powered|based|driven)\b)?"
)
_NOUN = (
    r"\s+(?:voice\s+)?(?:interviewer|assistant|agent|system|program|programme|voice|bot|chatbot|"
    r"host|avatar|model|software|tool|interview partner)"
)
_AFTER_NOUN = (
    r"(?=\s*(?:$|[\"')\]]|(?:and (?:i|will|my|this|your|we)|who|that|which|here|from|for|of|at|"
    r"with|by|on|called|named|built|made|created|developed|designed|trained|running|today)\b))"
)
_AFTER_AI = (
    r"(?=\s*(?:$|[\"')\]]|(?:and (?:i|will|my|this|your|we|am)|who|that|which|here|called|named|"
    r"built|made|created|developed|designed|trained|by|from|today)\b))"
)
_ONE = f"(?:{_THING}(?:{_NOUN}{_AFTER_NOUN}|{_AFTER_AI}))"
_EN = _Rules(
    sentence="You are talking with an AI.",
    says=_any(
        r"\b(?:i am|i'm|this is|it is|it's|your interviewer(?: today)? is)\s+"
        rf"(?:(?:just|only|actually|really|in fact)\s+)?{_ONE}",
        r"\b(?:you are|you're|you will be|you'll be)\s+(?:now\s+)?"
        rf"(?:speaking|talking|chatting)\s+(?:to|with)\s+{_ONE}",
        rf"\b(?:interviewed|conducted|led|held|run|carried out)\s+by\s+{_ONE}",
        rf"\bas\s+{_ONE}",
        rf"\b(?:an?|our)\s+{_AI}(?:{_NOUN})?\s+(?:is interviewing|will interview|interviews|"
        r"will be interviewing|will ask you|asks you|conducts|will conduct|is conducting)\b",
        r"\b(?:i am|i'm|this is)\s+an?\s+(?:\w+\s+)?(?:interviewer|assistant|agent|system|bot)\s+"
        rf"(?:powered|driven|run)\s+by\s+{_AI}",
        r"\b(?:i am|i'm)\s+(?-i:AI)(?=\s*$)",
    ),
    doubts=_any(
        r"\b(?:not|no|never|neither|nor|without|rather than|instead of|if|whether|unlike|was|were)"
        r"\b|n't\b|\b(?:pretend|think|thought|believe|say|says|said|claim|suppose)\b|\bas (?:if|"
        r"though)\b",
    ),
    denies=_any(
        rf"\b(?:not|no|isn't|never)\s+(?:an?\s+|really\s+)*{_AI}(?!\s+\w*(?:expert|engineer))",
        r"\b(?:i am|i'm)\s+(?:an?\s+)?(?:real\s+|actual\s+)?(?:human|person)\b(?!\s+resources)",
    ),
)
_KI = r"(?:ki\b|ai\b|künstliche[nr]? intelligenz\b)"
_KI_NOUN = (
    r"(?:ki|ai)[- ](?:gestützte[rsn]?\s+|basierte[rsn]?\s+)?(?:interviewer|interviewerin|assistent|"
    r"assistentin|agent|agentin|system|bot|programm|modell|stimme|sprachassistent|"
    r"sprachassistentin|gesprächspartner|gesprächspartnerin)\b"
)
_KI_END = r"(?!-)(?=\s*(?:$|[\"')]|(?:und|von|namens|hier|heute|die|aus)\b))"
_DE = _Rules(
    sentence="Sie sprechen mit einer künstlichen Intelligenz.",
    says=_any(
        r"\b(?:ich bin|hier ist|hier spricht|das ist)\s+(?:nur\s+)?(?:eine?|der|die|ihre?|deine?|"
        rf"unsere?)\s+(?:(?:freundliche|virtuelle|digitale)[rs]?\s+)?(?:{_KI}{_KI_END}|{_KI_NOUN})",
        r"\b(?:sprechen|sprichst|reden|redest)\s+(?:\w+\s+){0,2}mit\s+(?:eine[rm]|de[rm]|"
        rf"unsere[rm])\s+(?:{_KI}(?!-)|{_KI_NOUN})",
        rf"\bvon\s+(?:einer|unserer)\s+{_KI}\s+(?:geführt|interviewt|durchgeführt|befragt)",
        rf"\b(?:eine|unsere)\s+{_KI}\s+(?:führt|interviewt|stellt|befragt)\b",
        rf"\b(?:führt|interviewt|befragt)\s+(?:\w+\s+){{0,3}}eine\s+{_KI}{_KI_END}",
        rf"\bals\s+{_KI}(?!-)\s+(?:führe|stelle|bin|werde|begleite)\b",
    ),
    doubts=_any(
        r"\b(?:kein\w*|nicht|nie|niemals|ohne|wenn|falls|ob|statt|anstatt|denken|glauben|sagen|"
        r"sagt|war|waren|weder|noch)\b",
    ),
    denies=_any(
        rf"\bkeine?\s+{_KI}(?!-)",
        rf"\bnicht\s+(?:\w+\s+)?eine[rm]?\s+{_KI}(?!-)",
        r"\bich bin\s+(?:ein\s+)?(?:echter\s+)?mensch\b",
    ),
)
_IA = r"(?:ia\b|inteligencia artificial\b)"
_ES_NOUN = (
    r"(?:entrevistador|entrevistadora|asistente|agente|sistema|programa|voz|bot|robot)"
    r"(?:\s+(?:virtual|digital|de voz|automático|automática))?"
)
_ES = _Rules(
    sentence="Está hablando con una inteligencia artificial.",
    says=_any(
        rf"\b(?:soy|esta es)\s+(?:una|la|su|tu|nuestra)\s+{_IA}"
        r"(?=\s*(?:$|[\"')]|(?:y|que|de|llamada|creada|desarrollada|diseñada)\b))",
        rf"\b(?:soy|esto es)\s+(?:una?|el|la|su|tu)\s+{_ES_NOUN}\s+(?:de|con|por|basad[oa] en|"
        rf"impulsad[oa] por)\s+(?:una\s+|la\s+)?{_IA}",
        r"\b(?:habla|hablas|hablando|hablará|hablarás|conversa|conversando|conversará)\s+"
        rf"(?:\w+\s+){{0,2}}con\s+(?:una?|nuestra)\s+(?:{_IA}|{_ES_NOUN}\s+(?:de|con)\s+{_IA})",
        rf"\b(?:una|nuestra)\s+{_IA}\s+(?:le|te|lo|la|realiza|hace|conduce|dirige)\b",
        r"\b(?:entrevista\w*|realiza|realizada|dirige|dirigida|conducida|hace|hecha)\s+(?:por\s+)?"
        rf"(?:una|nuestra)\s+{_IA}",
        rf"\bcomo\s+{_IA}\s*$",
    ),
    doubts=_any(
        r"\b(?:no|ni|nunca|tampoco|sin|si|aunque|cree|creen|dicen|piensa|piensan|era|fue)\b",
    ),
    denies=_any(
        rf"\b(?:no soy|no es|ni soy)\s+(?:una\s+)?{_IA}",
        rf"\bno\s+(?:\w+\s+){{0,2}}con\s+una\s+{_IA}",
        r"\bsoy\s+(?:una\s+)?(?:persona|humano|humana)\b",
    ),
)
_FR_IA = r"(?:ia\b|intelligence artificielle\b)"
_FR_NOUN = (
    r"(?:intervieweur|intervieweuse|assistant|assistante|agent|système|programme|voix|robot|bot)"
    r"(?:\s+(?:vocale?|virtuelle?|numérique|automatique))?"
)
_FR_OF = r"(?:de l'|d'|à l'|par l'|par une |basée? sur l'|propulsée? par l'|pilotée? par l')?\s*"
_FR = _Rules(
    sentence="Vous parlez avec une intelligence artificielle.",
    says=_any(
        rf"\b(?:je suis|c'est|voici)\s+(?:une\s+|votre\s+|notre\s+|l'){_FR_IA}"
        r"(?=\s*(?:$|[\"')]|(?:et|qui|de|développée|créée|conçue|nommée|appelée|chargée)\b))",
        rf"\bje suis\s+(?:une?\s+|votre\s+|l'|le\s+|la\s+){_FR_NOUN}\s+{_FR_OF}{_FR_IA}",
        r"\b(?:parlez|parles|discutez|discutes|conversez|échangez|parlerez)\s+(?:[\w']+\s+){0,2}"
        rf"(?:avec|à)\s+(?:une\s+|notre\s+|l'){_FR_IA}",
        rf"\b(?:une\s+|notre\s+|l'){_FR_IA}\s+(?:vous|va|mène|conduit|pose|réalise)\b",
        rf"\b(?:mené|conduit|réalisé|dirigé|animé|interrogé|interviewé)e?s?\s+par\s+"
        rf"(?:une\s+|notre\s+|l'){_FR_IA}",
        rf"\ben tant qu'(?:une\s+)?{_FR_IA}",
    ),
    doubts=_any(
        r"\b(?:ne|pas|ni|jamais|sans|si|croyez|pensez|dit|étais|était|plutôt)\b|\bn'|\bs'ils?\b",
    ),
    denies=_any(
        rf"\b(?:pas|ni|aucune)\s+(?:(?:avec|à)\s+)?(?:une\s+|l'|d')?{_FR_IA}",
        r"\bje suis\s+(?:une?\s+)?(?:vraie\s+|véritable\s+)?(?:personne|humaine?|être humain)\b",
    ),
)
_AR_AI = r"ذكاء اصطناعي"
_AR_BY = r"(?:(?:ال|بال|لل)?ذكاء (?:ال)?اصطناعي)"
_AR_NOUN = r"(?:محاورك|محاور|محاورة|مساعدك|مساعد|مساعدة|نظام|برنامج|روبوت|وكيل)"
_AR = _Rules(
    sentence="أنت تتحدث مع ذكاء اصطناعي.",
    says=_any(
        rf"(?<!\w)أنا\s+{_AR_AI}(?!\w)",
        rf"(?<!\w)أنا\s+{_AR_NOUN}\s+(?:(?:يعمل|تعمل|قائم|قائمة|من|على)\s+){{0,2}}{_AR_BY}(?!\w)",
        r"(?<!\w)(?:س?تتحدث|تتحدثين|س?تتكلم|س?تحاور)\s+(?:\w+\s+){0,2}(?:مع|إلى)\s+"
        rf"(?:{_AR_NOUN}\s+)?{_AR_AI}(?!\w)",
        rf"(?<!\w)(?:يجري|سيجري|يدير|سيدير)\s+(?:\w+\s+){{0,3}}{_AR_AI}(?!\w)",
    ),
    doubts=_any(r"(?<!\w)(?:لست|لستم|ليس|ليست|لا|لن|لم|غير|بدون|إذا|إن|لو|كنت|ما)(?!\w)"),
    denies=_any(
        rf"(?<!\w)(?:لست|ليس|ليست|لا|لن)\s+(?:\w+\s+){{0,3}}{_AR_BY}(?!\w)",
        r"(?<!\w)أنا\s+(?:إنسان|شخص|بشر)(?!\w)",
    ),
)
_RULES: Mapping[str, _Rules] = {"en": _EN, "de": _DE, "es": _ES, "fr": _FR, "ar": _AR}
"""Of every language that the bot has words of its own in."""
