"""Does a greeting say that an AI interviews? If not, a fixed sentence comes before it. Pure.

Nobody can take that away from the candidate: not an integrator's greeting, not a language model's.
The rules are narrow on purpose. What they do not see costs a sentence said twice; what they took
for it wrongly would leave somebody who talks with an AI in the belief that it is a person. So the
words have to say who speaks or interviews ("I am an AI interviewer", "you are talking with an AI"),
in the language of the interview, in a clause without a "not" or an "if" before it, and the greeting
must nowhere say the opposite. A name is no AI ("I am Ai Tanaka"), nor is a trade ("I am an AI
engineer") or a product that the work is about ("it is an AI assistant for nurses").
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from media_server.interview.phrases import is_spoken, language_of


@dataclass(frozen=True, slots=True)
class _Rules:
    """Of one language. `sentence`: what is said where a greeting does not say it."""

    sentence: str
    says: re.Pattern[str]
    """In one clause."""
    across: re.Pattern[str]
    """Over the comma after the name of who speaks: "I'm Sam, your AI interviewer"."""
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
    return f"{sentence_for(locale)} {greeting}"


def sentence_for(locale: str) -> str:
    """What is said before a greeting that does not say it itself."""
    return _RULES[language_of(locale)].sentence


def greeting_parts(greeting: str, locale: str) -> tuple[str, ...]:
    """What is said one after the other, each in one voice, the disclosure included.

    Where the bot has no words in the candidate's language, its sentence is English: that is an
    utterance of its own, with an English voice and marked as English, and the greeting follows.
    """
    whole = with_disclosure(greeting, locale)
    first = sentence_for(locale)
    rest = whole.removeprefix(first + " ").strip()
    return (whole,) if is_spoken(locale) or rest == whole or not rest else (first, rest)


def says_ai(text: str, locale: str) -> bool:
    """Whether the text says, in the language of the bot's own words, that an AI interviews."""
    rules = _RULES[language_of(locale)]
    plain = _plain(text)
    if plain.startswith(_plain(rules.sentence)):
        return True
    if rules.denies.search(plain):
        return False
    for part in _CLAUSE_END.split(plain):
        clause = part.strip()
        found = rules.says.search(clause)
        if found is not None and not rules.doubts.search(clause[: found.end()]):
            return True
    return any(not rules.doubts.search(said[0]) for said in rules.across.finditer(plain))


def _plain(text: str) -> str:
    """One kind of apostrophe and of blank, no dots in abbreviations, no Arabic vowel signs."""
    text = unicodedata.normalize("NFC", text).replace("\u2019", "'").replace("\u0640", "")
    text = "".join(c for c in text if not "\u064b" <= c <= "\u0652" and c not in "*_\u200e\u200f")
    return " ".join(_DOTTED.sub(lambda found: found[1] + found[2], text).split())


_DOTTED = re.compile(r"\b([AIKaik])\.\s?([AIai])\.(?=\W|$)")
_CLAUSE_END = re.compile(r"[.!?;:,\u2013\u2014\u2026\u060c\u061b\u061f\n()]+|\s-\s")


def _any(*parts: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{part})" for part in parts), re.IGNORECASE)


_NAME = r"(?-i:[A-ZÀ-ÖØ-Þ])[\w'-]*(?:\s(?-i:[A-ZÀ-ÖØ-Þ])[\w'-]*){0,2}"
"""Of who speaks: "Sam", "Anna Maria Berg"."""
_OVER = r"(?=\s*(?:$|[.!?;:,\u2013\u2014\u2026()]|\s-\s))"
"""The clause ends here."""
_AI = r"(?:ai\b|artificial intelligence\b)"
_THING = (
    r"(?:an?|the|your|our|this|\w+'s)\s+(?:(?:friendly|virtual|automated|digital|helpful|simple|"
    r"conversational|new)\s+){0,2}" + _AI + r"(?:[- ](?:powered|based|driven)\b)?"
)
_NOUN = (
    r"\s+(?:voice\s+)?(?:interviewer|assistant|agent|system|program|programme|voice|bot|chatbot|"
    r"host|avatar|model|software|tool|interview partner)"
)
_INTERVIEWER = r"\s+(?:voice\s+)?(?:interviewer|interview partner)\b"
_AFTER_NOUN = (
    r"(?=\s*(?:$|[\"')\]]|(?:and (?:i|will|my|this|your|we)|who|that|which|here|from|for|of|at|"
    r"with|by|on|called|named|built|made|created|developed|designed|trained|running|today)\b))"
)
_AFTER_AI = (
    r"(?=\s*(?:$|[\"')\]]|(?:and (?:i|will|my|this|your|we|am)|who|that|which|here|called|named|"
    r"built|made|created|developed|designed|trained|by|from|today)\b))"
)
_ONE = f"(?:{_THING}(?:{_NOUN}{_AFTER_NOUN}|{_AFTER_AI}))"
_THIS_TALK = r"(?:this|your|today's)\s+(?:interview|conversation|call)"
_EN = _Rules(
    sentence="You are talking with an AI.",
    says=_any(
        r"\b(?:i am|i'm|your interviewer(?: today)? is)\s+"
        rf"(?:(?:just|only|actually|really|in fact)\s+)?{_ONE}",
        rf"\bthis is\s+{_THING}{_INTERVIEWER}(?=\s*(?:$|(?:from|of|at|here|speaking|and i)\b))",
        rf"\b(?:it is|it's)\s+your\s+{_AI}{_INTERVIEWER}(?=\s*(?:$|(?:from|here|speaking)\b))",
        r"\b(?:you are|you're)\s+(?:now\s+)?(?:speaking|talking|chatting)\s+(?:now\s+|today\s+)?"
        rf"(?:to|with)\s+{_ONE}",
        r"\b(?:today\s+you will|today\s+you'll|you will today)\s+(?:be\s+)?"
        rf"(?:speak|talk)(?:ing)?\s+(?:to|with)\s+{_ONE}",
        r"\b(?:you are|you're|you will)\s+(?:being\s+|be\s+)?(?:now\s+|today\s+)?interviewed\s+"
        rf"(?:today\s+)?by\s+{_ONE}",
        rf"\b{_THIS_TALK}\s+(?:today\s+)?(?:is|will be)\s+(?:being\s+)?(?:fully\s+|entirely\s+)?"
        rf"(?:conducted|led|held|run|carried out|hosted)\s+by\s+{_ONE}",
        rf"^(?:(?:today|now|and|here)\s+)?(?:an?|our)\s+{_AI}(?:{_NOUN})?\s+(?:"
        r"(?:is interviewing|will interview|interviews|will be interviewing)\s+you"
        r"(?=\s*(?:$|(?:today|now|and|for)\b))|"
        rf"(?:conducts|will conduct|is conducting|leads|will lead)\s+{_THIS_TALK}\b)",
        rf"^as\s+an\s+{_AI}(?:{_INTERVIEWER})?\s+i\b",
        r"\b(?:i am|i'm)\s+an?\s+(?:\w+\s+)?(?:interviewer|assistant|agent|system|bot)\s+"
        rf"(?:powered|driven|run)\s+by\s+{_AI}"
        r"(?=\s*(?:$|(?:and|that|which|who|from|here|today)\b))",
        r"\b(?:i am|i'm)\s+(?-i:AI)(?=\s*$)",
    ),
    across=_any(
        rf"\b(?:i am|i'm|my name is)\s+{_NAME}(?:\s+(?:from|at|of)\s+{_NAME})?,\s+(?:and\s+)?"
        rf"(?:{_THING}(?:{_INTERVIEWER}|\s+(?:voice\s+)?(?:assistant|agent)\b){_OVER}|"
        rf"an\s+{_AI}(?:{_INTERVIEWER}|{_NOUN})?\s+(?:that|which|who)\s+(?:will interview|"
        r"interviews|is interviewing|will be interviewing|will ask|is going to interview)\s+you\b)",
        rf"(?:^|[.!?;:,]\s)as\s+an\s+{_AI}(?:{_INTERVIEWER})?,\s+i\b",
    ),
    doubts=_any(
        r"\b(?:not|no|never|neither|nor|without|rather than|instead of|if|whether|unlike|was|were|"
        r"when|while|once|would|imagine)"
        r"\b|n't\b|\b(?:pretend|think|thought|believe|say|says|said|claim|suppose)\b|\bas (?:if|"
        r"though)\b",
    ),
    denies=_any(
        rf"\b(?:not|no|isn't|never)\s+(?:an?\s+|really\s+)*{_AI}(?!\s+\w*(?:expert|engineer))",
        rf"\b(?:i am|i'm)\s+an\s+{_AI},\s+(?:\w+\s+|\w+,\s+){{1,4}}and\s+\w",  # a list of trades
        r"\b(?:i am|i'm)\s+(?:an?\s+)?(?:real\s+|actual\s+)?(?:human|person)\b(?!\s+resources)",
    ),
)
_KI = r"(?:ki\b|ai\b|künstliche[nr]? intelligenz\b)"
_KI_INTERVIEWER = (
    r"(?:ki|ai)[- ](?:gestützte[rsn]?\s+|basierte[rsn]?\s+)?(?:interviewer|interviewerin|"
    r"gesprächspartner|gesprächspartnerin)\b"
)
_KI_NOUN = (
    r"(?:ki|ai)[- ](?:gestützte[rsn]?\s+|basierte[rsn]?\s+)?(?:interviewer|interviewerin|assistent|"
    r"assistentin|agent|agentin|system|bot|programm|modell|stimme|sprachassistent|"
    r"sprachassistentin|gesprächspartner|gesprächspartnerin)\b"
)
_KI_END = r"(?!-)(?=\s*(?:$|[\"')]|(?:und|von|namens|hier|heute|die|aus)\b))"
_KI_ONE = f"(?:{_KI}{_KI_END}|{_KI_NOUN})"
_DIES = (
    r"(?:dieses|das|ihr|dein|unser)\s+(?:heutige[s]?\s+)?(?:gespräch|interview|bewerbungsgespräch)"
)
_HEUTE = r"(?:(?:heute|jetzt|gerade|nun|hier|also|nur)\s+){0,2}"
_DE = _Rules(
    sentence="Sie sprechen mit einer künstlichen Intelligenz.",
    says=_any(
        r"\b(?:ich bin|hier spricht)\s+(?:nur\s+)?(?:eine?|der|die|ihre?|deine?|"
        rf"unsere?)\s+(?:(?:freundliche|virtuelle|digitale)[rs]?\s+)?{_KI_ONE}",
        rf"\bhier ist\s+(?:ihre?|deine?)\s+{_KI_INTERVIEWER}",
        rf"\b(?:sie (?:sprechen|reden)|du (?:sprichst|redest))\s+{_HEUTE}mit\s+"
        rf"(?:eine[rm]|de[rm]|unsere[rm])\s+{_KI_ONE}",
        r"^(?:heute|jetzt|hier)\s+(?:(?:sprechen|reden) sie|(?:sprichst|redest) du)\s+"
        rf"{_HEUTE}mit\s+(?:eine[rm]|de[rm]|unsere[rm])\s+{_KI_ONE}",
        rf"\b{_DIES}\s+wird\s+{_HEUTE}von\s+(?:einer|unserer)\s+{_KI}\s+(?:geführt|durchgeführt|"
        r"geleitet)",
        rf"\b(?:sie werden|du wirst)\s+{_HEUTE}von\s+(?:einer|unserer)\s+{_KI}\s+(?:interviewt|"
        r"befragt)",
        rf"\b(?:eine|unsere)\s+{_KI}\s+(?:(?:führt|leitet)\s+{_HEUTE}{_DIES}"
        r"(?=\s*(?:$|(?:mit ihnen|mit dir|heute|jetzt|und)\b))|"
        r"(?:interviewt|befragt)\s+(?:sie|dich)(?=\s*(?:$|(?:heute|jetzt|und)\b)))",
        rf"\b(?:interviewt|befragt)\s+(?:sie|dich)\s+{_HEUTE}(?:eine|unsere)\s+{_KI}{_KI_END}",
        rf"\b{_DIES}\s+führt\s+{_HEUTE}(?:eine|unsere)\s+{_KI}{_KI_END}",
        rf"\bals\s+(?:{_KI}(?!-)|{_KI_INTERVIEWER})\s+(?:führe|stelle|bin|werde|begleite)\s+ich\b",
    ),
    across=_any(
        rf"\b(?:ich bin|ich heiße|mein name ist)\s+{_NAME}(?:\s+von\s+{_NAME})?,\s+(?:und\s+)?"
        rf"(?:eine?|ihre?|deine?|die|der)\s+(?:(?:virtuelle|digitale)[rs]?\s+)?"
        rf"(?:{_KI}(?!-)|{_KI_INTERVIEWER}|(?:ki|ai)[- ](?:sprach)?assistent(?:in)?\b){_OVER}",
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
_ES_OF = r"(?:de|con|por|basad[oa] en|impulsad[oa] por)\s+(?:una\s+|la\s+)?"
_ES_END = r"(?=\s*(?:$|[\"')]|(?:y|que|de|llamada|creada|desarrollada|diseñada|hoy|ahora)\b))"
_HOY = r"(?:(?:hoy|ahora|aquí|usted)\s+){0,2}"
_ES = _Rules(
    sentence="Está hablando con una inteligencia artificial.",
    says=_any(
        rf"\bsoy\s+(?:una|la|su|tu|nuestra)\s+{_IA}{_ES_END}",
        rf"\bsoy\s+(?:una?|el|la|su|tu)\s+{_ES_NOUN}\s+{_ES_OF}{_IA}",
        rf"\b(?:(?:está|estás)\s+{_HOY}(?:hablando|conversando)|usted habla|hoy hablarás?)\s+"
        rf"{_HOY}con\s+(?:una?|nuestra)\s+"
        rf"(?:{_IA}{_ES_END}|{_ES_NOUN}\s+(?:de|con)\s+{_IA})",
        rf"\b(?:una|nuestra)\s+{_IA}\s+(?:(?:le|te|lo|la)\s+(?:entrevista|entrevistará|"
        r"va a entrevistar)\b|(?:realiza|realizará|hace|conduce|dirige|dirigirá)\s+"
        r"(?:esta|su|tu)\s+entrevista\b)",
        r"\besta entrevista\s+(?:(?:la|es|está siendo|está|será)\s+)?(?:realiza|realizada|dirige|"
        rf"dirigida|conduce|conducida|hace|hecha)\s+(?:por\s+)?(?:una|nuestra)\s+{_IA}",
        rf"\b(?:le|te|lo|la)\s+(?:entrevista|entrevistará)\s+{_HOY}(?:una|nuestra)\s+{_IA}",
    ),
    across=_any(
        rf"\b(?:soy|me llamo|mi nombre es)\s+{_NAME}(?:\s+de\s+{_NAME})?,\s+(?:y soy\s+)?"
        rf"(?:(?:su|tu|una?|el|la)\s+{_ES_NOUN}\s+{_ES_OF}{_IA}{_OVER}|"
        rf"una\s+{_IA}(?:{_OVER}|\s+que\s+(?:le|te|lo|la)\s+(?:va a entrevistar|entrevistará)\b))",
    ),
    doubts=_any(
        r"\b(?:no|ni|nunca|tampoco|sin|si|aunque|cree|creen|dicen|piensa|piensan|era|fue|cuando)\b",
    ),
    denies=_any(
        rf"\b(?:no soy|no es|ni soy)\s+(?:una\s+)?{_IA}",
        rf"\bno\s+(?:\w+\s+){{0,2}}con\s+una\s+{_IA}",
        r"\bsoy\s+(?:una\s+)?(?:persona|humano|humana)\b",
    ),
)
_FR_IA = r"(?:ia\b|intelligence artificielle\b)"
_FR_AN_IA = rf"(?:une\s+|notre\s+|l'){_FR_IA}"
_FR_NOUN = (
    r"(?:intervieweur|intervieweuse|assistant|assistante|agent|système|programme|voix|robot|bot)"
    r"(?:\s+(?:vocale?|virtuelle?|numérique|automatique))?"
)
_FR_OF = r"(?:de l'|d'|à l'|par l'|par une |basée? sur l'|propulsée? par l'|pilotée? par l')?\s*"
_FR_END = r"(?=\s*(?:$|[\"')]|(?:et|qui|de|développée|créée|conçue|nommée|appelée|chargée)\b))"
_FR_TALK = r"(?:cet|votre|ton)\s+(?:entretien|échange)"
_FR = _Rules(
    sentence="Vous parlez avec une intelligence artificielle.",
    says=_any(
        rf"\bje suis\s+(?:une\s+|votre\s+|notre\s+|l'){_FR_IA}{_FR_END}",
        rf"\bje suis\s+(?:une?\s+|votre\s+|l'|le\s+|la\s+){_FR_NOUN}\s+{_FR_OF}{_FR_IA}",
        r"\b(?:vous (?:parlez|discutez|conversez|échangez)|tu (?:parles|discutes))\s+"
        r"(?:(?:actuellement|maintenant|aujourd'hui|ici|bien|en ce moment)\s+)?"
        rf"(?:avec|à)\s+{_FR_AN_IA}{_FR_END}",
        rf"\b{_FR_AN_IA}\s+(?:(?:vous|t')\s*(?:interroge|interviewe|interrogera|interviewera)\b|"
        r"va (?:vous|t')\s*(?:interviewer|interroger)\b|"
        rf"(?:mène|conduit|réalise|dirige|mènera|va mener)\s+{_FR_TALK}\b)",
        rf"\b{_FR_TALK}\s+(?:est|sera)\s+(?:mené|conduit|réalisé|dirigé|animé)\s+par\s+{_FR_AN_IA}",
        rf"\bvous (?:êtes|serez|allez être)\s+(?:interrogé|interviewé)e?s?\s+par\s+{_FR_AN_IA}",
    ),
    across=_any(
        rf"\b(?:je suis|je m'appelle|mon nom est)\s+{_NAME}(?:\s+(?:de|chez)\s+{_NAME})?,\s+"
        rf"(?:et je suis\s+)?(?:(?:votre|ton|une?|le|la)\s+|l'){_FR_NOUN}\s+{_FR_OF}{_FR_IA}"
        rf"{_OVER}",
        rf"\b(?:je suis|je m'appelle|mon nom est)\s+{_NAME},\s+(?:et je suis\s+)?une\s+{_FR_IA}"
        rf"(?:{_OVER}|\s+qui\s+va\s+vous\s+(?:interviewer|interroger)\b)",
        rf"(?:^|[.!?;:,]\s)en tant qu'(?:une\s+)?{_FR_IA},?\s+j(?:e\b|')",
    ),
    doubts=_any(
        r"\b(?:ne|pas|ni|jamais|sans|si|croyez|pensez|dit|étais|était|plutôt|quand|lorsque)\b|\bn'|"
        r"\bs'ils?\b",
    ),
    denies=_any(
        rf"\b(?:pas|ni|aucune)\s+(?:(?:avec|à)\s+)?(?:une\s+|l'|d')?{_FR_IA}",
        r"\bje suis\s+(?:une?\s+)?(?:vraie\s+|véritable\s+)?(?:personne|humaine?|être humain)\b",
    ),
)
_AR_AI = r"ذكاء اصطناعي"
_AR_BY = r"(?:(?:ال|بال|لل)?ذكاء (?:ال)?اصطناعي)"
_AR_NOUN = r"(?:محاورك|محاورتك|محاور|محاورة|مساعدك|مساعد|مساعدة|نظام|برنامج|روبوت|وكيل)"
_AR_WORKS = r"(?:(?:يعمل|تعمل|قائم|قائمة|من|على)\s+){0,2}"
_AR_NOW = r"(?:(?:الآن|اليوم|هنا|حاليا)\s+){0,2}"
_AR = _Rules(
    sentence="أنت تتحدث مع ذكاء اصطناعي.",
    says=_any(
        rf"(?<!\w)أنا\s+{_AR_AI}(?!\w)",
        rf"(?<!\w)أنا\s+{_AR_NOUN}\s+{_AR_WORKS}{_AR_BY}(?!\w)",
        rf"(?<!\w)(?:س?تتحدث|تتحدثين|س?تتكلم|س?تحاور)\s+{_AR_NOW}(?:مع|إلى)\s+"
        rf"(?:{_AR_NOUN}\s+)?{_AR_AI}(?!\w)",
        r"(?<!\w)(?:يجري|سيجري|يدير|سيدير)\s+(?:هذه المقابلة|المقابلة|مقابلتك|هذا الحوار)\s+"
        rf"(?:معك\s+)?{_AR_NOW}{_AR_AI}(?!\w)",
    ),
    across=_any(
        rf"(?<!\w)(?:أنا|اسمي)\s+\w+(?:\s\w+)?\u060c\s+{_AR_NOUN}\s+{_AR_WORKS}{_AR_BY}(?!\w)",
    ),
    doubts=_any(r"(?<!\w)(?:لست|لستم|ليس|ليست|لا|لن|لم|غير|بدون|إذا|إن|لو|كنت|ما|هل|عندما)(?!\w)"),
    denies=_any(
        rf"(?<!\w)(?:لست|ليس|ليست|لا|لن)\s+(?:\w+\s+){{0,3}}{_AR_BY}(?!\w)",
        r"(?<!\w)أنا\s+(?:إنسان|شخص|بشر)(?!\w)",
    ),
)
_RULES: Mapping[str, _Rules] = {"en": _EN, "de": _DE, "es": _ES, "fr": _FR, "ar": _AR}
"""Of every language that the bot has words of its own in."""
